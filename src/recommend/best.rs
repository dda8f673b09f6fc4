//! What a blend ranks first of all that is said to one person.
//!
//! Of some thousand candidates a few dozen are ever looked at. All are scored, component after component, through runs of memory; what is no
//! less than the greatest of enough heaps is ranked, and only of that it is told which components carry it.

use super::blend::{N_PARTS, Part, Weights};
use super::room::Room;
use crate::id::ProductIx;

/// A product that a blend ranks among the first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// The product.
    pub product: ProductIx,
    /// The blend, above 0.
    pub score: f32,
    /// The component that counts for most.
    pub carried_by: Part,
    /// Whether no other component than what is popular has a word on it.
    pub is_popular_only: bool,
}

/// Heaps that scores are dealt to, for each that is asked for.
const HEAPS: usize = 4;

/// Where scores are ranked, used again for each blend.
#[derive(Debug, Default)]
pub(super) struct Ranking {
    /// The greatest score of each heap, by its bits.
    greatest: Vec<u32>,
    ranked: Vec<Rank>,
}

impl Room {
    /// Returns the products that a blend ranks first, `n` at most, best first, ties by position, without those that are `left_out`.
    pub fn best(&mut self, weights: &Weights, n: usize, left_out: impl IntoIterator<Item = ProductIx>) -> impl Iterator<Item = Best> {
        // A word relative to the greatest of its component times the weight is the word times one factor.
        let mut counting = [(Part::Popular, 0.0_f32); N_PARTS];
        let mut n_counting = 0;
        for ((part, weight), most) in
            Part::ALL.into_iter().zip(weights).zip(self.most).filter(|((_, weight), most)| **weight > 0.0 && *most > 0.0)
        {
            counting[n_counting] = (part, weight / most);
            n_counting += 1;
        }
        self.scores.clear();
        self.scores.resize(self.products.len(), 0.0);
        for (part, factor) in &counting[..n_counting] {
            for (score, word) in self.scores.iter_mut().zip(&self.rows[*part as usize]) {
                *score += factor * word;
            }
        }
        for product in left_out {
            if let Some(score) = self.place(product).and_then(|place| self.scores.get_mut(place)) {
                *score = 0.0;
            }
        }
        self.rank(n);
        let room: &Self = self;
        room.ranking.ranked.iter().map(move |rank| room.told(*rank, &counting[..n_counting]))
    }

    /// Keeps the `n` greatest scores.
    fn rank(&mut self, n: usize) {
        let Self { products, scores, ranking: Ranking { greatest, ranked }, .. } = self;
        // Scores are no less than zero: they are in order of their bits. What is zero is not ranked.
        let mut least = 1;
        let n_heaps = n.saturating_mul(HEAPS);
        if n > 0 && scores.len() > n_heaps {
            greatest.clear();
            greatest.resize(n_heaps, 0);
            for dealt in scores.chunks(n_heaps) {
                for (greatest, score) in greatest.iter_mut().zip(dealt) {
                    *greatest = score.to_bits().max(*greatest);
                }
            }
            // As many heaps as are asked for have one at least that is as great, so what is less is not among the first.
            least = least.max(*greatest.select_nth_unstable(n_heaps - n).1);
        }
        ranked.clear();
        let high = scores.iter().zip(products.iter()).filter(|(score, _)| score.to_bits() >= least);
        ranked.extend(high.map(|(score, product)| Rank::new(*score, *product)));
        ranked.sort_unstable();
        ranked.truncate(n);
    }

    /// Says which components carry a product, of those that count.
    fn told(&self, rank: Rank, counting: &[(Part, f32)]) -> Best {
        let (product, score) = (rank.product(), rank.score());
        let place = self.place(product).unwrap_or(usize::MAX);
        let mut carried = (0.0_f32, Part::Popular);
        let mut is_popular_only = true;
        for (part, factor) in counting {
            let share = self.rows[*part as usize].get(place).map_or(0.0, |word| word * factor);
            if share > carried.0 {
                carried = (share, *part);
            }
            is_popular_only &= *part == Part::Popular || share <= 0.0;
        }
        Best { product, score, carried_by: carried.1, is_popular_only }
    }
}

