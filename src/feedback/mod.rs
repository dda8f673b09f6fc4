//! What comes back, read: bounces, complaints and unsubscriptions in mails and in the logs of providers.
//!
//! Owns the reading of delivery status notifications (RFC 3464), complaints (RFC 5965), mailboxes and webhooks, and what a status code
//! means (RFC 3463). All of it comes from strangers: everything has a limit, nothing panics, and nothing here acts. Knows no ledger.

mod class;
mod fields;
mod log;
mod mailbox;
mod report;

pub use class::{BounceClass, Status, class_of};
pub use log::{LINE_BYTES_MAX, read_line};
pub use mailbox::{Found, MAIL_BYTES_MAX, Mbox};
pub use report::{MailRules, read_mail};

use crate::clock::Timestamp;

/// One thing that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// How the Message-ID begins of the mail it is about, as a return path that only we could make says: the surest.
    pub id_starts: Vec<String>,
    /// Message-IDs of the mail it may be about, without angle brackets, the most trustworthy first.
    pub message_ids: Vec<String>,
    /// Addresses it may be about, the most trustworthy first.
    pub addresses: Vec<String>,
    /// The token of an unsubscribe link.
    pub token: Option<String>,
    /// When, as the reporter says.
    pub at: Option<Timestamp>,
    /// The reporter's words, as they are: control characters and all.
    pub words: String,
    /// Who reports it.
    pub origin: Origin,
}

impl Event {
    /// Says whether it is what a server would write of a mail, written as a mail: anybody can write one.
    pub fn is_notification(&self) -> bool {
        self.origin == Origin::Mail && matches!(self.kind, EventKind::Bounced(_) | EventKind::Delayed | EventKind::Delivered)
    }
}

/// What happened to a mail, or what its recipient did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// It was refused for good.
    Bounced(BounceClass),
    /// It waits somewhere, and may still arrive.
    Delayed,
    /// It arrived.
    Delivered,
    /// The recipient called it spam.
    Complained,
    /// The recipient wants no more of them.
    Unsubscribed,
}

impl EventKind {
    /// Returns the word stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bounced(_) => "bounce",
            Self::Delayed => "delayed",
            Self::Delivered => "delivered",
            Self::Complained => "complaint",
            Self::Unsubscribed => "unsubscribe",
        }
    }
}

/// Who reports an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A mail: anybody can write one, so it counts only for a mail that was sent, or an address that was written to.
    Mail,
    /// A line of a log, by the name of its provider: as trustworthy as the file.
    Log(&'static str),
}

impl Origin {
    /// Returns the word kept beside a suppression.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Log(provider) => provider,
        }
    }
}
