//! `identities.csv` and `events/`: browsing invented around the real orders of the last 120 days.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::base::{Base, Line};
use super::people::Person;
use super::prng::{Rng, mix};
use super::products::Product;
use super::sessions::{Act, Event, Visit, Visitor, When, lay};
use super::{DAY, Result, STORY, rfc3339};

/// First instant of the browsing: 2011-08-11T00:00:00Z.
const START: i64 = 1_313_020_800;
/// Last day of the browsing, exclusive: 2011-12-09T00:00:00Z; buying visits follow the orders to the 9th.
const END: i64 = 1_323_388_800;
/// The carts of the story: left between 2011-11-13T00:00:00Z and 2011-11-14T08:00:00Z.
const CARTS: (i64, i64) = (1_321_142_400, STORY - 3600);
/// People whose second device is also somebody else's.
const SHARED_EVERY: usize = 170;

const SOURCES: &[((&str, &str), u64)] = &[
    (("google", "organic"), 38),
    (("direct", "none"), 26),
    (("newsletter", "email"), 18),
    (("google", "cpc"), 9),
    (("social", "referral"), 6),
    (("partner", "affiliate"), 3),
];

fn visitor(tag: &str, seed: u64, key: &str, n: u64) -> Visitor {
    let mut rng = Rng::new(seed, tag, &format!("{key}/{n}"));
    let device = *rng.weighted(&[("desktop", 58), ("mobile", 27), ("tablet", 15)]);
    Visitor { id: format!("v{:010x}", mix(rng.next()) >> 24), device, linked: rng.chance(if n == 0 { 860 } else { 620 }) }
}

/// Returns the devices of a person: one, two or three.
fn visitors(id: &str, seed: u64) -> Vec<Visitor> {
    let many = *Rng::new(seed, "devices", id).weighted(&[(1, 60), (2, 30), (3, 10)]);
    (0..many).map(|n| visitor("visitor", seed, id, n)).collect()
}

/// Writes which visitor is which contact; a few visitors are said to be two people, and so are nobody's.
pub(crate) fn write_identities(people: &[Person], seed: u64, path: &Path) -> Result<()> {
    let mut out = csv::Writer::from_path(path)?;
    out.write_record(["visitor_id", "contact_id", "linked_at"])?;
    for (n, person) in people.iter().enumerate() {
        for visitor in visitors(&person.id, seed).iter().filter(|visitor| visitor.linked) {
            out.write_record([&visitor.id, &person.id, &rfc3339(person.first_order)])?;
            if n % SHARED_EVERY == 90 {
                let other = &people[(n + 1) % people.len()];
                out.write_record([&visitor.id, &other.id, &rfc3339(other.first_order.max(person.first_order) + DAY)])?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

/// The shop as browsing needs it.
struct Shop<'a> {
    products: &'a [Product],
    /// Products of each category, most sold first.
    shelves: Vec<Vec<usize>>,
    people: &'a [Person],
    devices: Vec<Vec<Visitor>>,
    /// Instants of each person's orders.
    orders: Vec<Vec<i64>>,
    seed: u64,
}

/// One real order: who, when, and its lines found in the catalogue with their pieces.
struct Order<'a> {
    id: &'a str,
    person: usize,
    at: i64,
    lines: Vec<(usize, i64)>,
}

fn orders<'a>(base: &'a Base, people: &[Person], products: &[Product]) -> Vec<Order<'a>> {
    let person: BTreeMap<u32, usize> = people.iter().enumerate().map(|(n, person)| (person.position, n)).collect();
    let product: BTreeMap<u32, usize> =
        products.iter().enumerate().filter_map(|(n, product)| base.products.find(&product.id).map(|position| (position, n))).collect();
    let mut orders: BTreeMap<u32, Order> = BTreeMap::new();
    for Line { order, contact, at, product: bought, quantity, .. } in base.lines.iter().filter(|line| !line.returned) {
        let Some(person) = contact.and_then(|contact| person.get(&contact)) else { continue };
        let entry = Order { id: base.orders.text(*order), person: *person, at: *at, lines: Vec::new() };
        let entry = orders.entry(*order).or_insert(entry);
        // Lines of one invoice were typed over a minute or two; the first one is when the order was placed.
        entry.at = entry.at.min(*at);
        entry.lines.extend(product.get(bought).map(|product| (*product, *quantity)));
    }
    orders.into_values().collect()
}

