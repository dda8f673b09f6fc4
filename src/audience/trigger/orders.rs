//! Triggers that hang on what was bought: an order, a habit that is due, a silence.

use chrono::Days;

use super::dates::at_hour;
use super::together::{Told, key_of, together};
use super::{Asked, Cause};
use crate::clock::{DAY_US, Now, Span, Timestamp};
use crate::profile::Purchased;

/// Different days of purchase that make a habit.
const HABIT_DAYS_MIN: usize = 3;
/// A habit is spoken of from this share of its own interval...
const HABIT_FROM: f64 = 0.9;
/// ...to this one.
const HABIT_TO: f64 = 1.1;
/// What a product of a whole number and a share may miss.
const ROUNDING: f64 = 1e-9;
/// Silence in times the own rhythm that makes somebody dormant, unless the campaign says otherwise.
const DORMANT_RHYTHM: f64 = 3.0;

/// Each order by itself, the latest first.
pub(super) fn each(asked: &Asked<'_>) -> Vec<Cause> {
    asked.person.profile.orders.recent.iter().map(|at| Cause::new(*at, at.to_string())).collect()
}

/// Products whose own interval is nearly over; the key names product and last purchase.
pub(super) fn habits(asked: &Asked<'_>) -> Vec<Cause> {
    let now = asked.now();
    let mut due: Vec<Told> = asked.person.profile.purchased.iter().filter_map(|bought| habit(asked, bought, now)).collect();
    due.retain(|habit| habit.until >= Some(now.at));
    together(asked, due)
}

fn habit(asked: &Asked<'_>, bought: &Purchased, now: Now) -> Option<Told> {
    let product = bought.product;
    let interval = interval_days(bought).filter(|_| asked.person.catalogue.product(product).available(now.at))?;
    let last = bought.last_at.date(now.zone);
    let from = last.checked_add_days(Days::new(whole_days((interval * HABIT_FROM - ROUNDING).ceil())))?;
    let to = whole_days((interval * HABIT_TO + ROUNDING).floor()).max(whole_days(interval.ceil()));
    let over = last.checked_add_days(Days::new(to + 1))?;
    let until = Some(Timestamp(Timestamp::start_of_day(over, now.zone).0 - 1));
    let key = key_of(asked.person, product, bought.last_at);
    Some(Told { product, at: at_hour(from, now), key, untold_since: bought.last_at, until })
}

/// Returns the median number of days between the latest days of purchase, when there are enough of them.
fn interval_days(bought: &Purchased) -> Option<f64> {
    if bought.recent_days.len() < HABIT_DAYS_MIN {
        return None;
    }
    let mut gaps: Vec<i32> = bought.recent_days.windows(2).map(|pair| pair[0] - pair[1]).collect();
    gaps.sort_unstable();
    let middle = gaps.len() / 2;
    let high = f64::from(gaps[middle]);
    Some(if gaps.len() % 2 == 1 { high } else { f64::midpoint(f64::from(gaps[middle - 1]), high) })
}

/// The end of the silence that makes somebody dormant; the key is the last order, so that one silence is spoken of once.
pub(super) fn dormant(asked: &Asked<'_>) -> Option<Cause> {
    let (orders, now) = (&asked.person.profile.orders, asked.now());
    let last_at = orders.last_at?;
    let silence = asked.trigger.silence.unwrap_or(asked.person.reading.dormant_after);
    let own = |times: f64| orders.rhythm_days.map(|days| span_of_days(days * times));
    let silence = match asked.trigger.rhythm {
        Some(times) => own(times).unwrap_or(silence),
        None => own(DORMANT_RHYTHM).map_or(silence, |own| own.max(silence)),
    };
    // The first nine o'clock after it, so that a run once a day finds it fresh.
    let over_at = last_at.plus(silence);
    let day = over_at.date(now.zone);
    let same_day = at_hour(day, now);
    let at = if same_day >= over_at { same_day } else { at_hour(day.succ_opt()?, now) };
    Some(Cause::new(at, last_at.to_string()))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "days between orders, which are years at most")]
fn span_of_days(days: f64) -> Span {
    Span((days * DAY_US as f64) as i64)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "days between orders are not negative and years at most")]
fn whole_days(days: f64) -> u64 {
    days as u64
}
