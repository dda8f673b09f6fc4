//! A shop of any size for measuring: wholly invented, streamed in bounded memory, skewed as real activity is.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::builder::{Int32Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use parquet::arrow::ArrowWriter;

use super::categories::CATEGORIES;
use super::names::{BRITAIN, Country, FRANCE, GERMANY, ascii};
use super::prng::{Rng, mix};
use super::sheet::{Cell, Kind, Sheet};
use super::tables::{amounts, instants, properties};
use super::{DAY, Result, STORY};

/// How many of each.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) contacts: u64,
    pub(crate) events: u64,
    pub(crate) orders: u64,
    pub(crate) products: u64,
}

/// Rows of one Parquet file.
const FILE: u64 = 1_000_000;
/// Rows made at a time.
const BATCH: u64 = 65_536;

fn contact_id(n: u64) -> String {
    format!("C{n:08}")
}

fn product_id(n: u64) -> String {
    format!("P{n:06}")
}

/// Returns one of the two visitors of a contact.
fn visitor_id(contact: u64, device: u64) -> String {
    format!("v{:012x}", mix(mix(contact) ^ device) >> 16)
}

fn price(product: u64) -> i64 {
    95 + (mix(product) % 4_900).cast_signed()
}

fn category(product: u64) -> usize {
    usize::try_from(mix(product ^ 0xCA7E) % CATEGORIES.len() as u64).unwrap_or(0)
}

/// Returns a position below `len`, small ones often.
fn skewed(rng: &mut Rng, len: u64) -> u64 {
    rng.skewed(usize::try_from(len).unwrap_or(usize::MAX)) as u64
}

/// Returns a product for a contact: two times in three one of the forty they come back to.
fn product(rng: &mut Rng, contact: u64, products: u64) -> u64 {
    if rng.chance(660) { mix(contact ^ (skewed(rng, 40) << 40)) % products } else { skewed(rng, products) }
}

