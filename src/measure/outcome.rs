//! What one assigned person did before and after the assignment, from their orders.

use std::collections::BTreeSet;

use crate::clock::{Span, Timestamp};
use crate::holdout::Arm;
use crate::project::campaign::Metric;

/// Days after the assignment within which what people bring is also counted, besides the horizon.
pub const LATER_DAYS: [i64; 2] = [90, 180];

/// One order line of an assigned person, not cancelled; returns count against the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// When it was placed or sent back.
    pub at: Timestamp,
    /// Hash of its order.
    pub order: u64,
    /// Hash of its product.
    pub product: u64,
    /// Money in minor units, discount taken off; negative for a return.
    pub money: i64,
    /// Margin in minor units; negative for a return.
    pub margin: i64,
    /// Bought, and not sent back.
    pub placed: bool,
}

/// A person of an experiment, with what they did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Person {
    /// Arm of the assignment, whatever was sent.
    pub arm: Arm,
    /// When they were assigned.
    pub at: Timestamp,
    /// Money within the horizon, in minor units.
    pub revenue: f64,
    /// Margin within the horizon, in minor units.
    pub margin: f64,
    /// Money in as long a time before the assignment.
    pub revenue_before: f64,
    /// Margin in as long a time before.
    pub margin_before: f64,
    /// Orders within the horizon.
    pub n_orders: usize,
    /// Orders in as long a time before.
    pub n_orders_before: usize,
    /// Money within each of [`LATER_DAYS`], in minor units.
    pub later: [f64; 2],
    /// Days from the assignment to the first order after it.
    pub returned_after: Option<Span>,
}

impl Person {
    /// Returns a figure of what they did before the assignment and after it; of conversion, 1 for whoever ordered and 0 for who did not.
    pub fn figure(&self, metric: Metric) -> (f64, f64) {
        let share = |n: usize| if n > 0 { 1.0 } else { 0.0 };
        match metric {
            Metric::Revenue => (self.revenue_before, self.revenue),
            Metric::Margin => (self.margin_before, self.margin),
            Metric::Conversion => (share(self.n_orders_before), share(self.n_orders)),
        }
    }

    /// Counts the lines of a person; what is at the instant of the assignment or later is after it.
    #[expect(clippy::cast_precision_loss, reason = "the money of one person is far from 2^52 minor units")]
    pub fn count(arm: Arm, at: Timestamp, horizon: Span, lines: &[Line]) -> Self {
        let within = |from: Timestamp, to: Timestamp| lines.iter().filter(move |line| from <= line.at && line.at < to);
        let (start, end) = (at.minus(horizon), at.plus(horizon));
        let orders = |from, to| within(from, to).filter(|line| line.placed).map(|line| line.order).collect::<BTreeSet<_>>().len();
        let money = |from, to| within(from, to).map(|line| line.money as f64).sum();
        let margin = |from, to| within(from, to).map(|line| line.margin as f64).sum();
        let later = LATER_DAYS.map(|days| money(at, at.plus(Span::days(days))));
        let first = lines.iter().filter(|line| line.placed && line.at >= at).map(|line| line.at).min();
        Self {
            arm,
            at,
            revenue: money(at, end),
            margin: margin(at, end),
            revenue_before: money(start, at),
            margin_before: margin(start, at),
            n_orders: orders(at, end),
            n_orders_before: orders(start, at),
            later,
            returned_after: first.map(|first| first.since(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_horizon_begins_with_its_instant_and_ends_before_its_end() {
        let day = |n: i64| Timestamp(0).plus(Span::days(n));
        let line = |n, order, money: i64| Line { at: day(n), order, product: 0, money, margin: money / 2, placed: money > 0 };
        let lines =
            [line(2, 1, 900), line(3, 2, 500), line(9, 3, 1_000), line(10, 4, 100), line(10, 4, 300), line(12, 3, -1_000), line(17, 5, 70)];
        let person = Person::count(Arm::Treated, day(10), Span::days(7), &lines);
        assert_eq!((person.revenue, person.revenue_before, person.margin), (-600.0, 1_500.0, -300.0));
        assert!(person.later.iter().all(|money| (money + 530.0).abs() < 1e-9), "90 and 180 days count what came after the horizon");
        assert_eq!((person.n_orders, person.n_orders_before, person.returned_after), (1, 2, Some(Span::days(0))));
    }
}
