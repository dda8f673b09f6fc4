//! Hours at which a mail may leave, on the recipient's own clock: a window, days of the week, quiet hours.

use chrono::{Datelike as _, Days, NaiveDateTime, TimeZone as _, Timelike as _, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::campaign::Day;
use crate::clock::Timestamp;

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Days looked ahead: any week has every hour that can open.
const DAYS_AHEAD: u64 = 8;

/// Hours of the day from the first minute to before the last, over midnight when the first comes later: `21:00-08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    from: u16,
    to: u16,
}

impl Hours {
    /// Reads `09:00-19:00`; an end of `24:00` is midnight. `None` when it is no such thing, or nothing or the whole day.
    pub fn parse(text: &str) -> Option<Self> {
        let (from, to) = text.split_once('-')?;
        let minute = |text: &str| -> Option<u16> {
            let (hour, minute) = text.trim().split_once(':')?;
            let is_number = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let (hour, minute): (u16, u16) =
                (hour.parse().ok().filter(|_| is_number(hour))?, minute.parse().ok().filter(|_| is_number(minute))?);
            (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
        };
        let hours = Self { from: minute(from)?, to: minute(to)? };
        (hours.from < DAY && hours.from != hours.to % DAY).then_some(hours)
    }

    fn contains(self, minute: u16) -> bool {
        if self.from < self.to { (self.from..self.to).contains(&minute) } else { minute >= self.from || minute < self.to }
    }
}

impl std::fmt::Display for Hours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

/// When mails may leave; nothing said is always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenHours {
    /// Only within these hours.
    pub window: Option<Hours>,
    /// Only on these days; empty is every day.
    pub weekdays: Vec<Day>,
    /// Never within these hours.
    pub quiet: Option<Hours>,
}

impl OpenHours {
    /// Says whether mails may leave at any time.
    pub fn are_always(&self) -> bool {
        self.window.is_none() && self.weekdays.is_empty() && self.quiet.is_none()
    }

    /// Says whether there is no minute of any week at which a mail may leave.
    pub fn are_never(&self) -> bool {
        !(0..DAY).any(|minute| self.is_open_at(minute))
    }

    /// Returns the first instant from `from` on at which a mail may leave; `None` when there is none.
    ///
    /// What an hour that does not exist would open or close happens at the first instant after it.
    pub fn opens_at(&self, zone: Tz, from: Timestamp) -> Option<Timestamp> {
        if self.is_open(from.local(zone).naive_local()) {
            return Some(from);
        }
        let today = from.date(zone);
        let minutes = [Some(0), self.window.map(|window| window.from), self.quiet.map(|quiet| quiet.to % DAY)];
        let days = (0..=DAYS_AHEAD).filter_map(|n| today.checked_add_days(Days::new(n)));
        let openings = days.flat_map(|day| {
            let local = move |minute: u16| day.and_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0);
            // An hour that comes twice may open at either.
            let both = |local: NaiveDateTime| [Some(Timestamp::from_local(local, zone)), second(local, zone)];
            minutes.into_iter().flatten().filter_map(local).flat_map(both).flatten().collect::<Vec<_>>()
        });
        openings.filter(|at| *at > from && self.is_open(at.local(zone).naive_local())).min()
    }

    fn is_open(&self, local: NaiveDateTime) -> bool {
        let minute = u16::try_from(local.num_seconds_from_midnight() / 60).unwrap_or(0);
        (self.weekdays.is_empty() || self.weekdays.iter().any(|day| Weekday::from(*day) == local.weekday())) && self.is_open_at(minute)
    }

    fn is_open_at(&self, minute: u16) -> bool {
        self.window.is_none_or(|window| window.contains(minute)) && !self.quiet.is_some_and(|quiet| quiet.contains(minute))
    }
}

/// Returns the later of the two instants of a wall-clock time that comes twice.
fn second(local: NaiveDateTime, zone: Tz) -> Option<Timestamp> {
    zone.from_local_datetime(&local).latest().map(|at| Timestamp(at.timestamp_micros()))
}

