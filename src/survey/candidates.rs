//! The conditions that a search for segments tries: one a value, a threshold or a topic that enough people have.
//!
//! Only what is dated is asked, and what does not change with what people do (town, language, age): a column of the CRM
//! without a date may hold what happened after the instant at which people are sorted.

use std::collections::BTreeMap;

use crate::condition::{Condition, Field, Schema, Subject as _, Value, compile};
use crate::profile::Person;

/// Fields compared with each of their values.
const TEXTS: [Field; 11] = [
    Field::Lifecycle,
    Field::Device,
    Field::City,
    Field::Country,
    Field::Language,
    Field::Gender,
    Field::FirstSource,
    Field::FirstMedium,
    Field::LastSource,
    Field::LastMedium,
    Field::FavouriteCategory,
];
/// Fields cut at their quartiles.
const NUMBERS: [Field; 10] = [
    Field::Age,
    Field::OrdersCount,
    Field::Spent,
    Field::AverageOrder,
    Field::OrderRhythmDays,
    Field::PriceHigh,
    Field::ViewsCount,
    Field::VisitsCount,
    Field::FavouriteHour,
    Field::CartValue,
];
/// Instants whose distance in days is cut at its quartiles.
const INSTANTS: [Field; 4] = [Field::LastOrderAt, Field::FirstOrderAt, Field::LastEventAt, Field::CreatedAt];
/// Different values of a text field counted; those after are not tried.
const VALUES_MAX: usize = 5_000;
/// Values of one text field tried, the most frequent.
const VALUES_TRIED_MAX: usize = 12;
/// Topics tried, the most frequent.
const TOPICS_TRIED_MAX: usize = 40;
/// Liking from which a topic counts.
const LIKED: f32 = 0.1;
/// Numbers of one field kept to find its quartiles.
const NUMBERS_MAX: usize = 100_000;

/// One condition to try.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// What it looks at: two conditions on one thing are not joined.
    pub about: String,
    /// The condition.
    pub condition: Condition,
}

/// What people have, gathered before conditions are made.
#[derive(Debug, Clone, Default)]
pub struct Gathered {
    texts: BTreeMap<&'static str, BTreeMap<String, u64>>,
    numbers: BTreeMap<(&'static str, bool), Vec<f64>>,
    topics: BTreeMap<String, u64>,
    carts: u64,
}

impl Gathered {
    /// Looks at a person.
    pub fn see(&mut self, person: &Person<'_>) {
        for field in TEXTS {
            let Value::Text(text) = person.field(field) else { continue };
            let values = self.texts.entry(field.info().name).or_default();
            if let Some(n) = values.get_mut(&*text) {
                *n += 1;
            } else if values.len() < VALUES_MAX {
                values.insert(text.into_owned(), 1);
            }
        }
        let now = person.reading.now.at;
        let days = |field: Field| match person.field(field) {
            Value::Instant(at) => Some(now.since(at).in_days().floor()),
            _ => None,
        };
        let number = |field: Field| match person.field(field) {
            Value::Number(number) => Some(number),
            _ => None,
        };
        let all =
            NUMBERS.iter().map(|field| (*field, false, number(*field))).chain(INSTANTS.iter().map(|field| (*field, true, days(*field))));
        for (field, is_age, value) in all {
            let values = self.numbers.entry((field.info().name, is_age)).or_default();
            values.extend(value.filter(|_| values.len() < NUMBERS_MAX));
        }
        for affinity in person.profile.affinities.iter().filter(|affinity| affinity.share > LIKED) {
            *self.topics.entry(person.catalogue.topics[affinity.topic.at()].slug.clone()).or_default() += 1;
        }
        self.carts += u64::from(person.cart().is_some());
    }

    /// Makes the conditions that at least `support` people could meet.
    pub fn conditions(&self, support: u64, schema: &Schema) -> Vec<Candidate> {
        let mut texts: Vec<(String, String)> = Vec::new();
        for (field, values) in &self.texts {
            for value in most_frequent(values, support, VALUES_TRIED_MAX) {
                texts.push(((*field).to_owned(), format!("{field} = '{}'", value.replace('\'', "''"))));
            }
        }
        for ((field, is_age), values) in &self.numbers {
            let asked = if *is_age { format!("days_since({field})") } else { (*field).to_owned() };
            for cut in quartiles(values) {
                texts.push(((*field).to_owned(), format!("{asked} >= {cut}")));
                texts.push(((*field).to_owned(), format!("{asked} < {cut}")));
            }
        }
        for topic in most_frequent(&self.topics, support, TOPICS_TRIED_MAX) {
            texts.push((format!("affinity {topic}"), format!("affinity('{topic}') > {LIKED}")));
        }
        if self.carts >= support {
            texts.push(("cart_open".to_owned(), "cart_open".to_owned()));
        }
        // A text that the language refuses is no condition that anybody could paste.
        let compiled =
            texts.into_iter().filter_map(|(about, text)| Some(Candidate { about, condition: compile(&text, None, schema).ok()? }));
        compiled.collect()
    }
}

/// The most frequent values that enough people have, in order of text.
fn most_frequent(values: &BTreeMap<String, u64>, support: u64, n_max: usize) -> Vec<&str> {
    let mut enough: Vec<(&String, u64)> = values.iter().filter(|(_, n)| **n >= support).map(|(value, n)| (value, *n)).collect();
    enough.sort_by_key(|(value, n)| (std::cmp::Reverse(*n), *value));
    enough.truncate(n_max);
    let mut kept: Vec<&str> = enough.into_iter().map(|(value, _)| value.as_str()).collect();
    kept.sort_unstable();
    kept
}

/// The quartiles of numbers, rounded to something one would write, each once.
fn quartiles(values: &[f64]) -> Vec<String> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut cuts: Vec<String> =
        [1, 2, 3].iter().filter_map(|quarter| sorted.get(sorted.len() * quarter / 4)).map(|cut| written(*cut)).collect();
    cuts.dedup();
    cuts
}

fn written(cut: f64) -> String {
    if cut.abs() >= 10.0 { format!("{:.0}", cut.round()) } else { format!("{}", (cut * 10.0).round() / 10.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_quartiles_that_one_would_write() {
        let values: Vec<f64> = (0..101).map(|n| f64::from(n) * 1.3).collect();
        assert_eq!(quartiles(&values), ["33", "65", "98"]);
        assert_eq!(quartiles(&[2.0; 9]), ["2"]);
        assert_eq!(quartiles(&[]), Vec::<String>::new());
    }
}
