//! The cart a person left open.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::tally::Tally;
use crate::clock::{Span, Timestamp};
use crate::id::ProductIx;

/// Open lines kept per person, the latest.
const CART_LINES_MAX: usize = 50;

/// Lines put in a cart, not taken out, with no order since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Latest first.
    pub lines: Vec<CartLine>,
    /// The last cart that a purchase emptied.
    pub bought: Option<BoughtCart>,
}

/// A cart as it was when a purchase emptied it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtCart {
    /// Latest first.
    pub lines: Vec<CartLine>,
    /// When it was bought.
    pub at: Timestamp,
}

/// One product waiting in a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// The product.
    pub product: ProductIx,
    /// Pieces.
    pub quantity: i64,
    /// When it was last put in.
    pub added_at: Timestamp,
}

impl Cart {
    /// Finds the open lines. An order, or a purchase told by the site, empties the cart, whatever it holds; so no sorted input is needed.
    ///
    /// An order dated by a day only, which reads as that day's midnight in `orders_zone`, empties what was put in during the whole day.
    pub fn from_tally(tally: &Tally, orders_zone: Tz) -> Self {
        let placed = tally.orders.iter().filter(|order| order.n_placed > 0);
        let last_order = placed.map(|order| end_of_order(order.at, orders_zone)).max().max(tally.purchased_at);
        let open = |line: &super::tally::Line| {
            let (added_at, quantity) = line.carted?;
            let closed_at = line.removed_at.max(last_order);
            (Some(added_at) > closed_at).then_some(CartLine { product: line.product, quantity, added_at })
        };
        let mut lines: Vec<CartLine> = tally.lines.iter().filter_map(open).collect();
        lines.sort_by_key(|line| (std::cmp::Reverse(line.added_at), line.product));
        lines.truncate(CART_LINES_MAX);
        Self { lines, bought: bought(tally, orders_zone) }
    }

    /// Returns the cart as it stands at an instant: lines older than `expires_after` are forgotten.
    pub fn open_at(&self, now: Timestamp, expires_after: Span) -> Option<Self> {
        let lines: Vec<CartLine> = self.lines.iter().filter(|line| line.added_at > now.minus(expires_after)).copied().collect();
        (!lines.is_empty()).then_some(Self { lines, bought: None })
    }

    /// Returns when the oldest open line was put in.
    pub fn opened_at(&self) -> Option<Timestamp> {
        self.lines.last().map(|line| line.added_at)
    }

    /// Returns when the cart was last filled.
    pub fn touched_at(&self) -> Option<Timestamp> {
        self.lines.first().map(|line| line.added_at)
    }
}

/// Finds the last lines that a purchase closed, and the purchase: the first one after the last of them was put in.
fn bought(tally: &Tally, orders_zone: Tz) -> Option<BoughtCart> {
    let placed = || tally.orders.iter().filter(|order| order.n_placed > 0);
    let orders = || placed().map(|order| end_of_order(order.at, orders_zone)).chain(tally.purchased_at);
    let last = orders().max()?;
    let closed = |line: &super::tally::Line| {
        let (added_at, quantity) = line.carted?;
        (added_at <= last && Some(added_at) > line.removed_at).then_some(CartLine { product: line.product, quantity, added_at })
    };
    let mut lines: Vec<CartLine> = tally.lines.iter().filter_map(closed).collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.added_at), line.product));
    let touched_at = lines.first()?.added_at;
    let earlier = orders().filter(|at| *at < touched_at).max();
    lines.retain(|line| Some(line.added_at) > earlier);
    lines.truncate(CART_LINES_MAX);
    Some(BoughtCart { at: orders().filter(|at| *at >= touched_at).min()?, lines })
}

/// Returns the last instant at which an order can have been placed: the end of its day when it is dated at midnight.
fn end_of_order(at: Timestamp, zone: Tz) -> Timestamp {
    let date = at.date(zone);
    match date.succ_opt() {
        Some(next) if Timestamp::start_of_day(date, zone) == at => Timestamp(Timestamp::start_of_day(next, zone).0 - 1),
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tally::{Line, OrderTally};
    use chrono_tz::Europe::Paris;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, Paris).expect("an instant")
    }

    #[test]
    fn an_order_dated_by_a_day_closes_the_cart_of_that_whole_day() {
        for (ordered, filled, is_open) in [
            ("2026-03-05", "2026-03-05 08:00", false),
            ("2026-03-05", "2026-03-05 23:59:59.999999", false),
            ("2026-03-05", "2026-03-06 00:00", true),
            ("2026-03-29", "2026-03-29 23:30", false),
            ("2026-03-05 07:00", "2026-03-05 08:00", true),
            ("2026-03-05 09:00", "2026-03-05 08:00", false),
        ] {
            let order = OrderTally { order: 1, at: at(ordered), n_placed: 1, total: 0, margin: 0 };
            let line =
                Line { product: ProductIx(0), n_views: 0, viewed_at: None, carted: Some((at(filled), 1)), removed_at: None, weight: 0 };
            let tally = Tally { orders: vec![order], lines: vec![line], ..Tally::default() };
            assert_eq!(!Cart::from_tally(&tally, Paris).lines.is_empty(), is_open, "ordered {ordered}, filled {filled}");
        }
    }
}
