//! The limits of a mail as a whole: how much of it is personal, and how long what it says stays true.

use std::collections::BTreeMap;

use super::block::{Blocks, Reach};
use super::composition::{Composition, Filling};
use super::stock::Stock;
use crate::audience::Checked;
use crate::audience::history::Past;
use crate::clock::{Span, Timestamp};
use crate::id::{BlockName, ProductIx, SlotName};
use crate::profile::Person;
use crate::project::checked::{Campaign, Cap};
use crate::project::content::{Ends, Level};

/// How many personal blocks a person may still be shown, by the cap that leaves the fewest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    cap: Cap,
    n_shown: u32,
}

impl Room {
    /// Counts what was shown in the windows of the caps; none of a compulsory mail, which no cap is for.
    pub(super) fn of(caps: &[Cap], campaign: &Campaign, person: &Person<'_>, past: &[Past]) -> Option<Self> {
        let (zone, now) = (person.zone(), person.reading.now.at);
        let n_shown = |cap: &Cap| {
            let since = cap.since(now, zone);
            let counted = past.iter().filter(|past| !past.compulsory && past.at > since);
            counted.map(|past| past.n_personal_blocks).fold(0, u32::saturating_add)
        };
        let rooms = caps.iter().filter(|_| !campaign.spec.compulsory).map(|cap| Self { cap: *cap, n_shown: n_shown(cap) });
        rooms.min_by_key(|room| room.left())
    }

    fn left(self) -> u32 {
        self.cap.n.saturating_sub(self.n_shown)
    }

    /// Says how it stands, for `explain`.
    pub(super) fn checked(self) -> Checked {
        let value = format!("{} shown before, {} left for this mail", self.n_shown, self.left());
        Checked { what: format!("personal blocks {}", self.cap), passed: self.left() > 0, value }
    }
}

/// Returns the level of a personal block.
pub(super) fn personal_level(filling: &Filling) -> Option<Level> {
    match filling {
        Filling::Block(choice) if choice.level > Level::General => Some(choice.level),
        _ => None,
    }
}

/// Sends the least important personal blocks back to the general one when there are too many of them in this mail or over all
/// campaigns, or too few slots that are the same for all. Returns those that the caps over all campaigns sent back.
pub(super) fn limit_personal(
    campaign: &Campaign,
    room: Option<&Room>,
    candidates: &Blocks,
    person: &Person<'_>,
    stock: Stock<'_>,
    slots: &mut BTreeMap<SlotName, Filling>,
) -> Vec<BlockName> {
    let mut capped = Vec::new();
    let mut blocks: Vec<(Level, SlotName)> =
        slots.iter().filter_map(|(name, filling)| Some((personal_level(filling)?, name.clone()))).collect();
    blocks.sort();
    // What was left out for want of room is there for nobody.
    let n_same = slots.values().filter(|filling| is_same_for_all(filling) && is_there(filling)).count();
    let n_owed = campaign.spec.min_unpersonalised_slots.saturating_sub(n_same);
    let n_over = campaign.spec.max_personalised_blocks.map_or(0, |max| blocks.len().saturating_sub(max));
    let n_over_caps = room.map_or(0, |room| blocks.len().saturating_sub(room.left() as usize));
    let n_of_mail = n_over.max(n_owed);
    for (at, (_, name)) in blocks.into_iter().take(n_of_mail.max(n_over_caps)).enumerate() {
        if let Some(mut general) = candidates.choose(&name, person, stock, Reach::UpTo(Level::General)) {
            let cap = room.filter(|_| at >= n_of_mail).map(|room| room.cap);
            general.because = cap
                .map_or_else(|| "few enough personal blocks in this mail".to_owned(), |cap| format!("no more personal blocks than {cap}"));
            if let (Some(Filling::Block(before)), Some(_)) = (slots.insert(name, Filling::Block(general)), cap) {
                capped.push(before.block);
            }
        }
    }
    capped
}

fn is_there(filling: &Filling) -> bool {
    match filling {
        Filling::Products { picks, .. } => !picks.is_empty(),
        Filling::Categories { items } => !items.is_empty(),
        Filling::Block(_) | Filling::Cart { .. } | Filling::Subject { .. } => true,
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

/// Returns the last instant at which all that a mail shows is still for sale, at prices that still hold, and its offer still runs; `None` when
/// nothing ends.
pub(super) fn ends_at(composition: &Composition, person: &Person<'_>) -> Option<Timestamp> {
    let offer = composition.offer.iter().filter_map(|offer| offer.until?.succ_opt());
    let offer = offer.map(|next| Timestamp::start_of_day(next, person.reading.now.zone).minus(Span(1)));
    let products = composition.slots.values().flat_map(products);
    let of_product = |product| [person.catalogue.product(product).available_until, person.own_price_ends_at(product)];
    products.flat_map(of_product).flatten().chain(offer).min()
}

fn products(filling: &Filling) -> Vec<ProductIx> {
    match filling {
        Filling::Block(choice) => choice.product.into_iter().collect(),
        Filling::Products { picks, .. } => picks.iter().map(|pick| pick.ix).collect(),
        Filling::Cart { lines, .. } => lines.iter().map(|line| line.product).collect(),
        Filling::Categories { .. } | Filling::Subject { .. } => Vec::new(),
    }
}
