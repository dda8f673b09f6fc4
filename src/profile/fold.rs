//! Rows in, tallies out: readers gather rows apart, without a lock; then people are folded group by group, each person once.

use std::sync::{Mutex, PoisonError};

use chrono_tz::Tz;

use super::absorb::{absorb_acts, absorb_line};
use super::rows::{Act, ActRow, ByPerson, GROUP_PEOPLE, Has, LineRow, Rows, Words};
use super::tally::{ActKind, Tally};
use crate::catalogue::{Decay, TopicIx};
use crate::clock::{Span, Timestamp};
use crate::id::{ContactIx, ProductIx};
use crate::source::record::{Event, EventKind, OrderLine, OrderStatus};

/// Rows one reader keeps before it folds them early: 32 bytes an act, 64 a line.
const READER_ROWS_MAX: usize = 1 << 25;

/// Money of one line beyond which it counts no further, in minor units: sums never come near their own limits, where
/// their order would matter.
const LINE_MONEY_MAX: i64 = 10_000_000_000_000;

/// How rows are folded, and the tallies of what was folded early.
#[derive(Debug)]
pub struct Fold {
    n_people: usize,
    decay: Decay,
    zone: Tz,
    n_rows_max: usize,
    /// Tallies by group; a group has none until a reader has too many rows to keep.
    early: Vec<Mutex<Vec<Tally>>>,
}

impl Fold {
    /// Starts with nothing known of `n_people`.
    pub fn new(n_people: usize, now: Timestamp, half_life: Span, zone: Tz) -> Self {
        let early = (0..n_people.div_ceil(GROUP_PEOPLE)).map(|_| Mutex::default()).collect();
        Self { n_people, decay: Decay::new(now, half_life), zone, n_rows_max: READER_ROWS_MAX, early }
    }

    /// Folds early when a reader has this many rows, instead of the usual number.
    #[must_use]
    pub fn with_rows_max(self, n_rows_max: usize) -> Self {
        Self { n_rows_max, ..self }
    }

    /// Starts the rows of one reader.
    pub fn rows(&self) -> Rows {
        Rows::new(self.n_people)
    }

    /// Keeps an on-site act.
    pub fn event(&self, rows: &mut Rows, who: ContactIx, event: &Event<'_>, product: Option<ProductIx>, topic: Option<TopicIx>) {
        if let Some(act) = self.act(rows, event, product, topic) {
            rows.act(who, act);
        }
        self.make_room(rows);
    }

    /// Reads an on-site act of somebody who is not known yet, for [`Rows::act`]; none when it was seen on another site, which
    /// is never used for a person.
    pub fn act(&self, rows: &mut Rows, event: &Event<'_>, product: Option<ProductIx>, topic: Option<TopicIx>) -> Option<Act> {
        if event.third_party {
            return None;
        }
        let words = Words {
            source: event.source,
            medium: event.source.and(event.medium),
            page: event.source.and(event.url),
            query: event.query,
            title: event.title.filter(|_| product.is_none()),
            custom: if let EventKind::Custom(name) = event.kind { Some(name) } else { None },
        };
        let said = words.query.or(words.title).or(words.custom).is_some();
        let row = ActRow {
            quantity: u32::try_from(event.quantity.unwrap_or(1).max(1)).unwrap_or(u32::MAX),
            device: device(event.device),
            hour: local_hour(event.at, self.zone),
            has: Has { touch: words.source.is_some(), said },
            ..ActRow::new(event.at, act_kind(event.kind), product, topic)
        };
        Some(rows.read(row, &words))
    }

    /// Keeps an order line; `product` is absent when the catalogue does not know it, `in_currency` when its money can be added up.
    pub fn order_line(
        &self,
        rows: &mut Rows,
        who: ContactIx,
        line: &OrderLine<'_>,
        order: u64,
        product: Option<ProductIx>,
        in_currency: bool,
    ) {
        if line.status == OrderStatus::Cancelled {
            return;
        }
        let discount = line.discount.map_or(0, |discount| discount.minor);
        let money = if in_currency { line.unit_price.minor.saturating_mul(line.quantity).saturating_sub(discount) } else { 0 };
        let row = LineRow {
            units: line.quantity,
            price: if in_currency { line.unit_price.minor } else { 0 },
            money: money.clamp(-LINE_MONEY_MAX, LINE_MONEY_MAX),
            margin: line.margin.filter(|_| in_currency).map_or(0, |margin| margin.minor.clamp(-LINE_MONEY_MAX, LINE_MONEY_MAX)),
            placed: line.status == OrderStatus::Placed,
            ..LineRow::new(line.at, order, product)
        };
        rows.line(who, row);
        self.make_room(rows);
    }

    /// Returns the number of groups of people.
    pub fn n_groups(&self) -> usize {
        self.early.len()
    }

