//! What a visitor or an order has too much of to say what goes together: a machine's work, a list that was scrolled through, a wholesaler's.
//!
//! A blur keeps the latest lines of each person, which would make of a list something short: it is found before.

use super::lines::Line;

/// Orders, or days of visitors, that say nothing of pairs; in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists(Vec<(u32, u32, i32)>);

impl Lists {
    /// Finds what has more than so many different products.
    pub(super) fn of(lines: &[Line], most: usize) -> Self {
        let mut sorted: Vec<_> = lines.iter().map(|line| (key(line), line.product)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self(sorted.chunk_by(|a, b| a.0 == b.0).filter(|one| one.len() > most).map(|one| one[0].0).collect())
    }

    /// Says whether a line is of one of them.
    pub(super) fn holds(&self, line: &Line) -> bool {
        !self.0.is_empty() && self.0.binary_search(&key(line)).is_ok()
    }
}

fn key(line: &Line) -> (u32, u32, i32) {
    (line.who, line.order, line.day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ProductIx;

    #[test]
    fn different_products_of_one_order_are_counted() {
        let line = |order: u32, product: u32| Line { who: 7, product: ProductIx(product), day: 100, order };
        let lines: Vec<Line> = (0..6).map(|n| line(1, n)).chain((0..12).map(|n| line(2, n % 5))).collect();
        let lists = Lists::of(&lines, 5);
        assert_eq!([lists.holds(&line(1, 9)), lists.holds(&line(2, 0)), Lists::default().holds(&line(1, 0))], [true, false, false]);
    }
}
