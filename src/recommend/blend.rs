//! The components of the blend, and how it adds them up.

use serde::{Deserialize, Serialize};

use crate::id::ProductIx;

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
    /// What they looked at.
    Looked,
    /// What waits in their cart.
    Carted,
    /// What is looked at in the same sessions as what they looked at.
    Browsed,
    /// What is put in the same carts as what they looked at.
    CartMates,
    /// What those who bought what they looked at buy.
    Onward,
    /// What resembles what they looked at.
    Akin,
    /// What is popular in the categories of what they bought and looked at.
    Category,
    /// What is popular where they live.
    Place,
    /// What goes with the products that the mail is about.
    GoesWith,
}

/// The number of components.
pub const N_PARTS: usize = 17;

impl Part {
    /// All of them, in order of their place in [`Weights`].
    pub const ALL: [Self; N_PARTS] = [
        Self::Popular,
        Self::Again,
        Self::Often,
        Self::Steady,
        Self::Due,
        Self::Together,
        Self::Linear,
        Self::Alike,
        Self::Looked,
        Self::Carted,
        Self::Browsed,
        Self::CartMates,
        Self::Onward,
        Self::Akin,
        Self::Category,
        Self::Place,
        Self::GoesWith,
    ];

    /// Says whether it proposes what the person already bought, and nothing else.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Again | Self::Often | Self::Steady | Self::Due)
    }

    /// Says whether it rests on what was looked at or put in a cart.
    pub fn rests_on_looks(self) -> bool {
        matches!(self, Self::Looked | Self::Carted | Self::Browsed | Self::CartMates | Self::Onward | Self::Akin)
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
    /// Forgets the last person, and makes place for a catalogue.
    pub(super) fn clear(&mut self, n_products: usize) {
        for candidate in self.found.drain(..) {
            if let Some(place) = self.place.get_mut(candidate.product.at()) {
                *place = u32::MAX;
            }
        }
        self.place.resize(n_products, u32::MAX);
    }

    /// Adds what a component says of a product of the catalogue.
    pub(super) fn add(&mut self, product: ProductIx, part: Part, value: f32) {
        let Some(place) = self.place.get_mut(product.at()) else { return };
        if *place == u32::MAX {
            *place = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
            self.found.push(Candidate { product, parts: [0.0; N_PARTS] });
        }
        self.found[*place as usize].parts[part as usize] += value;
    }

    /// Keeps only some products.
    pub(super) fn retain(&mut self, keeps: impl Fn(ProductIx) -> bool) {
        let Self { place, found } = self;
        found.retain(|candidate| {
            let kept = keeps(candidate.product);
            place[candidate.product.at()] = u32::MAX;
            kept
        });
        found.iter().zip(0..).for_each(|(candidate, at)| place[candidate.product.at()] = at);
    }

    /// Makes each component relative to its greatest word; `popular` has a word on all.
    pub(super) fn relative(&mut self, popular: &[f32]) -> &[Candidate] {
        let mut most = [0.0_f32; N_PARTS];
        for candidate in &mut self.found {
            candidate.parts[Part::Popular as usize] = popular[candidate.product.at()];
            most.iter_mut().zip(candidate.parts).for_each(|(most, part)| *most = most.max(part));
        }
        let most = most.map(|most| if most > 0.0 { most } else { 1.0 });
        for candidate in &mut self.found {
            candidate.parts.iter_mut().zip(most).for_each(|(part, most)| *part /= most);
        }
        &self.found
    }
}
