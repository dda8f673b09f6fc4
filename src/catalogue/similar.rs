//! What resembles what: content likeness from categories, brand, tags, words of the title and price.
//!
//! Each product is a bag of terms weighted by inverse document frequency; likeness is their cosine
//! (Salton and Buckley 1988), scaled down when prices differ widely. It needs no sales, so a new product has
//! neighbours on its first day.

use std::collections::HashMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Catalogue, Neighbour, Product, strongest};
use crate::condition::topic_slug;
use crate::id::ProductIx;

/// Products that may share a term before the term says nothing.
const POSTINGS_MAX: usize = 1_500;

/// Shortest word of a title that counts.
const WORD_MIN: usize = 3;

/// Likeness under which two products are strangers.
const LIKENESS_MIN: f32 = 0.1;

/// For each product, what resembles it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Similar {
    neighbours: Vec<Vec<Neighbour>>,
}

impl Similar {
    /// Compares all products that share a telling term.
    #[expect(clippy::cast_precision_loss, reason = "frequencies and cosines need no more than 24 bits")]
    pub fn build(catalogue: &Catalogue) -> Self {
        let bags: Vec<Vec<String>> = catalogue.products.iter().map(|product| terms(product, catalogue)).collect();
        let mut postings: HashMap<&str, Vec<u32>> = HashMap::new();
        for (bag, ix) in bags.iter().zip(0_u32..) {
            for term in bag {
                postings.entry(term).or_default().push(ix);
            }
        }
        let n = bags.len() as f32;
        let weight = |term: &str| postings.get(term).map_or(0.0, |list| (n / list.len() as f32).ln_1p());
        let norms: Vec<f32> = bags.iter().map(|bag| bag.iter().map(|term| weight(term).powi(2)).sum::<f32>().sqrt()).collect();
        let neighbours = (0..bags.len())
            .into_par_iter()
            .map_init(
                || (vec![0.0_f32; bags.len()], Vec::new()),
                |(dots, touched), ix| {
                    for term in &bags[ix] {
                        let list = &postings[term.as_str()];
                        if list.len() > POSTINGS_MAX {
                            continue;
                        }
                        let square = weight(term).powi(2);
                        for other in list {
                            if dots[*other as usize] == 0.0 {
                                touched.push(ProductIx(*other));
                            }
                            dots[*other as usize] += square;
                        }
                    }
                    let found = touched
                        .drain(..)
                        .filter_map(|other| {
                            let dot = std::mem::take(&mut dots[other.at()]);
                            let likeness =
                                dot / (norms[ix] * norms[other.at()]) * closeness(&catalogue.products[ix], catalogue.product(other));
                            (other.at() != ix && likeness >= LIKENESS_MIN).then_some(Neighbour { product: other, score: likeness.min(1.0) })
                        })
                        .collect();
                    strongest(found)
                },
            )
            .collect();
        Self { neighbours }
    }

    /// Returns what resembles a product, most alike first.
    pub fn of(&self, product: ProductIx) -> &[Neighbour] {
        self.neighbours.get(product.at()).map_or(&[], Vec::as_slice)
    }
}

/// The distinct words and topics of a product, sorted.
fn terms(product: &Product, catalogue: &Catalogue) -> Vec<String> {
    let slug = topic_slug(&product.title);
    let words = slug.split('-').filter(|word| word.len() >= WORD_MIN).map(str::to_owned);
    let topics = product.topics.iter().map(|topic| format!("#{}", catalogue.topics[topic.at()].slug));
    let mut terms: Vec<String> = words.chain(topics).collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Returns 1 for equal prices, falling to 0.5 as one is many times the other.
#[expect(clippy::cast_precision_loss, reason = "prices compared as a ratio")]
fn closeness(a: &Product, b: &Product) -> f32 {
    let (low, high) = (a.price.minor.min(b.price.minor).max(1), a.price.minor.max(b.price.minor).max(1));
    0.5 + 0.5 * (low as f32 / high as f32)
}
