//! The engine's values, made from a draft's JSON: keys of the contract are not copied, rows share the items they repeat.

use std::sync::LazyLock;

use hashbrown::HashSet;
use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use tera::{Context, Value};

use super::plain::RIGHT;
use super::schema;

/// The keys of the contract, each kept once: what the engine holds of them is a reference.
static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| schema::words().into_iter().map(|key| &*Box::leak(key.into_boxed_str())).collect());

/// Makes the context of a template from an object; its values are those that serialising it would give.
pub(super) fn context(json: &Json) -> Context {
    let mut context = Context::new();
    for (name, json) in json.as_object().into_iter().flatten() {
        let value = match json {
            Json::Object(slots) if name == "slots" => Value::from_serializable(&Slots(slots)),
            json => Value::from_serializable(&Lent(json)),
        };
        context.insert_value(name.clone(), value);
    }
    context
}

/// A piece of JSON, serialised into the engine's values.
struct Lent<'a>(&'a Json);

impl Serialize for Lent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Lent(item))?;
                }
                list.end()
            }
            Json::Object(entries) => map(entries, serializer, Lent),
            // What a template writes with `right()` is no letter of anybody's words.
            Json::String(words) if words.contains(RIGHT) => serializer.serialize_str(&words.replace(RIGHT, "")),
            plain => plain.serialize(serializer),
        }
    }
}

/// A key of a map. The engine refers to the name of a variant, and copies any other text.
struct Key<'a>(&'a str);

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match KNOWN.get(self.0) {
            Some(known) => serializer.serialize_unit_variant("", 0, known),
            None => serializer.serialize_str(self.0),
        }
    }
}

fn map<'a, S: Serializer, T: Serialize>(
    entries: &'a Map<String, Json>,
    serializer: S,
    value: impl Fn(&'a Json) -> T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, json) in entries {
        map.serialize_entry(&Key(key), &value(json))?;
    }
    map.end()
}

/// The slots of a mail.
struct Slots<'a>(&'a Map<String, Json>);

impl Serialize for Slots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        map(self.0, serializer, Slot)
    }
}

/// One slot: where it has `items` and `rows`, the rows hold the same items again; a number of rows says how many are in each.
struct Slot<'a>(&'a Json);

impl Serialize for Slot<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Some(Json::Array(items)), Some(rows)) = (self.0.get("items"), self.0.get("rows")) else {
            return Lent(self.0).serialize(serializer);
        };
        let values: Vec<Value> = items.iter().map(|item| Value::from_serializable(&Lent(item))).collect();
        let rows = rows_of(rows, items, &values);
        let items = Value::from(values);
        let mut slot = serializer.serialize_map(self.0.as_object().map(Map::len))?;
        for (key, json) in self.0.as_object().into_iter().flatten() {
            match key.as_str() {
                "items" => slot.serialize_entry(&Key(key), &items)?,
                "rows" => slot.serialize_entry(&Key(key), &rows)?,
                _ => slot.serialize_entry(&Key(key), &Lent(json))?,
            }
        }
        slot.end()
    }
}

/// Makes the rows of a slot, of the values that its items have already.
fn rows_of(rows: &Json, items: &[Json], values: &[Value]) -> Value {
    if let Some(per_row) = rows.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0) {
        return Value::from(values.chunks(per_row).map(Value::from).collect::<Vec<Value>>());
    }
    let Json::Array(rows) = rows else { return Value::from_serializable(&Lent(rows)) };
    let mut repeated = items.iter().zip(values).peekable();
    let mut cell = |json: &Json| match repeated.next_if(|(item, _)| is_same(item, json)) {
        Some((_, value)) => value.clone(),
        None => Value::from_serializable(&Lent(json)),
    };
    let row = |row: &Json| match row {
        Json::Array(cells) => Value::from(cells.iter().map(&mut cell).collect::<Vec<Value>>()),
        other => Value::from_serializable(&Lent(other)),
    };
    Value::from(rows.iter().map(row).collect::<Vec<Value>>())
}

