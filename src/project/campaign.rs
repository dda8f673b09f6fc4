//! `campaigns/*.toml`: why, to whom, when, and what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

mod experiment;
mod purpose;
mod trigger;

pub use experiment::{ArmSpec, ExperimentSpec, Factor};
pub use purpose::Purpose;
pub use trigger::{TriggerKind, TriggerSpec};

/// A text in several languages: `{ fr = "...", en = "..." }`; a language tag maps to a text.
pub type Localized = BTreeMap<String, Spanned<String>>;

/// One campaign file.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignSpec {
    /// Title shown to the team.
    pub title: String,
    /// What sort of mail it is.
    pub kind: CampaignKind,
    /// What it is for.
    pub objective: Objective,
    /// The problem it answers, in one sentence.
    #[serde(default)]
    pub why: Option<String>,
    /// Who answers for it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Who has to approve its plans before they are sent.
    #[serde(default)]
    pub approval: Option<ApprovalSpec>,
    /// Service mail that must be sent: skips marketing consent, holdout, caps and priority.
    #[serde(default)]
    pub compulsory: bool,
    /// A short offer for everybody: no holdout, so that nobody misses it.
    #[serde(default)]
    pub time_limited: bool,
    /// Purpose of the consent it needs: `newsletter` reads the column `consent_newsletter`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub consent: Option<Spanned<String>>,
    /// Higher wins when several campaigns want the same person.
    #[serde(default)]
    pub priority: i32,
    /// Template file, from `templates/`.
    #[schemars(with = "String")]
    pub template: Spanned<String>,
    /// Subject line, a template.
    #[schemars(with = "BTreeMap<String, String>")]
    pub subject: Localized,
    /// Line shown after the subject in an inbox, a template.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub preheader: Localized,
    /// Cron expression in the campaign's zone, for campaigns that go to a list.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub schedule: Option<Spanned<String>>,
    /// IANA time zone of the schedule and of the hour at which mails that hang on a day are due; the project's when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub timezone: Option<Spanned<String>>,
    /// Hours at which its mails may leave, on the recipient's own clock, e.g. `09:00-19:00`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub window: Option<Spanned<String>>,
    /// Days on which its mails may leave, on the recipient's own calendar; every day when empty.
    #[serde(default)]
    pub weekdays: Vec<Day>,
    /// How late an edition may still go out, e.g. `12h`; later it is skipped.
    #[serde(default = "default_late")]
    #[schemars(with = "String")]
    pub late: Spanned<String>,
    /// Event that starts it for one person.
    #[serde(default)]
    pub trigger: Option<TriggerSpec>,
    /// The mails of a triggered sequence, in order.
    #[serde(default)]
    pub steps: Vec<StepSpec>,
    /// Who it is for.
    #[serde(default)]
    pub audience: AudienceSpec,
    /// What fills each slot of the template.
    #[serde(default)]
    pub slots: BTreeMap<String, SlotSpec>,
    /// Fields without which a person is skipped, e.g. `recipient.first_name`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub requires: Vec<Spanned<String>>,
    /// Arms that are told apart by one difference.
    #[serde(default)]
    pub experiment: Option<ExperimentSpec>,
    /// How success is judged; required unless compulsory.
    #[serde(default)]
    pub measure: Option<MeasureSpec>,
    /// Least number of slots that are the same for all.
    #[serde(default)]
    pub min_unpersonalised_slots: usize,
    /// Most blocks chosen for the reader; the others fall back to the general one.
    #[serde(default)]
    pub max_personalised_blocks: Option<usize>,
    /// Most things to read in a mail; of a longer one, slots with a `priority` are shortened or left out, the lowest first.
    #[serde(default)]
    pub max_length: Option<u32>,
}

fn default_late() -> Spanned<String> {
    Spanned::new(0..0, "12h".to_owned())
}

/// `approval = { by = ["..."] }`: one of these people has to approve a plan before it is sent.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalSpec {
    /// Names, at least one.
    pub by: Vec<String>,
}

/// A day of the week.
#[expect(missing_docs, reason = "days of the week")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// What sort of mail a campaign sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    /// Goes to a list on a date.
    Newsletter,
    /// Goes to one person when something happens.
    Relance,
    /// Reminds of something that ends or expires.
    Reminder,
}

/// Why a campaign exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Recruter.
    Acquire,
    /// Convertir.
    Convert,
    /// Fidéliser.
    Retain,
    /// Réactiver.
    Reactivate,
    /// Service.
    Service,
}

