//! What the blend proposes to a person, and the evidence it rests on.

use std::cell::RefCell;

use super::candidate::{PROPOSALS_MAX, Proposal};
use super::known::Question;
use super::related::Seed;
use super::stock::Stock;
use crate::clock::{DAY_US, Timestamp};
use crate::id::ProductIx;
use crate::profile::Person;
use crate::project::campaign::{SlotSpec, Strategy};
use crate::project::checked::Slot;
use crate::recommend::{Best, Context, History, Part, Room, Track, Weights};

/// Proposes what the blend of the slot's track and purpose ranks first, relative to its first; where what was bought may not come back
/// (`not_bought_within`) the blend is that of discovery. Without `may_profile`, what everybody buys now.
///
/// A proposal that rests on nothing of the person's is one of `popular_recent`, and says so.
pub(super) fn for_you(slot: &SlotSpec, person: &Person<'_>, stock: Stock<'_>) -> Vec<Proposal> {
    let asked = Question { track: track(slot), purpose: stock.purpose, may_profile: stock.may_profile };
    let asks = |of: &Track| {
        let is_of = |slot: &Slot| slot.spec.strategies.contains_key(&Strategy::ForYou) && track(&slot.spec) == *of;
        *of == asked.track || stock.slots.values().any(is_of)
    };
    stock.known.blend(asked, || blends([Track::All, Track::New].into_iter().filter(asks), person, stock))
}

/// Proposes for several tracks, for which candidates are gathered once.
fn blends(tracks: impl Iterator<Item = Track>, person: &Person<'_>, stock: Stock<'_>) -> Vec<(Track, Vec<Proposal>)> {
    thread_local!(static ROOM: RefCell<Room> = RefCell::default());
    let nothing = History::default();
    let history = if stock.may_profile { history(person, stock) } else { &nothing };
    let context = if stock.may_profile { context(history, stock) } else { Context::default() };
    let tracks: Vec<Track> = tracks.collect();
    let blends: Vec<Weights> = tracks.iter().map(|track| stock.recommender.tuned(*track, context.purpose).weights).collect();
    ROOM.with_borrow_mut(|room| {
        stock.recommender.gather_for(&blends, history, &context, &stock.models.similar, room);
        tracks.into_iter().zip(&blends).map(|(track, weights)| (track, best(weights, room))).collect()
    })
}

/// Returns what a blend ranks first, best first, relative to its first.
fn best(weights: &Weights, room: &mut Room) -> Vec<Proposal> {
    let mut top = None;
    let proposal = |best: Best| Proposal {
        product: best.product,
        score: best.score / *top.get_or_insert(best.score),
        strategy: if best.is_popular_only { Strategy::PopularRecent } else { Strategy::ForYou },
        seed: None,
        carried_by: Some(best.carried_by),
    };
    room.best(weights, PROPOSALS_MAX, []).map(proposal).collect()
}

/// Returns whether what was bought may come back in a slot.
pub(super) fn track(slot: &SlotSpec) -> Track {
    if slot.not_bought_within.is_some() { Track::New } else { Track::All }
}

/// Says in words, with ids only, what a pick of the blend rests on.
pub(super) fn because(proposal: &Proposal, person: &Person<'_>, stock: Stock<'_>) -> String {
    let history = history(person, stock);
    let part = proposal.carried_by.unwrap_or(Part::Popular);
    let led_by = |words: &str| {
        let seed = seed(part, proposal.product, history, stock);
        seed.map_or_else(
            || "close to what the person knows".to_owned(),
            |seed| format!("{words} {}", stock.catalogue.product(seed.product).id),
        )
    };
    match (part, history.find(proposal.product)) {
        (Part::Due, Some(own)) if let Some(interval) = own.interval_days => {
            format!("bought every {interval:.0} days, last {} days ago", own.age_days)
        }
        (Part::Again | Part::Often | Part::Steady | Part::Due, Some(own)) => {
            let days = crate::error::plural(own.n_days as usize, "day");
            format!("bought on {} {days}, last {} days ago", own.n_days, own.age_days)
        }
        (Part::Together | Part::Linear, _) => led_by("bought by the same people as"),
        (Part::Alike | Part::Akin, _) => led_by("resembles"),
        (Part::Looked, _) => "viewed lately".to_owned(),
        (Part::Carted, _) => "in the open cart".to_owned(),
        (Part::Browsed, _) => led_by("viewed by the same visitors as"),
        (Part::CartMates, _) => led_by("put in the same carts as"),
        (Part::Onward, _) => led_by("bought by those who bought"),
        (Part::GoesWith, _) => led_by("goes with"),
        (Part::Category, _) => "popular in a category they like".to_owned(),
        (Part::Place, _) => "popular where they live".to_owned(),
        (Part::Popular | Part::Again | Part::Often | Part::Steady | Part::Due, _) => "popular now".to_owned(),
    }
}

fn seed(part: Part, product: ProductIx, history: &History, stock: Stock<'_>) -> Option<Seed> {
    let product = stock.recommender.evidence(part, product, history, &context(history, stock), &stock.models.similar)?;
    Some(Seed { product, searched: false })
}

/// What the person did, with ages counted to the end of the day, as the models were learned.
fn history<'a>(person: &Person<'_>, stock: Stock<'a>) -> &'a History {
    stock.known.history(|| {
        let today = person.reading.now.at.0.div_euclid(DAY_US) + 1;
        History::of(person, &searched(person, stock), i32::try_from(today).unwrap_or(i32::MAX))
    })
}

/// What the mail is about: the person's own products, as the slot's purpose has it, and those that started it.
fn context(history: &History, stock: Stock<'_>) -> Context {
    Context::of(stock.purpose, history).with(stock.started_by)
}

/// Products that latest searches find, with the instant and the share of each in its search.
#[expect(clippy::cast_precision_loss, reason = "a number of products")]
fn searched(person: &Person<'_>, stock: Stock<'_>) -> Vec<(ProductIx, Timestamp, f32)> {
    let of_search = |search: &crate::profile::tally::Said| {
        let found = stock.finder.find(&search.text);
        let (at, share) = (search.at, 1.0 / found.len().max(1) as f32);
        found.into_iter().map(move |product| (product, at, share))
    };
    person.profile.searches.iter().flat_map(of_search).collect()
}
