//! Whether what a person buys again and again is due, by their own interval, and how often a product is bought again at all.
//!
//! Repeat purchases follow the item's own propensity to be bought again and the person's rhythm (Bhagat et al., "Buy It
//! Again", KDD 2018).

use super::history::Own;
use super::lines::{Interactions, Line};

/// Purchases of a product at which its own rate of buying again weighs as much as that of the whole shop.
const PRIOR: f32 = 10.0;

/// Returns how due a product is: greatest one interval after the last purchase; nothing when it was bought once.
#[expect(clippy::cast_precision_loss, reason = "days and their number are small")]
pub(super) fn due(own: &Own) -> f32 {
    let Some(interval) = own.interval_days else { return 0.0 };
    let late = own.age_days as f32 / interval - 1.0;
    (own.n_days as f32).sqrt() / (1.0 + late * late)
}

/// Returns for each product the share of its purchases that were not somebody's first, shrunk towards that of the shop.
#[expect(clippy::cast_precision_loss, reason = "counts of purchases as shares")]
pub(super) fn rates(table: &Interactions) -> Vec<f32> {
    let mut bought = vec![0_u32; table.n_products()];
    let mut again = vec![0_u32; table.n_products()];
    let days_of = |lines: &[Line]| u32::try_from(lines.chunk_by(|a, b| a.day == b.day).count()).unwrap_or(u32::MAX);
    for who in 0..table.n_people() {
        for lines in table.of(who).chunk_by(|a, b| a.product == b.product) {
            let n_days = days_of(lines);
            bought[lines[0].product.at()] += n_days;
            again[lines[0].product.at()] += n_days.saturating_sub(1);
        }
    }
    let sum = |of: &[u32]| of.iter().map(|n| u64::from(*n)).sum::<u64>() as f32;
    let shop = sum(&again) / sum(&bought).max(1.0);
    bought.iter().zip(&again).map(|(bought, again)| (*again as f32 + PRIOR * shop) / (*bought as f32 + PRIOR)).collect()
}
