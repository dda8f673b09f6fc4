//! The drawn shop as a project: what a newsletter of one block and three slots of eight products costs is measured on it (`benches/slots`).

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use relance::id::stable_hash;
use relance::recommend::{Interactions, Line};

use super::shop::CATEGORIES;

type Failure = Box<dyn std::error::Error>;

/// Rows written at a time, and rows of a row group: those are what is read in parallel.
const ROWS: usize = 1 << 17;
/// The first day of the shop, 2010-01-01, since 1970; the day after the last is 2012-01-01.
const FIRST_DAY: i32 = 14_610;
/// Departments that share the categories.
const DEPARTMENTS: u32 = 20;
/// Brands of a department.
const BRANDS: u64 = 12;

const CONFIG: &str = r#"[project]
name = "The Drawn Shop"
timezone = "UTC"
locale = "en-GB"
currency = "GBP"

[sender]
name = "The Drawn Shop"
address = "news@shop.example"
postal_address = "1 Mill Lane, Leeds LS1 1AA, United Kingdom"

[links]
home = "https://shop.example/"
unsubscribe = "https://shop.example/u/{token}"
preferences = "https://shop.example/me/{token}"

[sources]
contacts = { files = "data/contacts.parquet" }
orders = { files = "data/orders.parquet" }
products = { files = "data/products.parquet" }

[delivery]
to = "eml"
path = "outbox"
"#;

const CAMPAIGN: &str = r#"title = "Newsletter"
kind = "newsletter"
objective = "retain"
why = "To be measured."
owner = "Bench"
consent = "newsletter"
template = "newsletter.mjml"
schedule = "0 10 * * *"

[subject]
en = "For you"

[preheader]
en = "Three times eight"

[slots.hero]
fill = "block"

[slots.first]
fill = "products"
count = 8
min = 0
strategies = { for_you = 1.0 }

[slots.new]
fill = "products"
count = 8
min = 0
strategies = { for_you = 1.0 }
not_bought_within = "60d"

[slots.spread]
fill = "products"
count = 8
min = 0
strategies = { for_you = 1.0 }
max_per_category = 2

[measure]
primary = "revenue"
horizon = "14d"
"#;

const TEMPLATE: &str = r#"<mjml lang="{{ lang }}">
<mj-head><mj-title>{{ subject }}</mj-title><mj-preview>{{ preheader }}</mj-preview></mj-head>
<mj-body>
<mj-slot name="hero" />
<mj-section><mj-column><mj-text>
{% for item in slots.first.items %}<a href="{{ item.url | link }}">{{ item.title }}</a> {{ item.price | money }} {% endfor %}
{% for item in slots.new.items %}<a href="{{ item.url | link }}">{{ item.title }}</a> {{ item.price | money }} {% endfor %}
{% for item in slots.spread.items %}<a href="{{ item.url | link }}">{{ item.title }}</a> {{ item.price | money }} {% endfor %}
</mj-text></mj-column></mj-section>
<mj-section><mj-column><mj-text>{{ sender.postal_address }} <a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text></mj-column></mj-section>
</mj-body>
</mjml>
"#;

const BLOCK: &str = r#"+++
slot = "hero"
level = "general"
+++
<mj-section><mj-column><mj-text><a href="{{ links.home | link }}">What is new in the shop</a></mj-text></mj-column></mj-section>
"#;

const WORDS: &str = "label-for_you = For you\nlabel-popular_recent = Popular now\n";

/// Writes a project of a shop: its orders, a product and a contact for each number; nobody looks at anything.
pub(crate) fn write(root: &Path, shop: &Interactions) -> Result<(), Failure> {
    for (name, text) in [
        ("relance.toml", CONFIG),
        ("campaigns/newsletter.toml", CAMPAIGN),
        ("templates/newsletter.mjml", TEMPLATE),
        ("blocks/hero.mjml", BLOCK),
        ("locales/en.ftl", WORDS),
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(root))?;
        std::fs::write(path, text)?;
    }
    let data = root.join("data");
    std::fs::create_dir_all(&data)?;
    let numbers = |n: usize| u32::try_from(n).map(|n| (0..n).collect::<Vec<u32>>());
    table(&data.join("contacts.parquet"), &numbers(shop.n_people())?, contacts)?;
    table(&data.join("products.parquet"), &numbers(shop.n_products())?, products)?;
    table(&data.join("orders.parquet"), shop.all(), orders)
}

