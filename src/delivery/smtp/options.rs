//! How to reach a server, and how long to wait for it.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use crate::project::config::{SmtpSection, Tls};

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
    /// User and password of AUTH.
    pub credentials: Option<(String, SecretString)>,
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
    /// Takes the author's section; secrets and files come already read.
    pub fn new(section: &SmtpSection, password: Option<SecretString>, ca_pem: Option<Vec<u8>>) -> Self {
        Self {
            host: section.host.clone(),
            port: section.port,
            tls: section.tls,
            ca_pem,
            credentials: section.user.clone().zip(password),
            hello: section.hello.clone(),
            connections: section.connections.max(1),
            messages_per_connection: section.messages_per_connection.max(1),
            timeouts: Timeouts::default(),
            reconnect: Reconnect::default(),
        }
    }
}

/// How long to wait in each phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP and TLS handshakes.
    pub connect: Duration,
    /// Each command and its reply, and each write.
    pub command: Duration,
    /// The reply to the final dot; a short one makes copies (RFC 5321 section 4.5.3.2.6).
    pub dot: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), command: Duration::from_mins(2), dot: Duration::from_mins(10) }
    }
}

/// How often, and with what pauses, a server that cannot be reached is tried again before the campaign stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// Attempts in a row.
    pub attempts: u32,
    /// Pause after the first; each next one is twice as long.
    pub first_pause: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self { attempts: 5, first_pause: Duration::from_secs(1) }
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
