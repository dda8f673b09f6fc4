//! One campaign, resolved once, then asked about any number of people.

use std::sync::OnceLock;

use super::accounts::Accounts;
use super::bubble::Bubble;
use super::context;
use super::decision::{Admission, Decision, Explanation};
use super::draft::Draft;
use super::totals::Totals;
use super::world::{Met, Today, World};
use crate::audience::{Checked, Gate, Occasion, Pressure, Reach, Reason, Skip, Slower, Triggered, Words, reached};
use crate::condition::{Condition, Truth, Use, compile_all};
use crate::error::{Error, Kind, Result};
use crate::holdout::Place;
use crate::id::{CampaignName, Edition};
use crate::profile::{Memberships, PROFILING, Person, Profile};
use crate::project::campaign::Control;
use crate::project::checked::Campaign;
use crate::project::content::Level;
use crate::selection::{Before, Composer, Limits};

/// The variant of the general mail: the word of the ledger for those held out.
pub const GENERAL: &str = "control";
/// The variant of the campaign as written, whatever the arm of its reader.
pub const AS_WRITTEN: &str = "treated";

/// A campaign ready to decide.
#[derive(Debug)]
pub struct Planner<'a> {
    pub(super) world: World<'a>,
    pub(super) campaign: &'a Campaign,
    pub(super) gate: Gate<'a>,
    pub(super) composer: Composer<'a>,
    /// What composes the mail of somebody who did not agree to be profiled, made when it is first asked for.
    pub(super) general: OnceLock<Composer<'a>>,
    pub(super) accounts: Accounts,
}

impl<'a> Planner<'a> {
    /// Resolves a campaign's segments and conditions; `occasion` is the due edition of a campaign that goes to a list.
    ///
    /// # Errors
    /// `Kind::Project` with the mistakes of the campaign's own conditions.
    pub fn new(world: World<'a>, campaign: &'a Campaign, occasion: Option<Triggered>) -> Result<Self> {
        let spec = &campaign.spec;
        let conditions = compile_all(&spec.audience.all, &campaign.text, world.schema).map_err(Error::project)?.conditions;
        let positions = |names: &[toml::Spanned<String>]| -> Vec<usize> {
            names.iter().filter_map(|name| world.segments.position(name.get_ref())).collect()
        };
        let watches =
            |condition: &Condition| world.segments.data_behind(std::slice::from_ref(condition)).into_iter().any(Use::is_behaviour);
        let stops = spec.trigger.as_ref().map_or(&[][..], |trigger| trigger.stop.as_slice());
        let stops = compile_all(stops, &campaign.text, world.schema).map_err(Error::project)?.conditions;
        let with_use = |conditions: Vec<Condition>| {
            let with = |condition| {
                let watches = watches(&condition);
                (condition, watches)
            };
            conditions.into_iter().map(with).collect()
        };
        let settings = &world.project.settings;
        let mut slower = Vec::new();
        for (spec, sparing) in world.project.config.pressure.slower.iter().zip(&settings.slower) {
            let conditions = super::rules::slower(world.project, spec, world.schema).map_err(Error::project)?;
            slower.extend(conditions.into_iter().map(|condition| {
                let watches = watches(&condition);
                Slower { when: (condition, watches), factor: sparing.factor, caps: sparing.caps.clone() }
            }));
        }
        let (include, exclude) = (positions(&spec.audience.include), positions(&spec.audience.exclude));
        let gate = Gate {
            campaign,
            words: Words::of(world.segments, &include, &exclude),
            include,
            exclude,
            conditions: with_use(conditions),
            stops: with_use(stops),
            occasion,
            draw: campaign.draw(),
            assigned: world.history.assigned.get(&campaign.name),
            everywhere: world.project.holdout_for(campaign),
            pressure: Pressure { caps: &settings.caps, min_gap: settings.min_gap, slower },
            segments: world.segments,
            history: world.history,
        };
        if let Some(gone) = gate.gone_arm() {
            let message = format!("`{}` has people in the arm `{gone}` of its experiment, which is gone", campaign.name);
            return Err(Error::new(Kind::Project, message)
                .help("write the arm again, or give `[experiment]` another `name` to draw everybody again"));
        }
        let limits = Limits { max_level: world.max_level, asks_profiling: world.asks_profiling };
        let composer = composer(world, limits).prepared(campaign);
        Ok(Self { world, campaign, gate, composer, general: OnceLock::new(), accounts: Accounts::default() })
    }

