//! `products.csv`: the real catalogue with invented categories, descriptions, stock and margin.

use std::collections::BTreeMap;
use std::path::Path;

use super::base::{Base, Item, open_csv};
use super::categories::{self, CATEGORIES};
use super::prng::Rng;
use super::{DAY, Result, STORY, pence, pounds, rfc3339, titles};

/// A product as the browsing generator needs it.
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) pence: i64,
    /// Position in [`CATEGORIES`].
    pub(crate) category: usize,
    /// First sale, in seconds since 1970.
    pub(crate) published: i64,
}

/// Columns of `products.csv`; those after `tags` are attributes.
const HEADER: [&str; 20] = [
    "id",
    "kind",
    "title",
    "price",
    "list_price",
    "currency",
    "url",
    "category",
    "brand",
    "image_url",
    "description",
    "stock",
    "margin",
    "published_at",
    "available_from",
    "available_until",
    "tags",
    "category_en",
    "description_en",
    "till_title",
];

/// Prices of one product in pence before and during the sixty days that end at the story's instant.
type Prices = (Vec<i64>, Vec<i64>);

fn prices(base: &Base) -> BTreeMap<&str, Prices> {
    let mut prices: BTreeMap<&str, Prices> = BTreeMap::new();
    for line in base.lines.iter().filter(|line| !line.returned && line.at < STORY) {
        let (before, recent) = prices.entry(base.products.text(line.product)).or_default();
        if line.at < STORY - 60 * DAY { before.push(line.pence) } else { recent.push(line.pence) }
    }
    prices
}

fn median(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    values.get(values.len() / 2).copied()
}

/// Returns the price now and, when the real price fell by a tenth to a half, the one before.
fn price_and_list(item: &Item, prices: &mut Prices) -> (i64, Option<i64>) {
    let (usual, (before, recent)) = (item.pence.unwrap_or(0), prices);
    if before.len() < 12 || recent.len() < 6 {
        return (usual, None);
    }
    match (median(before), median(recent)) {
        (Some(list), Some(now)) if now * 10 <= list * 9 && now * 2 >= list => (now, Some(list)),
        _ => (usual, None),
    }
}

/// Writes the catalogue; an item that was never sold at a price is left out.
pub(crate) fn write(items: &[Item], base: &Base, seed: u64, path: &Path) -> Result<()> {
    let mut prices = prices(base);
    let mut out = csv::Writer::from_path(path)?;
    out.write_record(HEADER)?;
    for item in items {
        let (Some(first), Some(last), Some(_)) = (item.first, item.last, item.pence) else { continue };
        let (price, reduced_from) = price_and_list(item, prices.entry(item.id.as_str()).or_default());
        if price == 0 {
            continue;
        }
        let mut rng = Rng::new(seed, "product", &item.id);
        let service = item.title == "Next Day Carriage" || item.title == "High Resolution Image" || item.title.contains("Voucher");
        let category = &CATEGORIES[categories::of_title(&item.title)];
        let brand = categories::brand(&item.title);
        // Not sold for two months before the end: gone from the shelves three times in four.
        let gone = last < STORY - 60 * DAY && rng.chance(750);
        let stock = if service {
            String::new()
        } else if gone {
            "0".to_owned()
        } else {
            rng.range(3, 480).to_string()
        };
        let until = if gone { rfc3339(last + 30 * DAY) } else { String::new() };
        let margin = price * rng.range(350, 620) / 1000;
        let first = rfc3339(first);
        let title = titles::sentence(&item.title);
        out.write_record([
            item.id.as_str(),
            if service { "service" } else { "product" },
            &title,
            &pounds(price),
            &reduced_from.map(pounds).unwrap_or_default(),
            "GBP",
            &format!("https://boutique.example/p/{}", item.id),
            category.path,
            brand.unwrap_or_default(),
            &format!("images/{}.png", category.slug),
            category.text,
            &stock,
            &pounds(margin),
            &first,
            &first,
            &until,
            &categories::tags(&item.title).join("|"),
            category.path_en,
            category.text_en,
            &item.title,
        ])?;
    }
    out.flush()?;
    Ok(())
}

/// Reads a catalogue written by [`write`]; services are left out, nobody browses them.
pub(crate) fn read(path: &Path) -> Result<Vec<Product>> {
    let mut products = Vec::new();
    for (n, record) in open_csv(path, b',')?.records().enumerate() {
        let record = record?;
        let cell = |name: &str| HEADER.iter().position(|column| *column == name).and_then(|at| record.get(at)).unwrap_or_default();
        let bad = |column: &str| format!("`{}` line {}: unreadable `{column}`", path.display(), n + 2);
        if cell("kind") == "service" {
            continue;
        }
        let published = cell("published_at").trim_end_matches('Z');
        products.push(Product {
            id: cell("id").to_owned(),
            title: cell("title").to_owned(),
            pence: pence(cell("price")).ok_or_else(|| bad("price"))?,
            category: CATEGORIES.iter().position(|category| category.path == cell("category")).ok_or_else(|| bad("category"))?,
            published: super::seconds(published).ok_or_else(|| bad("published_at"))?,
        });
    }
    Ok(products)
}
