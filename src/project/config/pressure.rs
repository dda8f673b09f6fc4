//! `[pressure]`: when nobody is written to, and how much anybody is, beside the caps of `[limits]`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// `[pressure]`: what spares people, over all campaigns; but for the quiet hours, compulsory mails are exempt.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PressureSection {
    /// Hours at which no mail leaves, on the recipient's own clock, e.g. `21:00-08:00`; compulsory mails keep them too.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<Spanned<String>>,
    /// Least time between two mails to one person, e.g. `24h`.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_gap: Option<Spanned<String>>,
    /// Most mails to all the people of one `account_id`, e.g. `2 per 7d`; each entry must hold.
    #[schemars(with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub account_caps: Vec<Spanned<String>>,
    /// Most personal blocks shown to one person over all campaigns, e.g. `6 per 7d`; above it the least important of a mail fall back to
    /// the general one. Each entry must hold.
    #[schemars(with = "Vec<String>")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub personal_blocks: Vec<Spanned<String>>,
    /// Roles in an account, those to write to first; others come after them, and people of one role by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// People to be written to less often.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slower: Vec<SlowerSpec>,
}

/// `[[pressure.slower]]`: people to be written to less often; at least one of `factor` and `caps`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowerSpec {
    /// Condition that tells them, e.g. `score('unsubscribe') > 0.7`.
    #[schemars(with = "String")]
    pub when: Spanned<String>,
    /// Times that the windows of the caps and the gap are longer for them, above 1.
    #[serde(default)]
    pub factor: Option<f64>,
    /// Caps that must hold for them besides, e.g. `1 per 30d`.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub caps: Vec<Spanned<String>>,
}
