//! Product picks: proposals of all strategies, filtered, scored, re-ranked; each with its reason.

use serde::Serialize;

use super::candidate::{Proposal, best_first, propose};
use super::claim::{Claims, of_slot};
use super::explore::{Explored, explore};
use super::filter::Filter;
use super::for_you;
use super::gather::{InOrder, by_product};
use super::here_now;
use super::stock::Stock;
use crate::catalogue::TopicIx;
use crate::id::{ProductId, ProductIx};
use crate::profile::Person;
use crate::project::campaign::Strategy;
use crate::project::checked::Slot;
use crate::recommend::Part;
use crate::recommend::rerank::{Ranked, Rules, SHORTLIST_MAX, choose, default_diversity};

/// A chosen product.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pick {
    /// Place in the slot, from 1.
    pub rank: usize,
    /// The product.
    #[serde(skip)]
    pub ix: ProductIx,
    /// Its id.
    pub product: ProductId,
    /// Sum over the strategies of weight times score.
    pub score: f32,
    /// The strategy that weighs most; the label in the mail follows it.
    pub strategy: Strategy,
    /// Why, in words with ids only.
    pub because: String,
    /// Of a product drawn for exploration, the probability with which this mail shows it, above 0 and up to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propensity: Option<f64>,
    /// Whether anything about the person led to it.
    #[serde(skip)]
    pub is_personal: bool,
    /// Whether its category is none of the person's; `None` where nothing is known of either.
    #[serde(skip)]
    pub is_outside: Option<bool>,
    /// Whether it is about a place near the person.
    #[serde(skip)]
    pub is_near: bool,
    /// The component of the blend that counts for most.
    #[serde(skip)]
    pub part: Option<Part>,
    /// What may truly be said of it.
    #[serde(flatten)]
    pub claims: Claims,
}

/// A product that was proposed and not chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Its id.
    pub product: ProductId,
    /// Why not.
    pub why: String,
}

/// Candidates that a category sends to the re-rank for each pick it may get.
const CROWD: usize = 4;

/// Strategies that use nothing about the person.
pub(super) fn is_impersonal(strategy: Strategy) -> bool {
    matches!(strategy, Strategy::PopularRecent | Strategy::NewIn | Strategy::Pinned | Strategy::Exploration)
}

/// Fills one slot; `passed_over` collects the refused when `explain` asks for them.
pub(super) fn picks(slot: &Slot, person: &Person<'_>, stock: Stock<'_>, mut passed_over: Option<&mut Vec<PassedOver>>) -> Vec<Pick> {
    let filter = Filter::new(slot, person, stock);
    let mut pinned: Vec<ProductIx> = Vec::new();
    for ix in slot.spec.pinned.iter().filter_map(|id| stock.catalogue.find(id)).filter(|ix| filter.may_show(*ix)) {
        if pinned.len() < slot.spec.count && !pinned.contains(&ix) {
            pinned.push(ix);
        }
    }
    let merged = merge(slot, person, stock);
    let asks_all = passed_over.is_some() || slot.spec.exploration > 0.0;
    let mut kept = merged.filter(|proposal| match filter.refusal(proposal) {
        None => !pinned.contains(&proposal.product),
        Some(why) => {
            if let Some(list) = passed_over.as_deref_mut() {
                list.push(PassedOver { product: stock.catalogue.product(proposal.product).id.clone(), why: why.to_string() });
            }
            false
        }
    });
    let (chosen, explored) = if asks_all {
        let kept: Vec<Proposal> = kept.collect();
        let explored = explore(slot, person, stock, &filter, &kept, &pinned);
        let set: Vec<ProductIx> = pinned.iter().copied().chain(explored.iter().map(|it| it.product)).collect();
        (rerank(slot, person, stock, kept.iter().copied(), &set), explored)
    } else {
        // The best are enough: what comes after those that are looked at is not even filtered.
        (rerank(slot, person, stock, &mut kept, &pinned), Vec::new())
    };

    let by_hand = |product: &ProductIx, strategy| Proposal { product: *product, score: 1.0, strategy, seed: None, carried_by: None };
    let pinned = pinned.iter().map(|product| by_hand(product, Strategy::Pinned));
    let drawn = explored.iter().map(|it| by_hand(&it.product, Strategy::Exploration));
    let all: Vec<Proposal> = pinned.chain(chosen).chain(drawn).collect();
    let claims = |product: ProductIx| of_slot(slot, product, stock.catalogue, stock.models, person.reading.now.at);
    let is_personal = |proposal: &Proposal| match proposal.strategy {
        // What is new is the same for all, but its order follows what the person likes.
        Strategy::NewIn => stock.may_profile && is_liked(person, proposal.product, stock),
        strategy => !is_impersonal(strategy),
    };
    let propensity = |proposal: &Proposal| {
        let is_drawn = |it: &&Explored| proposal.strategy == Strategy::Exploration && it.product == proposal.product;
        explored.iter().find(is_drawn).map(|it| it.propensity)
    };
    let finished = |(proposal, rank): (&Proposal, usize)| Pick {
        propensity: propensity(proposal),
        is_personal: is_personal(proposal),
        is_outside: is_outside(person, proposal.product, stock),
        is_near: here_now::is_near(slot, stock.catalogue.product(proposal.product), person),
        ..finished(proposal, rank, claims(proposal.product), person, stock)
    };
    all.iter().zip(1..).map(finished).collect()
}

