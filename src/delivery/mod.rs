//! Files and SMTP: claim, send, record.
//!
//! ```text
//! ledger.claim -> render (threads) -> [bounded channel] -> connections or one file writer -> journal -> ledger
//! ```
//!
//! Knows nothing of why a mail is sent. Signing belongs to the render function, which returns the final bytes.

mod breaker;
mod deliver;
mod files;
mod journal;
mod render;
mod reply;
mod retry;
mod sender;
mod smtp;

pub use breaker::Breaker;
pub use deliver::{Options, Progress, Summary, deliver};
pub use files::FileFormat;
pub use render::Render;
pub use reply::{Meaning, meaning};
pub use retry::Retry;
pub use smtp::{Credentials, Phase, Reconnect, SmtpOptions, Timeouts};

use std::path::PathBuf;

use crate::ledger::Redo;
use crate::project::config::OnUncertain;

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Destination {
    /// A folder or a file; writing the same mail twice leaves one.
    Files {
        /// Its kind.
        format: FileFormat,
        /// The folder (`eml`, `maildir`) or the file (`mbox`, `jsonl`).
        path: PathBuf,
    },
    /// A server.
    Smtp(Box<SmtpOptions>),
}

impl Destination {
    /// Returns what becomes of mails that a vanished sender left in the middle: files can simply be written again.
    pub fn redo(&self, on_uncertain: OnUncertain) -> Redo {
        match (self, on_uncertain) {
            (Self::Smtp(_), OnUncertain::Hold) => Redo::Hold,
            (Self::Files { .. }, _) | (_, OnUncertain::Resend) => Redo::Again,
        }
    }
}
