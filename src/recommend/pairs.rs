//! Which products the same people buy: sparse vectors of people, and the dots of their columns.
//!
//! Cosine: Sarwar et al., "Item-Based Collaborative Filtering", WWW 2001. BM25 weighting of a history as of a document:
//! Robertson and Walker 1994, as in the library `implicit`.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::history::History;
use crate::catalogue::Neighbour;
use crate::id::ProductIx;

/// Products of one person that count; what they weigh most.
const PERSON_MAX: usize = 200;
/// Neighbours kept for each product.
pub(super) const KEPT: usize = 100;
/// Neighbours kept for all products together, 80 MB: where there are more than a hundred thousand, each keeps fewer...
const ALL_KEPT: usize = 10_000_000;
/// ...and never fewer than these.
const KEPT_MIN: usize = 10;
/// How soon more of the same product says no more.
const BM25_K1: f32 = 1.2;
/// How much a long history is discounted.
const BM25_B: f32 = 0.75;

/// Sparse vectors one after another, one for each person.
#[derive(Debug, Clone, Default)]
pub struct Vectors {
    pub(super) starts: Vec<usize>,
    pub(super) entries: Vec<(u32, f32)>,
}

impl Vectors {
    /// Weighs what each person bought; those who bought nothing that weighs have an empty vector.
    pub fn new(histories: &[History], weight: impl Fn(&super::Own) -> f32) -> Self {
        let mut vectors = Self { starts: vec![0], entries: Vec::new() };
        for history in histories {
            let mut own: Vec<(u32, f32)> = history.own().iter().map(|own| (own.product.0, weight(own))).filter(|own| own.1 > 0.0).collect();
            if own.len() > PERSON_MAX {
                own.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
                own.truncate(PERSON_MAX);
                own.sort_by_key(|own| own.0);
            }
            vectors.entries.extend(own);
            vectors.starts.push(vectors.entries.len());
        }
        vectors
    }

    /// Returns the vector of one person.
    pub fn of(&self, who: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[who]..self.starts[who + 1]]
    }

    /// Returns the number of people.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Says whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Weighs each product of each person by BM25: rare products and short histories say more.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts of people, and means, as weights")]
    #[must_use]
    pub fn bm25(mut self, n_products: usize) -> Self {
        let mut n_people_of = vec![0_u32; n_products];
        self.entries.iter().for_each(|entry| n_people_of[entry.0 as usize] += 1);
        let n_people = (0..self.len()).filter(|who| !self.of(*who).is_empty()).count().max(1) as f32;
        let mean = (self.entries.iter().map(|entry| f64::from(entry.1)).sum::<f64>() as f32 / n_people).max(f32::MIN_POSITIVE);
        for who in 0..self.len() {
            let run = &mut self.entries[self.starts[who]..self.starts[who + 1]];
            let length = run.iter().map(|entry| entry.1).sum::<f32>() / mean;
            for (product, weight) in run {
                let rarity = (n_people / (1.0 + n_people_of[*product as usize] as f32)).max(1.0).ln();
                *weight *= rarity * (BM25_K1 + 1.0) / (BM25_K1 * (1.0 - BM25_B + BM25_B * length) + *weight);
            }
        }
        self
    }

    /// Returns the people of each product and what it weighs with them, in order of people.
    pub(super) fn by_product(&self, n_products: usize) -> Vec<Vec<(u32, f32)>> {
        let mut columns: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n_products];
        for (who, number) in (0..self.len()).zip(0_u32..) {
            self.of(who).iter().for_each(|(product, weight)| columns[*product as usize].push((number, *weight)));
        }
        columns
    }
}

/// For each product, those that the same people buy, strongest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    pub(super) neighbours: Vec<Vec<Neighbour>>,
}

impl Pairs {
    /// Keeps the greatest dots of each column with the others.
    pub fn of_dots(vectors: &Vectors, n_products: usize) -> Self {
        Self::build(vectors, n_products, |_, _, dot| dot)
    }

    /// Keeps the greatest cosines of each column with the others.
    pub fn of_cosines(vectors: &Vectors, n_products: usize) -> Self {
        let mut squares = vec![0.0_f32; n_products];
        vectors.entries.iter().for_each(|(product, weight)| squares[*product as usize] += weight * weight);
        Self::build(vectors, n_products, |a, b, dot| dot / (squares[a] * squares[b]).sqrt().max(f32::MIN_POSITIVE))
    }

    /// Keeps the greatest cosines of each column with the others, those of little weight shrunk.
    pub(super) fn of_shrunk_cosines(vectors: &Vectors, n_products: usize, shrinkage: f32) -> Self {
        let mut squares = vec![0.0_f32; n_products];
        vectors.entries.iter().for_each(|(product, weight)| squares[*product as usize] += weight * weight);
        Self::build(vectors, n_products, |a, b, dot| dot / ((squares[a] * squares[b]).sqrt() + shrinkage))
    }

    fn build(vectors: &Vectors, n_products: usize, score: impl Fn(usize, usize, f32) -> f32 + Sync) -> Self {
        let columns = vectors.by_product(n_products);
        let row = |(dots, touched): &mut (Vec<f32>, Vec<u32>), product: usize| {
            for (who, weight) in &columns[product] {
                for (other, theirs) in vectors.of(*who as usize) {
                    if dots[*other as usize] == 0.0 {
                        touched.push(*other);
                    }
                    dots[*other as usize] += weight * theirs;
                }
            }
            let found = touched.drain(..).map(|other| (other, std::mem::take(&mut dots[other as usize])));
            let others = found.filter(|(other, _)| *other as usize != product);
            strongest(
                others.map(|(other, dot)| Neighbour { product: ProductIx(other), score: score(product, other as usize, dot) }).collect(),
            )
        };
        let room = || (vec![0.0_f32; n_products], Vec::new());
        let kept = (ALL_KEPT / n_products.max(1)).clamp(KEPT_MIN, KEPT);
        let fewer = |mut list: Vec<Neighbour>| {
            if list.len() > kept {
                list.truncate(kept);
                list.shrink_to_fit();
            }
            list
        };
        Self { neighbours: (0..n_products).into_par_iter().map_init(room, row).map(fewer).collect() }
    }

    /// Returns the neighbours of a product, strongest first.
    pub fn of(&self, product: ProductIx) -> &[Neighbour] {
        self.neighbours.get(product.at()).map_or(&[], Vec::as_slice)
    }
}

/// Keeps the neighbours that score above zero and strongest, strongest first, ties by position.
pub(super) fn strongest(mut all: Vec<Neighbour>) -> Vec<Neighbour> {
    let order = |a: &Neighbour, b: &Neighbour| b.score.total_cmp(&a.score).then(a.product.cmp(&b.product));
    all.retain(|neighbour| neighbour.score > 0.0 && neighbour.score.is_finite());
    if all.len() > KEPT {
        all.select_nth_unstable_by(KEPT, order);
        all.truncate(KEPT);
    }
    all.sort_unstable_by(order);
    all.shrink_to_fit();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of people who bought runs of products one after another.
    fn runs(n_products: u32, length: u32) -> Vectors {
        let mut vectors = Vectors { starts: vec![0], entries: Vec::new() };
        for first in (0..n_products).step_by(length as usize / 2) {
            vectors.entries.extend((first..first + length).map(|product| (product % n_products, 1.0)));
            let run = *vectors.starts.last().expect("one");
            vectors.entries[run..].sort_by_key(|entry| entry.0);
            vectors.starts.push(vectors.entries.len());
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
