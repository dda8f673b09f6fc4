//! What is known of products: the catalogue, topics, popularity, co-purchase and likeness.
//!
//! Owns nothing about people: the same models serve everybody.

mod decay;
mod popularity;
mod prices;
mod product;
mod purchases;
mod similar;
mod sold;

pub use decay::{Decay, UNIT};
pub use popularity::{Popularity, Sales};
pub use prices::{OwnPrices, OwnPricesBuilder};
pub use product::{Catalogue, CatalogueBuilder, Place, Product, Topic, TopicIx};
pub(crate) use purchases::BASKET_PRODUCTS_MAX;
pub use purchases::{AlsoBought, Baskets};
pub use similar::Similar;
pub use sold::{Sold, SoldBuilder};

/// What is learned from everybody's orders and from the catalogue itself.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Models {
    /// What sells now.
    pub popularity: Popularity,
    /// What is bought together.
    pub also_bought: AlsoBought,
    /// What resembles what.
    pub similar: Similar,
    /// What was ordered lately, in true counts.
    pub sold: Sold,
}

/// A product related to another, with the strength of the relation, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Neighbour {
    /// The related product.
    pub product: crate::id::ProductIx,
    /// Strength, greater is closer.
    pub score: f32,
}

/// Neighbours kept for each product.
pub const NEIGHBOURS_MAX: usize = 40;

/// Keeps the strongest neighbours, strongest first, ties by position in the catalogue.
pub(crate) fn strongest(mut neighbours: Vec<Neighbour>) -> Vec<Neighbour> {
    let order = |a: &Neighbour, b: &Neighbour| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product));
    if neighbours.len() > NEIGHBOURS_MAX {
        neighbours.select_nth_unstable_by(NEIGHBOURS_MAX, order);
        neighbours.truncate(NEIGHBOURS_MAX);
    }
    neighbours.sort_unstable_by(order);
    neighbours
}
