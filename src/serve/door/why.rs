//! Why somebody got a mail, from the decision as it was stored: what it rests on, and why each thing was shown.

use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::ledger::Named;
use crate::serve::Lang;

/// Things shown of one mail.
const SHOWN_MAX: usize = 24;
/// Kinds of data that have words of their own.
const KINDS: [&str; 11] =
    ["declared", "demographics", "location", "orders", "views", "searches", "cart", "contracts", "consent", "answers", "scores"];
/// Strategies that have words of their own.
const LABELS: [&str; 14] = [
    "trigger",
    "usual",
    "cart",
    "recently_viewed",
    "also_bought",
    "similar",
    "up_sell",
    "complement",
    "popular_in_category",
    "popular_recent",
    "new_in",
    "for_you",
    "pinned",
    "exploration",
];

/// Returns what the page says of a mail: its title and day, the kinds of data, and the products with why they are there;
/// nothing once that is kept no longer.
pub(super) fn why(mail: &Named, zone: Tz, lang: Lang) -> Option<Value> {
    let context = &mail.draft.as_ref()?.context;
    let kinds = context.get("because").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let kinds: Vec<&str> = kinds.filter(|kind| KINDS.contains(kind)).collect();
    let slots = context.get("slots").and_then(Value::as_object);
    let items = slots.into_iter().flat_map(|slots| slots.values()).filter_map(|slot| slot.get("items")?.as_array()).flatten();
    let shown: Vec<Value> = items
        .filter_map(|item| {
            let (title, label) = (item.get("title")?.as_str()?, item.get("label")?.as_str()?);
            let seed = item.get("because").and_then(Value::as_str);
            LABELS
                .contains(&label)
                .then(|| json!({ "title": title, "key": format!("door-label-{}", label.replace('_', "-")), "seed": seed }))
        })
        .take(SHOWN_MAX)
        .collect();
    Some(json!({
        "title": context.pointer("/campaign/title"),
        "day": lang.day(mail.planned_for.date(zone)),
        "kinds": kinds.iter().map(|kind| format!("door-data-{kind}")).collect::<Vec<_>>(),
        "items": shown,
        "offer": context.pointer("/offer/title"),
    }))
}
