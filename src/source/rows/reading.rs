//! One row being read: typed access to its cells, and why it can be refused.

use std::fmt;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::clock::Timestamp;
use crate::money::{Currency, Money};
use crate::source::FIELD_MAX_BYTES;
use crate::source::cell::{Cell, Fields};
use crate::source::convert;
use crate::source::report::UnknownValues;

/// How the values of one source are written.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Zone of instants without an offset.
    pub zone: Tz,
    /// Currency of amounts without one.
    pub currency: Currency,
    /// Decimal mark of numbers in text.
    pub decimal: char,
}

/// Why a value, or a row, is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says itself in its text below")]
pub enum Why {
    Missing,
    NotANumber,
    NotWhole,
    NotADate,
    NotAnInstant,
    NotYesOrNo,
    NotACurrency,
    NotAStatus,
    NotAnAddress,
    NotAReason,
    ControlCharacter,
    TooLong,
    Negative,
    BelowOne,
    OutOfRange,
    NobodyNamed,
    NotInEncoding,
    NotText,
    NotAnObject,
    RowTooLong,
    WrongWidth { found: usize, expected: usize },
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::NotANumber => "not a number",
            Self::NotWhole => "not a whole number",
            Self::NotADate => "not a date",
            Self::NotAnInstant => "not a date and time",
            Self::NotYesOrNo => "not yes or no",
            Self::NotACurrency => "not a currency code",
            Self::NotAStatus => "not placed, cancelled or returned",
            Self::NotAnAddress => "not an address",
            Self::NotAReason => "not unsubscribed, hard_bounce, complaint or manual",
            Self::ControlCharacter => "contains a control character",
            Self::TooLong => "longer than 1 MiB",
            Self::Negative => "negative",
            Self::BelowOne => "below 1",
            Self::OutOfRange => "out of range",
            Self::NobodyNamed => "neither a visitor nor a contact",
            Self::NotInEncoding => "not valid text in the declared encoding",
            Self::NotText => "bytes that are not text",
            Self::NotAnObject => "not a JSON object",
            Self::RowTooLong => "a row longer than 16 MiB; is a quote never closed?",
            Self::WrongWidth { found, expected } => return write!(f, "{found} fields where the header has {expected}"),
        })
    }
}

/// Which part of a row is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The row as a whole.
    Row,
    /// A position in the record's columns.
    Column(usize),
    /// A position among the row's other columns.
    Extra(usize),
}

/// A row that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// What is at fault.
    pub part: Part,
    /// Why.
    pub why: Why,
}

impl Refusal {
    pub(in crate::source) fn of(column: usize, why: Why) -> Self {
        Self { part: Part::Column(column), why }
    }
}

/// A row being read.
pub struct Reading<'r, 'a, F> {
    pub(in crate::source) fields: &'a F,
    pub(in crate::source) rules: &'r Rules,
    pub(in crate::source) unknown: &'r mut UnknownValues,
}

