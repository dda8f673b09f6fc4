//! Everything learned at one instant: the components, then the weights of the blend.

use serde::{Deserialize, Serialize};

use super::Track;
use super::blend::{N_PARTS, Part, Weights};
use super::due::Repeats;
use super::evidence::Evidence;
use super::goods::Goods;
use super::linear::Linear;
use super::local::Local;
use super::pairs::Pairs;
use super::popular::Popular;
use super::sessions::sessions;
use super::tune::tune;
use super::vectors::Vectors;
use super::veil::{Behind, Together};
use crate::catalogue::Similar;
use crate::project::campaign::Purpose;

/// What is learned from everybody; holds nothing of any one person.
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
    /// What the same sessions look at.
    pub browsed: Pairs,
    /// What the same carts hold.
    pub cart_mates: Pairs,
    /// What is popular where people live.
    pub local: Local,
    /// Categories and prices.
    pub goods: Goods,
    /// The blends where buying again counts, then those for what a person never bought.
    pub tuned: [Blends; 2],
}

/// The blends of a track.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Blends {
    /// The blend of everybody.
    pub general: Tuned,
    /// Those of purposes that enough people speak for.
    pub of_purpose: Vec<(Purpose, Tuned)>,
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
    /// Learns from what is known at the start of the day `today`, and tunes on the days just before it, for all and for each purpose.
    pub fn train(evidence: &Evidence, today: i32, alike: &Similar, purposes: &[Purpose]) -> Self {
        let repeats = Repeats::of(&evidence.orders);
        let mut model = Self::components(evidence, today, &repeats, 1);
        model.tuned = tune(evidence, today, alike, purposes, repeats.share());
        model
    }

    /// Returns the blend of a track for a purpose.
    pub fn tuned(&self, track: Track, purpose: Purpose) -> Tuned {
        let blends = &self.tuned[track as usize];
        let own = blends.of_purpose.iter().find(|(of, _)| *of == purpose).map(|(_, tuned)| *tuned);
        own.unwrap_or_else(|| Tuned { weights: with_context(&blends.general.weights, purpose), ..blends.general })
    }

    /// Learns the components alone, those of pairs bought from every `step`-th person; the weights stay at zero.
    pub(super) fn components(evidence: &Evidence, today: i32, repeats: &Repeats, step: usize) -> Self {
        let table = &evidence.orders;
        let n_products = table.n_products();
        let veil = evidence.veil.as_ref();
        let each = u32::try_from(step).unwrap_or(u32::MAX);
        let bought = veil.map(|veil| Behind { veil, of: Together::Bought, owners: &[], each });
        let vectors = Vectors::new(table, today, step, |taste| taste).bm25(n_products);
        let popular = Popular::train(table, today);
        Self {
            rates: repeats.rates(),
            together: match &bought {
                None => Pairs::of_dots(&vectors, n_products),
                Some(behind) => Pairs::veiled(&vectors, n_products, behind, |_, _, dot| dot),
            },
            linear: Linear::learn(table, today, step, bought.as_ref()),
            browsed: sessions(&evidence.looks, &evidence.lists[1], today, veil.map(|veil| (veil, Together::Looked))),
            cart_mates: sessions(&evidence.carts, &evidence.lists[2], today, veil.map(|veil| (veil, Together::Carted))),
            local: Local::train(table, &evidence.places, today, &popular, veil.map_or(1, |veil| veil.blur().support)),
            goods: evidence.goods.with_firsts(&popular),
            popular,
            tuned: Default::default(),
        }
    }
}

/// Adds to a general blend what goes with the products that a mail is about.
pub(super) fn with_context(general: &Weights, purpose: Purpose) -> Weights {
    let mut weights: [f32; N_PARTS] = *general;
    weights[Part::GoesWith as usize] = match purpose {
        Purpose::Newsletter | Purpose::Reactivation => general[Part::GoesWith as usize],
        Purpose::Cart | Purpose::Browse | Purpose::Complement | Purpose::UpSell => 1.0,
    };
    weights
}
