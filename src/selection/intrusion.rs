//! What a mail lets its reader see to be known of them, in points, and the budget that it must fit.
//!
//! Points are a simple scale, not a science (`docs/privacy.md`): those of the kind of thing, twice for what was watched within a day,
//! three times for a block that looks at a sensitive field.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::block::{BlockChoice, Blocks, Reach};
use super::composition::Filling;
use super::pick::Pick;
use super::stock::Stock;
use crate::clock::{Span, Timestamp};
use crate::condition::Use;
use crate::id::{BlockName, SlotName};
use crate::profile::Person;
use crate::project::Project;
use crate::project::campaign::Strategy;
use crate::project::content::Level;
use crate::project::privacy::{Privacy, Sensitivity, Visible};

/// Age under which what was watched counts twice.
const FRESH: Span = Span::days(1);
/// What freshness multiplies by.
const FRESH_FACTOR: u32 = 2;
/// What a sensitive field multiplies by.
const SENSITIVE_FACTOR: u32 = 3;

/// What a mail lets its reader see.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Intrusion {
    /// Points of all of it.
    pub points: u32,
    /// Most points allowed, when the project says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<u32>,
    /// Thing by thing, slot by slot.
    pub seen: Vec<Seen>,
    /// Blocks that made place for the general one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
}

/// One thing that a reader sees to be known of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Where.
    pub slot: SlotName,
    /// What.
    pub what: Visible,
    /// Which: the ids of products, the name of a block.
    pub which: String,
    /// Its points.
    pub points: u32,
    /// Watched within a day.
    pub is_fresh: bool,
    /// Rests on a sensitive field.
    pub is_sensitive: bool,
}

/// A block that was too much for the budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// Its slot.
    pub slot: SlotName,
    /// The block.
    pub block: BlockName,
    /// The points that it gave back.
    pub points: u32,
}

impl Intrusion {
    /// Says whether the mail is over its budget whatever was dropped.
    pub fn is_over(&self) -> bool {
        self.budget.is_some_and(|budget| self.points > budget)
    }
}

/// Returns what a block lets its reader see: what it claims, or all that its conditions look at when it says nothing.
pub(super) fn visible(claims: &[String], uses: &BTreeSet<Use>) -> BTreeSet<Visible> {
    let claimed: BTreeSet<Visible> = claims.iter().filter_map(|claim| Visible::of_claim(claim)).collect();
    if !claimed.is_empty() {
        return claimed;
    }
    uses.iter().filter_map(|used| seen_of(*used)).collect()
}

fn seen_of(used: Use) -> Option<Visible> {
    Some(match used {
        Use::Declared => Visible::Declared,
        Use::Demographics => Visible::Age,
        Use::Location => Visible::City,
        Use::Orders => Visible::Orders,
        Use::Views => Visible::ViewedCategory,
        Use::Searches => Visible::Searched,
        Use::Cart => Visible::Cart,
        Use::Contracts => Visible::Contracts,
        Use::Answers => Visible::Answers,
        Use::Scores => Visible::Score,
        Use::Consent | Use::Segments => return None,
    })
}

/// Says whether the project calls a field sensitive.
pub(super) fn is_sensitive(project: &Project, name: &str) -> bool {
    project.config.fields.get(name).is_some_and(|field| field.sensitivity == Sensitivity::Sensitive)
}

/// Adds up what a mail lets its reader see; sends the least important blocks back to the general one while that is over the budget.
pub(super) fn fit_budget(
    privacy: &Privacy,
    candidates: &Blocks,
    person: &Person<'_>,
    stock: Stock<'_>,
    slots: &mut BTreeMap<SlotName, Filling>,
) -> Intrusion {
    let count = |slots: &BTreeMap<SlotName, Filling>| -> Vec<Seen> {
        slots.iter().flat_map(|(slot, filling)| of_filling(privacy, person, stock, slot, filling)).collect()
    };
    let mut intrusion = Intrusion { budget: privacy.budget, seen: count(slots), ..Intrusion::default() };
    intrusion.points = sum(&intrusion.seen);
    let mut kept_whole = BTreeSet::new();
    while intrusion.is_over() {
        let personal = slots.iter().filter_map(|(slot, filling)| match filling {
            Filling::Block(choice) if choice.level > Level::General && !kept_whole.contains(slot) => {
                Some((choice.priority, choice.level, slot))
            }
            _ => None,
        });
        let Some((_, _, slot)) = personal.min() else { break };
        let slot = slot.clone();
        let Some(mut general) = candidates.choose(&slot, person, stock, Reach::UpTo(Level::General)) else {
            kept_whole.insert(slot);
            continue;
        };
        "within the budget of intrusion of this mail".clone_into(&mut general.because);
        let Some(Filling::Block(before)) = slots.insert(slot.clone(), Filling::Block(general)) else { break };
        intrusion.seen = count(slots);
        let points = sum(&intrusion.seen);
        let given_back = intrusion.points.saturating_sub(points);
        intrusion.dropped.push(Dropped { slot, block: before.block, points: given_back });
        intrusion.points = points;
    }
    intrusion
}