/// `[[steps]]`: one mail of a sequence; exactly one of `after` and `before`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepSpec {
    /// Name, part of the edition.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Delay after the trigger's instant.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub after: Option<Spanned<String>>,
    /// Time before the trigger's date.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub before: Option<Spanned<String>>,
    /// Subject of this step instead of the campaign's.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub subject: Localized,
    /// Preheader of this step instead of the campaign's.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub preheader: Localized,
    /// Template of this step instead of the campaign's.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub template: Option<Spanned<String>>,
    /// Offer this step may carry, when the person is eligible.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub offer: Option<Spanned<String>>,
    /// Several offers: the one of highest `priority` that the person may have, of equals the first.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub offers: Vec<Spanned<String>>,
}

/// `[audience]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AudienceSpec {
    /// The person is in at least one of these segments; empty means everybody.
    #[schemars(with = "Vec<String>")]
    pub include: Vec<Spanned<String>>,
    /// The person is in none of these segments.
    #[schemars(with = "Vec<String>")]
    pub exclude: Vec<Spanned<String>>,
    /// And every one of these conditions holds.
    #[schemars(with = "Vec<String>")]
    pub all: Vec<Spanned<String>>,
    /// People who did not agree to be profiled are in, whatever segments and conditions that rest on behaviour say; they get the
    /// general mail.
    pub general: bool,
    /// Share kept untreated to measure against, e.g. `5%`.
    #[schemars(with = "Option<String>")]
    pub holdout: Option<Spanned<String>>,
    /// What the people held out get instead.
    pub control: Control,
}

/// What the people held out of a campaign get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Nothing.
    #[default]
    None,
    /// The general mail, that of somebody who did not agree to be profiled.
    General,
}

/// `[slots.NAME]`: one place of the template. Fields that the kind of filling does not use are refused.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotSpec {
    /// What fills it.
    pub fill: Fill,
    /// `editorial` shows the same to all.
    #[serde(default)]
    pub mode: SlotMode,
    /// Things wanted: picks, categories or cart lines.
    #[serde(default)]
    pub count: usize,
    /// Things without which the person is skipped (0: the slot may stay empty).
    #[serde(default)]
    pub min: usize,
    /// Things per row of the template.
    #[serde(default = "default_per_row")]
    pub per_row: usize,
    /// Things to read that a block, a menu, a product or a line of the cart counts for in `max_length`; 1 when absent.
    #[serde(default)]
    pub length: Option<u32>,
    /// What a mail that is too long does without comes from the slot of lowest priority; a slot that has none is never left out.
    #[serde(default)]
    pub priority: Option<i32>,
    /// Categories: the order for people of whom nothing is known, and the only ones shown.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Products: where candidates come from, with their weights.
    #[serde(default)]
    pub strategies: BTreeMap<Strategy, f64>,
    /// Products: what `for_you` chooses them for; by default what the campaign's trigger says: `cart`, `browse`, `reactivation`, else
    /// `newsletter`.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// Products: none the person bought within this time; the strategy `usual` is exempt.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub not_bought_within: Option<Spanned<String>>,
    /// Products: none shown to the person within this time.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub not_shown_within: Option<Spanned<String>>,
    /// Products: none looked at more lately than this, `min_age` of `[intrusion]` when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub min_delay: Option<Spanned<String>>,
    /// Products: none that so many mails have shown to the person in the last 400 days.
    #[serde(default)]
    pub max_repeats: Option<usize>,
    /// Products: none published longer ago than this, e.g. `3d`; of two alike the newer comes first.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub max_age: Option<Spanned<String>>,
    /// Products: none the person looked at within this time.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub not_viewed_within: Option<Spanned<String>>,
    /// Products: none about a place farther than this from where the person lives, in km; what is near comes first, what has no place
    /// suits everybody.
    #[serde(default)]
    pub near_km: Option<f64>,
    /// Products: only those in the person's own price band.
    #[serde(default)]
    pub price_band: bool,
    /// Products: only these categories (prefixes of paths).
    #[serde(default)]
    pub only_categories: Vec<String>,
    /// Products: only these, when not empty.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Products: never these.
    #[serde(default)]
    pub deny: Vec<String>,
    /// Products: these first, for everybody who may see them.
    #[serde(default)]
    pub pinned: Vec<String>,
    /// Products: most picks of one category.
    #[serde(default)]
    pub max_per_category: Option<usize>,
    /// Products: largest share of picks the person has already viewed, 0 to 1.
    #[serde(default)]
    pub max_viewed_share: Option<f64>,
    /// Products: weight of difference against relevance in the re-rank, 0 to 1 (MMR); when absent 0.2, or 0.15 with
    /// `not_bought_within`.
    #[serde(default)]
    pub diversity: Option<f64>,
    /// Products: least number of picks from categories new to the person, when any exist.
    #[serde(default)]
    pub min_novel: usize,
    /// Products: share of picks drawn for exploration, 0 to 1.
    #[serde(default)]
    pub exploration: f64,
    /// Products: score under which a candidate is not shown at all.
    #[serde(default)]
    pub relevance_floor: f64,
    /// Products: strategy `up_sell` proposes nothing that costs more than so many times the product that led to it.
    #[serde(default = "default_max_price_ratio")]
    pub max_price_ratio: f64,
    /// Products: strategy `complement` may propose what is of the same category as the product that led to it.
    #[serde(default)]
    pub allow_same_category: bool,
    /// Products and cart: show how many orders hold an item, when they are enough (`item.social_proof`).
    #[serde(default)]
    pub social_proof: Option<SocialProofSpec>,
    /// Products and cart: pieces left from which an item is nearly sold out (`item.low_stock`).
    #[serde(default)]
    pub low_stock: Option<u32>,
}

