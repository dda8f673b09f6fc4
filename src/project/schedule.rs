//! Cron expressions in the project's zone: which edition is due, and whether it is too late for it.

use chrono::{Datelike as _, TimeZone as _};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::CronParser;

use crate::clock::{Span, Timestamp};
use crate::id::Edition;

/// A checked cron expression of five fields, in the project's zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// As the author wrote it.
    pub expression: String,
    cron: Cron,
    rhythm: Rhythm,
}

/// How often an edition comes, which decides its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// At most one day a week: `2011-W46` (ISO 8601 week).
    Weekly,
    /// At most once a day: `2011-11-14`.
    Daily,
    /// More often: `2011-11-14T10:00`, local time.
    Often,
}

/// One occurrence of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Its instant.
    pub at: Timestamp,
    /// Its name, part of the send key.
    pub edition: Edition,
}

/// What a schedule says at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// The latest occurrence, within the time allowed.
    Now(Occurrence),
    /// The latest occurrence is further back than allowed: it is skipped.
    TooLate(Occurrence),
    /// Nothing has come yet.
    NotYet,
}

impl Schedule {
    /// Reads a cron expression of five fields; refuses one that never fires.
    ///
    /// # Errors
    /// Says what is wrong with the expression.
    pub fn parse(expression: &str) -> Result<Self, String> {
        if expression.split_whitespace().count() != 5 {
            return Err("five fields are expected: minute, hour, day, month, weekday".to_owned());
        }
        let cron = CronParser::new().parse(expression).map_err(|error| error.to_string().to_lowercase())?;
        let start = chrono_tz::UTC.with_ymd_and_hms(2001, 1, 1, 0, 0, 0).single().ok_or("no calendar")?;
        let times: Vec<_> = cron.iter_after(start).take(SAMPLE).collect();
        if times.is_empty() {
            return Err("no day fits it: it would never fire".to_owned());
        }
        let apart = |days: i64| times.windows(2).all(|pair| pair[1].date_naive() - pair[0].date_naive() >= chrono::Duration::days(days));
        let rhythm = if apart(7) {
            Rhythm::Weekly
        } else if apart(1) {
            Rhythm::Daily
        } else {
            Rhythm::Often
        };
        Ok(Self { expression: expression.to_owned(), cron, rhythm })
    }

    /// Returns how often an edition comes.
    pub fn rhythm(&self) -> Rhythm {
        self.rhythm
    }

    /// Returns the latest occurrence at or before `now`, and whether it is within `late` of it.
    ///
    /// A time that a spring change skips is moved to the first instant after it; a time that an autumn change repeats fires once.
    pub fn due(&self, zone: Tz, now: Timestamp, late: Span) -> Due {
        let Ok(at) = self.cron.find_previous_occurrence(&now.local(zone), true) else { return Due::NotYet };
        let at = Timestamp(at.timestamp_micros());
        let occurrence = Occurrence { at, edition: self.edition(zone, at) };
        if now.since(at) <= late { Due::Now(occurrence) } else { Due::TooLate(occurrence) }
    }

    /// Returns the first occurrence after an instant.
    pub fn next(&self, zone: Tz, after: Timestamp) -> Option<Occurrence> {
        let at = self.cron.find_next_occurrence(&after.local(zone), false).ok()?;
        let at = Timestamp(at.timestamp_micros());
        Some(Occurrence { at, edition: self.edition(zone, at) })
    }

    /// Names the edition of an instant.
    pub fn edition(&self, zone: Tz, at: Timestamp) -> Edition {
        let local = at.local(zone);
        let week = local.iso_week();
        Edition(match self.rhythm {
            Rhythm::Weekly => format!("{}-W{:02}", week.year(), week.week()),
            Rhythm::Daily => local.format("%Y-%m-%d").to_string(),
            Rhythm::Often => local.format("%Y-%m-%dT%H:%M").to_string(),
        })
    }
}

