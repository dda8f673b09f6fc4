//! What of a campaign fires for whom: blocks, levels, steps, offers and segments, those that fire for nobody included.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::audience::Segments;
use crate::condition::{Condition, compile_all};
use crate::plan::{Admission, Decision, Rules};
use crate::project::Project;
use crate::project::campaign::Fill;
use crate::project::checked::Campaign;
use crate::project::content::Level;
use crate::selection::Filling;

/// Different combinations of blocks in one campaign above which nobody can read them all.
pub const COMBINATIONS_MAX: usize = 50;
/// Readers under which a combination of blocks was hardly worth writing.
pub const READERS_MIN: u64 = 20;
/// Combinations counted apart; those after are counted together.
const COUNTED_MAX: usize = 10_000;

/// The messages that rest on each segment, itself or through others: names of campaigns, blocks and offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Messages {
    campaigns: BTreeMap<String, BTreeSet<usize>>,
    blocks: BTreeMap<String, BTreeSet<usize>>,
    offers: BTreeMap<String, BTreeSet<usize>>,
}

impl Messages {
    /// Finds which segments each campaign is for, and which each block and offer asks for.
    pub fn of(project: &Project, rules: &Rules) -> Self {
        let asked = |all: &[toml::Spanned<String>], text| {
            let compiled = compile_all(all, text, &rules.schema).map(|rule| rule.conditions).unwrap_or_default();
            closure(&rules.segments, compiled.iter().flat_map(Condition::segments_used).cloned().collect())
        };
        let campaigns = project.campaigns.values().map(|campaign| {
            let audience = &campaign.spec.audience;
            let included = closure(&rules.segments, audience.include.iter().map(|name| name.get_ref().clone()).collect());
            (campaign.name.to_string(), &included | &asked(&audience.all, &campaign.text))
        });
        let blocks = project.blocks.iter().map(|(name, block)| (name.to_string(), asked(&block.spec.all, &block.text)));
        let offers = project.offers.iter().map(|(name, offer)| (name.clone(), asked(&offer.spec.all, &project.offers_text)));
        Self { campaigns: campaigns.collect(), blocks: blocks.collect(), offers: offers.collect() }
    }

    /// Lists the segments on which no message rests: their people read what everybody reads.
    pub fn without<'s>(&self, segments: &'s Segments) -> Vec<&'s str> {
        let used: BTreeSet<usize> =
            self.campaigns.values().chain(self.blocks.values()).chain(self.offers.values()).flatten().copied().collect();
        segments.names().iter().enumerate().filter(|(at, _)| !used.contains(at)).map(|(_, name)| name.as_str()).collect()
    }

    fn is_own(&self, at: usize, campaign: &str, admission: &Admission) -> bool {
        let has = |map: &BTreeMap<String, BTreeSet<usize>>, name: &str| map.get(name).is_some_and(|segments| segments.contains(&at));
        let block = |filling: &Filling| matches!(filling, Filling::Block(choice) if has(&self.blocks, choice.block.as_str()));
        has(&self.campaigns, campaign)
            || admission.composition.slots.values().any(block)
            || admission.composition.offer.as_ref().is_some_and(|offer| has(&self.offers, &offer.name))
    }
}

/// Positions of segments, and of those they ask about.
fn closure(segments: &Segments, names: Vec<String>) -> BTreeSet<usize> {
    let mut open = names;
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if segments.position(&name).is_some_and(|at| found.insert(at)) {
            let rule = segments.rule(&name).into_iter().flat_map(|rule| &rule.conditions);
            open.extend(rule.flat_map(Condition::segments_used).cloned());
        }
    }
    found
}

/// What fired in one campaign; counts of mails unless said otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Campaign.
    pub campaign: String,
    /// People looked at.
    pub people: u64,
    /// Mails.
    pub mails: u64,
    /// Mails in which nothing rests on who reads: what everybody could have got.
    pub fallback: u64,
    /// Per slot of blocks, each block that may fill it, with the mails that show it.
    pub blocks: BTreeMap<String, BTreeMap<String, u64>>,
    /// Mails by the most precise level of block in them; those without a block are not counted.
    pub levels: BTreeMap<String, u64>,
    /// Each step of a sequence.
    pub steps: BTreeMap<String, u64>,
    /// Each offer that a step names.
    pub offers: BTreeMap<String, u64>,
    /// Each segment.
    pub segments: Vec<SegmentCoverage>,
    /// Different combinations of blocks that are shown.
    pub combinations: u64,
    /// Those with fewer than twenty readers.
    pub small_combinations: u64,
    #[serde(skip)]
    counted: BTreeMap<Vec<String>, u64>,
}

