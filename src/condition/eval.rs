//! Evaluation of a checked condition: no text is parsed, nothing can fail.

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate};

use super::functions::Call;
use super::like::{like, same_text};
use super::node::{Comparison, Node, Operation};
use super::schema::Field;
use super::subject::{Subject, Truth, Value};
use crate::clock::{DAY_US, Now, Span, Timestamp};

/// Mean radius of the earth (IUGG R1).
const EARTH_RADIUS_KM: f64 = 6_371.008_8;

/// Says whether a node holds for a person.
pub(super) fn truth(node: &Node, who: &dyn Subject) -> Truth {
    match node {
        Node::And(terms) => fold(terms, who, Truth::True, Truth::False, Truth::and),
        Node::Or(terms) => fold(terms, who, Truth::False, Truth::True, Truth::or),
        Node::Not(inner) => !truth(inner, who),
        Node::Compare(comparison, left, right) => compare(*comparison, &value(left, who), &value(right, who), who),
        Node::Between { value: of, low, high, negated } => {
            let of = value(of, who);
            let above = compare(Comparison::MoreOrEqual, &of, &value(low, who), who);
            negate_if(*negated, above.and(compare(Comparison::LessOrEqual, &of, &value(high, who), who)))
        }
        Node::In { value: of, list, negated } => {
            let of = value(of, who);
            let mut found = Truth::False;
            for item in list {
                found = found.or(compare(Comparison::Equal, &of, &value(item, who), who));
                if found == Truth::True {
                    break;
                }
            }
            negate_if(*negated, found)
        }
        Node::Like { value: of, pattern, negated } => match value(of, who) {
            Value::Text(text) => negate_if(*negated, like(&text, pattern).into()),
            Value::Number(number) => negate_if(*negated, like(&number.to_string(), pattern).into()),
            _ => Truth::Unknown,
        },
        Node::IsNull { value: of, negated } => ((value(of, who) == Value::Unknown) != *negated).into(),
        Node::Is { value: of, what, negated } => ((truth(of, who) == *what) != *negated).into(),
        Node::Macro(_, rule) => truth(rule, who),
        Node::Call(call) => call_truth(call, who),
        node => match value(node, who) {
            Value::Bool(holds) => holds.into(),
            _ => Truth::Unknown,
        },
    }
}

/// Folds a chain, leaving at the first term that decides it.
fn fold(terms: &[Node], who: &dyn Subject, start: Truth, decisive: Truth, join: fn(Truth, Truth) -> Truth) -> Truth {
    let mut so_far = start;
    for term in terms {
        so_far = join(so_far, truth(term, who));
        if so_far == decisive {
            break;
        }
    }
    so_far
}

fn negate_if(negated: bool, truth: Truth) -> Truth {
    if negated { !truth } else { truth }
}

/// Returns the value of a node for a person.
pub(super) fn value<'a>(node: &'a Node, who: &'a dyn Subject) -> Value<'a> {
    match node {
        Node::Field(field) => who.field(*field),
        Node::Number(number) => Value::Number(*number),
        Node::Text(text) => Value::Text(Cow::Borrowed(text)),
        Node::Date(day) => Value::Date(*day),
        Node::Bool(holds) => Value::Bool(*holds),
        Node::Attribute(name) => who.attribute(name),
        Node::Account(name) => who.account(name),
        Node::Negate(inner) => Value::number(number(inner, who).map(|number| -number)),
        Node::Arithmetic(operation, left, right) => Value::number(arithmetic(*operation, number(left, who), number(right, who))),
        Node::Call(call) => call_value(call, who),
        node => match truth(node, who) {
            Truth::True => Value::Bool(true),
            Truth::False => Value::Bool(false),
            Truth::Unknown => Value::Unknown,
        },
    }
}

