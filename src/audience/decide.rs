//! The gates a person passes before a mail is composed; the first that is shut is the reason.
//!
//! The order is fixed. What does not depend on where a person falls is asked before the draw, lateness too, and what does depend on it
//! after: the mails of the treated count against their caps. So treated and held-out people are drawn from the same eligible set.

use std::borrow::Cow;
use std::collections::HashMap;

use super::history::{Past, SendHistory};
use super::pressure::{Filled, Pressure};
use super::reach::Reach;
use super::reason::{Reason, Skip};
use super::segments::Segments;
use super::trigger::{Occasion, Triggered, stands, triggered};
use super::way::{Checked, Outcome, PASSED, Way};
use super::whom::{self, Words};
use crate::condition::{Condition, Subject as _, Truth};
use crate::holdout::{Arm, Draw, Everywhere, Place, arm_bucket, bucket};
use crate::id::{ContactId, Edition};
use crate::profile::{PROFILING, Person};
use crate::project::campaign::Control;
use crate::project::checked::Campaign;

/// Everything about a campaign that the gates need, resolved once for all people.
#[derive(Debug)]
pub struct Gate<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Segments to be in, as positions; empty means everybody.
    pub include: Vec<usize>,
    /// Segments not to be in, as positions.
    pub exclude: Vec<usize>,
    /// What is said of whom these segments stop.
    pub words: Words,
    /// Conditions of the campaign's own, and whether each rests on behaviour.
    pub conditions: Vec<(Condition, bool)>,
    /// Conditions of which any one ends a sequence, and whether each rests on behaviour.
    pub stops: Vec<(Condition, bool)>,
    /// The due edition of a campaign that goes to a list; a triggered campaign finds its own per person.
    pub occasion: Option<Triggered>,
    /// Where people fall: held out, or in an arm.
    pub draw: Draw,
    /// The arms that people were assigned to before.
    pub assigned: Option<&'a HashMap<ContactId, String>>,
    /// People who get no marketing mail; absent when the campaign is exempt.
    pub everywhere: Option<&'a Everywhere>,
    /// Contact pressure, over all campaigns.
    pub pressure: Pressure<'a>,
    /// All segments.
    pub segments: &'a Segments,
    /// Mails of the past.
    pub history: &'a SendHistory,
}

