//! The engine's values, made from a draft's JSON: keys of the contract are not copied, rows share the items they repeat.

use serde::ser::{SerializeMap as _, SerializeSeq as _, SerializeStruct as _};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value as Json};
use tera::{Context, Value};

/// Keys of the maps of the contract, in the order drafts write them; a map with others is copied key by key.
const SHAPES: [&[&str]; 15] = [
    &[
        "id",
        "title",
        "url",
        "image",
        "price",
        "list_price",
        "category",
        "brand",
        "description",
        "label",
        "because",
        "quantity",
        "social_proof",
        "stock",
        "low_stock",
        "available_until",
        "attr",
    ],
    &["minor", "currency"],
    &["n", "days"],
    &["block", "product"],
    &["rows", "items"],
    &["items"],
    &["rows", "items", "total", "n"],
    &["name", "topic", "url"],
    &["what", "brand", "last4", "expires_on", "days_left", "title"],
    &["id", "first_name", "last_name", "locale", "language", "city", "country", "loyalty_tier", "loyalty_points", "lifecycle", "attr"],
    &["name", "title", "edition", "kind", "step"],
    &["name", "postal_address"],
    &["home", "unsubscribe", "preferences", "cart"],
    &["home", "unsubscribe", "preferences", "cart", "view"],
    &["name", "title", "percent", "code", "until"],
];

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
            Json::Object(entries) => match shape(entries) {
                Some(keys) => {
                    let mut object = serializer.serialize_struct("", keys.len())?;
                    for (key, json) in keys.iter().zip(entries.values()) {
                        object.serialize_field(key, &Lent(json))?;
                    }
                    object.end()
                }
                None => map(entries, serializer, Lent),
            },
            plain => plain.serialize(serializer),
        }
    }
}

fn shape(entries: &Map<String, Json>) -> Option<&'static [&'static str]> {
    let is_same = |keys: &&&[&str]| keys.len() == entries.len() && entries.keys().zip(**keys).all(|(key, known)| key == known);
    SHAPES.iter().find(is_same).copied()
}

fn map<'a, S: Serializer, T: Serialize>(
    entries: &'a Map<String, Json>,
    serializer: S,
    value: impl Fn(&'a Json) -> T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(entries.len()))?;
    for (key, json) in entries {
        map.serialize_entry(key, &value(json))?;
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

/// One slot: where it has `items` and `rows`, the rows hold the same items again.
struct Slot<'a>(&'a Json);

impl Serialize for Slot<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (Some(Json::Array(items)), Some(Json::Array(rows))) = (self.0.get("items"), self.0.get("rows")) else {
            return Lent(self.0).serialize(serializer);
        };
        let values: Vec<Value> = items.iter().map(|item| Value::from_serializable(&Lent(item))).collect();
        let mut repeated = items.iter().zip(&values).peekable();
        let mut cell = |json: &Json| match repeated.next_if(|(item, _)| is_same(item, json)) {
            Some((_, value)) => value.clone(),
            None => Value::from_serializable(&Lent(json)),
        };
        let rows: Vec<Value> = rows
            .iter()
            .map(|row| match row {
                Json::Array(cells) => Value::from(cells.iter().map(&mut cell).collect::<Vec<Value>>()),
                other => Value::from_serializable(&Lent(other)),
            })
            .collect();
        let (items, rows) = (Value::from(values), Value::from(rows));
        let mut slot = serializer.serialize_map(self.0.as_object().map(Map::len))?;
        for (key, json) in self.0.as_object().into_iter().flatten() {
            match key.as_str() {
                "items" => slot.serialize_entry("items", &items)?,
                "rows" => slot.serialize_entry("rows", &rows)?,
                key => slot.serialize_entry(key, &Lent(json))?,
            }
        }
        slot.end()
    }
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

    /// Lists the maps that would be copied key by key; attributes have keys of their own.
    fn without_shape(json: &Json, path: &str, found: &mut Vec<String>) {
        match json {
            Json::Array(items) => items.iter().for_each(|item| without_shape(item, path, found)),
            Json::Object(entries) => {
                if shape(entries).is_none() {
                    found.push(path.to_owned());
                }
                for (key, json) in entries.iter().filter(|(key, _)| *key != "attr") {
                    without_shape(json, &format!("{path}.{key}"), found);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn every_map_that_drafts_write_has_its_shape() {
        for kept in [
            include_str!("../../tests/golden/people/newsletter-en.json"),
            include_str!("../../tests/golden/people/cart-fr.json"),
            include_str!("../../tests/golden/people/card-fr.json"),
        ] {
            let context: Json = serde_json::from_str(kept).expect("a kept context");
            let mut found = Vec::new();
            without_shape(&context, "", &mut found);
            assert_eq!(found, ["", ".slots"]);
        }
        assert!(shape(item(1).as_object().expect("an item")).is_some());
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

    proptest! {
        #[test]
        fn any_json_is_as_serialised(slots in json(), other in json()) {
            assert_same(&json!({ "slots": slots, "other": other }));
        }
    }
}
