//! How much of the catalogue people are shown, and how far from what they know: figures against a bubble around each of them.

use std::collections::HashMap;

use serde::{Serialize, Serializer};
use serde_json::json;

use crate::catalogue::{Catalogue, Popularity, UNIT};
use crate::clock::Timestamp;
use crate::id::ProductIx;
use crate::recommend::evaluate::gini;
use crate::selection::Pick;

/// How often each product was shown, and how often to people who did not know its category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impressions {
    shown: HashMap<ProductIx, u64>,
    /// Picks of which it is known whether their category is one of the person's.
    judged: u64,
    /// Of these, picks of another category.
    outside: u64,
}

/// Whether a figure is one to be content with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Nothing to do.
    Good,
    /// To be looked at.
    Watch,
    /// To be changed.
    Bad,
}

/// Figures of what was shown; shares go from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bubble {
    /// Products for sale.
    pub for_sale: u64,
    /// Places filled, all mails together.
    pub picks: u64,
    /// Products for sale that somebody was shown, as a share.
    pub coverage: f64,
    /// Products for sale that nobody was shown, as a share.
    pub never_shown: f64,
    /// Inequality of how often each product for sale is shown: 0 all alike, 1 one product only.
    pub gini: f64,
    /// Mean over the picks of -log2 of the product's share of what sells now, in bits: more is less obvious.
    pub novelty: f64,
    /// The novelty of products drawn as they sell.
    pub novelty_of_sales: f64,
    /// Share of picks outside of the categories of the person, of those of whom any is known.
    pub outside: Option<f64>,
}

impl Impressions {
    /// Counts the picks of one mail.
    pub(super) fn add_picks(&mut self, picks: &[Pick]) {
        for pick in picks {
            self.add(pick.ix, pick.is_outside);
        }
    }

    /// Counts a product shown to a person; `is_outside` says whether its category is none of theirs, where that is known.
    pub fn add(&mut self, product: ProductIx, is_outside: Option<bool>) {
        *self.shown.entry(product).or_default() += 1;
        self.judged += u64::from(is_outside.is_some());
        self.outside += u64::from(is_outside == Some(true));
    }

    /// Returns the figures, of what is for sale at an instant; `None` when nothing was shown, or nothing is for sale.
    pub fn bubble(&self, catalogue: &Catalogue, popularity: &Popularity, now: Timestamp) -> Option<Bubble> {
        let mut counts: Vec<u64> = catalogue
            .all()
            .filter(|product| catalogue.product(*product).available(now))
            .map(|product| self.shown.get(&product).copied().unwrap_or(0))
            .collect();
        let picks: u64 = self.shown.values().sum();
        if picks == 0 || counts.is_empty() {
            return None;
        }
        counts.sort_unstable();
        let n_shown = counts.iter().filter(|n| **n > 0).count();
        let coverage = real(n_shown as u64) / real(counts.len() as u64);
        let surprise = Surprise::of(catalogue, popularity);
        // In order of products: sums must not depend on that of a map.
        let mut shown: Vec<(ProductIx, u64)> = self.shown.iter().map(|(product, n)| (*product, *n)).collect();
        shown.sort_unstable();
        let bits: f64 = shown.iter().map(|(product, n)| real(*n) * surprise.bits(*product)).sum();
        Some(Bubble {
            for_sale: counts.len() as u64,
            picks,
            coverage,
            never_shown: 1.0 - coverage,
            gini: gini(&counts),
            novelty: bits / real(picks),
            novelty_of_sales: surprise.mean(catalogue),
            outside: (self.judged > 0).then(|| real(self.outside) / real(self.judged)),
        })
    }
}

/// Share of the reachable catalogue that is few, and that is too few.
const COVERAGE: (f64, f64) = (0.3, 0.1);
/// Inequality that is great, and that leaves nearly all places to a few products.
const GINI: (f64, f64) = (0.8, 0.95);
/// Bits under the novelty of sales at which only best sellers are shown.
const BITS: f64 = 2.0;
/// Share of picks outside of what people know that is small, and that is next to nothing.
const OUTSIDE: (f64, f64) = (0.15, 0.05);

impl Bubble {
    /// Judges the coverage, against what so many places can reach.
    pub fn coverage_tone(&self) -> Tone {
        let reachable = (real(self.picks) / real(self.for_sale)).min(1.0);
        low(self.coverage / reachable.max(f64::MIN_POSITIVE), COVERAGE)
    }

    /// Judges the inequality; `None` where there are fewer places than products, which makes it great whatever is shown.
    pub fn gini_tone(&self) -> Option<Tone> {
        (self.picks >= self.for_sale).then(|| low(-self.gini, (-GINI.0, -GINI.1)))
    }

    /// Judges the novelty, against that of products drawn as they sell.
    pub fn novelty_tone(&self) -> Tone {
        low(self.novelty, (self.novelty_of_sales, self.novelty_of_sales - BITS))
    }

    /// Judges the share outside of what people know.
    pub fn outside_tone(&self) -> Option<Tone> {
        self.outside.map(|outside| low(outside, OUTSIDE))
    }
}

