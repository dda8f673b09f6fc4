//! `[slots.NAME]` of a campaign: what a place of a mail shows, and by which rules.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::Purpose;

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
    /// Products: weight of difference against relevance in the re-rank, 0 to 1 (MMR); when absent 0.2, or 0.175 with
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
