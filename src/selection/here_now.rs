//! What is fresh, what is near, and what was read: the rules of articles.

use super::filter::Refusal;
use crate::catalogue::{Place, Product};
use crate::clock::Timestamp;
use crate::condition::{distance_km, topic_slug};
use crate::id::ProductIx;
use crate::profile::{Contact, Person};
use crate::project::campaign::SlotMode;
use crate::project::checked::Slot;

/// How much more what is near weighs than what suits everybody.
const NEAR_WEIGHT: f32 = 2.0;
/// What the oldest of a slot still weighs, beside the newest.
const OLDEST_WEIGHT: f32 = 0.5;

/// Returns why a product cannot be shown here and now, if it cannot.
pub(super) fn refusal(slot: &Slot, product: &Product, person: &Person<'_>) -> Option<Refusal> {
    let now = person.reading.now.at;
    if let Some(max_age) = slot.max_age {
        match product.published_at {
            None => return Some(Refusal::Undated),
            Some(at) if at > now => return Some(Refusal::NotPublished),
            Some(at) if now.since(at) > max_age => return Some(Refusal::TooOld(at.date(person.reading.now.zone))),
            Some(_) => {}
        }
    }
    (slot.spec.near_km.is_some() && product.place.is_some() && !is_near(slot, product, person)).then_some(Refusal::Elsewhere)
}

/// Returns when the person read a product within the time that its slot looks back.
pub(super) fn read_at(slot: &Slot, product: ProductIx, person: &Person<'_>) -> Option<Timestamp> {
    let since = person.reading.now.at.minus(slot.not_viewed_within?);
    let recent = person.profile.interests.iter().take_while(|interest| interest.last_at > since);
    recent.filter(|interest| interest.product == product && interest.n_views > 0).map(|interest| interest.last_at).next()
}

/// Weighs a product: what is near comes first, and of two alike the newer.
#[expect(clippy::cast_precision_loss, reason = "a share of an age")]
pub(super) fn weight<'a>(slot: &Slot, product: impl FnOnce() -> &'a Product, person: &Person<'_>) -> f32 {
    if slot.spec.near_km.is_none() && slot.max_age.is_none() {
        return 1.0;
    }
    let product = product();
    let near = if is_near(slot, product, person) { NEAR_WEIGHT } else { 1.0 };
    let fresh = slot.max_age.zip(product.published_at).map_or(1.0, |(max_age, at)| {
        let age = person.reading.now.at.since(at).0.max(0) as f32 / max_age.0.max(1) as f32;
        1.0 - (1.0 - OLDEST_WEIGHT) * age.min(1.0)
    });
    near * fresh
}

/// Says whether a product has a place, and the person lives within the distance of its slot.
pub(super) fn is_near(slot: &Slot, product: &Product, person: &Person<'_>) -> bool {
    // What is the same for all is the same everywhere.
    let km = slot.spec.near_km.filter(|_| slot.spec.mode == SlotMode::Automatic);
    km.zip(product.place.as_ref()).is_some_and(|(km, place)| lives_near(&person.profile.contact, place, km))
}

/// Compares positions where both are known, else postcodes and towns by their names.
fn lives_near(contact: &Contact, place: &Place, km: f64) -> bool {
    if let (Some(here), Some(there)) = (contact.lat.zip(contact.lon), place.at) {
        return distance_km(here, there) <= km;
    }
    let same = |a: &Option<String>, b: &Option<String>| {
        let slugs = [a, b].map(|text| topic_slug(text.as_deref().unwrap_or_default()));
        !slugs[0].is_empty() && slugs[0] == slugs[1]
    };
    same(&contact.postcode, &place.postcode) || same(&contact.city, &place.city)
}
