//! `segments.toml`, `offers.toml` and the front matter of `blocks/*.mjml`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::campaign::{Localized, SocialProofSpec};

/// The whole of `segments.toml`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentsFile {
    /// Named conditions.
    #[schemars(with = "BTreeMap<String, SegmentSpec>")]
    pub segments: BTreeMap<Spanned<String>, SegmentSpec>,
    /// Lists of segments of which a person is in the first that matches only.
    #[schemars(with = "BTreeMap<String, Vec<String>>")]
    pub exclusive: BTreeMap<String, Vec<Spanned<String>>>,
}

/// `[segments.NAME]`: a conjunction, one condition a line.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentSpec {
    /// What it means, in words.
    #[serde(default)]
    pub title: Option<String>,
    /// Every one of these holds.
    #[schemars(with = "Vec<String>")]
    pub all: Vec<Spanned<String>>,
}

/// The whole of `offers.toml`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OffersFile {
    /// Named benefits.
    #[schemars(with = "BTreeMap<String, OfferSpec>")]
    pub offers: BTreeMap<Spanned<String>, OfferSpec>,
}

/// `[offers.NAME]`: a benefit, who may have it and until when.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferSpec {
    /// What the reader sees.
    #[schemars(with = "BTreeMap<String, String>")]
    pub title: Localized,
    /// Percentage off, when it is one.
    #[serde(default)]
    pub percent: Option<u8>,
    /// Money off, when it is an amount: `"5 EUR"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub amount: Option<Spanned<String>>,
    /// What a gift costs, when it is one: `"4 EUR"`; the title names it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub gift: Option<Spanned<String>>,
    /// Benefits by loyalty or history: the first that holds, in their order; the benefit above is for whom none holds.
    #[serde(default)]
    pub tiers: Vec<TierSpec>,
    /// Code to type at the till, the same for all.
    #[serde(default)]
    pub code: Option<String>,
    /// Codes of which each is given to one person.
    #[serde(default)]
    pub codes: Option<CodesSpec>,
    /// What becomes of mails for which no code is left.
    #[serde(default)]
    pub when_empty: WhenEmpty,
    /// Who may have it: every one of these holds.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub all: Vec<Spanned<String>>,
    /// First day.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<NaiveDate>,
    /// A person gets it at most once in this time.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub once_per: Option<Spanned<String>>,
    /// Nobody gets it who got any offer, of any campaign, within this time.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub not_again_within: Option<Spanned<String>>,
    /// Margin that what the mail shows keeps after the benefit, of the price that is paid: `"15%"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub margin_floor: Option<Spanned<String>>,
    /// What becomes of a mail that shows a product whose margin is not known, when there is a floor.
    #[serde(default)]
    pub unknown_margin: UnknownMargin,
    /// What all mails together may cost, over all campaigns and all time: `"5000 EUR"`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub budget: Option<Spanned<String>>,
    /// What becomes of those behind a mail for which what is left of the budget is not enough.
    #[serde(default)]
    pub too_dear: TooDear,
    /// Mails that may carry it, over all campaigns and all time.
    #[serde(default)]
    pub max_uses: Option<u64>,
    /// The score by which people come first to what is limited, highest first, those without it last; ties go by id.
    #[serde(default)]
    pub by_score: Option<String>,
    /// Of the offers of a step, the highest that a person may have is theirs.
    #[serde(default)]
    pub priority: i32,
}

/// A benefit for some of those who may have the offer.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TierSpec {
    /// From so many loyalty points on.
    #[serde(default)]
    pub min_points: Option<i64>,
    /// Every one of these holds.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub all: Vec<Spanned<String>>,
    /// Percentage off, when it is one.
    #[serde(default)]
    pub percent: Option<u8>,
    /// Money off, when it is an amount.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub amount: Option<Spanned<String>>,
    /// What a gift costs, when it is one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub gift: Option<Spanned<String>>,
}

/// Where the codes of an offer are: a CSV file of the project.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum CodesSpec {
    /// A file of one column.
    File(String),
    /// A column of a file with a line of names.
    Column {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
}

impl CodesSpec {
    /// Returns the name of the pool: the file, and its column when one is named.
    pub fn pool(&self) -> String {
        match self {
            Self::File(file) => file.clone(),
            Self::Column { file, column } => format!("{file}#{column}"),
        }
    }
}

/// What becomes of mails for which no code is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhenEmpty {
    /// Nothing is sent until there are codes for all.
    #[default]
    Stop,
    /// They go without the offer.
    SkipOffer,
}

/// What becomes of those behind a mail that costs more than is left of a budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TooDear {
    /// They get the offer as far as it is enough for theirs; only that mail goes without.
    #[default]
    Skip,
    /// None of them gets it, so that a larger budget takes it from nobody.
    Stop,
}

/// What becomes of an offer with a floor when a margin is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownMargin {
    /// The mail goes without the offer.
    #[default]
    Refuse,
    /// The product is taken to be above the floor.
    Allow,
}

/// Front matter of a block: TOML between two lines of `+++`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    /// The slot it can fill.
    #[schemars(with = "String")]
    pub slot: Spanned<String>,
    /// How finely it targets.
    pub level: Level,
    /// Who it is for: every one of these holds.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub all: Vec<Spanned<String>>,
    /// Higher wins at the same level.
    #[serde(default)]
    pub priority: i32,
    /// Share among blocks of the same level and priority.
    #[serde(default = "default_weight")]
    pub weight: f64,
    /// First day.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub until: Option<NaiveDate>,
    /// Campaigns it may appear in; empty means all.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub campaigns: Vec<Spanned<String>>,
    /// What the block says or makes visible, e.g. `viewed_category`; `urgency` needs `ends`, `social_proof` needs the count.
    #[serde(default)]
    pub claims: Vec<String>,
    /// The product it shows, seen as `slots.NAME.product`; the block is not eligible while it is not for sale.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub product: Option<Spanned<String>>,
    /// The block is eligible only when so many orders hold its product.
    #[serde(default)]
    pub social_proof: Option<SocialProofSpec>,
    /// What its urgency rests on; the block is eligible only when that end, or that stock, is there.
    #[serde(default)]
    pub ends: Option<Ends>,
    /// Pieces left of its product from which it is nearly sold out; goes with `ends = "stock"`.
    #[serde(default)]
    pub low_stock: Option<u32>,
}

/// What really ends, in a block that claims urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// The offer of this mail, on its `until`.
    Offer,
    /// The pieces of the block's product: `low_stock` or fewer are left.
    Stock,
    /// The sale of the block's product, on its `available_until`.
    Date,
}

fn default_weight() -> f64 {
    1.0
}

/// The four levels of targeting, from the widest to the narrowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Généraliste: the same for all.
    General,
    /// Ciblé sur plusieurs.
    Many,
    /// Ciblé sur quelques-uns.
    Few,
    /// Individualisé.
    Individual,
}

impl Level {
    /// Returns the word that stands for it in files and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Many => "many",
            Self::Few => "few",
            Self::Individual => "individual",
        }
    }
}
