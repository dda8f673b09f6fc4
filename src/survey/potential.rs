//! What is worth doing first: whom a campaign or a trigger reaches, what those people spend, and whether the data is there.

use chrono::Datelike as _;
use serde::Serialize;

use super::inventory::Inventory;
use super::readiness::{Gravity, Missing, without_trigger};
use crate::audience::has_changed;
use crate::clock::{DAY_US, Span};
use crate::condition::Subject as _;
use crate::profile::Person;
use crate::project::campaign::{TriggerKind, TriggerSpec};
use crate::project::trigger::Trigger;

/// How far back something counts as having happened.
pub const LATELY: Span = Span::days(30);
/// Silence after which a buyer is called dormant, where nobody says another.
const DORMANT: Span = Span::days(180);
/// Readiness of what goes out with less than it could.
const WITH_LESS: f64 = 0.5;

/// The triggers that a shop may want; those on acts and dates of its own depend on names that only it knows.
pub const CANDIDATES: [TriggerKind; 11] = [
    TriggerKind::AbandonedCart,
    TriggerKind::AbandonedBrowse,
    TriggerKind::BackInStock,
    TriggerKind::PriceDrop,
    TriggerKind::Welcome,
    TriggerKind::PostPurchase,
    TriggerKind::Replenishment,
    TriggerKind::Dormant,
    TriggerKind::ExpiringPayment,
    TriggerKind::EndingContract,
    TriggerKind::Birthday,
];

/// What one campaign, or one trigger without a campaign, could be worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Potential {
    /// The campaign, or the trigger.
    pub name: String,
    /// Whether it is a trigger that no campaign has.
    pub is_candidate: bool,
    /// People whom it could write to.
    pub reach: u64,
    /// What one of them spent within the horizon on average, in minor units: what they spend, not what a mail adds. Absent without orders.
    pub value: Option<f64>,
    /// 1 when the data is there, 0.5 when it goes out with less, 0 when it can write to nobody.
    pub readiness: f64,
    /// The product of the three, in minor units; absent without orders.
    pub potential: Option<f64>,
    /// What is missing.
    pub missing: Vec<String>,
}

impl Potential {
    /// Multiplies the factors; `spent` is the money of all who are reached, where orders are read.
    #[expect(clippy::cast_precision_loss, reason = "sums of money and counts of people, far below 2^52")]
    pub fn new(name: String, is_candidate: bool, reach: u64, spent: Option<i64>, missing: &[Missing]) -> Self {
        let value = spent.map(|spent| if reach == 0 { 0.0 } else { spent as f64 / reach as f64 });
        let readiness = readiness(missing);
        let missing = missing.iter().map(|missing| missing.what.clone()).collect();
        Self { name, is_candidate, reach, value, readiness, potential: value.map(|value| reach as f64 * value * readiness), missing }
    }

    /// What comes first: the money, or the people whom it can write to where nobody knows the money.
    #[expect(clippy::cast_precision_loss, reason = "a count of people, far below 2^52")]
    fn rank(&self) -> f64 {
        self.potential.unwrap_or(self.reach as f64 * self.readiness)
    }
}

/// Sorts what is worth most first; what is worth the same, by reach and name.
pub fn sort(all: &mut [Potential]) {
    all.sort_by(|a, b| b.rank().total_cmp(&a.rank()).then(b.reach.cmp(&a.reach)).then_with(|| a.name.cmp(&b.name)));
}

/// How ready what lacks these things is: 0 to 1. That nobody said why or that nothing is measured hinders no mail.
fn readiness(missing: &[Missing]) -> f64 {
    match missing.iter().map(|missing| missing.gravity).max() {
        Some(Gravity::Stopped) => 0.0,
        Some(Gravity::Less | Gravity::Unmeasured) => WITH_LESS,
        None => 1.0,
    }
}

/// Lists what a trigger lacks that no campaign has yet.
pub fn missing_of(trigger: &Trigger, inventory: &Inventory) -> Vec<Missing> {
    let what = without_trigger(trigger, inventory);
    what.into_iter().map(|what| Missing { gravity: Gravity::Stopped, what }).collect()
}

