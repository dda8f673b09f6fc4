//! What became of a message, in the words of whoever received it.

use std::fmt;

use serde::Serialize;

use crate::clock::Timestamp;
pub use crate::feedback::BounceClass;

/// Bytes of a server's reply that are kept.
pub const REPLY_BYTES_MAX: usize = 1_000;

/// A message's row in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MessageNo(pub i64);

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Decided, waiting for its instant.
    Planned,
    /// Taken by a sender, nothing sent yet.
    Claimed,
    /// The final dot may have been sent.
    Sending,
    /// Accepted by the destination.
    Sent,
    /// Refused for now, due again later.
    Deferred,
    /// Refused for good.
    Bounced,
    /// Could not be made or given up.
    Failed,
    /// The dot was sent and no answer read: a person or the policy decides.
    Uncertain,
    /// Not wanted any more.
    Cancelled,
    /// Too late to be of use.
    Expired,
}

impl State {
    /// All states, in the order of a message's life.
    pub const ALL: [Self; 10] = [
        Self::Planned,
        Self::Claimed,
        Self::Sending,
        Self::Sent,
        Self::Deferred,
        Self::Bounced,
        Self::Failed,
        Self::Uncertain,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Returns the word stored in the database and printed in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Claimed => "claimed",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How an attempt ended. Replies are verbatim but for control characters, which are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted.
    Sent {
        /// What the destination said.
        reply: String,
    },
    /// Refused for now.
    Deferred {
        /// What the destination said, or why it could not be asked.
        reply: String,
        /// Not before this instant.
        retry_at: Timestamp,
    },
    /// Refused for good, by a verdict on this recipient or message.
    Bounced {
        /// What the destination said.
        reply: String,
        /// What it means.
        class: BounceClass,
    },
    /// Could not be made, or given up after too many attempts.
    Failed {
        /// Why.
        why: String,
    },
    /// The final dot was sent and no answer was read.
    Uncertain {
        /// What happened instead of an answer.
        why: String,
    },
    /// Not wanted any more.
    Cancelled {
        /// Why.
        why: String,
    },
    /// Too late to be of use.
    Expired,
}

impl Outcome {
    /// Returns the state that the message takes.
    pub fn state(&self) -> State {
        match self {
            Self::Sent { .. } => State::Sent,
            Self::Deferred { .. } => State::Deferred,
            Self::Bounced { .. } => State::Bounced,
            Self::Failed { .. } => State::Failed,
            Self::Uncertain { .. } => State::Uncertain,
            Self::Cancelled { .. } => State::Cancelled,
            Self::Expired => State::Expired,
        }
    }

    /// Returns the words to keep beside the state.
    pub fn words(&self) -> &str {
        match self {
            Self::Sent { reply } | Self::Deferred { reply, .. } | Self::Bounced { reply, .. } => reply,
            Self::Failed { why } | Self::Uncertain { why } | Self::Cancelled { why } => why,
            Self::Expired => "",
        }
    }
}

/// Returns a text of unknown origin made harmless to terminals and databases: control and direction characters escaped, cut short.
pub fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(REPLY_BYTES_MAX));
    for c in text.chars() {
        let unsafe_to_print = c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if unsafe_to_print {
            clean.extend(c.escape_default());
        } else {
            clean.push(c);
        }
        if clean.len() > REPLY_BYTES_MAX {
            clean.truncate(clean.floor_char_boundary(REPLY_BYTES_MAX));
            clean.push('…');
            break;
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("Sent"), None);
    }

    #[test]
    fn a_hostile_reply_is_harmless_and_short() {
        assert_eq!(printable("550 5.1.1 no\u{1b}[2J\r\nsuch"), "550 5.1.1 no\\u{1b}[2J\\r\\nsuch");
        assert_eq!(printable("a\u{202e}b"), "a\\u{202e}b");
        let long = printable(&"é".repeat(100_000));
        assert!(long.len() <= REPLY_BYTES_MAX + "…".len() && long.ends_with('…'));
    }
}
