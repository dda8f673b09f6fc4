//! The limits of a mail as a whole: how much of it is personal, and how long what it says stays true.

use std::collections::BTreeMap;

use super::block::{Blocks, Reach};
use super::composition::{Composition, Filling};
use super::stock::Stock;
use crate::clock::{Span, Timestamp};
use crate::id::{ProductIx, SlotName};
use crate::profile::Person;
use crate::project::checked::Campaign;
use crate::project::content::{Ends, Level};

/// Sends the least important personal blocks back to the general one when there are too many of them, or too few slots that
/// are the same for all.
pub(super) fn limit_personal(
    campaign: &Campaign,
    candidates: &Blocks,
    person: &Person<'_>,
    stock: Stock<'_>,
    slots: &mut BTreeMap<SlotName, Filling>,
) {
    let personal = |filling: &Filling| match filling {
        Filling::Block(choice) if choice.level > Level::General => Some(choice.level),
        _ => None,
    };
    let mut blocks: Vec<(Level, SlotName)> = slots.iter().filter_map(|(name, filling)| Some((personal(filling)?, name.clone()))).collect();
    blocks.sort();
    let n_same = slots.values().filter(|filling| is_same_for_all(filling)).count();
    let n_owed = campaign.spec.min_unpersonalised_slots.saturating_sub(n_same);
    let n_over = campaign.spec.max_personalised_blocks.map_or(0, |max| blocks.len().saturating_sub(max));
    for (_, name) in blocks.into_iter().take(n_over.max(n_owed)) {
        if let Some(mut general) = candidates.choose(&name, person, stock, Reach::UpTo(Level::General)) {
            "few enough personal blocks in this mail".clone_into(&mut general.because);
            slots.insert(name, Filling::Block(general));
        }
    }
}

/// Says whether a filling rests on nothing about its reader.
pub(super) fn is_same_for_all(filling: &Filling) -> bool {
    match filling {
        Filling::Block(choice) => choice.level == Level::General && choice.ends != Some(Ends::Offer),
        Filling::Products { picks, .. } => picks.iter().all(|pick| !pick.is_personal && !pick.is_near),
        Filling::Categories { items } => items.iter().all(|item| item.affinity == 0.0),
        Filling::Cart { .. } | Filling::Subject { .. } => false,
    }
}

/// Returns the last instant at which all that a mail shows is still for sale and its offer still runs; `None` when nothing ends.
pub(super) fn ends_at(composition: &Composition, person: &Person<'_>) -> Option<Timestamp> {
    let offer = composition.offer.iter().filter_map(|offer| offer.until?.succ_opt());
    let offer = offer.map(|next| Timestamp::start_of_day(next, person.reading.now.zone).minus(Span(1)));
    let products = composition.slots.values().flat_map(products);
    products.filter_map(|product| person.catalogue.product(product).available_until).chain(offer).min()
}

fn products(filling: &Filling) -> Vec<ProductIx> {
    match filling {
        Filling::Block(choice) => choice.product.into_iter().collect(),
        Filling::Products { picks, .. } => picks.iter().map(|pick| pick.ix).collect(),
        Filling::Cart { lines, .. } => lines.iter().map(|line| line.product).collect(),
        Filling::Categories { .. } | Filling::Subject { .. } => Vec::new(),
    }
}
