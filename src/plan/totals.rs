//! The totals of a plan, and what changed since the previous edition.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bubble::Impressions;
use super::decision::Decision;
use super::variety::Variety;
use crate::audience::Reason;
use crate::money::Currency;
use crate::selection::{Composition, Filling};

/// Details kept apart under one reason; the rest are added up as `other`.
const DETAILS_MAX: usize = 12;

/// Counts of everything a plan decided; they add up to the number of contacts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Contacts looked at.
    pub contacts: u64,
    /// Mails to send.
    pub planned: u64,
    /// Of these, mails that wait for the hours of their recipient.
    #[serde(default)]
    pub later: u64,
    /// Contacts without a mail, by reason.
    pub skipped: BTreeMap<Reason, u64>,
    /// The rule or value behind each reason.
    pub details: BTreeMap<Reason, BTreeMap<String, u64>>,
    /// For each slot, what fills it: block names, strategies of picks.
    pub slots: BTreeMap<String, BTreeMap<String, u64>>,
    /// Blocks shown per level.
    pub levels: BTreeMap<String, u64>,
    /// Mails per step of a sequence.
    pub steps: BTreeMap<String, u64>,
    /// Mails per offer.
    pub offers: BTreeMap<String, u64>,
    /// People per arm, of those who came as far as the holdout.
    #[serde(default)]
    pub arms: BTreeMap<String, u64>,
    /// For each slot of products, how varied its picks are.
    #[serde(default)]
    pub variety: BTreeMap<String, Variety>,
    /// Products for sale at the instant of the plan.
    #[serde(default)]
    pub for_sale: u64,
    /// What the offers of the plan cost, by offer.
    #[serde(default)]
    pub money: BTreeMap<String, OfferMoney>,
    /// The currency of that money.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// How much of what is known the mails follow, and let their readers see.
    #[serde(default)]
    pub exposure: Exposure,
    /// How often each product is shown; it is not kept with the totals.
    #[serde(skip)]
    pub impressions: Impressions,
}

/// What an offer costs at most, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferMoney {
    /// In the mails that carry it.
    pub exposed: i64,
    /// In the mails of its step that carry none, if they carried it.
    pub saved: i64,
    /// Of the mails that carry it, those whose cost cannot be counted.
    pub uncounted: u64,
}

/// How much of what is known the mails of a plan follow and show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Mails in which something follows the reader.
    pub personal: u64,
    /// Picks.
    pub picks: u64,
    /// Picks that follow the reader.
    pub personal_picks: u64,
    /// Points of all mails.
    pub points: u64,
    /// Points of the mail that has most.
    pub most: u32,
    /// Mails that use nine tenths of their budget or more.
    pub near: u64,
    /// Mails over their budget whatever was dropped.
    pub over: u64,
    /// Blocks dropped for the budget, by name.
    pub dropped: BTreeMap<String, u64>,
    /// Blocks dropped for `personal_blocks`, the caps over all campaigns, by name.
    #[serde(default)]
    pub capped: BTreeMap<String, u64>,
    /// Mails that would have been longer than their campaign allows.
    #[serde(default)]
    pub shortened: u64,
    /// Of those, mails by the slot that is left out or has fewer things.
    #[serde(default)]
    pub left_out: BTreeMap<String, u64>,
}

impl Exposure {
    fn add(&mut self, composition: &Composition) {
        self.personal += u64::from(composition.is_personal());
        for filling in composition.slots.values() {
            let Filling::Products { picks, .. } = filling else { continue };
            self.picks += picks.len() as u64;
            self.personal_picks += picks.iter().filter(|pick| pick.is_personal).count() as u64;
        }
        let intrusion = &composition.intrusion;
        self.points += u64::from(intrusion.points);
        self.most = self.most.max(intrusion.points);
        self.over += u64::from(intrusion.is_over());
        self.near += u64::from(intrusion.budget.is_some_and(|budget| u64::from(intrusion.points) * 10 >= u64::from(budget) * 9));
        for dropped in &intrusion.dropped {
            *self.dropped.entry(dropped.block.to_string()).or_default() += 1;
        }
        for block in &composition.capped {
            count(&mut self.capped, block.as_str());
        }
        let left_out = composition.length.as_ref().map_or(&[][..], |length| &length.left_out);
        self.shortened += u64::from(!left_out.is_empty());
        for left_out in left_out {
            count(&mut self.left_out, left_out.slot.as_str());
        }
    }
}

impl Totals {
    /// Counts one decision, and the arm of a person who came as far as the draw.
    pub fn add(&mut self, decision: &Decision, arm: Option<&str>) {
        self.contacts += 1;
        if let Some(arm) = arm {
            count(&mut self.arms, arm);
        }
        match decision {
            Decision::Skipped(skip) => {
                *self.skipped.entry(skip.reason).or_default() += 1;
                let details = self.details.entry(skip.reason).or_default();
                match details.get_mut(&*skip.detail) {
                    Some(n) => *n += 1,
                    None => count(details, if details.len() < DETAILS_MAX { &skip.detail } else { "other" }),
                }
            }
            Decision::Admitted(admission) => {
                self.planned += 1;
                self.later += u64::from(admission.occasion.not_before.is_some());
                self.exposure.add(&admission.composition);
                if let Some(step) = &admission.occasion.step {
                    count(&mut self.steps, step);
                }
                if let Some(offer) = &admission.composition.offer {
                    count(&mut self.offers, &offer.name);
                    let money = self.money.entry(offer.name.clone()).or_default();
                    money.exposed = money.exposed.saturating_add(offer.cost.map_or(0, |cost| cost.minor));
                    money.uncounted += u64::from(offer.cost.is_none());
                }
                if let Some((name, cost)) = &admission.composition.not_given {
                    let money = self.money.entry(name.clone()).or_default();
                    money.saved = money.saved.saturating_add(cost.minor);
                }
                for (name, filling) in &admission.composition.slots {
                    self.add_filling(name.as_str(), filling);
                }
            }
        }
    }

