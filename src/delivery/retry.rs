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
    /// How long after the end of the first attempt the last one may be; a mail that would have to wait longer has failed.
    pub give_up_after: Span,
    /// Shortest delay after an answer of a greylisting server, which wants to see the sender come back.
    pub greylisted: Span,
}

impl Default for Retry {
    /// One minute, then twice as long each time up to 4 hours, for two days (RFC 5321 section 4.5.4.1 asks for 4 to 5 days at most).
    fn default() -> Self {
        Self {
            first: Span(60_000_000),
            longest: Span::hours(4),
            attempts_max: 18,
            give_up_after: Span::days(2),
            greylisted: Span(300_000_000),
        }
    }
}

impl Retry {
    /// Returns the next instant to try, or none after the last attempt. `first_at` is when the first attempt ended, `key` spreads mails over half the delay, the same way each time;
    /// `at_least` is the wait that the server asks for.
    pub fn next(self, attempt: u32, first_at: Timestamp, now: Timestamp, key: &str, at_least: Option<Span>) -> Option<Timestamp> {
        if attempt >= self.attempts_max {
            return None;
        }
        let delay = self.nominal(attempt).max(at_least.map_or(0, |span| span.0));
        let spread = stable_unit(&["retry", key, &attempt.to_string()]);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a delay in microseconds; its last digits do not matter"
        )]
        let extra = (delay as f64 * 0.5 * spread) as i64;
        let retry_at = now.plus(Span(delay.saturating_add(extra)));
        (retry_at.0.saturating_sub(first_at.0) <= self.give_up_after.0).then_some(retry_at)
    }

    /// Returns the delay after an attempt, in microseconds, before it is spread.
    fn nominal(self, attempt: u32) -> i64 {
        let doubled = self.first.0.saturating_mul(1_i64 << attempt.saturating_sub(1).min(40));
        doubled.clamp(0, self.longest.0.max(self.first.0))
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
            let delay = retry.next(attempt, Timestamp(0), Timestamp(0), "m", None).expect("not the last").0;
            assert!(delay >= 60_000_000 && delay <= Span::hours(6).0, "attempt {attempt}: {delay}");
            assert!(attempt > 8 || delay > before, "attempt {attempt}");
            before = delay;
        }
        assert_eq!(retry.next(retry.attempts_max, Timestamp(0), Timestamp(0), "m", None), None);
    }

    #[test]
    fn mails_are_spread_and_each_is_stable() {
        let at = |key| Retry::default().next(1, Timestamp(0), Timestamp(0), key, None);
        assert_eq!(at("a"), at("a"));
        assert_ne!(at("a"), at("b"));
    }

    #[test]
    fn a_server_may_ask_for_more_patience_and_not_for_less() {
        let retry = Retry::default();
        let delay = |at_least| retry.next(1, Timestamp(0), Timestamp(0), "m", at_least).expect("not the last").0;
        assert!(delay(Some(Span::hours(1))) >= Span::hours(1).0);
        assert_eq!(delay(Some(Span(1))), delay(None));
    }

    #[test]
    fn patience_is_counted_from_the_first_attempt_however_rarely_it_is_tried() {
        let retry = Retry::default();
        let first = Timestamp(7);
        let after = |span: Span| retry.next(2, first, first.plus(span), "m", None);
        assert!(after(Span(Span::days(2).0 - 600_000_000)).is_some());
        assert_eq!(after(Span::days(2)), None, "two attempts, and two days");
        assert_eq!(retry.next(1, first, first, "m", Some(Span::days(3))), None, "a wait beyond the end is not begun");
    }
}
