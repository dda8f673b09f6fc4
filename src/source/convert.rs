//! Texts and cells to values: numbers, amounts, days, instants, yes and no. Pure; `None` means unreadable.

use chrono::{Datelike as _, Months, NaiveDate};
use chrono_tz::Tz;

use super::cell::{Cell, decimal_text};
use crate::clock::{Span, Timestamp};
use crate::money::{Currency, Money};

/// Reads a number written with a decimal mark; digit groups are not accepted.
fn with_point(text: &str, decimal: char) -> Option<std::borrow::Cow<'_, str>> {
    if decimal == '.' {
        return Some(text.into());
    }
    (!text.contains('.')).then(|| text.replace(decimal, ".").into())
}

/// Reads a finite number.
#[expect(clippy::cast_precision_loss, reason = "coordinates and scores are far below 2^53")]
pub(super) fn number(cell: Cell<'_>, decimal: char) -> Option<f64> {
    let number = match cell {
        Cell::Text(text) => with_point(text.trim(), decimal)?.parse().ok()?,
        Cell::Int(number) => number as f64,
        Cell::Float(number) => number,
        Cell::Decimal { unscaled, scale } => unscaled as f64 / 10_f64.powi(i32::from(scale)),
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Reads a whole number; `3.0` is one.
#[expect(clippy::cast_possible_truncation, reason = "checked to be whole and within 2^53")]
pub(super) fn whole(cell: Cell<'_>, decimal: char) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match cell {
        Cell::Int(number) => return Some(number),
        Cell::Text(text) => {
            if let Ok(number) = text.trim().parse() {
                return Some(number);
            }
        }
        _ => {}
    }
    let number = number(cell, decimal)?;
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// Reads an amount of money.
pub(super) fn money(cell: Cell<'_>, decimal: char, currency: Currency) -> Option<Money> {
    match cell {
        Cell::Text(text) => Money::parse(&with_point(text.trim(), decimal)?, currency),
        Cell::Int(amount) => Some(Money { minor: amount.checked_mul(10_i64.pow(currency.decimals()))?, currency }),
        Cell::Float(amount) => Money::from_f64(amount, currency),
        Cell::Decimal { unscaled, scale } if u32::try_from(scale) == Ok(currency.decimals()) => {
            Some(Money { minor: i64::try_from(unscaled).ok()?, currency })
        }
        Cell::Decimal { unscaled, scale } => Money::parse(&decimal_text(unscaled, scale), currency),
        _ => None,
    }
}

/// Reads yes or no in English or French.
pub(super) fn boolean(cell: Cell<'_>) -> Option<bool> {
    const YES: [&str; 6] = ["true", "t", "yes", "y", "oui", "o"];
    const NO: [&str; 6] = ["false", "f", "no", "n", "non", "off"];
    match cell {
        Cell::Bool(yes) => Some(yes),
        Cell::Int(0) => Some(false),
        Cell::Int(1) => Some(true),
        Cell::Text(text) => {
            let text = text.trim();
            let is = |word: &&str| text.eq_ignore_ascii_case(word);
            match text {
                "1" => Some(true),
                "0" => Some(false),
                _ if YES.iter().any(is) => Some(true),
                _ if text.eq_ignore_ascii_case("vrai") || text.eq_ignore_ascii_case("on") => Some(true),
                _ if NO.iter().any(is) || text.eq_ignore_ascii_case("faux") => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads a day: `2011-11-14`, `14/11/2011`, or the day of an instant in `zone`.
pub(super) fn day(cell: Cell<'_>, zone: Tz) -> Option<NaiveDate> {
    match cell {
        Cell::Date(date) => Some(date),
        Cell::Local(us) => Some(Timestamp(us).date(Tz::UTC)),
        Cell::Text(text) => day_text(text.trim()).or_else(|| Some(instant(cell, zone)?.date(zone))),
        _ => Some(instant(cell, zone)?.date(zone)),
    }
    .filter(|date| (1..=9999).contains(&date.year()))
}

fn day_text(text: &str) -> Option<NaiveDate> {
    let (year, month, day) = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => (text.get(..4)?, text.get(5..7)?, text.get(8..)?),
        [_, _, b'/', _, _, b'/', _, _, _, _] => (text.get(6..)?, text.get(3..5)?, text.get(..2)?),
        _ => return None,
    };
    NaiveDate::from_ymd_opt(i32::try_from(digits(year.as_bytes())?).ok()?, digits(month.as_bytes())?, digits(day.as_bytes())?)
}

/// Reads a last day: as [`day`], and `11/26`, `11/2026`, `2026-11` for the last day of that month.
pub(super) fn last_day(cell: Cell<'_>, zone: Tz) -> Option<NaiveDate> {
    if let Cell::Text(text) = cell {
        let text = text.trim();
        let (year, month) = match text.as_bytes() {
            [_, _, b'/', _, _] => (2000 + digits(text.get(3..)?.as_bytes())?, text.get(..2)?),
            [_, _, b'/', _, _, _, _] => (digits(text.get(3..)?.as_bytes())?, text.get(..2)?),
            [_, _, _, _, b'-', _, _] => (digits(text.get(..4)?.as_bytes())?, text.get(5..)?),
            _ => return day(cell, zone),
        };
        let first = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, digits(month.as_bytes())?, 1)?;
        return first.checked_add_months(Months::new(1))?.pred_opt();
    }
    day(cell, zone)
}

/// Reads an instant; texts without an offset and wall-clock times are taken in `zone`, plausible whole numbers are
/// seconds, milliseconds or microseconds since 1970.
pub(super) fn instant(cell: Cell<'_>, zone: Tz) -> Option<Timestamp> {
    match cell {
        Cell::Text(text) => instant_text(text.trim(), zone),
        Cell::Instant(at) => Some(at),
        Cell::Local(us) if zone == Tz::UTC => Some(Timestamp(us)),
        Cell::Local(us) => Some(Timestamp::from_local(in_range(Timestamp(us))?.utc().naive_utc(), zone)),
        Cell::Date(date) => Some(Timestamp::start_of_day(date, zone)),
        Cell::Int(number) => unix(number),
        _ => None,
    }
    .and_then(in_range)
}

/// Reads when something ends: as [`instant`], and of a day the first instant after it.
pub(super) fn end(cell: Cell<'_>, zone: Tz) -> Option<Timestamp> {
    after_day(cell, zone).or_else(|| instant(cell, zone))
}

/// Reads until when something is: as [`instant`], and of a day its last instant.
pub(super) fn last(cell: Cell<'_>, zone: Tz) -> Option<Timestamp> {
    after_day(cell, zone).map(|end| end.minus(Span(1))).or_else(|| instant(cell, zone))
}

/// Returns the first instant after a day, when a cell says no more than a day.
fn after_day(cell: Cell<'_>, zone: Tz) -> Option<Timestamp> {
    let day = match cell {
        Cell::Text(text) => day_text(text.trim())?,
        Cell::Date(date) => date,
        _ => return None,
    };
    in_range(Timestamp::start_of_day(day, zone))?;
    Some(Timestamp::start_of_day(day.succ_opt()?, zone))
}

/// Keeps instants of the years 1 to 9999: what RFC 3339 can write, and where calendar arithmetic cannot overflow.
fn in_range(at: Timestamp) -> Option<Timestamp> {
    const FIRST: i64 = -62_135_596_800_000_000;
    const LAST: i64 = 253_402_300_799_999_999;
    (FIRST..=LAST).contains(&at.0).then_some(at)
}

/// From 1973 to 5138 the three units cannot be taken for one another.
fn unix(number: i64) -> Option<Timestamp> {
    const SECONDS: i64 = 100_000_000;
    match number {
        SECONDS..100_000_000_000 => Some(Timestamp(number * 1_000_000)),
        100_000_000_000..100_000_000_000_000 => Some(Timestamp(number * 1000)),
        100_000_000_000_000..100_000_000_000_000_000 => Some(Timestamp(number)),
        _ => None,
    }
}

fn instant_text(text: &str, zone: Tz) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if !bytes.first()?.is_ascii_digit() {
        return None;
    }
    iso(bytes, zone).or_else(|| match day_text(text) {
        Some(date) => Some(Timestamp::start_of_day(date, zone)),
        None => Timestamp::parse(text, zone),
    })
}

/// Reads the one form nearly every file uses, `2011-11-14T09:00:00[.f][Z|+01|+01:00]`, ten times faster than the general way.
fn iso(bytes: &[u8], zone: Tz) -> Option<Timestamp> {
    let (head, mut rest) = bytes.split_at_checked(19)?;
    if !(head[4] == b'-' && head[7] == b'-' && matches!(head[10], b'T' | b' ') && head[13] == b':' && head[16] == b':') {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(i32::try_from(digits(&head[..4])?).ok()?, digits(&head[5..7])?, digits(&head[8..10])?)?;
    let naive = date.and_hms_opt(digits(&head[11..13])?, digits(&head[14..16])?, digits(&head[17..])?)?;
    let mut fraction_us = 0;
    if let [b'.', tail @ ..] = rest {
        let n_digits = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, after) = tail.split_at(n_digits);
        if !(1..=9).contains(&n_digits) {
            return None;
        }
        let kept = n_digits.min(6);
        fraction_us = i64::from(digits(&fraction[..kept])?) * 10_i64.pow(6 - u32::try_from(kept).ok()?);
        rest = after;
    }
    let local_us = naive.and_utc().timestamp_micros() + fraction_us;
    let offset_minutes = match rest {
        [] if zone == Tz::UTC => 0,
        [] => return Some(Timestamp(Timestamp::from_local(naive, zone).0 + fraction_us)),
        b"Z" => 0,
        [sign @ (b'+' | b'-'), hours @ ..] => {
            let minutes = match hours {
                [a, b] => digits(&[*a, *b])? * 60,
                [a, b, b':', c, d] | [a, b, c, d] => digits(&[*a, *b])? * 60 + digits(&[*c, *d])?,
                _ => return None,
            };
            i64::from(minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    Some(Timestamp(local_us - offset_minutes * 60_000_000))
}

/// Reads up to nine decimal digits, nothing else.
fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS: Tz = chrono_tz::Europe::Paris;

    #[test]
    fn instants_are_read_in_the_zone_unless_they_say_otherwise() {
        let cases = [
            ("2011-11-14T09:00:00Z", Some("2011-11-14T09:00:00Z")),
            ("2011-11-14T09:00:00+02:00", Some("2011-11-14T07:00:00Z")),
            ("2011-11-14 09:00:00+00", Some("2011-11-14T09:00:00Z")),
            ("2011-11-14 09:00:00-0530", Some("2011-11-14T14:30:00Z")),
            ("2011-11-14 09:00:00", Some("2011-11-14T08:00:00Z")),
            ("2011-11-14 09:00:00.25", Some("2011-11-14T08:00:00.250Z")),
            ("2011-11-14 09:00", Some("2011-11-14T08:00:00Z")),
            ("2011-11-14", Some("2011-11-13T23:00:00Z")),
            ("14/11/2011", Some("2011-11-13T23:00:00Z")),
            ("2011-03-27 02:30:00", Some("2011-03-27T01:00:00Z")),
            ("2011-02-30 09:00:00", None),
            ("2011-11-14 25:00:00", None),
            ("2011-11-14 09:00:00 demain", None),
            ("+262142-12-31", None),
            ("99999-01-01", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(instant(Cell::Text(text), PARIS).map(|at| at.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_last_day_ends_with_it_and_an_instant_at_once() {
        let at = |cell| end(cell, PARIS).map(|at| at.to_string());
        for day in [Cell::Text(" 2011-11-14 "), Cell::Text("14/11/2011"), Cell::Date(NaiveDate::from_ymd_opt(2011, 11, 14).expect("a day"))]
        {
            assert_eq!(at(day).as_deref(), Some("2011-11-14T23:00:00Z"), "{day:?}");
        }
        assert_eq!(at(Cell::Text("2011-11-14 00:00:00")).as_deref(), Some("2011-11-13T23:00:00Z"));
        let until = |text| last(Cell::Text(text), PARIS).map(|at| at.to_string());
        assert_eq!(until("2011-11-14").as_deref(), Some("2011-11-14T22:59:59.999999Z"));
        assert_eq!(until("2011-11-14 12:00:00").as_deref(), Some("2011-11-14T11:00:00Z"));
        assert!(at(Cell::Text("9999-12-31")).is_some() && at(Cell::Text("2011-02-30")).is_none() && at(Cell::Text("soon")).is_none());
    }

    #[test]
    fn the_fast_way_and_the_general_way_agree() {
        for text in ["2011-11-14T09:00:00Z", "2011-11-14 09:00:00.123456", "2011-07-14T09:00:00+02:00", "2024-02-29 23:59:59"] {
            assert_eq!(iso(text.as_bytes(), PARIS), Timestamp::parse(text, PARIS), "{text}");
        }
    }

    #[test]
    fn plausible_whole_numbers_are_unix_times() {
        for number in [1_321_261_200, 1_321_261_200_000, 1_321_261_200_000_000] {
            assert_eq!(instant(Cell::Int(number), PARIS).map(|at| at.to_string()).as_deref(), Some("2011-11-14T09:00:00Z"));
        }
        assert_eq!(instant(Cell::Int(20_111_114), PARIS), None);
        assert_eq!(instant(Cell::Local(i64::MAX), PARIS), None);
        assert_eq!(instant(Cell::Local(1_321_261_200_000_000), PARIS), Some(Timestamp(1_321_257_600_000_000)));
    }

    #[test]
    fn days_are_real_days() {
        let cases = [
            ("2011-02-28", true),
            ("28/02/2011", true),
            ("2011-02-30", false),
            ("31/04/2011", false),
            ("02/2011", false),
            ("2011-2-3", true),
        ];
        for (text, good) in cases {
            assert_eq!(day(Cell::Text(text), PARIS).is_some(), good, "{text}");
        }
    }

    #[test]
    fn a_month_ends_on_its_last_day() {
        let cases = [
            ("02/24", Some("2024-02-29")),
            ("12/2026", Some("2026-12-31")),
            ("2026-11", Some("2026-11-30")),
            ("2026-11-05", Some("2026-11-05")),
            ("05/11/2026", Some("2026-11-05")),
            ("13/26", None),
            ("never", None),
        ];
        for (text, expected) in cases {
            assert_eq!(last_day(Cell::Text(text), PARIS).map(|day| day.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn numbers_follow_the_decimal_mark() {
        assert_eq!(number(Cell::Text("12,5"), ','), Some(12.5));
        assert_eq!(number(Cell::Text("12,5"), '.'), None);
        assert_eq!(number(Cell::Text("12.5"), ','), None);
        assert_eq!(number(Cell::Text("inf"), '.'), None);
        assert_eq!(whole(Cell::Text("3.0"), '.'), Some(3));
        assert_eq!(whole(Cell::Text("3.5"), '.'), None);
        assert_eq!(whole(Cell::Float(1e300), '.'), None);
    }

    #[test]
    fn amounts_are_the_same_from_every_type() {
        let euro = Currency::parse("EUR").expect("a code");
        let cells =
            [Cell::Text("12.90"), Cell::Float(12.9), Cell::Decimal { unscaled: 1290, scale: 2 }, Cell::Decimal { unscaled: 129, scale: 1 }];
        for cell in cells {
            assert_eq!(money(cell, '.', euro).map(|money| money.minor), Some(1290), "{cell:?}");
        }
        assert_eq!(money(Cell::Text("12,90"), ',', euro).map(|money| money.minor), Some(1290));
        assert_eq!(money(Cell::Int(i64::MAX), '.', euro), None);
    }

    #[test]
    fn yes_and_no_are_said_in_two_languages() {
        for text in ["yes", "OUI", "true", "Vrai", "1", " on "] {
            assert_eq!(boolean(Cell::Text(text)), Some(true), "{text}");
        }
        for text in ["no", "Non", "FALSE", "0", "off"] {
            assert_eq!(boolean(Cell::Text(text)), Some(false), "{text}");
        }
        assert_eq!(boolean(Cell::Text("maybe")), None);
        assert_eq!(boolean(Cell::Int(2)), None);
    }
}
