//! What people bought of what they were shown: by slot, by block, by strategy. It follows people and no links, and it is no effect: whoever
//! is shown what they like would have bought some of it anyway.

use serde::Serialize;

use super::difference::Interval;
use super::outcome::Line;
use super::real;
use crate::clock::{Span, Timestamp};
use crate::recommend::evaluate::below;

/// Draws of people.
const DRAWS: usize = 1_000;
/// Groups of people that are drawn as one, so that a draw costs the same whatever their number.
const GROUPS: usize = 1_000;

/// A product shown to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// When the mail left.
    pub at: Timestamp,
    /// Hash of the product, as in [`Line::product`].
    pub product: u64,
}

/// What followed what was shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Followed {
    /// Products shown, each time counted.
    pub picks: u64,
    /// People who were shown any.
    pub people: u64,
    /// Of them, people who bought one of the products they were shown, within the horizon.
    pub buyers: u64,
    /// Their share, with the range it is known within.
    pub share: Interval,
    /// Money of these purchases for each thousand products shown, in minor units; returns are taken off.
    pub revenue: Interval,
}

/// Adds up what people bought of what they were shown; sights whose horizon is not over must be left out before. `None` when there are none.
///
/// A line of an order counts once, however often its product was shown. Intervals are of 95 %: percentile bootstrap of people (Efron and
/// Tibshirani 1993), from a fixed seed, of a thousand groups that people are drawn into, where there are more of them than that.
pub fn followed<'a>(people: impl Iterator<Item = (&'a [Sight], &'a [Line])>, horizon: Span) -> Option<Followed> {
    let mut groups: Vec<Sum> = Vec::new();
    let mut total = Sum::default();
    // People who come in a pattern must not make groups that are alike within.
    let mut chance = 2_u64;
    for (n, (sights, lines)) in people.filter(|(sights, _)| !sights.is_empty()).enumerate() {
        let one = Sum::of(sights, lines, horizon);
        total.add(one);
        if n < GROUPS {
            groups.push(one);
        } else {
            groups[below(&mut chance, GROUPS)].add(one);
        }
    }
    (total.picks > 0.0).then(|| total.with_intervals(&groups))
}

/// Figures of some people.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    people: f64,
    buyers: f64,
    picks: f64,
    money: f64,
}

impl Sum {
    #[expect(clippy::cast_precision_loss, reason = "the money of one person is far from 2^52 minor units")]
    fn of(sights: &[Sight], lines: &[Line], horizon: Span) -> Self {
        let led_to = |line: &&Line| {
            sights.iter().any(|sight| sight.product == line.product && sight.at <= line.at && line.at < sight.at.plus(horizon))
        };
        let (mut buyers, mut money) = (0.0, 0.0);
        for line in lines.iter().filter(led_to) {
            money += line.money as f64;
            if line.placed {
                buyers = 1.0;
            }
        }
        Self { people: 1.0, buyers, picks: real(sights.len() as u64), money }
    }

    fn add(&mut self, other: Self) {
        self.people += other.people;
        self.buyers += other.buyers;
        self.picks += other.picks;
        self.money += other.money;
    }

    fn share(&self) -> f64 {
        self.buyers / self.people
    }

    fn revenue(&self) -> f64 {
        1_000.0 * self.money / self.picks
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of people and products, added up as real numbers")]
    fn with_intervals(&self, groups: &[Self]) -> Followed {
        let mut state = 1_u64;
        let draw = |_| {
            let mut drawn = Self::default();
            (0..groups.len()).for_each(|_| drawn.add(groups[below(&mut state, groups.len())]));
            drawn
        };
        let drawn: Vec<Self> = (0..DRAWS).map(draw).collect();
        let interval = |of: &dyn Fn(&Self) -> f64| {
            let mut found: Vec<f64> = drawn.iter().map(of).collect();
            found.sort_by(f64::total_cmp);
            Interval { estimate: of(self), low: found[DRAWS * 25 / 1_000], high: found[DRAWS * 975 / 1_000] }
        };
        Followed {
            picks: self.picks as u64,
            people: self.people as u64,
            buyers: self.buyers as u64,
            share: interval(&Self::share),
            revenue: interval(&Self::revenue),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HORIZON: Span = Span::days(14);

    fn day(n: i64) -> Timestamp {
        Timestamp(0).plus(Span::days(n))
    }

    fn line(at: i64, product: u64, money: i64) -> Line {
        Line { at: day(at), order: 1, product, money, margin: 0, placed: money > 0 }
    }

    fn sight(at: i64, product: u64) -> Sight {
        Sight { at: day(at), product }
    }

    #[test]
    fn a_purchase_counts_once_after_its_product_was_shown_and_within_the_horizon() {
        let sights = [sight(10, 1), sight(12, 1), sight(10, 2)];
        let lines = [line(9, 1, 100), line(13, 1, 700), line(20, 3, 900), line(24, 2, 400), line(25, 1, -200)];
        let found = followed([(&sights[..], &lines[..])].into_iter(), HORIZON).expect("sights");
        // Bought before, not shown, too late; what was sent back within the horizon of the second mail is taken off.
        assert_eq!((found.picks, found.people, found.buyers), (3, 1, 1));
        assert!((found.revenue.estimate - 500.0 / 3.0 * 1_000.0).abs() < 1e-6, "{found:?}");
        assert_eq!(followed([(&[][..], &lines[..])].into_iter(), HORIZON), None);
    }

    #[test]
    fn the_interval_of_a_share_is_that_of_its_people() {
        let (sights, bought) = ([sight(0, 1)], [line(1, 1, 1_000)]);
        let of = |n: usize| {
            let people = (0..n).map(|at| (&sights[..], if at % 4 == 0 { &bought[..] } else { &[][..] }));
            followed(people, HORIZON).expect("sights")
        };
        for n in [400, 40_000] {
            let it = of(n).share;
            // Of a share of a quarter among n, the interval is 1.96 sqrt(0.25 * 0.75 / n) on each side.
            let wide = 2.0 * 1.96 * (0.25 * 0.75 / real(n as u64)).sqrt();
            assert!((it.estimate - 0.25).abs() < 1e-9 && ((it.high - it.low) / wide - 1.0).abs() < 0.25, "{n}: {it:?}");
        }
        assert_eq!(of(400), of(400), "the same draws again");
    }
}
