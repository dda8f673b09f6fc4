//! One campaign, resolved once, then asked about any number of people.

use std::collections::HashMap;

use super::context;
use super::decision::{Admission, Decision, Explanation};
use super::draft::Draft;
use super::totals::Totals;
use crate::audience::history::{SendHistory, Suppressions};
use crate::audience::{Checked, Gate, Occasion, Reason, Segments, Skip, Triggered, reached};
use crate::catalogue::{Catalogue, Models};
use crate::clock::Now;
use crate::condition::{Condition, Schema, Truth, Use, compile_all};
use crate::error::{Error, Result};
use crate::holdout::Share;
use crate::id::{CampaignName, ContactId, Edition};
use crate::profile::{Memberships, Person, Profile, Reading};
use crate::project::Project;
use crate::project::checked::Campaign;
use crate::project::content::Level;
use crate::recommend::Recommender;
use crate::selection::{Blocks, Composer, Limits, Offers};

/// Everything that decisions look at and that is the same for all people.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The project.
    pub project: &'a Project,
    /// Names that conditions may use.
    pub schema: &'a Schema,
    /// Products.
    pub catalogue: &'a Catalogue,
    /// What was learned from orders.
    pub models: &'a Models,
    /// What was learned from them of what a person may want next.
    pub recommender: &'a Recommender,
    /// Segments.
    pub segments: &'a Segments,
    /// Blocks.
    pub blocks: &'a Blocks,
    /// Offers.
    pub offers: &'a Offers,
    /// Mails of the past.
    pub history: &'a SendHistory,
    /// Addresses not to write to.
    pub suppressions: &'a Suppressions,
    /// People who were or will be written to today, and by which campaign: the one of highest priority.
    pub taken: &'a HashMap<ContactId, CampaignName>,
    /// The instant.
    pub now: Now,
    /// The most precise level of block.
    pub max_level: Level,
    /// Whether the contacts say anything about the consent to profiling.
    pub asks_profiling: bool,
}

impl World<'_> {
    fn reading(&self) -> Reading {
        Reading::of(self.project, self.now)
    }
}

/// A campaign ready to decide.
#[derive(Debug)]
pub struct Planner<'a> {
    world: World<'a>,
    campaign: &'a Campaign,
    gate: Gate<'a>,
    composer: Composer<'a>,
}

impl<'a> Planner<'a> {
    /// Resolves a campaign's segments and conditions; `occasion` is the due edition of a campaign that goes to a list.
    ///
    /// # Errors
    /// `Kind::Project` with the mistakes of the campaign's own conditions.
    pub fn new(world: World<'a>, campaign: &'a Campaign, occasion: Option<Triggered>) -> Result<Self> {
        let spec = &campaign.spec;
        let conditions = compile_all(&spec.audience.all, &campaign.text, world.schema).map_err(Error::project)?.conditions;
        let positions = |names: &[toml::Spanned<String>]| names.iter().filter_map(|name| world.segments.position(name.get_ref())).collect();
        let watches =
            |condition: &Condition| world.segments.data_behind(std::slice::from_ref(condition)).into_iter().any(Use::is_behaviour);
        let exempt = spec.compulsory || spec.time_limited;
        let gate = Gate {
            campaign,
            include: positions(&spec.audience.include),
            exclude: positions(&spec.audience.exclude),
            conditions: conditions
                .into_iter()
                .map(|condition| {
                    let watches = watches(&condition);
                    (condition, watches)
                })
                .collect(),
            occasion,
            holdout: if exempt { Share::NONE } else { campaign.holdout.map_or(Share::NONE, Share::from_percent) },
            caps: &world.project.settings.caps,
            segments: world.segments,
            history: world.history,
            suppressions: world.suppressions,
            asks_profiling: world.asks_profiling,
        };
        let limits = Limits { max_level: world.max_level, asks_profiling: world.asks_profiling };
        let learned = (world.models, world.recommender);
        let composer = Composer::new(world.catalogue, learned, world.blocks, world.offers, limits, world.now.at);
        Ok(Self { world, campaign, gate, composer })
    }

    /// Returns the totals of a plan before anybody was looked at.
    pub fn totals(&self) -> Totals {
        let catalogue = self.world.catalogue;
        let for_sale = catalogue.all().filter(|ix| catalogue.product(*ix).available(self.world.now.at)).count() as u64;
        Totals { for_sale, ..Totals::default() }
    }

    /// Decides for one person.
    pub fn decide(&self, profile: &Profile) -> Decision {
        let truths = self.segments_of(profile);
        let person = self.person(profile, &truths);
        match self.admit(&person) {
            Ok(admission) => Decision::Admitted(Box::new(admission)),
            Err(skip) => Decision::Skipped(self.goal_reached(&person, &skip).unwrap_or(skip)),
        }
    }

    /// Finds the goal behind a skip: the person would be in the audience if they had not done what the campaign wanted.
    fn goal_reached(&self, person: &Person<'_>, skip: &Skip) -> Option<Skip> {
        let trigger = self.campaign.spec.trigger.as_ref().filter(|_| skip.reason == Reason::NotInAudience)?;
        let reached = reached(self.campaign, trigger.on, person)?;
        let truths = self.segments_of(&reached.without);
        let without = self.person(&reached.without, &truths);
        self.gate.is_for(&without).then(|| Skip::new(Reason::GoalReached, reached.what))
    }