/// A score and its product in one number: the greatest score first, ties by position in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(u64);

impl Rank {
    fn new(score: f32, product: ProductIx) -> Self {
        Self(u64::from(!score.to_bits()) << 32 | u64::from(product.0))
    }

    fn score(self) -> f32 {
        f32::from_bits(!((self.0 >> 32) as u32))
    }

    #[expect(clippy::cast_possible_truncation, reason = "one half after the other")]
    fn product(self) -> ProductIx {
        ProductIx(self.0 as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of some components on many products, by a rule that repeats few scores.
    fn room() -> Room {
        let mut room = Room::default();
        room.clear(2_003);
        for at in 0..1_500_u16 {
            let (product, word) = (ProductIx(u32::from(at) * 7 % 2_011), f32::from(at * 31 % 257));
            room.add(product, [Part::Together, Part::Linear, Part::Often][usize::from(at % 3)], word);
        }
        room.settle(&vec![0.25; 2_003]);
        room
    }

    #[test]
    fn what_ranks_first_is_what_scoring_and_sorting_all_finds() {
        let mut room = room();
        for (scale, n) in [(0.3, 60), (0.0, 10), (1.0, 5_000), (1.0, 0)] {
            let mut weights: Weights = [0.0; N_PARTS];
            [Part::Popular, Part::Together, Part::Linear]
                .into_iter()
                .zip([scale, 1.0, 0.5])
                .for_each(|(part, weight)| weights[part as usize] = weight);
            let out: Vec<ProductIx> = (0..400).map(|at| ProductIx(at * 5)).collect();
            let kept = room.candidates().iter().filter(|one| !out.contains(&one.product));
            let mut expected: Vec<(ProductIx, f32)> =
                kept.map(|one| (one.product, one.score(&weights))).filter(|one| one.1 > 0.0).collect();
            expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            expected.truncate(n);
            let found: Vec<Best> = room.best(&weights, n, out.iter().copied()).collect();
            assert_eq!(found.len(), expected.len());
            assert!(found.iter().all(|best| !out.contains(&best.product)));
            // A weight over the greatest word is not rounded as a share times a weight: equals may change places.
            for (best, (product, score)) in found.iter().zip(&expected) {
                assert!((best.score - score).abs() < 1e-5, "{best:?} {score}");
                assert!(
                    best.product == *product || expected.iter().any(|(other, near)| *other == best.product && (near - score).abs() < 1e-5)
                );
            }
        }
    }

    #[test]
    fn equals_come_by_position() {
        let mut room = Room::default();
        room.clear(100);
        for product in [70, 3, 41, 12] {
            room.add(ProductIx(product), Part::Alike, 1.0);
        }
        room.settle(&[0.0; 100]);
        let found: Vec<u32> = room.best(&[1.0; N_PARTS], 3, []).map(|best| best.product.0).collect();
        assert_eq!(found, [3, 12, 41]);
    }

    #[test]
    fn a_pick_names_what_counts_most_for_it() {
        let mut room = Room::default();
        room.clear(10);
        room.add(ProductIx(1), Part::Together, 4.0);
        room.add(ProductIx(1), Part::Often, 1.0);
        room.add(ProductIx(2), Part::Often, 2.0);
        room.add(ProductIx(3), Part::Popular, 1.0);
        room.settle(&[1.0; 10]);
        let mut weights: Weights = [0.0; N_PARTS];
        [Part::Popular, Part::Often, Part::Together]
            .into_iter()
            .zip([0.1, 1.0, 0.7])
            .for_each(|(part, weight)| weights[part as usize] = weight);
        let found: Vec<(u32, Part, bool)> =
            room.best(&weights, 9, []).map(|best| (best.product.0, best.carried_by, best.is_popular_only)).collect();
        assert_eq!(found, [(1, Part::Together, false), (2, Part::Often, false), (3, Part::Popular, true)]);
    }
}
