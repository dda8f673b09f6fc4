//! The greedy choice that weighs relevance against likeness to what is already chosen, under limits.
//!
//! Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): at each place the candidate with the greatest
//! `(1 - d) * score - d * max likeness to the picks so far`.

use crate::catalogue::{Catalogue, Product};
use crate::id::ProductIx;

/// Candidates that the re-rank looks at, the best by score.
pub(super) const SHORTLIST_MAX: usize = 48;

/// A candidate as the re-rank sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ranked {
    pub(super) product: ProductIx,
    pub(super) score: f32,
    /// Already looked at by the person.
    pub(super) viewed: bool,
    /// From a category new to the person.
    pub(super) novel: bool,
}

/// The limits of one slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) count: usize,
    pub(super) diversity: f32,
    pub(super) max_per_category: usize,
    pub(super) max_viewed: usize,
    pub(super) min_novel: usize,
}

/// Chooses up to `count` of the candidates, in order of choice; returns their positions.
///
/// Candidates come best first. `chosen` are products already in the slot (pinned), which count for every limit but `count`.
pub(super) fn choose(candidates: &[Ranked], chosen: &[ProductIx], rules: Rules, catalogue: &Catalogue) -> Vec<usize> {
    let mut picks: Vec<usize> = Vec::with_capacity(rules.count);
    let mut likeness = vec![0.0_f32; candidates.len()];
    let mut taken: Vec<ProductIx> = chosen.to_vec();
    for product in chosen {
        remember(&mut likeness, candidates, *product, catalogue);
    }
    let mut n_viewed = 0;
    let mut n_novel = 0;
    while picks.len() < rules.count {
        let open = rules.count - picks.len();
        let novel_owed = rules.min_novel.saturating_sub(n_novel);
        let fits = |at: usize| {
            let candidate = &candidates[at];
            let viewed_enough = candidate.viewed && n_viewed >= rules.max_viewed;
            !picks.contains(&at) && !viewed_enough && same_category(candidate.product, &taken, catalogue) < rules.max_per_category
        };
        let worth = |at: usize| (1.0 - rules.diversity) * candidates[at].score - rules.diversity * likeness[at];
        let best = |only_novel: bool| {
            let fitting = (0..candidates.len()).filter(|at| fits(*at) && (!only_novel || candidates[*at].novel));
            fitting.max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(candidates[*b].product.cmp(&candidates[*a].product)))
        };
        let must_be_novel = novel_owed >= open;
        let Some(pick) = best(must_be_novel).or_else(|| must_be_novel.then(|| best(false)).flatten()) else { break };
        n_viewed += usize::from(candidates[pick].viewed);
        n_novel += usize::from(candidates[pick].novel);
        taken.push(candidates[pick].product);
        remember(&mut likeness, candidates, candidates[pick].product, catalogue);
        picks.push(pick);
    }
    picks
}

fn remember(likeness: &mut [f32], candidates: &[Ranked], picked: ProductIx, catalogue: &Catalogue) {
    for (known, candidate) in likeness.iter_mut().zip(candidates) {
        *known = known.max(alike(catalogue.product(candidate.product), catalogue.product(picked)));
    }
}

fn same_category(product: ProductIx, taken: &[ProductIx], catalogue: &Catalogue) -> usize {
    let leaf = catalogue.product(product).leaf_category();
    taken.iter().filter(|other| leaf.is_some() && catalogue.product(**other).leaf_category() == leaf).count()
}

/// Returns the share of topics two products have in common (Jaccard), 0 to 1.
#[expect(clippy::cast_precision_loss, reason = "a handful of topics")]
pub(super) fn alike(a: &Product, b: &Product) -> f32 {
    let common = a.topics.iter().filter(|topic| b.topics.contains(topic)).count();
    let all = a.topics.len() + b.topics.len() - common;
    if all == 0 { 0.0 } else { common as f32 / all as f32 }
}
