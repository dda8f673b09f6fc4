//! The gates a person passes before a mail is composed; the first that is shut is the reason.
//!
//! The order is fixed. The holdout comes before the caps, so that treated and held-out people are drawn from
//! the same eligible set.

use std::borrow::Cow;

use serde::Serialize;

use super::history::{Past, SendHistory, Suppressions};
use super::pressure::{Filled, Pressure};
use super::reason::{Reason, Skip};
use super::segments::Segments;
use super::trigger::{Occasion, Triggered, stands, triggered};
use super::whom;
use crate::condition::{Condition, Subject as _, Truth};
use crate::holdout::{Share, bucket};
use crate::id::Edition;
use crate::profile::{PROFILING, Person, canonical_address, sendable};
use crate::project::checked::Campaign;

/// One line of `explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The gate or the condition.
    pub what: String,
    /// Whether it let the person pass.
    pub passed: bool,
    /// The person's own value.
    pub value: String,
}

/// Everything about a campaign that the gates need, resolved once for all people.
#[derive(Debug)]
pub struct Gate<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Segments to be in, as positions; empty means everybody.
    pub include: Vec<usize>,
    /// Segments not to be in, as positions.
    pub exclude: Vec<usize>,
    /// Conditions of the campaign's own, and whether each rests on behaviour.
    pub conditions: Vec<(Condition, bool)>,
    /// Conditions of which any one ends a sequence, and whether each rests on behaviour.
    pub stops: Vec<(Condition, bool)>,
    /// The due edition of a campaign that goes to a list; a triggered campaign finds its own per person.
    pub occasion: Option<Triggered>,
    /// Share kept untreated; zero when the campaign is exempt.
    pub holdout: Share,
    /// Contact pressure, over all campaigns.
    pub pressure: Pressure<'a>,
    /// All segments.
    pub segments: &'a Segments,
    /// Mails of the past.
    pub history: &'a SendHistory,
    /// Addresses not to write to.
    pub suppressions: &'a Suppressions,
    /// Whether the contacts say anything about the consent to profiling.
    pub asks_profiling: bool,
}