/// Occurrences looked at to tell the rhythm: more than two months of days.
const SAMPLE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::Paris;

    fn schedule(expression: &str) -> Schedule {
        Schedule::parse(expression).expect("a schedule")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, Paris).expect("an instant")
    }

    #[test]
    fn the_rhythm_names_the_edition() {
        for (expression, now, edition) in [
            ("0 9 * * 4", "2011-11-17 10:00", "2011-W46"),
            ("0 9 * * 4", "2011-01-02 10:00", "2010-W52"),
            ("0 9 1 * *", "2011-11-01 09:30", "2011-W44"),
            ("30 8 * * *", "2011-11-14 08:30", "2011-11-14"),
            ("30 8 * * 1,4", "2011-11-14 08:31", "2011-11-14"),
            ("0 10,16 * * *", "2011-11-14 10:20", "2011-11-14T10:00"),
            ("*/10 * * * *", "2011-11-14 10:29", "2011-11-14T10:20"),
        ] {
            match schedule(expression).due(Paris, at(now), Span::days(8)) {
                Due::Now(occurrence) => assert_eq!(occurrence.edition.as_str(), edition, "{expression} at {now}"),
                other => panic!("{expression} at {now}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_skipped_hour_fires_after_it_and_a_repeated_hour_fires_once() {
        // Paris: 2011-03-27 02:00 becomes 03:00, 2011-10-30 03:00 becomes 02:00.
        let daily = schedule("30 2 * * *");
        let spring = daily.due(Paris, at("2011-03-27 12:00"), Span::hours(12));
        let Due::Now(spring) = spring else { panic!("{spring:?}") };
        assert_eq!(spring.edition.as_str(), "2011-03-27");
        assert_eq!(spring.at, at("2011-03-27T01:00:00Z"));

        let mut now = at("2011-10-29 22:00");
        let mut fired = Vec::new();
        while now < at("2011-10-30 12:00") {
            if let Due::Now(occurrence) = daily.due(Paris, now, Span::hours(12))
                && fired.last() != Some(&occurrence)
            {
                fired.push(occurrence);
            }
            now = now.plus(Span(600_000_000));
        }
        let editions: Vec<&str> = fired.iter().map(|occurrence| occurrence.edition.as_str()).collect();
        assert_eq!(editions, ["2011-10-30"]);
    }

    #[test]
    fn one_edition_for_each_day_of_a_year_with_two_changes() {
        let daily = schedule("30 2 * * *");
        let mut now = at("2010-12-31 12:00");
        let mut names = std::collections::BTreeSet::new();
        while let Some(next) = daily.next(Paris, now) {
            if next.at >= at("2012-01-01") {
                break;
            }
            assert!(next.at > now && names.insert(next.edition.as_str().to_owned()), "{next:?}");
            now = next.at;
        }
        assert_eq!(names.len(), 365);
    }

    #[test]
    fn too_late_is_said_with_the_edition() {
        let weekly = schedule("0 9 * * 4");
        let Due::TooLate(missed) = weekly.due(Paris, at("2011-11-18 09:00"), Span::hours(12)) else { panic!("not late") };
        assert_eq!(missed.edition.as_str(), "2011-W46");
        assert!(matches!(weekly.due(Paris, at("2011-11-17 21:00"), Span::hours(12)), Due::Now(_)), "the last minute allowed");
        let Due::TooLate(before) = weekly.due(Paris, at("2011-11-17 08:59"), Span::hours(12)) else { panic!("not late") };
        assert_eq!(before.edition.as_str(), "2011-W45");
    }

    #[test]
    fn what_never_fires_is_refused() {
        for wrong in ["0 0 30 2 *", "61 * * * *", "0 9 * *", "tomorrow", "", "0 9 * * 4 *"] {
            assert!(Schedule::parse(wrong).is_err(), "{wrong}");
        }
        assert!(Schedule::parse("0 0 29 2 *").is_ok(), "leap years come");
    }
}
