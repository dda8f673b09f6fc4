//! A look over everybody for one campaign: who gets a mail, who does not and why, and which mails are the worst.

use std::collections::BTreeMap;

use rayon::prelude::*;
use relance::audience::Reason;
use relance::error::Result;
use relance::id::stable_hash;
use relance::plan::{Admission, Decision};
use relance::profile::{Contact, Profile};
use relance::project::content::Level;
use relance::selection::Filling;

use super::shop::Shop;

/// People looked at: enough for a look, and a few seconds at most whatever the size of the list.
const PEOPLE_MAX: usize = 20_000;
/// Mails that are rendered to find the heaviest, and that the contact sheet and the dice draw from.
const SAMPLE: usize = 120;
/// People kept under each reason.
const PER_REASON: usize = 60;

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// People looked at.
    pub(super) n_looked: usize,
    /// People there are.
    pub(super) n_all: usize,
    /// Mails there would be.
    pub(super) n_planned: u64,
    /// Some who get a mail, drawn by hash: the same at every look.
    pub(super) sample: Vec<Somebody>,
    /// Who gets none, by reason, with some of them.
    pub(super) skipped: BTreeMap<Reason, (u64, Vec<Somebody>)>,
    /// The worst mail of each kind.
    pub(super) worst: BTreeMap<Worst, (u64, Somebody)>,
}

/// Somebody to look at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(super) struct Somebody {
    pub(super) id: String,
    pub(super) name: String,
    /// The name, or the id of somebody without one.
    pub(super) label: String,
}

impl Somebody {
    pub(super) fn of(contact: &Contact) -> Self {
        let names: Vec<&str> = [&contact.first_name, &contact.last_name].into_iter().flatten().map(String::as_str).collect();
        let (id, name) = (contact.id.to_string(), names.join(" "));
        Self { label: if name.is_empty() { id.clone() } else { name.clone() }, id, name }
    }
}

/// A way in which a mail can be the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worst {
    /// The longest name.
    Name,
    /// The heaviest HTML part, of the sample.
    Weight,
    /// The fewest picks.
    Picks,
    /// The most slots that show the same to all.
    Fallbacks,
    /// The most points of intrusion.
    Intrusion,
}

impl Worst {
    pub(super) const ALL: [Self; 5] = [Self::Name, Self::Weight, Self::Picks, Self::Fallbacks, Self::Intrusion];

    /// The word of links and messages.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Weight => "weight",
            Self::Picks => "picks",
            Self::Fallbacks => "fallbacks",
            Self::Intrusion => "intrusion",
        }
    }
}

impl Survey {
    /// Decides for everybody, up to a bound.
    pub(super) fn of(shop: &Shop, campaign: &str) -> Result<Self> {
        let chosen = shop.campaign(campaign)?;
        let planner = shop.planner(&chosen)?;
        let mut seen = Self { n_all: shop.snapshot.profiles.len(), ..Self::default() };
        let mut drawn: Vec<(u64, Profile, Admission)> = Vec::new();
        for group in shop.snapshot.profiles.groups() {
            let mut people = group?;
            people.truncate(PEOPLE_MAX - seen.n_looked);
            let decisions: Vec<Decision> = people.par_iter().map(|profile| planner.decide(profile)).collect();
            seen.n_looked += people.len();
            for (profile, decision) in people.into_iter().zip(decisions) {
                match decision {
                    Decision::Skipped(skip) => {
                        let (n, some) = seen.skipped.entry(skip.reason).or_default();
                        *n += 1;
                        if some.len() < PER_REASON {
                            some.push(Somebody::of(&profile.contact));
                        }
                    }
                    Decision::Admitted(admission) => {
                        seen.n_planned += 1;
                        seen.measure(&profile, &admission);
                        drawn.push((stable_hash(&["studio", profile.contact.id.as_str()]), profile, *admission));
                    }
                }
            }
            if drawn.len() > 4 * SAMPLE {
                keep_sample(&mut drawn);
            }
            if seen.n_looked == PEOPLE_MAX {
                break;
            }
        }
        keep_sample(&mut drawn);
        let weights: Vec<Option<usize>> = drawn
            .par_iter()
            .map(|(_, profile, admission)| Some(shop.mailer.render(&planner.draft(profile, admission)).ok()?.html.len()))
            .collect();
        for ((_, profile, _), weight) in drawn.iter().zip(weights) {
            if let Some(weight) = weight {
                seen.note(Worst::Weight, weight as u64, &profile.contact);
            }
        }
        seen.sample = drawn.iter().map(|(_, profile, _)| Somebody::of(&profile.contact)).collect();
        Ok(seen)
    }

    fn measure(&mut self, profile: &Profile, admission: &Admission) {
        let contact = &profile.contact;
        let name = Somebody::of(contact).name.chars().count();
        self.note(Worst::Name, name as u64, contact);
        let fillings = admission.composition.slots.values();
        let picks: usize = fillings
            .clone()
            .map(|filling| match filling {
                Filling::Products { picks, .. } => picks.len(),
                _ => 0,
            })
            .sum();
        if fillings.clone().any(|filling| matches!(filling, Filling::Products { .. })) {
            // The fewest is the largest of what is missing to a great many.
            self.note(Worst::Picks, u64::from(u32::MAX) - picks as u64, contact);
        }
        let fallbacks = fillings.filter(|filling| matches!(filling, Filling::Block(choice) if choice.level == Level::General)).count();
        self.note(Worst::Fallbacks, fallbacks as u64, contact);
        self.note(Worst::Intrusion, u64::from(admission.composition.intrusion.points), contact);
    }

    /// Keeps the worst; of equals, the first.
    fn note(&mut self, worst: Worst, value: u64, contact: &Contact) {
        if self.worst.get(&worst).is_none_or(|(known, _)| value > *known) {
            self.worst.insert(worst, (value, Somebody::of(contact)));
        }
    }

    /// Returns the value of the worst as people count it.
    pub(super) fn value(&self, worst: Worst) -> Option<(u64, &Somebody)> {
        let (value, somebody) = self.worst.get(&worst)?;
        let value = if worst == Worst::Picks { u64::from(u32::MAX) - value } else { *value };
        Some((value, somebody))
    }
}

/// Returns who comes after somebody in a list, going round; the first for somebody else.
pub(super) fn next_of<'s>(some: &'s [Somebody], after: Option<&str>) -> Option<&'s Somebody> {
    let at = after.and_then(|after| some.iter().position(|somebody| somebody.id == after));
    some.get(at.map_or(0, |at| (at + 1) % some.len()))
}

fn keep_sample(drawn: &mut Vec<(u64, Profile, Admission)>) {
    drawn.sort_by_key(|(hash, _, _)| *hash);
    drawn.truncate(SAMPLE);
}
