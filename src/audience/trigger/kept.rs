//! Whether what started a mail still stands when it is about to be sent.

use super::products::{back_at, closed_at, reduced_at};
use super::together::key_of;
use super::{Asked, dates};
use crate::audience::history::Past;
use crate::catalogue::Product;
use crate::clock::Timestamp;
use crate::id::Edition;
use crate::profile::{Owned, Person};
use crate::project::campaign::TriggerKind;
use crate::project::checked::Campaign;

/// Says whether what started a mail still stands, or what has happened since: the cart was bought, the card replaced.
///
/// `edition` is that of the mail, `STEP/KEY`. When a mail is due, and whether it is too late, is not asked.
pub(in crate::audience) fn stands(campaign: &Campaign, edition: &Edition, person: &Person<'_>) -> Result<(), &'static str> {
    const NOTHING: &[Past] = &[];
    let Some(trigger) = &campaign.trigger else { return Ok(()) };
    let asked = Asked { campaign, trigger, person, past: NOTHING };
    let (_, key) = edition.as_str().split_once('/').unwrap_or_default();
    let (profile, now) = (person.profile, asked.now());
    let owns = |owned: &[Owned]| owned.iter().any(|owned| dates::key_of(owned) == key);
    // Instants stand last in a key, after the product it names.
    let named_at = Timestamp::parse(key.rsplit_once('@').map_or(key, |(_, at)| at), now.zone);
    let bought_since = || closed_at(person).zip(named_at).is_some_and(|(closed_at, named_at)| closed_at > named_at);
    let product = key.rsplit_once('@').and_then(|(id, _)| person.catalogue.find(id));
    let since_changed = |when: fn(&Asked<'_>, &Product) -> Option<Timestamp>| {
        let Some(product) = product else { return false };
        let bought_at = profile.purchased.iter().find(|bought| bought.product == product).map(|bought| bought.last_at);
        when(&asked, person.catalogue.product(product)).is_some() && bought_at < named_at
    };
    let (still, otherwise) = match trigger.on {
        TriggerKind::AbandonedCart => (person.cart().is_some() && !bought_since(), "the cart was bought or emptied"),
        TriggerKind::AbandonedBrowse => (person.cart().is_none() && !bought_since(), "something was bought or put in the cart"),
        TriggerKind::BackInStock => (since_changed(back_at), "it is sold out again, or was bought"),
        TriggerKind::PriceDrop => (since_changed(reduced_at), "it is not at this price any more, or was bought"),
        TriggerKind::Welcome => (profile.contact.created_at.is_some(), "`created_at` is not known any more"),
        TriggerKind::PostPurchase => (profile.orders.recent.iter().any(|at| at.to_string() == key), "the order was cancelled"),
        TriggerKind::Replenishment => {
            let named = |product, last_at| key_of(person, product, last_at) == key;
            (profile.purchased.iter().any(|bought| named(bought.product, bought.last_at)), "it was bought again")
        }
        TriggerKind::Dormant => (profile.orders.last_at.is_some_and(|at| at.to_string() == key), "the person ordered"),
        TriggerKind::Date => {
            let day = trigger.field.as_ref().and_then(|field| dates::day_of(field, &profile.contact, now));
            (day.is_some_and(|day| trigger.yearly || day.to_string() == key), "the date has changed")
        }
        TriggerKind::Event => (true, ""),
        TriggerKind::ExpiringPayment => (owns(&profile.possessions.payment_methods), "the card was replaced"),
        TriggerKind::EndingContract => (owns(&profile.possessions.contracts), "the contract was renewed or ended"),
        TriggerKind::Birthday => (profile.contact.birthday.is_some(), "the birthday is not known any more"),
    };
    if still { Ok(()) } else { Err(otherwise) }
}
