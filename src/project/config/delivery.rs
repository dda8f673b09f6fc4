//! `[delivery]` of `relance.toml`: where mails go, by which servers, how fast.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Secret;

/// `[delivery]`: where mails go.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverySection {
    /// Kind of destination.
    pub to: DeliveryKind,
    /// Folder or file of the file kinds, from the project folder.
    #[serde(default)]
    pub path: Option<PathBuf>,
    /// The server of kind `smtp`.
    #[serde(default)]
    pub smtp: Option<SmtpSection>,
    /// Several servers of kind `smtp`, instead of one; a mail goes by one of them, by their weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<SmtpSection>,
    /// Limits by recipient domain; `"*"` for each of those not named.
    #[serde(default)]
    pub domains: BTreeMap<String, DomainSection>,
    /// Daily ceilings of a sender that is new.
    #[serde(default)]
    pub warm_up: Option<WarmUpSection>,
    /// When a mail that was refused for now is tried again.
    #[serde(default)]
    pub retry: RetrySection,
    /// Mails whose fate a crash left unknown: `hold` for a person to settle, or `resend`.
    #[serde(default)]
    pub on_uncertain: OnUncertain,
    /// Every mail goes to this address instead of its recipient's (staging).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub redirect_to: Option<Spanned<String>>,
    /// Addresses that `preview --to` may send one test mail to without asking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub test_addresses: Vec<Spanned<String>>,
}

impl DeliverySection {
    /// Lists the servers, and the path of each in the file.
    pub fn servers(&self) -> Vec<(Vec<String>, &SmtpSection)> {
        let one = self.smtp.iter().map(|smtp| (vec!["delivery".to_owned(), "smtp".to_owned()], smtp));
        let many = self.routes.iter().enumerate();
        let many = many.map(|(n, smtp)| (vec!["delivery".to_owned(), "routes".to_owned(), n.to_string()], smtp));
        one.chain(many).collect()
    }
}

/// `[delivery.domains.NAME]`: how much one recipient domain is given.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DomainSection {
    /// Mails per time, e.g. `10 per second`.
    #[schemars(with = "Option<String>")]
    pub rate: Option<Spanned<String>>,
    /// Mails on the way at the same time.
    #[schemars(with = "Option<usize>")]
    pub connections: Option<Spanned<usize>>,
}

/// `[delivery.warm_up]`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WarmUpSection {
    /// The first day, e.g. `2026-01-15`, in the project's zone.
    #[schemars(with = "String")]
    pub from: Spanned<String>,
    /// Mails of the first day.
    #[schemars(with = "u64")]
    pub start: Spanned<u64>,
    /// How much more each day, e.g. `1.5`.
    #[schemars(with = "f64")]
    pub factor: Spanned<f64>,
    /// The ceiling from which there is none.
    #[schemars(with = "u64")]
    pub until: Spanned<u64>,
}

/// `[delivery.retry]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetrySection {
    /// Delay after the first attempt, twice as long after each next one; `1min` when absent.
    #[schemars(with = "Option<String>")]
    pub first: Option<Spanned<String>>,
    /// Longest delay; `4h` when absent.
    #[schemars(with = "Option<String>")]
    pub longest: Option<Spanned<String>>,
    /// What the delays may add up to before the mail has failed; `2d` when absent.
    #[schemars(with = "Option<String>")]
    pub give_up_after: Option<Spanned<String>>,
    /// Shortest delay after an answer of a greylisting server; `5min` when absent.
    #[schemars(with = "Option<String>")]
    pub greylisted: Option<Spanned<String>>,
}

/// Where mails can go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryKind {
    /// One `.eml` file a mail.
    Eml,
    /// A Maildir.
    Maildir,
    /// One mbox file.
    Mbox,
    /// One JSON object a line.
    Jsonl,
    /// An SMTP server.
    Smtp,
}

