//! What people did in a span of time, from order lines: what segments of the time before are judged by.

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
