//! The stage of a customer's life, from their own rhythm of orders.

use serde::{Deserialize, Serialize};

use super::summary::Orders;
use crate::clock::{Span, Timestamp};

/// Stages, from stranger to lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lifecycle {
    /// No order yet.
    Prospect,
    /// One order, lately.
    New,
    /// Several orders, the last one within their rhythm.
    Active,
    /// At least five orders, the last one within their rhythm.
    Loyal,
    /// Silent for longer than usual.
    AtRisk,
    /// Silent for so long that they are probably gone.
    Dormant,
}

/// Orders from which an active customer is loyal.
const LOYAL_ORDERS_MIN: u32 = 5;

impl Lifecycle {
    /// Places a person at `now`.
    ///
    /// Somebody who buys every `r` days is at risk after `2 r` of silence (at least a quarter and at most the
    /// whole of `dormant_after`) and dormant after `3 r` or `dormant_after`, whichever is longer.
    pub fn at(orders: &Orders, now: Timestamp, dormant_after: Span) -> Self {
        let Some(last_at) = orders.last_at else { return Self::Prospect };
        let silence = now.since(last_at).in_days();
        let limit = dormant_after.in_days();
        let rhythm = orders.rhythm_days.unwrap_or(limit / 4.0);
        if silence > limit.max(3.0 * rhythm) {
            Self::Dormant
        } else if silence > (2.0 * rhythm).max(limit / 4.0).min(limit) {
            Self::AtRisk
        } else if orders.n == 1 {
            Self::New
        } else if orders.n >= LOYAL_ORDERS_MIN {
            Self::Loyal
        } else {
            Self::Active
        }
    }

    /// Returns the word used in conditions and templates.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prospect => "prospect",
            Self::New => "new",
            Self::Active => "active",
            Self::Loyal => "loyal",
            Self::AtRisk => "at_risk",
            Self::Dormant => "dormant",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::DAY_US;

    fn stage(n: u32, rhythm_days: Option<f64>, silence_days: i64) -> &'static str {
        let last_at = (n > 0).then_some(Timestamp(0));
        let orders = Orders { n, last_at, rhythm_days, ..Orders::default() };
        Lifecycle::at(&orders, Timestamp(silence_days * DAY_US), Span::days(180)).word()
    }

    #[test]
    fn a_timeline_walks_through_the_stages() {
        assert_eq!(stage(0, None, 0), "prospect");
        assert_eq!(stage(1, None, 10), "new");
        assert_eq!(stage(1, None, 120), "at_risk");
        assert_eq!(stage(1, None, 181), "dormant");
        assert_eq!(stage(3, Some(30.0), 60), "active");
        assert_eq!(stage(3, Some(30.0), 61), "at_risk");
        assert_eq!(stage(8, Some(10.0), 44), "loyal");
        assert_eq!(stage(8, Some(10.0), 46), "at_risk");
        assert_eq!(stage(8, Some(100.0), 290), "at_risk");
        assert_eq!(stage(8, Some(100.0), 301), "dormant");
    }
}
