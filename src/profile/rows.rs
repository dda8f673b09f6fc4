//! Rows in little room until they are folded: acts and order lines of fixed size by group of people, their texts aside.

use hashbrown::HashTable;

use super::tally::ActKind;
use crate::catalogue::TopicIx;
use crate::clock::Timestamp;
use crate::id::{ContactIx, ProductIx};

/// People whose rows lie together and are folded together.
pub const GROUP_PEOPLE: usize = 10_000;

/// Different sets of words that are recognised and kept once; beyond, each act keeps its own.
const KNOWN_WORDS_MAX: usize = 4_096;

/// No product, no topic, no words.
const NONE: u32 = u32::MAX;

/// The rows that one reader has gathered.
#[derive(Debug)]
pub struct Rows {
    pub(super) groups: Vec<GroupRows>,
    pub(super) texts: Texts,
    n_kept: usize,
}

/// The rows of one group of people, in no order.
#[derive(Debug, Clone, Default)]
pub(super) struct GroupRows {
    pub(super) acts: Vec<ActRow>,
    pub(super) lines: Vec<LineRow>,
}

/// A row of one person of a group.
pub(super) trait OfPerson: Copy {
    /// The person's position in the group.
    fn who(&self) -> usize;
    /// The same row, knowing which reader's texts it speaks of.
    fn of_reader(self, reader: u16) -> Self;
}

/// An on-site act of somebody, in 32 bytes; its texts are with the rows among which it was read.
#[derive(Debug, Clone, Copy)]
pub struct Act(ActRow);

/// An on-site act in 32 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActRow {
    pub(super) at: Timestamp,
    pub(super) product: u32,
    pub(super) topic: u32,
    pub(super) words: u32,
    /// Pieces put in a cart.
    pub(super) quantity: u32,
    pub(super) reader: u16,
    pub(super) who: u16,
    pub(super) kind: ActKind,
    /// Position in `Tally::devices`.
    pub(super) device: u8,
    /// Hour of the day in the project's zone.
    pub(super) hour: u8,
    /// Whether its words hold a traffic source, and whether they hold anything else.
    pub(super) has: Has,
}

/// What the words of an act hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Has {
    pub(super) touch: bool,
    pub(super) said: bool,
}

/// An order line that was placed or returned.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineRow {
    pub(super) at: Timestamp,
    /// Hash of the order's id.
    pub(super) order: u64,
    pub(super) units: i64,
    /// Money of a piece, of the line and of its margin; zero when it is not of the project's currency.
    pub(super) price: i64,
    pub(super) money: i64,
    pub(super) margin: i64,
    pub(super) product: u32,
    pub(super) who: u16,
    pub(super) placed: bool,
}

/// The texts of an act that a profile may keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Words<'a> {
    pub(super) source: Option<&'a str>,
    pub(super) medium: Option<&'a str>,
    pub(super) page: Option<&'a str>,
    pub(super) query: Option<&'a str>,
    pub(super) title: Option<&'a str>,
    pub(super) custom: Option<&'a str>,
}

/// Words one after another, those seen often once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where known words stand: start and end.
    known: HashTable<(u32, u32)>,
    hasher: hashbrown::DefaultHashBuilder,
    scratch: Vec<u8>,
}

impl Rows {
    pub(super) fn new(n_people: usize) -> Self {
        Self { groups: vec![GroupRows::default(); n_people.div_ceil(GROUP_PEOPLE)], texts: Texts::default(), n_kept: 0 }
    }

    pub(super) fn read(&mut self, row: ActRow, words: &Words<'_>) -> Act {
        let words = if row.has.touch || row.has.said { self.texts.keep(words) } else { NONE };
        Act(ActRow { words, ..row })
    }

    /// Keeps an act that was read among these rows.
    pub fn act(&mut self, who: ContactIx, Act(row): Act) {
        self.groups[group_of(who)].acts.push(ActRow { who: place_of(who), ..row });
        self.n_kept += 1;
    }

    pub(super) fn line(&mut self, who: ContactIx, row: LineRow) {
        self.groups[group_of(who)].lines.push(LineRow { who: place_of(who), ..row });
        self.n_kept += 1;
    }

    /// Says whether there is more than `n_rows_max` rows, or almost more text than positions can tell.
    pub(super) fn are_many(&self, n_rows_max: usize) -> bool {
        const TEXT_BYTES_MAX: usize = 1 << 31;
        self.n_kept >= n_rows_max || self.texts.bytes.len() >= TEXT_BYTES_MAX
    }
}

impl ActRow {
    pub(super) fn new(at: Timestamp, kind: ActKind, product: Option<ProductIx>, topic: Option<TopicIx>) -> Self {
        let (product, topic) = (product.map_or(NONE, |product| product.0), topic.map_or(NONE, |topic| topic.0));
        let has = Has { touch: false, said: false };
        Self { at, product, topic, words: NONE, quantity: 0, reader: 0, who: 0, kind, device: 3, hour: 0, has }
    }

    pub(super) fn product(&self) -> Option<ProductIx> {
        (self.product != NONE).then_some(ProductIx(self.product))
    }

    pub(super) fn topic(&self) -> Option<TopicIx> {
        (self.topic != NONE).then_some(TopicIx(self.topic))
    }
}

impl LineRow {
    pub(super) fn new(at: Timestamp, order: u64, product: Option<ProductIx>) -> Self {
        let product = product.map_or(NONE, |product| product.0);
        Self { at, order, units: 0, price: 0, money: 0, margin: 0, product, who: 0, placed: false }
    }

