//! What a server offers, how far its patience goes, and how it fails.

use std::time::Duration;

use super::fault::Rule;
use super::tls::Certificate;

/// How a server behaves.
#[derive(Debug, Clone)]
pub(crate) struct Conduct {
    /// Decides, with the rule, the recipient and the attempt, whether a rule of less than 100 percent applies.
    pub(crate) seed: u64,
    /// Faults; the first that applies wins.
    pub(crate) rules: Vec<Rule>,
    /// Lines of the answer to EHLO, but for STARTTLS, AUTH and SIZE, which come from what follows.
    pub(crate) extensions: Vec<&'static str>,
    /// Which greetings it knows.
    pub(crate) hello: Hello,
    /// How connections are protected.
    pub(crate) encryption: Encryption,
    /// Who may come in; anybody when absent.
    pub(crate) login: Option<Login>,
    /// AUTH is offered before encryption too.
    pub(crate) login_in_clear: bool,
    /// Attempts at a recipient that are answered `450 4.7.1` before one is accepted.
    pub(crate) greylist: u32,
    /// Mails accepted on one connection, then `421`.
    pub(crate) mails_per_connection: Option<u32>,
    /// Connections at a time; one more is answered `421`.
    pub(crate) connections: Option<usize>,
    /// Mails begun in this time over all connections; one more is answered `451`.
    pub(crate) rate: Option<(u32, Duration)>,
    /// Mails stored in all; one more is answered `452`.
    pub(crate) quota: Option<usize>,
    /// Silence after which a connection is answered `421` and closed.
    pub(crate) idle_for: Option<Duration>,
    /// Bytes of a message, announced by SIZE.
    pub(crate) size: Option<usize>,
    /// Refuses any byte above 127.
    pub(crate) seven_bit: bool,
    /// Keeps the bytes of messages; the digest and the Message-ID are always kept.
    pub(crate) keep_bytes: bool,
}

impl Default for Conduct {
    /// A modern server on a private network: no encryption, no login, no limit, no fault.
    fn default() -> Self {
        Self {
            seed: 1,
            rules: Vec::new(),
            extensions: vec!["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"],
            hello: Hello::Ehlo,
            encryption: Encryption::None,
            login: None,
            login_in_clear: false,
            greylist: 0,
            mails_per_connection: None,
            connections: None,
            rate: None,
            quota: None,
            idle_for: None,
            size: None,
            seven_bit: false,
            keep_bytes: true,
        }
    }
}

impl Conduct {
    /// A modern server with these faults.
    pub(crate) fn with(rules: impl IntoIterator<Item = Rule>) -> Self {
        Self { rules: rules.into_iter().collect(), ..Self::default() }
    }

    /// Returns the lines of the answer to EHLO.
    pub(super) fn offers(&self, encrypted: bool) -> Vec<String> {
        let mut lines: Vec<String> = self.extensions.iter().map(|&extension| extension.to_owned()).collect();
        if matches!(self.encryption, Encryption::Starttls(_)) && !encrypted {
            lines.push("STARTTLS".to_owned());
        }
        if let Some(login) = self.login.as_ref().filter(|_| encrypted || self.login_in_clear) {
            lines.push(format!("AUTH {}", login.mechanisms));
        }
        lines.extend(self.size.map(|size| format!("SIZE {size}")));
        lines
    }

    pub(super) fn offers_word(&self, word: &str) -> bool {
        self.extensions.iter().any(|extension| extension.eq_ignore_ascii_case(word)) || (word == "SIZE" && self.size.is_some())
    }
}

/// Greetings that a server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hello {
    /// EHLO and HELO.
    Ehlo,
    /// HELO only: EHLO is answered `502`.
    HeloOnly,
}

/// How connections are protected. STARTTLS that fails otherwise is a rule at `Step::Starttls` or `Step::Handshake`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Never, and not offered: what a client sees whose STARTTLS was stripped.
    None,
    /// STARTTLS.
    Starttls(Certificate),
    /// From the first byte.
    Implicit(Certificate),
}

/// Who may come in, by `PLAIN`, `LOGIN` or `XOAUTH2`.
#[derive(Debug, Clone)]
pub(crate) struct Login {
    pub(crate) user: &'static str,
    /// Password or token.
    pub(crate) secret: &'static str,
    /// As announced, e.g. `PLAIN LOGIN`.
    pub(crate) mechanisms: &'static str,
}
