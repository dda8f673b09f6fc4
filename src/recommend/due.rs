//! Whether what a person buys again and again is due, by their own interval, and how often a product is bought again at all.
//!
//! Repeat purchases follow the item's own propensity to be bought again and the person's rhythm (Bhagat et al., "Buy It
//! Again", KDD 2018).

use super::history::Own;
use super::lines::{GUEST, Interactions, Line};

/// Purchases of a product at which its own rate of buying again weighs as much as that of the whole shop.
const PRIOR: f32 = 10.0;

/// Returns how due a product is: greatest one interval after the last purchase; nothing when it was bought once.
#[expect(clippy::cast_precision_loss, reason = "days and their number are small")]
pub(super) fn due(own: &Own) -> f32 {
    let Some(interval) = own.interval_days else { return 0.0 };
    let late = own.age_days as f32 / interval - 1.0;
    (own.n_days as f32).sqrt() / (1.0 + late * late)
}

/// How often each product was bought, by days, and how many of those times it was not somebody's first.
#[derive(Debug)]
pub(super) struct Repeats {
    bought: Vec<u32>,
    again: Vec<u32>,
}

impl Repeats {
    /// Counts the purchases of people who are known.
    pub(super) fn of(table: &Interactions) -> Self {
        let mut repeats = Self { bought: vec![0; table.n_products()], again: vec![0; table.n_products()] };
        // Lines are in order of people, then of products and days.
        let lines = table.all().iter().take_while(|line| line.who != GUEST);
        let mut before: Option<&Line> = None;
        for line in lines {
            let is_again = before.is_some_and(|before| (before.who, before.product) == (line.who, line.product));
            if !is_again || before.is_some_and(|before| before.day != line.day) {
                repeats.bought[line.product.at()] += 1;
                repeats.again[line.product.at()] += u32::from(is_again);
            }
            before = Some(line);
        }
        repeats
    }

    /// Returns the share of all purchases that were not somebody's first.
    #[expect(clippy::cast_precision_loss, reason = "counts of purchases as shares")]
    pub(super) fn share(&self) -> f32 {
        let sum = |of: &[u32]| of.iter().map(|n| u64::from(*n)).sum::<u64>() as f32;
        sum(&self.again) / sum(&self.bought).max(1.0)
    }

    /// Returns that share for each product, shrunk towards that of the shop.
    #[expect(clippy::cast_precision_loss, reason = "counts of purchases as shares")]
    pub(super) fn rates(&self) -> Vec<f32> {
        let shop = self.share();
        let rate = |(bought, again): (&u32, &u32)| (*again as f32 + PRIOR * shop) / (*bought as f32 + PRIOR);
        self.bought.iter().zip(&self.again).map(rate).collect()
    }
}
