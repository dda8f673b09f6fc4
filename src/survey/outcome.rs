//! What people did in a span of time, from order lines: what segments of the time before are judged by.

use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use hashbrown::HashMap;

use super::inventory::money;
use crate::clock::Timestamp;
use crate::id::stable_hash;
use crate::money::Currency;
use crate::source::record::{OrderLine, OrderStatus};

/// Orders placed within a span, by contact.
#[derive(Debug, Clone, Default)]
pub struct Outcomes {
    /// By the hash of a contact's id and that of the order.
    orders: HashMap<(u64, u64), Order>,
    by_contact: HashMap<u64, Outcome>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Order {
    money: i64,
    margin: i64,
}

/// What one person did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Orders with a line placed.
    pub n_orders: u32,
    /// Their money, in minor units of the project's currency.
    pub spent: i64,
    /// Their margin, where lines say it.
    pub margin: i64,
}

/// The span that is judged: after one instant, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Horizon {
    /// Features are those known at this instant; what happens later is outcome.
    pub after: Timestamp,
    /// The last instant that counts.
    pub until: Timestamp,
}

impl Horizon {
    /// Covers so many days of the calendar of a zone from the midnight that one begins with: where clocks are set, a day has 23 or 25 hours.
    pub fn of_days(first: NaiveDate, n_days: u32, zone: Tz) -> Self {
        let end = first.checked_add_days(Days::new(n_days.into())).unwrap_or(first);
        let before = |day| Timestamp(Timestamp::start_of_day(day, zone).0 - 1);
        Self { after: before(first), until: before(end) }
    }
}

impl Outcomes {
    /// Takes in an order line, when it was placed within the span by somebody.
    pub fn line(&mut self, line: &OrderLine<'_>, horizon: Horizon, currency: Currency) {
        let Some(contact) = line.contact_id else { return };
        if line.status != OrderStatus::Placed || line.at <= horizon.after || line.at > horizon.until {
            return;
        }
        let key = (stable_hash(&["person", contact]), stable_hash(&["order", line.order_id]));
        let order = self.orders.entry(key).or_default();
        if line.unit_price.currency == currency {
            order.money = order.money.saturating_add(money(line));
            order.margin = order.margin.saturating_add(line.margin.map_or(0, |margin| margin.minor));
        }
    }

    /// Takes in what another reader gathered.
    pub fn merge(&mut self, other: Self) {
        for (key, theirs) in other.orders {
            let order = self.orders.entry(key).or_default();
            order.money = order.money.saturating_add(theirs.money);
            order.margin = order.margin.saturating_add(theirs.margin);
        }
    }

    /// Ends the gathering: [`Self::of`] answers from now on.
    #[must_use]
    pub fn settle(mut self) -> Self {
        for ((contact, _), order) in &self.orders {
            let outcome = self.by_contact.entry(*contact).or_default();
            outcome.n_orders += 1;
            outcome.spent = outcome.spent.saturating_add(order.money);
            outcome.margin = outcome.margin.saturating_add(order.margin);
        }
        self
    }

    /// Returns what a contact did.
    pub fn of(&self, contact: &str) -> Outcome {
        self.by_contact.get(&stable_hash(&["person", contact])).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hours that a horizon covers, and its last local minute.
    fn covered(first: &str, n_days: u32) -> (i64, String) {
        let zone = chrono_tz::Europe::Paris;
        let horizon = Horizon::of_days(first.parse().expect("a day"), n_days, zone);
        ((horizon.until.0 - horizon.after.0) / 3_600_000_000, horizon.until.local(zone).format("%F %R").to_string())
    }

    #[test]
    fn a_horizon_ends_at_midnight_where_clocks_are_set_forward_or_back() {
        assert_eq!(covered("2026-03-22", 7), (7 * 24, "2026-03-28 23:59".to_owned()));
        assert_eq!(covered("2026-03-23", 7), (7 * 24 - 1, "2026-03-29 23:59".to_owned()), "the last Sunday of March has 23 hours");
        assert_eq!(covered("2026-03-29", 1), (23, "2026-03-29 23:59".to_owned()));
        assert_eq!(covered("2025-10-20", 7), (7 * 24 + 1, "2025-10-26 23:59".to_owned()), "that of October has 25");
        assert_eq!(covered("2025-10-26", 1), (25, "2025-10-26 23:59".to_owned()));
        assert_eq!(covered("2025-10-20", 200).0, 200 * 24, "both: as many hours as days");
    }

    #[test]
    fn horizons_in_a_row_share_no_instant_and_leave_none_out() {
        let day = |n: u64| "2025-10-12".parse::<NaiveDate>().expect("a day") + Days::new(14 * n);
        let horizon = |n: u64| Horizon::of_days(day(n), 14, chrono_tz::Europe::Paris);
        assert!((0..26).all(|n| horizon(n).until == horizon(n + 1).after));
    }
}