/// Writes rows, a batch at a time.
fn table<T>(path: &Path, rows: &[T], batch: impl Fn(&[T]) -> Result<RecordBatch, Failure>) -> Result<(), Failure> {
    let mut writer: Option<ArrowWriter<File>> = None;
    for rows in rows.chunks(ROWS) {
        let batch = batch(rows)?;
        let writer = match &mut writer {
            Some(writer) => writer,
            None => writer.insert(ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?),
        };
        writer.write(&batch)?;
        writer.flush()?;
    }
    writer.ok_or("the shop is empty")?.close()?;
    Ok(())
}

fn contacts(numbers: &[u32]) -> Result<RecordBatch, Failure> {
    let email = |who: &u32| format!("{}@mail.example", contact_id(*who));
    let yes = |_: &u32| "true".to_owned();
    Ok(RecordBatch::try_from_iter([
        ("id", texts(numbers, |who| contact_id(*who))),
        ("email", texts(numbers, email)),
        ("consent_newsletter", texts(numbers, yes)),
    ])?)
}

fn products(numbers: &[u32]) -> Result<RecordBatch, Failure> {
    let category = |product: &u32| product % CATEGORIES;
    let path = |product: &u32| format!("Department {} > Category {}", category(product) % DEPARTMENTS, category(product));
    let brand =
        |product: &u32| format!("Brand {} of {}", stable_hash(&["brand", &product.to_string()]) % BRANDS, category(product) % DEPARTMENTS);
    let url = |product: &u32| format!("https://shop.example/p/{}", product_id(*product));
    Ok(RecordBatch::try_from_iter([
        ("id", texts(numbers, |product| product_id(*product))),
        ("title", texts(numbers, |product| format!("Thing {product}"))),
        ("price", amounts(numbers, |product| price(*product))?),
        ("url", texts(numbers, url)),
        ("category", texts(numbers, path)),
        ("brand", texts(numbers, brand)),
    ])?)
}

fn orders(lines: &[Line]) -> Result<RecordBatch, Failure> {
    let days: Date32Array = lines.iter().map(|line| Some(FIRST_DAY + line.day)).collect();
    let ones: Int32Array = lines.iter().map(|_| Some(1)).collect();
    Ok(RecordBatch::try_from_iter([
        ("order_id", texts(lines, |line| format!("O{:08}", line.order))),
        ("contact_id", texts(lines, |line| contact_id(line.who))),
        ("at", Arc::new(days) as ArrayRef),
        ("product_id", texts(lines, |line| product_id(line.product.0))),
        ("quantity", Arc::new(ones)),
        ("unit_price", amounts(lines, |line| price(line.product.0))?),
    ])?)
}

fn contact_id(who: u32) -> String {
    format!("C{who:07}")
}

fn product_id(product: u32) -> String {
    format!("P{product:06}")
}

/// The price of a product in pence.
fn price(product: u32) -> i128 {
    i128::from(95 + stable_hash(&["price", &product.to_string()]) % 4_900)
}

fn texts<T>(rows: &[T], text: impl Fn(&T) -> String) -> ArrayRef {
    Arc::new(rows.iter().map(|row| Some(text(row))).collect::<StringArray>())
}

fn amounts<T>(rows: &[T], pence: impl Fn(&T) -> i128) -> Result<ArrayRef, Failure> {
    Ok(Arc::new(rows.iter().map(|row| Some(pence(row))).collect::<Decimal128Array>().with_precision_and_scale(9, 2)?))
}
