//! The strategies that go from a product to another: what is bought with it, what resembles it, what is better, what completes it.

use super::candidate::Proposal;
use super::gather::by_product;
use super::stock::Stock;
use crate::catalogue::{Neighbour, UNIT};
use crate::clock::Span;
use crate::id::ProductIx;
use crate::profile::Person;
use crate::project::campaign::Strategy;

/// Products of the person's own that lead to others.
const SEEDS_MAX: usize = 20;
/// What a view weighs against a purchase where interest matters more than habit.
const VIEWS_FIRST: u64 = 3;
/// Age up to which a search says what a person is after.
const RECENT_SEARCH: Span = Span::days(30);

/// The product that led to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seed {
    pub(super) product: ProductIx,
    /// Found by the person's own search, and neither viewed nor bought.
    pub(super) searched: bool,
}

/// Proposes what others bought with what the person bought or viewed.
pub(super) fn also_bought(person: &Person<'_>, stock: Stock<'_>) -> Vec<Proposal> {
    let of = |seed: Seed| stock.models.also_bought.of(seed.product);
    neighbours(Strategy::AlsoBought, &seeds(person, 1, Vec::new()), of, |_, _| true)
}

/// Proposes what resembles what the person bought or viewed.
pub(super) fn similar(person: &Person<'_>, stock: Stock<'_>) -> Vec<Proposal> {
    let of = |seed: Seed| stock.models.similar.of(seed.product);
    neighbours(Strategy::Similar, &seeds(person, VIEWS_FIRST, Vec::new()), of, |_, _| true)
}

/// Proposes what resembles a product of the person's own and costs more, at most `max_ratio` times as much.
pub(super) fn up_sell(max_ratio: f64, person: &Person<'_>, stock: Stock<'_>) -> Vec<Proposal> {
    let of = |seed: Seed| stock.models.similar.of(seed.product);
    let costs_more = |from: ProductIx, to: ProductIx| {
        let (from, to) = (person.price(from), person.price(to));
        from.currency == to.currency && from.minor > 0 && to.minor > from.minor && within(to.minor, from.minor, max_ratio)
    };
    neighbours(Strategy::UpSell, &seeds(person, VIEWS_FIRST, Vec::new()), of, costs_more)
}

/// Proposes what others bought with what the person bought, viewed or searched for, of another category unless `same` allows its own.
pub(super) fn complement(same: bool, person: &Person<'_>, stock: Stock<'_>) -> Vec<Proposal> {
    let of = |seed: Seed| stock.models.also_bought.of(seed.product);
    let leaf = |product: ProductIx| stock.catalogue.product(product).leaf_category();
    let completes = |from: ProductIx, to: ProductIx| same || leaf(from).is_none() || leaf(from) != leaf(to);
    neighbours(Strategy::Complement, &seeds(person, VIEWS_FIRST, searched(person, stock)), of, completes)
}

#[expect(clippy::cast_precision_loss, reason = "prices compared as a ratio")]
fn within(price: i64, of: i64, max_ratio: f64) -> bool {
    price as f64 <= of as f64 * max_ratio
}

/// The products that the person's latest searches find; one search weighs as one fresh view, whatever it finds.
fn searched(person: &Person<'_>, stock: Stock<'_>) -> Vec<(Seed, u64)> {
    let since = person.reading.now.at.minus(RECENT_SEARCH);
    let recent = person.profile.searches.iter().take_while(|search| search.at > since);
    let of_search = |search: &crate::profile::tally::Said| {
        let found = stock.finder.find(&search.text);
        let weight = UNIT * VIEWS_FIRST / found.len().max(1) as u64;
        found.into_iter().map(move |product| (Seed { product, searched: true }, weight))
    };
    recent.flat_map(of_search).collect()
}

/// The person's own products that lead to others, and those of `more`, with weights that sum to 1.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "shares with seven digits")]
fn seeds(person: &Person<'_>, view_weight: u64, more: Vec<(Seed, u64)>) -> Vec<(Seed, f32)> {
    let own = |product| Seed { product, searched: false };
    let views = person.profile.interests.iter().map(|interest| (own(interest.product), interest.weight * view_weight));
    let bought = person.profile.purchased.iter().map(|bought| (own(bought.product), bought.weight));
    let mut seeds: Vec<(Seed, u64)> = views.chain(bought).chain(more).filter(|seed| seed.1 > 0).collect();
    seeds.sort_unstable_by_key(|seed| (std::cmp::Reverse(seed.1), seed.0));
    seeds.truncate(SEEDS_MAX);
    let total: u64 = seeds.iter().map(|seed| seed.1).sum();
    seeds.into_iter().map(|(product, weight)| (product, (weight as f64 / total as f64) as f32)).collect()
}

/// Adds up, over the seeds, the neighbours each leads to by a relation that holds; the seed that weighs most is the one named.
fn neighbours<'a>(
    strategy: Strategy,
    seeds: &[(Seed, f32)],
    of: impl Fn(Seed) -> &'a [Neighbour],
    holds: impl Fn(ProductIx, ProductIx) -> bool,
) -> Vec<Proposal> {
    let mut led: Vec<(ProductIx, Seed, f32)> = Vec::new();
    for (seed, weight) in seeds {
        let related = of(*seed).iter().filter(|neighbour| holds(seed.product, neighbour.product));
        led.extend(related.map(|neighbour| (neighbour.product, *seed, weight * neighbour.score)));
    }
    let sum = |run: &mut [(ProductIx, Seed, f32)]| {
        run.sort_unstable_by(|a, b| b.2.total_cmp(&a.2).then(a.1.cmp(&b.1)));
        Proposal {
            product: run[0].0,
            score: run.iter().map(|led| led.2).sum::<f32>().min(1.0).sqrt(),
            strategy,
            seed: Some(run[0].1),
            carried_by: None,
        }
    };
    by_product(&led, |led| led.0, sum)
}
