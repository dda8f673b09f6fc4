//! One campaign, resolved once, then asked about any number of people.

use std::collections::HashMap;

use super::accounts::{Accounts, Member};
use super::allot::{Claim, Used};
use super::context;
use super::decision::{Admission, Decision, Explanation};
use super::draft::Draft;
use super::totals::Totals;
use crate::audience::history::{SendHistory, Suppressions};
use crate::audience::{Checked, Gate, Occasion, Pressure, Reason, Segments, Skip, Slower, Triggered, reached};
use crate::catalogue::{Catalogue, Models};
use crate::clock::{Now, Timestamp};
use crate::condition::{Condition, Schema, Truth, Use, compile_all};
use crate::error::{Error, Result};
use crate::holdout::Share;
use crate::id::{CampaignName, ContactId, Edition};
use crate::profile::{Memberships, Person, Profile, Reading};
use crate::project::Project;
use crate::project::checked::{Campaign, Offer};
use crate::project::content::Level;
use crate::recommend::Recommender;
use crate::selection::{Blocks, Composer, Limits, Offered, Offers, Refused};

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
    /// Offers that people got a moment ago, in the same run.
    pub offered: &'a Offered,
    /// What of the limited offers is used up.
    pub used: &'a Used,
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
    accounts: Accounts,
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
        let gate = Gate {
            campaign,
            include: positions(&spec.audience.include),
            exclude: positions(&spec.audience.exclude),
            conditions: with_use(conditions),
            stops: with_use(stops),
            occasion,
            holdout: campaign.held_out().map_or(Share::NONE, Share::from_percent),
            pressure: Pressure { caps: &settings.caps, min_gap: settings.min_gap, slower },
            segments: world.segments,
            history: world.history,
            suppressions: world.suppressions,
            asks_profiling: world.asks_profiling,
        };
        let limits = Limits { max_level: world.max_level, asks_profiling: world.asks_profiling };
        let learned = (world.models, world.recommender);
        let composer =
            Composer::new(world.catalogue, learned, world.blocks, world.offers, limits, &world.project.settings.privacy, world.now.at);
        let composer = composer.after(world.offered);
        Ok(Self { world, campaign, gate, composer, accounts: Accounts::default() })
    }

    /// Says whether the people of an account share a cap: then who gives way must be settled before anybody is decided.
    pub fn caps_accounts(&self) -> bool {
        !self.campaign.spec.compulsory && !self.world.project.settings.account_caps.is_empty()
    }

    /// Returns what the caps on accounts need to know of one person; `None` of somebody without an account.
    pub fn member(&self, profile: &Profile, decision: &Decision) -> Option<Member> {
        let contact = &profile.contact;
        let roles = &self.world.project.config.pressure.roles;
        let place = |role: &String| roles.iter().position(|known| known.trim().eq_ignore_ascii_case(role.trim()));
        let mut past: Vec<Timestamp> = self.past(profile).iter().filter(|past| !past.compulsory).map(|past| past.at).collect();
        // What another campaign planned a moment ago, in the same run, is not in the history yet.
        let now = self.world.now;
        let is_known =
            |by: &CampaignName| self.past(profile).iter().any(|past| past.campaign == *by && past.at.date(now.zone) == now.today());
        if self.world.taken.get(contact.id.as_str()).is_some_and(|by| !is_known(by)) {
            past.push(now.at);
        }
        Some(Member {
            account: contact.account_id.clone().filter(|account| !account.trim().is_empty())?,
            rank: contact.role.as_ref().and_then(place).unwrap_or(roles.len()),
            id: contact.id.clone(),
            is_admitted: matches!(decision, Decision::Admitted(_)),
            past,
        })
    }

    /// Returns the planner that knows who of an account gives way; `members` are all who have one.
    #[must_use]
    pub fn with_members(self, members: Vec<Member>) -> Self {
        let accounts = Accounts::settle(&self.world.project.settings.account_caps, self.world.now, members);
        Self { accounts, ..self }
    }

    /// Says whether there is less of an offer of the campaign than people may want: then who comes first must be settled.
    pub fn limits_offers(&self) -> bool {
        let offers = self.campaign.steps.iter().flat_map(|step| &step.offers);
        offers.filter_map(|name| self.world.project.offers.get(name)).any(Offer::is_limited)
    }

    /// Returns what a mail takes of a limited offer; `None` of one that takes nothing.
    pub fn claim(profile: &Profile, decision: &Decision) -> Option<Claim> {
        let Decision::Admitted(admission) = decision else { return None };
        let offer = admission.composition.offer.as_ref()?;
        let cost = offer.cost.map_or(0, |cost| cost.minor);
        Some(Claim { offer: offer.name.clone(), recipient: profile.contact.id.clone(), score: offer.score, cost })
    }

    /// Settles who gets what is limited among those who claim it, and adds those who do not to `refused`; says whether anybody was added.
    pub fn allot(&self, claims: Vec<Claim>, refused: &mut Refused) -> bool {
        super::allot::allot(self.world.project, self.world.used, claims, refused)
    }

    /// Returns the planner that knows who is refused what.
    #[must_use]
    pub fn with_refused(self, refused: Refused) -> Self {
        Self { composer: self.composer.without(refused), ..self }
    }

    /// Returns the totals of a plan before anybody was looked at.
    pub fn totals(&self) -> Totals {
        let catalogue = self.world.catalogue;
        let for_sale = catalogue.all().filter(|ix| catalogue.product(*ix).available(self.world.now.at)).count() as u64;
        Totals { for_sale, currency: Some(self.world.project.currency), ..Totals::default() }
    }

    /// Says whether the campaign is for a person, whatever is due and whatever they were sent.
    pub fn is_for(&self, profile: &Profile) -> bool {
        let truths = self.segments_of(profile);
        self.gate.is_for(&self.person(profile, &truths))
    }

    /// Decides for one person.
    pub fn decide(&self, profile: &Profile) -> Decision {
        let truths = self.segments_of(profile);
        let person = self.person(profile, &truths);
        match self.admit(&person) {
            Ok(_) if self.accounts.held(profile.contact.id.as_str()).is_some() => Decision::Skipped(self.gives_way(profile, None)),
            Ok(admission) => Decision::Admitted(Box::new(admission)),
            Err(skip) => Decision::Skipped(self.goal_reached(&person, &skip).unwrap_or(skip)),
        }
    }

    /// The skip of somebody whose account has had enough.
    fn gives_way(&self, profile: &Profile, log: Option<&mut Vec<Checked>>) -> Skip {
        let held = self.accounts.held(profile.contact.id.as_str());
        if let (Some(log), Some(held)) = (log, held) {
            log.push(Checked { what: format!("cap {}", held.rule), passed: false, value: held.value.clone() });
        }
        Skip::new(Reason::AccountCap, held.map(|held| held.rule.clone()).unwrap_or_default())
    }

    /// Finds the goal behind a skip: the person would be in the audience if they had not done what the campaign wanted.
    fn goal_reached(&self, person: &Person<'_>, skip: &Skip) -> Option<Skip> {
        let reached = reached(self.campaign, person).filter(|_| skip.reason == Reason::NotInAudience)?;
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
        if explanation.skipped.is_none() && self.accounts.held(profile.contact.id.as_str()).is_some() {
            explanation.skipped = Some(self.gives_way(profile, Some(&mut checks)));
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
        let found = self.gate.occasion.clone();
        match found.unwrap_or_else(|| crate::audience::triggered(self.campaign, person, self.past(person.profile))) {
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
