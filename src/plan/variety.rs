//! How varied the picks of a plan are: within a mail, and over all mails.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::id::ProductIx;
use crate::selection::Pick;

/// Millionths in one: likenesses are added up as whole numbers, so that their order does not matter.
const MILLION: f32 = 1_000_000.0;

/// The picks of one slot over all mails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variety {
    /// Mails with at least two picks.
    pub compared: u64,
    /// Sum over those mails of the mean likeness of two picks, in millionths.
    pub likeness_millionths: u64,
    /// Different products shown, all mails together.
    pub products: u64,
    #[serde(skip)]
    seen: HashSet<ProductIx>,
}

impl Variety {
    /// Counts the picks of one mail.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share, 0 to 1, in millionths")]
    pub(super) fn add(&mut self, picks: &[Pick], likeness: Option<f32>) {
        if let Some(likeness) = likeness {
            self.compared += 1;
            self.likeness_millionths += (likeness.clamp(0.0, 1.0) * MILLION).round() as u64;
        }
        self.seen.extend(picks.iter().map(|pick| pick.ix));
        self.products = self.seen.len() as u64;
    }

    /// Returns the mean over the mails of the likeness of two picks, 0 (nothing in common) to 1.
    #[expect(clippy::cast_precision_loss, reason = "a mean for reading")]
    pub fn likeness(&self) -> Option<f64> {
        (self.compared > 0).then(|| self.likeness_millionths as f64 / f64::from(MILLION) / self.compared as f64)
    }

    /// Returns the share of the products for sale that are shown to somebody.
    #[expect(clippy::cast_precision_loss, reason = "a share for reading")]
    pub fn coverage(&self, for_sale: u64) -> Option<f64> {
        (for_sale > 0).then(|| self.products as f64 / for_sale as f64)
    }
}