fn number(node: &Node, who: &dyn Subject) -> Option<f64> {
    match value(node, who) {
        Value::Number(number) => Some(number),
        Value::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn arithmetic(operation: Operation, left: Option<f64>, right: Option<f64>) -> Option<f64> {
    let (left, right) = (left?, right?);
    let result = match operation {
        Operation::Add => left + right,
        Operation::Subtract => left - right,
        Operation::Multiply => left * right,
        Operation::Divide => left / right,
    };
    result.is_finite().then_some(result)
}

fn compare(comparison: Comparison, left: &Value<'_>, right: &Value<'_>, who: &dyn Subject) -> Truth {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let ordered = !matches!(comparison, Comparison::Equal | Comparison::Different);
    let found = match (left, right) {
        (Value::Text(a), Value::Text(b)) if ordered => number_in(a).zip(number_in(b)).and_then(|(a, b)| a.partial_cmp(&b)),
        (Value::Text(a), Value::Text(b)) => Some(if same_text(a, b) { Equal } else { Less }),
        // An extra column beside another type: its text is read as that type.
        (Value::Text(a), b) => read_as(a, b, who.now()).and_then(|a| order(&a, b, who)),
        (a, Value::Text(b)) => read_as(b, a, who.now()).and_then(|b| order(a, &b, who)),
        (a, b) => order(a, b, who),
    };
    let holds = found.map(|order| match comparison {
        Comparison::Equal => order == Equal,
        Comparison::Different => order != Equal,
        Comparison::Less => order == Less,
        Comparison::LessOrEqual => order != Greater,
        Comparison::More => order == Greater,
        Comparison::MoreOrEqual => order != Less,
    });
    Truth::from(holds)
}

fn number_in(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

/// Orders two values of the same type; an instant beside a day counts as its own day.
fn order(a: &Value<'_>, b: &Value<'_>, who: &dyn Subject) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => Some(a.cmp(b)),
        (Value::Instant(at), Value::Date(day)) => Some(at.date(who.now().zone).cmp(day)),
        (Value::Date(day), Value::Instant(at)) => Some(day.cmp(&at.date(who.now().zone))),
        _ => None,
    }
}

/// Reads the text of an extra column as the type of the value beside it.
fn read_as(text: &str, like: &Value<'_>, now: Now) -> Option<Value<'static>> {
    let text = text.trim();
    match like {
        Value::Number(_) => number_in(text).map(Value::Number),
        Value::Bool(_) => read_bool(text).map(Value::Bool),
        Value::Date(_) | Value::Instant(_) => read_date(text, now),
        _ => None,
    }
}

fn read_date(text: &str, now: Now) -> Option<Value<'static>> {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(day) => Some(Value::Date(day)),
        Err(_) => Timestamp::parse(text, now.zone).map(Value::Instant),
    }
}

fn read_bool(text: &str) -> Option<bool> {
    const YES: [&str; 6] = ["true", "yes", "y", "t", "1", "oui"];
    const NO: [&str; 6] = ["false", "no", "n", "f", "0", "non"];
    let is = |words: [&str; 6]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(YES) { Some(true) } else { is(NO).then_some(false) }
}

fn call_truth(call: &Call, who: &dyn Subject) -> Truth {
    match call {
        Call::BoughtWithin(topic, window) => (who.count_bought(&topic.slug, window.span) > 0).into(),
        Call::ViewedWithin(topic, window) => (who.count_viewed(&topic.slug, window.span) > 0).into(),
        Call::Searched(text, window) => who.searched(text, window.span).into(),
        Call::InSegment(name) => who.in_segment(name),
        Call::Undecided(name) => who.undecided(name),
        Call::Answered(question, value) => who.answered(question, value),
        Call::Consent(purpose) => who.consent(purpose),
        Call::IsBirthday(days) => is_birthday(*days, who).into(),
        Call::WithinKm { lat, lon, km } => who.location().map(|at| distance_km(at, (*lat, *lon)) <= *km).into(),
        _ => Truth::Unknown,
    }
}

