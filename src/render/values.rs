//! What a template sees, in the engine's own values: read straight from the text of a draft, without a tree of JSON in between.
//!
//! Keys of the contract are not copied. Products come back in mail after mail, so that each thread keeps those it has read.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::LazyLock;

use hashbrown::HashSet;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use tera::value::Key;
use tera::{Context, Map, Value};

use super::generations::Generations;
use super::plain::RIGHT;
use super::schema;

/// The keys of the contract, each kept once: what the engine holds of them is a reference.
static KNOWN: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| schema::words().into_iter().map(|key| &*Box::leak(key.into_boxed_str())).collect());

/// Bytes of the texts of a generation of items, at most: the values made of them take some five times as much.
const TEXTS_BYTES_MAX: usize = 768 * 1024;
/// Bytes of the text of an item that is kept, at most.
const ITEM_BYTES_MAX: usize = 4_096;

thread_local!(static ITEMS: RefCell<Generations<Box<str>, Value>> = RefCell::new(Generations::new(TEXTS_BYTES_MAX)));

/// The context of one mail, of the shape of ARCHITECTURE.md, "What a template sees".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Values(Context);

impl Values {
    /// Reads an object; anything else has no values.
    pub fn of(json: &Json) -> Self {
        // There is nothing that a tree of JSON can hold and a value cannot.
        json.deserialize_any(Whole { is_text: false }).unwrap_or_default()
    }

    /// Returns the text of an entry of a map, such as `campaign` and `kind`.
    pub fn text(&self, map: &str, name: &str) -> Option<&str> {
        self.0.get(map)?.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name))?.1.as_str()
    }

    /// Puts texts in a map, where the context has it or says `null`.
    pub fn put<'t>(&mut self, map: &'static str, texts: impl IntoIterator<Item = (&'static str, Option<&'t str>)>) {
        if !self.0.get(map).is_some_and(|value| value.is_map() || value.is_none()) {
            return;
        }
        let mut entries = self.0.remove(map).and_then(Value::into_map).unwrap_or_default();
        entries.extend(texts.into_iter().map(|(name, text)| (Key::Str(name), Value::from(text))));
        self.0.insert_value(map, Value::from(entries));
    }

    /// Puts a value in the context.
    pub fn insert(&mut self, name: &'static str, json: &Json) {
        self.0.insert_value(name, Reader { place: Place::Plain, is_text: false }.deserialize(json).unwrap_or_else(|_| Value::none()));
    }

    /// Returns what the engine fills a template with.
    pub(super) fn context(&self) -> &Context {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Whole { is_text: true })
    }
}

/// Reads the context itself.
struct Whole {
    is_text: bool,
}

impl<'de> Visitor<'de> for Whole {
    type Value = Values;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the context of a mail")
    }

    fn visit_unit<E>(self) -> Result<Values, E> {
        Ok(Values::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Values, A::Error> {
        let mut context = Context::new();
        while let Some(name) = entries.next_key_seed(Name)? {
            let place = if name == Key::Str("slots") { Place::Slots } else { Place::Plain };
            let value = entries.next_value_seed(Reader { place, is_text: self.is_text })?;
            context.insert_value(owned(name), value);
        }
        Ok(Values(context))
    }
}

fn owned(name: Key<'static>) -> Cow<'static, str> {
    match name {
        Key::Str(known) => known.into(),
        other => other.as_str().unwrap_or_default().to_owned().into(),
    }
}

/// The name of an entry.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Key<'static>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Key<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(KNOWN.get(name).map_or_else(|| Key::String(name.into()), |known| Key::Str(known)))
    }
}

/// Where in the context a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    /// The slots of a mail.
    Slots,
    /// One slot: where it has items, a number of rows says how many of them are in each.
    Slot,
    /// Its items in rows.
    Rows,
    /// Items, of which each is read once.
    Items,
}

