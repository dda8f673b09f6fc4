//! What a server saw and did, in order.

use std::time::{Duration, Instant};

use super::fault::Step;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// A connection was accepted.
    Opened,
    /// It ended; true after QUIT.
    Closed(bool),
    /// A command line, without its end; also the lines that answer a challenge.
    Command(String),
    /// Credentials were received.
    Credentials,
    /// A fault was made, by which rule; `hides_answer` when a client may never read the answer of the step, `takes_back` when it may not
    /// even read the answers before it.
    Fault { rule: usize, step: Step, recipient: String, attempt: u32, hides_answer: bool, takes_back: bool },
    /// A code was answered about a recipient: at RCPT, DATA or the final dot.
    Answered { step: Step, recipient: String, line: String },
    /// A message was stored.
    Stored { recipient: String, sender: String, message_id: String, digest: u64, bytes: Vec<u8> },
    /// Something that may not be on the wire.
    Illegal(&'static str),
    /// The test killed its client.
    Killed,
    /// The test cut all connections.
    Cut,
}

/// An event, its instant from the start, and its connection (0: none).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Duration,
    pub(crate) connection: u64,
    pub(crate) encrypted: bool,
    pub(crate) event: Event,
}

/// All that happened.
#[derive(Debug)]
pub(crate) struct Log {
    started: Instant,
    pub(crate) entries: Vec<Entry>,
}

impl Default for Log {
    fn default() -> Self {
        Self { started: Instant::now(), entries: Vec::new() }
    }
}

impl Log {
    pub(super) fn note(&mut self, connection: u64, encrypted: bool, event: Event) {
        self.entries.push(Entry { at: self.started.elapsed(), connection, encrypted, event });
    }

    /// Returns the number of connections accepted.
    pub(crate) fn n_connections(&self) -> usize {
        self.entries.iter().filter(|entry| entry.event == Event::Opened).count()
    }

    /// Returns the command lines, `tls:` before those that were encrypted.
    pub(crate) fn commands(&self) -> Vec<String> {
        let shown = |entry: &Entry| match &entry.event {
            Event::Command(line) => Some(format!("{}{line}", if entry.encrypted { "tls:" } else { "" })),
            _ => None,
        };
        self.entries.iter().filter_map(shown).collect()
    }

    /// Counts the commands that begin with a word.
    pub(crate) fn count(&self, word: &str) -> usize {
        self.commands().iter().filter(|line| line.trim_start_matches("tls:").starts_with(word)).count()
    }

    /// Returns recipient, Message-ID and bytes of what was stored, in order.
    pub(crate) fn stored(&self) -> Vec<(&str, &str, &[u8])> {
        let stored = |entry: &'_ Entry| matches!(entry.event, Event::Stored { .. });
        let shown = self.entries.iter().filter(|entry| stored(entry)).filter_map(|entry| match &entry.event {
            Event::Stored { recipient, message_id, bytes, .. } => Some((recipient.as_str(), message_id.as_str(), bytes.as_slice())),
            _ => None,
        });
        shown.collect()
    }

    /// Returns the recipients of what was stored, sorted.
    pub(crate) fn recipients(&self) -> Vec<String> {
        let mut all: Vec<String> = self.stored().into_iter().map(|(recipient, ..)| recipient.to_owned()).collect();
        all.sort();
        all
    }

    /// Returns what was illegal.
    pub(crate) fn illegal(&self) -> Vec<&'static str> {
        self.entries.iter().filter_map(|entry| if let Event::Illegal(what) = entry.event { Some(what) } else { None }).collect()
    }

    /// Returns the instants at which connections were accepted.
    pub(crate) fn opened_at(&self) -> Vec<Duration> {
        self.entries.iter().filter(|entry| entry.event == Event::Opened).map(|entry| entry.at).collect()
    }
}
