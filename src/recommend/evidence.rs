//! All that models are learned from: what was ordered, what was looked at, and what was put in carts.

use super::fade::Fade;
use super::goods::Goods;
use super::history::{Act, History, Look};
use super::lines::{Interactions, Line};
use super::lists::Lists;
use super::local::Places;
use super::veil::Veil;
use crate::id::ProductIx;

/// Half-life of what a look at a product, or a cart, says of taste, in days.
const LOOK_DAYS: i64 = 14;
/// Age in days beyond which a look or a cart says nothing.
pub const LOOKS_FROM_DAYS: i32 = 120;

/// The tables of a shop, of the same people and products.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Orders placed.
    pub orders: Interactions,
    /// Products looked at or put in a cart; what stands for the order is a hash of the visitor.
    pub looks: Interactions,
    /// Products put in a cart; what stands for the order is a hash of the visitor.
    pub carts: Interactions,
    /// Category and price of products.
    pub goods: Goods,
    /// Where people live, by position; empty when nothing is known of it.
    pub places: Vec<Places>,
    /// Which pairs are kept of what is learned from a blurred table; none where it is as people made it.
    pub veil: Option<Veil>,
    /// Of a blurred table of orders, looks and carts, what was too long to say what goes together before it was cut.
    pub lists: [Lists; 3],
}

impl From<Interactions> for Evidence {
    /// Orders and nothing else.
    fn from(orders: Interactions) -> Self {
        let none = || Interactions::new(Vec::new(), orders.n_people(), orders.n_products());
        Self { looks: none(), carts: none(), orders, ..Self::default() }
    }
}

impl Evidence {
    /// Returns what was known at the start of a day.
    #[must_use]
    pub fn before(&self, day: i32) -> Self {
        let [orders, looks, carts] = [&self.orders, &self.looks, &self.carts].map(|table| table.before(day));
        Self { orders, looks, carts, ..self.clone() }
    }

    /// Returns what one person did, as it is known at the start of the day `today`.
    pub fn history(&self, who: usize, today: i32) -> History {
        let mut history = self.orders.history(who, today);
        let last_order = history.own().iter().map(|own| own.last_day).max().unwrap_or(i32::MIN);
        let mut looks = Vec::new();
        for (table, act) in [(&self.looks, Act::Looked), (&self.carts, Act::Carted)] {
            for lines in table.of(who).chunk_by(|a, b| a.product == b.product) {
                let (product, day) = (lines[0].product, lines[lines.len() - 1].day);
                // An order empties a cart, whatever it holds.
                if act == Act::Looked || day > last_order {
                    looks.extend(look(product, day, today, act));
                }
            }
        }
        history.look(looks);
        history.live(self.places.get(who).copied().unwrap_or_default());
        history
    }

    /// Says whether anything was looked at or put in a cart.
    pub fn has_looks(&self) -> bool {
        !self.looks.all().is_empty() || !self.carts.all().is_empty()
    }
}

/// Weighs a look of a day as seen on the day `today`; none when it is too old.
pub(super) fn look(product: ProductIx, day: i32, today: i32, act: Act) -> Option<Look> {
    let age_days = today.saturating_sub(day).max(0);
    (age_days <= LOOKS_FROM_DAYS).then(|| Look { product, act, day, age_days, taste: Fade::new(LOOK_DAYS).of(age_days) })
}

/// Most lines of looks that are learned from: 256 MB.
const LOOKS_MAX: usize = 1 << 24;

/// Lines of looks gathered under a limit: past it whole visitors are left out, by a hash, so that what is kept does not
/// depend on who gathered it.
#[derive(Debug, Default)]
pub struct Sample {
    lines: Vec<Line>,
    /// Visitors are kept whose hash has so many zeros at its end.
    zeros: u32,
    /// Lines from which repeats are looked for.
    crowd: usize,
}

impl Sample {
    /// Adds a line.
    pub fn push(&mut self, line: Line) {
        if line.order.trailing_zeros() >= self.zeros {
            self.lines.push(line);
            if self.lines.len() > self.crowd.max(1 << 16) {
                self.thin(LOOKS_MAX);
                self.crowd = 2 * self.lines.len();
            }
        }
    }

    /// Adds the lines of another.
    #[must_use]
    pub fn merged(mut self, other: Self) -> Self {
        self.zeros = self.zeros.max(other.zeros);
        self.lines.extend(other.lines);
        self.thin(LOOKS_MAX);
        self
    }

    /// Returns the lines, in order.
    pub fn into_lines(mut self) -> Vec<Line> {
        self.thin(LOOKS_MAX);
        self.lines
    }

    fn thin(&mut self, most: usize) {
        self.lines.retain(|line| line.order.trailing_zeros() >= self.zeros);
        self.lines.sort_unstable();
        self.lines.dedup();
        while self.lines.len() > most && self.zeros < u32::BITS {
            self.zeros += 1;
            self.lines.retain(|line| line.order.trailing_zeros() >= self.zeros);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ProductIx;

    #[test]
    fn a_sample_is_the_same_however_it_was_gathered() {
        let lines = || (0_u32..5_000).map(|n| Line { who: n, product: ProductIx(n % 7), day: 0, order: n.wrapping_mul(2_654_435_761) });
        let gather = |n_parts: u32, most: usize| {
            let part = |at: u32| {
                let mut part = Sample::default();
                lines().filter(|line| line.who % n_parts == at).for_each(|line| part.push(line));
                part.thin(most);
                part
            };
            let mut all = (0..n_parts).map(part).reduce(Sample::merged).unwrap_or_default();
            all.thin(most);
            all.into_lines()
        };
        for most in [10, 100, 900, 10_000] {
            let found = gather(1, most);
            assert!(found.len() <= most && found.len() * 4 >= most.min(5_000), "{most}: {}", found.len());
            assert_eq!(found, gather(7, most));
        }
    }
}
