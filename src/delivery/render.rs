//! From frozen drafts to messages, on all cores; one bad mail never stops the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::smtp::Wire;
use crate::clock::Timestamp;
use crate::ledger::{Claimed, MessageNo, printable};
use crate::message::Message;
use crate::plan::draft::Draft;
use crate::render::Values;

/// Makes the final bytes of a mail, the same at every attempt; an error is about this mail alone.
pub type Render = Arc<dyn Fn(Draft<Values>) -> Result<Message, String> + Send + Sync>;

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
    /// What SMTP must know of its bytes.
    pub(super) wire: Wire,
}

/// What becomes of a claimed mail.
#[expect(clippy::large_enum_variant, reason = "nearly all are ready")]
pub(super) enum Made {
    /// It is ready.
    Ready(Job),
    /// It may not leave at this hour of its recipient's day, but from then on.
    NotBefore(Timestamp),
    /// It cannot be made.
    Failed(String),
}

/// Reads and renders mails; blocks until it is done.
pub(super) fn render_all(render: &Render, now: Timestamp, claimed_at: Instant, claimed: &[Claimed]) -> Vec<(MessageNo, Made)> {
    let made = |claimed: &Claimed| {
        let made = catch_unwind(AssertUnwindSafe(|| make(render, now, claimed, claimed_at)));
        (claimed.no, made.unwrap_or_else(|_| Made::Failed("not rendered: rendering panicked".to_owned())))
    };
    claimed.par_iter().map(made).collect()
}

fn make(render: &Render, now: Timestamp, claimed: &Claimed, claimed_at: Instant) -> Made {
    let draft = match claimed.draft.read() {
        Ok(draft) => draft,
        Err(why) => return Made::Failed(why),
    };
    // An hour that was open when it was planned may have passed.
    if let Some(opens_at) = draft.hours.as_ref().map(|hours| hours.opens_at(now)).filter(|opens_at| *opens_at > now) {
        return Made::NotBefore(opens_at);
    }
    let (campaign, edition, recipient) = (draft.campaign.0.clone(), draft.edition.0.clone(), draft.recipient.0.clone());
    match render(draft) {
        Ok(message) => Made::Ready(Job {
            no: claimed.no,
            attempt: claimed.attempt,
            first_at: claimed.first_at,
            claimed_at,
            campaign,
            edition,
            recipient,
            wire: Wire::of(&message.bytes),
            message,
        }),
        Err(why) => Made::Failed(printable(&format!("not rendered: {why}"))),
    }
}
