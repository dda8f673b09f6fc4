//! Who ordered what on which day: the table that every model is learned from.

use rayon::prelude::*;

use super::fade::TASTE;
use super::history::{DAYS_MAX, History, Own};
use crate::id::ProductIx;

/// The buyer of an order of nobody known: their lines count for what is popular, and for nobody.
pub const GUEST: u32 = u32::MAX;

/// One order line, in 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Position of the buyer, or [`GUEST`].
    pub who: u32,
    /// The product.
    pub product: ProductIx,
    /// Day since 1970 in UTC.
    pub day: i32,
    /// A hash of the order.
    pub order: u32,
}

impl Line {
    /// Returns who it is of: a person, else the visitor or the order of nobody known.
    pub(super) fn unit(&self) -> (u32, u32) {
        (self.who, if self.who == GUEST { self.order } else { 0 })
    }
}

/// Order lines by buyer, then by product and day; a line that repeats another is counted once.
#[derive(Debug, Clone, Default)]
pub struct Interactions {
    lines: Vec<Line>,
    /// Where the lines of each person start; one more for the guests, and the end.
    starts: Vec<usize>,
    n_products: usize,
}

impl Interactions {
    /// Sorts the lines of `n_people` and of guests; a line of somebody beyond is a guest's.
    pub fn new(mut lines: Vec<Line>, n_people: usize, n_products: usize) -> Self {
        for line in &mut lines {
            if line.who as usize >= n_people {
                line.who = GUEST;
            }
        }
        lines.retain(|line| line.product.at() < n_products);
        lines.par_sort_unstable();
        lines.dedup();
        Self::sorted(lines, n_people, n_products)
    }

    fn sorted(lines: Vec<Line>, n_people: usize, n_products: usize) -> Self {
        let mut starts = Vec::with_capacity(n_people + 2);
        let mut at = 0;
        for who in (0..n_people).chain([GUEST as usize]) {
            while lines.get(at).is_some_and(|line| (line.who as usize) < who) {
                at += 1;
            }
            starts.push(at);
        }
        starts.push(lines.len());
        Self { lines, starts, n_products }
    }

    /// Returns what was known at the start of a day.
    #[must_use]
    pub fn before(&self, day: i32) -> Self {
        let lines = self.lines.iter().filter(|line| line.day < day).copied().collect();
        Self::sorted(lines, self.n_people(), self.n_products)
    }

    /// Returns the number of people.
    pub fn n_people(&self) -> usize {
        self.starts.len().saturating_sub(2)
    }

    /// Returns the size of the catalogue.
    pub fn n_products(&self) -> usize {
        self.n_products
    }

    /// Returns all lines, those of guests last.
    pub fn all(&self) -> &[Line] {
        &self.lines
    }

    /// Returns the lines of one person, by product and day.
    pub fn of(&self, who: usize) -> &[Line] {
        &self.lines[self.starts[who]..self.starts[who + 1]]
    }

    /// Returns the first and the last day with a line.
    pub fn days(&self) -> Option<(i32, i32)> {
        let days = || self.lines.iter().map(|line| line.day);
        days().min().zip(days().max())
    }

    /// Returns what one person bought, as it is known at the start of the day `today`.
    pub fn history(&self, who: usize, today: i32) -> History {
        let of_product = |lines: &[Line]| {
            let mut days: Vec<i32> = lines.iter().rev().map(|line| line.day).collect();
            days.dedup();
            Own::new(lines[0].product, days.len(), *days.last().unwrap_or(&today), &days, today)
        };
        History::new(self.of(who).chunk_by(|a, b| a.product == b.product).map(of_product).collect())
    }

    /// Returns what each product one person bought says of their taste, by product: [`Own::taste`] without the rest.
    pub(super) fn tastes(&self, who: usize, today: i32) -> impl Iterator<Item = (ProductIx, f32)> {
        self.of(who).chunk_by(|a, b| a.product == b.product).map(move |lines| {
            let days = lines.chunk_by(|a, b| a.day == b.day).rev().take(DAYS_MAX);
            (lines[0].product, days.map(|lines| TASTE.of(today.saturating_sub(lines[0].day))).sum())
        })
    }

    /// Says for each product whether anybody ever bought it.
    pub fn known(&self) -> Vec<bool> {
        let mut known = vec![false; self.n_products];
        self.lines.iter().for_each(|line| known[line.product.at()] = true);
        known
    }
}
