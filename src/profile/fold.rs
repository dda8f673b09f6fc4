//! Rows in, tallies out: several threads absorb rows in any order into shards of people.

use std::sync::{Mutex, PoisonError};

use chrono_tz::Tz;
use rayon::prelude::*;

use super::tally::{Act, ActKind, Bought, Line, OrderTally, Said, Tally, Touch, join};
use crate::catalogue::{Decay, TopicIx};
use crate::clock::{DAY_US, Span, Timestamp};
use crate::id::{ContactIx, ProductIx};
use crate::source::record::{Event, EventKind, OrderLine, OrderStatus};

/// Locks people are spread over; more than any number of threads.
const N_SHARDS: usize = 64;

/// What an act weighs against a view; times the decay.
const CART_WEIGHT: u64 = 3;
const PURCHASE_WEIGHT: u64 = 6;

/// Money of one line beyond which it counts no further, in minor units: sums never come near their own limits, where
/// their order would matter.
const LINE_MONEY_MAX: i64 = 10_000_000_000_000;

/// Orders of a person among which a line looks for its own before it starts a new entry.
const ORDERS_LOOKED_BACK: usize = 16;

/// The tallies of everybody while rows are read.
#[derive(Debug)]
pub struct Fold {
    shards: Vec<Mutex<Vec<Tally>>>,
    n_people: usize,
    decay: Decay,
    zone: Tz,
}

impl Fold {
    /// Starts with nothing known of `n_people`.
    pub fn new(n_people: usize, now: Timestamp, half_life: Span, zone: Tz) -> Self {
        let shard = |number: usize| Mutex::new(vec![Tally::default(); n_people.saturating_sub(number).div_ceil(N_SHARDS)]);
        Self { shards: (0..N_SHARDS).map(shard).collect(), n_people, decay: Decay::new(now, half_life), zone }
    }

    /// Absorbs an on-site act; acts seen on other sites are never used for a person.
    pub fn event(&self, who: ContactIx, event: &Event<'_>, product: Option<ProductIx>, topic: Option<TopicIx>) {
        if event.third_party {
            return;
        }
        let hour = local_hour(event.at, self.zone);
        let weight = self.decay.weight(event.at);
        self.with(who, |tally| absorb_event(tally, event, product, topic, hour, weight));
    }

    /// Absorbs an order line; `product` is absent when the catalogue does not know it, `in_currency` when its money can be added up.
    pub fn order_line(&self, who: ContactIx, line: &OrderLine<'_>, order: u64, product: Option<ProductIx>, in_currency: bool) {
        let weight = self.decay.weight(line.at) * PURCHASE_WEIGHT;
        self.with(who, |tally| absorb_order_line(tally, line, order, product, in_currency, weight));
    }

    /// Returns the tallies in contact order, each in canonical form.
    pub fn finish(self) -> Vec<Tally> {
        let mut shards: Vec<_> =
            self.shards.into_iter().map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter()).collect();
        let mut tallies: Vec<Tally> = (0..self.n_people).filter_map(|person| shards[person % N_SHARDS].next()).collect();
        tallies.par_iter_mut().for_each(Tally::settle);
        tallies
    }

    fn with(&self, who: ContactIx, absorb: impl FnOnce(&mut Tally)) {
        let mut shard = self.shards[who.at() % N_SHARDS].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tally) = shard.get_mut(who.at() / N_SHARDS) {
            absorb(tally);
            if tally.is_ragged() {
                tally.settle();
            }
        }
    }
}

fn absorb_event(tally: &mut Tally, event: &Event<'_>, product: Option<ProductIx>, topic: Option<TopicIx>, hour: usize, weight: u64) {
    let at = event.at;
    let kind = act_kind(event.kind);
    tally.n_acts += 1;
    tally.seen = join(tally.seen, Some((at, at)));
    tally.hours[hour] += 1;
    let device = match event.device {
        Some("mobile") => 0,
        Some("desktop") => 1,
        Some("tablet") => 2,
        _ => 3,
    };
    tally.devices[device] += 1;
    insert_day(&mut tally.days, day(at));
    tally.acts.push(Act { at, kind, product, topic });
    match kind {
        ActKind::View => tally.n_views += 1,
        ActKind::Purchase => tally.purchased_at = tally.purchased_at.max(Some(at)),
        _ => {}
    }
    match (product, topic) {
        (Some(product), _) => absorb_on_product(tally, event, kind, product, weight),
        (None, Some(topic)) => add_topic(&mut tally.topics, topic, weight),
        (None, None) => {}
    }
    if let (None, Some(title)) = (product, event.title) {
        tally.titles.push(Said { text: title.trim().into(), at });
    }
    if let Some(query) = event.query {
        tally.searches.push(Said { text: query.trim().to_lowercase().into(), at });
    }
    if let EventKind::Custom(name) = event.kind {
        match tally.customs.binary_search_by(|custom| (*custom.0).cmp(name)) {
            Ok(known) => tally.customs[known].1.push(at),
            Err(place) => tally.customs.insert(place, (name.into(), vec![at])),
        }
    }
    if let Some(source) = event.source {
        let touch = Touch { at, source: source.into(), medium: event.medium.map(Into::into), page: event.url.map(Into::into) };
        tally.touches = join(tally.touches.take(), Some((touch.clone(), touch)));
    }
}

