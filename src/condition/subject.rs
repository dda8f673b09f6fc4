//! What a condition asks, and the shapes of the answers: it knows no profile, only a [`Subject`].

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;

use super::schema::Field;
use crate::clock::{Now, Span, Timestamp};

/// A truth value of Kleene's strong logic, the logic of SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// What is known of the person does not say.
    Unknown,
}

impl Truth {
    /// Returns whether it is `True`: `Unknown` selects nobody.
    pub fn is_true(self) -> bool {
        self == Self::True
    }

    /// Returns `False` if either is, else `Unknown` if either is, else `True`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Returns `True` if either is, else `Unknown` if either is, else `False`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::True, _) | (_, Self::True) => Self::True,
            (Self::False, Self::False) => Self::False,
            _ => Self::Unknown,
        }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;
    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl From<Option<bool>> for Truth {
    fn from(holds: Option<bool>) -> Self {
        holds.map_or(Self::Unknown, Self::from)
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        })
    }
}

/// One thing known of a person, or not known.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Not known: SQL's NULL.
    Unknown,
    /// Yes or no.
    Bool(bool),
    /// A count, a share, an amount in major units.
    Number(f64),
    /// Text as it was written.
    Text(Cow<'a, str>),
    /// A point in time.
    Instant(Timestamp),
    /// A calendar day.
    Date(NaiveDate),
}

impl<'a> Value<'a> {
    /// Wraps a text that may be absent.
    pub fn text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Unknown, |text| Self::Text(Cow::Borrowed(text)))
    }

    /// Wraps a number that may be absent.
    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }

    /// Wraps an instant that may be absent.
    pub fn instant(at: Option<Timestamp>) -> Self {
        at.map_or(Self::Unknown, Self::Instant)
    }

    /// Wraps a date that may be absent.
    pub fn date(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Unknown, Self::Date)
    }
}

/// The person a condition is asked about.
///
/// A `what` is `*` for anything, or a slug made by [`topic_slug`](super::topic_slug): compare it with the slugs of the product's
/// id, of each component of its category path, of its brand and of its tags. A `span` is positive and reaches back from [`now`](Self::now).
pub trait Subject {
    /// Returns the instant and the zone of the question.
    fn now(&self) -> Now;
    /// Returns a field, as the type that [`FIELDS`](super::FIELDS) gives it, or `Unknown`.
    fn field(&self, field: Field) -> Value<'_>;
    /// Returns an extra column of the contact, text or number, or `Unknown`.
    fn attribute(&self, name: &str) -> Value<'_>;
    /// Returns a column of the person's company, as the type that [`ACCOUNT_COLUMNS`](super::ACCOUNT_COLUMNS) gives it, or `Unknown`.
    fn account(&self, column: &str) -> Value<'_>;
    /// Returns where the person lives, as latitude and longitude in degrees.
    fn location(&self) -> Option<(f64, f64)>;
    /// Returns how much the person likes a topic (a slug), 0 to 1.
    fn affinity(&self, topic: &str) -> f64;
    /// Counts the orders that hold a matching product.
    fn count_bought(&self, what: &str, span: Span) -> u64;
    /// Counts the views of matching products.
    fn count_viewed(&self, what: &str, span: Span) -> u64;
    /// Counts the events of a kind, known (`cart_add`) or custom.
    fn count_event(&self, kind: &str, span: Span) -> u64;
    /// Says whether the person searched for these words, in any case.
    fn searched(&self, text: &str, span: Span) -> bool;
    /// Counts the distinct page titles that match a `LIKE` pattern; [`like`](super::like()) matches one.
    fn count_titles(&self, pattern: &str, span: Span) -> u64;
    /// Says whether the person is in a segment.
    fn in_segment(&self, name: &str) -> Truth;
    /// Returns a score of the person.
    fn score(&self, name: &str) -> Option<f64>;
    /// Says whether a score lies in its band of the undecided; `Unknown` without a score.
    fn undecided(&self, name: &str) -> Truth;
    /// Says whether the person answered this to a question; `Unknown` when they did not answer.
    fn answered(&self, question: &str, value: &str) -> Truth;
    /// Says whether the person consented to a purpose; `Unknown` when nothing is recorded.
    fn consent(&self, purpose: &str) -> Truth;
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn the_tables_are_kleenes() {
        let all = [True, False, Unknown];
        let and = [[True, False, Unknown], [False, False, False], [Unknown, False, Unknown]];
        let or = [[True, True, True], [True, False, Unknown], [True, Unknown, Unknown]];
        for (i, a) in all.into_iter().enumerate() {
            for (j, b) in all.into_iter().enumerate() {
                assert_eq!(a.and(b), and[i][j], "{a} and {b}");
                assert_eq!(a.or(b), or[i][j], "{a} or {b}");
                assert_eq!(!a.and(b), (!a).or(!b), "De Morgan");
            }
        }
        assert_eq!([!True, !False, !Unknown], [False, True, Unknown]);
        assert_eq!(Truth::from(None), Unknown);
    }
}
