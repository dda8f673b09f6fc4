//! What may be known, shown and remembered of a person: `[consents]`, `[fields]`, `[intrusion]`, `[score]` and `[retention]` of `relance.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::clock::Span;

/// `[consents]`: how long an agreement stands, and whether profiling was asked about.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentsSection {
    /// Age from which a consent counts as none, e.g. `1095d`; one without a date cannot be shown to be younger.
    #[schemars(with = "Option<String>")]
    pub max_age: Option<Spanned<String>>,
    /// What the absence of any answer about profiling means to `check --data`.
    pub profiling: Profiling,
}

/// On what the use of what people did rests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Profiling {
    /// On consent: the column `consent_profiling` must be there.
    #[default]
    Consent,
    /// On another basis that the company answers for: nobody is asked.
    NotAsked,
}

/// `[fields.NAME]`: where a field comes from and how delicate it is; `NAME` is that of a condition, `attr.NAME`, `event.KIND` or `score.NAME`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FieldSpec {
    /// Who said it, or how it came about.
    pub origin: Option<FieldOrigin>,
    /// Whether its being read by another would hurt.
    pub sensitivity: Sensitivity,
    /// Purpose of the consent without which it is neither looked at nor shown.
    #[schemars(with = "Option<String>")]
    pub consent: Option<Spanned<String>>,
}

/// Where a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldOrigin {
    /// The person said it to us.
    Declared,
    /// Our own records: orders, contracts, loyalty.
    Crm,
    /// What the person did on our own site.
    FirstParty,
    /// What was seen elsewhere than on our own site.
    ThirdParty,
    /// Guessed from something else.
    Inferred,
    /// What others said or showed of the person.
    Hearsay,
}

/// Whether a field's being read by another would hurt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Nothing to hide.
    #[default]
    Ordinary,
    /// Health, beliefs, money, and the like (RGPD article 9 and more).
    Sensitive,
}

/// `[intrusion]`: how much of what is known a mail may let its reader see.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IntrusionSection {
    /// Most points of a mail; above it the least important blocks fall back to the general one. Absent: counted, never limited.
    pub budget: Option<u32>,
    /// Age under which a product looked at is not picked, `1h` when absent.
    #[schemars(with = "Option<String>")]
    pub min_age: Option<Spanned<String>>,
    /// Points of a kind of thing instead of its usual ones, e.g. `{ city = 2 }`.
    pub points: BTreeMap<Visible, u32>,
}

/// `[score]`: from where a lever of a campaign is green, and from where it is red.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScoreSection {
    /// Share of mails in which something follows the reader: green from 0.5, red under 0 (never).
    pub relevance: Limits,
    /// Faults of coherence: green at 0, red above the number written; absent, never.
    pub coherence: Limits,
    /// Mean share of the budget in use: green up to 0.6, red above 1. A mail over its budget is red whatever is written.
    pub intrusion: Limits,
}

/// `[retention]`: how long the ledger keeps what `relance ledger prune` removes; what is not written is kept for good.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionSection {
    /// What a mail said, its address as written and the words of the server, e.g. `180d` after it ended.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mails: Option<Spanned<String>>,
    /// Of which mail something came back, e.g. `400d`.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Spanned<String>>,
    /// Who was in which arm of an experiment that is over, e.g. `400d`.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignments: Option<Spanned<String>>,
}

/// The same, checked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// What mails said.
    pub mails: Option<Span>,
    /// What came back of which mail.
    pub events: Option<Span>,
    /// Arms of experiments that are over.
    pub assignments: Option<Span>,
}

impl Retention {
    /// The shortest time that may be written: bounces come late, and a report looks back.
    pub const LEAST: Span = Span::days(30);

    /// Says whether everything is kept for good.
    pub fn keeps_all(self) -> bool {
        self == Self::default()
    }
}

/// Two limits of a lever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Green up to, or from, here.
    pub green: Option<f64>,
    /// Red beyond here.
    pub red: Option<f64>,
}

/// A kind of thing that a reader sees to be known of them: what a block claims, what a pick or a cart line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visible {
    /// The order of a menu.
    Menu,
    /// What they bought.
    Orders,
    /// What lies in the cart.
    Cart,
    /// Where they live.
    City,
    /// What they told: names, language, loyalty, extra columns.
    Declared,
    /// What they answered.
    Answers,
    /// Cards and contracts.
    Contracts,
    /// Age, birthday, gender.
    Age,
    /// A taste guessed from acts and orders.
    InferredInterest,
    /// A category they looked at.
    ViewedCategory,
    /// One thing they looked at.
    ViewedItem,
    /// Words they searched for.
    Searched,
    /// An estimate of what they will do.
    Score,
    /// A claim that no list knows.
    Other,
}

impl Visible {
    /// All kinds, with their usual points; `docs/privacy.md` says why.
    pub const ALL: [(Self, &'static str, u32); 14] = [
        (Self::Menu, "menu", 1),
        (Self::Orders, "orders", 1),
        (Self::Cart, "cart", 1),
        (Self::City, "city", 1),
        (Self::Declared, "declared", 1),
        (Self::Answers, "answers", 1),
        (Self::Contracts, "contracts", 1),
        (Self::Age, "age", 2),
        (Self::InferredInterest, "inferred_interest", 2),
        (Self::ViewedCategory, "viewed_category", 2),
        (Self::ViewedItem, "viewed_item", 3),
        (Self::Searched, "searched", 3),
        (Self::Score, "score", 3),
        (Self::Other, "other", 3),
    ];

    /// Reads a claim of a block; `None` for those that say nothing of the reader (`urgency`, `social_proof`).
    pub fn of_claim(claim: &str) -> Option<Self> {
        if matches!(claim, "urgency" | "social_proof") {
            return None;
        }
        Some(Self::ALL.iter().find(|(_, word, _)| *word == claim).map_or(Self::Other, |(kind, ..)| *kind))
    }

    /// Returns its word, as a block's `claims` writes it.
    pub fn word(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Returns its usual points.
    pub fn usual_points(self) -> u32 {
        Self::ALL[self as usize].2
    }

    /// Says whether it comes from watching, so that its freshness shows.
    pub fn is_watched(self) -> bool {
        matches!(self, Self::Cart | Self::ViewedCategory | Self::ViewedItem | Self::Searched)
    }
}

/// The same, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Privacy {
    /// Age from which a consent counts as none.
    pub consent_max_age: Option<Span>,
    /// Most points of a mail.
    pub budget: Option<u32>,
    /// Age under which a product looked at is not picked.
    pub min_age: Span,
    /// Points that replace the usual ones.
    pub points: BTreeMap<Visible, u32>,
}

impl Privacy {
    /// Age under which a product looked at is not picked when nothing is written.
    pub const MIN_AGE: Span = Span::hours(1);

    /// Returns the points of a kind of thing.
    pub fn points(&self, kind: Visible) -> u32 {
        self.points.get(&kind).copied().unwrap_or_else(|| kind.usual_points())
    }
}

#[cfg(test)]
mod tests {
    use super::Visible;

    #[test]
    fn the_table_is_in_the_order_of_the_enum_and_a_claim_reads_back() {
        for (at, (kind, word, points)) in Visible::ALL.into_iter().enumerate() {
            assert_eq!((kind as usize, kind.word(), kind.usual_points()), (at, word, points));
            assert_eq!(Visible::of_claim(word), Some(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(word.into()));
        }
        assert_eq!(Visible::of_claim("urgency"), None);
        assert_eq!(Visible::of_claim("their_star_sign"), Some(Visible::Other), "what no list knows weighs, it is not free");
    }
}