/// Returns how a visit begins: perhaps on another site, then by a search or a category.
fn opening(product: usize, rng: &mut Rng) -> Vec<Act> {
    let mut acts = if rng.chance(40) { vec![Act::Elsewhere] } else { Vec::new() };
    acts.push(if rng.chance(550) { Act::Search(product) } else { Act::Category(product) });
    acts
}

impl Shop<'_> {
    /// Returns a product like another that was already sold at `at`; the same when none is found.
    fn similar(&self, product: usize, at: i64, rng: &mut Rng) -> usize {
        let offered = &self.shelves[self.products[product].category];
        let found =
            (0..6).map(|_| offered[rng.skewed(offered.len())]).find(|other| *other != product && self.products[*other].published < at);
        found.unwrap_or(product)
    }

    fn visit(&self, person: usize, when: When, acts: Vec<Act>, logged_in: u64, rng: &mut Rng, out: &mut Vec<Event>) {
        let visitor = rng.pick(&self.devices[person]);
        let source = *rng.weighted(SOURCES);
        let contact = rng.chance(logged_in).then_some(self.people[person].id.as_str());
        lay(&Visit { visitor, contact, french: self.people[person].french, source, when, acts }, self.products, rng, out);
    }

    /// The visits of a real order: one that looks around, then one that buys and ends with the order.
    fn purchase(&self, order: &Order, out: &mut Vec<Event>) {
        let mut rng = Rng::new(self.seed, "order", order.id);
        let (Some((first, _)), true) = (order.lines.first(), order.at >= START + 2 * DAY) else { return };
        let bought: Vec<(usize, i64)> = (0..rng.range(1, 3)).map(|_| *rng.pick(&order.lines)).collect();
        if rng.chance(450) {
            let mut acts = opening(*first, &mut rng);
            for (product, quantity) in &bought {
                acts.push(Act::View(self.similar(*product, order.at, &mut rng)));
                acts.push(Act::View(*product));
                if rng.chance(150) {
                    acts.push(Act::Add(*product, *quantity));
                }
            }
            let when = When::Until(order.at - rng.range(3600, 44 * 3600));
            self.visit(order.person, when, acts, 150, &mut rng, out);
        }
        if rng.chance(680) {
            let mut acts = Vec::new();
            for (product, quantity) in &bought {
                acts.extend([Act::View(*product), Act::Add(*product, *quantity)]);
            }
            acts.push(Act::Checkout);
            acts.extend(bought.iter().map(|(product, quantity)| Act::Purchase(*product, *quantity)));
            self.visit(order.person, When::Until(order.at), acts, 800, &mut rng, out);
        }
    }

    /// Returns a person who has bought before, and buys nothing from two hours before to three days after.
    fn absent_minded(&self, at: i64, taken: &mut BTreeSet<usize>, rng: &mut Rng) -> Option<usize> {
        let fits = |person: &usize| {
            let quiet = |order: &i64| *order < at - 7200 || *order > at + 3 * DAY;
            self.people[*person].first_order < at && !taken.contains(person) && self.orders[*person].iter().all(quiet)
        };
        let person = (0..40).map(|_| rng.index(self.people.len())).find(fits)?;
        taken.insert(person);
        Some(person)
    }

    /// A cart that is filled and left.
    fn abandon(&self, at: i64, taken: &mut BTreeSet<usize>, rng: &mut Rng, out: &mut Vec<Event>) {
        let Some(person) = self.absent_minded(at, taken, rng) else { return };
        let Some(mut product) = self.popular(at, rng) else { return };
        let mut acts = opening(product, rng);
        for n in 0..rng.range(1, 3) {
            let quantity = *rng.weighted(&[(1, 50), (2, 20), (4, 10), (6, 12), (12, 8)]);
            acts.extend([Act::View(product), Act::Add(product, quantity)]);
            if n > 0 && rng.chance(180) {
                acts.push(Act::Remove(product, quantity));
            }
            product = self.similar(product, at, rng);
        }
        if rng.chance(260) {
            acts.push(Act::Checkout);
        }
        self.visit(person, When::From(at), acts, 380, rng, out);
    }

    /// Returns a product of some category, more often a much sold one.
    fn popular(&self, at: i64, rng: &mut Rng) -> Option<usize> {
        let offered = Some(rng.pick(&self.shelves)).filter(|offered| !offered.is_empty())?;
        (0..20).map(|_| offered[rng.skewed(offered.len())]).find(|product| self.products[*product].published < at)
    }

    /// Somebody looks around and leaves: a customer, or a visitor who will never be named.
    fn wander(&self, at: i64, rng: &mut Rng, out: &mut Vec<Event>) {
        let Some(product) = self.popular(at, rng) else { return };
        let mut acts = opening(product, rng);
        acts.extend((0..rng.range(1, 4)).map(|_| Act::View(self.similar(product, at, rng))));
        if rng.chance(450) {
            let person = rng.index(self.people.len());
            if self.people[person].created < at {
                self.visit(person, When::From(at), acts, 120, rng, out);
                return;
            }
        }
        if rng.chance(120) {
            acts.push(Act::Add(product, 1));
        }
        let anonymous = visitor("anonymous", self.seed, "", rng.below(1800));
        let source = *rng.weighted(SOURCES);
        let visit = Visit { visitor: &anonymous, contact: None, french: rng.chance(450), source, when: When::From(at), acts };
        lay(&visit, self.products, rng, out);
    }

    /// The visits that no order follows, day by day.
    fn idle(&self, out: &mut Vec<Event>) {
        for day in 0..(END - START) / DAY {
            let mut rng = Rng::new(self.seed, "day", &day.to_string());
            let midnight = START + day * DAY;
            let mut taken = BTreeSet::new();
            // More carts are left in the four days before the story, so that later reminders are due as well.
            let carts = if (CARTS.0 - 4 * DAY..CARTS.0).contains(&midnight) { 60 } else { 22 };
            let story = (CARTS.0..CARTS.0 + 2 * DAY).contains(&midnight);
            for _ in 0..if story { 0 } else { carts } {
                self.abandon(hour(midnight, &mut rng), &mut taken, &mut rng, out);
            }
            for _ in 0..52 {
                self.wander(hour(midnight, &mut rng), &mut rng, out);
            }
        }
        let mut rng = Rng::new(self.seed, "story", "");
        let mut taken = BTreeSet::new();
        for n in 0..170 {
            // Three in four on Sunday, the others on Monday morning before eight.
            let at = if n % 4 < 3 { hour(CARTS.0, &mut rng) } else { CARTS.0 + DAY + rng.range(5 * 3600, 8 * 3600 - 1200) };
            self.abandon(at, &mut taken, &mut rng, out);
        }
    }
}

