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
    /// Code to type at the till.
    #[serde(default)]
    pub code: Option<String>,
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
