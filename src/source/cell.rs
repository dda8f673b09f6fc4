//! One value as a format delivers it, and what a row of any format can be asked.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::clock::Timestamp;

/// One value of one row, before the contract gives it a meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing: an absent column, an empty text, a null, a NaN.
    Null,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Int(i64),
    /// A binary floating number, never NaN.
    Float(f64),
    /// `unscaled / 10^scale`.
    Decimal {
        /// All the digits.
        unscaled: i128,
        /// How many of them are decimals; may be negative.
        scale: i8,
    },
    /// Yes or no.
    Bool(bool),
    /// A calendar day.
    Date(NaiveDate),
    /// An instant.
    Instant(Timestamp),
    /// A wall-clock time without a zone: microseconds since 1970-01-01T00:00:00.
    Local(i64),
}

impl<'a> Cell<'a> {
    /// Builds a text cell; an empty text is nothing.
    pub fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Null } else { Self::Text(text) }
    }

    /// Returns the value as people would write it, `None` for nothing.
    pub fn display(self) -> Option<Cow<'a, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Text(text) => Cow::Borrowed(text),
            Self::Int(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(number.to_string()),
            Self::Decimal { unscaled, scale } => Cow::Owned(decimal_text(unscaled, scale)),
            Self::Bool(yes) => Cow::Borrowed(if yes { "true" } else { "false" }),
            Self::Date(date) => Cow::Owned(date.to_string()),
            Self::Instant(at) => Cow::Owned(at.to_string()),
            Self::Local(us) => Cow::Owned(Timestamp(us).utc().naive_utc().to_string()),
        })
    }
}

/// Writes `unscaled / 10^scale` with a `.`.
pub(super) fn decimal_text(unscaled: i128, scale: i8) -> String {
    let Ok(scale @ 1..) = usize::try_from(scale) else {
        return format!("{unscaled}{}", "0".repeat(usize::from(scale.unsigned_abs())));
    };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if unscaled < 0 { "-" } else { "" })
}

/// What a row of any format can be asked. Columns are positions in [`super::Record::COLUMNS`].
pub trait Fields {
    /// Returns the value of one column of the contract.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// Returns the text of a column when it is known to need no trimming and no refusal.
    fn clean_text(&self, column: usize) -> Option<&str> {
        let _ = column;
        None
    }

    /// Returns the columns the contract does not know, by the names their file (or the mapping) gives them.
    fn extras(&self) -> impl Iterator<Item = (&str, Cell<'_>)>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_written_in_full() {
        for (unscaled, scale, text) in [(1290, 2, "12.90"), (-5, 3, "-0.005"), (7, 0, "7"), (7, -2, "700"), (0, 2, "0.00")] {
            assert_eq!(decimal_text(unscaled, scale), text);
        }
    }
}
