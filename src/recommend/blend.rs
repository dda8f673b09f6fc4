//! Candidates of one person with what each component says of them, and the linear blend.

use serde::{Deserialize, Serialize};

use super::due::due;
use super::history::{History, Own};
use super::linear;
use super::train::Recommender;
use crate::catalogue::Similar;
use crate::id::ProductIx;

/// Products of a person's own that lead to what resembles them.
const SEEDS_MAX: usize = 20;

/// A component of the blend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What everybody buys now.
    Popular,
    /// The person's decayed purchases, of what is in demand.
    Again,
    /// The days the person bought it, of what is in demand.
    Often,
    /// The person's decayed purchases, of what is bought again.
    Steady,
    /// The person's own interval.
    Due,
    /// What the same people buy, by BM25.
    Together,
    /// What the linear model predicts.
    Linear,
    /// What resembles what they bought.
    Alike,
}

/// The number of components.
pub const N_PARTS: usize = 8;

impl Part {
    /// All of them, in order of their place in [`Weights`].
    pub const ALL: [Self; N_PARTS] =
        [Self::Popular, Self::Again, Self::Often, Self::Steady, Self::Due, Self::Together, Self::Linear, Self::Alike];

    /// Says whether it proposes what the person already bought, and nothing else.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Again | Self::Often | Self::Steady | Self::Due)
    }
}

/// What each component counts for, in order of [`Part::ALL`].
pub type Weights = [f32; N_PARTS];

/// A product and what each component says of it, each relative to its greatest word to this person, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The product.
    pub product: ProductIx,
    /// In order of [`Part::ALL`].
    pub parts: [f32; N_PARTS],
}

impl Candidate {
    /// Returns the blend.
    pub fn score(&self, weights: &Weights) -> f32 {
        self.parts.iter().zip(weights).map(|(part, weight)| part * weight).sum()
    }

    /// Returns the component that counts for most.
    pub fn carried_by(&self, weights: &Weights) -> Part {
        let share = |at: &usize| self.parts[*at] * weights[*at];
        let most = (0..N_PARTS).max_by(|a, b| share(a).total_cmp(&share(b)).then(b.cmp(a)));
        Part::ALL[most.unwrap_or(0)]
    }
}

/// Where candidates are put together; used again for each person, so that nothing the size of the catalogue is made for one.
#[derive(Debug, Default)]
pub struct Room {
    place: Vec<u32>,
    found: Vec<Candidate>,
}

impl Room {
    fn add(&mut self, product: ProductIx, part: Part, value: f32) {
        if self.place[product.at()] == u32::MAX {
            self.place[product.at()] = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
            self.found.push(Candidate { product, parts: [0.0; N_PARTS] });
        }
        self.found[self.place[product.at()] as usize].parts[part as usize] += value;
    }
}

impl Recommender {
    /// Returns all that any component proposes to a person, in no order that means anything; `alike` is what resembles what.
    pub fn candidates<'a>(&self, history: &History, alike: &Similar, room: &'a mut Room) -> &'a [Candidate] {
        let n_products = self.popular.share.len();
        for candidate in room.found.drain(..) {
            if let Some(place) = room.place.get_mut(candidate.product.at()) {
                *place = u32::MAX;
            }
        }
        room.place.resize(n_products, u32::MAX);
        for product in &self.popular.top {
            room.add(*product, Part::Popular, self.popular.share[product.at()]);
        }
        let known = |own: &&Own| own.product.at() < n_products;
        for own in history.own().iter().filter(known) {
            self.add_own(own, room);
        }
        for own in seeds(history).into_iter().filter(|own| own.product.at() < n_products) {
            for neighbour in alike.of(own.product).iter().filter(|neighbour| neighbour.product.at() < n_products) {
                room.add(neighbour.product, Part::Alike, own.taste * neighbour.score);
            }
        }
        let mut most = [0.0_f32; N_PARTS];
        for candidate in &mut room.found {
            candidate.parts[Part::Popular as usize] = self.popular.share[candidate.product.at()];
            most.iter_mut().zip(candidate.parts).for_each(|(most, part)| *most = most.max(part));
        }
        let most = most.map(|most| if most > 0.0 { most } else { 1.0 });
        for candidate in &mut room.found {
            candidate.parts.iter_mut().zip(most).for_each(|(part, most)| *part /= most);
        }
        &room.found
    }

    /// Adds what the person's own purchase says of itself, and of what goes with it.
    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    fn add_own(&self, own: &Own, room: &mut Room) {
        let demand = self.popular.share[own.product.at()].sqrt();
        room.add(own.product, Part::Again, own.habit * demand);
        room.add(own.product, Part::Often, own.n_days as f32 * demand);
        room.add(own.product, Part::Steady, own.habit * self.rates[own.product.at()]);
        room.add(own.product, Part::Due, due(own));
        for neighbour in self.together.of(own.product) {
            room.add(neighbour.product, Part::Together, own.taste * neighbour.score);
        }
        let weight = linear::weight(own);
        for neighbour in self.linear.of(own.product) {
            room.add(neighbour.product, Part::Linear, weight * neighbour.score);
        }
    }

    /// Returns the person's own product that speaks most for another by a component, when one does.
    pub fn evidence(&self, part: Part, product: ProductIx, history: &History, alike: &Similar) -> Option<ProductIx> {
        let word = |own: &Own| {
            let (weight, neighbours) = match part {
                Part::Together => (own.taste, self.together.of(own.product)),
                Part::Linear => (linear::weight(own), self.linear.of(own.product)),
                Part::Alike => (own.taste, alike.of(own.product)),
                Part::Popular | Part::Again | Part::Often | Part::Steady | Part::Due => return None,
            };
            let found = neighbours.iter().find(|neighbour| neighbour.product == product)?;
            Some((weight * found.score, own.product))
        };
        let words = history.own().iter().filter_map(word);
        words.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, product)| product)
    }
}

/// The person's own products that say most of their taste.
fn seeds(history: &History) -> Vec<Own> {
    let mut own: Vec<Own> = history.own().iter().filter(|own| own.taste > 0.0).copied().collect();
    own.sort_by(|a, b| b.taste.total_cmp(&a.taste).then(a.product.cmp(&b.product)));
    own.truncate(SEEDS_MAX);
    own
}
