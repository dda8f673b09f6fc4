//! The products that do not sell among the best, in an order that says nothing of them: what a lot may reach besides.

use std::collections::HashSet;

use crate::catalogue::{Catalogue, Popularity};
use crate::id::{ProductIx, stable_hash};

/// Products that are looked at for one mail, at most.
const BOARD: usize = 64;
/// The share of the places drawn by lot that goes to these products, at most.
const SHARE: f64 = 0.25;

/// Boards of products, of which each mail looks at one.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    products: Vec<ProductIx>,
    share: f64,
}

impl Shelf {
    /// Puts what is not sold out and not among the products that sell most on boards, in the order of a hash.
    pub(super) fn of(catalogue: &Catalogue, popularity: &Popularity) -> Self {
        let best: HashSet<ProductIx> = popularity.overall.iter().copied().collect();
        let may_be_sold = |ix: &ProductIx| catalogue.product(*ix).stock != Some(0);
        let mut products: Vec<ProductIx> = catalogue.all().filter(|ix| may_be_sold(ix) && !best.contains(ix)).collect();
        products.sort_by_cached_key(|ix| (stable_hash(&["shelf", catalogue.product(*ix).id.as_str()]), *ix));
        Self::new(products, best.len())
    }

    /// Puts products on boards, beside so many that sell most.
    ///
    /// None of them is to have a greater chance than those that sell: where they are few, their share is that of their number.
    #[expect(clippy::cast_precision_loss, reason = "numbers of products")]
    pub(super) fn new(products: Vec<ProductIx>, n_best: usize) -> Self {
        let share = products.len() as f64 / (products.len() + n_best).max(1) as f64;
        Self { products, share: if n_best == 0 { share } else { share.min(SHARE) } }
    }

    /// Returns the share of the places drawn by lot that goes to these products.
    pub(super) fn share(&self) -> f64 {
        self.share
    }

    /// Returns how many boards there are.
    pub(super) fn n_boards(&self) -> usize {
        self.products.len().div_ceil(BOARD)
    }

    /// Returns the number of the board that a number from 0 to 1 points at: each with the same chance.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of boards")]
    pub(super) fn pointed_at(&self, unit: f64) -> usize {
        let n = self.n_boards();
        ((unit * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Returns the products of a board, by its number; all are as long as each other, but for one product.
    pub(super) fn board(&self, number: usize) -> &[ProductIx] {
        let n = self.n_boards();
        let from = |number: usize| number * self.products.len() / n.max(1);
        if number < n { &self.products[from(number)..from(number + 1)] } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_is_on_one_board() {
        for n in [0_u32, 1, 63, 64, 65, 1_000] {
            let shelf = Shelf::new((0..n).map(ProductIx).collect(), 500);
            assert!(shelf.share() <= f64::from(n) / 500.0 && shelf.share() <= 0.25);
            let n_boards = shelf.n_boards();
            let middle = |at: usize| (f64::from(u32::try_from(at).expect("few")) + 0.5) / f64::from(u32::try_from(n_boards).expect("few"));
            assert!((0..n_boards).all(|at| shelf.pointed_at(middle(at)) == at));
            let all: Vec<u32> = (0..=n_boards).flat_map(|at| shelf.board(at).iter().map(|ix| ix.0)).collect();
            assert_eq!(all, (0..n).collect::<Vec<_>>());
            assert!((0..n_boards).all(|at| shelf.board(at).len() <= BOARD));
        }
    }
}
