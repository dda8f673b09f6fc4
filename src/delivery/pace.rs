//! How fast: a pace that is kept without bursts, and the limit on connecting in a storm.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::project::checked::Rate;

/// How long after a connection failed, or was lost, others are made one after the other.
const STORM_FOR: Duration = Duration::from_secs(10);

/// Gives out instants at equal distances.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    every: Duration,
    next: Option<Instant>,
}

impl Pacer {
    pub(super) fn new(rate: Rate) -> Self {
        Self::every(Duration::from_micros(rate.every().0.unsigned_abs()))
    }

    pub(super) fn every(every: Duration) -> Self {
        Self { every, next: None }
    }

    /// Returns the instant before which nothing may go, when it is not yet there.
    pub(super) fn wait_until(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// Takes the next instant, which is `now` or later. Time that was not used is not made up for.
    pub(super) fn take(&mut self, now: Instant) -> Instant {
        let at = self.next.map_or(now, |next| next.max(now));
        self.next = Some(at + self.every);
        at
    }
}

/// Stands before all servers: while connections fail, at most one is tried in each gap.
#[derive(Debug)]
pub(super) struct Door(Mutex<(Option<Instant>, Pacer)>);

impl Door {
    pub(super) fn new(gap: Duration) -> Self {
        Self(Mutex::new((None, Pacer::every(gap))))
    }

    /// Notes that a connection failed or was lost.
    pub(super) fn trouble(&self, now: Instant) {
        if let Ok(mut state) = self.0.lock() {
            state.0 = Some(now + STORM_FOR);
        }
    }

    /// Returns when a connection may be tried.
    pub(super) fn knock(&self, now: Instant) -> Instant {
        let Ok(mut state) = self.0.lock() else { return now };
        if state.0.is_some_and(|until| until > now) { state.1.take(now) } else { now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pace_is_kept_and_time_not_used_is_not_made_up_for() {
        let mut pacer = Pacer::new(Rate::parse("4 per second").expect("a rate"));
        let start = Instant::now();
        for n in 0..4 {
            assert_eq!(pacer.take(Instant::now()), start + Duration::from_millis(250 * n));
        }
        assert_eq!(pacer.wait_until(start), Some(start + Duration::from_secs(1)));
        tokio::time::advance(Duration::from_mins(1)).await;
        let later = Instant::now();
        assert_eq!(pacer.wait_until(later), None);
        assert_eq!([pacer.take(later), pacer.take(later)], [later, later + Duration::from_millis(250)]);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_wait_in_a_storm_only() {
        let door = Door::new(Duration::from_millis(334));
        let start = Instant::now();
        assert!((0..100).all(|_| door.knock(start) == start), "no storm");
        door.trouble(start);
        let within_a_second = (0..100).map(|_| door.knock(start)).filter(|at| *at < start + Duration::from_secs(1)).count();
        assert_eq!(within_a_second, 3);
        tokio::time::advance(STORM_FOR + Duration::from_millis(1)).await;
        assert_eq!(door.knock(Instant::now()), Instant::now());
    }
}
