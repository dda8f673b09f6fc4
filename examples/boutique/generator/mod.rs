//! The seeded generator of the shop: what is real is read from UCI Online Retail, what is invented is drawn from a seed.
//!
//! Owns nothing of `relance` itself: it writes input files in the words of the data contract. The same seed and the same base give the
//! same bytes, on any machine: the shop uses whole numbers only, no clock, and no map whose order is not fixed.

pub(crate) mod base;
pub(crate) mod browsing;
pub(crate) mod cards;
pub(crate) mod categories;
pub(crate) mod names;
pub(crate) mod oddities;
pub(crate) mod people;
pub(crate) mod prng;
pub(crate) mod products;
pub(crate) mod scale;
pub(crate) mod sessions;
pub(crate) mod sheet;
pub(crate) mod tables;
pub(crate) mod titles;

/// Seed of the committed files.
pub(crate) const SEED: u64 = 20_111_114;

/// Result of a step; the message is for the person who runs the generator.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// Monday 2011-11-14T09:00:00Z, the instant the example is told at, in seconds since 1970.
pub(crate) const STORY: i64 = 1_321_261_200;

/// Writes seconds since 1970 as RFC 3339 in UTC.
pub(crate) fn rfc3339(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0).map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

/// Reads `2011-11-14T09:00:00` or `2011-11-14 09:00:00` (UTC) as seconds since 1970.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let text = text.replace(' ', "T");
    chrono::NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S").ok().map(|at| at.and_utc().timestamp())
}

/// Reads pounds (`2.55`, `1.855`) as pence, halves rounded up, without floating point.
pub(crate) fn pence(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let digits = |n: usize| part.as_bytes().get(n).map_or(Some(0), |digit| char::from(*digit).to_digit(10).map(i64::from));
    let round = i64::from(digits(2)? >= 5);
    Some(whole * 100 + digits(0)? * 10 + digits(1)? + round)
}

/// Writes pence as pounds: `2.55`.
pub(crate) fn pounds(pence: i64) -> String {
    format!("{}.{:02}", pence / 100, pence % 100)
}
