//! Checks of `[trigger]`: each key belongs to the kind that reads it, and can be read.

use super::Notes;
use crate::project::campaign::{TriggerKind, TriggerSpec};
use crate::project::checked::percentage;
use crate::project::layer::Layers;
use crate::project::parse;
use crate::project::trigger::{DateField, Trigger};

/// Kinds of act that are kept with their product and category.
const ACTS: [&str; 6] = ["view", "search", "cart_add", "cart_remove", "checkout", "purchase"];

/// Keys that each kind of trigger reads, besides `on` and `stop`.
fn used_keys(kind: TriggerKind) -> &'static [&'static str] {
    match kind {
        TriggerKind::AbandonedBrowse => &["within", "min_views"],
        TriggerKind::BackInStock => &["within", "since"],
        TriggerKind::PriceDrop => &["within", "since", "min_drop"],
        TriggerKind::Dormant => &["silence", "rhythm"],
        TriggerKind::Date => &["field", "yearly"],
        TriggerKind::Event => &["event", "about"],
        TriggerKind::AbandonedCart
        | TriggerKind::Welcome
        | TriggerKind::PostPurchase
        | TriggerKind::Replenishment
        | TriggerKind::ExpiringPayment
        | TriggerKind::EndingContract
        | TriggerKind::Birthday => &[],
    }
}

/// Checks a trigger; its mistakes are noted.
pub(in crate::project) fn check(notes: &mut Notes<'_>, layers: &Layers, spec: &TriggerSpec) -> Trigger {
    let used = used_keys(spec.on);
    let kind = serde_json::to_value(spec.on).ok().and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    for (key, place) in layers.keys(&["trigger"]) {
        if !matches!(key.as_str(), "on" | "stop") && !used.contains(&key.as_str()) {
            let message = format!("`{key}` means nothing for a trigger on `{kind}`");
            let label = if used.is_empty() { "no such key".to_owned() } else { format!("keys are {}", parse::list(used)) };
            notes.error("trigger::unused-key", place, message, label, format!("remove `{key}`, or change `on`"));
        }
    }
    for written in [&spec.within, &spec.silence].into_iter().flatten() {
        notes.span(written);
    }
    if spec.min_views == Some(0) {
        let place = notes.locate(&["trigger", "min_views"]);
        let help = "write for example `min_views = 2`";
        notes.error("trigger::no-view", place, "a product nobody looked at starts nothing".to_owned(), "at least 1", help);
    }
    if let Some(written) = spec.min_drop.as_ref().filter(|written| percentage(written.get_ref()).is_none()) {
        let message = format!("`{}` is not a percentage", written.get_ref());
        notes.error("campaign::not-a-percentage", written.span(), message, "from 0% to 100%", "write for example `10%`");
    }
    if spec.rhythm.is_some_and(|times| !times.is_finite() || times <= 0.0) {
        let place = notes.locate(&["trigger", "rhythm"]);
        let message = format!("`rhythm` is {}", spec.rhythm.unwrap_or_default());
        notes.error("trigger::bad-rhythm", place, message, "times the person's own rhythm, above 0", "write for example `rhythm = 2.0`");
    }
    date(notes, spec);
    event(notes, spec);
    Trigger::read(spec)
}

fn date(notes: &mut Notes<'_>, spec: &TriggerSpec) {
    if spec.on != TriggerKind::Date {
        return;
    }
    let help = "write `field = \"attr.NAME\"` for a column of the contacts, `field = \"birthday\"` or `field = \"created_at\"`";
    match &spec.field {
        None => {
            let place = notes.locate(&["trigger"]);
            notes.error("trigger::no-field", place, "the trigger does not say which date".to_owned(), "`field` belongs here", help);
        }
        Some(written) if DateField::parse(written.get_ref()).is_none() => {
            let message = format!("`{}` is not a date of a contact", written.get_ref());
            notes.error("trigger::not-a-date", written.span(), message, "`birthday`, `created_at` or `attr.NAME`", help);
        }
        Some(_) => {}
    }
}

fn event(notes: &mut Notes<'_>, spec: &TriggerSpec) {
    if spec.on != TriggerKind::Event {
        return;
    }
    let Some(event) = spec.event.as_ref().filter(|event| !event.get_ref().trim().is_empty()) else {
        let place = notes.locate(&["trigger"]);
        let help = "add `event = \"review\"`: a kind of act of the events source";
        notes.error("trigger::no-event", place, "the trigger does not say which act".to_owned(), "`event` belongs here", help);
        return;
    };
    if let Some(about) = spec.about.as_ref().filter(|_| !ACTS.contains(&event.get_ref().as_str())) {
        let message = format!("of an act `{}` only the instant is kept", event.get_ref());
        let label = format!("goes with {}", parse::list(&ACTS));
        notes.error("trigger::about-custom", about.span(), message, label, "remove `about`, or name another act");
    }
}
