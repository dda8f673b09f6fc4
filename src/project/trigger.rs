//! A trigger whose every part is valid, with the values that stand when nothing is written.

use super::campaign::{TriggerKind, TriggerSpec};
use super::checked::percentage;
use crate::clock::Span;

/// How far back a look at a product counts.
const WITHIN: Span = Span::days(30);
/// Looks at a product that make an interest.
const MIN_VIEWS: u32 = 2;

/// What starts a sequence for one person.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The kind.
    pub on: TriggerKind,
    /// How far back a look at a product counts.
    pub within: Span,
    /// Looks at a product that make an interest, at least 1.
    pub min_views: u32,
    /// Least reduction in percent of the list price, 0 to 100.
    pub min_drop: f64,
    /// Extra column of the products that says since when they are back, or at this price.
    pub since: String,
    /// Silence after the last order; the project's when absent.
    pub silence: Option<Span>,
    /// Silence in times the person's own rhythm, above 0.
    pub rhythm: Option<f64>,
    /// Date it hangs on.
    pub field: Option<DateField>,
    /// Whether the date comes back every year.
    pub yearly: bool,
    /// Kind of act.
    pub event: String,
    /// Product or topic that an act must be about, as written.
    pub about: Option<String>,
}

/// A date of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DateField {
    /// Day of birth.
    Birthday,
    /// Day the record was made.
    CreatedAt,
    /// An extra column.
    Attribute(String),
}

impl DateField {
    /// Reads `birthday`, `created_at` or `attr.NAME`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "birthday" => Some(Self::Birthday),
            "created_at" => Some(Self::CreatedAt),
            other => other.strip_prefix("attr.").filter(|name| !name.is_empty()).map(|name| Self::Attribute(name.to_owned())),
        }
    }
}

impl Trigger {
    /// Reads what is written; a part that cannot be read stands as if it were absent.
    pub fn read(spec: &TriggerSpec) -> Self {
        let text = |written: &Option<toml::Spanned<String>>| written.as_ref().map(|written| written.get_ref().clone());
        let span = |written: &Option<toml::Spanned<String>>| written.as_ref().and_then(|written| Span::parse(written.get_ref()));
        let since = if spec.on == TriggerKind::PriceDrop { "price_since" } else { "restocked_at" };
        Self {
            on: spec.on,
            within: span(&spec.within).unwrap_or(WITHIN),
            min_views: spec.min_views.unwrap_or(MIN_VIEWS).max(1),
            min_drop: spec.min_drop.as_ref().and_then(|written| percentage(written.get_ref())).unwrap_or(0.0),
            since: text(&spec.since).unwrap_or_else(|| since.to_owned()),
            silence: span(&spec.silence),
            rhythm: spec.rhythm,
            field: spec.field.as_ref().and_then(|written| DateField::parse(written.get_ref())),
            yearly: spec.yearly,
            event: text(&spec.event).unwrap_or_default(),
            about: text(&spec.about),
        }
    }
}
