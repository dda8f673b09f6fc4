//! The strongest of many neighbours, kept in little room.

use crate::catalogue::Neighbour;
use crate::id::ProductIx;

/// Neighbours kept for each product.
pub(super) const KEPT: usize = 100;

/// Neighbours that may still be among the [`KEPT`] strongest; used again from one product to the next.
#[derive(Debug)]
pub(super) struct Foremost {
    kept: Vec<Neighbour>,
    /// What scores less is not among them.
    least: f32,
}

impl Default for Foremost {
    fn default() -> Self {
        Self { kept: Vec::with_capacity(4 * KEPT), least: f32::MIN_POSITIVE }
    }
}

impl Foremost {
    /// Offers a neighbour; what does not score above zero is not kept.
    #[inline]
    pub(super) fn offer(&mut self, product: u32, score: f32) {
        if score >= self.least && score.is_finite() {
            self.kept.push(Neighbour { product: ProductIx(product), score });
            if self.kept.len() >= 4 * KEPT {
                self.narrow();
                self.least = self.kept.iter().map(|kept| kept.score).fold(f32::MAX, f32::min);
            }
        }
    }

    /// Returns the strongest, strongest first, ties by position, and begins anew.
    pub(super) fn take(&mut self) -> Vec<Neighbour> {
        self.narrow();
        self.kept.sort_unstable_by(order);
        let found = self.kept.as_slice().to_vec();
        self.kept.clear();
        self.least = f32::MIN_POSITIVE;
        found
    }

    fn narrow(&mut self) {
        if self.kept.len() > KEPT {
            self.kept.select_nth_unstable_by(KEPT, order);
            self.kept.truncate(KEPT);
        }
    }
}

/// Keeps the strongest of some neighbours, strongest first.
pub(super) fn strongest(all: impl Iterator<Item = Neighbour>) -> Vec<Neighbour> {
    let mut best = Foremost::default();
    all.for_each(|near| best.offer(near.product.0, near.score));
    best.take()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as sorting asks")]
fn order(a: &Neighbour, b: &Neighbour) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.product.cmp(&b.product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "small invented numbers")]
    fn what_is_kept_does_not_depend_on_the_order_of_offers() {
        let offers: Vec<(u32, f32)> = (0..5_000).map(|at| (at, ((at * 37) % 101) as f32 - 3.0)).collect();
        let mut expected: Vec<(u32, f32)> = offers.iter().copied().filter(|offer| offer.1 > 0.0).collect();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        expected.truncate(KEPT);
        let mut best = Foremost::default();
        for turned in [false, true] {
            best.offer(7, f32::NAN);
            best.offer(8, f32::INFINITY);
            let mut offers = offers.clone();
            if turned {
                offers.reverse();
            }
            for (product, score) in offers {
                best.offer(product, score);
            }
            let found: Vec<(u32, f32)> = best.take().into_iter().map(|near| (near.product.0, near.score)).collect();
            assert_eq!(found, expected);
        }
    }
}