impl SlotSpec {
    /// Says whether every mail has something of the slot, however long the mail is.
    pub fn stays(&self) -> bool {
        self.priority.is_none() || (self.fill == Fill::Products && self.min > 0)
    }

    /// Returns the things to read that so many of its things count for; a block, a menu and what expires are one thing.
    pub fn length_of(&self, n: usize) -> u32 {
        self.length.unwrap_or(1).saturating_mul(u32::try_from(n).unwrap_or(u32::MAX))
    }

    /// Returns the most things to read of the slot that no mail is too long for.
    pub fn kept_length(&self) -> u32 {
        let most = match self.fill {
            Fill::Block | Fill::Subject | Fill::Categories => 1,
            Fill::Products | Fill::Cart => self.count.max(1),
        };
        let least = if self.fill == Fill::Products { self.min } else { 0 };
        self.length_of(if self.priority.is_some() { least } else { most })
    }
}

fn default_max_price_ratio() -> f64 {
    1.5
}

/// `social_proof = { window = "7d", min = 10 }`: a true count of orders, hidden under a minimum.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SocialProofSpec {
    /// How far back orders are counted: whole days, at most 90.
    #[schemars(with = "String")]
    pub window: Spanned<String>,
    /// Orders under which nothing is said.
    pub min: u32,
}

fn default_per_row() -> usize {
    2
}

/// What can fill a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// One block among those whose front matter names this slot.
    Block,
    /// Products chosen for the reader.
    Products,
    /// Categories in the reader's order.
    Categories,
    /// The open lines of the reader's cart.
    Cart,
    /// The payment method or contract that started the reminder.
    Subject,
}

/// Whether a slot differs from reader to reader.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlotMode {
    /// Chosen per reader.
    #[default]
    Automatic,
    /// The same for all.
    Editorial,
}

/// How product candidates are found; the label shown in a mail follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The products that started the mail: those of a trigger such as `price_drop` or `back_in_stock`.
    Trigger,
    /// What the person buys again and again, when their own rhythm says it is time.
    Usual,
    /// The open lines of their cart.
    Cart,
    /// What they looked at lately.
    RecentlyViewed,
    /// What others bought together with what this person bought or viewed.
    AlsoBought,
    /// What resembles what this person bought or viewed.
    Similar,
    /// What resembles something this person bought, viewed or put in a cart, and costs more, within `max_price_ratio`.
    UpSell,
    /// What others bought together with something this person bought, viewed or searched for, of another category than it.
    Complement,
    /// What is popular now in the categories this person likes.
    PopularInCategory,
    /// What is popular now.
    PopularRecent,
    /// What came into the catalogue lately.
    NewIn,
    /// What was learned from everybody's orders of what this person may want next: a blend tuned on the shop's own past.
    ForYou,
    /// Pinned by the author.
    Pinned,
    /// Drawn for exploration.
    Exploration,
}

impl Strategy {
    /// Returns the word that stands for it in files and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trigger => "trigger",
            Self::Usual => "usual",
            Self::Cart => "cart",
            Self::RecentlyViewed => "recently_viewed",
            Self::AlsoBought => "also_bought",
            Self::Similar => "similar",
            Self::UpSell => "up_sell",
            Self::Complement => "complement",
            Self::PopularInCategory => "popular_in_category",
            Self::PopularRecent => "popular_recent",
            Self::NewIn => "new_in",
            Self::ForYou => "for_you",
            Self::Pinned => "pinned",
            Self::Exploration => "exploration",
        }
    }
}

/// `[measure]`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureSpec {
    /// What decides.
    pub primary: Metric,
    /// How long after the mail it is counted, e.g. `14d`.
    #[schemars(with = "String")]
    pub horizon: Spanned<String>,
    /// The smallest effect worth finding, of what the figure is without the mail, e.g. `3 %`; said before anything is sent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub minimum_effect: Option<Spanned<String>>,
    /// What one mail costs to send, e.g. `0.002 EUR`; `report` weighs it against the margin.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub cost_per_mail: Option<Spanned<String>>,
}

/// A figure per assigned person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Money of orders.
    Revenue,
    /// Margin of orders.
    Margin,
    /// Share of people who ordered.
    Conversion,
}