    pub(super) fn product(&self) -> Option<ProductIx> {
        (self.product != NONE).then_some(ProductIx(self.product))
    }
}

impl OfPerson for ActRow {
    fn who(&self) -> usize {
        usize::from(self.who)
    }

    fn of_reader(self, reader: u16) -> Self {
        Self { reader, ..self }
    }
}

impl OfPerson for LineRow {
    fn who(&self) -> usize {
        usize::from(self.who)
    }

    fn of_reader(self, _: u16) -> Self {
        self
    }
}

impl Texts {
    /// Keeps words; returns where.
    fn keep(&mut self, words: &Words<'_>) -> u32 {
        use std::hash::BuildHasher as _;
        self.scratch.clear();
        for text in [words.source, words.medium, words.page, words.query, words.title, words.custom] {
            // One more than its length, so that zero is no text.
            let length = text.map_or(0, |text| u32::try_from(text.len()).unwrap_or(0) + 1);
            self.scratch.extend_from_slice(&length.to_le_bytes());
            self.scratch.extend_from_slice(text.unwrap_or_default().as_bytes());
        }
        let (bytes, hasher) = (&self.bytes, &self.hasher);
        let hash = hasher.hash_one(self.scratch.as_slice());
        let text = |(start, end): &(u32, u32)| &bytes[*start as usize..*end as usize];
        if let Some((start, _)) = self.known.find(hash, |place| text(place) == self.scratch) {
            return *start;
        }
        let start = u32::try_from(bytes.len()).unwrap_or(NONE);
        self.bytes.extend_from_slice(&self.scratch);
        if self.known.len() < KNOWN_WORDS_MAX {
            let (bytes, hasher) = (&self.bytes, &self.hasher);
            let end = u32::try_from(bytes.len()).unwrap_or(NONE);
            self.known.insert_unique(hash, (start, end), |(start, end)| hasher.hash_one(&bytes[*start as usize..*end as usize]));
        }
        start
    }

    /// Returns the words of an act, none when it has none.
    pub(super) fn of(&self, row: &ActRow) -> Words<'_> {
        if row.words == NONE {
            return Words::default();
        }
        let mut rest = &self.bytes[row.words as usize..];
        let mut next = || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let (text, after) = after.split_at_checked(u32::from_le_bytes(*length).saturating_sub(1) as usize)?;
            rest = after;
            (*length != [0; 4]).then_some(std::str::from_utf8(text).unwrap_or_default())
        };
        Words { source: next(), medium: next(), page: next(), query: next(), title: next(), custom: next() }
    }
}

/// Rows in order of person.
#[derive(Debug)]
pub(super) struct ByPerson<T> {
    rows: Vec<T>,
    /// Where the rows of each person end.
    ends: Vec<usize>,
}

impl<T: OfPerson> ByPerson<T> {
    /// Sorts the rows that several readers have of one group, by counting.
    pub(super) fn sort<'r>(n_people: usize, parts: impl Iterator<Item = &'r [T]> + Clone) -> Self
    where
        T: 'r,
    {
        let mut ends = vec![0; n_people];
        parts.clone().flatten().for_each(|row| ends[row.who()] += 1);
        let mut before = 0;
        for end in &mut ends {
            before += std::mem::replace(end, before);
        }
        // `ends` holds starts, and each row moves its person's on by one.
        let mut rows: Vec<T> = parts.clone().flatten().copied().collect();
        for (part, reader) in parts.zip(0_u16..) {
            for row in part {
                let place = &mut ends[row.who()];
                rows[*place] = row.of_reader(reader);
                *place += 1;
            }
        }
        Self { rows, ends }
    }

    /// Returns the rows of one person, in no order that means anything.
    pub(super) fn of(&self, who: usize) -> &[T] {
        let start = who.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.rows[start..self.ends[who]]
    }
}

pub(super) fn group_of(who: ContactIx) -> usize {
    who.at() / GROUP_PEOPLE
}

fn place_of(who: ContactIx) -> u16 {
    const { assert!(GROUP_PEOPLE <= u16::MAX as usize) }
    u16::try_from(who.at() % GROUP_PEOPLE).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_given_back_as_they_came_and_kept_once() {
        let all = [
            Words { source: Some("google"), medium: Some("organic"), ..Words::default() },
            Words { query: Some("bougeoir doré"), title: Some(""), ..Words::default() },
            Words { custom: Some("wishlist"), page: Some("https://shop.example/?a=1"), ..Words::default() },
        ];
        let mut texts = Texts::default();
        let places = all.map(|words| texts.keep(&words));
        let size = texts.bytes.len();
        assert_eq!(all.map(|words| texts.keep(&words)), places);
        assert_eq!(texts.bytes.len(), size);
        for (words, place) in all.iter().zip(places) {
            let row = ActRow { words: place, ..ActRow::new(Timestamp(0), ActKind::View, None, None) };
            assert_eq!(texts.of(&row), *words);
        }
    }

    #[test]
    fn rows_are_found_by_person_whatever_the_reader() {
        let row = |who, at| ActRow { who, ..ActRow::new(Timestamp(at), ActKind::View, None, None) };
        let parts = [vec![row(2, 1), row(0, 2), row(2, 3)], vec![row(0, 4)], vec![]];
        let sorted = ByPerson::sort(4, parts.iter().map(Vec::as_slice));
        let found: Vec<Vec<(i64, u16)>> = (0..4).map(|who| sorted.of(who).iter().map(|row| (row.at.0, row.reader)).collect()).collect();
        assert_eq!(found, [vec![(2, 0), (4, 1)], vec![], vec![(1, 0), (3, 0)], vec![]]);
    }
}
