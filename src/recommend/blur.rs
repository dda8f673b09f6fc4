//! What models see of people once profiles are blurred: coarse times, no more than a few lines of anybody, pseudonyms.
//!
//! The tables are changed before anything is learned; [`Veil`] says which pairs are kept after. What a person is shown is still
//! chosen by their own profile, which stays as it is.

use rayon::prelude::*;

use super::evidence::Evidence;
use super::lines::{GUEST, Interactions, Line};
use super::lists::Lists;
use super::pairs::Pairs;
use super::sessions::SESSION_MAX;
use super::vectors::Vectors;
use super::veil::{Behind, BlurKey, Owners, Together, Veil};
use crate::catalogue::{AlsoBought, BASKET_PRODUCTS_MAX};
use crate::project::blur::{Blur, BlurTime};

/// Words under which the key hashes one kind of thing and no other.
const PEOPLE: u64 = 11;
const ORDERS: u64 = 12;
const TIES: u64 = 13;

impl Evidence {
    /// Returns the same tables as a blur leaves them, with the rule for the pairs that are learned from them.
    ///
    /// Days become those of the blur; of each person (of each visitor or order that is nobody's) the latest lines are kept, no more
    /// than its limits; positions of people and hashes of orders are drawn anew by the key, so that neither leads back to an id.
    #[must_use]
    pub fn blurred(self, veil: &Veil) -> Self {
        let n_people = self.orders.n_people();
        let numbers = pseudonyms(n_people, veil.key());
        let [(orders, long), (looks, scrolled), (carts, filled)] =
            [(self.orders, BASKET_PRODUCTS_MAX), (self.looks, SESSION_MAX), (self.carts, SESSION_MAX)]
                .map(|(table, most)| blurred(&table, most, &numbers, veil));
        let mut places = self.places;
        if !places.is_empty() {
            places.resize(n_people, [0; 3]);
            let mut moved = vec![[0; 3]; n_people];
            places.iter().zip(&numbers).for_each(|(place, number)| moved[*number as usize] = *place);
            places = moved;
        }
        Self { orders, looks, carts, goods: self.goods, places, veil: Some(veil.clone()), lists: [long, scrolled, filled] }
    }

    /// Returns what is bought together, under the rule of the blur; `None` where there is none.
    ///
    /// The score is that of [`AlsoBought`], with the factor of the rule.
    pub fn also_bought(&self) -> Option<AlsoBought> {
        let veil = self.veil.as_ref()?;
        let (mut baskets, mut owners, mut n) = (Vectors::default(), Owners::default(), vec![0_usize; self.orders.n_products()]);
        let mut lines: Vec<Line> = self.orders.all().to_vec();
        lines.par_sort_unstable_by_key(|line| (line.who, line.order, line.product));
        for basket in lines.chunk_by(|a, b| (a.who, a.order) == (b.who, b.order)) {
            let mut products: Vec<u32> = basket.iter().map(|line| line.product.0).collect();
            products.dedup();
            if products.len() <= BASKET_PRODUCTS_MAX && !self.lists[0].holds(&basket[0]) {
                for product in &products {
                    n[*product as usize] += 1;
                }
                baskets.push(products.into_iter().map(|product| (product, 1.0)));
                // Orders of nobody known may all be one person's, whose contact is gone.
                owners.push((basket[0].who, 0));
            }
        }
        let behind = Behind { veil, of: Together::Basket, owners: &owners.numbers, each: 1 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of ones")]
        let score = |a: usize, b: usize, common: f32| AlsoBought::score(common as u32, n[a], n[b]);
        Some(AlsoBought::of_pairs(Pairs::veiled(&baskets, self.orders.n_products(), &behind, score).neighbours))
    }
}

/// Returns the number that stands for each person: their place in the order of keyed hashes.
fn pseudonyms(n_people: usize, key: BlurKey) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(n_people).unwrap_or(GUEST)).collect();
    order.sort_by_cached_key(|who| (key.hash(&[PEOPLE, u64::from(*who)]), *who));
    let mut numbers = vec![0; n_people];
    order.into_iter().zip(0_u32..).for_each(|(who, number)| numbers[who as usize] = number);
    numbers
}

fn blurred(table: &Interactions, most: usize, numbers: &[u32], veil: &Veil) -> (Interactions, Lists) {
    let (blur, key) = (veil.blur(), veil.key());
    let other = |line: &Line| {
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
        let order = key.hash(&[ORDERS, u64::from(line.order)]) as u32;
        let who = numbers.get(line.who as usize).copied().unwrap_or(GUEST);
        Line { who, product: line.product, day: coarse(line.day, blur.time), order }
    };
    let lines: Vec<Line> = table.all().iter().map(other).collect();
    let lists = Lists::of(&lines, most);
    (Interactions::new(clipped(lines, blur, key), numbers.len(), table.n_products()), lists)
}

