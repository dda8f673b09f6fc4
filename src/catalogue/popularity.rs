//! What sells now: lines of orders, recent ones weighing more.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::{Catalogue, Decay, TopicIx};
use crate::clock::{Span, Timestamp};
use crate::id::ProductIx;

/// Products in order of decayed order lines, overall and per category.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Popularity {
    /// Decayed count of order lines per product, fixed point.
    pub weight: Vec<u64>,
    /// The most popular products overall, most popular first.
    pub overall: Vec<ProductIx>,
    /// The most popular products of each topic.
    pub by_topic: Vec<Vec<ProductIx>>,
}

/// Products kept in the overall list.
const OVERALL_MAX: usize = 500;

/// Products kept in each topic's list.
const TOPIC_MAX: usize = 60;

/// Counts sales from several threads, in any order.
#[derive(Debug)]
pub struct Sales {
    decay: Decay,
    weight: Vec<AtomicU64>,
}

impl Sales {
    /// Starts from zero for a catalogue of `n_products`.
    pub fn new(n_products: usize, now: Timestamp, half_life: Span) -> Self {
        Self { decay: Decay::new(now, half_life), weight: (0..n_products).map(|_| AtomicU64::new(0)).collect() }
    }

    /// Takes one order line.
    pub fn add(&self, product: ProductIx, at: Timestamp) {
        self.weight[product.at()].fetch_add(self.decay.weight(at), Ordering::Relaxed);
    }

    /// Ranks the products; ties by position in the catalogue.
    pub fn rank(self, catalogue: &Catalogue) -> Popularity {
        let weight: Vec<u64> = self.weight.into_iter().map(AtomicU64::into_inner).collect();
        let mut ranked: Vec<ProductIx> = catalogue.all().filter(|product| weight[product.at()] > 0).collect();
        ranked.sort_by_key(|product| (std::cmp::Reverse(weight[product.at()]), *product));
        let mut by_topic = vec![Vec::new(); catalogue.topics.len()];
        for product in &ranked {
            for topic in &catalogue.product(*product).topics {
                let list: &mut Vec<ProductIx> = &mut by_topic[topic.at()];
                if list.len() < TOPIC_MAX {
                    list.push(*product);
                }
            }
        }
        ranked.truncate(OVERALL_MAX);
        Popularity { weight, overall: ranked, by_topic }
    }
}

impl Popularity {
    /// Returns the most popular products of a topic, most popular first.
    pub fn of_topic(&self, topic: TopicIx) -> &[ProductIx] {
        self.by_topic.get(topic.at()).map_or(&[], Vec::as_slice)
    }

    /// Returns a product's popularity relative to the most popular one, 0 to 1.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a ratio with seven digits")]
    pub fn relative(&self, product: ProductIx) -> f32 {
        let top = self.overall.first().map_or(0, |first| self.weight[first.at()]);
        if top == 0 { 0.0 } else { (self.weight[product.at()] as f64 / top as f64) as f32 }
    }
}