/// Adds up the proposals of all strategies by product, best first.
#[expect(clippy::cast_possible_truncation, reason = "weights are small numbers written by hand")]
fn merge(slot: &Slot, person: &Person<'_>, stock: Stock<'_>) -> impl Iterator<Item = Proposal> {
    // Of what is learned for a person, those who may not be profiled get what is the same for all.
    let serves = |strategy: Strategy| stock.may_profile || is_impersonal(strategy) || strategy == Strategy::ForYou;
    let strategies = slot.spec.strategies.iter().filter(|(strategy, _)| serves(**strategy));
    let mut all: Vec<Proposal> = Vec::new();
    let mut n_strategies = 0;
    for (strategy, weight) in strategies {
        n_strategies += 1;
        let proposals = propose(*strategy, &slot.spec, person, stock);
        let weigh = |proposal: Proposal| {
            let here_now = here_now::weight(slot, || stock.catalogue.product(proposal.product), person);
            Proposal { score: proposal.score * *weight as f32 * here_now, ..proposal }
        };
        all.extend(proposals.into_iter().map(weigh));
    }
    let sum = |run: &mut [Proposal]| {
        run.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.strategy.cmp(&b.strategy)));
        Proposal { score: run.iter().map(|proposal| proposal.score).sum(), ..run[0] }
    };
    // One strategy proposes each product once.
    let merged = if n_strategies == 1 { all } else { by_product(&all, |proposal| proposal.product, sum) };
    InOrder::new(merged, best_first)
}

/// Chooses among the proposals, best first; `set` are the products that have their place already.
fn rerank(slot: &Slot, person: &Person<'_>, stock: Stock<'_>, kept: impl Iterator<Item = Proposal>, set: &[ProductIx]) -> Vec<Proposal> {
    let leaf = |product: ProductIx| stock.catalogue.product(product).leaf_category();
    let knows = |topic: TopicIx| stock.may_profile && person.profile.affinities.iter().any(|affinity| affinity.topic == topic);
    let is_novel = |leaf: Option<TopicIx>| leaf.is_some_and(|leaf| !knows(leaf));
    let ranked = |product: ProductIx, score: f32, novel: bool| Ranked {
        product,
        score,
        viewed: stock.may_profile && was_viewed(person, product),
        novel,
    };
    let max_per_category = slot.spec.max_per_category.unwrap_or(usize::MAX);
    let mut shortlist: Vec<Proposal> = Vec::with_capacity(SHORTLIST_MAX);
    let mut n_novel = 0;
    let mut n_of_leaf: Vec<(TopicIx, usize)> = Vec::new();
    let mut top = None;
    let shortlisted = kept.map_while(|proposal| {
        let is_enough = shortlist.len() >= SHORTLIST_MAX && n_novel >= slot.spec.min_novel;
        (!is_enough).then(|| {
            let top = *top.get_or_insert(proposal.score.max(f32::EPSILON));
            // Past the shortlist only what the novelty rule may need is let in; a category that may give a few sends no crowd.
            let leaf = leaf(proposal.product);
            let of_leaf = leaf.map(|leaf| {
                n_of_leaf.iter().position(|known| known.0 == leaf).unwrap_or_else(|| {
                    n_of_leaf.push((leaf, 0));
                    n_of_leaf.len() - 1
                })
            });
            let crowd = of_leaf.is_some_and(|at| n_of_leaf[at].1 >= max_per_category.saturating_mul(CROWD));
            let novel = is_novel(leaf);
            let is_let_in = !crowd && (shortlist.len() < SHORTLIST_MAX || (novel && n_novel < slot.spec.min_novel));
            is_let_in.then(|| {
                n_novel += usize::from(novel);
                if let Some(at) = of_leaf {
                    n_of_leaf[at].1 += 1;
                }
                shortlist.push(proposal);
                ranked(proposal.product, proposal.score / top, novel)
            })
        })
    });
    let set: Vec<Ranked> = set.iter().map(|product| ranked(*product, 1.0, is_novel(leaf(*product)))).collect();
    #[expect(clippy::cast_possible_truncation, reason = "a share")]
    let rules = Rules {
        count: slot.spec.count,
        diversity: slot.spec.diversity.unwrap_or_else(|| default_diversity(for_you::track(&slot.spec))) as f32,
        max_per_category,
        max_viewed_share: slot.spec.max_viewed_share.unwrap_or(1.0),
        min_novel: slot.spec.min_novel,
    };
    let chosen = choose(shortlisted.flatten(), &set, rules, stock.likeness);
    chosen.into_iter().map(|at| shortlist[at]).collect()
}

