//! The figures of one method on one track.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::super::{Likeness, Track};
use super::gain::{K, exact};
use super::split::{Group, Judge, Split};
use crate::id::ProductIx;

/// A mean over the people of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Slice {
    /// People.
    pub n: usize,
    /// Their mean gain.
    pub ndcg: f64,
}

/// What a method is worth.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Figures {
    /// People who judged.
    pub users: usize,
    /// Normalised discounted gain of the first 8.
    pub ndcg: f64,
    /// Found of what could be found in 8 places.
    pub recall: f64,
    /// People with a hit.
    pub hit_rate: f64,
    /// One over the place of the first hit.
    pub mrr: f64,
    /// Share of the products sold before the cut that somebody is shown.
    pub coverage: f64,
    /// Inequality of how often products are shown: 0 all alike, 1 one product only.
    pub gini: f64,
    /// Mean surprise of what is shown, in bits: how few people bought it.
    pub novelty: f64,
    /// Mean share of pairs in one list of different categories; without categories, of words of titles not in common.
    pub list_distance: f64,
    /// People with fewer than 8 picks.
    pub short: f64,
    /// By what is known of people.
    pub slices: BTreeMap<Group, Slice>,
}

/// One method on one track, judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// The means.
    pub figures: Figures,
    /// The gain of each person who judged, in order of people.
    pub gains: Vec<f64>,
}

impl Judged {
    /// Judges the picks of each of the split's people, best first; people without anything to find on this track do not judge.
    #[expect(clippy::cast_precision_loss, reason = "counts as means and shares")]
    pub fn new(split: &Split, track: Track, picks: &[Vec<ProductIx>], likeness: &Likeness<'_>) -> Self {
        let known = split.past.orders.known();
        let buyers = buyers(split);
        let n_buyers = (0..split.past.orders.n_people()).filter(|who| !split.past.orders.of(*who).is_empty()).count().max(1) as f64;
        let surprise = |product: &ProductIx| -((f64::from(buyers[product.at()]) + 1.0) / (n_buyers + 1.0)).log2();
        let catalogue = likeness.catalogue();
        let has_categories = catalogue.products.iter().any(|product| product.category.is_some());
        let judging: Vec<(&Judge, &Vec<ProductIx>)> =
            split.judges.iter().zip(picks).filter(|(judge, _)| !judge.truth(track).is_empty()).collect();
        let mut shown: HashMap<ProductIx, u64> = HashMap::new();
        let mut judged = Self::default();
        let figures = &mut judged.figures;
        let (mut novelty, mut distances) = (Vec::new(), Vec::new());
        for (judge, picks) in &judging {
            let truth = judge.truth(track);
            let picks = &picks[..picks.len().min(K)];
            let hit = |product: &ProductIx| truth.binary_search(product).is_ok();
            let most = truth.len().min(K);
            let ndcg = exact(picks.iter().map(hit)) / exact((0..most).map(|_| true));
            judged.gains.push(ndcg);
            figures.ndcg += ndcg;
            figures.recall += picks.iter().filter(|product| hit(product)).count() as f64 / most as f64;
            let first = picks.iter().position(hit);
            figures.hit_rate += f64::from(u8::from(first.is_some()));
            figures.mrr += first.map_or(0.0, |place| 1.0 / (place + 1) as f64);
            figures.short += f64::from(u8::from(picks.len() < K));
            let slice = figures.slices.entry(judge.group).or_default();
            slice.n += 1;
            slice.ndcg += ndcg;
            for product in picks {
                *shown.entry(*product).or_default() += 1;
            }
            if !picks.is_empty() {
                novelty.push(picks.iter().map(surprise).sum::<f64>() / picks.len() as f64);
            }
            distances.extend(distance(picks, has_categories, likeness));
        }
        let n = judging.len().max(1) as f64;
        figures.users = judging.len();
        for mean in [&mut figures.ndcg, &mut figures.recall, &mut figures.hit_rate, &mut figures.mrr, &mut figures.short] {
            *mean /= n;
        }
        figures.slices.values_mut().for_each(|slice| slice.ndcg /= slice.n as f64);
        figures.novelty = mean(&novelty);
        figures.list_distance = mean(&distances);
        let mut counts: Vec<u64> =
            catalogue.all().filter(|product| known[product.at()]).map(|product| shown.get(&product).copied().unwrap_or(0)).collect();
        counts.sort_unstable();
        figures.coverage = counts.iter().filter(|n| **n > 0).count() as f64 / counts.len().max(1) as f64;
        figures.gini = gini(&counts);
        judged
    }
}

/// Counts the different people who bought each product before the cut.
fn buyers(split: &Split) -> Vec<u32> {
    let mut buyers = vec![0; split.past.orders.n_products()];
    for who in 0..split.past.orders.n_people() {
        split.past.orders.of(who).chunk_by(|a, b| a.product == b.product).for_each(|lines| buyers[lines[0].product.at()] += 1);
    }
    buyers
}

/// Returns the coefficient of Gini of counts in rising order.
#[expect(clippy::cast_precision_loss, reason = "counts as a share")]
pub fn gini(rising: &[u64]) -> f64 {
    let n = rising.len() as f64;
    let total: u64 = rising.iter().sum();
    if total == 0 {
        return 0.0;
    }
    let sum: f64 = rising.iter().zip(1..).map(|(count, place)| (2.0 * f64::from(place) - n - 1.0) * *count as f64).sum();
    sum / (n * total as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a number of people")]
fn mean(figures: &[f64]) -> f64 {
    figures.iter().sum::<f64>() / figures.len().max(1) as f64
}

/// Returns the mean difference of the pairs of a list: of categories, where the catalogue has any, else of words of titles; of fewer than
/// two, nothing.
fn distance(picks: &[ProductIx], has_categories: bool, likeness: &Likeness<'_>) -> Option<f64> {
    if !has_categories {
        return likeness.of_list(picks).map(|likeness| 1.0 - f64::from(likeness));
    }
    let category = |product: &ProductIx| likeness.catalogue().product(*product).category.as_deref();
    let pairs = picks.iter().enumerate().flat_map(|(at, a)| picks[at + 1..].iter().map(move |b| (category(a), category(b))));
    let (n, n_apart) = pairs.fold((0_u32, 0_u32), |(n, apart), (a, b)| (n + 1, apart + u32::from(a.is_none() || a != b)));
    (n > 0).then(|| f64::from(n_apart) / f64::from(n))
}
