//! Which products the same people buy: the greatest dots of the columns of sparse vectors of people.
//!
//! Cosine: Sarwar et al., "Item-Based Collaborative Filtering", WWW 2001. BM25 weighting of a history as of a document:
//! Robertson and Walker 1994, as in the library `implicit`.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::foremost::{Foremost, KEPT};
use super::vectors::Vectors;
use super::veil::{Behind, Crowd};
use crate::catalogue::Neighbour;
use crate::id::ProductIx;

/// Neighbours kept for all products together, 80 MB: where there are more than a hundred thousand, each keeps fewer...
const ALL_KEPT: usize = 10_000_000;
/// ...and never fewer than these.
const KEPT_MIN: usize = 10;
/// One product in so many that a row touches, beyond which looking at all is quicker than remembering which.
const DENSE: usize = 8;

/// For each product, those that the same people buy, strongest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    pub(super) neighbours: Vec<Vec<Neighbour>>,
}

/// The dots of one product with all others, summed up in one run of memory that is used again for the next.
struct Row {
    dots: Vec<f32>,
    touched: Vec<u32>,
    best: Foremost,
}

impl Pairs {
    /// Keeps the greatest dots of each column with the others.
    pub fn of_dots(vectors: &Vectors, n_products: usize) -> Self {
        Self::build(vectors, n_products, None, |_, _, dot| dot)
    }

    /// Keeps what a score of the dots, and enough people behind them, make greatest.
    pub(super) fn veiled(
        vectors: &Vectors,
        n_products: usize,
        behind: &Behind<'_>,
        score: impl Fn(usize, usize, f32) -> f32 + Sync,
    ) -> Self {
        Self::build(vectors, n_products, Some(behind), score)
    }

    /// Keeps the greatest cosines of each column with the others.
    pub fn of_cosines(vectors: &Vectors, n_products: usize) -> Self {
        let norms = norms(vectors, n_products);
        Self::build(vectors, n_products, None, |a, b, dot| dot / (norms[a] * norms[b]).max(f32::MIN_POSITIVE))
    }

    /// Keeps the greatest cosines of each column with the others, those of little weight shrunk.
    pub(super) fn of_shrunk_cosines(vectors: &Vectors, n_products: usize, shrinkage: f32, behind: Option<&Behind<'_>>) -> Self {
        let norms = norms(vectors, n_products);
        Self::build(vectors, n_products, behind, |a, b, dot| dot / (norms[a] * norms[b] + shrinkage))
    }