impl<'a, F: Fields> Reading<'_, 'a, F> {
    /// Returns a text without the spaces around it; an empty one is nothing.
    #[inline]
    pub(super) fn text(&self, column: usize) -> Result<Option<&'a str>, Refusal> {
        if let Some(text) = self.fields.clean_text(column) {
            return Ok(Some(text));
        }
        match self.fields.cell(column) {
            Cell::Text(text) => checked(text, false).map_err(|why| Refusal::of(column, why)),
            _ => Ok(None),
        }
    }

    /// Returns an id or an address: a text without control characters.
    #[inline]
    pub(super) fn id(&self, column: usize) -> Result<Option<&'a str>, Refusal> {
        if let Some(text) = self.fields.clean_text(column) {
            return Ok(Some(text));
        }
        match self.fields.cell(column) {
            Cell::Text(text) => checked(text, true).map_err(|why| Refusal::of(column, why)),
            _ => Ok(None),
        }
    }

    /// Returns an id that must be there.
    pub(super) fn required_id(&self, column: usize) -> Result<&'a str, Refusal> {
        self.id(column)?.ok_or(Refusal::of(column, Why::Missing))
    }

    fn value<T>(&self, column: usize, why: Why, read: impl FnOnce(Cell<'a>) -> Option<T>) -> Result<Option<T>, Refusal> {
        match self.fields.cell(column) {
            Cell::Null => Ok(None),
            Cell::Text(text) if text.trim_ascii().is_empty() => Ok(None),
            cell => read(cell).map(Some).ok_or(Refusal::of(column, why)),
        }
    }

    pub(super) fn instant(&self, column: usize) -> Result<Option<Timestamp>, Refusal> {
        self.value(column, Why::NotAnInstant, |cell| convert::instant(cell, self.rules.zone))
    }

    /// Returns the first instant after what a cell says: after the whole of a day.
    pub(super) fn end(&self, column: usize) -> Result<Option<Timestamp>, Refusal> {
        self.value(column, Why::NotAnInstant, |cell| convert::end(cell, self.rules.zone))
    }

    /// Returns the last instant of what a cell says: of a day its end.
    pub(super) fn last(&self, column: usize) -> Result<Option<Timestamp>, Refusal> {
        self.value(column, Why::NotAnInstant, |cell| convert::last(cell, self.rules.zone))
    }

    pub(super) fn day(&self, column: usize) -> Result<Option<NaiveDate>, Refusal> {
        self.value(column, Why::NotADate, |cell| convert::day(cell, self.rules.zone))
    }

    pub(super) fn last_day(&self, column: usize) -> Result<Option<NaiveDate>, Refusal> {
        self.value(column, Why::NotADate, |cell| convert::last_day(cell, self.rules.zone))
    }

    pub(super) fn whole(&self, column: usize) -> Result<Option<i64>, Refusal> {
        self.value(column, Why::NotWhole, |cell| convert::whole(cell, self.rules.decimal))
    }

    pub(super) fn boolean(&self, column: usize) -> Result<Option<bool>, Refusal> {
        self.value(column, Why::NotYesOrNo, convert::boolean)
    }

    /// Returns a number within `-limit..=limit`.
    pub(super) fn degrees(&self, column: usize, limit: f64) -> Result<Option<f64>, Refusal> {
        match self.value(column, Why::NotANumber, |cell| convert::number(cell, self.rules.decimal))? {
            Some(number) if number.abs() > limit => Err(Refusal::of(column, Why::OutOfRange)),
            number => Ok(number),
        }
    }

    pub(super) fn money(&self, column: usize, currency: Currency) -> Result<Option<Money>, Refusal> {
        self.value(column, Why::NotANumber, |cell| convert::money(cell, self.rules.decimal, currency))
    }

    /// Returns an amount that cannot be below zero.
    pub(super) fn price(&self, column: usize, currency: Currency) -> Result<Option<Money>, Refusal> {
        match self.money(column, currency)? {
            Some(money) if money.minor < 0 => Err(Refusal::of(column, Why::Negative)),
            money => Ok(money),
        }
    }

    /// Returns the row's currency, or the project's.
    pub(super) fn currency(&self, column: usize) -> Result<Currency, Refusal> {
        match self.text(column)? {
            Some(code) => Currency::parse(code).ok_or(Refusal::of(column, Why::NotACurrency)),
            None => Ok(self.rules.currency),
        }
    }

    /// Counts a value the contract lets through without knowing it.
    pub(super) fn count_unknown(&mut self, column: &'static str, value: &str) {
        self.unknown.count(column, value);
    }
}

/// Says whether a text can be used as it is, be it an id or not.
pub(in crate::source) fn clean(text: &str) -> bool {
    checked(text, true).is_ok_and(|kept| kept.is_some_and(|kept| kept.len() == text.len()))
}

/// Refuses NUL and over-long texts, and in ids every control character (they end up in headers and URLs).
fn checked(text: &str, is_id: bool) -> Result<Option<&str>, Why> {
    // Most texts begin and end with a letter or a digit, and need not be decoded to see it.
    let bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let text = if bare(text.as_bytes().first()) && bare(text.as_bytes().last()) { text } else { text.trim() };
    if text.len() > FIELD_MAX_BYTES {
        return Err(Why::TooLong);
    }
    // No early exit, and sixteen bytes at a time: the loop becomes vector instructions.
    let (last_bad, delete) = if is_id { (0x1f, 0x7f) } else { (0, 0) };
    if text.bytes().fold(0, |bad, byte| bad | u8::from(byte <= last_bad) | u8::from(byte == delete)) > 0 {
        return Err(Why::ControlCharacter);
    }
    Ok((!text.is_empty()).then_some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_refused_where_they_could_do_harm() {
        assert_eq!(checked(" a b ", true), Ok(Some("a b")));
        assert_eq!(checked("  ", true), Ok(None));
        assert_eq!(checked("a\nb", false), Ok(Some("a\nb")));
        for id in ["a\nb", "a\0b", "a\u{7f}b"] {
            assert_eq!(checked(id, true), Err(Why::ControlCharacter), "{id:?}");
        }
        assert_eq!(checked("a\0b", false), Err(Why::ControlCharacter));
        assert_eq!(checked(&"x".repeat(FIELD_MAX_BYTES + 1), false), Err(Why::TooLong));
    }
}