impl From<Day> for Weekday {
    fn from(day: Day) -> Self {
        match day {
            Day::Mon => Self::Mon,
            Day::Tue => Self::Tue,
            Day::Wed => Self::Wed,
            Day::Thu => Self::Thu,
            Day::Fri => Self::Fri,
            Day::Sat => Self::Sat,
            Day::Sun => Self::Sun,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::Montreal;
    use chrono_tz::Europe::Paris;

    fn open(window: &str, quiet: &str, weekdays: &[Day]) -> OpenHours {
        OpenHours { window: Hours::parse(window), weekdays: weekdays.to_vec(), quiet: Hours::parse(quiet) }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text, Paris).expect("an instant")
    }

    #[test]
    fn hours_are_two_times_of_a_clock() {
        for good in ["09:00-19:00", "21:00-08:00", "00:00-12:30", "12:00-24:00"] {
            assert_eq!(Hours::parse(good).map(|hours| hours.to_string()).as_deref(), Some(good));
        }
        for wrong in ["", "9:00-19:00", "09:00", "09:00-25:00", "09:60-19:00", "09:00-09:00", "00:00-24:00", "24:00-08:00", "+9:00-19:00"] {
            assert_eq!(Hours::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_mail_waits_for_the_next_minute_that_is_open() {
        use Day::{Fri, Mon};
        for (hours, from, opens) in [
            (open("09:00-19:00", "", &[]), "2026-05-20 10:00", "2026-05-20 10:00"),
            (open("09:00-19:00", "", &[]), "2026-05-20 08:59", "2026-05-20 09:00"),
            (open("09:00-19:00", "", &[]), "2026-05-20 19:00", "2026-05-21 09:00"),
            (open("09:00-19:00", "", &[Mon, Fri]), "2026-05-22 19:00", "2026-05-25 09:00"),
            (open("", "21:00-08:00", &[]), "2026-05-20 23:00", "2026-05-21 08:00"),
            (open("", "21:00-08:00", &[]), "2026-05-20 03:00", "2026-05-20 08:00"),
            (open("06:00-22:00", "21:00-08:00", &[]), "2026-05-20 21:30", "2026-05-21 08:00"),
            (open("", "", &[Mon]), "2026-05-20 10:00", "2026-05-25 00:00"),
        ] {
            assert_eq!(hours.opens_at(Paris, at(from)), Some(at(opens)), "{hours:?} from {from}");
        }
        assert_eq!(open("22:00-23:00", "21:00-08:00", &[]).opens_at(Paris, at("2026-05-20 10:00")), None);
        assert!(open("22:00-23:00", "21:00-08:00", &[]).are_never());
        assert!(!open("20:00-23:00", "21:00-08:00", &[]).are_never());
    }

    #[test]
    fn an_hour_that_is_skipped_opens_after_it_and_one_that_comes_twice_opens_once() {
        // Paris: 2026-03-29 02:00 becomes 03:00, 2026-10-25 03:00 becomes 02:00.
        let night = open("02:30-05:00", "", &[]);
        assert_eq!(night.opens_at(Paris, at("2026-03-28T22:00:00Z")), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(night.opens_at(Paris, at("2026-10-24T22:00:00Z")), Some(at("2026-10-25T00:30:00Z")), "the first of the two");
        let quiet = open("", "21:00-02:30", &[]);
        assert_eq!(quiet.opens_at(Paris, at("2026-03-29T00:30:00Z")), Some(at("2026-03-29T01:00:00Z")));
        assert_eq!(quiet.opens_at(Paris, at("2026-10-25T01:10:00Z")), Some(at("2026-10-25T01:30:00Z")), "quiet again at ten past two");
    }

    #[test]
    fn nobody_is_written_to_outside_their_hours_on_any_half_hour_of_a_year() {
        let hours = open("09:00-19:00", "18:00-10:00", &[Day::Sat, Day::Tue]);
        let mut from = at("2026-01-01 00:00");
        while from < at("2027-01-01 00:00") {
            for zone in [Paris, Montreal, chrono_tz::Asia::Kolkata] {
                let opens = hours.opens_at(zone, from).expect("an hour");
                let local = opens.local(zone);
                assert!(opens >= from && (10..18).contains(&local.hour()), "{from} {zone} {local}");
                assert!(matches!(local.weekday(), Weekday::Sat | Weekday::Tue), "{from} {zone} {local}");
            }
            from = from.plus(crate::clock::Span(1_800_000_000));
        }
    }
}
