//! What a mail says of itself: the kinds of data it rests on.

use std::collections::BTreeSet;

use super::composition::{Composition, Filling};
use super::pick::Pick;
use crate::condition::Use;
use crate::profile::Person;
use crate::project::campaign::Strategy;
use crate::project::checked::Slot;
use crate::recommend::Part;

/// Lists the kinds of data that the mail rests on; of what was done, only what there is.
pub(super) fn because(composition: &Composition, person: &Person<'_>) -> BTreeSet<&'static str> {
    let mut uses: BTreeSet<Use> = composition.offer.iter().flat_map(|offer| offer.uses.iter().copied()).collect();
    let mut taste = BTreeSet::new();
    for filling in composition.slots.values() {
        match filling {
            Filling::Block(choice) => uses.extend(&choice.uses),
            Filling::Products { picks, .. } => {
                uses.extend(picks.iter().any(|pick| pick.is_near).then_some(Use::Location));
                taste.extend(picks.iter().flat_map(data_of).copied());
            }
            Filling::Categories { items } if items.iter().any(|item| item.affinity > 0.0) => taste.extend([Use::Orders, Use::Views]),
            Filling::Cart { n: 1.., .. } => _ = uses.insert(Use::Cart),
            Filling::Subject { .. } => _ = uses.insert(Use::Contracts),
            Filling::Cart { .. } | Filling::Categories { .. } => {}
        }
    }
    let there_is = |used: &Use| match used {
        Use::Orders => person.profile.orders.n > 0,
        Use::Views => person.profile.activity.n_events > 0,
        Use::Searches => !person.profile.searches.is_empty(),
        _ => true,
    };
    uses.extend(taste.into_iter().filter(there_is));
    uses.into_iter().map(Use::word).collect()
}

/// Lists the kinds of data that keep products out of a slot for this person.
pub(super) fn kept_out_by<'a>(slot: &'a Slot, person: &'a Person<'_>) -> impl Iterator<Item = Use> + 'a {
    let profile = person.profile;
    let bought = slot.not_bought_within.map(|span| person.reading.now.at.minus(span));
    let bought = bought.is_some_and(|since| profile.purchased.iter().any(|purchase| purchase.last_at > since));
    let orders = bought || slot.spec.price_band && profile.orders.price_band.is_some();
    let looks_at_views = slot.spec.max_viewed_share.is_some() || slot.spec.min_novel > 0;
    let just_now = person.reading.now.at.minus(slot.min_delay.unwrap_or(person.reading.min_age));
    let kept_back = profile.interests.first().is_some_and(|interest| interest.last_at > just_now);
    let views = (looks_at_views || slot.not_viewed_within.is_some()) && !profile.interests.is_empty() || kept_back;
    [(orders, Use::Orders), (views, Use::Views)].into_iter().filter(|(used, _)| *used).map(|(_, used)| used)
}

fn data_of(pick: &Pick) -> &'static [Use] {
    match pick.strategy {
        // A blend weighs all that it knows; a pick of a place says where its reader lives.
        Strategy::ForYou if pick.part == Some(Part::Place) => &[Use::Orders, Use::Views, Use::Searches, Use::Location],
        Strategy::Usual => &[Use::Orders],
        Strategy::Cart => &[Use::Cart],
        Strategy::RecentlyViewed => &[Use::Views],
        Strategy::Trigger | Strategy::AlsoBought | Strategy::Similar | Strategy::UpSell | Strategy::PopularInCategory => {
            &[Use::Orders, Use::Views]
        }
        Strategy::ForYou | Strategy::Complement => &[Use::Orders, Use::Views, Use::Searches],
        Strategy::NewIn if pick.is_personal => &[Use::Orders, Use::Views],
        Strategy::PopularRecent | Strategy::NewIn | Strategy::Pinned | Strategy::Exploration => &[],
    }
}
