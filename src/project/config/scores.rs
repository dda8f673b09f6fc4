//! `[scores.NAME]`: what people are likely to do, as conditions name it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// `[scores.NAME]`: a score; `score('NAME')` in a condition is its value, `undecided('NAME')` whether it lies in the band.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreSpec {
    /// What it says of a person.
    pub kind: ScoreKind,
    /// Within how many whole days it happens, e.g. `14d`; of `purchase`, `churn`, `unsubscribe` and `uplift`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub within: Option<Spanned<String>>,
    /// The segment that people resemble; of `lookalike`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub seed: Option<Spanned<String>>,
    /// The extra column of the contacts that holds it; of `column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub column: Option<Spanned<String>>,
    /// The campaign whose holdout it is learned from; of `uplift`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub campaign: Option<Spanned<String>>,
    /// Scores between which a person is undecided, lowest and highest; those of the model when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<[f64; 2]>")]
    pub undecided: Option<Spanned<[f64; 2]>>,
}

/// What a score says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreKind {
    /// How likely the person is to order within a time.
    Purchase,
    /// How likely a person who ordered before is not to within a time.
    Churn,
    /// How likely the person is to take back their consent within a time.
    Unsubscribe,
    /// How much the person resembles the people of a segment, 0 to 1.
    Lookalike,
    /// A number that another system computed.
    Column,
    /// How much more likely the person is to order within a time because of a campaign.
    Uplift,
}

impl ScoreKind {
    /// Returns the word that is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Churn => "churn",
            Self::Unsubscribe => "unsubscribe",
            Self::Lookalike => "lookalike",
            Self::Column => "column",
            Self::Uplift => "uplift",
        }
    }

    /// Says whether it is learned, and so has a model.
    pub fn is_learned(self) -> bool {
        self != Self::Column
    }

    /// Says whether its model says between which scores a person is undecided.
    pub fn has_band(self) -> bool {
        !matches!(self, Self::Column | Self::Uplift)
    }

    /// Says whether it is about a time to come.
    pub fn has_horizon(self) -> bool {
        matches!(self, Self::Purchase | Self::Churn | Self::Unsubscribe | Self::Uplift)
    }
}