    /// Decides for one person and keeps every step; a mail that is not sent is composed all the same when an edition is known.
    pub fn explain(&self, profile: &Profile) -> Explanation {
        let truths = self.segments_of(profile);
        let person = self.person(profile, &truths);
        let mut checks = Vec::new();
        let passed = self.gate.pass(&person, Some(&mut checks)).and_then(|occasion| self.not_taken(&person).map(|()| occasion));
        let passed = passed.map_err(|skip| match self.goal_reached(&person, &skip) {
            None => skip,
            Some(reached) => {
                checks.push(Checked { what: "goal".to_owned(), passed: false, value: reached.detail.to_string() });
                reached
            }
        });
        let in_segment = |(name, truth): (&String, &Truth)| truth.is_true().then(|| name.clone());
        let mut explanation = Explanation {
            recipient: profile.contact.id.clone(),
            segments: self.world.segments.names().iter().zip(&truths).filter_map(in_segment).collect(),
            skipped: passed.as_ref().err().cloned(),
            edition: None,
            composition: None,
            checks: Vec::new(),
        };
        if let Some(occasion) = passed.ok().or_else(|| self.supposed(&person)) {
            explanation.edition = Some(occasion.edition.to_string());
            let composed = self.composer.compose(self.campaign, &occasion, &person, self.past(profile), Some(&mut checks));
            let composed = composed.map(|composition| Admission { occasion, variant: None, composition });
            if let Some(skip) = composed.as_ref().map_or_else(|skip| Some(skip.clone()), |admission| self.missing(&person, admission)) {
                explanation.skipped.get_or_insert(skip);
            }
            explanation.composition = composed.ok().map(|admission| admission.composition);
        }
        explanation.checks = checks;
        explanation
    }

    /// Composes a mail whatever the gates say, for a look at it; `None` when it cannot be composed.
    pub fn suppose(&self, profile: &Profile) -> Option<Admission> {
        let truths = self.segments_of(profile);
        let person = self.person(profile, &truths);
        let occasion = self.supposed(&person)?;
        let composition = self.composer.compose(self.campaign, &occasion, &person, self.past(profile), None).ok()?;
        Some(Admission { occasion, variant: None, composition })
    }

    /// Decides again about a mail that was planned and not yet sent: `None` when it is still wanted, else what has happened since.
    pub fn not_wanted_any_more(&self, profile: &Profile, edition: &Edition) -> Option<Skip> {
        let truths = self.segments_of(profile);
        self.gate.still_open(&self.person(profile, &truths), edition).err()
    }

    /// Freezes an admitted mail.
    pub fn draft(&self, profile: &Profile, admission: &Admission) -> Draft {
        // What a template sees depends on no segment.
        context::draft(self.world.project, self.campaign, &self.person(profile, &[]), admission)
    }

    fn admit(&self, person: &Person<'_>) -> Result<Admission, Skip> {
        let occasion = self.gate.pass(person, None)?;
        self.not_taken(person)?;
        let composition = self.composer.compose(self.campaign, &occasion, person, self.past(person.profile), None)?;
        let admission = Admission { occasion, variant: None, composition };
        self.missing(person, &admission).map_or(Ok(admission), Err)
    }

    /// Finds a field that the campaign requires and the person lacks.
    fn missing(&self, person: &Person<'_>, admission: &Admission) -> Option<Skip> {
        if self.campaign.spec.requires.is_empty() {
            return None;
        }
        let draft = context::draft(self.world.project, self.campaign, person, admission);
        let path = self.campaign.spec.requires.iter().find(|path| context::is_unknown(&draft.context, path.get_ref()))?;
        Some(Skip::new(Reason::MissingData, path.get_ref().clone()))
    }

    /// One mail a day, from the campaign that matters most; what was sent earlier today counts.
    fn not_taken(&self, person: &Person<'_>) -> Result<(), Skip> {
        let outranks = |name: &&CampaignName| {
            let priority = self.world.project.campaigns.get(*name).map_or(i32::MIN, |campaign| campaign.spec.priority);
            **name != self.campaign.name && priority >= self.campaign.spec.priority
        };
        match self.world.taken.get(person.profile.contact.id.as_str()).filter(outranks) {
            Some(by) if !self.campaign.spec.compulsory => Err(Skip::new(Reason::LowerPriority, by.to_string())),
            _ => Ok(()),
        }
    }

    /// The occasion a person has, in time or not.
    fn supposed(&self, person: &Person<'_>) -> Option<Occasion> {
        let found = match (&self.gate.occasion, &self.campaign.spec.trigger) {
            (Some(found), _) => found.clone(),
            (None, Some(trigger)) => crate::audience::triggered(self.campaign, trigger.on, person, self.past(person.profile)),
            (None, None) => return None,
        };
        match found {
            Triggered::Due(occasion) | Triggered::TooLate(occasion) => Some(*occasion),
            Triggered::No(_) | Triggered::NotYet(_) => None,
        }
    }

    fn segments_of(&self, profile: &Profile) -> Vec<Truth> {
        self.world.segments.decide(profile, self.world.catalogue, self.world.reading())
    }

    fn person<'p>(&'p self, profile: &'p Profile, truths: &'p [Truth]) -> Person<'p> {
        let segments = Memberships { names: self.world.segments.names(), truths };
        Person { profile, catalogue: self.world.catalogue, reading: self.world.reading(), segments }
    }

    fn past(&self, profile: &Profile) -> &[crate::audience::history::Past] {
        self.world.history.of(profile.contact.id.as_str())
    }
}
