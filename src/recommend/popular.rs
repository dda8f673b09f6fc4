//! What everybody buys now, on several scales of time at once.
//!
//! No single half-life is right: a short one follows a season but is noise in a small shop, a long one is late. The mean
//! of several, each relative to its own first product, needs no tuning and loses little to the best of them.

use serde::{Deserialize, Serialize};

use super::fade::{AGE_DAYS_MAX, Ages};
use super::lines::Interactions;
use crate::id::ProductIx;

/// Half-lives in days.
const HALF_LIVES: [i64; 3] = [3, 7, 14];
/// Products proposed to everybody, the first.
const TOP_MAX: usize = 200;

/// Decayed order lines, relative to the first product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Popular {
    /// Of each product, 0 to 1.
    pub share: Vec<f32>,
    /// The most popular products, most popular first.
    pub top: Vec<ProductIx>,
}

impl Popular {
    /// Counts the lines as they weigh at the start of the day `today`.
    pub fn train(table: &Interactions, today: i32) -> Self {
        Self::with(table, today, &HALF_LIVES)
    }

    /// Counts the lines of all time alike.
    pub fn of_all_time(table: &Interactions, today: i32) -> Self {
        Self::with(table, today, &[36_500])
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share with seven digits")]
    fn with(table: &Interactions, today: i32, half_lives: &[i64]) -> Self {
        let mut share = vec![0.0_f32; table.n_products()];
        let oldest = table.all().iter().map(|line| today.saturating_sub(line.day)).max().unwrap_or(0).clamp(0, AGE_DAYS_MAX);
        for half_life in half_lives {
            let ages = Ages::exact(*half_life, oldest);
            let mut weight = vec![0_u64; table.n_products()];
            for line in table.all() {
                weight[line.product.at()] += ages.of(today.saturating_sub(line.day));
            }
            let top = weight.iter().copied().max().unwrap_or(0).max(1);
            for (share, weight) in share.iter_mut().zip(weight) {
                *share += (weight as f64 / top as f64) as f32 / half_lives.len() as f32;
            }
        }
        let positions = (0..u32::try_from(share.len()).unwrap_or(u32::MAX)).map(ProductIx);
        let mut top: Vec<ProductIx> = positions.filter(|product| share[product.at()] > 0.0).collect();
        top.sort_by(|a, b| share[b.at()].total_cmp(&share[a.at()]).then(a.cmp(b)));
        top.truncate(TOP_MAX);
        Self { share, top }
    }
}
