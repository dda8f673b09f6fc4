//! `relance.toml`: who sends, from what data, to where.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::blur::PrivacySection;
use super::privacy::{ConsentsSection, FieldSpec, IntrusionSection, RetentionSection, ScoreSection};

mod delivery;
mod pressure;
mod public;
mod scores;

pub use delivery::{
    AuthMechanism, DeliveryKind, DeliverySection, DomainSection, OnUncertain, RetrySection, SmtpSection, TimeoutsSection, Tls,
    WarmUpSection,
};

pub use pressure::{PressureSection, SlowerSpec};
pub use public::{AnswerSpec, ExpirySection, PublicSection, QuestionSpec, TopicSpec};
pub use scores::{ScoreKind, ScoreSpec};

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
    /// When nobody is written to, and how much anybody is.
    #[serde(default)]
    pub pressure: PressureSection,
    /// People who get no marketing mail at all, to measure all of it against.
    #[serde(default)]
    pub holdout: Option<HoldoutSection>,
    /// How long a consent stands.
    #[serde(default)]
    pub consents: ConsentsSection,
    /// Where fields come from and how delicate they are.
    #[serde(default)]
    pub fields: BTreeMap<String, FieldSpec>,
    /// How much of what is known a mail may let its reader see.
    #[serde(default)]
    pub intrusion: IntrusionSection,
    /// What models may see of people.
    #[serde(default, skip_serializing_if = "PrivacySection::is_absent")]
    pub privacy: PrivacySection,
    /// From where a lever of a campaign is green or red.
    #[serde(default)]
    pub score: ScoreSection,
    /// What people are likely to do, by the name that conditions give it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, ScoreSpec>,
    /// What recipients reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicSection>,
    /// What they are asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub questions: BTreeMap<String, QuestionSpec>,
    /// How long the ledger keeps what it may forget.
    #[serde(default)]
    pub retention: RetentionSection,
    /// What each mail is checked for.
    #[serde(default)]
    pub checks: ChecksSection,
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
    /// Where `relance sandbox` catches mails.
    #[serde(default)]
    pub sandbox: SandboxSection,
}

/// `[sandbox]`: where mails are caught and looked at.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SandboxSection {
    /// Address and port where mails are taken; `127.0.0.1:1025` when absent.
    #[schemars(with = "Option<String>")]
    pub smtp: Option<std::net::SocketAddr>,
    /// Address and port of the inbox; `127.0.0.1:8025` when absent.
    #[schemars(with = "Option<String>")]
    pub listen: Option<std::net::SocketAddr>,
    /// Folder of the mails, within the project; `.relance/sandbox` when absent.
    pub dir: Option<PathBuf>,
    /// Mails kept at most, the newest; all when absent.
    pub keep: Option<std::num::NonZeroUsize>,
}

/// `[holdout]`: over all campaigns but compulsory mails and short offers.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldoutSection {
    /// The share of people, e.g. `2%`.
    #[schemars(with = "String")]
    pub share: Spanned<String>,
    /// What they are drawn by: another name is another draw.
    #[serde(default = "default_holdout")]
    pub name: String,
    /// The last day on which they are held out.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<chrono::NaiveDate>,
}

fn default_holdout() -> String {
    "everybody".to_owned()
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
    /// Companies that contacts belong to by their `account_id`.
    pub accounts: Option<SourceSpec>,
    /// Visitor to contact links.
    pub identities: Option<SourceSpec>,
    /// On-site acts.
    pub events: Option<SourceSpec>,
    /// Order lines.
    pub orders: Option<SourceSpec>,
    /// The catalogue.
    pub products: Option<SourceSpec>,
    /// Prices that companies have of their own, by `account_id`.
    pub prices: Option<SourceSpec>,
    /// Payment methods that can expire.
    pub payment_methods: Option<SourceSpec>,
    /// Contracts that can end.
    pub contracts: Option<SourceSpec>,
}

impl Sources {
    /// Lists the sources that are declared, by name.
    pub fn each(&self) -> Vec<(&'static str, &SourceSpec)> {
        let mut all = vec![("accounts", self.accounts.as_ref()), ("contacts", Some(&self.contacts))];
        all.extend([("contracts", self.contracts.as_ref()), ("events", self.events.as_ref())]);
        all.extend([("identities", self.identities.as_ref()), ("orders", self.orders.as_ref())]);
        all.extend([("payment_methods", self.payment_methods.as_ref()), ("prices", self.prices.as_ref())]);
        all.push(("products", self.products.as_ref()));
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
    /// A feed of articles: RSS 2.0, RSS 1.0 or Atom.
    Rss,
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
    /// Age above which `run --plan` refuses a plan; `24h` when absent.
    #[schemars(with = "Option<String>")]
    pub max_plan_age: Option<Spanned<String>>,
    /// Share of a plan's people who may drop out before `run --plan` refuses it, e.g. `5%`, which it is when absent.
    #[schemars(with = "Option<String>")]
    pub max_drift: Option<Spanned<String>>,
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

/// `[checks]`: what `check --mails` asks.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChecksSection {
    /// Mail programs whose support of HTML and CSS matters: `gmail`, `outlook`, `apple-mail`, `yahoo`, `orange`, `sfr`, `free-fr`,
    /// `laposte` when empty; `samsung-email`, `thunderbird`, `protonmail` and `aol` besides.
    pub clients: Vec<String>,
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