    /// Returns the number of contacts without a mail.
    pub fn n_skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Lists what differs from an earlier plan by more than nothing: mails, reasons, arms, steps, offers, what fills the slots, products shown.
    /// What an older program did not count is not compared.
    pub fn since(&self, before: &Self) -> Vec<Change> {
        let mut changes = vec![Change { what: "to send".to_owned(), before: before.planned, after: self.planned }];
        changes.extend(Reason::ALL.iter().map(|reason| Change {
            what: reason.words().to_owned(),
            before: before.skipped.get(reason).copied().unwrap_or(0),
            after: self.skipped.get(reason).copied().unwrap_or(0),
        }));
        if !before.arms.is_empty() {
            compare(&mut changes, "arm", &before.arms, &self.arms);
        }
        compare(&mut changes, "step", &before.steps, &self.steps);
        compare(&mut changes, "offer", &before.offers, &self.offers);
        let (none, mut slots) = (BTreeMap::new(), BTreeSet::new());
        slots.extend(before.slots.keys().chain(self.slots.keys()));
        for slot in slots {
            compare(&mut changes, slot, before.slots.get(slot).unwrap_or(&none), self.slots.get(slot).unwrap_or(&none));
            let shown = |totals: &Self| totals.variety.get(slot).map_or(0, |variety| variety.products);
            changes.push(Change { what: format!("{slot}: products shown"), before: shown(before), after: shown(self) });
        }
        changes.retain(|change| change.before != change.after);
        changes
    }

    fn add_filling(&mut self, slot: &str, filling: &Filling) {
        if !self.slots.contains_key(slot) {
            self.slots.insert(slot.to_owned(), BTreeMap::new());
        }
        let Some(counts) = self.slots.get_mut(slot) else { return };
        match filling {
            Filling::Block(choice) => {
                count(counts, choice.block.as_str());
                count(&mut self.levels, choice.level.word());
            }
            Filling::Products { picks, likeness, .. } => {
                match self.variety.get_mut(slot) {
                    Some(variety) => variety.add(picks, *likeness),
                    None => self.variety.entry(slot.to_owned()).or_default().add(picks, *likeness),
                }
                self.impressions.add_picks(picks);
                for pick in picks {
                    count(counts, pick.strategy.word());
                }
            }
            Filling::Categories { items } => {
                if let Some(first) = items.first() {
                    count(counts, &first.topic);
                }
            }
            Filling::Cart { .. } => count(counts, "cart"),
            Filling::Subject { .. } => count(counts, "subject"),
        }
    }
}

/// One figure before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which figure.
    pub what: String,
    /// In the earlier plan.
    pub before: u64,
    /// Now.
    pub after: u64,
}

/// Adds the figures of one kind, those of either plan.
fn compare(changes: &mut Vec<Change>, kind: &str, before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let figure = |plan: &BTreeMap<String, u64>, name| plan.get(name).copied().unwrap_or(0);
    changes.extend(names.into_iter().map(|name| Change {
        what: format!("{kind}: {name}"),
        before: figure(before, name),
        after: figure(after, name),
    }));
}

/// Counts one more of a word, which is copied only when it is new.
fn count(counts: &mut BTreeMap<String, u64>, word: &str) {
    match counts.get_mut(word) {
        Some(n) => *n += 1,
        None => _ = counts.insert(word.to_owned(), 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(all: &[(&str, u64)]) -> BTreeMap<String, u64> {
        all.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect()
    }

    #[test]
    fn what_is_new_and_what_vanished_is_listed_beside_what_moved() {
        let slots = |blocks: &[(&str, u64)]| BTreeMap::from([("hero".to_owned(), counts(blocks))]);
        let before = Totals {
            planned: 10,
            offers: counts(&[("spring", 4)]),
            slots: slots(&[("general", 6), ("tea", 4)]),
            skipped: BTreeMap::from([(Reason::Holdout, 1)]),
            ..Totals::default()
        };
        let after = Totals {
            planned: 10,
            offers: counts(&[("summer", 2)]),
            slots: slots(&[("general", 8), ("coffee", 2)]),
            skipped: BTreeMap::from([(Reason::Holdout, 1)]),
            arms: counts(&[("treated", 10), ("control", 1)]),
            ..Totals::default()
        };
        let changes: Vec<(String, u64, u64)> =
            after.since(&before).into_iter().map(|change| (change.what, change.before, change.after)).collect();
        let wanted =
            [("offer: spring", 4, 0), ("offer: summer", 0, 2), ("hero: coffee", 0, 2), ("hero: general", 6, 8), ("hero: tea", 4, 0)];
        assert_eq!(changes, wanted.map(|(what, before, after)| (what.to_owned(), before, after)));
        assert_eq!(after.since(&after), []);
    }
}
