//! Looking again before each claim: is what is planned still wanted? Delivery asks; whoever knows the sources answers.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::ledger::{Lease, Ledger, MessageNo, Waiting};

/// Times that a source which cannot be read is tried: it may be in the middle of being written.
const TRIES_MAX: u32 = 5;
/// Pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);

/// Knows what decisions rest on; its functions may block.
pub trait StillWanted: Debug + Send + Sync {
    /// Says whether anything may be different since the last answer of [`Self::unwanted`]; asked before each claim, so it is cheap.
    fn has_changed(&self) -> bool;

    /// Says whether the mails are about what a person has just done, so that little may be claimed ahead.
    fn is_urgent(&self) -> bool;

    /// Returns which of the waiting mails are not wanted any more, and why.
    ///
    /// # Errors
    /// Those of the sources; the answer is then asked for again, and in the end nothing more is sent.
    fn unwanted(&self, waiting: &[Waiting]) -> Result<Vec<(MessageNo, String)>>;
}

/// Cancels what is not wanted any more, when something has changed; returns how many mails that were.
pub(super) async fn look_again(
    wanted: &Arc<dyn StillWanted>,
    ledger: &Ledger,
    lease: &Lease,
    now: Timestamp,
    stop: &CancellationToken,
) -> Result<u64> {
    let crashed = |_| Error::new(Kind::Io, "looking again at the sources crashed");
    let asked = Arc::clone(wanted);
    if !spawn_blocking(move || asked.has_changed()).await.map_err(crashed)? {
        return Ok(0);
    }
    let mut n_tries = 1;
    loop {
        let waiting = ledger.waiting(lease.campaign()).await?;
        let asked = Arc::clone(wanted);
        match spawn_blocking(move || asked.unwanted(&waiting)).await.map_err(crashed)? {
            Ok(unwanted) => return ledger.cancel_waiting(lease, &unwanted, now).await,
            Err(error) if n_tries == TRIES_MAX => return Err(error.context("a source changed and cannot be read again")),
            Err(error) => tracing::warn!(%error, n_tries, "a source changed and cannot be read yet"),
        }
        n_tries += 1;
        tokio::select! {
            () = stop.cancelled() => return Ok(0),
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}
