//! The order of a menu of categories: what the person likes best first, the author's order for the rest.

use serde::Serialize;

use crate::catalogue::{Catalogue, TopicIx};
use crate::condition::topic_slug;
use crate::profile::Person;

/// One entry of a menu.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CategoryChoice {
    /// Name as the author wrote it.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// The person's liking, 0 when nothing is known.
    pub affinity: f64,
}

/// The author's categories, with what they are in the catalogue.
#[derive(Debug, Default)]
pub(super) struct Menu(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    name: String,
    topic: String,
    /// Unknown when no product is of it.
    known: Option<TopicIx>,
}

impl Menu {
    pub(super) fn of(categories: &[String], catalogue: &Catalogue) -> Self {
        let entry = |name: &String| {
            // A path stands for its most precise component.
            let topic = topic_slug(name.rsplit('>').next().unwrap_or(name));
            Entry { name: name.clone(), known: catalogue.topic(&topic), topic }
        };
        Self(categories.iter().map(entry).collect())
    }

    /// Orders the categories for one person; ties keep the author's order.
    pub(super) fn order(&self, count: usize, person: &Person<'_>, may_profile: bool) -> Vec<CategoryChoice> {
        let liking = |entry: &Entry| match entry.known {
            Some(topic) if may_profile => f64::from(person.profile.affinity(topic)),
            _ => 0.0,
        };
        let mut entries: Vec<(f64, &Entry)> = self.0.iter().map(|entry| (liking(entry), entry)).collect();
        entries.sort_by(|a, b| b.0.total_cmp(&a.0));
        entries.truncate(if count == 0 { entries.len() } else { count });
        let choice = |(affinity, entry): (f64, &Entry)| CategoryChoice { name: entry.name.clone(), topic: entry.topic.clone(), affinity };
        entries.into_iter().map(choice).collect()
    }
}
