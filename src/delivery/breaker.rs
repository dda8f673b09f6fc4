//! Stops a campaign that goes wrong for too many people at once.

use crate::ledger::State;

/// How much failure is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Breaker {
    /// Mails that must have ended before it can trip.
    pub after: u64,
    /// Share, in percent, of one kind of failure above which it trips.
    pub percent_max: u64,
}

impl Default for Breaker {
    fn default() -> Self {
        Self { after: 100, percent_max: 50 }
    }
}

/// Kinds of failure that are watched.
const WATCHED: [State; 4] = [State::Bounced, State::Deferred, State::Failed, State::Uncertain];

impl Breaker {
    /// Returns the kind of failure that is too frequent and its count, given the count of each state.
    pub fn tripped(self, count: impl Fn(State) -> u64) -> Option<(State, u64)> {
        let n_ended: u64 = State::ALL.into_iter().map(&count).sum();
        if n_ended < self.after.max(1) {
            return None;
        }
        WATCHED.into_iter().map(|state| (state, count(state))).find(|(_, n)| n * 100 > n_ended * self.percent_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_trips_on_one_kind_of_failure_and_not_too_early() {
        let breaker = Breaker { after: 10, percent_max: 30 };
        let with = |n_bounced: u64, n_deferred: u64, n_sent: u64| {
            breaker.tripped(|state| match state {
                State::Bounced => n_bounced,
                State::Deferred => n_deferred,
                State::Sent => n_sent,
                _ => 0,
            })
        };
        assert_eq!(with(9, 0, 0), None, "too early");
        assert_eq!(with(3, 0, 7), None, "at the limit");
        assert_eq!(with(4, 0, 6), Some((State::Bounced, 4)));
        assert_eq!(with(0, 10, 0), Some((State::Deferred, 10)));
        assert_eq!(with(3, 3, 4), None, "kinds are not added up");
    }
}
