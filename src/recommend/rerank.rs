//! The greedy choice that weighs relevance against likeness to what is already chosen, under limits.
//!
//! Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): at each place the candidate with the greatest
//! `(1 - d) * score - d * max likeness to the picks so far`.

use super::Track;
use super::likeness::{Likeness, share_in_common};
use crate::catalogue::TopicIx;
use crate::id::ProductIx;

/// What difference weighs against relevance where nothing else is written, by track: see `docs/picks.md` for what it costs and brings.
pub fn default_diversity(track: Track) -> f64 {
    match track {
        Track::All => 0.2,
        Track::New => 0.15,
    }
}

/// Candidates that the re-rank looks at, the best by score.
pub const SHORTLIST_MAX: usize = 48;

/// A candidate as the re-rank sees it.
#[derive(Debug, Clone, Copy)]
pub struct Ranked {
    /// The product.
    pub product: ProductIx,
    /// Its score, relative to that of the best.
    pub score: f32,
    /// Already looked at by the person.
    pub viewed: bool,
    /// From a category new to the person.
    pub novel: bool,
}

/// The limits of one slot.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Products of the whole slot, those that have their place already included.
    pub count: usize,
    /// What difference weighs against relevance, 0 to 1.
    pub diversity: f32,
    /// Most products of the same most precise category.
    pub max_per_category: usize,
    /// Largest share of the slot's products that the person has looked at.
    pub max_viewed_share: f64,
    /// Least products of categories new to the person, when there are any.
    pub min_novel: usize,
}

/// Fills a slot up to `count` from the candidates, in order of choice; returns their positions.
///
/// Candidates come best first. `set` are products already in the slot (pinned, drawn), which count for every limit.
pub fn choose(candidates: &[Ranked], set: &[Ranked], rules: Rules, likeness: &Likeness<'_>) -> Vec<usize> {
    let mut picks: Vec<usize> = Vec::with_capacity(rules.count);
    let seen = Seen::of(candidates, likeness);
    let mut most_alike = vec![0.0_f32; candidates.len()];
    let weighs_likeness = rules.diversity != 0.0;
    let mut leaves: Vec<Option<TopicIx>> = set.iter().map(|known| likeness.catalogue().product(known.product).leaf_category()).collect();
    if weighs_likeness {
        for known in set {
            seen.remember(&mut most_alike, likeness.traits(known.product));
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
        let worth = |at: usize| (1.0 - rules.diversity) * candidates[at].score - rules.diversity * most_alike[at];
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
            seen.remember(&mut most_alike, seen.traits[pick]);
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
    traits: Vec<&'a [TopicIx]>,
    leaves: Vec<Option<TopicIx>>,
}

impl<'a> Seen<'a> {
    fn of(candidates: &[Ranked], likeness: &'a Likeness<'_>) -> Self {
        let traits = candidates.iter().map(|candidate| likeness.traits(candidate.product)).collect();
        let leaf = |candidate: &Ranked| likeness.catalogue().product(candidate.product).leaf_category();
        Self { traits, leaves: candidates.iter().map(leaf).collect() }
    }

    fn remember(&self, most_alike: &mut [f32], picked: &[TopicIx]) {
        for (known, traits) in most_alike.iter_mut().zip(&self.traits) {
            *known = known.max(share_in_common(traits, picked));
        }
    }
}