/// Writes everything: tables first, then the Parquet files on as many threads as there are processors.
pub(crate) fn write(size: Size, parquet: bool, seed: u64, out: &Path) -> Result<()> {
    if size.contacts == 0 || size.products == 0 {
        return Err("a shop needs at least one contact and one product".into());
    }
    for folder in ["events", "orders"] {
        std::fs::create_dir_all(out.join(folder))?;
    }
    let files = [("orders", size.orders.div_ceil(FILE / 4)), ("events", size.events.div_ceil(FILE))];
    let mut jobs: Vec<(&str, u64)> = vec![("contacts", 0), ("tables", 0)];
    jobs.extend(files.iter().flat_map(|(kind, many)| (0..*many).map(move |n| (*kind, n))));
    let next = AtomicU64::new(0);
    let failed = Mutex::new(None);
    let work = || {
        while let Some((kind, n)) = usize::try_from(next.fetch_add(1, Ordering::Relaxed)).ok().and_then(|at| jobs.get(at)) {
            let done = match *kind {
                "contacts" => contacts(size, parquet, seed, out),
                "tables" => tables(size, parquet, seed, out),
                "orders" => orders(size, *n, seed, out),
                _ => events(size, *n, seed, out),
            };
            if let (Err(error), Ok(mut first)) = (done, failed.lock()) {
                first.get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    failed.into_inner().ok().flatten().map_or(Ok(()), Err)
}

const CONTACTS: &[(&str, Kind)] = &[
    ("id", Kind::Text),
    ("email", Kind::Text),
    ("first_name", Kind::Text),
    ("last_name", Kind::Text),
    ("locale", Kind::Text),
    ("timezone", Kind::Text),
    ("birthday", Kind::Day),
    ("gender", Kind::Text),
    ("city", Kind::Text),
    ("postcode", Kind::Text),
    ("country", Kind::Text),
    ("lat", Kind::Degrees),
    ("lon", Kind::Degrees),
    ("created_at", Kind::Instant),
    ("loyalty_tier", Kind::Text),
    ("loyalty_points", Kind::Whole),
    ("consent_newsletter", Kind::Flag),
    ("consent_newsletter_at", Kind::Instant),
    ("consent_newsletter_basis", Kind::Text),
    ("consent_profiling", Kind::Flag),
    ("objection", Kind::Flag),
];

/// Reads degrees written with four decimals as millionths.
fn millionths(text: &str) -> Cell {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    digits.replace('.', "").parse::<i64>().map_or(Cell::Empty, |number| Cell::Number(sign * number * 100))
}

fn contacts(size: Size, parquet: bool, seed: u64, out: &Path) -> Result<()> {
    let mut sheet = Sheet::create(out, "contacts", parquet, CONTACTS)?;
    let mut rng = Rng::new(seed, "scale", "contacts");
    for n in 0..size.contacts {
        let country = *rng.weighted::<&Country>(&[(&FRANCE, 45), (&BRITAIN, 50), (&GERMANY, 5)]);
        let (given, gender) = *rng.pick(country.given);
        let surname = *rng.pick(country.surnames);
        let (city, postcode, lat, lon) = *rng.pick(country.towns);
        let created = STORY - rng.range(DAY, 1200 * DAY);
        let (newsletter, points) = (rng.chance(720), rng.range(0, 900) * rng.range(0, 3));
        let optional = |kept: bool, cell: Cell| if kept { cell } else { Cell::Empty };
        let email = format!("{}.{}.{n}@{}", ascii(given), ascii(surname), rng.pick(country.domains));
        sheet.push(vec![
            contact_id(n).into(),
            email.into(),
            given.into(),
            surname.into(),
            country.locale.into(),
            country.timezone.into(),
            optional(rng.chance(850), rng.range(-11_000, 8_000).into()),
            optional(rng.chance(860), gender.into()),
            city.into(),
            postcode.into(),
            country.name.into(),
            millionths(lat),
            millionths(lon),
            created.into(),
            if points > 900 { "gold" } else { "bronze" }.into(),
            points.into(),
            newsletter.into(),
            optional(newsletter, (created + 60).into()),
            optional(newsletter, "opt_in".into()),
            rng.chance(650).into(),
            rng.chance(9).into(),
        ])?;
    }
    sheet.close()
}

const IDENTITIES: &[(&str, Kind)] = &[("visitor_id", Kind::Text), ("contact_id", Kind::Text), ("linked_at", Kind::Instant)];
const PRODUCTS: &[(&str, Kind)] = &[
    ("id", Kind::Text),
    ("title", Kind::Text),
    ("price", Kind::Money),
    ("currency", Kind::Text),
    ("url", Kind::Text),
    ("category", Kind::Text),
    ("brand", Kind::Text),
    ("image_url", Kind::Text),
    ("stock", Kind::Whole),
    ("margin", Kind::Money),
    ("tags", Kind::Text),
    ("published_at", Kind::Instant),
];
const CARDS: &[(&str, Kind)] = &[
    ("contact_id", Kind::Text),
    ("method_id", Kind::Text),
    ("brand", Kind::Text),
    ("last4", Kind::Text),
    ("expires_on", Kind::Day),
    ("status", Kind::Text),
];

/// Identities, products and payment methods.
fn tables(size: Size, parquet: bool, seed: u64, out: &Path) -> Result<()> {
    let mut rng = Rng::new(seed, "scale", "tables");
    let mut identities = Sheet::create(out, "identities", parquet, IDENTITIES)?;
    let mut cards = Sheet::create(out, "payment_methods", parquet, CARDS)?;
    let today = STORY / DAY;
    for n in 0..size.contacts {
        for device in 0..2 {
            if rng.chance(if device == 0 { 850 } else { 350 }) {
                identities.push(vec![visitor_id(n, device).into(), contact_id(n).into(), (STORY - rng.range(0, 400 * DAY)).into()])?;
            }
        }
        if rng.chance(600) {
            let brand = *rng.weighted(&[("visa", 6), ("mastercard", 4)]);
            let (id, last4) = (contact_id(n), format!("{:04}", rng.below(10_000)));
            let expires = today + rng.range(-100, 1400);
            cards.push(vec![id.clone().into(), format!("pm_{id}").into(), brand.into(), last4.into(), expires.into(), "active".into()])?;
        }
    }
    identities.close()?;
    cards.close()?;
    let mut products = Sheet::create(out, "products", parquet, PRODUCTS)?;
    let colours = ["rouge", "bleu", "vert", "ivoire", "noir", "rose", "argent"];
    for n in 0..size.products {
        let (category, colour) = (&CATEGORIES[category(n)], *rng.pick(&colours));
        products.push(vec![
            product_id(n).into(),
            format!("{} {colour} {n}", category.path.rsplit(" > ").next().unwrap_or_default()).into(),
            price(n).into(),
            "GBP".into(),
            format!("https://boutique.example/p/{}", product_id(n)).into(),
            category.path.into(),
            format!("Atelier {}", mix(n) % 60).into(),
            format!("images/{}.png", category.slug).into(),
            rng.range(0, 400).into(),
            (price(n) * rng.range(350, 620) / 1000).into(),
            format!("{colour}|{}", if rng.chance(200) { "cadeau" } else { "maison" }).into(),
            (STORY - rng.range(DAY, 700 * DAY)).into(),
        ])?;
    }
    products.close()
}

/// Opens a file of batches, and writes those that `make` returns until it returns none.
fn batches(path: &Path, mut make: impl FnMut() -> Result<Option<RecordBatch>>) -> Result<()> {
    let mut writer: Option<ArrowWriter<File>> = None;
    while let Some(batch) = make()? {
        if writer.is_none() {
            writer = Some(ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties(1)?))?);
        }
        if let Some(writer) = writer.as_mut() {
            writer.write(&batch)?;
        }
    }
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(())
}

fn column(mut builder: StringBuilder) -> ArrayRef {
    Arc::new(builder.finish())
}

fn wholes(mut builder: Int32Builder) -> ArrayRef {
    Arc::new(builder.finish())
}

/// One file of events, by instant; the files follow each other through the 120 days before the story's instant.
fn events(size: Size, file: u64, seed: u64, out: &Path) -> Result<()> {
    let mut rng = Rng::new(seed, "scale events", &file.to_string());
    let (mut n, end) = (file * FILE, ((file + 1) * FILE).min(size.events));
    let queries = ["bougeoir", "guirlande", "coussin", "mug", "sac", "lunch bag", "clock", "cadeau", "noël", "vintage"];
    batches(&out.join(format!("events/part-{file:04}.parquet")), || {
        let rows = BATCH.min(end - n);
        if rows == 0 {
            return Ok(None);
        }
        let text = || StringBuilder::new();
        let (mut kinds, mut visitors, mut contacts, mut products) = (text(), text(), text(), text());
        let (mut categories, mut searches, mut sources, mut media, mut devices) = (text(), text(), text(), text(), text());
        let (mut origins, mut quantities, mut durations, mut at) = (text(), Int32Builder::new(), Int32Builder::new(), Vec::new());
        for row in n..n + rows {
            // 120 days, cut into as many equal parts as there are events.
            at.push(STORY - 120 * DAY + i64::try_from(u128::from(row) * 120 * 86_400 / u128::from(size.events))?);
            let contact = skewed(&mut rng, size.contacts);
            let device = u64::from(rng.chance(300));
            let kind = *rng.weighted(&[
                ("view", 72),
                ("search", 9),
                ("cart_add", 10),
                ("cart_remove", 2),
                ("checkout", 3),
                ("purchase", 3),
                ("wishlist", 1),
            ]);
            // One visit in five is by somebody unknown to the CRM.
            let unknown = rng.chance(200);
            visitors.append_value(visitor_id(if unknown { contact + size.contacts } else { contact }, device));
            contacts.append_option((!unknown && rng.chance(250)).then(|| contact_id(contact)));
            let item = product(&mut rng, contact, size.products);
            kinds.append_value(kind);
            products.append_option((kind != "search" && kind != "checkout").then(|| product_id(item)));
            categories.append_option((kind == "view").then(|| CATEGORIES[category(item)].path));
            searches.append_option((kind == "search").then(|| *rng.pick(&queries)));
            quantities.append_option(if kind.starts_with("cart") || kind == "purchase" {
                i32::try_from(rng.range(1, 6)).ok()
            } else {
                None
            });
            durations.append_option(if kind == "view" { i32::try_from(rng.range(3, 240)).ok() } else { None });
            let (source, medium) =
                *rng.weighted(&[(("google", "organic"), 4), (("direct", "none"), 3), (("newsletter", "email"), 2), (("google", "cpc"), 1)]);
            sources.append_value(source);
            media.append_value(medium);
            devices.append_value(if device == 0 { "desktop" } else { "mobile" });
            origins.append_value(if rng.chance(10) { "third_party" } else { "first_party" });
        }
        n += rows;
        Ok(Some(RecordBatch::try_from_iter_with_nullable([
            ("at", instants(at.into_iter().map(Some)), false),
            ("kind", column(kinds), false),
            ("visitor_id", column(visitors), false),
            ("contact_id", column(contacts), true),
            ("product_id", column(products), true),
            ("category", column(categories), true),
            ("query", column(searches), true),
            ("quantity", wholes(quantities), true),
            ("source", column(sources), false),
            ("medium", column(media), false),
            ("device", column(devices), false),
            ("duration_s", wholes(durations), true),
            ("origin", column(origins), false),
        ])?))
    })
}

/// One file of order lines, one to five an order, through the year before the story's instant.
fn orders(size: Size, file: u64, seed: u64, out: &Path) -> Result<()> {
    let mut rng = Rng::new(seed, "scale orders", &file.to_string());
    let (mut n, end) = (file * (FILE / 4), ((file + 1) * (FILE / 4)).min(size.orders));
    batches(&out.join(format!("orders/part-{file:04}.parquet")), || {
        let many = (BATCH / 4).min(end - n);
        if many == 0 {
            return Ok(None);
        }
        let text = || StringBuilder::new();
        let (mut ids, mut contacts, mut products, mut status, mut currencies) = (text(), text(), text(), text(), text());
        let (mut quantities, mut at, mut prices, mut margins) = (Int32Builder::new(), Vec::new(), Vec::new(), Vec::new());
        for order in n..n + many {
            let contact = skewed(&mut rng, size.contacts);
            let placed = STORY - 365 * DAY + i64::try_from(u128::from(order) * 365 * 86_400 / u128::from(size.orders))?;
            for _ in 0..rng.range(1, 5) {
                let item = product(&mut rng, contact, size.products);
                ids.append_value(format!("O{order:09}"));
                contacts.append_value(contact_id(contact));
                products.append_value(product_id(item));
                status.append_value(*rng.weighted(&[("placed", 97), ("returned", 2), ("cancelled", 1)]));
                currencies.append_value("GBP");
                quantities.append_option(i32::try_from(rng.range(1, 6)).ok());
                at.push(placed);
                prices.push(price(item));
                margins.push(price(item) / 2);
            }
        }
        n += many;
        Ok(Some(RecordBatch::try_from_iter_with_nullable([
            ("order_id", column(ids), false),
            ("contact_id", column(contacts), false),
            ("at", instants(at.into_iter().map(Some)), false),
            ("product_id", column(products), false),
            ("quantity", wholes(quantities), false),
            ("unit_price", amounts(prices.into_iter().map(Some))?, false),
            ("margin", amounts(margins.into_iter().map(Some))?, false),
            ("currency", column(currencies), false),
            ("status", column(status), false),
        ])?))
    })
}
