//! `[privacy.blur]` of `relance.toml`: how much of what each person did the models of picks may see.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[privacy]`: what models may see of people.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PrivacySection {
    /// What the models of picks learn from is blurred before, and what they keep after; absent: neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blur: Option<BlurSection>,
}

impl PrivacySection {
    pub(super) fn is_absent(&self) -> bool {
        self.blur.is_none()
    }
}

/// `[privacy.blur]`: what is not written is as in [`Blur::default`].
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct BlurSection {
    /// How exact the time of an act is, `week` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<BlurTime>,
    /// Most lines of one person in each table, the latest; 200 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_person: Option<u32>,
    /// Most lines of one person about one product, the latest; 10 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_product: Option<u32>,
    /// Least people behind a pair of products that is kept; 3 when absent, and never less.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<u32>,
    /// Scale of the noise on the number of people behind a pair, in people; 1 when absent, 0 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
}

/// How exact the time of an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlurTime {
    /// Its day in UTC, as models see it anyway.
    Day,
    /// The Monday of its week.
    Week,
}

impl BlurTime {
    /// Returns its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}

/// The same, checked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Blur {
    /// How exact the time of an act is.
    pub time: BlurTime,
    /// Most lines of one person in each table.
    pub per_person: u32,
    /// Most lines of one person about one product.
    pub per_product: u32,
    /// Least people behind a pair that is kept.
    pub support: u32,
    /// Scale of the Laplace noise, in people.
    pub noise: f64,
}

impl Blur {
    /// The least support that may be written: behind a pair of two people each knows the other.
    pub const SUPPORT_LEAST: u32 = 3;
    /// The most noise that may be written: beyond, nothing is learned but noise.
    pub const NOISE_MOST: f64 = 100.0;
}

impl Default for Blur {
    fn default() -> Self {
        Self { time: BlurTime::Week, per_person: 200, per_product: 10, support: Self::SUPPORT_LEAST, noise: 1.0 }
    }
}
