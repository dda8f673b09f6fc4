//! The feeder: looks again, claims, renders, and hands over.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::deliver::{Clock, Ended};
use super::hands::Hands;
use super::journal::Journal;
use super::render::{Render, render_all};
use super::wanted::{StillWanted, look_again};
use super::warm_up::WarmUp;
use crate::error::{Error, Kind, Result};
use crate::ledger::{Lease, Ledger, Outcome, State};

/// Rows claimed at once, at least and at most; suppression is checked at the claim, so batches stay short.
const CLAIM_ROWS_MIN: usize = 64;
const CLAIM_ROWS_MAX: usize = 500;
/// The same at least, for mails about what people have just done: what was claimed is sent whatever happens meanwhile.
const CLAIM_ROWS_URGENT_MIN: usize = 16;

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

impl Feeder {
    pub(super) async fn feed(self, hands: Hands, journal: Journal, events: mpsc::UnboundedSender<Ended>) -> Result<()> {
        let n_rows = match &self.still_wanted {
            Some(wanted) if wanted.is_urgent() => (hands.n() * 4).clamp(CLAIM_ROWS_URGENT_MIN, CLAIM_ROWS_MAX),
            _ => (hands.n() * 16).clamp(CLAIM_ROWS_MIN, CLAIM_ROWS_MAX),
        };
        let mut left = self.limit.unwrap_or(u64::MAX);
        while left > 0 && !self.stop.is_cancelled() {
            if let Some(wanted) = &self.still_wanted {
                match look_again(wanted, &self.ledger, &self.lease, self.clock.now(), &self.stop).await {
                    Ok(n_cancelled) => {
                        for _ in 0..n_cancelled {
                            _ = events.send(Ended { state: State::Cancelled, words: None, is_greylisted: false });
                        }
                    }
                    Err(error) => {
                        self.stop.cancel();
                        return Err(error);
                    }
                }
            }
            let n = n_rows.min(usize::try_from(left).unwrap_or(usize::MAX));
            // Asked each time: midnight passes, and others send too.
            let now = self.clock.now();
            let ceiling = self.warm_up.and_then(|warm_up| warm_up.of_day(now));
            let claimed = match self.ledger.claim_within(&self.lease, now, n, ceiling).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    self.stop.cancel();
                    return Err(error);
                }
            };
            if claimed.is_empty() {
                break;
            }
            left -= claimed.len() as u64;
            let render = Arc::clone(&self.render);
            let rendered = tokio::task::spawn_blocking(move || render_all(&render, claimed)).await;
            let rendered = rendered.map_err(|_| Error::new(Kind::Io, "rendering crashed"))?;
            for (no, job) in rendered {
                match job {
                    Ok(job) => tokio::select! {
                        () = self.stop.cancelled() => return Ok(()),
                        is_taken = hands.put(job) => if !is_taken { return Ok(()) },
                    },
                    Err(why) => {
                        let outcome = Outcome::Failed { why };
                        let _ = events.send(Ended::of(&outcome));
                        journal.ended(no, outcome);
                    }
                }
            }
        }
        Ok(())
    }
}
