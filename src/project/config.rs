//! `relance.toml`: who sends, from what data, to where.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// The whole of `relance.toml`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name, time zone, language and currency of the project.
    pub project: ProjectSection,
    /// Who the mails come from.
    pub sender: SenderSection,
    /// Where the links that every mail carries point to.
    pub links: LinksSection,
    /// The input tables.
    pub sources: Sources,
    /// How browsing and orders become a profile.
    #[serde(default)]
    pub profile: ProfileSection,
    /// How many mails a person may get.
    #[serde(default)]
    pub limits: LimitsSection,
    /// Where mails go.
    pub delivery: DeliverySection,
    /// Where the ledger is.
    #[serde(default)]
    pub ledger: LedgerSection,
    /// Images and other files the mails link to.
    #[serde(default)]
    pub assets: Option<AssetsSection>,
    /// The key of tokens and of Message-IDs.
    #[serde(default)]
    pub secrets: SecretsSection,
    /// How mails are signed; they are not when it is absent.
    #[serde(default)]
    pub dkim: Option<DkimSection>,
}

/// `[project]`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectSection {
    /// Name shown in summaries.
    pub name: String,
    /// IANA time zone, e.g. `Europe/Paris`.
    #[schemars(with = "String")]
    pub timezone: Spanned<String>,
    /// Language of people whose own is unknown or untranslated, e.g. `fr-FR`.
    #[schemars(with = "String")]
    pub locale: Spanned<String>,
    /// Currency of amounts that carry none, e.g. `EUR`.
    #[schemars(with = "String")]
    pub currency: Spanned<String>,
}

/// `[sender]`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SenderSection {
    /// Display name of the From header.
    pub name: String,
    /// Address of the From header.
    #[schemars(with = "String")]
    pub address: Spanned<String>,
    /// Address of the Reply-To header.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub reply_to: Option<Spanned<String>>,
    /// Envelope sender; `{token}` is replaced by an opaque token per message (VERP). Defaults to `address`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub return_path: Option<Spanned<String>>,
    /// Legal name and postal address printed in every footer.
    pub postal_address: String,
}

/// `[links]`: templates of URLs, `{token}` is an opaque signed token.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinksSection {
    /// The https page that unsubscribes in one click (RFC 8058).
    #[schemars(with = "String")]
    pub unsubscribe: Spanned<String>,
    /// The preference centre.
    #[schemars(with = "String")]
    pub preferences: Spanned<String>,
    /// The shop's home page.
    #[schemars(with = "String")]
    pub home: Spanned<String>,
    /// The cart page; `{cart}` is replaced by the cart's key.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub cart: Option<Spanned<String>>,
    /// The page of a category; `{topic}` is replaced by its slug. `home/TOPIC` when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub category: Option<Spanned<String>>,
    /// Tags added to every link of a mail; `{campaign}`, `{edition}` (of a triggered mail, its step only) and `{step}` are replaced.
    #[serde(default)]
    pub utm: BTreeMap<String, String>,
}

/// `[sources]`: one table per input.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// CRM records: the only source without which nothing can be sent.
    pub contacts: SourceSpec,
    /// Visitor to contact links.
    pub identities: Option<SourceSpec>,
    /// On-site acts.
    pub events: Option<SourceSpec>,
    /// Order lines.
    pub orders: Option<SourceSpec>,
    /// The catalogue.
    pub products: Option<SourceSpec>,
    /// Payment methods that can expire.
    pub payment_methods: Option<SourceSpec>,
    /// Contracts that can end.
    pub contracts: Option<SourceSpec>,
}

impl Sources {
    /// Lists the sources that are declared, by name.
    pub fn each(&self) -> Vec<(&'static str, &SourceSpec)> {
        let mut all = vec![("contacts", Some(&self.contacts)), ("contracts", self.contracts.as_ref()), ("events", self.events.as_ref())];
        all.extend([("identities", self.identities.as_ref()), ("orders", self.orders.as_ref())]);
        all.extend([("payment_methods", self.payment_methods.as_ref()), ("products", self.products.as_ref())]);
        all.into_iter().filter_map(|(name, spec)| Some((name, spec?))).collect()
    }
}

