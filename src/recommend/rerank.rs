//! The greedy choice that weighs relevance against likeness to what is already chosen, under limits.
//!
//! Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): at each place the candidate with the greatest
//! `(1 - d) * score - d * max likeness to the picks so far`.

use super::Track;
use super::likeness::{Likeness, Signed};
use crate::catalogue::TopicIx;
use crate::id::ProductIx;

/// What difference weighs against relevance where nothing else is written, by track: see `docs/picks.md` for what it costs and brings.
pub fn default_diversity(track: Track) -> f64 {
    match track {
        Track::All => 0.2,
        Track::New => 0.175,
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
/// Candidates come best first, and no more of them are taken than can still be worth choosing. `set` are products already in the slot
/// (pinned, drawn), which count for every limit.
pub fn choose(candidates: impl Iterator<Item = Ranked>, set: &[Ranked], rules: Rules, likeness: &Likeness<'_>) -> Vec<usize> {
    let mut seen = Seen::of(candidates, rules, likeness, set);
    let mut picks: Vec<usize> = Vec::with_capacity(rules.count);
    let leaf = |product: ProductIx| likeness.catalogue().product(product).leaf_category();
    let mut leaves: Vec<Option<TopicIx>> = set.iter().map(|known| leaf(known.product)).collect();
    let max_viewed = allowed(rules.max_viewed_share, rules.count);
    let mut n_viewed = set.iter().filter(|known| known.viewed).count();
    let mut n_novel = set.iter().filter(|known| known.novel).count();
    while leaves.len() < rules.count {
        let must_be_novel = rules.min_novel.saturating_sub(n_novel) >= rules.count - leaves.len();
        let viewed_enough = n_viewed >= max_viewed;
        let crowds = |product: ProductIx| {
            rules.max_per_category < rules.count
                && leaf(product).is_some_and(|leaf| leaves.iter().filter(|other| **other == Some(leaf)).count() >= rules.max_per_category)
        };
        let mut best = |only_novel: bool| {
            seen.best(|candidate| {
                let is_kept_out = candidate.viewed && viewed_enough || only_novel && !candidate.novel;
                !is_kept_out && !crowds(candidate.product)
            })
        };
        let Some(pick) = best(must_be_novel).or_else(|| must_be_novel.then(|| best(false)).flatten()) else { break };
        let picked = seen.pick(pick);
        n_viewed += usize::from(picked.viewed);
        n_novel += usize::from(picked.novel);
        leaves.push(leaf(picked.product));
        picks.push(pick);
    }
    // A slot that stays short holds fewer viewed products too: the last ones go.
    while n_viewed > allowed(rules.max_viewed_share, set.len() + picks.len()) {
        let Some(last) = picks.iter().rposition(|pick| seen.taken[*pick].ranked.viewed) else { break };
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

/// The candidates taken so far, and what they are compared with.
struct Seen<'a, I> {
    candidates: std::iter::Fuse<I>,
    taken: Vec<Taken<'a>>,
    /// What the slot holds so far.
    held: Vec<Signed<'a>>,
    likeness: &'a Likeness<'a>,
    diversity: f32,
}

/// A candidate, and how alike it is to what the slot holds.
struct Taken<'a> {
    ranked: Ranked,
    traits: Signed<'a>,
    picked: bool,
    /// The greatest likeness to the first `n_compared` products of the slot.
    most_alike: f32,
    n_compared: usize,
}

impl<'a, I: Iterator<Item = Ranked>> Seen<'a, I> {
    fn of(candidates: I, rules: Rules, likeness: &'a Likeness<'a>, set: &[Ranked]) -> Self {
        let weighed = set.iter().filter(|_| rules.diversity != 0.0);
        let held = weighed.map(|known| likeness.signed(known.product)).collect();
        Self { candidates: candidates.fuse(), taken: Vec::with_capacity(SHORTLIST_MAX), held, likeness, diversity: rules.diversity }
    }

    /// Returns the fitting candidate that is worth most, ties by product.
    fn best(&mut self, fits: impl Fn(&Ranked) -> bool) -> Option<usize> {
        let mut best: Option<(f32, usize)> = None;
        let mut at = 0;
        while at < self.taken.len() || self.take() {
            let Taken { ranked, picked, .. } = self.taken[at];
            let at_most = (1.0 - self.diversity) * ranked.score;
            // Candidates come best first, and likeness only takes away: what follows is worth no more than this.
            if best.is_some_and(|best| at_most < best.0) {
                break;
            }
            if !picked && fits(&ranked) {
                let worth = self.worth(at, best.map_or(f32::MIN, |best| best.0));
                let comes_first = |other: usize| ranked.product < self.taken[other].ranked.product;
                let is_better = |best: (f32, usize)| worth > best.0 || worth >= best.0 && comes_first(best.1);
                if best.is_none_or(is_better) {
                    best = Some((worth, at));
                }
            }
            at += 1;
        }
        best.map(|best| best.1)
    }

    /// Takes one candidate more, when there is one.
    fn take(&mut self) -> bool {
        let next = self.candidates.next();
        let traits = next.map(|ranked| (ranked, self.likeness.signed(ranked.product)));
        self.taken.extend(traits.map(|(ranked, traits)| Taken { ranked, traits, picked: false, most_alike: 0.0, n_compared: 0 }));
        next.is_some()
    }

    /// Returns what a candidate is worth; where that is less than `least`, less than `least` and nothing exact.
    fn worth(&mut self, at: usize, least: f32) -> f32 {
        let taken = &mut self.taken[at];
        let at_most = (1.0 - self.diversity) * taken.ranked.score;
        while let Some(held) = self.held.get(taken.n_compared) {
            if at_most - self.diversity * taken.most_alike < least {
                break;
            }
            let share = taken.traits.share_in_common(held);
            taken.most_alike = if share > taken.most_alike { share } else { taken.most_alike };
            taken.n_compared += 1;
        }
        at_most - self.diversity * taken.most_alike
    }

    /// Puts a candidate into the slot.
    fn pick(&mut self, at: usize) -> Ranked {
        let taken = &mut self.taken[at];
        taken.picked = true;
        if self.diversity != 0.0 {
            self.held.push(taken.traits);
        }
        taken.ranked
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;
    use crate::catalogue::{Catalogue, Topic};

    const N: u32 = 60;

    /// Products of some topics each, the last category of which is one of five.
    fn catalogue() -> Catalogue {
        let topics = |at: u32| [20 + at % 3, 10 + at * 7 % 8, at * 5 % 7 % 5];
        let product = |at: u32| {
            let value = json!({
                "id": format!("p{at:02}"), "title": "", "price": { "minor": 100, "currency": "EUR" }, "url": "", "kind": "product",
                "attributes": {}, "topics": topics(at), "n_categories": 3,
            });
            serde_json::from_value(value).expect("a product")
        };
        let topics = (0..25).map(|at| Topic { slug: format!("t{at:02}"), name: String::new() });
        Catalogue { products: (0..N).map(product).collect(), topics: topics.collect(), ..Catalogue::default() }
    }

    /// Candidates best first, some of the same score.
    #[expect(clippy::cast_precision_loss, reason = "small invented numbers")]
    fn candidates() -> Vec<Ranked> {
        let ranked = |at: u32| Ranked {
            product: ProductIx(at * 17 % N),
            score: 1.0 / (1.0 + 0.1 * (at / 2) as f32),
            viewed: at % 4 == 1,
            novel: at % 9 == 8,
        };
        (0..N).map(ranked).collect()
    }

    /// Weighs every candidate at every place.
    fn one_by_one(candidates: &[Ranked], set: &[Ranked], rules: Rules, likeness: &Likeness<'_>) -> Vec<usize> {
        let mut picks: Vec<usize> = Vec::new();
        let leaf = |ranked: &Ranked| likeness.catalogue().product(ranked.product).leaf_category();
        while set.len() + picks.len() < rules.count {
            let held: Vec<Ranked> = set.iter().copied().chain(picks.iter().map(|at| candidates[*at])).collect();
            let worth = |at: usize| {
                let alike = held.iter().map(|held| likeness.of_two(held.product, candidates[at].product)).fold(0.0, f32::max);
                (1.0 - rules.diversity) * candidates[at].score - rules.diversity * alike
            };
            let n_viewed = held.iter().filter(|held| held.viewed).count();
            let fits = |at: &usize| {
                let n_of_leaf = held.iter().filter(|held| leaf(held) == leaf(&candidates[*at])).count();
                !picks.contains(at)
                    && (!candidates[*at].viewed || n_viewed < allowed(rules.max_viewed_share, rules.count))
                    && n_of_leaf < rules.max_per_category
            };
            let owed = rules.min_novel.saturating_sub(held.iter().filter(|held| held.novel).count()) >= rules.count - held.len();
            let best = |novel: bool| {
                let fitting = (0..candidates.len()).filter(fits).filter(|at| !novel || candidates[*at].novel);
                fitting.max_by(|a, b| worth(*a).total_cmp(&worth(*b)).then(candidates[*b].product.cmp(&candidates[*a].product)))
            };
            let Some(pick) = best(owed).or_else(|| best(false)) else { break };
            picks.push(pick);
        }
        picks
    }

    #[test]
    fn leaving_off_early_chooses_what_weighing_everything_chooses() {
        let (catalogue, candidates) = (catalogue(), candidates());
        let likeness = Likeness::new(&catalogue);
        let held = Ranked { product: ProductIx(59), score: 1.0, viewed: true, novel: false };
        for diversity in [0.0, 0.15, 0.175, 0.2, 0.7, 1.0] {
            for (max_per_category, max_viewed_share, min_novel) in [(usize::MAX, 1.0, 0), (2, 1.0, 0), (2, 0.25, 1), (usize::MAX, 0.25, 4)]
            {
                for set in [&[][..], &[held]] {
                    let rules = Rules { count: 8, diversity, max_per_category, max_viewed_share, min_novel };
                    let found = choose(candidates.iter().copied(), set, rules, &likeness);
                    assert_eq!(found, one_by_one(&candidates, set, rules, &likeness), "{rules:?}");
                    assert!(found.len() + set.len() == 8, "{rules:?}");
                }
            }
        }
    }

    #[test]
    fn no_more_candidates_are_taken_than_can_be_worth_it() {
        let (catalogue, taken) = (catalogue(), Cell::new(0_usize));
        let likeness = Likeness::new(&catalogue);
        let rules = Rules { count: 8, diversity: 0.1, max_per_category: usize::MAX, max_viewed_share: 1.0, min_novel: 0 };
        let counted = candidates().into_iter().inspect(|_| taken.set(taken.get() + 1));
        assert_eq!(choose(counted, &[], rules, &likeness).len(), 8);
        assert!((8..24).contains(&taken.get()), "{} of {N}", taken.get());
    }
}
