//! What every component says of products to one person, in memory that is used again for the next.
//!
//! A product takes a place once something is said of it, and each component has a row of words by place: words are added where they belong,
//! whatever the size of the catalogue, and what follows goes through runs of memory as long as the products of which anything is said.

use super::best::Ranking;
use super::blend::{Candidate, N_PARTS, Part};
use crate::catalogue::Neighbour;
use crate::id::ProductIx;

/// Words of a component that are all under this are none: what was done a hundred half-lives ago, and a weight over it would be infinite.
const FAINTEST: f32 = 1e-30;
/// No place.
const NONE: u32 = u32::MAX;
/// Words by which a row grows.
const GROWTH: usize = 512;

/// Where candidates are put together; nothing the size of the catalogue is made for one person.
#[derive(Debug, Default)]
pub struct Room {
    /// The place of each product of the catalogue among those of which anything is said.
    places: Vec<u32>,
    /// Components that are not heard.
    unheard: [bool; N_PARTS],
    /// The products of which anything is said, by place.
    pub(super) products: Vec<ProductIx>,
    /// The words of each component, by place; a row is as long as its last word asks.
    pub(super) rows: [Vec<f32>; N_PARTS],
    /// The greatest word of each component.
    pub(super) most: [f32; N_PARTS],
    said: Vec<f32>,
    pub(super) scores: Vec<f32>,
    pub(super) ranking: Ranking,
    candidates: Vec<Candidate>,
}

impl Room {
    /// Forgets the last person, and makes place for a catalogue.
    pub(super) fn clear(&mut self, n_products: usize) {
        for product in self.products.drain(..) {
            self.places[product.at()] = NONE;
        }
        self.rows.iter_mut().for_each(Vec::clear);
        self.places.resize(n_products, NONE);
        self.unheard = [false; N_PARTS];
    }

    /// Hears some components alone; what others say is not added.
    pub(super) fn hear(&mut self, hears: impl Fn(Part) -> bool) {
        self.unheard = Part::ALL.map(|part| !hears(part));
    }

    /// Says whether what a component says is added.
    pub(super) fn hears(&self, part: Part) -> bool {
        !self.unheard[part as usize]
    }

    /// Adds what a component says of a product of the catalogue.
    pub(super) fn add(&mut self, product: ProductIx, part: Part, word: f32) {
        self.add_all(part, word, &[Neighbour { product, score: 1.0 }]);
    }

    /// Adds what a component says of the neighbours of many products, each list with its weight.
    pub(super) fn add_lists<'a>(&mut self, part: Part, lists: impl Iterator<Item = (f32, &'a [Neighbour])> + Clone) {
        if !self.hears(part) {
            return;
        }
        std::hint::black_box(lists.clone().map(|(_, list)| ahead(list)).fold(0.0, greater));
        lists.for_each(|(weight, list)| self.add_all(part, weight, list));
    }

    /// Adds what a component says of many products, each word times a weight.
    pub(super) fn add_all(&mut self, part: Part, weight: f32, near: &[Neighbour]) {
        if !self.hears(part) {
            return;
        }
        let Self { places, products, rows, .. } = self;
        let row = &mut rows[part as usize];
        for near in near {
            let Some(place) = places.get_mut(near.product.at()) else { continue };
            if *place == NONE {
                *place = u32::try_from(products.len()).unwrap_or(NONE);
                products.push(near.product);
            }
            let place = *place as usize;
            if place >= row.len() {
                row.resize(place + GROWTH, 0.0);
            }
            row[place] += weight * near.score;
        }
    }

    /// Unsays what is said of products that are not kept.
    pub(super) fn retain(&mut self, keeps: impl Fn(ProductIx) -> bool) {
        for (place, _) in self.products.iter().enumerate().filter(|(_, product)| !keeps(**product)) {
            self.rows.iter_mut().filter_map(|row| row.get_mut(place)).for_each(|word| *word = 0.0);
        }
    }

    /// Ends the gathering: finds the greatest word of each component; `popular` has a word on all of which anything is said.
    pub(super) fn settle(&mut self, popular: &[f32]) {
        let Self { products, rows, said, most, .. } = self;
        said.clear();
        said.resize(products.len(), 0.0);
        for row in rows.iter() {
            said.iter_mut().zip(row).for_each(|(said, word)| *said += word);
        }
        let share = |product: &ProductIx| popular.get(product.at()).copied().unwrap_or_default();
        let of_popular = &mut rows[Part::Popular as usize];
        of_popular.clear();
        of_popular.extend(products.iter().zip(said.iter()).map(|(product, said)| if *said > 0.0 { share(product) } else { 0.0 }));
        for (row, most) in rows.iter().zip(most) {
            *most = Some(loudest(row)).filter(|most| *most >= FAINTEST).unwrap_or_default();
        }
    }

    /// Returns everything of which anything is said, each word relative to the greatest of its component, in no order that means anything.
    pub(super) fn candidates(&mut self) -> &[Candidate] {
        let Self { products, rows, most, said, candidates, .. } = self;
        candidates.clear();
        let most = most.map(|most| if most > 0.0 { most } else { 1.0 });
        for (place, (product, _)) in products.iter().zip(said.iter()).enumerate().filter(|(_, (_, said))| **said > 0.0) {
            let word = |part: usize| rows[part].get(place).copied().unwrap_or_default() / most[part];
            candidates.push(Candidate { product: *product, parts: std::array::from_fn(word) });
        }
        candidates
    }

    /// Returns the place of a product, when anything is said of it.
    pub(super) fn place(&self, product: ProductIx) -> Option<usize> {
        self.places.get(product.at()).filter(|place| **place != NONE).map(|place| *place as usize)
    }
}

