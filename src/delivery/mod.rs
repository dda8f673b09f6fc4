//! Files and SMTP: claim, send, record.
//!
//! ```text
//! ledger.claim -> render (threads) -> [queue: route, pace] -> connections -> journal -> ledger
//!                                  \-> [bounded channel] -> one file writer -/
//! ```
//!
//! `audit` says what receivers ask of the sender. Knows nothing of why a mail is sent. Signing belongs to the render function, which returns the final bytes.

mod audit;
mod breaker;
mod deliver;
mod feeder;
mod files;
mod hands;
mod journal;
mod once;
mod pace;
mod queue;
mod render;
mod reply;
mod retry;
mod routes;
mod sender;
mod smtp;
mod tally;
mod wanted;
mod warm_up;

pub use audit::{Facts, Item, Verdict, audit};
pub use breaker::Breaker;
pub use deliver::{Options, Summary, deliver};
pub use files::FileFormat;
pub use once::hand_over;
pub use render::Render;
pub use reply::{Meaning, meaning};
pub use retry::Retry;
pub use routes::{ALL_DOMAINS, DomainLimit, Route, Routes};
pub use smtp::{Credentials, Phase, Reconnect, SmtpOptions, Timeouts};
pub use tally::Progress;
pub use wanted::StillWanted;
pub use warm_up::WarmUp;

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
    /// One or more servers.
    Smtp(Box<Routes>),
}

impl From<SmtpOptions> for Destination {
    fn from(smtp: SmtpOptions) -> Self {
        Self::Smtp(Box::new(smtp.into()))
    }
}

impl Destination {
    /// Returns how many mails can be on the way at the same time.
    pub(crate) fn n_at_once(&self) -> usize {
        match self {
            Self::Smtp(routes) => routes.n_connections(),
            Self::Files { .. } => 1,
        }
    }

    /// Returns what becomes of mails that a vanished sender left in the middle: files can simply be written again.
    pub fn redo(&self, on_uncertain: OnUncertain) -> Redo {
        match (self, on_uncertain) {
            (Self::Smtp(_), OnUncertain::Hold) => Redo::Hold,
            (Self::Files { .. }, _) | (_, OnUncertain::Resend) => Redo::Again,
        }
    }
}
