//! Instants, spans and `Now`, the only clock of the pure middle: time is always an argument.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Microseconds in one day of 24 hours.
pub const DAY_US: i64 = 86_400_000_000;

/// An instant: microseconds since 1970-01-01T00:00:00Z; RFC 3339 at the edges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads RFC 3339, `2011-11-14 09:00[:00[.f]]`, `2011-11-14T09:00` or a bare date; without an offset the instant is taken in `zone`.
    pub fn parse(text: &str, zone: Tz) -> Option<Self> {
        let text = text.trim();
        if let Ok(at) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(at.timestamp_micros()));
        }
        let naive = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN)))?;
        Some(Self::from_local(naive, zone))
    }

    /// Returns the instant of a wall-clock time; in a spring gap the first instant after it, in an autumn fold the first of the two.
    pub fn from_local(naive: NaiveDateTime, zone: Tz) -> Self {
        let mut probe = naive;
        loop {
            if let Some(at) = zone.from_local_datetime(&probe).earliest() {
                return Self(at.timestamp_micros());
            }
            probe += chrono::Duration::minutes(15);
        }
    }

    /// Returns the start of a calendar day in `zone`.
    pub fn start_of_day(date: NaiveDate, zone: Tz) -> Self {
        Self::from_local(date.and_time(NaiveTime::MIN), zone)
    }

    /// Returns the wall-clock time in `zone`; instants outside chrono's range are clamped to it.
    pub fn local(self, zone: Tz) -> DateTime<Tz> {
        self.utc().with_timezone(&zone)
    }

    /// Returns the calendar day in `zone`.
    pub fn date(self, zone: Tz) -> NaiveDate {
        self.local(zone).date_naive()
    }

    /// Returns the instant as a chrono value.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC })
    }

    /// Returns this instant moved back by a span.
    #[must_use]
    pub fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// Returns this instant moved forward by a span.
    #[must_use]
    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Returns the time elapsed since an earlier instant, negative when it is later.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

/// A length of time in microseconds; a day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    /// Builds a span of whole days.
    pub const fn days(n: i64) -> Self {
        Self(n.saturating_mul(DAY_US))
    }

    /// Builds a span of whole hours.
    pub const fn hours(n: i64) -> Self {
        Self(n.saturating_mul(DAY_US / 24))
    }

    /// Reads `30d`, `6h`, `180 days`, `1 week 2 days`.
    pub fn parse(text: &str) -> Option<Self> {
        let span = humantime::parse_duration(text.trim()).ok()?;
        i64::try_from(span.as_micros()).ok().map(Self)
    }

    /// Returns the length in days, with fractions.
    #[expect(clippy::cast_precision_loss, reason = "spans of centuries still keep a precision under a second")]
    pub fn in_days(self) -> f64 {
        self.0 as f64 / DAY_US as f64
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, us) = if self.0 < 0 { ("-", self.0.unsigned_abs()) } else { ("", self.0.unsigned_abs()) };
        let hours = us / 3_600_000_000;
        match hours {
            0 => write!(f, "{sign}{} min", us / 60_000_000),
            1..48 => write!(f, "{sign}{hours} h"),
            _ => write!(f, "{sign}{} d", hours / 24),
        }
    }
}

/// The instant a command works at, and the project's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The instant; whatever is dated after it does not exist yet.
    pub at: Timestamp,
    /// The zone in which days begin and people read.
    pub zone: Tz,
}

impl Now {
    /// Returns today's calendar day in the project's zone.
    pub fn today(self) -> NaiveDate {
        self.at.date(self.zone)
    }

    /// Returns the wall-clock time in the project's zone.
    pub fn local(self) -> DateTime<Tz> {
        self.at.local(self.zone)
    }
}