/// The figures with five digits, and what each is judged.
impl Serialize for Bubble {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let short = |figure: f64| (figure * 1e5).round() / 1e5;
        let judged = json!({
            "coverage": self.coverage_tone(),
            "gini": self.gini_tone(),
            "novelty": self.novelty_tone(),
            "outside": self.outside_tone(),
        });
        let figures = json!({
            "for_sale": self.for_sale,
            "picks": self.picks,
            "coverage": short(self.coverage),
            "never_shown": short(self.never_shown),
            "gini": short(self.gini),
            "novelty": short(self.novelty),
            "novelty_of_sales": short(self.novelty_of_sales),
            "outside": self.outside.map(short),
            "judged": judged,
        });
        figures.serialize(serializer)
    }
}

/// Judges a figure of which more is better: under the first limit it is to be looked at, under the second it is bad.
fn low(figure: f64, (watch, bad): (f64, f64)) -> Tone {
    if figure < bad {
        Tone::Bad
    } else if figure < watch {
        Tone::Watch
    } else {
        Tone::Good
    }
}

/// How little a product is expected: its share of what sells now, every product counted once more than it sold, so that none is impossible.
struct Surprise<'a> {
    popularity: &'a Popularity,
    total: f64,
}

impl<'a> Surprise<'a> {
    fn of(catalogue: &Catalogue, popularity: &'a Popularity) -> Self {
        let sold: f64 = popularity.weight.iter().map(|weight| real(*weight)).sum();
        Self { popularity, total: sold + real(catalogue.products.len() as u64 * UNIT) }
    }

    fn share(&self, product: ProductIx) -> f64 {
        (real(self.popularity.weight.get(product.at()).copied().unwrap_or(0)) + real(UNIT)) / self.total
    }

    fn bits(&self, product: ProductIx) -> f64 {
        -self.share(product).log2()
    }

    /// Returns the entropy of what sells.
    fn mean(&self, catalogue: &Catalogue) -> f64 {
        catalogue.all().map(|product| self.share(product) * self.bits(product)).sum()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts as shares for reading")]
fn real(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Product;

    fn catalogue(n: u32) -> Catalogue {
        let product = |at: u32| -> Product {
            let value = json!({
                "id": format!("p{at:02}"), "title": "", "price": { "minor": 100, "currency": "EUR" }, "url": "", "kind": "product",
                "stock": u8::from(at != n), "attributes": {}, "topics": [], "n_categories": 0,
            });
            serde_json::from_value(value).expect("a product")
        };
        Catalogue { products: (0..=n).map(product).collect(), ..Catalogue::default() }
    }

    #[test]
    fn the_figures_are_those_of_a_count_by_hand() {
        let catalogue = catalogue(4);
        // With one more of each of the five: shares of 8, 4, 2, 1 and 1 in 16.
        let weight = [7, 3, 1, 0, 0].map(|n| n * UNIT).to_vec();
        let popularity = Popularity { weight, ..Popularity::default() };
        let mut impressions = Impressions::default();
        assert_eq!(impressions.bubble(&catalogue, &popularity, Timestamp(0)), None);
        for (product, is_outside) in [(0, Some(false)), (0, Some(true)), (0, None), (3, Some(false))] {
            impressions.add(ProductIx(product), is_outside);
        }
        let found = impressions.bubble(&catalogue, &popularity, Timestamp(0)).expect("something shown");
        let near = |figure: f64, wanted: f64| assert!((figure - wanted).abs() < 1e-9, "{figure} is not {wanted}");
        assert_eq!((found.for_sale, found.picks), (4, 4), "what is sold out is not for sale");
        near(found.coverage, 0.5);
        near(found.never_shown, 0.5);
        // Counts 0, 0, 1, 3: the sum of (2i - n - 1) c is 1 + 9, over n times 4.
        near(found.gini, 10.0 / 16.0);
        near(found.novelty, (1.0 + 1.0 + 1.0 + 4.0) / 4.0);
        near(found.novelty_of_sales, 0.5 + 0.25 * 2.0 + 0.125 * 3.0 + 2.0 * 0.25);
        near(found.outside.expect("some are judged"), 1.0 / 3.0);
    }

    #[test]
    fn one_product_for_all_is_bad_and_all_alike_is_good() {
        let catalogue = catalogue(40);
        let popularity = Popularity { weight: (0..41).map(|at| (41 - at) * UNIT).collect(), ..Popularity::default() };
        let of = |products: &[u32], is_outside| {
            let mut impressions = Impressions::default();
            for product in products {
                impressions.add(ProductIx(*product), Some(is_outside));
            }
            let it = impressions.bubble(&catalogue, &popularity, Timestamp(0)).expect("something shown");
            (it.coverage_tone(), it.gini_tone(), it.novelty_tone(), it.outside_tone())
        };
        assert_eq!(of(&[0; 100], false), (Tone::Bad, Some(Tone::Bad), Tone::Watch, Some(Tone::Bad)));
        let all: Vec<u32> = (0..40).collect();
        assert_eq!(of(&all, true), (Tone::Good, Some(Tone::Good), Tone::Good, Some(Tone::Good)));
        assert_eq!(of(&[0, 1], true).1, None, "two places cannot be fair to forty products");
    }
}