impl Place {
    /// Returns where an entry stands.
    fn of_entry(self, name: &Key<'_>) -> Self {
        match (self, name.as_str()) {
            (Self::Slots, _) => Self::Slot,
            (Self::Slot, Some("items")) => Self::Items,
            (Self::Slot, Some("rows")) => Self::Rows,
            _ => Self::Plain,
        }
    }
}

/// Reads the value at a place.
#[derive(Debug, Clone, Copy)]
struct Reader {
    place: Place,
    /// It is read from a text: items can be known by theirs.
    is_text: bool,
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    /// What a template writes with `right()` is no letter of anybody's words.
    fn visit_str<E>(self, words: &str) -> Result<Value, E> {
        Ok(if words.contains(RIGHT) { words.replace(RIGHT, "").into() } else { words.into() })
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::none())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        if self.is_text && self.place == Place::Items {
            while let Some(raw) = elements.next_element::<&RawValue>()? {
                values.push(item(raw.get()).map_err(A::Error::custom)?);
            }
        } else {
            let place = if self.place == Place::Rows { Place::Items } else { Place::Plain };
            while let Some(value) = elements.next_element_seed(Self { place, ..self })? {
                values.push(value);
            }
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = entries.next_key_seed(Name)? {
            let place = self.place.of_entry(&name);
            map.insert(name, entries.next_value_seed(Self { place, ..self })?);
        }
        if self.place == Place::Slot {
            widen(&mut map);
        }
        Ok(map.into())
    }
}

/// Reads an item, or finds it among those read before.
fn item(text: &str) -> serde_json::Result<Value> {
    if let Some(known) = ITEMS.with_borrow_mut(|items| items.find(text)) {
        return Ok(known);
    }
    let value = Reader { place: Place::Plain, is_text: true }.deserialize(&mut serde_json::Deserializer::from_str(text))?;
    if text.len() <= ITEM_BYTES_MAX {
        ITEMS.with_borrow_mut(|items| items.keep(text.into(), value.clone(), text.len()));
    }
    Ok(value)
}

/// Makes the rows of a slot that says how many of its items are in each.
fn widen(slot: &mut Map) {
    let per_row = slot.get(&Key::Str("rows")).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let (Some(per_row), Some(items)) = (per_row, slot.get(&Key::Str("items")).and_then(Value::as_array)) else { return };
    let rows = items.chunks(per_row).map(Value::from).collect::<Vec<Value>>();
    slot.insert(Key::Str("rows"), rows.into());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Reads the text of a context; the tree gives the same.
    fn context(json: &Json) -> Context {
        let read: Values = serde_json::from_str(&json.to_string()).expect("a context");
        assert_eq!(read, Values::of(json));
        read.0
    }

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
                for slot in json.as_object().filter(|_| name == "slots").into_iter().flat_map(serde_json::Map::keys) {
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

    #[test]
    fn a_thread_keeps_what_comes_back_few_items_and_no_large_one() {
        let read = |title: &str| {
            let json = json!({ "slots": { "picks": { "items": [{ "title": title }] } } });
            let read = context(&json);
            assert_eq!(written(&read, &json), written(&as_serialised(&json), &json));
            std::ptr::from_ref(read.get("slots").and_then(|slots| slots.get_from_path("picks.items.0")?.as_map()).expect("an item"))
        };
        let n_kept = || ITEMS.with_borrow(|items| items.keys().count());
        let before = n_kept();
        read(&"x".repeat(ITEM_BYTES_MAX));
        assert_eq!(n_kept(), before);
        let often = read("often");
        let n_bytes = || ITEMS.with_borrow(|items| items.keys().map(|text| text.len()).sum::<usize>());
        for n in 0..2_000 {
            read(&format!("{n}{}", " ".repeat(1_000)));
            assert_eq!(read("often"), often);
        }
        assert!((TEXTS_BYTES_MAX..=TEXTS_BYTES_MAX * 2).contains(&n_bytes()), "{}", n_bytes());
        assert!(ITEMS.with_borrow(|items| items.keys().all(|text| !text.contains("\"0 "))), "gone");
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
        for slot in slots.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut).filter_map(Json::as_object_mut) {
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