/// Returns the day that stands for a day since 1970.
fn coarse(day: i32, time: BlurTime) -> i32 {
    match time {
        BlurTime::Day => day,
        // The first of January 1970 was a Thursday.
        BlurTime::Week => day.saturating_sub(day.wrapping_add(3).rem_euclid(7)),
    }
}

/// Keeps the latest lines of each person about each product, then the latest of all of theirs; which of one day is kept follows from
/// the key.
fn clipped(mut lines: Vec<Line>, blur: Blur, key: BlurKey) -> Vec<Line> {
    let tie = |line: &Line| key.hash(&[TIES, u64::from(line.product.0), u64::from(line.order)]);
    let latest = |line: &Line| (std::cmp::Reverse(line.day), tie(line));
    let order = |line: &Line| (line.unit(), line.product, std::cmp::Reverse(line.day), line.order);
    lines.par_sort_unstable_by_key(order);
    lines.dedup();
    let (per_person, per_product) = (blur.per_person as usize, blur.per_product as usize);
    let mut kept = Vec::with_capacity(lines.len());
    for person in lines.chunk_by(|a, b| a.unit() == b.unit()) {
        let from = kept.len();
        for product in person.chunk_by(|a, b| a.product == b.product) {
            kept.extend(product.iter().take(per_product).copied());
        }
        if kept.len() - from > per_person {
            kept[from..].sort_by_cached_key(latest);
            kept.truncate(from + per_person);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::id::ProductIx;

    #[test]
    fn a_week_begins_on_monday_and_no_day_moves_forward() {
        // 2011-11-14 was a Monday, 15,292 days after 1970-01-01.
        assert_eq!((15_291..15_300).map(|day| coarse(day, BlurTime::Week) - 15_292).collect::<Vec<_>>(), [-7, 0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!([-4, -3, 0, 3, 4].map(|day| coarse(day, BlurTime::Week)), [-10, -3, -3, -3, 4]);
        assert_eq!(coarse(5, BlurTime::Day), 5);
        for day in [i32::MIN, i32::MAX] {
            assert!(coarse(day, BlurTime::Week) <= day);
        }
    }

    #[test]
    fn a_person_takes_their_lines_and_places_along_under_another_number() {
        let line = |who: u32, product: u32| Line { who, product: ProductIx(product), day: 100, order: who };
        // Each person has a product and a place of their own.
        let table = |n: u32| Interactions::new((0..n).map(|who| line(who, who)).collect(), n as usize, n as usize);
        let places = (0..50).map(|who| [who + 1, 0, 0]).collect();
        let clear = Evidence { looks: table(50), places, ..Evidence::from(table(50)) };
        let blurred = |key: u128| clear.clone().blurred(&Veil::new(Blur::default(), BlurKey::new(key), &Catalogue::default()));
        let (ours, theirs) = (blurred(1), blurred(2));
        let who_bought = |of: &Evidence| (0..50).map(|who| of.orders.of(who)[0].product.0).collect::<Vec<_>>();
        assert_eq!(who_bought(&ours), who_bought(&blurred(1)));
        assert_ne!(who_bought(&ours), who_bought(&theirs), "the number follows the key");
        let n_same = who_bought(&ours).into_iter().zip(0..).filter(|(product, who)| product == who).count();
        assert!(n_same < 6, "{n_same} of 50 keep their number");
        for who in 0..50 {
            let product = ours.orders.of(who)[0].product;
            assert_eq!(ours.looks.of(who)[0].product, product);
            assert_eq!(ours.places[who][0], u64::from(product.0) + 1);
            assert_ne!(ours.orders.of(who)[0].order, product.0, "the order has another hash");
        }
    }

    #[test]
    fn strangers_have_limits_of_their_own() {
        let lines = (0..30_u32).flat_map(|visitor| {
            (0..visitor).map(move |n| Line { who: GUEST, product: ProductIx(n % 3), day: 7 * n.cast_signed(), order: visitor })
        });
        let blur = Blur { per_person: 9, per_product: 4, ..Blur::default() };
        let kept = clipped(lines.collect(), blur, BlurKey::new(1));
        for visitor in 0..30 {
            let own: Vec<&Line> = kept.iter().filter(|line| line.order == visitor).collect();
            assert_eq!(own.len(), (visitor as usize).min(9), "{visitor}");
            assert!((0..3).all(|product| own.iter().filter(|line| line.product.0 == product).count() <= 4));
            // The latest stay.
            let oldest = own.iter().map(|line| line.day).min().unwrap_or(0);
            assert_eq!(oldest, 7 * visitor.saturating_sub(9).cast_signed());
        }
    }
}