fn absorb_on_product(tally: &mut Tally, event: &Event<'_>, kind: ActKind, product: ProductIx, weight: u64) {
    let line = entry(&mut tally.lines, product);
    match kind {
        ActKind::View => {
            line.n_views += 1;
            line.viewed_at = line.viewed_at.max(Some(event.at));
            line.weight += weight;
        }
        ActKind::CartAdd => {
            line.carted = line.carted.max(Some((event.at, event.quantity.unwrap_or(1).max(1))));
            line.weight += weight * CART_WEIGHT;
        }
        ActKind::CartRemove => line.removed_at = line.removed_at.max(Some(event.at)),
        ActKind::Search | ActKind::Checkout | ActKind::Purchase | ActKind::Custom => {}
    }
}

fn absorb_order_line(tally: &mut Tally, line: &OrderLine<'_>, order: u64, product: Option<ProductIx>, in_currency: bool, weight: u64) {
    if line.status == OrderStatus::Cancelled {
        return;
    }
    let placed = line.status == OrderStatus::Placed;
    let discount = line.discount.map_or(0, |discount| discount.minor);
    let money = if in_currency { line.unit_price.minor.saturating_mul(line.quantity).saturating_sub(discount) } else { 0 };
    let money = money.clamp(-LINE_MONEY_MAX, LINE_MONEY_MAX);
    let margin = line.margin.filter(|_| in_currency).map_or(0, |margin| margin.minor.clamp(-LINE_MONEY_MAX, LINE_MONEY_MAX));
    let sign = if placed { 1 } else { -1 };
    // Lines of one order mostly come together; one that does not is joined to the others when the tally is settled.
    let lately = tally.orders.len().saturating_sub(ORDERS_LOOKED_BACK);
    let place = tally.orders[lately..].iter().rposition(|known| known.order == order).map_or_else(
        || {
            tally.orders.push(OrderTally { order, at: line.at, n_placed: 0, total: 0, margin: 0 });
            tally.orders.len() - 1
        },
        |at| lately + at,
    );
    let found = &mut tally.orders[place];
    found.at = found.at.max(line.at);
    found.n_placed += u32::from(placed);
    found.total = found.total.saturating_add(money.saturating_mul(sign));
    found.margin = found.margin.saturating_add(margin.saturating_mul(sign));
    if let (true, Some(product)) = (placed, product) {
        let price = if in_currency { line.unit_price.minor } else { 0 };
        let bought = Bought { product, day: day(line.at), at: line.at, units: line.quantity, price, weight };
        tally.bought.push(bought);
    }
}

fn entry(lines: &mut Vec<Line>, product: ProductIx) -> &mut Line {
    let at = lines.binary_search_by_key(&product, |line| line.product).unwrap_or_else(|at| {
        lines.insert(at, Line { product, n_views: 0, viewed_at: None, carted: None, removed_at: None, weight: 0 });
        at
    });
    &mut lines[at]
}

fn add_topic(topics: &mut Vec<(TopicIx, u64, u32)>, topic: TopicIx, weight: u64) {
    match topics.binary_search_by_key(&topic, |known| known.0) {
        Ok(at) => {
            topics[at].1 += weight;
            topics[at].2 += 1;
        }
        Err(at) => topics.insert(at, (topic, weight, 1)),
    }
}

fn insert_day(days: &mut Vec<i32>, day: i32) {
    if let Err(at) = days.binary_search(&day) {
        days.insert(at, day);
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

/// Returns the day since 1970 in UTC.
pub(super) fn day(at: Timestamp) -> i32 {
    i32::try_from(at.0.div_euclid(DAY_US)).unwrap_or(i32::MAX)
}

/// Returns the hour of the day in a zone, 0 to 23; the offset is looked up once per thread and six-hour cell.
fn local_hour(at: Timestamp, zone: Tz) -> usize {
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
    usize::try_from(at.0.saturating_add(offset_us).div_euclid(HOUR_US).rem_euclid(24)).unwrap_or(0)
}

fn offset_at(at: Timestamp, zone: Tz) -> i64 {
    use chrono::Offset as _;
    i64::from(at.local(zone).offset().fix().local_minus_utc()) * 1_000_000
}
