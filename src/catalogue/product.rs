//! Products sorted by id, and the topics they belong to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::prices::OwnPrices;
use crate::clock::Timestamp;
use crate::condition::topic_slug;
use crate::id::{Index, ProductId, ProductIx};
use crate::money::Money;
use crate::source::record;

/// Position of a topic in the catalogue's list of topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TopicIx(pub u32);

impl TopicIx {
    /// Returns the position as an index of a slice.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// A category path component, a brand or a tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Its slug, unique: `mode-ethique`.
    pub slug: String,
    /// Its name as first written in id order.
    pub name: String,
}

/// A place as well as it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Latitude and longitude in degrees.
    pub at: Option<(f64, f64)>,
    /// Town.
    pub city: Option<String>,
    /// Postal code.
    pub postcode: Option<String>,
}

impl Place {
    fn of(row: &record::Product<'_>) -> Option<Self> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let place = Self { at: row.lat.zip(row.lon), city: text(row.city), postcode: text(row.postcode) };
        (place.at.is_some() || place.city.is_some() || place.postcode.is_some()).then_some(place)
    }
}

/// A product as decisions and mails need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Unique id.
    pub id: ProductId,
    /// Name shown.
    pub title: String,
    /// Price now.
    pub price: Money,
    /// Price before a reduction.
    pub list_price: Option<Money>,
    /// Its page.
    pub url: String,
    /// `product`, `article`, `contract`, `service`.
    pub kind: String,
    /// Path, `a > b`.
    pub category: Option<String>,
    /// Maker.
    pub brand: Option<String>,
    /// Picture.
    pub image_url: Option<String>,
    /// A sentence or two.
    pub description: Option<String>,
    /// Pieces left; `None` when not counted.
    pub stock: Option<i64>,
    /// First instant it can be sold.
    pub available_from: Option<Timestamp>,
    /// Last instant it can be sold.
    pub available_until: Option<Timestamp>,
    /// Margin on one piece.
    pub margin: Option<Money>,
    /// When it came into the catalogue.
    pub published_at: Option<Timestamp>,
    /// Where what it is about is; an article mostly.
    pub place: Option<Place>,
    /// Other columns.
    pub attributes: BTreeMap<String, String>,
    /// Category components from the widest, then brand and tags.
    pub topics: Vec<TopicIx>,
    /// How many of `topics` are category components.
    pub n_categories: usize,
}

impl Product {
    /// Returns the most precise category.
    pub fn leaf_category(&self) -> Option<TopicIx> {
        self.n_categories.checked_sub(1).and_then(|last| self.topics.get(last)).copied()
    }

    /// Says whether the product can be sold at an instant.
    pub fn available(&self, at: Timestamp) -> bool {
        self.stock.is_none_or(|left| left > 0)
            && self.available_from.is_none_or(|from| from <= at)
            && self.available_until.is_none_or(|until| at <= until)
    }
}

/// All products, sorted by id, and all topics, sorted by slug.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Catalogue {
    /// Products; a [`ProductIx`] is a position here.
    pub products: Vec<Product>,
    /// Topics; a [`TopicIx`] is a position here.
    pub topics: Vec<Topic>,
    /// Ids that came on several different rows, of which one was kept.
    pub duplicates: Vec<ProductId>,
    /// What companies pay that have prices of their own.
    #[serde(default)]
    pub own_prices: OwnPrices,
}

impl Catalogue {
    /// Returns a product by position.
    pub fn product(&self, ix: ProductIx) -> &Product {
        &self.products[ix.at()]
    }

    /// Finds a product by id, by binary search.
    pub fn find(&self, id: &str) -> Option<ProductIx> {
        let at = self.products.binary_search_by(|product| product.id.as_str().cmp(id)).ok()?;
        u32::try_from(at).ok().map(ProductIx)
    }

