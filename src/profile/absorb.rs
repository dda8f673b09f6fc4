//! The rows of one person into their tally: every rule of what an act or an order line means.

use super::rows::{ActRow, LineRow, Words};
use super::tally::{Act, ActKind, Bought, Line, OrderTally, Said, Tally, Touch, join};
use crate::catalogue::{Decay, TopicIx};
use crate::clock::{DAY_US, Timestamp};
use crate::id::ProductIx;

/// What an act weighs against a view; times the decay.
const CART_WEIGHT: u64 = 3;
const PURCHASE_WEIGHT: u64 = 6;

/// Orders of a person among which a line looks for its own before it starts a new entry.
const ORDERS_LOOKED_BACK: usize = 16;

/// Absorbs acts of one person, in any order; `words` finds the texts of an act.
pub(super) fn absorb_acts<'a>(tally: &mut Tally, acts: &[ActRow], decay: Decay, words: impl Fn(&ActRow) -> Words<'a>) {
    for act in acts {
        absorb_act(tally, act, decay);
        if act.has.said {
            absorb_words(tally, act, &words(act));
        }
        if tally.is_ragged() {
            tally.settle();
        }
    }
    absorb_touches(tally, acts, words);
}

fn absorb_act(tally: &mut Tally, row: &ActRow, decay: Decay) {
    let (at, kind, product, topic) = (row.at, row.kind, row.product(), row.topic());
    tally.n_acts += 1;
    tally.seen = join(tally.seen, Some((at, at)));
    tally.hours[usize::from(row.hour)] += 1;
    tally.devices[usize::from(row.device)] += 1;
    insert_day(&mut tally.days, day(at));
    tally.acts.push(Act { at, kind, product, topic });
    match kind {
        ActKind::View => tally.n_views += 1,
        ActKind::Purchase => tally.purchased_at = tally.purchased_at.max(Some(at)),
        _ => {}
    }
    match (product, topic) {
        (Some(product), _) => absorb_on_product(tally, row, product, decay),
        (None, Some(topic)) => add_topic(&mut tally.topics, topic, decay.weight(at)),
        (None, None) => {}
    }
}

fn absorb_on_product(tally: &mut Tally, row: &ActRow, product: ProductIx, decay: Decay) {
    let line = entry(&mut tally.lines, product);
    match row.kind {
        ActKind::View => {
            line.n_views += 1;
            line.viewed_at = line.viewed_at.max(Some(row.at));
            line.weight += decay.weight(row.at);
        }
        ActKind::CartAdd => {
            line.carted = line.carted.max(Some((row.at, i64::from(row.quantity))));
            line.weight += decay.weight(row.at) * CART_WEIGHT;
        }
        ActKind::CartRemove => line.removed_at = line.removed_at.max(Some(row.at)),
        ActKind::Search | ActKind::Checkout | ActKind::Purchase | ActKind::Custom => {}
    }
}

fn absorb_words(tally: &mut Tally, row: &ActRow, words: &Words<'_>) {
    let at = row.at;
    if let Some(title) = words.title {
        tally.titles.push(Said { text: title.trim().into(), at });
    }
    if let Some(query) = words.query {
        tally.searches.push(Said { text: query.trim().to_lowercase().into(), at });
    }
    if let Some(name) = words.custom {
        match tally.customs.binary_search_by(|custom| (*custom.0).cmp(name)) {
            Ok(known) => tally.customs[known].1.push(at),
            Err(place) => tally.customs.insert(place, (name.into(), vec![at])),
        }
    }
}

/// Only the first and the last arrival are kept, so only acts of those instants have their texts looked at.
fn absorb_touches<'a>(tally: &mut Tally, acts: &[ActRow], words: impl Fn(&ActRow) -> Words<'a>) {
    let arrivals = || acts.iter().filter(|act| act.has.touch);
    let instants = arrivals().fold(None, |seen, act| join(seen, Some((act.at, act.at))));
    let Some((first_at, last_at)) = instants else { return };
    let key = |words: &Words<'a>| (words.source, words.medium, words.page);
    let at = |at: Timestamp| arrivals().filter(move |act| act.at == at).map(|act| key(&words(act)));
    let touch = |at, words: Option<(Option<&str>, Option<&str>, Option<&str>)>| {
        let (source, medium, page) = words?;
        Some(Touch { at, source: source?.into(), medium: medium.map(Into::into), page: page.map(Into::into) })
    };
    let (first, last) = (touch(first_at, at(first_at).min()), touch(last_at, at(last_at).max()));
    tally.touches = join(tally.touches.take(), first.zip(last));
}

/// Absorbs an order line.
pub(super) fn absorb_line(tally: &mut Tally, line: &LineRow, decay: Decay) {
    let sign = if line.placed { 1 } else { -1 };
    // Lines of one order mostly come together; one that does not is joined to the others when the tally is settled.
    let lately = tally.orders.len().saturating_sub(ORDERS_LOOKED_BACK);
    let place = tally.orders[lately..].iter().rposition(|known| known.order == line.order).map_or_else(
        || {
            tally.orders.push(OrderTally { order: line.order, at: line.at, n_placed: 0, total: 0, margin: 0 });
            tally.orders.len() - 1
        },
        |at| lately + at,
    );
    let found = &mut tally.orders[place];
    found.at = found.at.max(line.at);
    found.n_placed += u32::from(line.placed);
    found.total = found.total.saturating_add(line.money.saturating_mul(sign));
    found.margin = found.margin.saturating_add(line.margin.saturating_mul(sign));
    if let (true, Some(product)) = (line.placed, line.product()) {
        let weight = decay.weight(line.at) * PURCHASE_WEIGHT;
        let LineRow { at, units, price, .. } = *line;
        tally.bought.push(Bought { product, day: day(at), at, units, price, weight });
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

/// Returns the day since 1970 in UTC.
pub(super) fn day(at: Timestamp) -> i32 {
    i32::try_from(at.0.div_euclid(DAY_US)).unwrap_or(i32::MAX)
}
