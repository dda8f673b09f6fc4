//! Past days to learn from: what was known before each, and what people did within the horizon after it.

use chrono::{Days, NaiveDate};

use super::columns::Figures;

/// Days learned from at most, one horizon apart.
const CUTS_MAX: u64 = 6;

/// One past day.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The first day that was not known.
    pub day: NaiveDate,
    /// People of that day, in order of id.
    pub rows: Vec<Row>,
}

/// One person on one past day; only in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What was known of them.
    pub figures: Figures,
    /// Whether it happened within the horizon.
    pub happened: bool,
}

/// Lists the days to learn from, earliest first, one horizon apart: the horizon of the last ends where `end` begins.
///
/// None lies within one horizon of `first`, the first day of anything: nobody had time to become known by then.
pub fn cut_days(first: NaiveDate, end: NaiveDate, horizon_days: u32) -> Vec<NaiveDate> {
    let step = u64::from(horizon_days);
    let Some(earliest) = first.checked_add_days(Days::new(step)) else { return Vec::new() };
    let mut days: Vec<NaiveDate> = (1..=CUTS_MAX).filter_map(|n| end.checked_sub_days(Days::new(n * step))).collect();
    days.retain(|day| *day >= earliest);
    days.reverse();
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn horizons_end_before_the_day_and_never_overlap() {
        let days = cut_days(day("2010-12-01"), day("2011-11-11"), 14);
        assert_eq!(days.len(), 6);
        assert_eq!((days[0], days[5]), (day("2011-08-19"), day("2011-10-28")));
        assert!(days.windows(2).all(|pair| (pair[1] - pair[0]).num_days() == 14));
    }

    #[test]
    fn a_young_shop_has_fewer_days() {
        assert_eq!(cut_days(day("2026-01-01"), day("2026-02-15"), 14), [day("2026-01-18"), day("2026-02-01")]);
        assert_eq!(cut_days(day("2026-01-01"), day("2026-01-20"), 14), []);
    }
}
