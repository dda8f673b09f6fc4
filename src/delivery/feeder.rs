//! The feeder: looks again, claims, renders, and hands over.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::deliver::Clock;
use super::hands::Hands;
use super::journal::Journal;
use super::render::{Job, Made, Render, render_all};
use super::tally::Ended;
use super::wanted::{StillWanted, look_again};
use super::warm_up::WarmUp;
use crate::error::{Error, Kind, Result};
use crate::ledger::{Claimed, Lease, Ledger, MessageNo, Outcome, State};

/// Rows of a claim, at least and at most. Suppression is checked at the claim, so that claims stay short.
const CLAIM_ROWS_MIN: usize = 32;
const CLAIM_ROWS_MAX: usize = 500;
/// The same at least, for mails about what people have just done: what was claimed is sent whatever happens meanwhile.
const CLAIM_ROWS_URGENT_MIN: usize = 8;

/// Claims, renders, and hands over.
pub(super) struct Feeder {
    pub(super) ledger: Ledger,
    pub(super) lease: Lease,
    pub(super) render: Render,
    pub(super) clock: Clock,
    pub(super) stop: CancellationToken,
    pub(super) limit: Option<u64>,
    pub(super) warm_up: Option<WarmUp>,
    pub(super) still_wanted: Option<Arc<dyn StillWanted>>,
}

/// Mails rendered together, one batch ahead of those handed over: few enough that they are still at hand when they are sent.
const RENDER_ROWS_MAX: usize = 64;

/// Mails that are rendered, or what stands in the way of each.
type Batch = Vec<(MessageNo, Result<Job, String>)>;

impl Feeder {
    /// Feeds the hands until nothing is due: while one batch is handed over, the next one is claimed and rendered.
    pub(super) async fn feed(self, hands: Hands, journal: Journal, events: mpsc::UnboundedSender<Ended>) -> Result<()> {
        let n_rows = match &self.still_wanted {
            Some(wanted) if wanted.is_urgent() => (hands.n() * 2).clamp(CLAIM_ROWS_URGENT_MIN, CLAIM_ROWS_MAX),
            _ => (hands.n() * 8).clamp(CLAIM_ROWS_MIN, CLAIM_ROWS_MAX),
        };
        let (ready, batches) = mpsc::channel(1);
        let making = async {
            let made = self.make(n_rows, ready, &events).await;
            if made.is_err() {
                self.stop.cancel();
            }
            made
        };
        let (made, ()) = tokio::join!(making, self.hand_over(batches, hands, journal, &events));
        made
    }

    /// Looks again, claims and renders, one batch ahead.
    async fn make(&self, n_rows: usize, ready: mpsc::Sender<Batch>, events: &mpsc::UnboundedSender<Ended>) -> Result<()> {
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0 {
            // Room first: what waits unclaimed can still be cancelled.
            let Ok(room) = ready.reserve().await else { break };
            if self.stop.is_cancelled() {
                break;
            }
            if let Some(wanted) = &self.still_wanted {
                let n_cancelled = look_again(wanted, &self.ledger, &self.lease, self.clock.now(), &self.stop).await?;
                let cancelled = || Ended { state: State::Cancelled, words: None, is_greylisted: false };
                (0..n_cancelled).for_each(|_| _ = events.send(cancelled()));
            }
            let n = n_rows.min(usize::try_from(left).unwrap_or(usize::MAX));
            // Asked each time: midnight passes, and others send too.
            let now = self.clock.now();
            let ceiling = self.warm_up.and_then(|warm_up| warm_up.of_day(now));
            let claimed = self.ledger.claim_within(&self.lease, now, n, ceiling).await?;
            if claimed.is_empty() {
                break;
            }
            // What may not leave at this hour is put off, and others take its place.
            left -= claimed.len() as u64;
            left += self.render(claimed, room, &ready).await?;
        }
        Ok(())
    }

    /// Renders what was claimed, one batch ahead; returns how many it put off. What is left when all stops is given back with the lease.
    async fn render(&self, claimed: Vec<Claimed>, room: mpsc::Permit<'_, Batch>, ready: &mpsc::Sender<Batch>) -> Result<u64> {
        let claimed_at = Instant::now();
        let n_together = claimed.len().div_ceil(claimed.len().div_ceil(RENDER_ROWS_MAX).max(1));
        let mut n_put_off = 0;
        let (mut room, mut rest) = (Some(room), claimed);
        while !rest.is_empty() {
            let room = match room.take() {
                Some(room) => room,
                None => match ready.reserve().await {
                    Ok(room) if !self.stop.is_cancelled() => room,
                    _ => break,
                },
            };
            let later = rest.split_off(rest.len().min(n_together));
            let some = std::mem::replace(&mut rest, later);
            let (render, now) = (Arc::clone(&self.render), self.clock.now());
            let made = tokio::task::spawn_blocking(move || render_all(&render, now, claimed_at, &some)).await;
            let (mut batch, mut closed) = (Vec::new(), Vec::new());
            for (no, made) in made.map_err(|_| Error::new(Kind::Io, "rendering crashed"))? {
                match made {
                    Made::Ready(job) => batch.push((no, Ok(job))),
                    Made::Failed(why) => batch.push((no, Err(why))),
                    Made::NotBefore(at) => closed.push((no, at)),
                }
            }
            n_put_off += closed.len() as u64;
            self.ledger.put_off(&self.lease, &closed).await.inspect_err(|_| self.stop.cancel())?;
            room.send(batch);
        }
        Ok(n_put_off)
    }

    async fn hand_over(&self, mut batches: mpsc::Receiver<Batch>, hands: Hands, journal: Journal, events: &mpsc::UnboundedSender<Ended>) {
        while let Some(batch) = batches.recv().await {
            for (no, job) in batch {
                match job {
                    Ok(job) => tokio::select! {
                        () = self.stop.cancelled() => return,
                        is_taken = hands.put(job) => if !is_taken { return },
                    },
                    Err(why) => {
                        let outcome = Outcome::Failed { why };
                        let _ = events.send(Ended::of(&outcome));
                        journal.ended(no, outcome);
                    }
                }
            }
        }
    }
}
