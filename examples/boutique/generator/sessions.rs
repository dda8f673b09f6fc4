//! One invented visit to the shop: acts, laid out in time, become events.

use serde::Serialize;

use super::categories::CATEGORIES;
use super::prng::Rng;
use super::products::Product;
use super::{pounds, rfc3339};

/// A cookie on a device.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) id: String,
    pub(crate) device: &'static str,
    /// Whether `identities.csv` says whose it is.
    pub(crate) linked: bool,
}

/// What a visitor does; numbers are positions in the catalogue.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    /// An article on someone else's site.
    Elsewhere,
    Category(usize),
    Search(usize),
    View(usize),
    Add(usize, i64),
    Remove(usize, i64),
    Checkout,
    Purchase(usize, i64),
}

/// When a visit takes place, seconds since 1970.
#[derive(Clone, Copy)]
pub(crate) enum When {
    From(i64),
    Until(i64),
}

/// One visit.
pub(crate) struct Visit<'a> {
    pub(crate) visitor: &'a Visitor,
    /// The number shown by the events once the person has logged in.
    pub(crate) contact: Option<&'a str>,
    pub(crate) french: bool,
    pub(crate) source: (&'static str, &'static str),
    pub(crate) when: When,
    pub(crate) acts: Vec<Act>,
}

/// One line of the events files.
#[derive(Serialize)]
pub(crate) struct Event {
    #[serde(skip)]
    pub(crate) seconds: i64,
    at: String,
    kind: &'static str,
    pub(crate) visitor_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quantity: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    source: &'static str,
    medium: &'static str,
    device: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_s: Option<i64>,
    origin: &'static str,
}

/// Returns what is typed to find a product: words of its category in French, of its title in English.
fn query(product: &Product, french: bool, rng: &mut Rng) -> String {
    if french {
        let leaf = CATEGORIES[product.category].path.rsplit(" > ").next().unwrap_or_default();
        let words: Vec<&str> = leaf.split(", ").flat_map(|part| part.split(" et ")).collect();
        return rng.pick(&words).to_lowercase();
    }
    let lower = product.title.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().filter(|word| word.len() > 2 && word.chars().all(char::is_alphabetic)).collect();
    match words.len() {
        0 => "gift".to_owned(),
        1 => words[0].to_owned(),
        n => words[n - 2..].join(" "),
    }
}

/// Returns the instants of the acts: seconds of reading between them; purchases fall on the last instant.
fn instants(visit: &Visit, rng: &mut Rng) -> Vec<i64> {
    let gaps: Vec<i64> = visit
        .acts
        .iter()
        .map(|act| match act {
            Act::Purchase(..) => 0,
            Act::Add(..) | Act::Remove(..) => rng.range(4, 45),
            Act::Elsewhere | Act::Category(_) | Act::Search(_) | Act::View(_) | Act::Checkout => rng.range(9, 210),
        })
        .collect();
    let mut at = match visit.when {
        When::From(start) => start,
        When::Until(end) => end - gaps.iter().sum::<i64>(),
    };
    let step = |gap: i64| {
        let now = at;
        at += gap;
        now
    };
    gaps.into_iter().map(step).collect()
}

/// Adds the events of a visit.
pub(crate) fn lay(visit: &Visit, products: &[Product], rng: &mut Rng, out: &mut Vec<Event>) {
    let instants = instants(visit, rng);
    for (n, act) in visit.acts.iter().enumerate() {
        let seconds = instants[n];
        let mut event = Event {
            seconds,
            at: rfc3339(seconds),
            kind: "view",
            visitor_id: visit.visitor.id.clone(),
            contact_id: visit.contact.map(str::to_owned),
            product_id: None,
            category: None,
            query: None,
            quantity: None,
            price: None,
            title: None,
            url: None,
            source: visit.source.0,
            medium: visit.source.1,
            device: visit.visitor.device,
            duration_s: None,
            origin: "first_party",
        };
        let read = instants.get(n + 1).map_or_else(|| rng.range(5, 120), |next| next - seconds);
        let bought = |event: &mut Event, kind, product: usize, quantity| {
            event.kind = kind;
            event.product_id = Some(products[product].id.clone());
            event.quantity = Some(quantity);
            event.price = Some(pounds(products[product].pence));
        };
        match *act {
            Act::Elsewhere => {
                event.origin = "third_party";
                event.contact_id = None;
                event.url = Some(format!("https://magazine-deco.example/articles/{}", rng.range(100, 199)));
            }
            Act::Category(product) => {
                let category = &CATEGORIES[products[product].category];
                event.category = Some(category.path);
                event.url = Some(format!("https://boutique.example/c/{}", category.slug));
                event.duration_s = Some(read);
            }
            Act::Search(product) => {
                event.kind = "search";
                event.query = Some(query(&products[product], visit.french, rng));
            }
            Act::View(product) => {
                event.product_id = Some(products[product].id.clone());
                event.title = Some(products[product].title.clone());
                event.url = Some(format!("https://boutique.example/p/{}", products[product].id));
                event.duration_s = Some(read);
            }
            Act::Add(product, quantity) => bought(&mut event, "cart_add", product, quantity),
            Act::Remove(product, quantity) => bought(&mut event, "cart_remove", product, quantity),
            Act::Checkout => event.kind = "checkout",
            Act::Purchase(product, quantity) => bought(&mut event, "purchase", product, quantity),
        }
        out.push(event);
    }
}
