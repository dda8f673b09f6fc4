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
}
