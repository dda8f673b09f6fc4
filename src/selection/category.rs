//! The order of a menu of categories: what the person likes best first, the author's order for the rest.

use serde::Serialize;

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

/// Orders the author's categories for one person; ties keep the author's order.
pub(super) fn order(categories: &[String], count: usize, person: &Person<'_>, may_profile: bool) -> Vec<CategoryChoice> {
    let choice = |name: &String| {
        // A path stands for its most precise component.
        let topic = topic_slug(name.rsplit('>').next().unwrap_or(name));
        let liking = person.catalogue.topic(&topic).map_or(0.0, |topic| f64::from(person.profile.affinity(topic)));
        CategoryChoice { name: name.clone(), topic, affinity: if may_profile { liking } else { 0.0 } }
    };
    let mut choices: Vec<CategoryChoice> = categories.iter().map(choice).collect();
    choices.sort_by(|a, b| b.affinity.total_cmp(&a.affinity));
    choices.truncate(if count == 0 { choices.len() } else { count });
    choices
}