/// What a segment's people get of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentCoverage {
    /// The segment.
    pub segment: String,
    /// People in it.
    pub people: u64,
    /// Those who get a mail.
    pub mails: u64,
    /// Those whose mail has something that rests on the segment: the campaign itself, a block, the offer.
    pub own: u64,
}

impl Coverage {
    /// Starts with everything that could fire, at nought.
    pub fn new(campaign: &Campaign, rules: &Rules) -> Self {
        let nought = |names: Vec<String>| names.into_iter().map(|name| (name, 0)).collect::<BTreeMap<_, _>>();
        let name = campaign.name.as_str();
        let slots = campaign.slots.iter().filter(|(_, slot)| slot.spec.fill == Fill::Block);
        let blocks =
            slots.map(|(slot, _)| (slot.to_string(), nought(rules.blocks.eligible(slot, name).iter().map(ToString::to_string).collect())));
        let offers = campaign.steps.iter().flat_map(|step| step.offers.clone()).collect();
        let segment = |segment: &String| SegmentCoverage { segment: segment.clone(), people: 0, mails: 0, own: 0 };
        Self {
            campaign: name.to_owned(),
            people: 0,
            mails: 0,
            fallback: 0,
            blocks: blocks.collect(),
            levels: BTreeMap::new(),
            steps: nought(campaign.steps.iter().map(|step| step.name.clone()).collect()),
            offers: nought(offers),
            segments: rules.segments.names().iter().map(segment).collect(),
            combinations: 0,
            small_combinations: 0,
            counted: BTreeMap::new(),
        }
    }

    /// Counts one decision, about a person in these segments.
    pub fn add(&mut self, members: &[bool], decision: &Decision, messages: &Messages) {
        self.people += 1;
        let admission = match decision {
            Decision::Admitted(admission) => Some(admission),
            Decision::Skipped(_) => None,
        };
        for (at, segment) in self.segments.iter_mut().enumerate().filter(|(at, _)| members[*at]) {
            segment.people += 1;
            segment.mails += u64::from(admission.is_some());
            segment.own += u64::from(admission.is_some_and(|admission| messages.is_own(at, &self.campaign, admission)));
        }
        if let Some(admission) = admission {
            self.mail(admission);
        }
    }

    fn mail(&mut self, admission: &Admission) {
        self.mails += 1;
        self.fallback += u64::from(admission.composition.because.is_empty());
        if let Some(step) = &admission.occasion.step {
            *self.steps.entry(step.clone()).or_default() += 1;
        }
        if let Some(offer) = &admission.composition.offer {
            *self.offers.entry(offer.name.clone()).or_default() += 1;
        }
        let mut level: Option<Level> = None;
        let mut shown = Vec::new();
        for (slot, filling) in &admission.composition.slots {
            let Filling::Block(choice) = filling else { continue };
            *self.blocks.entry(slot.to_string()).or_default().entry(choice.block.to_string()).or_default() += 1;
            level = level.max(Some(choice.level));
            shown.push(choice.block.to_string());
        }
        if let Some(level) = level {
            *self.levels.entry(format!("{level:?}").to_lowercase()).or_default() += 1;
            let is_counted = self.counted.len() < COUNTED_MAX || self.counted.contains_key(&shown);
            *self.counted.entry(if is_counted { shown } else { Vec::new() }).or_default() += 1;
        }
    }

    /// Ends the counting.
    #[must_use]
    pub fn settle(mut self) -> Self {
        self.combinations = self.counted.len() as u64;
        self.small_combinations = self.counted.values().filter(|readers| **readers < READERS_MIN).count() as u64;
        self
    }

    /// Says what somebody should look at, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.mails == 0 {
            return vec!["nobody gets a mail".to_owned()];
        }
        let dead = |map: &BTreeMap<String, u64>| -> Vec<String> {
            map.iter().filter(|(_, n)| **n == 0).map(|(name, _)| format!("`{name}`")).collect()
        };
        for (slot, blocks) in &self.blocks {
            found.extend(dead(blocks).iter().map(|block| format!("block {block} is shown to nobody in slot `{slot}`")));
        }
        found.extend(dead(&self.steps).iter().map(|step| format!("step {step} fires for nobody")));
        found.extend(dead(&self.offers).iter().map(|offer| format!("offer {offer} is given to nobody")));
        if self.combinations > COMBINATIONS_MAX as u64 {
            found.push(format!("{} combinations of blocks are shown: nobody can read more than {COMBINATIONS_MAX}", self.combinations));
        }
        if self.small_combinations > 0 {
            found.push(format!(
                "{} of {} combinations of blocks have fewer than {READERS_MIN} readers",
                self.small_combinations, self.combinations
            ));
        }
        found
    }
}
