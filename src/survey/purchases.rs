//! What people bought after an instant, from order lines: what the picks of past mails are judged by.

use hashbrown::HashMap;

use crate::clock::Timestamp;
use crate::id::stable_hash;
use crate::source::record::{OrderLine, OrderStatus};

use super::outcome::Horizon;

/// Products bought within a span, by contact.
#[derive(Debug, Clone, Default)]
pub struct Purchases {
    /// By the hash of a contact's id: when, and the hash of the product's id.
    by_contact: HashMap<u64, Vec<(Timestamp, u64)>>,
}

impl Purchases {
    /// Takes in an order line, when it was placed within the span by somebody.
    pub fn line(&mut self, line: &OrderLine<'_>, horizon: Horizon) {
        let Some(contact) = line.contact_id else { return };
        if line.status == OrderStatus::Placed && line.at > horizon.after && line.at <= horizon.until {
            self.by_contact.entry(person(contact)).or_default().push((line.at, product(line.product_id)));
        }
    }

    /// Takes in what another reader gathered.
    pub fn merge(&mut self, other: Self) {
        for (contact, bought) in other.by_contact {
            self.by_contact.entry(contact).or_default().extend(bought);
        }
    }

    /// Returns what a contact bought within a span, as hashes of products' ids (see [`product`]).
    pub fn within(&self, contact: &str, horizon: Horizon) -> Vec<u64> {
        let all = self.by_contact.get(&person(contact)).map_or(&[][..], Vec::as_slice);
        all.iter().filter(|(at, _)| *at > horizon.after && *at <= horizon.until).map(|(_, product)| *product).collect()
    }
}

/// Returns the hash by which [`Purchases`] knows a product.
pub fn product(id: &str) -> u64 {
    stable_hash(&["product", id])
}

fn person(id: &str) -> u64 {
    stable_hash(&["person", id])
}