fn call_value<'a>(call: &'a Call, who: &'a dyn Subject) -> Value<'a> {
    match call {
        Call::Affinity(topic) => Value::Number(who.affinity(&topic.slug)),
        Call::CountBought(topic, window) => count(who.count_bought(&topic.slug, window.span)),
        Call::CountViewed(topic, window) => count(who.count_viewed(&topic.slug, window.span)),
        Call::CountEvent(kind, window) => count(who.count_event(kind, window.span)),
        Call::CountEventThisMonth(kind) => count(who.count_event(kind, since_month_began(who.now()))),
        Call::CountTitles(pattern, window) => count(who.count_titles(pattern, window.span)),
        Call::Score(name) => Value::number(who.score(name)),
        Call::DaysSince(field) => Value::number(days_since(field, who)),
        Call::DaysUntil(field) => Value::number(days_until(field, who)),
        Call::Lower(inner) => match value(inner, who) {
            Value::Text(text) => Value::Text(Cow::Owned(text.to_lowercase())),
            other => other,
        },
        call => match call_truth(call, who) {
            Truth::True => Value::Bool(true),
            Truth::False => Value::Bool(false),
            Truth::Unknown => Value::Unknown,
        },
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(n: u64) -> Value<'static> {
    Value::Number(n as f64)
}

/// Whole days from a field to now: 24-hour days, rounded down, for an instant; calendar days for a date.
fn days_since(field: &Node, who: &dyn Subject) -> Option<f64> {
    let now = who.now();
    match dated(field, who, now)? {
        Value::Instant(at) => Some(whole_days(now.at.since(at).0)),
        Value::Date(day) => Some(calendar_days(day, now.today())),
        _ => None,
    }
}

/// Whole days from now to a field, by the same rules.
fn days_until(field: &Node, who: &dyn Subject) -> Option<f64> {
    let now = who.now();
    match dated(field, who, now)? {
        Value::Instant(at) => Some(whole_days(at.since(now.at).0)),
        Value::Date(day) => Some(calendar_days(now.today(), day)),
        _ => None,
    }
}

fn dated<'a>(field: &'a Node, who: &'a dyn Subject, now: Now) -> Option<Value<'a>> {
    match value(field, who) {
        Value::Text(text) => read_date(text.trim(), now),
        known => Some(known),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a number of days stays far below 2^53")]
fn whole_days(span_us: i64) -> f64 {
    span_us.div_euclid(DAY_US) as f64
}

#[expect(clippy::cast_precision_loss, reason = "a number of days stays far below 2^53")]
fn calendar_days(from: NaiveDate, to: NaiveDate) -> f64 {
    to.signed_duration_since(from).num_days() as f64
}

/// Says whether the birthday is in exactly `days` days; who was born on 29 February has it on the 28th in common years.
/// Returns the time since the first of the month at midnight, in the zone of the question.
fn since_month_began(now: Now) -> Span {
    let first = now.today().with_day(1).unwrap_or_else(|| now.today());
    // What happened at that very instant counts.
    Span(now.at.since(Timestamp::start_of_day(first, now.zone)).0 + 1)
}

fn is_birthday(days: u16, who: &dyn Subject) -> Option<bool> {
    let Value::Date(born) = who.field(Field::Birthday) else { return None };
    let day = who.now().today().checked_add_days(chrono::Days::new(days.into()))?;
    let feast = born.with_year(day.year()).or_else(|| NaiveDate::from_ymd_opt(day.year(), 2, 28))?;
    Some(feast == day)
}

/// Great-circle distance between two points given as latitude and longitude in degrees (haversine formula).
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = ((lat_b - lat_a) / 2.0).sin();
    let half_lon = ((b.1 - a.1).to_radians() / 2.0).sin();
    let chord = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    2.0 * EARTH_RADIUS_KM * chord.clamp(0.0, 1.0).sqrt().asin()
}

#[cfg(test)]
mod tests {
    use super::distance_km;

    #[test]
    fn paris_is_where_it_is() {
        let (paris, lille) = ((48.8566, 2.3522), (50.6292, 3.0573));
        assert!((distance_km(paris, lille) - 203.9).abs() < 1.0, "{}", distance_km(paris, lille));
        assert!(distance_km(paris, paris) < 1e-9);
        assert!((distance_km((0.0, 179.0), (0.0, -179.0)) - 222.4).abs() < 0.5, "across the date line");
    }
}
