//! The functions of the language: their table, and a checked call.

use crate::clock::Span;

use super::node::Node;
use super::schema::{Type, Use};

/// One line of the table of functions.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// How it is written, arguments named.
    pub signature: &'static str,
    /// Its type.
    pub returns: Type,
    /// Kind of data it looks at, when it is not that of its argument.
    pub data: Option<Use>,
    /// What it says, in one line.
    pub about: &'static str,
}

const fn function(name: &'static str, signature: &'static str, returns: Type, data: Option<Use>, about: &'static str) -> Function {
    Function { name, signature, returns, data, about }
}

/// Every function a condition can call, in the order of the documentation.
pub const FUNCTIONS: &[Function] = &[
    function("affinity", "affinity('topic')", Type::Number, Some(Use::Views), "How much the person likes a topic, 0 to 1."),
    function(
        "bought_within",
        "bought_within('what', '180 days')",
        Type::Bool,
        Some(Use::Orders),
        "Bought it at least once; '*' is anything.",
    ),
    function("viewed_within", "viewed_within('what', '30 days')", Type::Bool, Some(Use::Views), "Looked at it at least once."),
    function("count_bought", "count_bought('what', '180 days')", Type::Number, Some(Use::Orders), "Number of orders with it."),
    function("count_viewed", "count_viewed('what', '30 days')", Type::Number, Some(Use::Views), "Number of views of it."),
    function(
        "count_event",
        "count_event('kind', '30 days')",
        Type::Number,
        Some(Use::Views),
        "Number of events of a kind, e.g. 'cart_add'.",
    ),
    function(
        "count_event_this_month",
        "count_event_this_month('kind')",
        Type::Number,
        Some(Use::Views),
        "Number of events of a kind since the first of the month.",
    ),
    function("count_titles", "count_titles('%pattern%', '30 days')", Type::Number, Some(Use::Views), "Distinct page titles that match."),
    function("searched", "searched('words', '30 days')", Type::Bool, Some(Use::Searches), "Searched for the words."),
    function("days_since", "days_since(field)", Type::Number, None, "Whole days from an instant or date to now."),
    function("days_until", "days_until(field)", Type::Number, None, "Whole days from now to an instant or date."),
    function("is_birthday", "is_birthday()", Type::Bool, Some(Use::Demographics), "Birthday today, or in N days with is_birthday(N)."),
    function("in_segment", "in_segment('name')", Type::Bool, Some(Use::Segments), "The person is in a segment."),
    function("score", "score('name')", Type::Number, Some(Use::Scores), "A score of the person."),
    function(
        "undecided",
        "undecided('name')",
        Type::Bool,
        Some(Use::Scores),
        "A score says neither that the person will nor that they will not.",
    ),
    function("answered", "answered('question', 'value')", Type::Bool, Some(Use::Answers), "Answered this to a question."),
    function("consent", "consent('purpose')", Type::Bool, Some(Use::Consent), "Agreed to a purpose, e.g. 'newsletter'."),
    function(
        "within_km",
        "within_km(48.85, 2.35, 20)",
        Type::Bool,
        Some(Use::Location),
        "Lives at most that far from latitude, longitude.",
    ),
    function("lower", "lower(text)", Type::Text, None, "The text in lower case."),
];

/// Finds a function by name, in any case.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))
}

/// A span as its author wrote it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    pub(super) span: Span,
    pub(super) text: String,
}

/// A topic as its author wrote it, and its slug (`*` for anything).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Topic {
    pub(super) slug: String,
    pub(super) text: String,
}

/// A checked call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Call {
    Affinity(Topic),
    BoughtWithin(Topic, Window),
    ViewedWithin(Topic, Window),
    CountBought(Topic, Window),
    CountViewed(Topic, Window),
    CountEvent(String, Window),
    CountEventThisMonth(String),
    CountTitles(String, Window),
    Searched(String, Window),
    DaysSince(Box<Node>),
    DaysUntil(Box<Node>),
    IsBirthday(u16),
    InSegment(String),
    Score(String),
    Undecided(String),
    Answered(String, String),
    Consent(String),
    WithinKm { lat: f64, lon: f64, km: f64 },
    Lower(Box<Node>),
}

impl Call {
    /// Returns its name in the language.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Affinity(_) => "affinity",
            Self::BoughtWithin(..) => "bought_within",
            Self::ViewedWithin(..) => "viewed_within",
            Self::CountBought(..) => "count_bought",
            Self::CountViewed(..) => "count_viewed",
            Self::CountEvent(..) => "count_event",
            Self::CountEventThisMonth(_) => "count_event_this_month",
            Self::CountTitles(..) => "count_titles",
            Self::Searched(..) => "searched",
            Self::DaysSince(_) => "days_since",
            Self::DaysUntil(_) => "days_until",
            Self::IsBirthday(_) => "is_birthday",
            Self::InSegment(_) => "in_segment",
            Self::Score(_) => "score",
            Self::Undecided(_) => "undecided",
            Self::Answered(..) => "answered",
            Self::Consent(_) => "consent",
            Self::WithinKm { .. } => "within_km",
            Self::Lower(_) => "lower",
        }
    }
}
