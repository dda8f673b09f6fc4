//! Everything learned at one instant: the components, then the weights of the blend.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Track;
use super::blend::{N_PARTS, Weights};
use super::due::rates;
use super::history::History;
use super::linear::{Linear, weight};
use super::lines::Interactions;
use super::pairs::{Pairs, Vectors};
use super::popular::Popular;
use super::tune::tune;
use crate::catalogue::Similar;

/// What is learned from everybody's orders; holds nothing of any one person.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Recommender {
    /// What everybody buys now.
    pub popular: Popular,
    /// How often each product is bought again, 0 to 1.
    pub rates: Vec<f32>,
    /// What the same people buy.
    pub together: Pairs,
    /// What the linear model predicts.
    pub linear: Linear,
    /// The blend where buying again counts.
    pub all: Tuned,
    /// The blend for what a person never bought.
    pub new: Tuned,
}

/// The weights of a blend, and how they were found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The weights, greatest 1.
    pub weights: Weights,
    /// People whose last purchases the weights were tuned on; with 0 they are the prior.
    pub n_people: u32,
}

impl Recommender {
    /// Learns from what is known at the start of the day `today`, and tunes on the days just before it.
    pub fn train(table: &Interactions, today: i32, alike: &Similar) -> Self {
        let mut model = Self::components(table, today);
        [model.all, model.new] = tune(table, today, alike);
        model
    }

    /// Returns the blend of a track.
    pub fn tuned(&self, track: Track) -> &Tuned {
        match track {
            Track::All => &self.all,
            Track::New => &self.new,
        }
    }

    /// Learns the components alone; the weights stay at zero.
    pub(super) fn components(table: &Interactions, today: i32) -> Self {
        let n_products = table.n_products();
        let histories: Vec<History> = (0..table.n_people()).into_par_iter().map(|who| table.history(who, today)).collect();
        let together = Vectors::new(&histories, |own| own.taste).bm25(n_products);
        let linear = Vectors::new(&histories, weight);
        drop(histories);
        Self {
            popular: Popular::train(table, today),
            rates: rates(table),
            together: Pairs::of_dots(&together, n_products),
            linear: Linear::train(&linear, n_products),
            all: Tuned { weights: [0.0; N_PARTS], n_people: 0 },
            new: Tuned { weights: [0.0; N_PARTS], n_people: 0 },
        }
    }
}
