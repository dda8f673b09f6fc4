//! The shape of what a template sees (ARCHITECTURE.md, "What a template sees").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::input::{SlotDesign, SlotKind};

/// Labels a product can carry: the names of the strategies.
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

/// Topic of the example category: a message key made from it need not exist.
pub(super) const EXAMPLE_TOPIC: &str = "example-topic";

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    /// Anything: free attributes, computed values.
    Any,
    /// A text, number, truth value or `null`.
    Plain,
    /// A map with exactly these keys.
    Keys(BTreeMap<String, Shape>),
    /// A list of values of one shape.
    List(Box<Shape>),
}

fn keys<const N: usize>(entries: [(&str, Shape); N]) -> Shape {
    Shape::Keys(entries.into_iter().map(|(key, shape)| (key.to_owned(), shape)).collect())
}

fn plain(names: &str) -> BTreeMap<String, Shape> {
    names.split_whitespace().map(|name| (name.to_owned(), Shape::Plain)).collect()
}

fn money() -> Shape {
    keys([("minor", Shape::Plain), ("currency", Shape::Plain)])
}

fn item() -> Shape {
    let mut item =
        plain("id title url image brand category description label because quantity stock low_stock available_until published_at place");
    item.insert("social_proof".into(), keys([("n", Shape::Plain), ("days", Shape::Plain)]));
    item.insert("price".into(), money());
    item.insert("list_price".into(), money());
    item.insert("attr".into(), Shape::Any);
    Shape::Keys(item)
}

fn list(of: Shape) -> Shape {
    Shape::List(Box::new(of))
}

/// Returns the roots a mail with these slots may name.
pub(super) fn roots(slots: &BTreeMap<String, SlotDesign>, questions: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Shape> {
    let mut recipient = plain("id first_name last_name locale language city country loyalty_tier loyalty_points lifecycle role");
    recipient.insert("attr".into(), Shape::Any);
    let slot = |slot: &SlotDesign| match slot.kind {
        SlotKind::Block => keys([("block", Shape::Plain), ("product", item())]),
        SlotKind::Products => keys([("items", list(item())), ("rows", list(list(item())))]),
        SlotKind::Categories => keys([("items", list(Shape::Keys(plain("name topic url"))))]),
        SlotKind::Cart => keys([("items", list(item())), ("rows", list(list(item()))), ("total", money()), ("n", Shape::Plain)]),
        SlotKind::Subject => {
            let mut subject = plain("what brand last4 expires_on days_left title");
            subject.insert("price".into(), money());
            Shape::Keys(subject)
        }
    };
    let slots = slots.iter().map(|(name, design)| (name.clone(), slot(design))).collect();
    let mut roots = plain("now locale lang subject preheader");
    roots.insert("recipient".into(), Shape::Keys(recipient));
    let mut account = plain("id name industry plan employees seats customer_since");
    account.insert("attr".into(), Shape::Any);
    roots.insert("account".into(), Shape::Keys(account));
    roots.insert("campaign".into(), Shape::Keys(plain("name title edition kind step")));
    roots.insert("sender".into(), Shape::Keys(plain("name postal_address")));
    roots.insert("links".into(), Shape::Keys(plain("home unsubscribe preferences cart view")));
    roots.insert("slots".into(), Shape::Keys(slots));
    let question =
        |name: &String| (name.clone(), keys([("title", Shape::Plain), ("answers", list(Shape::Keys(plain("value title url"))))]));
    roots.insert("questions".into(), Shape::Keys(questions.keys().map(question).collect()));
    let mut offer = plain("name title percent code until");
    offer.insert("amount".into(), money());
    roots.insert("offer".into(), Shape::Keys(offer));
    roots.insert("because".into(), list(Shape::Plain));
    roots
}

/// Returns every key of the contract, whatever the slots and the questions.
pub(super) fn words() -> BTreeSet<String> {
    fn collect(shape: &Shape, found: &mut BTreeSet<String>) {
        match shape {
            Shape::Any | Shape::Plain => {}
            Shape::List(of) => collect(of, found),
            Shape::Keys(keys) => keys.iter().for_each(|(key, shape)| {
                found.insert(key.clone());
                collect(shape, found);
            }),
        }
    }
    let kinds = [SlotKind::Block, SlotKind::Products, SlotKind::Categories, SlotKind::Cart, SlotKind::Subject];
    let slot = |kind| SlotDesign { kind, blocks: Vec::new(), may_be_left_out: false, count: 0 };
    let slots = kinds.into_iter().enumerate().map(|(n, kind)| (n.to_string(), slot(kind))).collect();
    let mut found = BTreeSet::new();
    collect(&Shape::Keys(roots(&slots, &BTreeMap::from([(String::new(), Vec::new())]))), &mut found);
    found
}

/// How much of an example context is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Example {
    /// Every value is there.
    Full,
    /// Whatever may be unknown is `null`, every list is empty.
    Bare,
}