impl Gate<'_> {
    /// Leads a person through the gates; with a `log`, which `explain` asks for, every gate is asked even after the first shut one.
    pub fn pass(&self, person: &Person<'_>, reach: &Reach<'_>, log: Option<&mut Vec<Checked>>) -> Result<Occasion, Skip> {
        let mut occasion = None;
        let mut is_late = false;
        let mut way = Way { log, shut: None };
        let told = way.log.is_some();
        self.first_gates(person, reach, &mut way);
        whom::stopped(self, person, reach, &mut way);
        way.ask("due", || self.due(person, reach.past, &mut occasion, &mut is_late));
        way.ask("already sent", || self.already_sent(person, reach.past, occasion.as_ref()));
        way.ask("in time", || self.in_time(is_late));
        if !self.campaign.hours.are_always() {
            way.ask("hours", || self.hours(person, told, occasion.as_mut()));
        }
        if self.everywhere.is_some() {
            way.ask("holdout of all", || self.held_out_of_all(person, told));
        }
        way.ask("holdout", || self.held_out(person, told));
        if told && !self.draw.arms.is_empty() {
            way.ask("arm", || Ok(self.arm(person)));
        }
        if self.campaign.trigger.as_ref().is_some_and(|trigger| trigger.on.comes_in_numbers()) && !self.campaign.spec.compulsory {
            way.ask("one a day", || self.told_today(person, reach.past, occasion.as_ref()));
        }
        // Counting is cheap, and not needed of whom another gate stopped.
        let is_asked = !self.campaign.spec.compulsory && way.is_open();
        let filled = if is_asked { self.pressure.on(person, reach.past, reach.may_profile) } else { Vec::new() };
        way.ask("frequency cap", || self.capped(&filled, told));
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
    pub fn is_for(&self, person: &Person<'_>, reach: &Reach<'_>) -> bool {
        let mut way = Way { log: None, shut: None };
        self.first_gates(person, reach, &mut way);
        way.shut.is_none()
    }

    fn first_gates(&self, person: &Person<'_>, reach: &Reach<'_>, way: &mut Way<'_>) {
        let told = way.log.is_some();
        way.ask("address", || address(reach));
        way.ask("same address", || self.same_address(person));
        way.ask("suppression", || self.suppression(person, reach));
        way.ask("objection", || self.objection(person));
        way.ask("consent", || self.consent(person, reach, told));
        whom::pass(self, person, reach, way);
    }

    /// Leads a person through the gates that can shut between a plan and its sending; `edition` is that of the planned mail.
    ///
    /// The holdout, the caps and the priorities were settled by the plan, and lateness is looked at when a mail is claimed. Whom the
    /// campaign is for was settled too: a condition such as "visited this week" ends by the mere passing of time. Being in a segment that
    /// is excluded is a stop.
    pub fn still_open(&self, person: &Person<'_>, reach: &Reach<'_>, edition: &Edition) -> Result<(), Skip> {
        let mut way = Way { log: None, shut: None };
        way.ask("address", || address(reach));
        way.ask("suppression", || self.suppression(person, reach));
        way.ask("objection", || self.objection(person));
        way.ask("consent", || self.consent(person, reach, false));
        if self.campaign.trigger.is_some() {
            let goal = |why| Skip::new(Reason::GoalReached, why);
            way.ask("goal", || stands(self.campaign, edition, person).map(|()| "not reached".into()).map_err(goal));
        }
        whom::stopped(self, person, reach, &mut way);
        way.ask("excluded", || whom::kept_out(self, person, reach));
        way.shut.map_or(Ok(()), Err)
    }

    fn suppression(&self, person: &Person<'_>, reach: &Reach<'_>) -> Outcome {
        match reach.listed {
            // Having unsubscribed is about marketing: a service mail still goes out, but never to a dead address.
            Some(reason) if self.campaign.spec.compulsory && reason == "unsubscribed" => {
                Ok("unsubscribed, which is about marketing".into())
            }
            Some(reason) => Err(Skip::new(Reason::Suppressed, reason.to_owned())),
            None if person.profile.wishes.unsubscribed && !self.campaign.spec.compulsory => {
                Err(Skip::new(Reason::Suppressed, "unsubscribed"))
            }
            None if reach.is_forgotten => Err(Skip::new(Reason::Suppressed, "forgotten")),
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

    fn consent(&self, person: &Person<'_>, reach: &Reach<'_>, told: bool) -> Outcome {
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
        if watches && !reach.may_profile {
            return Err(Skip::new(Reason::NoConsent, PROFILING));
        }
        if !told {
            return Ok(PASSED);
        }
        let Some(consent) = person.profile.contact.consents.get(purpose) else { return Ok(purpose.to_owned().into()) };
        let since = consent.at.map(|at| format!(" since {}", at.date(person.reading.now.zone))).unwrap_or_default();
        let basis = consent.basis.as_ref().map(|basis| format!(", {basis}")).unwrap_or_default();
        let source = consent.source.as_ref().map(|source| format!(", by {source}")).unwrap_or_default();
        Ok(format!("{purpose}{since}{basis}{source}").into())
    }

    /// Finds what is due; that it is too late for it is for a later gate to say: who has the mail already is not late.
    fn due(&self, person: &Person<'_>, past: &[Past], occasion: &mut Option<Occasion>, is_late: &mut bool) -> Outcome {
        let found = self.occasion.clone().unwrap_or_else(|| triggered(self.campaign, person, past));
        *is_late = matches!(found, Triggered::TooLate(_));
        match found {
            Triggered::Due(due) | Triggered::TooLate(due) => {
                let due = occasion.insert(*due);
                Ok(due.edition.to_string().into())
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
    fn hours(&self, person: &Person<'_>, told: bool, occasion: Option<&mut Occasion>) -> Outcome {
        let Some(occasion) = occasion else { return Ok("nothing is due".into()) };
        let hours = &self.campaign.hours;
        let (now, zone) = (person.reading.now.at, person.zone());
        match hours.opens_at(zone, now) {
            Some(at) if at == now && !told => Ok(PASSED),
            Some(at) if at == now => Ok(format!("open now, {} in {zone}", now.local(zone).format("%H:%M")).into()),
            Some(at) if at <= occasion.expires_at => {
                occasion.not_before = Some(at);
                Ok(format!("open at {} in {zone}", at.local(zone).format("%Y-%m-%d %H:%M")).into())
            }
            _ => Err(Skip::new(Reason::TooLate, "its hours open when it is too late")),
        }
    }

    /// Returns where a person falls.
    pub fn place(&self, contact: &str) -> Place<'_> {
        self.draw.place(contact, self.remembered(contact))
    }

    /// Returns the arm that a person was assigned to before.
    pub fn remembered(&self, contact: &str) -> Option<&str> {
        self.assigned.and_then(|assigned| assigned.get(contact)).map(String::as_str)
    }

    /// Returns an arm that people are in and that the experiment has no more: they would get the mail of another while the ledger keeps
    /// the old one.
    pub fn gone_arm(&self) -> Option<&str> {
        let is_known = |word: &str| word == Arm::Control.as_str() || word == Arm::Treated.as_str() || self.draw.range(word).is_some();
        self.assigned?.values().map(String::as_str).filter(|word| !is_known(word)).min()
    }

    /// Says whether a person is held out of all marketing.
    pub fn is_held_out_of_all(&self, person: &Person<'_>) -> bool {
        let today = person.reading.now.today();
        self.everywhere.is_some_and(|everywhere| everywhere.holds_out(person.profile.contact.id.as_str(), today))
    }

    fn held_out_of_all(&self, person: &Person<'_>, told: bool) -> Outcome {
        let Some(everywhere) = self.everywhere else { return Ok("off".into()) };
        let below = everywhere.share.n_buckets();
        if self.is_held_out_of_all(person) {
            return Err(Skip::new(Reason::Holdout, format!("{} of all marketing", percent(below))));
        }
        if !everywhere.is_on(person.reading.now.today()) {
            return Ok("over".into());
        }
        if !told {
            return Ok(PASSED);
        }
        let bucket = everywhere.bucket(person.profile.contact.id.as_str());
        Ok(format!("bucket {bucket} of 10000, held out below {below}").into())
    }

    /// The arm of a person, and the bucket it comes from.
    fn arm(&self, person: &Person<'_>) -> Cow<'static, str> {
        let id = person.profile.contact.id.as_str();
        let Place::Arm(name) = self.place(id) else { return "none: held out".into() };
        let bucket = arm_bucket(&self.draw.salt, id);
        let range = self.draw.range(name).unwrap_or_default();
        let before = if (range.0..range.1).contains(&bucket) { "" } else { ", as assigned before" };
        format!("{name}: bucket {bucket} of 10000, its own are {} to {}{before}", range.0, range.1.saturating_sub(1)).into()
    }

    fn held_out(&self, person: &Person<'_>, told: bool) -> Outcome {
        let (salt, id) = (self.draw.salt.as_str(), person.profile.contact.id.as_str());
        let share = self.draw.held_out.n_buckets();
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
        if self.place(id) == Place::Control {
            if self.campaign.spec.audience.control == Control::General {
                return Ok(format!("held out: the general mail, {}", percent(share)).into());
            }
            return Err(Skip::new(Reason::Holdout, percent(share)));
        }
        if !told {
            return Ok(PASSED);
        }
        if self.draw.held_out.holds_out(salt, id) {
            return Ok("treated, as assigned before".into());
        }
        Ok(format!("bucket {} of 10000, held out below {share}", bucket(salt, id)).into())
    }

    fn already_sent(&self, person: &Person<'_>, past: &[Past], occasion: Option<&Occasion>) -> Outcome {
        let Some(occasion) = occasion else { return Ok("nothing is due".into()) };
        let sent = |past: &Past| past.campaign == self.campaign.name && past.edition == occasion.edition;
        // Editions of a sequence name a person's own cart or card: the step alone can be counted.
        let edition = || occasion.step.clone().unwrap_or_else(|| occasion.edition.to_string());
        if past.iter().any(sent) {
            return Err(Skip::new(Reason::AlreadySent, edition()));
        }
        if self.history.gave_up(person.profile.contact.id.as_str(), &self.campaign.name, &occasion.edition) {
            return Err(Skip::new(Reason::AlreadySent, format!("{}, which reached nobody: `relance status` says why", edition())));
        }
        Ok("no".into())
    }

    /// A sequence tells one thing a day: of two orders or two products, the second waits. Steps about the same thing are the author's.
    fn told_today(&self, person: &Person<'_>, past: &[Past], occasion: Option<&Occasion>) -> Outcome {
        let key = |edition: &Edition| edition.as_str().split_once('/').map(|(_, key)| key.to_owned());
        let Some(about) = occasion else { return Ok("nothing is due".into()) };
        let now = person.reading.now;
        let today = |past: &&Past| past.campaign == self.campaign.name && past.at.date(now.zone) == now.today();
        if past.iter().filter(today).any(|past| key(&past.edition) != key(&about.edition)) {
            return Err(Skip::new(Reason::FrequencyCap, "told of something else today by the same sequence"));
        }
        Ok("nothing else today".into())
    }

    fn capped(&self, filled: &[Filled<'_>], told: bool) -> Outcome {
        if self.campaign.spec.compulsory {
            return Ok("not asked: compulsory".into());
        }
        if let Some(shut) = filled.iter().find(|filled| filled.is_shut()) {
            return Err(Skip::new(Reason::FrequencyCap, shut.rule()));
        }
        if !told {
            return Ok(PASSED);
        }
        let words: Vec<String> = filled.iter().map(|filled| format!("{} of {} in {}", filled.n, filled.cap.n, filled.cap.window)).collect();
        Ok(if words.is_empty() { "none".into() } else { words.join(", ").into() })
    }
}

fn address(reach: &Reach<'_>) -> Outcome {
    reach.fault.map_or(Ok("well formed".into()), |fault| Err(Skip::new(Reason::BadAddress, fault)))
}

/// The line of `explain` about a rule that stops a person: how many of how many, and when it opens again.
fn shut(filled: &Filled<'_>, person: &Person<'_>) -> Checked {
    let opens_at = filled.opens_at.map(|at| at.local(person.zone()).format("%Y-%m-%d %H:%M").to_string()).unwrap_or_default();
    let value = format!("{} of {}, opens again at {opens_at} in {}", filled.n, filled.cap.n, person.zone());
    Checked { what: format!("cap {}", filled.rule()), passed: false, value }
}

fn percent(buckets: u64) -> String {
    if buckets.is_multiple_of(100) { format!("{}%", buckets / 100) } else { format!("{}.{:02}%", buckets / 100, buckets % 100) }
}
