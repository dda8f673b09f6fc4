//! Places given to products drawn by lot, and the probability with which each was.
//!
//! Most are drawn among the products that sell most, the others among a board of the rest (`shelf`), which is drawn first. What finds no
//! room on that board goes on to the next, and so on around the shelf, [`BOARDS_MAX`] boards at most. The lengths of those that sell do not
//! depend on the board, so the probability of each product is known without looking at all boards: its length in the row (`urn`), and where
//! it lies on a board the mean of its lengths over all boards that the mail could have begun with, of which few lead to it.

use std::collections::{BTreeMap, HashSet};

use super::candidate::Proposal;
use super::filter::Filter;
use super::shelf::Shelf;
use super::stock::Stock;
use super::urn::{PLACE, Urn, draw};
use crate::catalogue::TopicIx;
use crate::id::{ProductIx, stable_hash, stable_unit};
use crate::profile::Person;
use crate::project::campaign::SlotMode;
use crate::project::checked::Slot;

/// A product drawn, with the probability that this mail shows it, given all that is known of its reader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Explored {
    pub(super) product: ProductIx,
    pub(super) propensity: f64,
}

/// Products of one category; one without a category stands alone.
type Category = (Option<TopicIx>, Option<ProductIx>);

/// Boards that are looked at for one mail, at most.
const BOARDS_MAX: usize = 4;

/// What may be drawn for one mail, and how.
struct Lot<'a> {
    /// Products that sell.
    best: &'a [ProductIx],
    /// Products of a board, by its number.
    board: &'a dyn Fn(usize) -> Vec<ProductIx>,
    n_boards: usize,
    /// The board that is looked at first.
    first: usize,
    /// The share of the boards.
    share: f64,
    /// The length to draw.
    wanted: u64,
    /// The category of a product, and the places that it may have.
    category: &'a dyn Fn(ProductIx) -> Category,
    places: &'a dyn Fn(&Category) -> u64,
    /// The order within a category.
    order: &'a dyn Fn(ProductIx) -> u64,
    /// Where the walk along the row starts, under a place.
    start: u64,
}

/// A product in the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Lying {
    of: Category,
    /// Its place within the category.
    order: u64,
    product: ProductIx,
    length: u64,
    /// The board that it lies on.
    board: Option<usize>,
}

impl Lot<'_> {
    /// Draws products.
    fn draw(&self) -> Vec<Explored> {
        let of_boards = part(self.wanted, self.share);
        let mut best = self.urn(self.best, |of| part((self.places)(of), 1.0 - self.share));
        let of_boards = of_boards + best.fill(self.wanted - of_boards);
        let taken = |of: &Category| best.length(of);
        let lying = |of, product, length, board| Lying { of, order: (self.order)(product), product, length, board };
        let boards =
            self.boards_from(self.first, of_boards, &taken).into_iter().map(|(of, product, n, board)| lying(of, product, n, Some(board)));
        let mut row: Vec<Lying> = boards.chain(best.clone().into_row().map(|(of, product, n)| lying(of, product, n, None))).collect();
        row.sort_unstable();
        let drawn = draw(row.into_iter().map(|lying| (lying, lying.length)), self.start);
        let chance = |lying: Lying| match lying.board {
            None => real(lying.length),
            Some(board) => real(self.length_of_all(lying.product, board, of_boards, &taken)) / real(self.n_boards as u64),
        };
        drawn.into_iter().map(|(lying, _)| Explored { product: lying.product, propensity: chance(lying) / real(PLACE) }).collect()
    }

    fn urn(&self, products: &[ProductIx], places: impl Fn(&Category) -> u64) -> Urn<Category, ProductIx> {
        Urn::of(products.iter().map(|product| ((self.category)(*product), *product)), places)
    }

    /// Lays a length out on a board, and what finds no room on it on those that follow; `taken` is the length of a category that is taken.
    /// Returns what lies there: category, product, length, board.
    fn boards_from(&self, first: usize, length: u64, taken: &dyn Fn(&Category) -> u64) -> Vec<(Category, ProductIx, u64, usize)> {
        let mut row = Vec::new();
        let mut lain: BTreeMap<Category, u64> = BTreeMap::new();
        let mut left = length;
        for board in (first..).take(BOARDS_MAX.min(self.n_boards)).map(|number| number % self.n_boards) {
            let lain_before = |of: &Category| lain.get(of).copied().unwrap_or(0);
            let mut urn = self.urn(&(self.board)(board), |of| (self.places)(of) - taken(of) - lain_before(of));
            left = urn.fill(left);
            for (of, product, length) in urn.into_row() {
                *lain.entry(of).or_default() += length;
                row.push((of, product, length, board));
            }
            if left == 0 {
                break;
            }
        }
        row
    }

    /// Returns the lengths of a product of a board, added up over all boards that the mail could have begun with.
    ///
    /// The further back it begins the more room lies before the board, so that from the first that does not lead to it none does.
    fn length_of_all(&self, product: ProductIx, board: usize, length: u64, taken: &dyn Fn(&Category) -> u64) -> u64 {
        let back = (0..BOARDS_MAX.min(self.n_boards)).map(|back| (board + self.n_boards - back) % self.n_boards);
        let of_first = |first: usize| {
            let row = self.boards_from(first, length, taken);
            row.into_iter().find(|(_, lying, ..)| *lying == product).map(|(_, _, length, _)| length)
        };
        back.map_while(of_first).sum()
    }
}