/// Says whether a product's category is none of the person's; `None` where nothing is known of either.
fn is_outside(person: &Person<'_>, product: ProductIx, stock: Stock<'_>) -> Option<bool> {
    let leaf = stock.catalogue.product(product).leaf_category().filter(|_| stock.may_profile)?;
    person.profile.is_outside(leaf)
}

fn is_liked(person: &Person<'_>, product: ProductIx, stock: Stock<'_>) -> bool {
    stock.catalogue.product(product).topics.iter().any(|topic| person.profile.affinity(*topic) > 0.0)
}

/// Says whether a person looked at a product.
pub(super) fn was_viewed(person: &Person<'_>, product: ProductIx) -> bool {
    person.profile.interests.iter().any(|interest| interest.product == product && interest.n_views > 0)
}

fn finished(proposal: &Proposal, rank: usize, claims: Claims, person: &Person<'_>, stock: Stock<'_>) -> Pick {
    let catalogue = stock.catalogue;
    let seed = proposal.seed.map(|seed| (catalogue.product(seed.product).id.as_str(), seed.searched));
    let category =
        || catalogue.product(proposal.product).leaf_category().map_or("the shop", |leaf| catalogue.topics[leaf.at()].name.as_str());
    let because = match (proposal.strategy, seed) {
        (Strategy::Trigger, _) => "started this mail".to_owned(),
        (Strategy::Usual, _) => "bought regularly, and it is time again".to_owned(),
        (Strategy::Cart, _) => "in the open cart".to_owned(),
        (Strategy::RecentlyViewed, _) => "viewed lately".to_owned(),
        (Strategy::AlsoBought, Some((seed, _))) => format!("bought together with {seed}"),
        (Strategy::Similar, Some((seed, _))) => format!("resembles {seed}"),
        (Strategy::UpSell, Some((seed, _))) => format!("resembles {seed} and costs more"),
        (Strategy::Complement, Some((seed, false))) => format!("completes {seed}"),
        (Strategy::Complement, Some((seed, true))) => format!("completes {seed}, which their search finds"),
        (Strategy::PopularInCategory, _) => format!("popular in {}", category()),
        (Strategy::PopularRecent, _) => "popular now".to_owned(),
        (Strategy::ForYou, _) => for_you::because(proposal, person, stock),
        (Strategy::NewIn, _) => "new in the catalogue".to_owned(),
        (Strategy::Pinned, _) => "pinned by the author".to_owned(),
        (Strategy::Exploration, _) => "explored".to_owned(),
        (Strategy::AlsoBought | Strategy::Similar | Strategy::UpSell | Strategy::Complement, None) => {
            "close to what the person knows".to_owned()
        }
    };
    Pick {
        rank,
        ix: proposal.product,
        product: catalogue.product(proposal.product).id.clone(),
        score: proposal.score,
        strategy: proposal.strategy,
        because,
        propensity: None,
        is_personal: false,
        is_outside: None,
        is_near: false,
        part: proposal.carried_by,
        claims,
    }
}
