//! What a model looks at: figures of one profile at one instant, the same when it learns and when it is asked.
//!
//! Recency, frequency and money (Fader, Hardie and Lee, "RFM and CLV", JMR 2005) in logarithms, with hinges where the
//! effect bends, the person's own rhythm beside their silence, and what they did on the site of late.

use crate::clock::Timestamp;
use crate::profile::Profile;
use crate::profile::tally::ActKind;

/// Number of columns.
const N: usize = 42;

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
    "orders",
    "orders_over_2",
    "orders_over_5",
    "orders_over_10",
    "recency_by_orders",
    "orders_14d",
    "orders_28d",
    "orders_56d",
    "orders_91d",
    "orders_182d",
    "orders_decayed_10d",
    "orders_decayed_40d",
    "spent",
    "average_order",
    "days_since_first",
    "order_rate",
    "no_order",
    "one_order",
    "rhythm",
    "rhythm_unknown",
    "silence_by_rhythm",
    "overdue",
    "last_gap",
    "gap_by_silence",
    "products",
    "products_28d",
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
/// Numbers of orders at which the effect of frequency may bend.
const ORDER_BENDS: [f64; 3] = [2.0, 5.0, 10.0];
/// Windows, in days, in which orders are counted.
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
    orders(profile, at, &mut row);
    row.extend(match profile.contact.created_at {
        Some(created) => [ln(days(at, created)), 0.0],
        None => [0.0, 1.0],
    });
    acts(profile, at, &mut row);
    row.try_into().ok()
}

fn orders(profile: &Profile, at: Timestamp, row: &mut Vec<f64>) {
    let orders = &profile.orders;
    let n = f64::from(orders.n);
    let (recency, first) = (orders.last_at.map_or(0.0, |last| days(at, last)), orders.first_at.map_or(0.0, |first| days(at, first)));
    let bends = |value: f64, at: f64| (ln(value) - ln(at)).max(0.0);
    row.push(ln(recency));
    row.extend(RECENCY_BENDS.map(|bend| bends(recency, bend)));
    row.push(ln(n));
    row.extend(ORDER_BENDS.map(|bend| bends(n, bend)));
    row.push(ln(recency) * ln(n));
    let ages = || orders.recent.iter().map(|order| days(at, *order));
    row.extend(WINDOWS.map(|window| ln(count(ages().take_while(|age| *age < window).count()))));
    row.extend([10.0, 40.0].map(|half_life| ln(ages().map(|age| fade(age, half_life)).sum())));
    let spent = major(orders.spent);
    row.extend([ln(spent), if n > 0.0 { ln(spent / n) } else { 0.0 }]);
    row.extend([ln(first), if n > 0.0 { (n / (first + RATE_PRIOR_DAYS)).ln() } else { 0.0 }]);
    row.extend([flag(orders.n == 0), flag(orders.n == 1)]);
    // Of a known rhythm: the rhythm, whether it is known, the silence beside it, and how much longer than it.
    row.extend(match orders.rhythm_days {
        Some(rhythm) => {
            let overdue = (ln(recency) - ln(rhythm)).clamp(-OVERDUE_MAX, OVERDUE_MAX);
            [ln(rhythm), 0.0, overdue, overdue.max(0.0)]
        }
        None => [0.0, flag(orders.n > 0), 0.0, 0.0],
    });
    let gap = orders.recent.get(1).map(|before| (days(at, *before) - recency).max(0.0));
    row.extend(gap.map_or([0.0, 0.0], |gap| [ln(gap), (ln(gap) - ln(recency)).clamp(-OVERDUE_MAX, OVERDUE_MAX)]));
    let lately = profile.purchased.iter().take_while(|bought| days(at, bought.last_at) < 28.0).count();
    row.extend([ln(count(profile.purchased.len())), ln(count(lately))]);
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
