//! Blocks: the most precise one that a person is eligible for, always at least the general one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::claim::Claims;
use super::intrusion::{is_sensitive, visible};
use super::rest::Rest;
use super::stock::Stock;
use crate::audience::Segments;
use crate::condition::{Condition, Conjunction, Schema, Use, compile_all};
use crate::error::Diagnostic;
use crate::id::{BlockName, ProductIx, SlotName, stable_unit};
use crate::profile::Person;
use crate::project::Project;
use crate::project::content::{Ends, Level};
use crate::project::privacy::Visible;

/// A block whose condition is compiled.
#[derive(Debug, Clone)]
struct Candidate {
    name: BlockName,
    level: Level,
    priority: i32,
    weight: f64,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    campaigns: Vec<String>,
    rule: Conjunction,
    /// The rule in words.
    because: String,
    uses: BTreeSet<Use>,
    visible: BTreeSet<Visible>,
    is_sensitive: bool,
    rest: Rest,
}

/// All blocks of a project by slot, the most precise first.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    by_slot: BTreeMap<SlotName, Vec<Candidate>>,
}

/// The block shown in a slot.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlockChoice {
    /// Its name.
    pub block: BlockName,
    /// Its level.
    pub level: Level,
    /// The conditions that made it eligible, or that it is for everybody.
    pub because: String,
    /// Kinds of data its condition looks at.
    #[serde(skip)]
    pub uses: BTreeSet<Use>,
    /// What it lets its reader see to be known of them.
    #[serde(skip)]
    pub visible: BTreeSet<Visible>,
    /// Whether its conditions look at a sensitive field.
    #[serde(skip)]
    pub is_sensitive: bool,
    /// Its priority among those of its level.
    #[serde(skip)]
    pub priority: i32,
    /// What its urgency rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends: Option<Ends>,
    /// The product it shows.
    #[serde(skip)]
    pub product: Option<ProductIx>,
    /// What may truly be said of that product.
    #[serde(flatten)]
    pub claims: Claims,
    /// Blocks before it in order, and why they were not shown, when somebody asked.
    pub passed_over: Vec<(BlockName, String)>,
}

/// How far a choice of block may look at its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The same block for all: general, without conditions, drawn once for the whole edition.
    Everybody,
    /// General, by conditions that look at no behaviour.
    WithoutBehaviour,
    /// Up to this level.
    UpTo(Level),
}

impl Blocks {
    /// Compiles the conditions of all blocks; reports all mistakes.
    pub fn compile(project: &Project, schema: &Schema, segments: &Segments) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut by_slot: BTreeMap<SlotName, Vec<Candidate>> = BTreeMap::new();
        for (name, block) in &project.blocks {
            let spec = &block.spec;
            let rule = compile_all(&spec.all, &block.text, schema).unwrap_or_else(|mistakes| {
                diagnostics.extend(mistakes);
                Conjunction::default()
            });
            by_slot.entry(SlotName(spec.slot.get_ref().clone())).or_default().push(Candidate {
                name: name.clone(),
                level: spec.level,
                priority: spec.priority,
                weight: spec.weight,
                from: spec.from,
                until: spec.until,
                campaigns: spec.campaigns.iter().map(|name| name.get_ref().clone()).collect(),
                visible: visible(&spec.claims, &segments.data_behind(&rule.conditions)),
                is_sensitive: segments.names_behind(&rule.conditions).iter().any(|name| is_sensitive(project, name)),
                uses: segments.data_behind(&rule.conditions),
                because: in_words(&rule),
                rule,
                rest: Rest::of(block),
            });
        }
        for blocks in by_slot.values_mut() {
            blocks.sort_by(|a, b| b.level.cmp(&a.level).then(b.priority.cmp(&a.priority)).then_with(|| a.name.cmp(&b.name)));
        }
        (Self { by_slot }, diagnostics)
    }

    /// Returns the names of the blocks that may fill a slot of a campaign, in order.
    pub fn eligible(&self, slot: &SlotName, campaign: &str) -> Vec<BlockName> {
        let blocks = self.by_slot.get(slot).map_or(&[][..], Vec::as_slice);
        blocks.iter().filter(|block| block.serves(campaign)).map(|block| block.name.clone()).collect()
    }

    /// Chooses for one person: level, then priority, then by weight with a stable hash.
    pub(super) fn choose(&self, slot: &SlotName, person: &Person<'_>, stock: Stock<'_>, reach: Reach) -> Option<BlockChoice> {
        let (campaign, edition) = stock.mail;
        let today = person.reading.now.today();
        let mut passed_over = Vec::new();
        let mut best: Vec<&Candidate> = Vec::new();
        let (first, without) = stock.slots.get(slot).map_or((None, None), |slot| (slot.first_block.as_ref(), slot.without_block.as_ref()));
        let serving =
            || self.by_slot.get(slot).into_iter().flatten().filter(|block| block.serves(campaign) && Some(&block.name) != without);
        if let Some(block) = serving().find(|block| Some(&block.name) == first) {
            match block.refusal(person, stock, today, reach) {
                None => best.push(block),
                Some(why) if stock.tells => passed_over.push((block.name.clone(), why.words(person))),
                Some(_) => {}
            }
        }
        let is_settled = !best.is_empty();
        for block in serving().filter(|block| !is_settled && Some(&block.name) != first) {
            if best.first().is_some_and(|first| (first.level, first.priority) != (block.level, block.priority)) {
                break;
            }
            match block.refusal(person, stock, today, reach) {
                None => best.push(block),
                Some(why) if stock.tells => passed_over.push((block.name.clone(), why.words(person))),
                Some(_) => {}
            }
        }
        let reader = if reach == Reach::Everybody { "" } else { person.profile.contact.id.as_str() };
        let chosen = by_weight(&best, &[campaign, edition, slot.as_str(), reader])?;
        if stock.tells {
            let others = best.iter().filter(|block| block.name != chosen.name);
            passed_over.extend(others.map(|block| (block.name.clone(), "drawn by weight".to_owned())));
        }
        let rest = chosen.rest.check(person, stock).ok()?;
        Some(BlockChoice {
            block: chosen.name.clone(),
            level: chosen.level,
            because: chosen.because.clone(),
            uses: chosen.uses.clone(),
            visible: chosen.visible.clone(),
            is_sensitive: chosen.is_sensitive,
            priority: chosen.priority,
            ends: chosen.rest.ends,
            product: rest.product,
            claims: rest.claims,
            passed_over,
        })
    }
}

