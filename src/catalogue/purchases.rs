//! Baskets, and what is bought together: co-occurrence with shrinkage.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Neighbour, strongest};
use crate::id::ProductIx;

/// Distinct products of one basket that count; a wholesale order of hundreds says little about each pair.
pub(crate) const BASKET_PRODUCTS_MAX: usize = 200;

/// Order lines collected by one reader, in any order.
#[derive(Debug, Default)]
pub struct Baskets {
    /// Order, product, and a check of the rest of the line, which fits in the padding.
    lines: Vec<(u64, ProductIx, u32)>,
}

impl Baskets {
    /// Takes one line: the hash of its order, its product, and a hash of all that makes two lines the same.
    pub fn add(&mut self, order: u64, product: ProductIx, line: u64) {
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let check = line as u32;
        self.lines.push((order, product, check));
    }

    /// Takes in the lines of another reader.
    pub fn merge(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// Groups the lines into baskets of distinct products, in a canonical order; also returns how many lines repeat another one.
    pub fn group(self) -> (Vec<Vec<ProductIx>>, u64) {
        let mut lines = self.lines;
        lines.par_sort_unstable();
        let n_lines = lines.len();
        lines.dedup();
        let n_repeated = (n_lines - lines.len()) as u64;
        lines.dedup_by_key(|line| (line.0, line.1));
        let baskets = lines
            .chunk_by(|a, b| a.0 == b.0)
            .map(|basket| basket.iter().map(|(_, product, _)| *product).collect::<Vec<_>>())
            .filter(|basket| basket.len() <= BASKET_PRODUCTS_MAX)
            .collect();
        (baskets, n_repeated)
    }
}

/// For each product, what is bought with it.
///
/// The score of a pair is the cosine of the two products' basket sets, shrunk towards zero when few
/// baskets hold both: `c / sqrt(n_i * n_j) * c / (c + SHRINKAGE)` (Sarwar et al. 2001, Bell and Koren 2007).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AlsoBought {
    neighbours: Vec<Vec<Neighbour>>,
}

/// Baskets in common at which a pair keeps half of its cosine.
const SHRINKAGE: f64 = 5.0;

/// Baskets in common under which a pair is an accident.
const COMMON_BASKETS_MIN: u32 = 2;

impl AlsoBought {
    /// Counts pairs over all baskets; `n_products` is the size of the catalogue.
    pub fn build(baskets: &[Vec<ProductIx>], n_products: usize) -> Self {
        let mut baskets_of: Vec<Vec<u32>> = vec![Vec::new(); n_products];
        for (basket, number) in baskets.iter().zip(0_u32..) {
            for product in basket {
                baskets_of[product.at()].push(number);
            }
        }
        let neighbours = (0..n_products)
            .into_par_iter()
            .map_init(
                || (vec![0_u32; n_products], Vec::new()),
                |(counts, touched), product| {
                    for &number in &baskets_of[product] {
                        for other in &baskets[number as usize] {
                            if counts[other.at()] == 0 {
                                touched.push(*other);
                            }
                            counts[other.at()] += 1;
                        }
                    }
                    let found = touched
                        .drain(..)
                        .filter_map(|other| {
                            let common = std::mem::take(&mut counts[other.at()]);
                            (other.at() != product && common >= COMMON_BASKETS_MIN).then(|| Neighbour {
                                product: other,
                                score: score(common, baskets_of[product].len(), baskets_of[other.at()].len()),
                            })
                        })
                        .collect();
                    strongest(found)
                },
            )
            .collect();
        Self { neighbours }
    }

    /// Takes the pairs of each product, counted elsewhere; keeps the strongest.
    pub(crate) fn of_pairs(neighbours: Vec<Vec<Neighbour>>) -> Self {
        Self { neighbours: neighbours.into_iter().map(strongest).collect() }
    }

    /// Returns the score of a pair that `common` baskets hold, of `n_a` and `n_b` that hold each product; 0 where it is an accident.
    pub(crate) fn score(common: u32, n_a: usize, n_b: usize) -> f32 {
        if common < COMMON_BASKETS_MIN { 0.0 } else { score(common, n_a, n_b) }
    }

    /// Returns what is bought with a product, strongest first.
    pub fn of(&self, product: ProductIx) -> &[Neighbour] {
        self.neighbours.get(product.at()).map_or(&[], Vec::as_slice)
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "counts of baskets, and a score with seven digits")]
fn score(common: u32, n_a: usize, n_b: usize) -> f32 {
    let common = f64::from(common);
    (common / (n_a as f64 * n_b as f64).sqrt() * (common / (common + SHRINKAGE))) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute_force(baskets: &[Vec<ProductIx>], n_products: u32) -> Vec<Vec<Neighbour>> {
        let holds = |basket: &Vec<ProductIx>, product: u32| basket.contains(&ProductIx(product));
        let n = |product: u32| baskets.iter().filter(|basket| holds(basket, product)).count();
        (0..n_products)
            .map(|a| {
                let pairs = (0..n_products).filter(|b| *b != a).filter_map(|b| {
                    let common = baskets.iter().filter(|basket| holds(basket, a) && holds(basket, b)).count();
                    let common = u32::try_from(common).expect("a small test");
                    (common >= COMMON_BASKETS_MIN).then(|| Neighbour { product: ProductIx(b), score: score(common, n(a), n(b)) })
                });
                strongest(pairs.collect())
            })
            .collect()
    }

    #[test]
    fn lines_that_repeat_another_are_counted_and_those_that_differ_are_not() {
        let mut baskets = Baskets::default();
        for (order, product, line) in [(1, 0, 7), (1, 0, 7), (1, 0, 7), (1, 0, 8), (1, 1, 7), (2, 0, 7)] {
            baskets.add(order, ProductIx(product), line);
        }
        let (baskets, n_repeated) = baskets.group();
        assert_eq!(n_repeated, 2);
        assert_eq!(baskets, [vec![ProductIx(0), ProductIx(1)], vec![ProductIx(0)]]);
    }

    proptest! {
        #[test]
        fn counting_equals_brute_force(lines in proptest::collection::vec((0_u64..12, 0_u32..9), 0..80)) {
            let mut baskets = Baskets::default();
            for (order, product) in lines {
                baskets.add(order, ProductIx(product), 0);
            }
            let (baskets, _) = baskets.group();
            prop_assert_eq!(AlsoBought::build(&baskets, 9).neighbours, brute_force(&baskets, 9));
        }
    }
}