    fn build(vectors: &Vectors, n_products: usize, behind: Option<&Behind<'_>>, score: impl Fn(usize, usize, f32) -> f32 + Sync) -> Self {
        let columns = vectors.by_product(n_products);
        let room = || {
            let row = Row { dots: vec![0.0; n_products], touched: Vec::new(), best: Foremost::default() };
            (row, behind.map(|behind| (behind, Crowd::new(n_products))))
        };
        let strongest = |(row, crowd): &mut (Row, Option<(&Behind<'_>, Crowd)>), product: usize| {
            let holding = columns.of(product);
            let Some((behind, crowd)) = crowd else { return row.strongest(holding, vectors, product, &score) };
            crowd.count(holding, vectors, behind);
            row.strongest(holding, vectors, product, |a, b, dot| score(a, b, dot) * behind.factor(a, b, crowd.of(b)))
        };
        let kept = (ALL_KEPT / n_products.max(1)).clamp(KEPT_MIN, KEPT);
        let fewer = |mut list: Vec<Neighbour>| {
            if list.len() > kept {
                list.truncate(kept);
                list.shrink_to_fit();
            }
            list
        };
        Self { neighbours: (0..n_products).into_par_iter().map_init(room, strongest).map(fewer).collect() }
    }

    /// Returns the neighbours of a product, strongest first.
    pub fn of(&self, product: ProductIx) -> &[Neighbour] {
        self.neighbours.get(product.at()).map_or(&[], Vec::as_slice)
    }
}

/// Returns the length of each column.
fn norms(vectors: &Vectors, n_products: usize) -> Vec<f32> {
    let mut squares = vec![0.0_f32; n_products];
    vectors.entries().iter().for_each(|(product, weight)| squares[*product as usize] += weight * weight);
    squares.into_iter().map(f32::sqrt).collect()
}

impl Row {
    /// Sums up what the people of a product bought, and keeps what scores highest.
    fn strongest(
        &mut self,
        people: &[(u32, f32)],
        vectors: &Vectors,
        product: usize,
        score: impl Fn(usize, usize, f32) -> f32,
    ) -> Vec<Neighbour> {
        let Self { dots, touched, best } = self;
        let few = dots.len() / DENSE;
        let mut people = people.iter();
        for (who, weight) in people.by_ref() {
            for (other, theirs) in vectors.of(*who as usize) {
                let dot = &mut dots[*other as usize];
                if *dot == 0.0 {
                    touched.push(*other);
                }
                *dot += weight * theirs;
            }
            if touched.len() > few {
                break;
            }
        }
        if touched.len() <= few {
            for other in touched.drain(..) {
                let dot = std::mem::take(&mut dots[other as usize]);
                if other as usize != product {
                    best.offer(other, score(product, other as usize, dot));
                }
            }
            return best.take();
        }
        touched.clear();
        for (who, weight) in people {
            for (other, theirs) in vectors.of(*who as usize) {
                dots[*other as usize] += weight * theirs;
            }
        }
        dots[product] = 0.0;
        for (other, dot) in (0_u32..).zip(dots.iter()).filter(|(_, dot)| **dot > 0.0) {
            best.offer(other, score(product, other as usize, *dot));
        }
        dots.fill(0.0);
        best.take()
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::{Interactions, Line};
    use super::*;

    /// Everybody buys the first products, and each person some of their own.
    #[test]
    fn what_is_kept_is_what_adding_up_every_pair_finds() {
        let (n_people, n_products) = (60_u32, 200_u32);
        let bought = |who: u32| (0..=who % 9).map(move |at| if at < 3 { at } else { (who * 7 + at * 31) % n_products });
        let line = |who: u32, product: u32| Line { who, product: ProductIx(product), day: 0, order: who };
        let lines = (0..n_people).flat_map(|who| bought(who).map(move |product| line(who, product))).collect();
        let vectors = Vectors::new(&Interactions::new(lines, n_people as usize, n_products as usize), 1, 1, |_| 1.0);
        let pairs = Pairs::of_dots(&vectors, n_products as usize);
        let baskets: Vec<Vec<u32>> = (0..n_people).map(|who| bought(who).collect()).collect();
        for product in 0..n_products {
            let both = |other: u32| baskets.iter().filter(|basket| basket.contains(&product) && basket.contains(&other)).count();
            let mut expected: Vec<(u32, usize)> = (0..n_products).map(|other| (other, both(other))).collect();
            expected.retain(|(other, n)| *other != product && *n > 0);
            expected.sort_by_key(|(other, n)| (std::cmp::Reverse(*n), *other));
            expected.truncate(super::super::foremost::KEPT);
            let found = pairs.of(ProductIx(product)).iter();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
            let found: Vec<(u32, usize)> = found.map(|near| (near.product.0, near.score as usize)).collect();
            assert_eq!(found, expected, "{product}");
        }
    }
    /// Vectors of people who bought runs of products one after another.
    fn runs(n_products: u32, length: u32) -> Vectors {
        let mut vectors = Vectors::default();
        for first in (0..n_products).step_by(length as usize / 2) {
            let mut run: Vec<u32> = (first..first + length).map(|product| product % n_products).collect();
            run.sort_unstable();
            vectors.push(run.into_iter().map(|product| (product, 1.0)));
        }
        vectors
    }

    #[test]
    fn a_million_products_keep_no_more_neighbours_than_a_hundred_thousand() {
        let bytes = |n_products: u32| {
            let pairs = Pairs::of_dots(&runs(n_products, 24), n_products as usize);
            let kept: usize = pairs.neighbours.iter().map(|list| list.capacity() * size_of::<Neighbour>()).sum();
            kept + pairs.neighbours.capacity() * size_of::<Vec<Neighbour>>()
        };
        let found = bytes(1_000_000);
        assert!(found < 110_000_000, "{found}");
        let small = Pairs::of_dots(&runs(1_000, 24), 1_000);
        assert!(small.neighbours.iter().all(|list| list.len() > 20), "what is small keeps all");
    }
}
