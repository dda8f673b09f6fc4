//! `campaigns/*.toml`: why, to whom, when, and what.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

mod experiment;
mod purpose;
mod slot;
mod trigger;

pub use experiment::{ArmSpec, ExperimentSpec, Factor};
pub use purpose::Purpose;
pub use slot::{Fill, SlotMode, SlotSpec, SocialProofSpec, Strategy};
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
