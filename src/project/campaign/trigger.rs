//! `[trigger]` of a campaign file: what starts a sequence for one person, and what stops it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// `[trigger]`. Keys that the kind of trigger does not use are refused.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerSpec {
    /// What starts the sequence.
    pub on: TriggerKind,
    /// Conditions of which any one ends the sequence; judged when it is planned, and again before each mail is sent.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub stop: Vec<Spanned<String>>,
    /// `abandoned_browse`, `back_in_stock`, `price_drop`: how far back a look at a product counts; `30d` when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub within: Option<Spanned<String>>,
    /// `abandoned_browse`: times a product must have been looked at; 2 when absent.
    #[serde(default)]
    pub min_views: Option<u32>,
    /// `price_drop`: least reduction, a share of the list price, e.g. `10%`; any when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub min_drop: Option<Spanned<String>>,
    /// `back_in_stock`, `price_drop`: extra column of the products that says since when; `restocked_at` and `price_since` when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub since: Option<Spanned<String>>,
    /// `dormant`: silence after the last order, e.g. `120d`; the project's `dormant_after` when absent.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub silence: Option<Spanned<String>>,
    /// `dormant`: silence in times the person's own rhythm of orders, for those who have one; 3 and no less than `silence` when absent.
    #[serde(default)]
    pub rhythm: Option<f64>,
    /// `date`: `birthday`, `created_at`, or `attr.NAME` for an extra column that holds dates.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub field: Option<Spanned<String>>,
    /// `date`: comes back every year; 29 February is kept on the 28th when there is no 29th.
    #[serde(default)]
    pub yearly: bool,
    /// `event`: kind of act: `view`, `search`, `cart_add`, `cart_remove`, `checkout`, `purchase` or a kind of your own.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub event: Option<Spanned<String>>,
    /// `event`, of the kinds that are not your own: only acts on this product or topic, e.g. `tea`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub about: Option<Spanned<String>>,
}

/// What can start a sequence for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A cart with open lines and no purchase since.
    AbandonedCart,
    /// Products looked at again and again, with neither a cart nor an order since.
    AbandonedBrowse,
    /// A product that was looked at or put in a cart, and came back for sale since.
    BackInStock,
    /// A product that was looked at or put in a cart, and was reduced since.
    PriceDrop,
    /// The person came into the contacts.
    Welcome,
    /// An order, each by itself.
    PostPurchase,
    /// A product bought again and again, when the person's own interval is nearly over.
    Replenishment,
    /// No order for longer than usual, once for each silence.
    Dormant,
    /// A date of the contact.
    Date,
    /// An act on the site.
    Event,
    /// A payment method that expires and has not been replaced.
    ExpiringPayment,
    /// A contract that ends and does not renew.
    EndingContract,
    /// The person's birthday.
    Birthday,
}

impl TriggerKind {
    /// Says whether it rests on what the person did on the site, which takes consent to profiling.
    pub fn rests_on_behaviour(self) -> bool {
        matches!(self, Self::AbandonedCart | Self::AbandonedBrowse | Self::BackInStock | Self::PriceDrop | Self::Event)
    }

    /// Says whether a person may have several at one time, each with a sequence of its own.
    pub fn comes_in_numbers(self) -> bool {
        matches!(self, Self::BackInStock | Self::PriceDrop | Self::PostPurchase | Self::Replenishment | Self::Event)
    }

    /// Says whether what starts it is in the catalogue, which may change while mails go out.
    pub fn rests_on_catalogue(self) -> bool {
        matches!(self, Self::BackInStock | Self::PriceDrop)
    }
}
