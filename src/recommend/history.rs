//! What one person bought and looked at, as the models see it.

use super::evidence::look;
use super::fade::{HABIT, TASTE};
use super::local::{Places, places};
use crate::clock::Timestamp;
use crate::id::ProductIx;
use crate::profile::Person;

/// Latest days of purchase of one product that weigh; a profile keeps no more.
pub(super) const DAYS_MAX: usize = 8;
/// Products of one person that are looked at, the latest; a profile keeps no more.
const OWN_MAX: usize = 512;

/// Looks of one person that are looked at, the latest; a profile keeps no more.
const LOOKS_MAX: usize = 64;

/// One product a person bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Own {
    /// The product.
    pub product: ProductIx,
    /// Different days of purchase.
    pub n_days: u32,
    /// Last day, since 1970 in UTC.
    pub last_day: i32,
    /// Days since the last purchase.
    pub age_days: i32,
    /// Mean days between two purchases, when there are two.
    pub interval_days: Option<f32>,
    /// Decayed purchases by the half-life of taste.
    pub taste: f32,
    /// Decayed purchases by the half-life of habit.
    pub habit: f32,
}

impl Own {
    /// Weighs the latest days of purchase, latest first, as seen on the day `today`.
    #[expect(clippy::cast_precision_loss, reason = "days and their number are small")]
    pub(super) fn new(product: ProductIx, n_days: usize, first_day: i32, latest: &[i32], today: i32) -> Self {
        let last_day = latest.first().copied().unwrap_or(first_day);
        let ages = || latest.iter().take(DAYS_MAX).map(|day| today.saturating_sub(*day));
        let between = last_day.saturating_sub(first_day) as f32;
        Self {
            product,
            n_days: u32::try_from(n_days).unwrap_or(u32::MAX),
            last_day,
            age_days: today.saturating_sub(last_day).max(0),
            interval_days: (n_days > 1).then(|| (between / (n_days - 1) as f32).max(1.0)),
            taste: ages().map(|age| TASTE.of(age)).sum(),
            habit: ages().map(|age| HABIT.of(age)).sum(),
        }
    }
}

/// How a person came by a product without buying it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Looked at it, or put it in a cart.
    Looked,
    /// It waits in their cart.
    Carted,
    /// Their search finds it.
    Searched,
}

/// One product a person looked at since they last bought it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The product.
    pub product: ProductIx,
    /// How.
    pub act: Act,
    /// The last day, since 1970 in UTC.
    pub day: i32,
    /// Days since.
    pub age_days: i32,
    /// What it says of taste, 0 to 1.
    pub taste: f32,
}

/// What one person bought, by product, and what they looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    own: Vec<Own>,
    /// Positions in `own`, of the greatest taste first.
    by_taste: Vec<u16>,
    looks: Vec<Look>,
    places: Places,
}

impl History {
    pub(super) fn new(mut own: Vec<Own>) -> Self {
        if own.len() > OWN_MAX {
            own.sort_by_key(|own| (std::cmp::Reverse(own.last_day), own.product));
            own.truncate(OWN_MAX);
        }
        own.sort_unstable_by_key(|own| own.product);
        let mut by_taste: Vec<u16> = (0_u16..).take(own.len()).collect();
        by_taste.sort_unstable_by(|a, b| own[usize::from(*b)].taste.total_cmp(&own[usize::from(*a)].taste).then(a.cmp(b)));
        Self { own, by_taste, looks: Vec::new(), places: Places::default() }
    }

    /// Takes what the person looked at and did not buy since, the latest.
    pub(super) fn look(&mut self, mut looks: Vec<Look>) {
        looks.retain(|look| self.find(look.product).is_none_or(|own| own.last_day < look.day));
        looks.sort_by_key(|look| (std::cmp::Reverse(look.day), look.product, look.act));
        looks.truncate(LOOKS_MAX);
        self.looks = looks;
    }

    pub(super) fn live(&mut self, places: Places) {
        self.places = places;
    }

    /// Returns where the person lives.
    pub fn places(&self) -> &Places {
        &self.places
    }

    /// Returns what the person looked at, had in the cart and searched for since they last bought it, latest first.
    pub fn looks(&self) -> &[Look] {
        &self.looks
    }

    /// Reads it from a profile, as seen on the day `today` (since 1970 in UTC); `searched` is what latest searches find, each with
    /// the instant and the share of its search.
    pub fn of(person: &Person<'_>, searched: &[(ProductIx, Timestamp, f32)], today: i32) -> Self {
        let day = |at: Timestamp| i32::try_from(at.0.div_euclid(crate::clock::DAY_US)).unwrap_or(i32::MAX);
        let profile = person.profile;
        let own = profile
            .purchased
            .iter()
            .map(|bought| Own::new(bought.product, bought.n_days as usize, day(bought.first_at), &bought.recent_days, today));
        let mut history = Self::new(own.collect());
        let looked = profile.interests.iter().filter_map(|interest| look(interest.product, day(interest.last_at), today, Act::Looked));
        let cart = person.cart().unwrap_or_default().lines;
        let carted = cart.iter().filter_map(|line| look(line.product, day(line.added_at), today, Act::Carted));
        let found = |(product, at, share): &(ProductIx, Timestamp, f32)| {
            let look = look(*product, day(*at), today, Act::Searched)?;
            Some(Look { taste: look.taste * share, ..look })
        };
        history.look(looked.chain(carted).chain(searched.iter().filter_map(found)).collect());
        history.live(places(&profile.contact));
        history
    }

    /// Returns the products, by position in the catalogue.
    pub fn own(&self) -> &[Own] {
        &self.own
    }

    /// Returns the products, those of the greatest taste first, ties by position in the catalogue.
    pub(super) fn by_taste(&self) -> impl Iterator<Item = &Own> + Clone {
        self.by_taste.iter().map(|at| &self.own[usize::from(*at)])
    }

    /// Returns what is known of one product.
    pub fn find(&self, product: ProductIx) -> Option<&Own> {
        self.own.binary_search_by_key(&product, |own| own.product).ok().map(|at| &self.own[at])
    }
}
