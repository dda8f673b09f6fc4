//! How many orders hold a product within some days: exact counts, the truth behind social proof.
//!
//! What is kept is the instant of every order of the last days, so that a count is right at any instant that a
//! snapshot serves, and not only at the one it was built at.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::clock::{Span, Timestamp};
use crate::id::ProductIx;

/// Order lines collected from several threads, in any order.
#[derive(Debug)]
pub struct SoldBuilder {
    since: Timestamp,
    lines: Mutex<Vec<(ProductIx, u64, Timestamp)>>,
}

impl SoldBuilder {
    /// Keeps what is ordered within `window` before `now`; a window of zero keeps nothing.
    pub fn new(now: Timestamp, window: Span) -> Self {
        Self { since: now.minus(window), lines: Mutex::default() }
    }

    /// Takes one line placed: the product, the hash of its order, its instant.
    pub fn add(&self, product: ProductIx, order: u64, at: Timestamp) {
        if at > self.since {
            self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((product, order, at));
        }
    }

    /// Counts an order once for a product, at its latest line; `n_products` is the size of the catalogue.
    pub fn build(self, n_products: usize) -> Sold {
        let mut lines = self.lines.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        lines.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.cmp(&a.2)));
        lines.dedup_by_key(|line| (line.0, line.1));
        let mut orders = vec![Vec::new(); if lines.is_empty() { 0 } else { n_products }];
        for (product, _, at) in lines {
            orders[product.at()].push(at);
        }
        for instants in &mut orders {
            instants.sort_unstable();
        }
        Sold { orders }
    }
}

/// For each product, the instants of the orders that hold it, lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sold {
    /// Oldest first.
    orders: Vec<Vec<Timestamp>>,
}

impl Sold {
    /// Counts the orders that hold a product after `now - window` and until `now`.
    pub fn orders(&self, product: ProductIx, now: Timestamp, window: Span) -> u32 {
        let instants = self.orders.get(product.at()).map_or(&[][..], Vec::as_slice);
        let until = |limit: Timestamp| instants.partition_point(|at| *at <= limit);
        u32::try_from(until(now).saturating_sub(until(now.minus(window)))).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_equal_brute_force_at_every_instant_served(
            lines in proptest::collection::vec((0_u32..3, 0_u64..9, 0_i64..400), 0..60),
            later in 0_i64..24,
            window in 1_i64..160,
        ) {
            let (built, hour) = (Timestamp(300), 1);
            let builder = SoldBuilder::new(built, Span(160));
            // What is dated after the build is not read.
            let lines: Vec<_> = lines.into_iter().filter(|line| line.2 <= built.0).collect();
            for (product, order, at) in &lines {
                builder.add(ProductIx(*product), *order, Timestamp(at * hour));
            }
            let sold = builder.build(3);
            let now = Timestamp(built.0 + later);
            for product in 0..3 {
                let last = |order: u64| lines.iter().filter(|line| line.0 == product && line.1 == order).map(|line| line.2).max();
                let n = (0..9).filter_map(last).filter(|at| *at > now.0 - window && *at <= now.0).count();
                prop_assert_eq!(sold.orders(ProductIx(product), now, Span(window)) as usize, n);
            }
        }
    }
}
