//! The greedy choice that weighs relevance against likeness to what is already chosen, under limits.
//!
//! Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): at each place the candidate with the greatest
//! `(1 - d) * score - d * max likeness to the picks so far`.

use super::pick::Pick;
use crate::catalogue::{Catalogue, Product, TopicIx};
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
    /// Products of the whole slot, those that have their place already included.
    pub(super) count: usize,
    pub(super) diversity: f32,
    pub(super) max_per_category: usize,
    /// Largest share of the slot's products that the person has looked at.
    pub(super) max_viewed_share: f64,
    pub(super) min_novel: usize,
}

/// Fills a slot up to `count` from the candidates, in order of choice; returns their positions.
///
/// Candidates come best first. `set` are products already in the slot (pinned, drawn), which count for every limit.
pub(super) fn choose(candidates: &[Ranked], set: &[Ranked], rules: Rules, catalogue: &Catalogue) -> Vec<usize> {
    let mut picks: Vec<usize> = Vec::with_capacity(rules.count);
    let seen = Seen::of(candidates, catalogue);
    let mut likeness = vec![0.0_f32; candidates.len()];
    let weighs_likeness = rules.diversity != 0.0;
    let mut leaves: Vec<Option<TopicIx>> = set.iter().map(|known| catalogue.product(known.product).leaf_category()).collect();
    if weighs_likeness {
        for known in set {
            seen.remember(&mut likeness, &catalogue.product(known.product).topics);
        }
    }
    let max_viewed = allowed(rules.max_viewed_share, rules.count);
    let mut n_viewed = set.iter().filter(|known| known.viewed).count();
    let mut n_novel = set.iter().filter(|known| known.novel).count();
    let mut picked = vec![false; candidates.len()];
    while leaves.len() < rules.count {
        let open = rules.count - leaves.len();
        let novel_owed = rules.min_novel.saturating_sub(n_novel);
        let crowds = |leaf: Option<TopicIx>| {
            rules.max_per_category < rules.count
                && leaves.iter().filter(|other| leaf.is_some() && **other == leaf).count() >= rules.max_per_category
        };
        let fits = |at: usize| {
            let viewed_enough = candidates[at].viewed && n_viewed >= max_viewed;
            !picked[at] && !viewed_enough && !crowds(seen.leaves[at])
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
        leaves.push(seen.leaves[pick]);
        if weighs_likeness && leaves.len() < rules.count {
            seen.remember(&mut likeness, seen.topics[pick]);
        }
        picked[pick] = true;
        picks.push(pick);
    }
    // A slot that stays short holds fewer viewed products too: the last ones go.
    while n_viewed > allowed(rules.max_viewed_share, set.len() + picks.len()) {
        let Some(last) = picks.iter().rposition(|pick| candidates[*pick].viewed) else { break };
        picks.remove(last);
        n_viewed -= 1;
    }
    picks
}

/// Returns how many of `n` a share allows, rounded down.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share, 0 to 1, of a handful of picks"
)]
fn allowed(share: f64, n: usize) -> usize {
    (share * n as f64 + 1e-9).floor() as usize
}

/// What the choice looks at of each candidate's product, found once.
struct Seen<'a> {
    topics: Vec<&'a [TopicIx]>,
    leaves: Vec<Option<TopicIx>>,
}

impl<'a> Seen<'a> {
    fn of(candidates: &[Ranked], catalogue: &'a Catalogue) -> Self {
        let product = |candidate: &Ranked| catalogue.product(candidate.product);
        let topics = candidates.iter().map(|candidate| product(candidate).topics.as_slice()).collect();
        Self { topics, leaves: candidates.iter().map(|candidate| product(candidate).leaf_category()).collect() }
    }

    fn remember(&self, likeness: &mut [f32], picked: &[TopicIx]) {
        for (known, topics) in likeness.iter_mut().zip(&self.topics) {
            *known = known.max(share_in_common(topics, picked));
        }
    }
}

/// Counts the products of the same most precise category.
pub(super) fn same_category(product: ProductIx, taken: &[ProductIx], catalogue: &Catalogue) -> usize {
    let leaf = catalogue.product(product).leaf_category();
    taken.iter().filter(|other| leaf.is_some() && catalogue.product(**other).leaf_category() == leaf).count()
}

/// Returns the mean likeness of the pairs of a list of picks, which re-ranking for diversity is to lower.
#[expect(clippy::cast_precision_loss, reason = "pairs of a handful of picks")]
pub(super) fn likeness(picks: &[Pick], catalogue: &Catalogue) -> Option<f32> {
    let pairs = picks.iter().enumerate().flat_map(|(at, a)| picks[..at].iter().map(move |b| (a.ix, b.ix)));
    let of_pairs: Vec<f32> = pairs.map(|(a, b)| alike(catalogue.product(a), catalogue.product(b))).collect();
    (!of_pairs.is_empty()).then(|| of_pairs.iter().sum::<f32>() / of_pairs.len() as f32)
}

/// Returns the share of topics two products have in common (Jaccard), 0 to 1.
pub(super) fn alike(a: &Product, b: &Product) -> f32 {
    share_in_common(&a.topics, &b.topics)
}

#[expect(clippy::cast_precision_loss, reason = "a handful of topics")]
fn share_in_common(a: &[TopicIx], b: &[TopicIx]) -> f32 {
    let common = a.iter().filter(|topic| b.contains(topic)).count();
    let all = a.len() + b.len() - common;
    if all == 0 { 0.0 } else { common as f32 / all as f32 }
}