    /// Returns the campaign.
    pub fn campaign(&self) -> &'a Campaign {
        self.campaign
    }

    /// Returns the planner that writes down with every mail why other blocks were not shown.
    #[must_use]
    pub fn telling(self) -> Self {
        Self { composer: self.composer.telling(), ..self }
    }

    /// Returns the totals of a plan before anybody was looked at.
    pub fn totals(&self) -> Totals {
        let catalogue = self.world.catalogue;
        let for_sale = catalogue.all().filter(|ix| catalogue.product(*ix).available(self.world.now.at)).count() as u64;
        Totals { for_sale, currency: Some(self.world.project.currency), ..Totals::default() }
    }

    /// Returns how much of the catalogue a plan shows, and how far from what people know; `None` when it shows nothing.
    pub fn bubble(&self, totals: &Totals) -> Option<Bubble> {
        totals.impressions.bubble(self.world.catalogue, &self.world.models.popularity, self.world.now.at)
    }

    /// Says whether the campaign is for a person, whatever is due and whatever they were sent.
    pub fn is_for(&self, profile: &Profile) -> bool {
        let Met { truths, reach, .. } = self.meet(profile);
        self.gate.is_for(&self.person(profile, &truths), &reach)
    }

    /// Decides for one person.
    pub fn decide(&self, profile: &Profile) -> Decision {
        self.decide_of(&self.meet(profile))
    }

    /// Decides for one person, of whom what is the same for all campaigns is known.
    pub fn decide_of(&self, met: &Met<'_>) -> Decision {
        self.decide_met(met, Today::of(&self.world, met.profile))
    }

    /// Finds out what is the same for all campaigns of this world about one person.
    pub fn meet<'p>(&'p self, profile: &'p Profile) -> Met<'p> {
        let truths = self.segments_of(profile);
        let reach = self.reach(&self.person(profile, &truths));
        Met { profile, truths, reach }
    }

    /// Decides for one person, of whom much is known already; `today` is what other campaigns decided.
    pub fn decide_met(&self, met: &Met<'_>, today: Today<'_>) -> Decision {
        let profile = met.profile;
        let person = self.person(profile, &met.truths);
        match self.admit(&person, &met.reach, today) {
            Ok(_) if self.accounts.held(profile.contact.id.as_str()).is_some() => Decision::Skipped(self.gives_way(profile, None)),
            Ok(admission) => Decision::Admitted(Box::new(admission)),
            Err(skip) => Decision::Skipped(self.goal_reached(&person, &met.reach, &skip).unwrap_or(skip)),
        }
    }

    /// Finds the goal behind a skip: the person would be in the audience if they had not done what the campaign wanted.
    fn goal_reached(&self, person: &Person<'_>, reach: &Reach<'_>, skip: &Skip) -> Option<Skip> {
        if skip.reason != Reason::NotInAudience {
            return None;
        }
        let reached = reached(self.campaign, person)?;
        let truths = self.segments_of(&reached.without);
        let without = self.person(&reached.without, &truths);
        self.gate.is_for(&without, reach).then(|| Skip::new(Reason::GoalReached, reached.what))
    }

    /// Decides for one person and keeps every step; a mail that is not sent is composed all the same when an edition is known.
    pub fn explain(&self, profile: &Profile) -> Explanation {
        let Met { truths, reach, .. } = self.meet(profile);
        let (person, today) = (self.person(profile, &truths), Today::of(&self.world, profile));
        let mut checks = Vec::new();
        let passed = self.gate.pass(&person, &reach, Some(&mut checks)).and_then(|occasion| self.not_taken(today).map(|()| occasion));
        let passed = passed.map_err(|skip| match self.goal_reached(&person, &reach, &skip) {
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
            arm: self.drawn(&person, passed.as_ref().err()).map(str::to_owned),
            edition: None,
            composition: None,
            checks: Vec::new(),
        };
        if let Some(occasion) = passed.ok().or_else(|| self.supposed(&person)) {
            explanation.edition = Some(occasion.edition.to_string());
            let composed = self.composed(&person, occasion, self.variant(&person), today.before(&reach), Some(&mut checks));
            if let Some(skip) = composed.as_ref().map_or_else(|skip| Some(skip.clone()), |admission| self.missing(&person, admission)) {
                explanation.skipped.get_or_insert(skip);
            }
            explanation.composition = composed.ok().map(|admission| admission.composition);
        }
        if explanation.skipped.is_none() && self.accounts.held(profile.contact.id.as_str()).is_some() {
            explanation.skipped = Some(self.gives_way(profile, Some(&mut checks)));
        }
        explanation.checks = checks;
        explanation
    }

    /// Composes a mail whatever the gates say, for a look at it; `None` when it cannot be composed.
    ///
    /// `variant` is an arm, [`GENERAL`] or [`AS_WRITTEN`]; the person's own when absent.
    pub fn suppose(&self, profile: &Profile, variant: Option<&str>) -> Option<Admission> {
        let Met { truths, reach, .. } = self.meet(profile);
        let person = self.person(profile, &truths);
        let occasion = self.supposed(&person)?;
        let variant = match variant {
            None => self.variant(&person),
            Some(AS_WRITTEN) => None,
            Some(variant) => Some(variant.to_owned()),
        };
        let before = Today::of(&self.world, profile).before(&reach);
        self.composed(&person, occasion, variant, before, None).ok()
    }

    /// Returns the arm of a person who came as far as the draw, as the ledger names it: what a later gate says happened after it.
    pub fn arm(&self, profile: &Profile, decision: &Decision) -> Option<&str> {
        let skip = match decision {
            Decision::Admitted(_) => None,
            Decision::Skipped(skip) => Some(skip),
        };
        self.drawn(&self.person(profile, &[]), skip)
    }

    /// Says whether a person came as far as the draw while some are held out of all marketing.
    pub fn is_drawn_for_all(&self, decision: &Decision) -> bool {
        let is_on = self.gate.everywhere.is_some_and(|everywhere| everywhere.is_on(self.world.now.today()));
        is_on && !matches!(decision, Decision::Skipped(skip) if skip.reason < Reason::Holdout)
    }

    /// Who has the mail already is in the arm that the ledger remembers, as those held out of it are: nobody is drawn for it again.
    fn drawn(&self, person: &Person<'_>, skip: Option<&Skip>) -> Option<&str> {
        let id = person.profile.contact.id.as_str();
        let is_drawn = match skip.map(|skip| skip.reason) {
            None => true,
            Some(Reason::AlreadySent) => self.gate.remembered(id).is_some(),
            Some(reason) => reason >= Reason::Holdout,
        };
        (is_drawn && !self.gate.is_held_out_of_all(person)).then(|| self.gate.place(id).word())
    }

    /// The variant of a person's mail: their arm, or the general mail of somebody held out.
    fn variant(&self, person: &Person<'_>) -> Option<String> {
        match self.gate.place(person.profile.contact.id.as_str()) {
            Place::Treated => None,
            Place::Control if self.campaign.spec.audience.control == Control::None => None,
            place => Some(place.word().to_owned()),
        }
    }

    /// Composes the mail of an arm.
    fn composed(
        &self,
        person: &Person<'_>,
        occasion: Occasion,
        variant: Option<String>,
        before: Before<'_>,
        log: Option<&mut Vec<Checked>>,
    ) -> Result<Admission, Skip> {
        let campaign = self.campaign.as_arm(variant.as_deref());
        let composition = if is_general(variant.as_deref()) {
            let profile = unprofiled(person.profile);
            let truths = self.segments_of(&profile);
            self.general().compose(campaign, &occasion, &self.person(&profile, &truths), before, log)?
        } else {
            self.composer.compose(campaign, &occasion, person, before, log)?
        };
        Ok(Admission { occasion, variant, composition })
    }

    fn general(&self) -> &Composer<'a> {
        let limits = Limits { max_level: Level::General, asks_profiling: true };
        self.general.get_or_init(|| composer(self.world, limits).prepared(self.campaign).without(self.composer.refused().clone()))
    }

    /// Decides again about a mail that was planned and not yet sent: `None` when it is still wanted, else what has happened since.
    pub fn not_wanted_any_more(&self, profile: &Profile, edition: &Edition) -> Option<Skip> {
        let Met { truths, reach, .. } = self.meet(profile);
        self.gate.still_open(&self.person(profile, &truths), &reach, edition).err()
    }

    /// Freezes an admitted mail.
    pub fn draft(&self, profile: &Profile, admission: &Admission) -> Draft {
        self.freeze(&self.person(profile, &[]), admission)
    }

    /// What a template sees depends on no segment.
    fn freeze(&self, person: &Person<'_>, admission: &Admission) -> Draft {
        let campaign = self.campaign.as_arm(admission.variant.as_deref());
        if is_general(admission.variant.as_deref()) {
            let profile = unprofiled(person.profile);
            return context::draft(self.world.project, campaign, &self.person(&profile, &[]), admission);
        }
        context::draft(self.world.project, campaign, person, admission)
    }

    fn admit(&self, person: &Person<'_>, reach: &Reach<'_>, today: Today<'_>) -> Result<Admission, Skip> {
        let occasion = self.gate.pass(person, reach, None)?;
        self.not_taken(today)?;
        let admission = self.composed(person, occasion, self.variant(person), today.before(reach), None)?;
        self.missing(person, &admission).map_or(Ok(admission), Err)
    }

    /// Finds a field that the campaign requires and the person lacks.
    fn missing(&self, person: &Person<'_>, admission: &Admission) -> Option<Skip> {
        if self.campaign.spec.requires.is_empty() {
            return None;
        }
        let draft = self.freeze(person, admission);
        let path = self.campaign.spec.requires.iter().find(|path| context::is_unknown(&draft.context, path.get_ref()))?;
        Some(Skip::new(Reason::MissingData, path.get_ref().clone()))
    }

    /// One mail a day, from the campaign that matters most; what was sent earlier today counts.
    fn not_taken(&self, today: Today<'_>) -> Result<(), Skip> {
        let outranks = |name: &&CampaignName| {
            let priority = self.world.project.priority(name);
            **name != self.campaign.name && priority >= self.campaign.spec.priority
        };
        match today.taken.filter(outranks) {
            Some(by) if !self.campaign.spec.compulsory => Err(Skip::new(Reason::LowerPriority, by.to_string())),
            _ => Ok(()),
        }
    }

    /// The occasion a person has, in time or not.
    fn supposed(&self, person: &Person<'_>) -> Option<Occasion> {
        let found = self.gate.occasion.clone();
        match found.unwrap_or_else(|| crate::audience::triggered(self.campaign, person, self.past(person.profile))) {
            Triggered::Due(occasion) | Triggered::TooLate(occasion) => Some(*occasion),
            Triggered::No(_) | Triggered::NotYet(_) => None,
        }
    }

    fn segments_of(&self, profile: &Profile) -> Vec<Truth> {
        self.world.segments.decide(profile, self.world.catalogue, self.world.reading())
    }

    fn reach(&self, person: &Person<'_>) -> Reach<'a> {
        Reach::of(person, self.world.history, self.world.suppressions, self.world.asks_profiling)
    }

    fn person<'p>(&'p self, profile: &'p Profile, truths: &'p [Truth]) -> Person<'p> {
        let segments = Memberships { names: self.world.segments.names(), truths };
        Person { profile, catalogue: self.world.catalogue, reading: self.world.reading(), segments }
    }

    pub(super) fn past(&self, profile: &Profile) -> &[crate::audience::history::Past] {
        self.world.history.of(profile.contact.id.as_str())
    }
}

/// Prepares what composes the mails of a world.
fn composer(world: World<'_>, limits: Limits) -> Composer<'_> {
    let learned = (world.models, world.recommender);
    let privacy = &world.project.settings.privacy;
    Composer::new(world.catalogue, learned, world.blocks, world.offers, limits, privacy, world.now.at)
        .with_personal_blocks(&world.project.settings.personal_blocks)
}

/// Says whether a variant is the general mail of somebody held out.
fn is_general(variant: Option<&str>) -> bool {
    variant == Some(GENERAL)
}

/// Returns a person as if they had not agreed to be profiled.
fn unprofiled(profile: &Profile) -> Profile {
    let mut profile = profile.clone();
    profile.contact.consents.remove(PROFILING);
    profile
}
