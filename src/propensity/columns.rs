//! What a model looks at: figures of one profile at one instant, the same when it learns and when it is asked.
//!
//! Recency, frequency and money (Fader, Hardie and Lee, "RFM and CLV", JMR 2005) in logarithms, with hinges where the
//! effect bends, the person's own rhythm beside their silence, and what they did on the site of late.
//!
//! Frequency counts days with an order, in UTC as the rhythm of a profile does: an order placed in two parts is one purchase.

use crate::clock::{DAY_US, Timestamp};
use crate::profile::tally::ActKind;
use crate::profile::{Orders, Profile, Purchased};

/// Number of columns.
const N: usize = 43;

/// One row of figures.
pub type Figures = [f64; N];

/// Names of the columns, in order.
pub const COLUMNS: [&str; N] = [
    "recency",
    "recency_over_3d",
    "recency_over_7d",
    "recency_over_14d",
    "recency_over_28d",
    "recency_over_56d",
    "recency_over_112d",
    "order_days",
    "order_days_over_2",
    "order_days_over_5",
    "order_days_over_10",
    "recency_by_order_days",
    "order_days_14d",
    "order_days_28d",
    "order_days_56d",
    "order_days_91d",
    "order_days_182d",
    "order_days_decayed_10d",
    "order_days_decayed_40d",
    "spent",
    "average_day",
    "days_since_first",
    "order_rate",
    "no_order",
    "one_day",
    "rhythm",
    "rhythm_unknown",
    "silence_by_rhythm",
    "overdue",
    "last_gap",
    "gap_by_silence",
    "products",
    "products_28d",
    "products_last_day",
    "record_age",
    "record_age_unknown",
    "no_act",
    "act_recency",
    "acts_decayed_7d",
    "views_28d",
    "carts_14d",
    "cart_open",
    "visits",
];

/// Silences, in days, at which the effect of recency may bend.
const RECENCY_BENDS: [f64; 6] = [3.0, 7.0, 14.0, 28.0, 56.0, 112.0];
/// Numbers of days with an order at which the effect of frequency may bend.
const ORDER_BENDS: [f64; 3] = [2.0, 5.0, 10.0];
/// Windows, in days, in which days with an order are counted.
const WINDOWS: [f64; 5] = [14.0, 28.0, 56.0, 91.0, 182.0];
/// Days added to the time since the first order, so that a newcomer has no wild rate.
const RATE_PRIOR_DAYS: f64 = 14.0;
/// How many times above or below the rhythm a silence still makes a difference, in natural logarithms.
const OVERDUE_MAX: f64 = 3.0;

/// Computes the figures of a person as known at an instant: everything in the profile counts, so it must hold nothing later.
///
/// `None` of who neither bought nor did anything: nothing is known that a model could look at.
pub fn figures(profile: &Profile, at: Timestamp) -> Option<Figures> {
    if profile.orders.n == 0 && profile.activity.n_events == 0 {
        return None;
    }
    let mut row = Vec::with_capacity(N);
    orders(&profile.orders, &profile.purchased, at, &mut row);
    row.extend(match profile.contact.created_at {
        Some(created) => [ln(days(at, created)), 0.0],
        None => [0.0, 1.0],
    });
    acts(profile, at, &mut row);
    row.try_into().ok()
}

fn orders(orders: &Orders, purchased: &[Purchased], at: Timestamp, row: &mut Vec<f64>) {
    // The latest order of each day, latest first; beyond the orders that are kept, days are taken to be as many to an order.
    let mut dates: Vec<Timestamp> = orders.recent.clone();
    dates.dedup_by_key(|order| date(*order));
    let kept = count(orders.recent.len().max(1));
    let n = count(dates.len()) * (f64::from(orders.n) / kept).max(1.0);
    let (recency, first) = (orders.last_at.map_or(0.0, |last| days(at, last)), orders.first_at.map_or(0.0, |first| days(at, first)));
    let bends = |value: f64, at: f64| (ln(value) - ln(at)).max(0.0);
    row.push(ln(recency));
    row.extend(RECENCY_BENDS.map(|bend| bends(recency, bend)));
    row.push(ln(n));
    row.extend(ORDER_BENDS.map(|bend| bends(n, bend)));
    row.push(ln(recency) * ln(n));
    let ages = || dates.iter().map(|order| days(at, *order));
    row.extend(WINDOWS.map(|window| ln(count(ages().take_while(|age| *age < window).count()))));
    row.extend([10.0, 40.0].map(|half_life| ln(ages().map(|age| fade(age, half_life)).sum())));
    let spent = major(orders.spent);
    row.extend([ln(spent), if n > 0.0 { ln(spent / n) } else { 0.0 }]);
    row.extend([ln(first), if n > 0.0 { (n / (first + RATE_PRIOR_DAYS)).ln() } else { 0.0 }]);
    row.extend([flag(orders.n == 0), flag(dates.len() == 1)]);
    // Of a known rhythm: the rhythm, whether it is known, the silence beside it, and how much longer than it.
    row.extend(match orders.rhythm_days {
        Some(rhythm) => {
            let overdue = (ln(recency) - ln(rhythm)).clamp(-OVERDUE_MAX, OVERDUE_MAX);
            [ln(rhythm), 0.0, overdue, overdue.max(0.0)]
        }
        None => [0.0, flag(orders.n > 0), 0.0, 0.0],
    });
    let gap = dates.get(1).map(|before| (days(at, *before) - recency).max(0.0));
    row.extend(gap.map_or([0.0, 0.0], |gap| [ln(gap), (ln(gap) - ln(recency)).clamp(-OVERDUE_MAX, OVERDUE_MAX)]));
    let products =
        |is_wanted: &dyn Fn(Timestamp) -> bool| ln(count(purchased.iter().take_while(|bought| is_wanted(bought.last_at)).count()));
    let last = dates.first().map(|last| date(*last));
    row.extend([ln(count(purchased.len())), products(&|bought| days(at, bought) < 28.0), products(&|bought| Some(date(bought)) == last)]);
}