fn sum(seen: &[Seen]) -> u32 {
    seen.iter().map(|seen| seen.points).fold(0, u32::saturating_add)
}

fn of_filling(privacy: &Privacy, person: &Person<'_>, stock: Stock<'_>, slot: &SlotName, filling: &Filling) -> Vec<Seen> {
    let one = |what: Visible, which: String, is_sensitive: bool, at: Option<Timestamp>| {
        let is_fresh = what.is_watched() && at.is_some_and(|at| at > person.reading.now.at.minus(FRESH));
        let factor = if is_fresh { FRESH_FACTOR } else { 1 } * if is_sensitive { SENSITIVE_FACTOR } else { 1 };
        Seen { slot: slot.clone(), what, which, points: privacy.points(what).saturating_mul(factor), is_fresh, is_sensitive }
    };
    match filling {
        Filling::Block(BlockChoice { block, visible, is_sensitive, level, .. }) if *level > Level::General => {
            visible.iter().map(|what| one(*what, block.to_string(), *is_sensitive, last(person, *what))).collect()
        }
        Filling::Products { picks, .. } => {
            let mut kinds: BTreeMap<Visible, Vec<&Pick>> = BTreeMap::new();
            for pick in picks.iter().filter(|pick| pick.is_personal) {
                kinds.entry(shown_by(pick.strategy)).or_default().push(pick);
            }
            let at = |picks: &[&Pick]| {
                let viewed = person.profile.interests.iter().find(|interest| picks.iter().any(|pick| pick.ix == interest.product));
                viewed.map(|interest| interest.last_at)
            };
            let which = |picks: &[&Pick]| picks.iter().map(|pick| pick.product.as_str()).collect::<Vec<_>>().join(" ");
            kinds.into_iter().map(|(what, picks)| one(what, which(&picks), false, at(&picks))).collect()
        }
        Filling::Categories { items } if items.iter().any(|item| item.affinity > 0.0) => {
            let which = items.iter().filter(|item| item.affinity > 0.0).map(|item| item.topic.as_str()).collect::<Vec<_>>().join(" ");
            vec![one(Visible::Menu, which, false, None)]
        }
        Filling::Cart { lines, n: 1.., .. } => {
            let which = lines.iter().map(|line| stock.catalogue.product(line.product).id.as_str()).collect::<Vec<_>>().join(" ");
            vec![one(Visible::Cart, which, false, last(person, Visible::Cart))]
        }
        Filling::Subject { owned } => vec![one(Visible::Contracts, owned.id.clone(), false, None)],
        Filling::Block(_) | Filling::Categories { .. } | Filling::Cart { .. } => Vec::new(),
    }
}

/// What a pick shows to be known.
fn shown_by(strategy: Strategy) -> Visible {
    match strategy {
        Strategy::Usual => Visible::Orders,
        Strategy::Cart => Visible::Cart,
        Strategy::RecentlyViewed => Visible::ViewedItem,
        _ => Visible::InferredInterest,
    }
}

/// When the person last did what a kind of thing shows.
fn last(person: &Person<'_>, what: Visible) -> Option<Timestamp> {
    match what {
        Visible::Cart => person.cart().and_then(|cart| cart.opened_at()),
        Visible::Searched => person.profile.searches.first().map(|search| search.at),
        Visible::ViewedCategory | Visible::ViewedItem => person.profile.activity.last_at,
        _ => None,
    }
}
