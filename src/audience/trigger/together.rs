//! Several products at one time: each is a cause of its own, and one mail tells of all that no mail has told yet.

use super::{Asked, Cause};
use crate::clock::Timestamp;
use crate::id::{ProductId, ProductIx};
use crate::profile::Person;

/// Products that one mail is about, at most.
pub(super) const PRODUCTS_MAX: usize = 12;

/// A product to tell of.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) product: ProductIx,
    /// The instant that steps are counted from.
    pub(super) at: Timestamp,
    pub(super) key: String,
    /// A mail about it after this instant told it already.
    pub(super) untold_since: Timestamp,
    /// When it makes no sense any more.
    pub(super) until: Option<Timestamp>,
}

/// Names a product at an instant, in an edition.
pub(super) fn key_of(person: &Person<'_>, product: ProductIx, at: Timestamp) -> String {
    format!("{}@{at}", person.catalogue.product(product).id)
}

/// Makes a cause of each product, the latest first; what was told beside another one is left out.
pub(super) fn together(asked: &Asked<'_>, mut all: Vec<Told>) -> Vec<Cause> {
    let now = asked.now().at;
    all.sort_by(|a, b| b.at.cmp(&a.at).then(a.product.cmp(&b.product)));
    let cause = |one: &Told| {
        let beside = |other: &&Told| other.product != one.product && other.at <= now && !was_told_otherwise(asked, other, &one.key);
        let others = all.iter().filter(beside).map(|other| other.product);
        let products = std::iter::once(one.product).chain(others).take(PRODUCTS_MAX).collect();
        let is_new = !was_told_otherwise(asked, one, &one.key);
        is_new.then(|| Cause { until: one.until, products, ..Cause::new(one.at, one.key.as_str()) })
    };
    all.iter().filter_map(cause).collect()
}

/// Says whether a mail of another name told of the product: beside another one, or at an earlier change.
fn was_told_otherwise(asked: &Asked<'_>, one: &Told, key: &str) -> bool {
    let id = &asked.person.catalogue.product(one.product).id;
    let tells = |named: &str, shown: &[ProductId]| {
        named != key && (shown.contains(id) || named.rsplit_once('@').is_some_and(|(named, _)| named == id.as_str()))
    };
    let mut mails = asked.past.iter().filter(|past| past.campaign == asked.campaign.name && past.at >= one.untold_since);
    mails.any(|past| past.edition.as_str().split_once('/').is_some_and(|(_, named)| tells(named, &past.products)))
}