/// Draws products that nothing proposed and the person has not looked at, by a stable hash of mail and person; what is
/// the same for all is drawn once for the edition. No category gets more than it may.
///
/// A share that is no whole number of places is one place more or less, by lot, so that over many mails it is the share that was asked.
pub(super) fn explore(
    slot: &Slot,
    person: &Person<'_>,
    stock: Stock<'_>,
    filter: &Filter<'_>,
    kept: &[Proposal],
    pinned: &[ProductIx],
) -> Vec<Explored> {
    let free = slot.spec.count.saturating_sub(pinned.len()) as u64 * PLACE;
    let wanted = part(slot.spec.count as u64 * PLACE, slot.spec.exploration).min(free);
    if wanted == 0 {
        return Vec::new();
    }
    let (campaign, edition) = stock.mail;
    let reader = if slot.spec.mode == SlotMode::Editorial { "" } else { person.profile.contact.id.as_str() };
    let named = |what: &str, of: &str| stable_hash(&["exploration", campaign, edition, stock.slot, reader, what, of]);
    let unit = stable_unit(&["exploration", campaign, edition, stock.slot, reader, "board"]);
    let proposed: HashSet<ProductIx> = kept.iter().map(|proposal| proposal.product).collect();
    let viewed = |product: ProductIx| stock.may_profile && super::pick::was_viewed(person, product);
    let may_be_drawn =
        |product: &ProductIx| !(proposed.contains(product) || pinned.contains(product) || viewed(*product)) && filter.may_show(*product);
    let drawable = |products: &[ProductIx]| -> Vec<ProductIx> { products.iter().copied().filter(may_be_drawn).collect() };
    let leaf = |product: ProductIx| stock.catalogue.product(product).leaf_category();
    let category = |product: ProductIx| {
        let leaf = leaf(product);
        (leaf, leaf.is_none().then_some(product))
    };
    let places = |(of, _): &Category| {
        let taken = pinned.iter().filter(|product| of.is_some() && leaf(**product) == *of).count();
        let most = slot.spec.max_per_category.unwrap_or(slot.spec.count).min(slot.spec.count);
        most.saturating_sub(taken) as u64 * PLACE
    };
    let shelf = stock.shelf.get_or_init(|| Shelf::of(stock.catalogue, &stock.models.popularity));
    let lot = Lot {
        best: &drawable(&stock.models.popularity.overall),
        board: &|number| drawable(shelf.board(number)),
        n_boards: shelf.n_boards(),
        first: shelf.pointed_at(unit),
        share: shelf.share(),
        wanted,
        category: &category,
        places: &places,
        order: &|product| named("product", stock.catalogue.product(product).id.as_str()),
        start: named("start", "") % PLACE,
    };
    lot.draw()
}

