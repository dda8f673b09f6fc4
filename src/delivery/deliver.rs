//! Drives a campaign's due messages through a destination, once each.

use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Destination;
use super::breaker::Breaker;
use super::feeder::Feeder;
use super::hands::Hands;
use super::journal;
use super::render::Render;
use super::retry::Retry;
use super::sender::Crew;
use super::tally::{Progress, Tally};
use super::wanted::StillWanted;
use super::warm_up::WarmUp;
use crate::clock::{Span, Timestamp};
use crate::error::{Error, Kind, Result};
use crate::ledger::{HEARTBEAT_EVERY, Lease, Ledger, system_now};
use crate::project::config::OnUncertain;

/// How to deliver.
#[derive(Debug, Clone)]
pub struct Options {
    /// The instant the command works at; time goes on from there.
    pub now: Timestamp,
    /// What to do when the dot was sent and no answer came.
    pub on_uncertain: OnUncertain,
    /// Mails to send at most.
    pub limit: Option<u64>,
    /// Delays after a temporary refusal.
    pub retry: Retry,
    /// How much failure stops the campaign.
    pub breaker: Breaker,
    /// Mails go to another address than their recipient's: a refusal says nothing of the recipient, who is not suppressed.
    pub redirected: bool,
    /// Who knows whether planned mails are still wanted; nobody when the sources are not at hand.
    pub still_wanted: Option<Arc<dyn StillWanted>>,
    /// Daily ceilings of a new sender.
    pub warm_up: Option<WarmUp>,
}

impl Options {
    /// Returns the ordinary options at an instant: hold what is uncertain, no limit.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            on_uncertain: OnUncertain::Hold,
            limit: None,
            retry: Retry::default(),
            breaker: Breaker::default(),
            redirected: false,
            still_wanted: None,
            warm_up: None,
        }
    }
}

/// What a delivery did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Counts.
    pub counts: Progress,
    /// True when it was asked to stop before the end; what was not sent is planned again.
    pub interrupted: bool,
    /// Mails that are due and stay planned, because the warm-up's ceiling of the day is reached.
    pub held_back: u64,
    /// When the next day begins in the project's zone, if mails are held back.
    pub held_until: Option<Timestamp>,
    /// Of the mails held back, those that will be of no use any more by then.
    pub held_too_late: u64,
}

/// Time that starts at the command's instant and goes on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    at: Timestamp,
    started: Instant,
}

impl Clock {
    /// Returns the command's instant: what is due again then is due for the same command typed again.
    pub(super) fn start(self) -> Timestamp {
        self.at
    }

    pub(super) fn now(self) -> Timestamp {
        self.at.plus(Span(i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX)))
    }
}

/// Sends all that is due of the lease's campaign, and records what became of it.
///
/// Cancelling `cancel` lets the mails in flight finish and gives back the others. Needs a runtime of several threads for speed only.
///
/// # Errors
/// `Unavailable` when the server cannot be reached, refuses the sender, or refuses too many; `Busy` when the lease was lost;
/// `Io` when a file or the ledger cannot be written. What was not sent is planned again whenever the ledger can still say so.
pub async fn deliver(
    ledger: &Ledger,
    lease: &Lease,
    destination: &Destination,
    render: &Render,
    options: &Options,
    cancel: CancellationToken,
    on: &mut (dyn FnMut(Progress) + Send),
) -> Result<Summary> {
    let clock = Clock { at: options.now, started: Instant::now() };
    let stop = cancel.child_token();
    let mut progress = Progress { total: ledger.count_due(lease, options.now).await?, ..Progress::default() };
    if let Some(limit) = options.limit {
        progress.total = progress.total.min(limit);
    }
    if let Some(left) = left_today(ledger, options, options.now).await? {
        progress.total = progress.total.min(left);
    }
    on(progress);

    let (journal, writer) = journal::start(ledger.clone(), lease.clone(), clock, destination.n_at_once(), stop.clone());
    let (events, states) = mpsc::unbounded_channel();
    let crew = Crew {
        journal: journal.clone(),
        events: events.clone(),
        ledger: ledger.clone(),
        stop: stop.clone(),
        clock,
        retry: options.retry,
        on_uncertain: options.on_uncertain,
        redirected: options.redirected,
    };
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    let hands = Hands::of(destination, &crew, &mut tasks)?;
    let feeder = Feeder {
        ledger: ledger.clone(),
        lease: lease.clone(),
        render: Arc::clone(render),
        clock,
        stop: stop.clone(),
        limit: options.limit,
        warm_up: options.warm_up,
        // With nothing to send there is nothing to look at either.
        still_wanted: options.still_wanted.clone().filter(|_| progress.total > 0),
    };
    tasks.spawn(feeder.feed(hands, journal.clone(), events));
    let heart = tokio::spawn(beat(ledger.clone(), lease.clone(), stop.clone()));
    tokio::spawn(ledger.clone().keep_folded(stop.clone()));
    drop((journal, crew));

    let (progress, mut failure) = Tally::of(progress, options.breaker).follow(states, &stop, on).await;
    while let Some(ended) = tasks.join_next().await {
        if let Err(error) = ended.unwrap_or_else(|_| Err(Error::new(Kind::Io, "a part of the delivery crashed"))) {
            failure.get_or_insert(error);
        }
    }
    let written = writer.await.unwrap_or_else(|_| Err(Error::new(Kind::Io, "the writer of the ledger crashed")));
    stop.cancel();
    let beaten = heart.await.unwrap_or(Ok(()));
    // The ledger's own trouble explains all others.
    let failure = [written.err(), beaten.err(), failure].into_iter().flatten().next();
    let given_back = ledger.give_back(lease).await;
    if let Some(error) = failure {
        return Err(error.detail(format!(
            "{} sent, {} ended otherwise; what was not sent stays planned",
            progress.sent,
            progress.done - progress.sent
        )));
    }
    given_back?;
    let (held_back, held_until) = held_back(ledger, lease, options, clock.now()).await?;
    let held_too_late = match held_until {
        Some(until) => ledger.count_late(lease, clock.now(), until).await?,
        None => 0,
    };
    Ok(Summary { counts: progress, interrupted: cancel.is_cancelled(), held_back, held_until, held_too_late })
}

/// Returns how many mails the warm-up still allows on the day of an instant; nothing when it sets no ceiling.
async fn left_today(ledger: &Ledger, options: &Options, at: Timestamp) -> Result<Option<u64>> {
    let Some(ceiling) = options.warm_up.and_then(|warm_up| warm_up.of_day(at)) else { return Ok(None) };
    let n_sent = ledger.count_sent_since(ceiling.since).await?;
    Ok(Some(ceiling.most.saturating_sub(n_sent)))
}

/// Returns how many mails are due and wait for the warm-up's next day, and when it begins.
async fn held_back(ledger: &Ledger, lease: &Lease, options: &Options, at: Timestamp) -> Result<(u64, Option<Timestamp>)> {
    let Some(warm_up) = options.warm_up else { return Ok((0, None)) };
    if left_today(ledger, options, at).await? != Some(0) {
        return Ok((0, None));
    }
    let n = ledger.count_due(lease, at).await?;
    Ok((n, (n > 0).then(|| warm_up.next_day(at))))
}

/// Renews the lease until `stop`; a lease that cannot be renewed stops everything.
async fn beat(ledger: Ledger, lease: Lease, stop: CancellationToken) -> Result<()> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(HEARTBEAT_EVERY) => {
                if let Err(error) = ledger.heartbeat(&lease, system_now()).await {
                    stop.cancel();
                    return Err(error);
                }
            }
        }
    }
}
