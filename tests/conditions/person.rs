//! A person made by hand, and the names the tests' project knows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use relance::clock::{Now, Span, Timestamp};
use relance::condition::{Condition, Field, Schema, ScoreState, Subject, Truth, Value, compile, like, topic_slug};

/// The instant of every test: a Wednesday morning in Paris.
pub fn now() -> Now {
    Now { at: Timestamp::parse("2011-11-16T09:00:00Z", chrono_tz::UTC).unwrap(), zone: chrono_tz::Europe::Paris }
}

pub fn schema() -> Schema {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    Schema {
        segments: set(&["active", "lapsed", "runners"]),
        scores: [("propensity".to_owned(), ScoreState::default())].into(),
        attributes: Some(set(&["size", "vip", "renewed on", "seats"])),
        account_attributes: Some(set(&["region"])),
        topics: Some(set(&["mode-ethique", "bio", "tea"])),
    }
}

pub fn parsed(text: &str) -> Condition {
    compile(text, None, &schema()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// What happened: kind, what it was about, days ago.
type Act = (&'static str, String, i64);

#[derive(Default)]
pub struct Person {
    fields: BTreeMap<Field, Value<'static>>,
    attributes: BTreeMap<String, Value<'static>>,
    affinities: BTreeMap<String, f64>,
    acts: Vec<Act>,
    at: Option<(f64, f64)>,
    segments: BTreeMap<String, Truth>,
    scores: BTreeMap<String, f64>,
    answers: BTreeMap<String, String>,
    consents: BTreeMap<String, bool>,
}

impl Person {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn is(mut self, field: &str, value: impl Into<Known>) -> Self {
        self.fields.insert(Field::find(field).unwrap(), value.into().0);
        self
    }
    pub fn has(mut self, attribute: &str, value: impl Into<Known>) -> Self {
        self.attributes.insert(attribute.to_owned(), value.into().0);
        self
    }
    pub fn likes(mut self, topic: &str, how_much: f64) -> Self {
        self.affinities.insert(topic_slug(topic), how_much);
        self
    }
    pub fn bought(self, what: &str, days_ago: i64) -> Self {
        self.did("purchase", &topic_slug(what), days_ago)
    }
    pub fn viewed(self, what: &str, days_ago: i64) -> Self {
        self.did("view", &topic_slug(what), days_ago)
    }
    pub fn read(self, title: &str, days_ago: i64) -> Self {
        self.did("title", title, days_ago)
    }
    pub fn did(mut self, kind: &'static str, what: &str, days_ago: i64) -> Self {
        self.acts.push((kind, what.to_owned(), days_ago));
        self
    }
    pub fn lives(mut self, lat: f64, lon: f64) -> Self {
        self.at = Some((lat, lon));
        self
    }
    pub fn in_segment(mut self, name: &str, truth: Truth) -> Self {
        self.segments.insert(name.to_owned(), truth);
        self
    }
    pub fn scored(mut self, name: &str, score: f64) -> Self {
        self.scores.insert(name.to_owned(), score);
        self
    }
    pub fn answers(mut self, question: &str, value: &str) -> Self {
        self.answers.insert(question.to_owned(), value.to_owned());
        self
    }
    pub fn consents(mut self, purpose: &str, given: bool) -> Self {
        self.consents.insert(purpose.to_owned(), given);
        self
    }
    fn acts(&self, kind: &str, span: Span) -> impl Iterator<Item = &str> {
        self.acts.iter().filter(move |act| act.0 == kind && Span::days(act.2) <= span).map(|act| act.1.as_str())
    }
    fn count(&self, kind: &str, what: &str, span: Span) -> u64 {
        self.acts(kind, span).filter(|known| what == "*" || *known == what).count() as u64
    }
}

/// A value in the shape a test writes it.
pub struct Known(Value<'static>);

impl From<&str> for Known {
    fn from(text: &str) -> Self {
        let value = match (text.parse::<NaiveDate>(), Timestamp::parse(text, chrono_tz::UTC)) {
            (Ok(day), _) => Value::Date(day),
            (_, Some(at)) => Value::Instant(at),
            _ => Value::Text(text.to_owned().into()),
        };
        Self(value)
    }
}
impl From<f64> for Known {
    fn from(number: f64) -> Self {
        Self(Value::Number(number))
    }
}
impl From<bool> for Known {
    fn from(holds: bool) -> Self {
        Self(Value::Bool(holds))
    }
}
impl From<Value<'static>> for Known {
    fn from(value: Value<'static>) -> Self {
        Self(value)
    }
}

impl Subject for Person {
    fn now(&self) -> Now {
        now()
    }
    fn field(&self, field: Field) -> Value<'_> {
        self.fields.get(&field).cloned().unwrap_or(Value::Unknown)
    }
    fn attribute(&self, name: &str) -> Value<'_> {
        self.attributes.get(name).cloned().unwrap_or(Value::Unknown)
    }
    fn account(&self, name: &str) -> Value<'_> {
        self.attributes.get(&format!("account.{name}")).cloned().unwrap_or(Value::Unknown)
    }
    fn location(&self) -> Option<(f64, f64)> {
        self.at
    }
    fn affinity(&self, topic: &str) -> f64 {
        self.affinities.get(topic).copied().unwrap_or(0.0)
    }
    fn count_bought(&self, what: &str, span: Span) -> u64 {
        self.count("purchase", what, span)
    }
    fn count_viewed(&self, what: &str, span: Span) -> u64 {
        self.count("view", what, span)
    }
    fn count_event(&self, kind: &str, span: Span) -> u64 {
        self.acts(kind, span).count() as u64
    }
    fn searched(&self, text: &str, span: Span) -> bool {
        self.acts("search", span).any(|query| query.eq_ignore_ascii_case(text))
    }
    fn count_titles(&self, pattern: &str, span: Span) -> u64 {
        self.acts("title", span).filter(|title| like(title, pattern)).collect::<BTreeSet<_>>().len() as u64
    }
    fn in_segment(&self, name: &str) -> Truth {
        self.segments.get(name).copied().unwrap_or(Truth::False)
    }
    fn score(&self, name: &str) -> Option<f64> {
        self.scores.get(name).copied()
    }
    fn undecided(&self, name: &str) -> Truth {
        self.scores.get(name).map(|score| (0.2..=0.6).contains(score)).into()
    }
    fn answered(&self, question: &str, value: &str) -> Truth {
        self.answers.get(question).map(|known| known == value).into()
    }
    fn consent(&self, purpose: &str) -> Truth {
        self.consents.get(purpose).copied().into()
    }
}
