//! Counts how mails end, says how far the delivery is, and stops it when too many end badly.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::breaker::Breaker;
use crate::error::{Error, Kind};
use crate::ledger::{Outcome, State, without_addresses};

/// Mails counted together at most.
const TOGETHER_MAX: usize = 256;
/// Pause after mails that went well: to be woken for each would cost more than to count it.
const PAUSE: Duration = Duration::from_millis(10);

/// How far a delivery is; rates are for the caller to compute.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Messages that were due at the start.
    pub total: u64,
    /// Messages ended so far, whatever became of them.
    pub done: u64,
    /// Accepted.
    pub sent: u64,
    /// Refused for good.
    pub bounced: u64,
    /// Refused for now.
    pub deferred: u64,
    /// Not rendered, or given up.
    pub failed: u64,
    /// Fate unknown.
    pub uncertain: u64,
    /// Not wanted any more when the sources were looked at again.
    pub cancelled: u64,
}

/// How a mail ended, as those need it who count.
pub(super) struct Ended {
    pub(super) state: State,
    /// What the server said, when that may explain why a campaign is stopped.
    pub(super) words: Option<String>,
    /// Deferred by a server that does so with every mail of a stranger, and takes it later: no failure.
    pub(super) is_greylisted: bool,
}

impl Ended {
    pub(super) fn of(outcome: &Outcome) -> Self {
        let state = outcome.state();
        Self { state, words: (state != State::Sent).then(|| outcome.words().to_owned()), is_greylisted: false }
    }
}

/// What is counted.
pub(super) struct Tally {
    progress: Progress,
    breaker: Breaker,
    counts: BTreeMap<State, u64>,
    last_words: BTreeMap<State, String>,
    n_greylisted: u64,
}

impl Tally {
    pub(super) fn of(progress: Progress, breaker: Breaker) -> Self {
        Self { progress, breaker, counts: BTreeMap::new(), last_words: BTreeMap::new(), n_greylisted: 0 }
    }

    /// Counts until nobody is left who could send; when the breaker trips, cancels `stop` and returns why.
    pub(super) async fn follow(
        mut self,
        mut states: mpsc::UnboundedReceiver<Ended>,
        stop: &CancellationToken,
        on: &mut (dyn FnMut(Progress) + Send),
    ) -> (Progress, Option<Error>) {
        let (mut failure, mut some) = (None, Vec::new());
        while states.recv_many(&mut some, TOGETHER_MAX).await > 0 {
            let went_well = some.iter().all(|ended| ended.state == State::Sent);
            for ended in some.drain(..) {
                self.count(ended);
                on(self.progress);
                if failure.is_none() {
                    failure = self.tripped().inspect(|_| stop.cancel());
                }
            }
            if went_well {
                tokio::time::sleep(PAUSE).await;
            }
        }
        (self.progress, failure)
    }

    fn count(&mut self, ended: Ended) {
        let Ended { state, words, is_greylisted } = ended;
        self.n_greylisted += u64::from(is_greylisted && state == State::Deferred);
        self.last_words.extend(words.map(|words| (state, words)));
        *self.counts.entry(state).or_default() += 1;
        let done = self.progress.done + 1;
        self.progress = Progress {
            total: self.progress.total.max(done),
            done,
            sent: self.of_state(State::Sent),
            bounced: self.of_state(State::Bounced),
            deferred: self.of_state(State::Deferred),
            failed: self.of_state(State::Failed),
            uncertain: self.of_state(State::Uncertain),
            cancelled: self.of_state(State::Cancelled),
        };
    }

    fn of_state(&self, state: State) -> u64 {
        self.counts.get(&state).copied().unwrap_or(0)
    }

    fn tripped(&self) -> Option<Error> {
        let n_bad = |state| self.of_state(state) - if state == State::Deferred { self.n_greylisted } else { 0 };
        let (state, n) = self.breaker.tripped(n_bad)?;
        let words = self.last_words.get(&state).map(|words| without_addresses(words)).unwrap_or_default();
        let message = format!("stopped: {n} of {} mails are {state}, the last one: `{words}`", self.progress.done);
        Some(Error::new(Kind::Unavailable, message).help("mend what the server complains of, then run the same command again"))
    }
}
