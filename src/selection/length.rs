//! How long a mail is, and what is left out of one that would be too long.
//!
//! Length is counted in things to read, which are the same in every language: a block, a menu, a product, a line of the cart, as many times as
//! `length` of the slot says. What is left out is decided before anything is chosen for good: a slot of fewer products is filled anew, so that
//! its rules and the probabilities of what is drawn hold for the places it has.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::composition::Filling;
use crate::id::{BlockName, SlotName};
use crate::project::campaign::{Fill, SlotSpec};
use crate::project::checked::{Campaign, Slot};

/// How long a mail is, in things to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Length {
    /// Things to read of this mail.
    pub things: u32,
    /// Most that a mail of its campaign has.
    pub max: u32,
    /// Things that it would have had.
    pub whole: u32,
    /// What was left out, first what went first.
    pub left_out: Vec<LeftOut>,
}

/// What a mail does without because it would be too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The slot that is left out or shortened.
    pub slot: SlotName,
    /// The block, of a slot that shows one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<BlockName>,
    /// Products left out of it; 1 of a block or a menu.
    pub n: usize,
    /// Of so many.
    pub of: usize,
    /// The priority of the slot, the lowest of those that something could still be left out of.
    pub priority: i32,
}

impl LeftOut {
    /// Names it: `more-guide of more`, `2 of 7 products of picks`, `menu`.
    pub fn what(&self) -> String {
        match &self.block {
            Some(block) => format!("{block} of `{}`", self.slot),
            None if self.of > 1 || self.n < self.of => format!("{} of {} products of `{}`", self.n, self.of, self.slot),
            None => format!("`{}`", self.slot),
        }
    }
}

/// Places of the slots that get fewer than they have, 0 of those that are left out.
pub(super) type Places = BTreeMap<SlotName, usize>;

impl Length {
    /// Measures a mail of which nothing is left out yet; `None` where the campaign does not say how long its mails may be.
    pub(super) fn of(campaign: &Campaign, slots: &BTreeMap<SlotName, Filling>) -> Option<Self> {
        let whole = total(campaign, slots, &Places::new());
        campaign.spec.max_length.map(|max| Self { things: whole, max, whole, left_out: Vec::new() })
    }

    /// Measures a mail again and takes places from its slots when it is too long; says whether it took any, and the mail is to be filled anew.
    ///
    /// Of the slots with a priority the lowest goes first, of equals the one whose name comes last. Products leave by whole rows from the
    /// last, never under `min`. What leaves one slot may come up in another that was short of it, so that one round is not always enough;
    /// each takes places and gives none.
    pub(super) fn shorten(&mut self, campaign: &Campaign, slots: &BTreeMap<SlotName, Filling>, places: &mut Places) -> bool {
        self.things = total(campaign, slots, places);
        let mut over = self.things.saturating_sub(self.max);
        if over == 0 {
            return false;
        }
        let (mut took, rank) = (false, |priority: i32, name: &SlotName| (priority, Reverse(name.clone())));
        let may_shrink = |(name, filling)| {
            let slot: &Slot = campaign.slots.get(name)?;
            Some((slot.spec.priority?, name, slot, filling))
        };
        let mut in_turn: Vec<(i32, &SlotName, &Slot, &Filling)> = slots.iter().filter_map(may_shrink).collect();
        in_turn.sort_by_key(|(priority, name, ..)| rank(*priority, name));
        for (priority, name, slot, filling) in in_turn {
            let of = n_things(campaign, (name, slot), filling, places);
            let left = if over == 0 { of } else { n_left(&slot.spec, of, over) };
            if left == of {
                continue;
            }
            over = over.saturating_sub(slot.spec.length_of(of) - slot.spec.length_of(left));
            took = true;
            places.insert(name.clone(), left);
            if let Some(known) = self.left_out.iter_mut().find(|it| it.slot == *name) {
                known.n = known.of - left;
                continue;
            }
            let block = if let Filling::Block(choice) = filling { Some(choice.block.clone()) } else { None };
            self.left_out.push(LeftOut { slot: name.clone(), block, n: of - left, of, priority });
        }
        self.left_out.sort_by_key(|it| rank(it.priority, &it.slot));
        took
    }
}

/// Counts the things to read of all slots.
fn total(campaign: &Campaign, slots: &BTreeMap<SlotName, Filling>, places: &Places) -> u32 {
    let of = |(name, filling): (&SlotName, &Filling)| {
        campaign.slots.get(name).map_or(0, |slot| slot.spec.length_of(n_things(campaign, (name, slot), filling, places)))
    };
    slots.iter().map(of).fold(0, u32::saturating_add)
}

/// Returns a slot as a mail fills it that has so many places for it; `None` with none.
pub(super) fn shortened(slot: &Slot, places: usize) -> Option<Slot> {
    let mut shorter = (places > 0).then(|| slot.clone())?;
    shorter.spec.count = shorter.spec.count.min(places);
    shorter.spec.min_novel = shorter.spec.min_novel.min(places);
    Some(shorter)
}

/// Returns what a template sees of a slot that is left out; a block is not there at all.
pub(super) fn nothing(slot: &Slot) -> Option<Filling> {
    match slot.spec.fill {
        Fill::Products => Some(Filling::Products { picks: Vec::new(), likeness: None, passed_over: Vec::new() }),
        Fill::Categories => Some(Filling::Categories { items: Vec::new() }),
        Fill::Block | Fill::Cart | Fill::Subject => None,
    }
}

/// Returns how many of the things of a slot stay when a mail is over by so many things to read.
fn n_left(spec: &SlotSpec, of: usize, over: u32) -> usize {
    let over = (over as usize).div_ceil(spec.length_of(1).max(1) as usize);
    let rows = of.saturating_sub(over) / spec.per_row.max(1);
    let least = if spec.stays() { spec.min } else { 0 };
    (rows * spec.per_row).max(least).min(of)
}

/// Counts the things to read of a slot.
///
/// Where a mail draws products by lot, slots of products count for the places they have, filled or not: if what is drawn decided how many
/// places there are, it would not have the probability that is written down.
fn n_things(campaign: &Campaign, (name, slot): (&SlotName, &Slot), filling: &Filling, places: &Places) -> usize {
    match filling {
        Filling::Products { .. } if campaign.slots.values().any(|slot| slot.spec.exploration > 0.0) => {
            places.get(name).map_or(slot.spec.count, |most| slot.spec.count.min(*most))
        }
        Filling::Block(_) | Filling::Subject { .. } => 1,
        Filling::Products { picks, .. } => picks.len(),
        Filling::Categories { items } => usize::from(!items.is_empty()),
        Filling::Cart { lines, .. } => lines.len(),
    }
}