impl Candidate {
    fn serves(&self, campaign: &str) -> bool {
        self.campaigns.is_empty() || self.campaigns.iter().any(|name| name == campaign)
    }

    /// Returns why the block cannot be shown to a person, if it cannot.
    fn refusal(&self, person: &Person<'_>, stock: Stock<'_>, today: NaiveDate, reach: Reach) -> Option<Refusal<'_>> {
        let personal = match reach {
            Reach::Everybody => self.level > Level::General || !self.rule.conditions.is_empty() || self.rest.ends == Some(Ends::Offer),
            Reach::WithoutBehaviour => self.level > Level::General || self.uses.iter().any(|used| used.is_behaviour()),
            Reach::UpTo(level) => self.level > level,
        };
        if personal {
            return Some(Refusal::Known("more personal than allowed for this mail"));
        }
        if self.from.is_some_and(|from| today < from) {
            return Some(Refusal::Known("not begun"));
        }
        if self.until.is_some_and(|until| until < today) {
            return Some(Refusal::Known("over"));
        }
        let failed = self.rule.conditions.iter().find(|condition| !condition.eval(person).is_true());
        match failed {
            Some(failed) => Some(Refusal::Condition(failed)),
            None => self.rest.check(person, stock).err().map(Refusal::Missing),
        }
    }
}

/// Why a block is not shown; its words are written only when somebody asks.
enum Refusal<'a> {
    Known(&'static str),
    Condition(&'a Condition),
    Missing(String),
}

impl Refusal<'_> {
    fn words(self, person: &Person<'_>) -> String {
        match self {
            Self::Known(words) => words.to_owned(),
            Self::Missing(what) => what,
            Self::Condition(failed) => {
                let check = failed.explain(person).into_iter().find(|check| !check.truth.is_true());
                format!("{failed}: {}", check.map(|check| check.value).unwrap_or_default())
            }
        }
    }
}

/// Prints the conditions of a rule as one line.
fn in_words(rule: &Conjunction) -> String {
    if rule.conditions.is_empty() {
        return "for everybody".to_owned();
    }
    rule.conditions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ")
}

/// Draws one by weight with a stable hash of the parts.
fn by_weight<'a>(blocks: &[&'a Candidate], parts: &[&str]) -> Option<&'a Candidate> {
    let total: f64 = blocks.iter().map(|block| block.weight).sum();
    let mut left = stable_unit(parts) * total;
    for block in blocks {
        left -= block.weight;
        if left < 0.0 {
            return Some(block);
        }
    }
    blocks.last().copied()
}
