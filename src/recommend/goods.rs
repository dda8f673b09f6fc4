//! What models know of products besides who wants them: category and price, and what is popular in each category.

use serde::{Deserialize, Serialize};

use super::popular::Popular;
use crate::catalogue::Catalogue;
use crate::id::ProductIx;

/// Products of a category that are proposed to those who like it.
const OF_CATEGORY_MAX: usize = 25;
/// No category.
const NONE: u32 = u32::MAX;

/// Category and price of each product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Goods {
    /// Position of the narrowest category.
    categories: Vec<u32>,
    /// Prices in minor units; 0 where there is none, or in another currency than the first product.
    prices: Vec<i64>,
    /// The most popular products of each category.
    firsts: Vec<Vec<ProductIx>>,
}

impl Goods {
    /// Reads them from a catalogue.
    pub fn of(catalogue: &Catalogue) -> Self {
        let currency = catalogue.products.first().map(|product| product.price.currency);
        let price =
            |product: &crate::catalogue::Product| if Some(product.price.currency) == currency { product.price.minor.max(0) } else { 0 };
        Self {
            categories: catalogue.products.iter().map(|product| product.leaf_category().map_or(NONE, |topic| topic.0)).collect(),
            prices: catalogue.products.iter().map(price).collect(),
            firsts: Vec::new(),
        }
    }

    /// Finds what is popular in each category.
    pub(super) fn with_firsts(&self, popular: &Popular) -> Self {
        let n = self.categories.iter().filter(|category| **category != NONE).max().map_or(0, |most| *most as usize + 1);
        let mut firsts: Vec<Vec<ProductIx>> = vec![Vec::new(); n];
        for (category, product) in self.categories.iter().zip(0..).filter(|(category, _)| **category != NONE) {
            let product = ProductIx(product);
            if popular.share.get(product.at()).is_some_and(|share| *share > 0.0) {
                firsts[*category as usize].push(product);
            }
        }
        for list in &mut firsts {
            list.sort_by(|a, b| popular.share[b.at()].total_cmp(&popular.share[a.at()]).then(a.cmp(b)));
            list.truncate(OF_CATEGORY_MAX);
            list.shrink_to_fit();
        }
        Self { firsts, ..self.clone() }
    }

    /// Returns the narrowest category of a product.
    pub(super) fn category(&self, product: ProductIx) -> Option<u32> {
        self.categories.get(product.at()).copied().filter(|category| *category != NONE)
    }

    /// Returns the price of a product in minor units, when it has one.
    pub(super) fn price(&self, product: ProductIx) -> Option<i64> {
        self.prices.get(product.at()).copied().filter(|price| *price > 0)
    }

    /// Returns the most popular products of a category, the first first.
    pub(super) fn first_of(&self, category: u32) -> &[ProductIx] {
        self.firsts.get(category as usize).map_or(&[], Vec::as_slice)
    }
}
