//! What is popular where people live: in a town, else in its region, else in the country.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fade::Fade;
use super::foremost::strongest;
use super::lines::Interactions;
use super::popular::Popular;
use crate::catalogue::Neighbour;
use crate::condition::topic_slug;
use crate::id::{ProductIx, stable_hash};
use crate::profile::Contact;

/// Hashes of the places of a person, the narrowest first; 0 where none is known.
pub type Places = [u64; 3];

/// Half-life in days.
const LOCAL_DAYS: i64 = 30;
/// Buyers under which a place says nothing, so that nobody's purchases are seen in it.
const BUYERS_MIN: usize = 50;
/// Decayed lines at which a place counts as much as the whole shop.
const SHOP_LINES: f32 = 200.0;
/// Places that are looked at, those with most buyers.
const PLACES_MAX: usize = 2_000;
/// Products proposed in one place.
const OF_PLACE_MAX: usize = 50;

/// What is popular in each place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Local {
    of: BTreeMap<u64, Vec<Neighbour>>,
}

/// Returns where a contact lives: town, region (the first two signs of the postcode), country.
pub fn places(contact: &Contact) -> Places {
    let slug = |text: Option<&str>| text.map(topic_slug).filter(|slug| !slug.is_empty());
    let country = slug(contact.country.as_deref());
    let named =
        |kind: &str, name: Option<String>| name.map_or(0, |name| stable_hash(&[kind, country.as_deref().unwrap_or_default(), &name]));
    let region: Option<String> = contact.postcode.as_deref().map(|code| code.trim().chars().take(2).collect());
    [named("town", slug(contact.city.as_deref())), named("region", slug(region.as_deref())), named("country", country.clone())]
}

impl Local {
    /// Learns from orders as they weigh at the start of the day `today`; `places` are those of people, by
    /// position; a product that fewer than `support` people of a place bought is not known there.
    pub(super) fn train(table: &Interactions, places: &[Places], today: i32, popular: &Popular, support: u32) -> Self {
        let mut buyers: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (places, who) in places.iter().zip(0_u32..).take(table.n_people()).filter(|(_, who)| !table.of(*who as usize).is_empty()) {
            places.iter().filter(|place| **place != 0).for_each(|place| buyers.entry(*place).or_default().push(who));
        }
        buyers.retain(|_, who| who.len() >= BUYERS_MIN);
        // A place where everybody lives is the shop.
        let n_buyers = (0..table.n_people()).filter(|who| !table.of(*who).is_empty()).count();
        let mut largest: Vec<(u64, Vec<u32>)> = buyers.into_iter().filter(|(_, who)| who.len() < n_buyers).collect();
        largest.sort_by_key(|(place, who)| (std::cmp::Reverse(who.len()), *place));
        largest.truncate(PLACES_MAX);
        let fade = Fade::new(LOCAL_DAYS);
        let total: f32 = popular.share.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let of_place = |who: &[u32]| {
            let mut weights: BTreeMap<ProductIx, (f32, u32)> = BTreeMap::new();
            for lines in who.iter().flat_map(|who| table.of(*who as usize).chunk_by(|a, b| a.product == b.product)) {
                let (weight, n_people) = weights.entry(lines[0].product).or_default();
                for line in lines {
                    *weight += fade.of(today.saturating_sub(line.day));
                }
                *n_people += 1;
            }
            let weights = weights.into_iter().filter(|(_, (_, n_people))| *n_people >= support);
            let weights: Vec<(ProductIx, f32)> = weights.map(|(product, (weight, _))| (product, weight)).collect();
            let all: f32 = weights.iter().map(|(_, weight)| weight).sum::<f32>() + SHOP_LINES;
            let score = |(product, weight): (ProductIx, f32)| Neighbour {
                product,
                score: (weight + SHOP_LINES * popular.share[product.at()] / total) / all,
            };
            let mut list = strongest(weights.into_iter().map(score));
            list.truncate(OF_PLACE_MAX);
            list
        };
        Self { of: largest.into_iter().map(|(place, who)| (place, of_place(&who))).collect() }
    }

    /// Returns what is popular in the narrowest place of which enough is known.
    pub(super) fn of(&self, places: &Places) -> &[Neighbour] {
        places.iter().find_map(|place| self.of.get(place)).map_or(&[], Vec::as_slice)
    }
}
