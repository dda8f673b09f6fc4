//! Candidates: each strategy proposes products with a score from 0 to 1, and remembers the product that led to them.

use std::cmp::Ordering;

use super::for_you;
use super::related::{self, Seed};
use super::stock::Stock;
use crate::clock::Span;
use crate::id::ProductIx;
use crate::profile::{Person, Purchased};
use crate::project::campaign::{SlotSpec, Strategy};
use crate::recommend::Part;

/// Products one strategy may propose.
pub(super) const PROPOSALS_MAX: usize = 60;
/// Age up to which a view is recent.
const RECENT_VIEW: Span = Span::days(30);
/// Age up to which a product is new in the catalogue.
pub(super) const NEW_IN: Span = Span::days(45);
/// Different days of purchase that make a habit.
const HABIT_DAYS_MIN: u32 = 3;
/// A habit is due from this share of its own interval...
const HABIT_FROM: f64 = 0.9;
/// ...until so many intervals have passed that it is no habit any more.
const HABIT_UNTIL: f64 = 2.0;
/// Favourite topics looked into.
const TOPICS_MAX: usize = 4;

/// One product proposed by one strategy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Proposal {
    pub(super) product: ProductIx,
    pub(super) score: f32,
    pub(super) strategy: Strategy,
    /// The product that led here.
    pub(super) seed: Option<Seed>,
    /// The component of the blend that counted for most.
    pub(super) carried_by: Option<Part>,
}

/// Asks one strategy of a slot; without `may_profile` what is liked has no part in it.
pub(super) fn propose(strategy: Strategy, slot: &SlotSpec, person: &Person<'_>, stock: Stock<'_>) -> Vec<Proposal> {
    let models = stock.models;
    let proposal = |product, score| Proposal { product, score, strategy, seed: None, carried_by: None };
    let mut proposals: Vec<Proposal> = match strategy {
        Strategy::Trigger => {
            let ranked = stock.started_by.iter().zip(0_u16..);
            ranked.map(|(product, rank)| proposal(*product, 1.0 / (1.0 + 0.05 * f32::from(rank)))).collect()
        }
        Strategy::Usual => {
            person.profile.purchased.iter().filter_map(|bought| Some(proposal(bought.product, habit(bought, person)?))).collect()
        }
        Strategy::Cart => person.cart().unwrap_or_default().lines.iter().map(|line| proposal(line.product, 1.0)).collect(),
        Strategy::RecentlyViewed => {
            let since = person.reading.now.at.minus(RECENT_VIEW);
            let recent = person.profile.interests.iter().take_while(|interest| interest.last_at > since);
            recent.zip(0_u16..).map(|(interest, rank)| proposal(interest.product, 1.0 / (1.0 + 0.1 * f32::from(rank)))).collect()
        }
        Strategy::AlsoBought => related::also_bought(person, stock),
        Strategy::Similar => related::similar(person, stock),
        Strategy::UpSell => related::up_sell(slot.max_price_ratio, person, stock),
        Strategy::Complement => related::complement(slot.allow_same_category, person, stock),
        Strategy::PopularInCategory => {
            let liked = person.profile.affinities.iter().filter(|affinity| person.profile.affinity(affinity.topic) > 0.0).take(TOPICS_MAX);
            let mut popular = Vec::with_capacity(PROPOSALS_MAX);
            for affinity in liked {
                let share = affinity.share.sqrt();
                let of_topic = models.popularity.of_topic(affinity.topic).iter().take(PROPOSALS_MAX / TOPICS_MAX);
                popular.extend(of_topic.zip(0_u16..).map(|(product, rank)| proposal(*product, share / (1.0 + 0.15 * f32::from(rank)))));
            }
            popular
        }
        Strategy::PopularRecent => models
            .popularity
            .overall
            .iter()
            .take(PROPOSALS_MAX)
            .map(|product| proposal(*product, models.popularity.relative(*product).sqrt()))
            .collect(),
        Strategy::NewIn => {
            let liked = if stock.may_profile { person.profile.affinities.as_slice() } else { &[] };
            let liked = liked.iter().map(|affinity| (affinity.topic, person.profile.affinity(affinity.topic)));
            stock.new_in.with_liking(liked).map(|(product, liking)| proposal(product, 0.3 + 0.7 * liking.sqrt())).collect()
        }
        Strategy::ForYou => for_you::for_you(slot, person, stock),
        Strategy::Pinned | Strategy::Exploration => Vec::new(),
    };
    // Whatever two proposals of one product and score differ in, they are the same proposal.
    if is_once(strategy) && proposals.len() > PROPOSALS_MAX {
        proposals.select_nth_unstable_by(PROPOSALS_MAX, best_first);
        proposals.truncate(PROPOSALS_MAX);
    }
    proposals.sort_unstable_by(best_first);
    proposals.dedup_by_key(|proposal| proposal.product);
    proposals.truncate(PROPOSALS_MAX);
    proposals
}

/// Greatest score first, ties by product.
pub(super) fn best_first(a: &Proposal, b: &Proposal) -> Ordering {
    b.score.total_cmp(&a.score).then(a.product.cmp(&b.product))
}

/// Says whether a strategy proposes each product once.
fn is_once(strategy: Strategy) -> bool {
    !matches!(strategy, Strategy::Trigger | Strategy::PopularInCategory | Strategy::Cart)
}

/// Returns how due a habit is: 1 on its day, less as the day passes, `None` when it is no habit or not due.
#[expect(clippy::cast_possible_truncation, reason = "a score with seven digits")]
fn habit(bought: &Purchased, person: &Person<'_>) -> Option<f32> {
    if bought.n_days < HABIT_DAYS_MIN {
        return None;
    }
    let interval = bought.last_at.since(bought.first_at).in_days() / f64::from(bought.n_days - 1);
    let elapsed = person.reading.now.at.since(bought.last_at).in_days() / interval;
    let due = (HABIT_FROM..=HABIT_UNTIL).contains(&elapsed);
    due.then(|| (1.0 - 0.5 * (elapsed - 1.0).abs()) as f32)
}