    /// Finds a topic by slug, by binary search.
    pub fn topic(&self, slug: &str) -> Option<TopicIx> {
        let at = self.topics.binary_search_by(|topic| topic.slug.as_str().cmp(slug)).ok()?;
        u32::try_from(at).ok().map(TopicIx)
    }

    /// Returns the position of every product by id, for reading many rows.
    pub fn index(&self) -> Index<ProductIx> {
        let mut index = Index::with_capacity(self.products.len());
        self.products.iter().zip(0..).for_each(|(product, ix)| index.set(product.id.as_str(), |_| ProductIx(ix)));
        index
    }

    /// Iterates over all positions.
    pub fn all(&self) -> impl Iterator<Item = ProductIx> + use<> {
        (0..u32::try_from(self.products.len()).unwrap_or(u32::MAX)).map(ProductIx)
    }
}

/// Collects product rows from several threads, in any order.
#[derive(Debug, Default)]
pub struct CatalogueBuilder {
    rows: Mutex<Vec<(Product, Vec<String>)>>,
}

impl CatalogueBuilder {
    /// Takes one row.
    pub fn add(&self, row: &record::Product<'_>) {
        let categories = row.category.iter().flat_map(|path| path.split('>')).map(str::trim);
        let mut names: Vec<String> = categories.filter(|name| !topic_slug(name).is_empty()).map(str::to_owned).collect();
        let n_categories = names.len();
        names.extend(row.brand.iter().copied().chain(row.tags.iter().copied()).map(|name| name.trim().to_owned()));
        let product = Product {
            id: row.id.into(),
            title: row.title.to_owned(),
            price: row.price,
            list_price: row.list_price.filter(|list| list.minor > row.price.minor),
            url: row.url.to_owned(),
            kind: row.kind.unwrap_or("product").to_owned(),
            category: row.category.map(str::to_owned),
            brand: row.brand.map(str::to_owned),
            image_url: row.image_url.map(str::to_owned),
            description: row.description.map(str::to_owned),
            stock: row.stock,
            available_from: row.available_from,
            available_until: row.available_until,
            margin: row.margin,
            published_at: row.published_at,
            place: Place::of(row),
            attributes: row.attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into_owned())).collect(),
            topics: Vec::new(),
            n_categories,
        };
        self.rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((product, names));
    }

    /// Sorts the rows by id, keeps one of each, and numbers the topics.
    pub fn build(self) -> Catalogue {
        let mut rows = self.rows.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        rows.sort_by_cached_key(|(product, names)| (product.id.clone(), format!("{product:?}{names:?}")));
        rows.dedup();
        let mut duplicates: Vec<ProductId> =
            rows.windows(2).filter(|pair| pair[0].0.id == pair[1].0.id).map(|pair| pair[0].0.id.clone()).collect();
        duplicates.dedup();
        rows.dedup_by(|later, first| later.0.id == first.0.id);

        let mut names_by_slug = BTreeMap::new();
        for name in rows.iter().flat_map(|(_, names)| names) {
            names_by_slug.entry(topic_slug(name)).or_insert_with(|| name.clone());
        }
        names_by_slug.remove("");
        let position: HashMap<&str, TopicIx> = names_by_slug.keys().zip(0..).map(|(slug, ix)| (slug.as_str(), TopicIx(ix))).collect();
        let products = rows
            .iter()
            .map(|(product, names)| {
                let mut product = product.clone();
                let n_named = std::mem::take(&mut product.n_categories);
                for (at, name) in names.iter().enumerate() {
                    let Some(topic) = position.get(topic_slug(name).as_str()).copied() else { continue };
                    if !product.topics.contains(&topic) {
                        product.topics.push(topic);
                        product.n_categories += usize::from(at < n_named);
                    }
                }
                product
            })
            .collect();
        let topics = names_by_slug.into_iter().map(|(slug, name)| Topic { slug, name }).collect();
        Catalogue { products, topics, duplicates, own_prices: OwnPrices::default() }
    }
}
