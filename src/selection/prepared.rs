//! What a slot's own words mean in this catalogue: found once, not for each person.

use super::category::Menu;
use crate::catalogue::{Catalogue, Product, TopicIx};
use crate::condition::topic_slug;
use crate::project::checked::Slot;

/// A slot made ready.
#[derive(Debug, Default)]
pub(super) struct Prepared {
    pub(super) menu: Menu,
    /// Category paths allowed, from the widest component; what no product is of is `None`.
    only: Vec<Vec<Option<TopicIx>>>,
}

impl Prepared {
    pub(super) fn of(slot: &Slot, catalogue: &Catalogue) -> Self {
        let path = |path: &String| path.split('>').map(|component| catalogue.topic(&topic_slug(component))).collect();
        Self { menu: Menu::of(&slot.spec.categories, catalogue), only: slot.spec.only_categories.iter().map(path).collect() }
    }

    /// Says whether a product is of a category allowed.
    pub(super) fn allows(&self, product: &Product) -> bool {
        let path = &product.topics[..product.n_categories];
        let under = |wanted: &Vec<Option<TopicIx>>| {
            path.len() >= wanted.len() && path.iter().zip(wanted).all(|(component, wanted)| Some(*component) == *wanted)
        };
        self.only.is_empty() || self.only.iter().any(under)
    }
}
