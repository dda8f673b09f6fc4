//! What the products of a slot are for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TriggerKind;

/// What the products of a slot are for; `for_you` weighs what it learned, and chooses, accordingly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// What suits the person, whatever they did last.
    #[default]
    Newsletter,
    /// What goes with the cart they left.
    Cart,
    /// What goes with what they looked at and searched for.
    Browse,
    /// What brings back who ordered nothing for long.
    Reactivation,
    /// What goes with their looks and last purchases, and is of another category.
    Complement,
    /// What is of the category of their looks and last purchases, and 1.1 to 1.6 times as dear.
    UpSell,
}

impl Purpose {
    /// Returns the purpose of the products of a mail that is started so.
    pub fn of(trigger: Option<TriggerKind>) -> Self {
        match trigger {
            Some(TriggerKind::AbandonedCart) => Self::Cart,
            Some(TriggerKind::AbandonedBrowse | TriggerKind::BackInStock | TriggerKind::PriceDrop) => Self::Browse,
            Some(TriggerKind::Dormant) => Self::Reactivation,
            _ => Self::Newsletter,
        }
    }
}