/// Returns a share of a length, to the nearest unit.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length, zero or more")]
fn part(length: u64, share: f64) -> u64 {
    (real(length) * share).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand places of 2^40 units fit an f64 exactly")]
fn real(length: u64) -> f64 {
    length as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_product_is_drawn_as_often_as_its_propensity_says_and_they_add_up_to_the_places() {
        let n_trials = 40_000_u32;
        // Whom a mail is for may not be shown everything; of some shelves only few products of a board, or none.
        let most: fn(u32) -> bool = |product| product % 11 != 3;
        let few_of_some: fn(u32) -> bool = |product| !(62..187).contains(&product) || matches!(product, 70 | 130);
        let cases = [
            (12, 200, 9, 1.5, most),
            (12, 200, 1, 2.0, most),
            (30, 5, 2, 0.8, most),
            (0, 150, 3, 1.2, most),
            (0, 250, 9, 1.7, few_of_some),
            (0, 250, 1, 2.4, few_of_some),
            (6, 250, 1, 5.0, few_of_some),
        ];
        for (n_best, n_rest, max_per_category, wanted, may) in cases {
            let best: Vec<ProductIx> = (0..n_best).map(ProductIx).collect();
            let shelf = Shelf::new((n_best..n_best + n_rest).map(ProductIx).collect(), best.len());
            let wanted = part(PLACE, wanted);
            let category = |product: ProductIx| {
                ((!product.0.is_multiple_of(7)).then_some(TopicIx(product.0 % 7)), product.0.is_multiple_of(7).then_some(product))
            };
            let drawable = |products: &[ProductIx]| products.iter().copied().filter(|product| may(product.0)).collect::<Vec<_>>();
            let boards: Vec<Vec<ProductIx>> = (0..shelf.n_boards()).map(|number| drawable(shelf.board(number))).collect();
            let best = drawable(&best);
            let mut times: BTreeMap<ProductIx, (u32, f64)> = BTreeMap::new();
            let mut n_drawn = 0_u32;
            for trial in 0..n_trials {
                let trial = trial.to_string();
                let lot = Lot {
                    best: &best,
                    board: &|number| boards[number].clone(),
                    n_boards: shelf.n_boards(),
                    first: shelf.pointed_at(stable_unit(&["board", &trial])),
                    share: shelf.share(),
                    wanted,
                    category: &category,
                    places: &|_| max_per_category * PLACE,
                    order: &|product| stable_hash(&[&trial, &product.0.to_string()]),
                    start: stable_hash(&["start", &trial]) % PLACE,
                };
                let drawn = lot.draw();
                let mut by_category: BTreeMap<Category, u64> = BTreeMap::new();
                for it in &drawn {
                    *by_category.entry(category(it.product)).or_default() += 1;
                    let (n, propensity) = times.entry(it.product).or_insert((0, it.propensity));
                    *n += 1;
                    assert!((*propensity - it.propensity).abs() < 1e-11, "one product has one chance: {it:?} {propensity}");
                }
                assert!(by_category.values().all(|n| *n <= max_per_category), "{drawn:?}");
                n_drawn += u32::try_from(drawn.len()).expect("few");
            }
            let case = format!("{n_best} {n_rest} {max_per_category} {wanted}");
            let places = real(wanted) / real(PLACE);
            let total: f64 = times.values().map(|(_, propensity)| propensity).sum();
            assert!((total - places).abs() < 1e-6, "{case}: the chances add up to the places: {total}");
            assert!((f64::from(n_drawn) / f64::from(n_trials) - places).abs() < 0.02, "{case}: {n_drawn}");
            let n_shown = (0..n_best + n_rest).filter(|n| may(*n)).count();
            assert_eq!(times.len(), n_shown, "{case}: nothing that may be shown is out of reach");
            for (product, (n, chance)) in &times {
                let share = f64::from(*n) / f64::from(n_trials);
                let error = 5.0 * (chance * (1.0 - chance) / f64::from(n_trials)).sqrt();
                assert!((share - chance).abs() <= error, "{case} {product:?}: {share} against {chance}");
            }
            let of = |is_best: bool| times.iter().filter(|(ix, _)| (ix.0 < n_best) == is_best).map(|(_, it)| it.1).sum::<f64>() / total;
            assert!(n_best == 0 || of(false) < 0.26, "{case}: {}", of(false));
        }
    }
}
