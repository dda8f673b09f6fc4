//! When to try again: exponential delays, spread so that a thousand mails do not come back at once.

use crate::clock::{Span, Timestamp};
use crate::id::stable_unit;

/// Delays between attempts at one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Delay after the first attempt.
    pub first: Span,
    /// Longest delay.
    pub longest: Span,
    /// Attempts in all; after the last one the mail has failed.
    pub attempts_max: u32,
}

impl Default for Retry {
    /// One minute, then twice as long each time up to 4 hours, for about two days (RFC 5321 section 4.5.4.1 asks for 4 to 5 days at most).
    fn default() -> Self {
        Self { first: Span(60_000_000), longest: Span::hours(4), attempts_max: 18 }
    }
}

impl Retry {
    /// Returns the next instant to try, or none after the last attempt. `key` spreads mails over half the delay, the same way each time.
    pub fn next(self, attempt: u32, now: Timestamp, key: &str) -> Option<Timestamp> {
        if attempt >= self.attempts_max {
            return None;
        }
        let doubled = self.first.0.saturating_mul(1_i64 << attempt.saturating_sub(1).min(40));
        let delay = doubled.clamp(0, self.longest.0.max(self.first.0));
        let spread = stable_unit(&["retry", key, &attempt.to_string()]);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a delay in microseconds; its last digits do not matter"
        )]
        let extra = (delay as f64 * 0.5 * spread) as i64;
        Some(now.plus(Span(delay.saturating_add(extra))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_limit_and_end() {
        let retry = Retry::default();
        let mut before = 0;
        for attempt in 1..retry.attempts_max {
            let delay = retry.next(attempt, Timestamp(0), "m").expect("not the last").0;
            assert!(delay >= 60_000_000 && delay <= Span::hours(6).0, "attempt {attempt}: {delay}");
            assert!(attempt > 8 || delay > before, "attempt {attempt}");
            before = delay;
        }
        assert_eq!(retry.next(retry.attempts_max, Timestamp(0), "m"), None);
    }

    #[test]
    fn mails_are_spread_and_each_is_stable() {
        let at = |key| Retry::default().next(1, Timestamp(0), key);
        assert_eq!(at("a"), at("a"));
        assert_ne!(at("a"), at("b"));
    }
}