/// Looks into the first lines of memory that a list takes and returns its greatest word: done for all lists of a person one after the other, they
/// are fetched together and are there when they are read, which takes a twentieth off a mail of people who bought much.
#[inline]
fn ahead(list: &[Neighbour]) -> f32 {
    /// Neighbours that a line of memory holds.
    const LINE: usize = 8;
    /// Lines looked into; what follows is fetched as the list is read.
    const LINES: usize = 5;
    (0..LINES).filter_map(|line| list.get(line * LINE)).map(|near| near.score).fold(0.0, greater)
}

/// Returns the greatest word of a row.
fn loudest(row: &[f32]) -> f32 {
    // Many at once: each comparison waits for the one before.
    let (many, rest) = row.as_chunks::<32>();
    let mut found = [0.0_f32; 32];
    for words in many {
        for (found, word) in found.iter_mut().zip(words) {
            *found = greater(*word, *found);
        }
    }
    found.iter().chain(rest).copied().fold(0.0, greater)
}

/// The greater of two words that are numbers; the one of the language minds those that are none, which costs here.
#[inline]
pub(super) fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(product: u32, score: f32) -> Neighbour {
        Neighbour { product: ProductIx(product), score }
    }

    fn said(room: &mut Room, part: Part) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, f32)> = room.candidates().iter().map(|one| (one.product.0, one.parts[part as usize])).collect();
        found.sort_by_key(|one| one.0);
        found
    }

    #[test]
    fn words_are_added_up_by_product_and_told_relative_to_the_greatest() {
        let popular: Vec<f32> = (0_u8..19).map(f32::from).collect();
        let mut room = Room::default();
        for _ in 0..2 {
            room.clear(19);
            room.add_all(Part::Together, 2.0, &[near(17, 2.0), near(3, 1.0), near(19, 1.0), near(23, 9.0), near(4_000, 9.0)]);
            room.add(ProductIx(3), Part::Together, 6.0);
            room.add(ProductIx(18), Part::Due, 0.5);
            room.settle(&popular);
            assert_eq!(said(&mut room, Part::Together), [(3, 1.0), (17, 0.5), (18, 0.0)], "what is past the catalogue is not there");
            assert_eq!(said(&mut room, Part::Popular), [(3, 3.0 / 18.0), (17, 17.0 / 18.0), (18, 1.0)]);
        }
        room.clear(4);
        room.add(ProductIx(3), Part::Due, 0.5);
        room.settle(&popular[..4]);
        assert_eq!(said(&mut room, Part::Due), [(3, 1.0)], "a catalogue that shrank");
    }

    #[test]
    fn lists_are_added_each_with_its_weight() {
        let lists = [vec![near(1, 8.0), near(2, 4.0), near(3, 1.0)], vec![near(4, 10.0), near(2, 8.0)], Vec::new()];
        let mut room = Room::default();
        room.clear(9);
        room.add_lists(Part::Linear, [1.0, 0.5, 9.0].into_iter().zip(lists.iter().map(Vec::as_slice)));
        room.settle(&[0.0; 9]);
        assert_eq!(said(&mut room, Part::Linear), [(1, 1.0), (2, 1.0), (3, 0.125), (4, 0.625)]);
    }

    #[test]
    fn what_is_all_but_forgotten_counts_for_nothing() {
        let mut room = Room::default();
        room.clear(9);
        room.add(ProductIx(8), Part::Looked, 1e-40);
        room.add(ProductIx(1), Part::Often, 1.0);
        room.settle(&[0.0; 9]);
        let best: Vec<_> = room.best(&[1.0; N_PARTS], 10, []).map(|best| (best.product.0, best.score)).collect();
        assert_eq!(best, [(1, 1.0)]);
        room.clear(9);
        room.add_all(Part::Alike, 1.0, &[near(2, 8.0), near(12, 4.0)]);
        room.retain(|product| {
            assert!(product.0 < 9, "what is past the catalogue is not asked about");
            true
        });
    }

    #[test]
    fn what_is_not_kept_is_not_the_greatest_either() {
        let mut room = Room::default();
        room.clear(30);
        room.add_all(Part::Alike, 1.0, &[near(2, 8.0), near(29, 4.0), near(9, 2.0)]);
        room.add(ProductIx(2), Part::Due, 1.0);
        room.retain(|product| product.0 != 2);
        room.settle(&[1.0; 30]);
        assert_eq!(said(&mut room, Part::Alike), [(9, 0.5), (29, 1.0)]);
        assert_eq!(said(&mut room, Part::Due), [(9, 0.0), (29, 0.0)]);
    }
}
