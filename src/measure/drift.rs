//! Whether a person's mails come to show the same again: what two mails in a row have in common, week by week.

use std::collections::{BTreeMap, HashSet};

use chrono::{Datelike as _, NaiveDate};
use chrono_tz::Tz;
use serde::Serialize;

use super::real;
use crate::clock::Timestamp;

/// One mail to a person: when it left, and hashes of the products it showed.
pub type Mail = (Timestamp, Vec<u64>);

/// Weeks without which nothing is said of a trend.
const WEEKS_MIN: usize = 3;

/// What pairs of mails in a row have in common.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Drift {
    /// Pairs of mails in a row, to the same person, both with products.
    pub pairs: u64,
    /// Mean over the pairs of the share of products that both show (Jaccard), 0 to 1.
    pub overlap: f64,
    /// By the week of the later mail, oldest first.
    pub weeks: Vec<Week>,
    /// Change of the share from one week to the next, by least squares, weeks weighed by their pairs; `None` with fewer than three.
    pub per_week: Option<f64>,
}

/// The pairs whose later mail is of one week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Week {
    /// Its Monday.
    pub monday: NaiveDate,
    /// Pairs.
    pub pairs: u64,
    /// Their mean share in common.
    pub overlap: f64,
}

/// Compares the mails in a row of each person, which come oldest first; `None` where nobody has two with products.
pub fn drift<'a>(people: impl Iterator<Item = &'a [Mail]>, zone: Tz) -> Option<Drift> {
    let mut weeks: BTreeMap<NaiveDate, (u64, f64)> = BTreeMap::new();
    for mails in people {
        let mails: Vec<&Mail> = mails.iter().filter(|mail| !mail.1.is_empty()).collect();
        for pair in mails.windows(2) {
            let day = pair[1].0.date(zone);
            let monday = day - chrono::Days::new(u64::from(day.weekday().num_days_from_monday()));
            let week = weeks.entry(monday).or_default();
            week.0 += 1;
            week.1 += in_common(&pair[0].1, &pair[1].1);
        }
    }
    let (pairs, sum) = weeks.values().fold((0, 0.0), |(n, sum), week| (n + week.0, sum + week.1));
    let weeks: Vec<Week> = weeks.into_iter().map(|(monday, (pairs, sum))| Week { monday, pairs, overlap: sum / real(pairs) }).collect();
    (pairs > 0).then(|| Drift { pairs, overlap: sum / real(pairs), per_week: slope(&weeks), weeks })
}

/// Returns the share of the products of two mails that both show.
fn in_common(a: &[u64], b: &[u64]) -> f64 {
    let (a, b): (HashSet<u64>, HashSet<u64>) = (a.iter().copied().collect(), b.iter().copied().collect());
    real(a.intersection(&b).count() as u64) / real(a.union(&b).count() as u64)
}

fn slope(weeks: &[Week]) -> Option<f64> {
    let first = weeks.first().filter(|_| weeks.len() >= WEEKS_MIN)?.monday;
    let at = |week: &Week| real((week.monday - first).num_weeks().unsigned_abs());
    let total: f64 = weeks.iter().map(|week| real(week.pairs)).sum();
    let mean = |of: &dyn Fn(&Week) -> f64| weeks.iter().map(|week| real(week.pairs) * of(week)).sum::<f64>() / total;
    let (x, y) = (mean(&at), mean(&|week| week.overlap));
    let (with, alone) = (mean(&|week| (at(week) - x) * (week.overlap - y)), mean(&|week| (at(week) - x).powi(2)));
    (alone > 0.0).then(|| with / alone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Span;

    fn mail(week: i64, products: &[u64]) -> Mail {
        // 1970-01-05 was a Monday.
        (Timestamp(0).plus(Span::days(4 + 7 * week)), products.to_vec())
    }

    #[test]
    fn mails_in_a_row_are_compared_and_the_trend_is_that_of_the_weeks() {
        let ana = [mail(0, &[1, 2]), mail(1, &[3, 4]), mail(2, &[]), mail(3, &[3, 4, 5, 6]), mail(5, &[6, 5, 4, 3])];
        let alone = [mail(0, &[1])];
        let found = drift([ana.as_slice(), alone.as_slice()].into_iter(), chrono_tz::UTC).expect("pairs");
        assert_eq!(found.pairs, 3, "a mail without products is no mail of a row");
        assert!((found.overlap - 0.5).abs() < 1e-9, "{found:?}");
        let weeks: Vec<(String, f64)> = found.weeks.iter().map(|week| (week.monday.to_string(), week.overlap)).collect();
        assert_eq!(weeks, [("1970-01-12", 0.0), ("1970-01-26", 0.5), ("1970-02-09", 1.0)].map(|(day, it)| (day.to_owned(), it)));
        assert!((found.per_week.expect("three weeks") - 0.25).abs() < 1e-9, "half more every second week");
    }

    #[test]
    fn two_weeks_are_no_trend_and_one_mail_is_no_pair() {
        let two = [mail(0, &[1]), mail(1, &[1]), mail(2, &[1])];
        assert_eq!(drift([two.as_slice()].into_iter(), chrono_tz::UTC).expect("pairs").per_week, None);
        assert_eq!(drift([&two[..1]].into_iter(), chrono_tz::UTC), None);
    }
}