impl Gate<'_> {
    /// Leads a person through the gates; with a `log`, which `explain` asks for, every gate is asked even after the first shut one.
    pub fn pass(&self, person: &Person<'_>, log: Option<&mut Vec<Checked>>) -> Result<Occasion, Skip> {
        let mut occasion = None;
        let mut is_late = false;
        let mut way = Way { log, shut: None };
        self.first_gates(person, &mut way);
        whom::stopped(self, person, &mut way);
        way.ask("due", || self.due(person, &mut occasion, &mut is_late));
        way.ask("holdout", || self.held_out(person));
        way.ask("already sent", || self.already_sent(person, occasion.as_ref()));
        way.ask("in time", || self.in_time(is_late));
        if !self.campaign.hours.are_always() {
            way.ask("hours", || self.hours(person, occasion.as_mut()));
        }
        if self.campaign.trigger.as_ref().is_some_and(|trigger| trigger.on.comes_in_numbers()) && !self.campaign.spec.compulsory {
            way.ask("one a day", || self.told_today(person, occasion.as_ref()));
        }
        // Counting is cheap, and not needed of whom another gate stopped.
        let is_asked = !self.campaign.spec.compulsory && way.is_open();
        let may_profile = person.profile.contact.may_be_profiled(self.asks_profiling, person.reading.consents_expired);
        let filled = if is_asked { self.pressure.on(person, self.past(person), may_profile) } else { Vec::new() };
        way.ask("frequency cap", || self.capped(&filled));
        if let Some(log) = way.log.as_deref_mut() {
            log.extend(filled.iter().filter(|filled| filled.is_shut()).map(|filled| shut(filled, person)));
        }
        match (way.shut, occasion) {
            (Some(skip), _) => Err(skip),
            (None, Some(occasion)) => Ok(occasion),
            (None, None) => Err(Skip::new(Reason::NotInAudience, "nothing is due")),
        }
    }

    /// Says whether a person is one whom the campaign is for, whatever is due.
    pub fn is_for(&self, person: &Person<'_>) -> bool {
        let mut way = Way { log: None, shut: None };
        self.first_gates(person, &mut way);
        way.shut.is_none()
    }

    fn first_gates(&self, person: &Person<'_>, way: &mut Way<'_>) {
        way.ask("address", || address(person));
        way.ask("same address", || self.same_address(person));
        way.ask("suppression", || self.suppression(person));
        way.ask("objection", || self.objection(person));
        way.ask("consent", || self.consent(person));
        whom::pass(self, person, way);
    }

    /// Leads a person through the gates that can shut between a plan and its sending; `edition` is that of the planned mail.
    ///
    /// The holdout, the caps and the priorities were settled by the plan, and lateness is looked at when a mail is claimed. Whom the
    /// campaign is for was settled too: a condition such as "visited this week" ends by the mere passing of time. Being in a segment that
    /// is excluded is a stop.
    pub fn still_open(&self, person: &Person<'_>, edition: &Edition) -> Result<(), Skip> {
        let mut way = Way { log: None, shut: None };
        way.ask("address", || address(person));
        way.ask("suppression", || self.suppression(person));
        way.ask("objection", || self.objection(person));
        way.ask("consent", || self.consent(person));
        if self.campaign.trigger.is_some() {
            let goal = |why| Skip::new(Reason::GoalReached, why);
            way.ask("goal", || stands(self.campaign, edition, person).map(|()| "not reached".into()).map_err(goal));
        }
        whom::stopped(self, person, &mut way);
        way.ask("excluded", || whom::kept_out(self, person));
        way.shut.map_or(Ok(()), Err)
    }

    fn suppression(&self, person: &Person<'_>) -> Outcome {
        let canonical = canonical_address(&person.profile.contact.email);
        let listed = self.suppressions.by_address.get(&canonical);
        match listed {
            // Having unsubscribed is about marketing: a service mail still goes out, but never to a dead address.
            Some(reason) if self.campaign.spec.compulsory && reason == "unsubscribed" => {
                Ok("unsubscribed, which is about marketing".into())
            }
            Some(reason) => Err(Skip::new(Reason::Suppressed, reason.clone())),
            None if person.profile.wishes.unsubscribed && !self.campaign.spec.compulsory => {
                Err(Skip::new(Reason::Suppressed, "unsubscribed"))
            }
            None if self.suppressions.is_forgotten(person.profile.contact.id.as_str(), &canonical) => {
                Err(Skip::new(Reason::Suppressed, "forgotten"))
            }
            None => Ok("none".into()),
        }
    }

    /// One mailbox gets one mail: of several contacts with an address, the first id speaks for it. What must be told is told of each.
    fn same_address(&self, person: &Person<'_>) -> Outcome {
        match &person.profile.same_address_as {
            Some(_) if self.campaign.spec.compulsory => Ok("not asked: compulsory".into()),
            Some(first) => Err(Skip::new(Reason::SameAddress, format!("as `{first}`"))),
            None => Ok("no".into()),
        }
    }

    fn objection(&self, person: &Person<'_>) -> Outcome {
        if self.campaign.spec.compulsory {
            return Ok("not asked: compulsory".into());
        }
        if person.profile.contact.objection { Err(Skip::new(Reason::Objected, "to commercial use")) } else { Ok("none".into()) }
    }

    fn consent(&self, person: &Person<'_>) -> Outcome {
        if self.campaign.spec.compulsory {
            return Ok("not asked: compulsory".into());
        }
        if let Some(topic) = person.profile.wishes.without.get(self.campaign.name.as_str()) {
            return Err(Skip::new(Reason::NoConsent, format!("does without the topic {topic}")));
        }
        let purpose = self.campaign.spec.consent.as_ref().map_or("newsletter", |purpose| purpose.as_ref().as_str());
        if person.consent(purpose) != Truth::True {
            let given = person.profile.contact.consents.get(purpose).is_some_and(|consent| consent.given);
            return Err(Skip::new(Reason::NoConsent, if given { format!("{purpose}, too old") } else { purpose.to_owned() }));
        }
        let watches = self.campaign.trigger.as_ref().is_some_and(|trigger| trigger.on.rests_on_behaviour());
        if watches && !person.profile.contact.may_be_profiled(self.asks_profiling, person.reading.consents_expired) {
            return Err(Skip::new(Reason::NoConsent, PROFILING));
        }
        let Some(consent) = person.profile.contact.consents.get(purpose) else { return Ok(purpose.to_owned().into()) };
        let since = consent.at.map(|at| format!(" since {}", at.date(person.reading.now.zone))).unwrap_or_default();
        let basis = consent.basis.as_ref().map(|basis| format!(", {basis}")).unwrap_or_default();
        let source = consent.source.as_ref().map(|source| format!(", by {source}")).unwrap_or_default();
        Ok(format!("{purpose}{since}{basis}{source}").into())
    }

    /// Finds what is due; that it is too late for it is for a later gate to say: who has the mail already is not late.
    fn due(&self, person: &Person<'_>, occasion: &mut Option<Occasion>, is_late: &mut bool) -> Outcome {
        let found = self.occasion.clone().unwrap_or_else(|| triggered(self.campaign, person, self.past(person)));
        match found {
            Triggered::Due(ref due) | Triggered::TooLate(ref due) => {
                let words = due.edition.to_string();
                *is_late = matches!(found, Triggered::TooLate(_));
                *occasion = Some((**due).clone());
                Ok(words.into())
            }
            Triggered::NotYet(_) => Err(Skip::new(Reason::NotInAudience, "the first mail is not due yet")),
            Triggered::No(why) => Err(Skip::new(Reason::NotInAudience, why)),
        }
    }

    fn in_time(&self, is_late: bool) -> Outcome {
        if is_late {
            return Err(Skip::new(Reason::TooLate, format!("due more than {} ago", self.campaign.late)));
        }
        Ok("yes".into())
    }

    /// Puts a mail off until the recipient's hours open; after its end it is too late.
    fn hours(&self, person: &Person<'_>, occasion: Option<&mut Occasion>) -> Outcome {
        let Some(occasion) = occasion else { return Ok("nothing is due".into()) };
        let hours = &self.campaign.hours;
        let (now, zone) = (person.reading.now.at, person.zone());
        match hours.opens_at(zone, now) {
            Some(at) if at == now => Ok(format!("open now, {} in {zone}", now.local(zone).format("%H:%M")).into()),
            Some(at) if at <= occasion.expires_at => {
                occasion.not_before = Some(at);
                Ok(format!("open at {} in {zone}", at.local(zone).format("%Y-%m-%d %H:%M")).into())
            }
            _ => Err(Skip::new(Reason::TooLate, "its hours open when it is too late")),
        }
    }

    fn held_out(&self, person: &Person<'_>) -> Outcome {
        let (salt, id) = (self.campaign.name.as_str(), person.profile.contact.id.as_str());
        let share = self.holdout.n_buckets();
        if share == 0 {
            let why = if self.campaign.spec.compulsory {
                "off: compulsory"
            } else if self.campaign.spec.time_limited {
                "off: time-limited offer"
            } else {
                "off"
            };
            return Ok(why.into());
        }
        if self.holdout.holds_out(salt, id) {
            return Err(Skip::new(Reason::Holdout, percent(share)));
        }
        Ok(format!("bucket {} of 10000, held out below {share}", bucket(salt, id)).into())
    }

    fn already_sent(&self, person: &Person<'_>, occasion: Option<&Occasion>) -> Outcome {
        let Some(occasion) = occasion else { return Ok("nothing is due".into()) };
        let sent = |past: &Past| past.campaign == self.campaign.name && past.edition == occasion.edition;
        // Editions of a sequence name a person's own cart or card: the step alone can be counted.
        let edition = || occasion.step.clone().unwrap_or_else(|| occasion.edition.to_string());
        if self.past(person).iter().any(sent) {
            return Err(Skip::new(Reason::AlreadySent, edition()));
        }
        if self.history.gave_up(person.profile.contact.id.as_str(), &self.campaign.name, &occasion.edition) {
            return Err(Skip::new(Reason::AlreadySent, format!("{}, which reached nobody: `relance status` says why", edition())));
        }
        Ok("no".into())
    }

    /// A sequence tells one thing a day: of two orders or two products, the second waits. Steps about the same thing are the author's.
    fn told_today(&self, person: &Person<'_>, occasion: Option<&Occasion>) -> Outcome {
        let key = |edition: &Edition| edition.as_str().split_once('/').map(|(_, key)| key.to_owned());
        let Some(about) = occasion else { return Ok("nothing is due".into()) };
        let now = person.reading.now;
        let today = |past: &&Past| past.campaign == self.campaign.name && past.at.date(now.zone) == now.today();
        if self.past(person).iter().filter(today).any(|past| key(&past.edition) != key(&about.edition)) {
            return Err(Skip::new(Reason::FrequencyCap, "told of something else today by the same sequence"));
        }
        Ok("nothing else today".into())
    }

    fn capped(&self, filled: &[Filled]) -> Outcome {
        if self.campaign.spec.compulsory {
            return Ok("not asked: compulsory".into());
        }
        if let Some(shut) = filled.iter().find(|filled| filled.is_shut()) {
            return Err(Skip::new(Reason::FrequencyCap, shut.rule.clone()));
        }
        let words: Vec<String> = filled.iter().map(|filled| format!("{} of {} in {}", filled.n, filled.cap.n, filled.cap.window)).collect();
        Ok(if words.is_empty() { "none".into() } else { words.join(", ").into() })
    }

    /// Returns the person's company when a cap of companies is on this mail.
    fn past(&self, person: &Person<'_>) -> &[Past] {
        self.history.of(person.profile.contact.id.as_str())
    }
}