/// Compares in order of keys, which is that of drafts, and so without looking keys up.
fn is_same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Object(a), Json::Object(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && is_same(a.1, b.1)),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b)),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn as_serialised(json: &Json) -> Context {
        Context::from_serialize(json).expect("an object")
    }

    /// What templates would write, maps in the order of their keys: equality of values does not look at it.
    fn written(context: &Context, json: &Json) -> Vec<String> {
        json.as_object().into_iter().flatten().map(|(name, _)| context.get(name).expect("a value").to_string()).collect()
    }

    fn assert_same(json: &Json) {
        assert_eq!(context(json), as_serialised(json));
        assert_eq!(written(&context(json), json), written(&as_serialised(json), json));
    }

    fn item(n: u64) -> Json {
        json!({
            "id": n.to_string(), "title": "a title of more than twenty-one bytes", "url": null, "image": "",
            "price": { "minor": n, "currency": "EUR" }, "list_price": null, "category": "a > b", "brand": null, "description": -3,
            "label": "usual", "because": 1.5, "quantity": n, "social_proof": { "n": n, "days": 7 }, "stock": n, "low_stock": null,
            "available_until": "2011-12-24", "attr": { "b": "1", "a": true },
        })
    }

    /// Lists the keys that are copied; attributes and slots have names of their own.
    fn copied(value: &Value, path: &str, found: &mut Vec<String>) {
        value.as_array().into_iter().flatten().for_each(|item| copied(item, path, found));
        for (key, value) in value.as_map().into_iter().flatten() {
            let name = key.as_str().unwrap_or_default();
            if matches!(key, tera::value::Key::String(_)) {
                found.push(format!("{path}.{name}"));
            } else if name != "attr" {
                copied(value, &format!("{path}.{name}"), found);
            }
        }
    }

    #[test]
    fn no_key_that_drafts_write_is_copied() {
        for kept in [
            include_str!("../../tests/golden/people/newsletter-en.json"),
            include_str!("../../tests/golden/people/cart-fr.json"),
            include_str!("../../tests/golden/people/card-fr.json"),
        ] {
            let json: Json = serde_json::from_str(kept).expect("a kept context");
            let (made, mut found) = (context(&json), Vec::new());
            for (name, json) in json.as_object().expect("an object") {
                let made = made.get(name).expect("a value");
                for slot in json.as_object().filter(|_| name == "slots").into_iter().flat_map(Map::keys) {
                    copied(made.get_from_path(slot).expect("a slot"), slot, &mut found);
                }
                if name != "slots" {
                    copied(made, name, &mut found);
                }
            }
            assert_eq!(found, <Vec<String>>::new());
        }
        assert!(["published_at", "place", "amount", "role", "customer_since", "answers"].iter().all(|key| KNOWN.contains(key)));
    }

    #[test]
    fn no_words_of_data_are_what_right_writes() {
        let context = context(&json!({ "product": { "title": format!("Set of{RIGHT} 2"), "tags": [format!("{RIGHT}")] } }));
        assert_eq!(
            context.get("product").expect("a value").to_string(),
            Value::from_serializable(&json!({ "title": "Set of 2", "tags": [""] })).to_string()
        );
    }

    #[test]
    fn rows_are_shared_and_all_is_as_serialised() {
        let items = [item(1), item(2), item(3)];
        for rows in [json!([[item(1), item(2)], [item(3)]]), json!([[item(2), item(1)], [item(3), item(4)]]), json!([]), json!([1, [[]]])] {
            assert_same(&json!({
                "slots": { "picks": { "rows": rows, "items": items, "total": null }, "hero": { "block": "b" }, "odd": 3, "more": { "rows": rows } },
                "offer": { "name": "o", "title": null, "percent": 10, "code": "X", "until": "2011-12-24" },
                "because": ["orders"], "now": "2011-11-14T09:00:00Z", "lang": null, "recipient": { "last_name": "first", "id": 1 },
            }));
        }
        let items = json!([item(1), item(2), item(3)]);
        let counted = context(&json!({ "slots": { "picks": { "rows": 2, "items": items } } }));
        assert_eq!(counted, context(&json!({ "slots": { "picks": { "rows": [[item(1), item(2)], [item(3)]], "items": items } } })));
        let made = context(&json!({ "slots": { "picks": { "rows": [[item(1)]], "items": [item(1)] } } }));
        let at = |path| made.get("slots").and_then(|slots| slots.get_from_path(path)).and_then(Value::as_map).expect("an item");
        assert!(std::ptr::eq(at("picks.rows.0.0"), at("picks.items.0")), "the item is there once");
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<u64>().prop_map(Json::from),
            any::<f64>().prop_map(Json::from),
            "[a-zé]{0,30}".prop_map(Json::from)
        ];
        let key = prop_oneof!["minor|currency|items|rows|block|name", "[a-z]{1,3}"];
        leaf.prop_recursive(5, 60, 5, move |inner| {
            let list = proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from);
            let entries = proptest::collection::vec((key.clone(), inner), 0..5);
            prop_oneof![list, entries.prop_map(|entries| Json::Object(entries.into_iter().collect()))]
        })
    }

    /// A number where a slot has rows stands for them.
    fn without_counts(mut slots: Json) -> Json {
        for slot in slots.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Json::as_object_mut) {
            slot.retain(|key, value| key != "rows" || !value.is_number());
        }
        slots
    }

    proptest! {
        #[test]
        fn any_json_is_as_serialised(slots in json().prop_map(without_counts), other in json()) {
            assert_same(&json!({ "slots": slots, "other": other }));
        }
    }
}
