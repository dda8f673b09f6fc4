//! How to reach a server, and how long to wait for it.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;
use toml::Spanned;

use super::login::Credentials;
use crate::clock::Span;
use crate::project::config::{AuthMechanism, SmtpSection, TimeoutsSection, Tls};

/// Everything needed to reach one SMTP server.
#[derive(Debug, Clone)]
pub struct SmtpOptions {
    /// Host name, checked against the certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Extra trusted certificates, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// Who logs in, if anybody.
    pub credentials: Option<Credentials>,
    /// Name said in EHLO.
    pub hello: Option<String>,
    /// Connections open at the same time.
    pub connections: usize,
    /// Messages sent on one connection before it is renewed.
    pub messages_per_connection: u32,
    /// Patience, phase by phase.
    pub timeouts: Timeouts,
    /// Attempts at connecting.
    pub reconnect: Reconnect,
}

impl SmtpOptions {
    /// Takes the author's section, checked; secrets and files come already read. The secret is the password, or the token of `XOAUTH2`.
    pub fn new(section: &SmtpSection, secret: Option<SecretString>, ca_pem: Option<Vec<u8>>) -> Self {
        let mechanism = section.auth.or(section.token.is_some().then_some(AuthMechanism::Xoauth2));
        Self {
            host: section.host.clone(),
            port: section.port,
            tls: section.tls,
            ca_pem,
            credentials: section.user.clone().zip(secret).map(|(user, secret)| Credentials { user, secret, mechanism }),
            hello: section.hello.clone(),
            connections: section.connections.max(1),
            messages_per_connection: section.messages_per_connection.max(1),
            timeouts: Timeouts::new(&section.timeouts),
            reconnect: Reconnect::default(),
        }
    }
}

/// How long to wait in each phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS handshakes.
    pub connect: Duration,
    /// The server's greeting.
    pub greeting: Duration,
    /// Each command and its reply.
    pub command: Duration,
    /// The reply to DATA.
    pub data: Duration,
    /// Writing the message.
    pub body: Duration,
    /// The reply to the final dot; a short one makes copies (RFC 5321 section 4.5.3.2.6).
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            greeting: Duration::from_mins(1),
            command: Duration::from_mins(1),
            data: Duration::from_mins(2),
            body: Duration::from_mins(3),
            dot: Duration::from_mins(10),
        }
    }
}

impl Timeouts {
    /// Takes what the author wrote, checked; the rest as usual.
    fn new(section: &TimeoutsSection) -> Self {
        let usual = Self::default();
        let or = |written: &Option<Spanned<String>>, usual: Duration| {
            let span = written.as_ref().and_then(|written| Span::parse(written.get_ref()));
            span.and_then(|span| u64::try_from(span.0).ok()).map_or(usual, Duration::from_micros)
        };
        Self {
            connect: or(&section.connect, usual.connect),
            greeting: or(&section.greeting, usual.greeting),
            command: or(&section.command, usual.command),
            data: or(&section.data, usual.data),
            body: or(&section.body, usual.body),
            dot: or(&section.dot, usual.dot),
        }
    }
}

/// How often, and with what pauses, a server that cannot be reached is tried again before the campaign stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// Attempts in a row.
    pub attempts: u32,
    /// Pause after the first; each next one is twice as long.
    pub first_pause: Duration,
    /// Least time between two connections of any server, while connections fail.
    pub storm_gap: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { attempts: 5, first_pause: Duration::from_secs(1), storm_gap: Duration::from_millis(334) }
    }
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// TCP or TLS handshake.
    Connect,
    /// The server's greeting.
    Banner,
    /// EHLO.
    Ehlo,
    /// STARTTLS.
    Starttls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The message's bytes.
    Body,
    /// After the final dot.
    Dot,
    /// RSET.
    Rset,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Banner => "the greeting",
            Self::Ehlo => "EHLO",
            Self::Starttls => "STARTTLS",
            Self::Auth => "AUTH",
            Self::Mail => "MAIL",
            Self::Rcpt => "RCPT",
            Self::Data => "DATA",
            Self::Body => "the message",
            Self::Dot => "the final dot",
            Self::Rset => "RSET",
        })
    }
}
