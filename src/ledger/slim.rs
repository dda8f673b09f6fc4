//! Drafts without what they say twice: the `rows` of a slot repeat its `items`, and are stored as how many of them stand in a row.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::clock::Timestamp;
use crate::id::{CampaignName, ContactId, Edition};
use crate::plan::draft::{Draft, Explored, Leaves};

/// A draft as it is stored.
#[derive(Serialize)]
pub(super) struct Slim<'a> {
    campaign: &'a CampaignName,
    edition: &'a Edition,
    step: &'a Option<String>,
    recipient: &'a ContactId,
    address: &'a str,
    name: &'a Option<String>,
    locale: &'a str,
    at: Timestamp,
    variant: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours: &'a Option<Leaves>,
    #[serde(skip_serializing_if = "<[Explored]>::is_empty")]
    explored: &'a [Explored],
    context: Context<'a>,
}

impl<'a> From<&'a Draft> for Slim<'a> {
    fn from(draft: &'a Draft) -> Self {
        let Draft { campaign, edition, step, recipient, address, name, locale, at, variant, hours, explored, context } = draft;
        Self { campaign, edition, step, recipient, address, name, locale, at: *at, variant, hours, explored, context: Context(context) }
    }
}

struct Context<'a>(&'a Value);

impl Serialize for Context<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(entries) = self.0.as_object() else { return self.0.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(entries.len()))?;
        for (name, value) in entries {
            match value.as_object().filter(|_| name == "slots") {
                Some(slots) => map.serialize_entry(name, &Slots(slots))?,
                None => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

struct Slots<'a>(&'a Map<String, Value>);

impl Serialize for Slots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, slot) in self.0 {
            map.serialize_entry(name, &Slot(slot))?;
        }
        map.end()
    }
}

struct Slot<'a>(&'a Value);

impl Serialize for Slot<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Some(entries), Some(per_row)) = (self.0.as_object(), per_row(self.0)) else { return self.0.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(entries.len()))?;
        for (name, value) in entries {
            if name == "rows" { map.serialize_entry(name, &per_row)? } else { map.serialize_entry(name, value)? }
        }
        map.end()
    }
}

/// Returns how many items stand in each row but the last, when the rows of a slot hold its items and nothing else.
fn per_row(slot: &Value) -> Option<usize> {
    let (items, rows) = (slot.get("items")?.as_array()?, slot.get("rows")?.as_array()?);
    let per_row = rows.first()?.as_array()?.len().max(1);
    let is_same = rows.len() == items.len().div_ceil(per_row)
        && rows.iter().zip(items.chunks(per_row)).all(|(row, items)| row.as_array().is_some_and(|row| row == items));
    is_same.then_some(per_row)
}

/// Writes the rows of every slot out again.
pub(super) fn widen(context: &mut Value) {
    for slot in context.get_mut("slots").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        let per_row = slot.get("rows").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let (Some(per_row), Some(items)) = (per_row, slot.get("items").and_then(Value::as_array)) else { continue };
        let rows: Vec<&[Value]> = items.chunks(per_row).collect();
        slot["rows"] = json!(rows);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_stored_as_their_length_and_come_back() {
        let items: Vec<Value> = (0..5).map(|n| json!({ "id": n, "title": null })).collect();
        let rows = |n: usize| items.chunks(n).map(|row| json!(row)).collect::<Vec<_>>();
        for (slot, stored) in [
            (json!({ "rows": rows(2), "items": items }), json!(2)),
            (json!({ "rows": rows(7), "items": items, "total": null }), json!(5)),
            // What does not repeat the items stays as it is.
            (json!({ "rows": rows(2)[..2], "items": items }), json!(rows(2)[..2])),
            (json!({ "rows": [[1], [2]], "items": [2, 1] }), json!([[1], [2]])),
            (json!({ "rows": [], "items": [] }), json!([])),
            (json!({ "rows": [[]], "items": [] }), json!([[]])),
            (json!({ "block": "hero" }), Value::Null),
        ] {
            let whole = json!({ "recipient": { "rows": 3 }, "slots": { "picks": slot } });
            let mut read = serde_json::to_value(Context(&whole)).expect("JSON");
            assert_eq!(read["slots"]["picks"]["rows"], stored);
            widen(&mut read);
            assert_eq!(read, whole);
        }
    }
}