/// What a gate says: the value that let the person pass, or the skip.
pub(super) type Outcome = Result<Cow<'static, str>, Skip>;

/// A person on the way through the gates.
pub(super) struct Way<'l> {
    pub(super) log: Option<&'l mut Vec<Checked>>,
    shut: Option<Skip>,
}

impl Way<'_> {
    /// Says whether there is anything left to ask.
    fn is_open(&self) -> bool {
        self.shut.is_none() || self.log.is_some()
    }

    /// Asks one gate, unless one is shut already and nobody wants to know the rest.
    pub(super) fn ask(&mut self, what: &str, gate: impl FnOnce() -> Outcome) {
        if !self.is_open() {
            return;
        }
        let outcome = gate();
        if let Some(log) = self.log.as_deref_mut() {
            let (passed, value) = match &outcome {
                Ok(value) => (true, value.to_string()),
                Err(skip) => (false, skip.detail.to_string()),
            };
            log.push(Checked { what: what.to_owned(), passed, value });
        }
        if let Err(skip) = outcome {
            self.shut.get_or_insert(skip);
        }
    }
}

fn address(person: &Person<'_>) -> Outcome {
    let email = person.profile.contact.email.trim();
    if email.is_empty() {
        return Err(Skip::new(Reason::BadAddress, "empty"));
    }
    sendable(email).map(|_| "well formed".into()).ok_or_else(|| Skip::new(Reason::BadAddress, "malformed"))
}

/// The line of `explain` about a rule that stops a person: how many of how many, and when it opens again.
fn shut(filled: &Filled, person: &Person<'_>) -> Checked {
    let opens_at = filled.opens_at.map(|at| at.local(person.zone()).format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let value = format!("{} of {}, opens again at {opens_at} in {}", filled.n, filled.cap.n, person.zone());
    Checked { what: format!("cap {}", filled.rule), passed: false, value }
}

fn percent(buckets: u64) -> String {
    if buckets.is_multiple_of(100) { format!("{}%", buckets / 100) } else { format!("{}.{:02}%", buckets / 100, buckets % 100) }
}