/// Returns an instant of a day, between six in the morning and eleven in the evening, most often after noon.
fn hour(midnight: i64, rng: &mut Rng) -> i64 {
    midnight + 6 * 3600 + rng.range(0, 17 * 3600).midpoint(rng.range(4 * 3600, 17 * 3600))
}

/// Returns every event, by instant.
pub(crate) fn events(base: &Base, people: &[Person], products: &[Product], seed: u64) -> Vec<Event> {
    let real = orders(base, people, products);
    let mut sold = vec![0_u64; products.len()];
    let mut instants = vec![Vec::new(); people.len()];
    for order in &real {
        order.lines.iter().for_each(|(product, _)| sold[*product] += 1);
        instants[order.person].push(order.at);
    }
    let mut shelves = vec![Vec::new(); super::categories::CATEGORIES.len()];
    (0..products.len()).for_each(|product| shelves[products[product].category].push(product));
    let devices = people.iter().map(|person| visitors(&person.id, seed)).collect();
    for shelf in &mut shelves {
        shelf.sort_by_key(|product| (std::cmp::Reverse(sold[*product]), *product));
    }
    let shop = Shop { products, shelves, people, devices, orders: instants, seed };
    let mut out = Vec::new();
    for order in &real {
        shop.purchase(order, &mut out);
    }
    shop.idle(&mut out);
    out.sort_by(|a, b| (a.seconds, &a.visitor_id).cmp(&(b.seconds, &b.visitor_id)));
    out
}

/// Writes one file a month: `2011-08.jsonl.gz` to `2011-12.jsonl.gz`.
pub(crate) fn write_events(events: &[Event], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut rest = events;
    while let Some(first) = rest.first() {
        let month = rfc3339(first.seconds)[..7].to_owned();
        let (these, next) = rest.split_at(rest.partition_point(|event| rfc3339(event.seconds)[..7] <= *month));
        let mut out = GzEncoder::new(File::create(folder.join(format!("{month}.jsonl.gz")))?, Compression::best());
        for event in these {
            serde_json::to_writer(&mut out, event)?;
            out.write_all(b"\n")?;
        }
        out.finish()?;
        rest = next;
    }
    Ok(())
}
