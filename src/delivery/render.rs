//! From frozen drafts to messages, on all cores; one bad mail never stops the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

use crate::clock::Timestamp;
use crate::ledger::{Claimed, MessageNo, printable};
use crate::message::Message;
use crate::plan::draft::Draft;

/// Makes the final bytes of a mail, the same at every attempt; an error is about this mail alone.
pub type Render = Arc<dyn Fn(Draft) -> Result<Message, String> + Send + Sync>;

/// A mail to send.
#[derive(Debug, Clone)]
pub(super) struct Job {
    pub(super) no: MessageNo,
    pub(super) attempt: u32,
    /// When the first attempt ended; none before.
    pub(super) first_at: Option<Timestamp>,
    /// When it was taken from the ledger.
    pub(super) claimed_at: Instant,
    pub(super) campaign: String,
    pub(super) edition: String,
    pub(super) recipient: String,
    pub(super) message: Message,
}

/// Renders a batch; blocks until it is done.
pub(super) fn render_all(render: &Render, claimed: Vec<Claimed>) -> Vec<(MessageNo, Result<Job, String>)> {
    let claimed_at = Instant::now();
    claimed
        .into_par_iter()
        .map(|claimed| {
            let Claimed { no, draft, attempt, first_at } = claimed;
            let (campaign, edition, recipient) = (draft.campaign.0.clone(), draft.edition.0.clone(), draft.recipient.0.clone());
            let message = catch_unwind(AssertUnwindSafe(|| render(draft))).unwrap_or_else(|_| Err("rendering panicked".to_owned()));
            let job = message
                .map(|message| Job { no, attempt, first_at, claimed_at, campaign, edition, recipient, message })
                .map_err(|why| printable(&format!("not rendered: {why}")));
            (no, job)
        })
        .collect()
}
