//! `[pressure]`: when nobody is written to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// `[pressure]`: what spares people, over all campaigns.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PressureSection {
    /// Hours at which no mail leaves, on the recipient's own clock, e.g. `21:00-08:00`; compulsory mails keep them too.
    #[schemars(with = "Option<String>")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<Spanned<String>>,
}
