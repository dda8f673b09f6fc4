//! What came into the catalogue lately: the same for all, in an order that follows what a person likes.

use super::candidate::NEW_IN;
use crate::catalogue::{Catalogue, TopicIx};
use crate::clock::Timestamp;
use crate::id::ProductIx;

/// Newest products that `new_in` proposes from.
const NEW_IN_MAX: usize = 200;

/// The newest products, newest first, and the topics they are of.
#[derive(Debug)]
pub(super) struct NewIn {
    products: Vec<ProductIx>,
    /// Topic and place in `products`, sorted.
    topics: Vec<(TopicIx, usize)>,
}

impl NewIn {
    pub(super) fn of(catalogue: &Catalogue, now: Timestamp) -> Self {
        let since = now.minus(NEW_IN);
        let published = |ix: &ProductIx| catalogue.product(*ix).published_at.filter(|at| *at > since && *at <= now);
        let mut products: Vec<ProductIx> = catalogue.all().filter(|ix| published(ix).is_some()).collect();
        products.sort_by_key(|ix| (std::cmp::Reverse(published(ix)), *ix));
        products.truncate(NEW_IN_MAX);
        let of_product = |(place, ix): (usize, &ProductIx)| catalogue.product(*ix).topics.iter().map(move |topic| (*topic, place));
        let mut topics: Vec<(TopicIx, usize)> = products.iter().enumerate().flat_map(of_product).collect();
        topics.sort_unstable();
        Self { products, topics }
    }

    /// Returns the products with the greatest liking for a topic of theirs, 0 where none is liked.
    pub(super) fn with_liking(&self, liked: impl Iterator<Item = (TopicIx, f32)>) -> impl Iterator<Item = (ProductIx, f32)> {
        let mut likings = vec![0.0_f32; self.products.len()];
        for (topic, liking) in liked {
            let from = self.topics.partition_point(|known| known.0 < topic);
            for (_, place) in self.topics[from..].iter().take_while(|known| known.0 == topic) {
                likings[*place] = likings[*place].max(liking);
            }
        }
        self.products.iter().copied().zip(likings)
    }
}