/// What to do with a mail whose fate is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnUncertain {
    /// Keep it aside; a person settles it.
    #[default]
    Hold,
    /// Send it again with the same Message-ID.
    Resend,
}

/// `[delivery.smtp]`, and each of `[[delivery.routes]]`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpSection {
    /// Host name, checked against the certificate.
    pub host: String,
    /// Port: 587 by default, 465 for implicit TLS.
    #[serde(default = "default_port")]
    pub port: u16,
    /// How the connection is protected; required unless the host is this machine.
    #[serde(default)]
    pub tls: Tls,
    /// A file of extra trusted certificates (PEM), from the project folder.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// User name of AUTH.
    #[serde(default)]
    pub user: Option<String>,
    /// Password of AUTH.
    #[serde(default)]
    pub password: Option<Secret>,
    /// OAuth 2 token of AUTH, instead of a password.
    #[serde(default)]
    pub token: Option<Secret>,
    /// The only way to log in; PLAIN, else LOGIN, when absent, and XOAUTH2 with a token.
    #[serde(default)]
    pub auth: Option<AuthMechanism>,
    /// Name said in EHLO; the machine's own by default.
    #[serde(default)]
    pub hello: Option<String>,
    /// Connections open at the same time.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// Messages sent on one connection before it is renewed.
    #[serde(default = "default_messages_per_connection")]
    pub messages_per_connection: u32,
    /// Mails per time, e.g. `50 per second`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub rate: Option<Spanned<String>>,
    /// Name of a route in messages; host and port when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Share of a route beside the others.
    #[serde(default = "default_weight")]
    pub weight: u32,
    /// How long to wait, phase by phase.
    #[serde(default)]
    pub timeouts: TimeoutsSection,
}

impl SmtpSection {
    /// A server without a login, one mail a connection.
    pub fn to(host: &str, port: u16, tls: Tls) -> Self {
        Self {
            host: host.to_owned(),
            port,
            tls,
            ca_file: None,
            user: None,
            password: None,
            token: None,
            auth: None,
            hello: None,
            connections: 1,
            messages_per_connection: 1,
            rate: None,
            name: None,
            weight: 1,
            timeouts: TimeoutsSection::default(),
        }
    }
}

/// `[delivery.smtp.timeouts]`: lengths of time, e.g. `30s`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TimeoutsSection {
    /// TCP and TLS handshakes; 30 s.
    #[schemars(with = "Option<String>")]
    pub connect: Option<Spanned<String>>,
    /// The server's greeting; 1 min.
    #[schemars(with = "Option<String>")]
    pub greeting: Option<Spanned<String>>,
    /// Each command and its reply; 1 min.
    #[schemars(with = "Option<String>")]
    pub command: Option<Spanned<String>>,
    /// The reply to DATA; 2 min.
    #[schemars(with = "Option<String>")]
    pub data: Option<Spanned<String>>,
    /// Writing the message; 3 min.
    #[schemars(with = "Option<String>")]
    pub body: Option<Spanned<String>>,
    /// The reply to the final dot; 10 min. A shorter one makes copies (RFC 1047).
    #[schemars(with = "Option<String>")]
    pub dot: Option<Spanned<String>>,
}

fn default_port() -> u16 {
    587
}
fn default_connections() -> usize {
    4
}
fn default_messages_per_connection() -> u32 {
    100
}
fn default_weight() -> u32 {
    1
}

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMechanism {
    /// User and password in one line (RFC 4616).
    Plain,
    /// User and password, each asked for.
    Login,
    /// User and an OAuth 2 token.
    Xoauth2,
}

impl fmt::Display for AuthMechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::Xoauth2 => "XOAUTH2",
        })
    }
}

/// How an SMTP connection is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// STARTTLS is required, except to a loopback address.
    #[default]
    Required,
    /// STARTTLS is required, to this machine too.
    Always,
    /// TLS from the first byte (port 465).
    Implicit,
    /// STARTTLS when offered.
    Opportunistic,
    /// Never.
    None,
}
