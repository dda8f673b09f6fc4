//! Picks of mails judged by what their readers bought after, beside as many of the products that sell best.

use std::collections::HashSet;

use serde::Serialize;

use super::interval::{Interval, share};
use super::outcome::Horizon;
use super::purchases::{Purchases, product};
use crate::catalogue::{Catalogue, Models};
use crate::clock::{Span, Timestamp};
use crate::id::ProductIx;
use crate::plan::Admission;
use crate::profile::Profile;
use crate::project::checked::Campaign;
use crate::selection::Filling;

/// How long after a mail purchases count, when its campaign measures nothing.
pub const HORIZON: Span = Span::days(14);

/// Mails with picks, and what their readers bought within the horizon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Hits {
    /// Mails with picks whose horizon is over: the others are not judged.
    pub mails: u64,
    /// Mails with picks whose horizon is not over yet.
    pub unjudged: u64,
    /// Mails after which the reader bought anything.
    pub bought: u64,
    /// Mails of which a pick was bought.
    pub hit: u64,
    /// The same of as many of the products that sold best at the time.
    pub popular_hit: u64,
    /// Picks.
    pub picks: u64,
    /// Picks that were bought.
    pub picks_bought: u64,
    /// The same of as many of the products that sold best.
    pub popular_bought: u64,
}

impl Hits {
    /// Adds the mails of another count.
    pub fn merge(&mut self, other: Self) {
        self.mails += other.mails;
        self.unjudged += other.unjudged;
        self.bought += other.bought;
        self.hit += other.hit;
        self.popular_hit += other.popular_hit;
        self.picks += other.picks;
        self.picks_bought += other.picks_bought;
        self.popular_bought += other.popular_bought;
    }

    /// Returns the share of mails of which a pick was bought, and the same of popularity; `None` when none could be judged.
    pub fn rates(&self) -> Option<(Interval, Interval)> {
        share(self.hit, self.mails).zip(share(self.popular_hit, self.mails))
    }
}

/// What picks are judged by on one day.
#[derive(Debug)]
pub struct Judge<'a> {
    catalogue: &'a Catalogue,
    /// Products for sale that day, those that sell best first.
    popular: Vec<ProductIx>,
    purchases: &'a Purchases,
    at: Timestamp,
    /// The last instant whose purchases are known.
    known_until: Timestamp,
}

impl<'a> Judge<'a> {
    /// Ranks what sold best until a day.
    pub fn new(catalogue: &'a Catalogue, models: &Models, purchases: &'a Purchases, at: Timestamp, known_until: Timestamp) -> Self {
        let popular = models.popularity.overall.iter().copied().filter(|ix| catalogue.product(*ix).available(at)).collect();
        Self { catalogue, popular, purchases, at, known_until }
    }

    /// Judges the picks of one mail; nothing of a mail without picks.
    pub fn of(&self, campaign: &Campaign, profile: &Profile, admission: &Admission) -> Hits {
        let (mut picked, mut popular): (HashSet<ProductIx>, HashSet<ProductIx>) = (HashSet::new(), HashSet::new());
        for (slot, filling) in &admission.composition.slots {
            let Filling::Products { picks, .. } = filling else { continue };
            let n_before = picked.len();
            picked.extend(picks.iter().map(|pick| pick.ix));
            // As the picks of the slot, without what was bought lately.
            let window = campaign.slots.get(slot).and_then(|slot| slot.not_bought_within).map(|window| self.at.minus(window));
            let bought = |ix: ProductIx| {
                let since = |at| window.is_some_and(|since| at > since);
                profile.purchased.iter().any(|purchased| purchased.product == ix && since(purchased.last_at))
            };
            let wanted = popular.len() + picked.len() - n_before;
            for ix in &self.popular {
                if popular.len() >= wanted {
                    break;
                }
                if !bought(*ix) {
                    popular.insert(*ix);
                }
            }
        }
        if picked.is_empty() {
            return Hits::default();
        }
        let horizon = Horizon { after: self.at, until: self.at.plus(campaign.horizon.unwrap_or(HORIZON)) };
        if horizon.until > self.known_until {
            return Hits { unjudged: 1, ..Hits::default() };
        }
        let later = self.purchases.within(profile.contact.id.as_str(), horizon);
        let n_bought = |products: &HashSet<ProductIx>| {
            products.iter().filter(|ix| later.contains(&product(self.catalogue.product(**ix).id.as_str()))).count() as u64
        };
        let (picks_bought, popular_bought) = (n_bought(&picked), n_bought(&popular));
        Hits {
            mails: 1,
            unjudged: 0,
            bought: u64::from(!later.is_empty()),
            hit: u64::from(picks_bought > 0),
            popular_hit: u64::from(popular_bought > 0),
            picks: picked.len() as u64,
            picks_bought,
            popular_bought,
        }
    }
}