/// Lists the free attributes that texts name: `attr.size` gives `size`.
pub(super) fn attributes<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = texts
        .flat_map(|text| text.split(".attr.").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect())
        .filter(|name: &String| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Leaves an example no more items than its slots show.
pub(super) fn cut(context: &mut Value, slots: &BTreeMap<String, SlotDesign>) {
    for (name, slot) in slots {
        let Some(Value::Array(items)) = context.pointer_mut(&format!("/slots/{name}/items")) else { continue };
        items.truncate(slot.count);
        let rows: Vec<Value> = items.chunks(3).map(|row| json!(row)).collect();
        if let Some(shown) = context.pointer_mut(&format!("/slots/{name}/rows")) {
            *shown = json!(rows);
        }
    }
}

/// Builds a context of the right shape to try a template on; the nth block fills each slot, the last one where there are fewer. Past its
/// last one, a slot that a mail may do without is left out.
pub(super) fn example(
    slots: &BTreeMap<String, SlotDesign>,
    questions: &BTreeMap<String, Vec<String>>,
    how: Example,
    nth_block: usize,
    attributes: &[String],
) -> Value {
    let full = how == Example::Full;
    let maybe = |value: Value| if full { value } else { Value::Null };
    let attr: Map<String, Value> = attributes.iter().map(|name| (name.clone(), maybe(json!("1")))).collect();
    let pounds = |minor: i64| json!({ "minor": minor, "currency": "GBP" });
    let item = |label: &&str| {
        json!({
            "id": "P-1", "title": "Title", "url": "https://shop.example/p/1", "image": maybe(json!("p/1.jpg")), "price": pounds(1290),
            "list_price": maybe(pounds(1590)), "category": maybe(json!("a > b")), "brand": maybe(json!("Brand")),
            "description": maybe(json!("Text")), "label": label, "because": maybe(json!("because")), "quantity": maybe(json!(2)),
            "social_proof": maybe(json!({ "n": 12, "days": 7 })), "stock": maybe(json!(3)), "low_stock": maybe(json!(3)),
            "available_until": maybe(json!("2011-12-31")), "published_at": maybe(json!("2011-11-13")), "place": maybe(json!("Lyon")), "attr": attr,
        })
    };
    let shown: &[&str] = if full { &LABELS } else { &[] };
    let items: Vec<Value> = shown.iter().map(item).collect();
    let rows: Vec<Value> = items.chunks(3).map(|row| json!(row)).collect();
    let mut filled = Map::new();
    for (name, slot) in slots {
        let value = match slot.kind {
            SlotKind::Block if slot.may_be_left_out && nth_block >= slot.blocks.len() => json!({ "block": null, "product": null }),
            SlotKind::Block => json!({
                "block": slot.blocks.get(nth_block.min(slot.blocks.len().saturating_sub(1))), "product": maybe(item(&"pinned")),
            }),
            SlotKind::Products => json!({ "rows": rows, "items": items }),
            SlotKind::Categories if full => {
                json!({ "items": [{ "name": "Name", "topic": EXAMPLE_TOPIC, "url": "https://shop.example/c/name" }] })
            }
            SlotKind::Categories => json!({ "items": [] }),
            SlotKind::Cart => json!({ "rows": rows, "items": items, "total": pounds(2580), "n": if full { 3 } else { 0 } }),
            SlotKind::Subject => json!({
                "what": if full { "payment_method" } else { "contract" }, "brand": maybe(json!("Visa")), "last4": maybe(json!("4242")),
                "expires_on": "2011-12-31", "days_left": 30, "title": maybe(json!("Title")),
                "price": maybe(pounds(49_000)),
            }),
        };
        filled.insert(name.clone(), value);
    }
    let answer = |value: &String| json!({ "value": value, "title": "Answer", "url": maybe(json!("https://shop.example/q/t?q=q&a=a")) });
    let asked: Map<String, Value> = questions
        .iter()
        .map(|(name, answers)| (name.clone(), json!({ "title": "Question?", "answers": answers.iter().map(answer).collect::<Vec<_>>() })))
        .collect();
    json!({
        "recipient": {
            "id": "1", "first_name": maybe(json!("Ana")), "last_name": maybe(json!("Lima")), "locale": maybe(json!("fr-FR")),
            "language": maybe(json!("fr")), "city": maybe(json!("Lyon")), "country": maybe(json!("FR")),
            "loyalty_tier": maybe(json!("gold")), "loyalty_points": maybe(json!(120)), "lifecycle": "active", "role": maybe(json!("buyer")), "attr": attr,
        },
        "account": maybe(json!({
            "id": "A-1", "name": "Account", "industry": "retail", "plan": "team", "employees": 40, "seats": 12, "customer_since": "2010-03-01", "attr": attr,
        })),
        "campaign": { "name": "c", "title": "Campaign", "edition": "2011-W46", "kind": "newsletter", "step": maybe(json!("first")) },
        "sender": { "name": "Shop", "postal_address": "1 rue de la Paix, 75002 Paris" },
        "links": {
            "home": "https://shop.example/", "unsubscribe": "https://shop.example/u/t", "preferences": "https://shop.example/p/t",
            "cart": maybe(json!("https://shop.example/cart")), "view": maybe(json!("https://shop.example/v/t")),
        },
        "questions": asked,
        "slots": filled,
        "offer": maybe(json!({ "name": "ten", "title": "Ten", "percent": 10, "code": "TEN", "amount": maybe(pounds(500)), "until": "2011-12-31" })),
        "because": if full { json!(["orders", "views", "searches", "cart", "location", "declared"]) } else { json!([]) },
        "now": "2011-11-14T09:00:00Z",
    })
}