    /// Folds one group: `each` gets everybody's tally, in order of contact and in canonical form.
    pub fn group(&self, readers: &[Rows], group: usize, mut each: impl FnMut(ContactIx, &Tally)) {
        let mut early = std::mem::take(&mut *self.early[group].lock().unwrap_or_else(PoisonError::into_inner));
        let mut reused = Tally::default();
        self.absorb(&readers.iter().collect::<Vec<_>>(), group, |who, absorb| {
            let tally = early.get_mut(who).unwrap_or_else(|| {
                reused.clear();
                &mut reused
            });
            absorb(tally);
            tally.settle();
            each(ContactIx(u32::try_from(group * GROUP_PEOPLE + who).unwrap_or(u32::MAX)), tally);
        });
    }

    /// Returns the tallies of everybody, in order of contact.
    pub fn finish(&self, readers: &[Rows]) -> Vec<Tally> {
        let mut tallies = Vec::with_capacity(self.n_people);
        (0..self.n_groups()).for_each(|group| self.group(readers, group, |_, tally| tallies.push(tally.clone())));
        tallies
    }

    /// Folds the rows of a reader that has too many; acts that were read but not yet kept are lost, so it must have none.
    pub fn make_room(&self, rows: &mut Rows) {
        if !rows.are_many(self.n_rows_max) {
            return;
        }
        for (group, early) in self.early.iter().enumerate() {
            let mut tallies = early.lock().unwrap_or_else(PoisonError::into_inner);
            tallies.resize_with(self.n_people_of(group), Tally::default);
            self.absorb(&[rows], group, |who, absorb| absorb(&mut tallies[who]));
        }
        *rows = self.rows();
    }

    /// Calls `on` for every person of a group with what absorbs their rows into a tally.
    fn absorb(&self, readers: &[&Rows], group: usize, mut on: impl FnMut(usize, &dyn Fn(&mut Tally))) {
        let n_people = self.n_people_of(group);
        let acts = ByPerson::sort(n_people, readers.iter().map(|rows| rows.groups[group].acts.as_slice()));
        let lines = ByPerson::sort(n_people, readers.iter().map(|rows| rows.groups[group].lines.as_slice()));
        let words = |act: &ActRow| readers[usize::from(act.reader)].texts.of(act);
        for who in 0..n_people {
            on(who, &|tally| {
                absorb_acts(tally, acts.of(who), self.decay, words);
                lines.of(who).iter().for_each(|line| absorb_line(tally, line, self.decay));
            });
        }
    }

    fn n_people_of(&self, group: usize) -> usize {
        (self.n_people - group * GROUP_PEOPLE).min(GROUP_PEOPLE)
    }
}

/// Returns the position of a device in `Tally::devices`.
fn device(name: Option<&str>) -> u8 {
    match name {
        Some("mobile") => 0,
        Some("desktop") => 1,
        Some("tablet") => 2,
        _ => 3,
    }
}

fn act_kind(kind: EventKind<'_>) -> ActKind {
    match kind {
        EventKind::View => ActKind::View,
        EventKind::Search => ActKind::Search,
        EventKind::CartAdd => ActKind::CartAdd,
        EventKind::CartRemove => ActKind::CartRemove,
        EventKind::Checkout => ActKind::Checkout,
        EventKind::Purchase => ActKind::Purchase,
        EventKind::Custom(_) => ActKind::Custom,
    }
}

/// Returns the hour of the day in a zone, 0 to 23; the offset is looked up once per thread and six-hour cell.
fn local_hour(at: Timestamp, zone: Tz) -> u8 {
    use std::cell::Cell;
    const HOUR_US: i64 = 3_600_000_000;
    const CELL_US: i64 = 6 * HOUR_US;
    thread_local!(static LAST: Cell<Option<(Tz, i64, i64)>> = const { Cell::new(None) });
    let cell = at.0.div_euclid(CELL_US);
    let offset_us = match LAST.get() {
        Some((known_zone, known_cell, offset_us)) if known_zone == zone && known_cell == cell => offset_us,
        _ => {
            let offset_us = offset_at(at, zone);
            let (start, end) = (Timestamp(cell.saturating_mul(CELL_US)), Timestamp(cell.saturating_add(1).saturating_mul(CELL_US) - 1));
            // A cell in which the offset changes is not remembered.
            if offset_at(start, zone) == offset_at(end, zone) {
                LAST.set(Some((zone, cell, offset_us)));
            }
            offset_us
        }
    };
    u8::try_from(at.0.saturating_add(offset_us).div_euclid(HOUR_US).rem_euclid(24)).unwrap_or(0)
}

fn offset_at(at: Timestamp, zone: Tz) -> i64 {
    use chrono::Offset as _;
    i64::from(at.local(zone).offset().fix().local_minus_utc()) * 1_000_000
}
