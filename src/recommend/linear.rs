//! What a basket of tastes predicts of each product: a linear model without hidden factors, on the head of the catalogue.
//!
//! EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): with `P = (X'X + lambda I)^-1`, the weight
//! from product `i` to product `j` is `-P_ij / P_jj`. The square of the number of products has to fit in memory, so only
//! the products that weigh most take part: three matrices of [`HEAD_MAX`] squared floats, 48 MB, at most.

use ndarray::Array2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::history::Own;
use super::pairs::{Pairs, Vectors, strongest};
use super::solve::invert;
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
    own.taste.min(1.0).sqrt()
}

impl Linear {
    /// Learns from vectors of people; empty when there is nothing to learn from.
    pub fn train(vectors: &Vectors, n_products: usize) -> Self {
        let columns = vectors.by_product(n_products);
        let mut mass: Vec<(f32, usize)> = columns.iter().map(|column| column.iter().map(|entry| entry.1).sum()).zip(0..).collect();
        mass.retain(|(mass, _)| *mass > 0.0);
        mass.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        mass.truncate(HEAD_MAX);
        let mut head: Vec<usize> = mass.into_iter().map(|(_, product)| product).collect();
        head.sort_unstable();
        let n = head.len();
        let mut place = vec![usize::MAX; n_products];
        head.iter().zip(0..).for_each(|(product, at)| place[*product] = at);

        let mut gram = Array2::<f32>::zeros((n, n));
        gram.axis_iter_mut(ndarray::Axis(0)).zip(0..).collect::<Vec<_>>().into_par_iter().for_each(
            |(mut row, at): (ndarray::ArrayViewMut1<'_, f32>, usize)| {
                for (who, weight) in &columns[head[at]] {
                    for (other, theirs) in vectors.of(*who as usize) {
                        if let Some(cell) = row.get_mut(place[*other as usize]) {
                            *cell += weight * theirs;
                        }
                    }
                }
                row[at] += LAMBDA;
            },
        );
        let Some(inverse) = invert(gram) else { return Self::default() };
        let mut neighbours = vec![Vec::new(); n_products];
        let rows: Vec<Vec<Neighbour>> = (0..n)
            .into_par_iter()
            .map(|at| {
                let weight = |to: usize| -inverse[[at, to]] / inverse[[to, to]];
                let others = (0..n).filter(|to| *to != at).map(|to| (head[to], weight(to)));
                strongest(
                    others.map(|(to, score)| Neighbour { product: ProductIx(u32::try_from(to).unwrap_or(u32::MAX)), score }).collect(),
                )
            })
            .collect();
        head.iter().zip(rows).for_each(|(product, row)| neighbours[*product] = row);
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