fn acts(profile: &Profile, at: Timestamp, row: &mut Vec<f64>) {
    let activity = &profile.activity;
    let within = |kind: ActKind, window: f64| {
        let lately = profile.acts.iter().take_while(|act| days(at, act.at) < window);
        ln(count(lately.filter(|act| act.kind == kind).count()))
    };
    row.extend([
        flag(activity.n_events == 0),
        activity.last_at.map_or(0.0, |last| ln(days(at, last))),
        ln(profile.acts.iter().map(|act| fade(days(at, act.at), 7.0)).sum()),
        within(ActKind::View, 28.0),
        within(ActKind::CartAdd, 14.0),
        flag(!profile.cart.lines.is_empty()),
        ln(f64::from(activity.n_visits)),
    ]);
}

fn days(at: Timestamp, since: Timestamp) -> f64 {
    at.since(since).in_days().max(0.0)
}

/// The day in UTC, numbered.
fn date(at: Timestamp) -> i64 {
    at.0.div_euclid(DAY_US)
}

/// The logarithm of one more; nothing below zero.
fn ln(value: f64) -> f64 {
    value.max(0.0).ln_1p()
}

fn fade(age: f64, half_life: f64) -> f64 {
    (-age / half_life).exp2()
}

fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[expect(clippy::cast_precision_loss, reason = "counts of one person")]
fn count(n: usize) -> f64 {
    n as f64
}

/// Hundreds of minor units; of a currency without them, only the weight is another.
#[expect(clippy::cast_precision_loss, reason = "a logarithm is taken of it")]
fn major(minor: i64) -> f64 {
    minor as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Span;
    use crate::id::ProductIx;

    const NOON: Timestamp = Timestamp(20_000 * DAY_US + DAY_US / 2);

    fn placed(recent: &[Timestamp]) -> Orders {
        let n = u32::try_from(recent.len()).expect("a few");
        Orders { n, spent: 5_000, first_at: Some(NOON), last_at: recent.first().copied(), recent: recent.to_vec(), ..Orders::default() }
    }

    fn row(orders: &Orders, purchased: &[Purchased]) -> Vec<f64> {
        let mut row = Vec::new();
        super::orders(orders, purchased, NOON.plus(Span::days(30)), &mut row);
        row
    }

    fn column(row: &[f64], name: &str) -> f64 {
        row[COLUMNS.iter().position(|column| *column == name).expect("a column")]
    }

    #[test]
    fn an_order_in_two_parts_is_one_purchase() {
        let (first, second) = (NOON, NOON.plus(Span::days(9)));
        let whole = row(&placed(&[second, first]), &[]);
        let parts = row(&placed(&[second, Timestamp(second.0 - DAY_US / 4), first]), &[]);
        assert_eq!(whole, parts);
        assert!((column(&whole, "order_days") - 3.0_f64.ln()).abs() < 1e-12);
        assert!((column(&whole, "last_gap") - 10.0_f64.ln()).abs() < 1e-12, "nine days, not six hours");
        assert_eq!(column(&row(&placed(&[first, Timestamp(first.0 - 1)]), &[]), "one_day").to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn beyond_the_orders_that_are_kept_days_are_as_many_to_an_order() {
        let recent: Vec<Timestamp> = (0..8).map(|n| Timestamp(NOON.0 - n / 2 * DAY_US - n)).collect();
        let many = Orders { n: 80, ..placed(&recent) };
        assert!((column(&row(&many, &[]), "order_days") - 41.0_f64.ln()).abs() < 1e-12, "4 days of 8 orders, 40 of 80");
    }

    #[test]
    fn what_the_last_day_held_is_counted() {
        let second = NOON.plus(Span::days(9));
        let bought = |product: u32, last_at: Timestamp| Purchased {
            product: ProductIx(product),
            n_days: 1,
            recent_days: Vec::new(),
            first_at: last_at,
            last_at,
            units: 1,
            weight: 0,
        };
        let purchased = [bought(1, second), bought(2, second), bought(3, Timestamp(second.0 - DAY_US / 4)), bought(4, NOON)];
        let row = row(&placed(&[second, NOON]), &purchased);
        assert!(
            (column(&row, "products_last_day") - 4.0_f64.ln()).abs() < 1e-12 && (column(&row, "products") - 5.0_f64.ln()).abs() < 1e-12
        );
        assert!((column(&row, "products_28d") - 4.0_f64.ln()).abs() < 1e-12, "21 days ago, not 30");
    }
}
