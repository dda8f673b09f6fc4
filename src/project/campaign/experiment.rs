//! `[experiment]`: arms of one campaign that are told apart by one difference.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Localized, Strategy};

/// `[experiment]`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExperimentSpec {
    /// What people are drawn by: another name is another draw, of the holdout too.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// The arms may differ in several factors: what made the difference is then not known.
    #[serde(default)]
    pub mixed: bool,
    /// Two to eight arms; none, to give the draw of the holdout a name.
    #[serde(default)]
    pub arms: Vec<ArmSpec>,
}

/// `[[experiment.arms]]`: the campaign as written, but for what is said here.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArmSpec {
    /// Its name, in the ledger and in reports.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Its share of those not held out, e.g. `50%`; equal parts when no arm has one.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub share: Option<Spanned<String>>,
    /// Subject instead of the campaign's and its steps'.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub subject: Localized,
    /// Template instead of the campaign's and its steps'.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub template: Option<Spanned<String>>,
    /// For a slot, the block that comes first, where its reader may see it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub block: BTreeMap<Spanned<String>, Spanned<String>>,
    /// For a slot, a block that is left out.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub without_block: BTreeMap<Spanned<String>, Spanned<String>>,
    /// For a slot of products, the strategy that finds them instead.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Strategy>")]
    pub strategy: BTreeMap<Spanned<String>, Strategy>,
    /// The offer of every step instead, or `none`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub offer: Option<Spanned<String>>,
}

/// What arms may differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Factor {
    /// The subject.
    Subject,
    /// The template.
    Template,
    /// Blocks put first or left out.
    Block,
    /// Where products come from.
    Strategy,
    /// The offer.
    Offer,
}

impl Factor {
    /// Returns the key of the campaign file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Template => "template",
            Self::Block => "block",
            Self::Strategy => "strategy",
            Self::Offer => "offer",
        }
    }
}

impl ArmSpec {
    /// Returns what the arm differs in from the campaign as written.
    pub fn factors(&self) -> Vec<Factor> {
        let found = [
            (Factor::Subject, !self.subject.is_empty()),
            (Factor::Template, self.template.is_some()),
            (Factor::Block, !self.block.is_empty() || !self.without_block.is_empty()),
            (Factor::Strategy, !self.strategy.is_empty()),
            (Factor::Offer, self.offer.is_some()),
        ];
        found.into_iter().filter_map(|(factor, differs)| differs.then_some(factor)).collect()
    }
}