/// Returns a trigger as it stands when nothing but its kind is written; of each of [`CANDIDATES`] there is one.
pub fn as_it_stands(kind: TriggerKind) -> Option<Trigger> {
    let spec: TriggerSpec = toml::from_str(&format!("on = \"{}\"\n", word(kind))).ok()?;
    Some(Trigger::read(&spec))
}

/// Returns the word of a trigger in a campaign's file.
pub fn word(kind: TriggerKind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Says whether a person agreed to what a trigger without a campaign would need: the newsletter.
pub fn agreed(person: &Person<'_>) -> bool {
    person.consent("newsletter").is_true()
}

/// Says whether a trigger could start something for a person: what it waits for is there now, or happened within the last thirty days.
pub fn is_in_reach(trigger: &Trigger, person: &Person<'_>) -> bool {
    let (profile, now) = (person.profile, person.reading.now);
    let lately = |at: Option<crate::clock::Timestamp>| at.is_some_and(|at| at > now.at.minus(LATELY));
    let viewed = || lately(profile.activity.last_at) && !profile.interests.is_empty();
    match trigger.on {
        TriggerKind::AbandonedCart => !profile.cart.lines.is_empty() && lately(profile.activity.last_at),
        TriggerKind::AbandonedBrowse => viewed(),
        TriggerKind::BackInStock | TriggerKind::PriceDrop => has_changed(trigger, person, now.at.minus(LATELY)),
        TriggerKind::Welcome => lately(profile.contact.created_at),
        TriggerKind::PostPurchase => lately(profile.orders.last_at),
        TriggerKind::Replenishment => profile.purchased.iter().any(|bought| bought.n_days > 1),
        TriggerKind::Dormant => profile.orders.last_at.is_some_and(|at| at <= now.at.minus(DORMANT)),
        TriggerKind::Event => lately(profile.customs.iter().filter_map(|(_, times)| times.first().copied()).max()),
        TriggerKind::Date => true,
        TriggerKind::ExpiringPayment => ends_soon(&profile.possessions.payment_methods, person),
        TriggerKind::EndingContract => ends_soon(&profile.possessions.contracts, person),
        TriggerKind::Birthday => profile.contact.birthday.is_some_and(|birthday| comes_soon(birthday, now.today())),
    }
}

/// Says whether a day of the year comes within thirty days; 29 February comes on the 28th in other years.
fn comes_soon(birthday: chrono::NaiveDate, today: chrono::NaiveDate) -> bool {
    let of_year = |year| birthday.with_year(year).or_else(|| birthday.with_day(28).and_then(|day| day.with_year(year)));
    let next = [today.year(), today.year() + 1].into_iter().filter_map(of_year).find(|day| *day >= today);
    next.is_some_and(|day| (day - today).num_days() <= LATELY.0 / DAY_US)
}

/// Says whether one of these things ends within thirty days.
fn ends_soon(owned: &[crate::profile::Owned], person: &Person<'_>) -> bool {
    let today = person.reading.now.today();
    owned.iter().any(|owned| (0..=LATELY.0 / DAY_US).contains(&(owned.ends_on - today).num_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_write_to_nobody_is_worth_nothing_and_comes_last() {
        let lacks = |gravity| vec![Missing { gravity, what: "w".to_owned() }];
        let mut all = [
            Potential::new("stopped".to_owned(), true, 1_000, Some(9_000), &lacks(Gravity::Stopped)),
            Potential::new("less".to_owned(), false, 10, Some(5_000), &lacks(Gravity::Less)),
            Potential::new("ready".to_owned(), false, 10, Some(4_000), &[]),
            Potential::new("empty".to_owned(), false, 0, Some(0), &[]),
        ];
        sort(&mut all);
        assert_eq!(all.each_ref().map(|one| one.name.as_str()), ["ready", "less", "stopped", "empty"]);
        assert_eq!((all[1].value, all[1].readiness, all[1].potential), (Some(500.0), 0.5, Some(2_500.0)));
        let mut unpriced = [10, 30].map(|reach| Potential::new(reach.to_string(), false, reach, None, &[]));
        sort(&mut unpriced);
        assert_eq!((unpriced[0].name.as_str(), unpriced[0].value, unpriced[0].potential), ("30", None, None));
    }

    #[test]
    fn every_candidate_has_its_word() {
        for kind in CANDIDATES {
            assert!(as_it_stands(kind).is_some(), "{kind:?}");
        }
    }
}
