//! What is said of the same products, put together without sorting all of it.

use std::cell::RefCell;

use crate::id::ProductIx;

/// No entry.
const NONE: u32 = u32::MAX;

/// For each product its latest entry, and for each entry the one before it about the same product; used again for each person, so that
/// nothing the size of the catalogue is made for one.
#[derive(Default)]
struct Room {
    latest: Vec<u32>,
    before: Vec<u32>,
}

/// Hands the entries of each product to `sum`, products in order of their first entry; the order of a product's entries means nothing.
pub(super) fn by_product<T: Copy, R>(entries: &[T], product: impl Fn(&T) -> ProductIx, mut sum: impl FnMut(&mut [T]) -> R) -> Vec<R> {
    thread_local!(static ROOM: RefCell<Room> = RefCell::default());
    ROOM.with_borrow_mut(|Room { latest, before }| {
        before.clear();
        let mut firsts: Vec<(usize, ProductIx)> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let ix = product(entry);
            if latest.len() <= ix.at() {
                latest.resize(ix.at() + 1, NONE);
            }
            let latest = &mut latest[ix.at()];
            if *latest == NONE {
                firsts.push((at, ix));
            }
            before.push(std::mem::replace(latest, u32::try_from(at).unwrap_or(NONE)));
        }
        let mut run: Vec<T> = Vec::new();
        let mut of_product = |(first, ix): (usize, ProductIx)| {
            run.clear();
            let mut at = std::mem::replace(&mut latest[ix.at()], NONE) as usize;
            loop {
                run.push(entries[at]);
                if at == first {
                    return sum(&mut run);
                }
                at = before[at] as usize;
            }
        };
        firsts.into_iter().map(&mut of_product).collect()
    })
}

/// Values in an order of which often only the beginning is asked: as much as is asked is sorted.
pub(super) struct InOrder<T, F> {
    values: Vec<T>,
    order: F,
    at: usize,
    sorted: usize,
}

/// Values sorted at once.
const SORTED: usize = 64;

impl<T, F: Fn(&T, &T) -> std::cmp::Ordering> InOrder<T, F> {
    pub(super) fn new(values: Vec<T>, order: F) -> Self {
        Self { values, order, at: 0, sorted: 0 }
    }
}

impl<T: Copy, F: Fn(&T, &T) -> std::cmp::Ordering> Iterator for InOrder<T, F> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.at == self.sorted {
            let rest = &mut self.values[self.at..];
            let n = rest.len().min(SORTED);
            if n < rest.len() {
                rest.select_nth_unstable_by(n, &self.order);
            }
            rest[..n].sort_unstable_by(&self.order);
            self.sorted += n;
        }
        let value = self.values.get(self.at).copied()?;
        self.at += 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_product_come_together() {
        let entries = [(3, 1), (1, 2), (3, 4), (0, 8), (3, 16)];
        let sum = || {
            let sum = |run: &mut [(u32, i32)]| (run[0].0, run.iter().map(|entry| entry.1).sum::<i32>());
            by_product(&entries, |entry| ProductIx(entry.0), sum)
        };
        assert_eq!(sum(), [(3, 21), (1, 2), (0, 8)]);
        assert_eq!(sum(), [(3, 21), (1, 2), (0, 8)], "the room is left empty");
    }

    #[test]
    fn the_order_is_that_of_a_sort() {
        let values: Vec<u64> = (0..500_u64).map(|n| n * 7919 % 1009).collect();
        let mut sorted = values.clone();
        sorted.sort_unstable();
        assert_eq!(InOrder::new(values, u64::cmp).collect::<Vec<_>>(), sorted);
        assert_eq!(InOrder::new(Vec::<u8>::new(), u8::cmp).next(), None);
    }
}
