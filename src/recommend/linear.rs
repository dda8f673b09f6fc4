//! What a basket of tastes predicts of each product: a linear model without hidden factors, on the head of the catalogue.
//!
//! EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): with `P = (X'X + lambda I)^-1`, the weight
//! from product `i` to product `j` is `-P_ij / P_jj`. The square of the number of products has to fit in memory, so only
//! the products that weigh most take part: one matrix of [`HEAD_MAX`] squared floats, 16 MB, at most, inverted in place.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::foremost::Foremost;
use super::history::Own;
use super::lines::Interactions;
use super::pairs::Pairs;
use super::solve::invert;
use super::vectors::Vectors;
use super::veil::{Behind, Crowd};
use crate::catalogue::Neighbour;
use crate::id::ProductIx;

/// Products that take part.
pub const HEAD_MAX: usize = 2_000;
/// How strongly weights are held near zero.
const LAMBDA: f32 = 100.0;

/// The weights between products of the head that are above zero, the greatest of each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Linear {
    pairs: Pairs,
}

/// What a purchase weighs in the model: recent ones more, more of the same hardly.
pub(super) fn weight(own: &Own) -> f32 {
    of_taste(own.taste)
}

fn of_taste(taste: f32) -> f32 {
    taste.min(1.0).sqrt()
}

/// Returns `X'X + lambda I`, the lower triangle alone; lambda is that of all the people the vectors stand for.
fn gram(vectors: &Vectors, n: usize) -> Array2<f32> {
    let columns = vectors.by_product(n);
    let mut gram = Array2::<f32>::zeros((n, n));
    let rows: Vec<(usize, &mut [f32])> = gram.as_slice_mut().unwrap_or_default().chunks_exact_mut(n.max(1)).enumerate().collect();
    rows.into_par_iter().for_each(|(at, row)| {
        let row = &mut row[..=at];
        for (who, weight) in columns.of(at) {
            for (other, theirs) in vectors.of(*who as usize) {
                let Some(cell) = row.get_mut(*other as usize) else { break };
                *cell += weight * theirs;
            }
        }
        row[at] += LAMBDA / vectors.each();
    });
    gram
}

impl Linear {
    /// Learns from what each `step`-th person, 1 for everybody, bought before the day `today`; empty when that is nothing.
    pub fn train(table: &Interactions, today: i32, step: usize) -> Self {
        Self::learn(table, today, step, None)
    }

    /// As [`Self::train`]; with somebody behind it, a weight counts for as much as the people who bought both products are enough.
    pub(super) fn learn(table: &Interactions, today: i32, step: usize, behind: Option<&Behind<'_>>) -> Self {
        let n_products = table.n_products();
        let vectors = Vectors::new(table, today, step, of_taste);
        let mut mass = vec![0.0_f32; n_products];
        vectors.entries().iter().for_each(|(product, weight)| mass[*product as usize] += weight);
        let mut head: Vec<u32> = (0_u32..).zip(&mass).filter(|(_, mass)| **mass > 0.0).map(|(product, _)| product).collect();
        head.sort_by(|a, b| mass[*b as usize].total_cmp(&mass[*a as usize]).then(a.cmp(b)));
        head.truncate(HEAD_MAX);
        head.sort_unstable();
        let mut place = vec![None; n_products];
        head.iter().zip(0..).for_each(|(product, at)| place[*product as usize] = Some(at));
        let vectors = vectors.placed(&place);
        let Some(inverse) = invert(gram(&vectors, head.len())) else { return Self::default() };
        let behind = behind.map(|behind| (behind, vectors.by_product(head.len())));
        let crowd = || behind.as_ref().map(|(behind, columns)| (*behind, columns, Crowd::new(head.len())));
        let rows: Vec<Vec<Neighbour>> = (0..head.len())
            .into_par_iter()
            .map_init(
                || (Foremost::default(), crowd()),
                |(best, crowd), at| {
                    let others = head.iter().enumerate().filter(|(to, _)| *to != at);
                    let weight = |to: usize| -inverse[[at, to]] / inverse[[to, to]];
                    if let Some((behind, columns, crowd)) = crowd {
                        crowd.count(columns.of(at), &vectors, behind);
                        let factor = |to: usize, product: u32| behind.factor(head[at] as usize, product as usize, crowd.of(to));
                        others.for_each(|(to, product)| best.offer(*product, weight(to) * factor(to, *product)));
                    } else {
                        others.for_each(|(to, product)| best.offer(*product, weight(to)));
                    }
                    best.take()
                },
            )
            .collect();
        let mut neighbours = vec![Vec::new(); n_products];
        head.iter().zip(rows).for_each(|(product, row)| neighbours[*product as usize] = row);
        Self { pairs: Pairs { neighbours } }
    }

    /// Returns what having bought a product speaks for, strongest first.
    pub fn of(&self, product: ProductIx) -> &[Neighbour] {
        self.pairs.of(product)
    }

    pub(super) fn n_neighbours(&self) -> usize {
        self.pairs.neighbours.iter().map(Vec::len).sum()
    }
}
