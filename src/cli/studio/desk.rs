//! Long work done once, away from the pages that ask for it: each page waits a moment, then says that it is being counted.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relance::error::{Error, Kind, Result};
use tokio::sync::watch;

use super::shop::told;

/// What became of a piece of work; an error is told in words.
type Outcome<T> = std::result::Result<Arc<T>, Arc<str>>;

/// Work by its name, each piece done once.
#[derive(Debug)]
pub(super) struct Desk<T> {
    jobs: Mutex<BTreeMap<String, Arc<Job<T>>>>,
    /// One piece of work at a time, on all cores but one: mails are looked at meanwhile.
    turn: Arc<Mutex<()>>,
    is_closed: Arc<AtomicBool>,
}

/// A piece of work.
#[derive(Debug)]
pub(super) struct Job<T> {
    done: watch::Sender<Option<Outcome<T>>>,
    progress: Progress,
}

/// How far a piece of work has come, and whether anybody still wants it.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    n_done: Arc<AtomicU64>,
    is_closed: Arc<AtomicBool>,
}

impl Progress {
    /// Counts one more.
    ///
    /// # Errors
    /// The files have changed since: nobody will look at what is being counted.
    pub(super) fn add(&self) -> Result<()> {
        self.n_done.fetch_add(1, Ordering::Relaxed);
        if self.is_closed.load(Ordering::Relaxed) { Err(Error::new(Kind::Io, "the files have changed since")) } else { Ok(()) }
    }
}

impl<T> Default for Desk<T> {
    fn default() -> Self {
        Self { jobs: Mutex::default(), turn: Arc::default(), is_closed: Arc::default() }
    }
}

impl<T: Send + Sync + 'static> Desk<T> {
    /// Returns a piece of work, begun if it was not.
    pub(super) fn job(&self, name: &str, work: impl FnOnce(&Progress) -> Result<T> + Send + 'static) -> Arc<Job<T>> {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = jobs.get(name) {
            return job.clone();
        }
        let progress = Progress { n_done: Arc::default(), is_closed: self.is_closed.clone() };
        let job = Arc::new(Job { done: watch::Sender::new(None), progress });
        jobs.insert(name.to_owned(), job.clone());
        let (begun, turn) = (job.clone(), self.turn.clone());
        std::thread::spawn(move || {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            // Whatever happens inside, who waits is told.
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| on_some_cores(|| work(&begun.progress))));
            let failed = || Err(Error::new(Kind::Io, "the page could not be made").help("see the terminal, and report it"));
            let outcome = caught.unwrap_or_else(|_| failed()).map(Arc::new).map_err(|error| told(&error).into());
            begun.done.send_replace(Some(outcome));
        });
        job
    }

    /// Stops work at its next step: nobody will ask for it again.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
    }
}

impl<T> Job<T> {
    /// Waits for the outcome, a moment at most; `None` when it is not there yet.
    pub(super) async fn outcome(&self, moment: Duration) -> Option<Outcome<T>> {
        let mut done = self.done.subscribe();
        let waited = tokio::time::timeout(moment, done.wait_for(Option::is_some)).await;
        waited.ok()?.ok()?.clone()
    }

    /// How many of the things it counts are done.
    pub(super) fn n_done(&self) -> u64 {
        self.progress.n_done.load(Ordering::Relaxed)
    }
}

/// Does work with one core left to others, where there are several.
fn on_some_cores<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match rayon::ThreadPoolBuilder::new().num_threads(cores.saturating_sub(1).max(1)).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_mins(1);

    #[tokio::test]
    async fn work_is_done_once_and_told_how_far_it_is() {
        let desk: Desk<u64> = Desk::default();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let job = desk.job("a", move |progress| {
            progress.add()?;
            wait.recv().map_err(|error| Error::new(Kind::Io, error.to_string()))?;
            Ok(7)
        });
        assert!(job.outcome(Duration::ZERO).await.is_none(), "it is not done before it may be");
        go.send(()).expect("somebody waits");
        assert_eq!(job.outcome(LONG).await, Some(Ok(Arc::new(7))));
        assert_eq!(job.n_done(), 1);
        let again = desk.job("a", |_| Ok(8));
        assert_eq!(again.outcome(LONG).await, Some(Ok(Arc::new(7))));
    }

    #[tokio::test]
    async fn what_fails_or_panics_is_told_and_what_nobody_wants_stops() {
        let desk: Desk<u64> = Desk::default();
        let failed = desk.job("a", |_| Err(Error::new(Kind::Usage, "no").help("do"))).outcome(LONG).await;
        assert!(matches!(&failed, Some(Err(why)) if why.contains("no") && why.contains("help: do")), "{failed:?}");
        let panicked = desk.job("b", |_| panic!("a fault of the test's")).outcome(LONG).await;
        assert!(matches!(&panicked, Some(Err(why)) if why.contains("could not be made")), "{panicked:?}");
        desk.close();
        let endless = desk.job("c", |progress| {
            loop {
                progress.add()?;
            }
        });
        assert!(matches!(endless.outcome(LONG).await, Some(Err(_))));
    }
}