/// One source: files or a query, and how their columns are named.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSpec {
    /// Path or glob, from the project folder: `data/events/*.jsonl.gz`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub files: Option<Spanned<String>>,
    /// A query instead of files; needs `database`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub sql: Option<Spanned<String>>,
    /// The database of `sql`: a URL, `sqlite://...` or `postgres://...`.
    #[serde(default)]
    pub database: Option<Secret>,
    /// Format when the file name does not say it.
    #[serde(default)]
    pub format: Option<Format>,
    /// CSV separator; found by itself among `,` `;` and tab when absent.
    #[serde(default)]
    pub delimiter: Option<char>,
    /// Decimal mark of numbers in text, `.` or `,`.
    #[serde(default = "default_decimal")]
    pub decimal: char,
    /// Text encoding (WHATWG label); UTF-8 by default.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub encoding: Option<Spanned<String>>,
    /// Zone of instants written without an offset; the project's by default.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub timezone: Option<Spanned<String>>,
    /// Our column name = theirs.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub columns: BTreeMap<String, Spanned<String>>,
    /// Rejected rows tolerated before the run stops.
    #[serde(default)]
    pub max_bad_rows: u64,
    /// A cheap query whose answer changes when that of `sql` does, e.g. `select max(updated_at) from orders`; asked while mails go out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub changed: Option<Spanned<String>>,
    /// How often `sql` is run again while mails go out, e.g. `30s`, when there is no `changed`; every minute when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub recheck_every: Option<Spanned<String>>,
    /// Age of the newest file above which the source is stale, e.g. `6h`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub max_age: Option<Spanned<String>>,
}

fn default_decimal() -> char {
    '.'
}

/// File format of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Separated values with a header line (RFC 4180).
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
}

/// `[profile]`: how the past fades.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileSection {
    /// Time after which an act weighs half.
    #[schemars(with = "String")]
    pub half_life: Spanned<String>,
    /// Time after which an order weighs half in what is popular.
    #[schemars(with = "String")]
    pub popularity_half_life: Spanned<String>,
    /// Silence after which a person who bought is dormant, unless their own rhythm says more.
    #[schemars(with = "String")]
    pub dormant_after: Spanned<String>,
    /// Time without a purchase after which a cart is abandoned for good and forgotten.
    #[schemars(with = "String")]
    pub cart_expires_after: Spanned<String>,
}

impl Default for ProfileSection {
    fn default() -> Self {
        let span = |text: &str| Spanned::new(0..0, text.to_owned());
        Self { half_life: span("60d"), popularity_half_life: span("14d"), dormant_after: span("180d"), cart_expires_after: span("30d") }
    }
}

/// `[limits]`: contact pressure over all campaigns, from which compulsory mails are exempt, and patience with addresses.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsSection {
    /// Most mails in a rolling window, e.g. `3 per 7d`; each entry must hold.
    #[schemars(with = "Vec<String>")]
    pub caps: Vec<Spanned<String>>,
    /// Soft bounces, of different editions, after which an address counts as dead; `3 per 30d` when absent.
    #[schemars(with = "Option<String>")]
    pub soft_bounces: Option<Spanned<String>>,
}

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

/// A secret: where to find it, never the value itself.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Secret {
    /// In an environment variable.
    Env(String),
    /// In a file, from the project folder; a final line end is dropped.
    File(PathBuf),
    /// In systemd's credentials folder.
    Credential(String),
    /// Written down as it is: only for URLs without a password.
    Url(String),
}

/// `[ledger]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LedgerSection {
    /// `{ url = "sqlite://.relance/ledger.db" }` by default, or `PostgreSQL` by `{ env = "RELANCE_LEDGER_URL" }`.
    pub database: Option<Secret>,
}

/// `[assets]`: the files behind image links.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetsSection {
    /// URL prefix used in mails.
    #[schemars(with = "String")]
    pub url: Spanned<String>,
    /// The same files in the project folder, used by `preview --open`.
    pub folder: PathBuf,
}

/// `[secrets]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SecretsSection {
    /// Key of tokens and Message-IDs, at least 32 characters; made in `.relance/key` when absent.
    pub key: Option<Secret>,
    /// Instead of `key`, once it is changed: the first makes tokens and Message-IDs, the others still open tokens of older mails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<TokenKey>,
}

/// `[[secrets.keys]]`: a key and its public name.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    /// Name that tokens carry: 1 to 8 lower-case letters or digits; a lone `key` is `k1`.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// At least 32 characters.
    pub key: Secret,
}

/// `[dkim]`: the signatures of every mail (RFC 6376).
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimSection {
    /// Domain that answers for the mails (`d=`); the domain of the sender's address when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub domain: Option<Spanned<String>>,
    /// Accept a domain that DMARC does not take for the sender's.
    #[serde(default)]
    pub allow_unaligned: bool,
    /// One signature a key; write an RSA key, and an Ed25519 key beside it if you like.
    pub keys: Vec<DkimKey>,
}

/// `[[dkim.keys]]`: a private key and the name of its public half in DNS.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimKey {
    /// The public half is at `SELECTOR._domainkey.DOMAIN`.
    #[schemars(with = "String")]
    pub selector: Spanned<String>,
    /// An RSA key of 2048 to 4096 bits or an Ed25519 key, in PEM; made by `relance dkim keygen`.
    pub key: Secret,
}

/// Returns a URL as written with its password hidden; used when values are shown.
pub fn url_without_password(written: &str) -> String {
    let Some((scheme, rest)) = written.split_once("://") else { return written.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((login, host)) = authority.rsplit_once('@') else { return written.to_owned() };
    let user = login.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:***@{host}{}", rest.get(authority.len()..).unwrap_or_default())
}
