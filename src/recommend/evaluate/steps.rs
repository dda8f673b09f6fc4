//! What each step of a blur costs: the same blend learned from the same past, a little less of it shown each time.

use serde::Serialize;

use super::super::Evidence;
use super::super::veil::Veil;
use super::bootstrap::{Interval, interval};
use super::figures::Judged;
use crate::project::blur::{Blur, BlurTime};

/// A step of a blur; each keeps what those before it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Nothing is blurred.
    Clear,
    /// Coarse times, and pseudonyms.
    Coarse,
    /// A few lines of each person at most.
    Clipped,
    /// No pair with too few people behind it.
    Supported,
    /// Noise on the number of people behind a pair: the whole blur.
    Noised,
}

impl Step {
    /// All of them, the lightest first.
    pub const ALL: [Self; 5] = [Self::Clear, Self::Coarse, Self::Clipped, Self::Supported, Self::Noised];

    /// Returns what a blur asks up to this step; `None` where nothing is blurred.
    pub fn of(self, whole: Blur) -> Option<Blur> {
        let none = Blur { time: BlurTime::Day, per_person: u32::MAX, per_product: u32::MAX, support: 1, noise: 0.0 };
        let coarse = Blur { time: whole.time, ..none };
        let clipped = Blur { per_person: whole.per_person, per_product: whole.per_product, ..coarse };
        match self {
            Self::Clear => None,
            Self::Coarse => Some(coarse),
            Self::Clipped => Some(clipped),
            Self::Supported => Some(Blur { support: whole.support, ..clipped }),
            Self::Noised => Some(whole),
        }
    }

    /// Returns what it does, in words.
    pub fn words(self, whole: Blur) -> String {
        match self {
            Self::Clear => "clear".to_owned(),
            Self::Coarse => format!("time by {}", whole.time.word()),
            Self::Clipped => format!("+ {} of a person, {} of a product", whole.per_person, whole.per_product),
            Self::Supported => format!("+ {} people behind a pair", whole.support),
            Self::Noised => format!("+ noise of {}", whole.noise),
        }
    }

    /// Returns a past as the step leaves it.
    #[must_use]
    pub fn blurred(self, past: &Evidence, veil: &Veil) -> Evidence {
        match self.of(veil.blur()) {
            None => past.clone(),
            Some(blur) => past.clone().blurred(&veil.with(blur)),
        }
    }
}

/// What a blend judged after a step is worth beside the clear one, over the same people.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// The gain over the clear blend; negative where it is lost.
    pub gain: Interval,
    /// The share of the clear blend's gain that this is.
    pub share: f64,
}

impl Cost {
    /// Compares two blends that the same people judged.
    pub fn of(blurred: &Judged, clear: &Judged) -> Self {
        let gain = interval(&blurred.gains.iter().zip(&clear.gains).map(|(ours, theirs)| ours - theirs).collect::<Vec<_>>());
        Self { gain, share: if clear.figures.ndcg > 0.0 { gain.mean / clear.figures.ndcg } else { 0.0 } }
    }
}
