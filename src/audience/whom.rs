//! The audience of a campaign: segments and conditions, and what they may say of a person who did not agree to be profiled.
//!
//! What such a person did on the site decides nothing about a marketing mail. A segment or a condition that rests on it, itself or
//! through other segments, is unknown for them: it neither lets them in nor keeps them out. `audience.general` lets them in all the same.

use super::decide::Gate;
use super::detail::Detail;
use super::reach::Reach;
use super::reason::{Reason, Skip};
use super::segments::Segments;
use super::way::{Checked, Outcome, Way};
use crate::profile::Person;
use std::sync::Arc;

/// What `explain` shows in the place of a value that is not looked at.
const NOT_ASKED: &str = "not asked: rests on behaviour, without consent to profiling";

/// What is said of whom the segments of a campaign stop, written once.
#[derive(Debug)]
pub struct Words {
    outside: Arc<str>,
    unknown: Arc<str>,
    excluded: Vec<(usize, Arc<str>)>,
}

impl Words {
    /// Writes them for the segments to be in and those not to be in, as positions.
    pub fn of(segments: &Segments, include: &[usize], exclude: &[usize]) -> Self {
        let names = segments.names();
        let all = include.iter().map(|at| names[*at].as_str()).collect::<Vec<_>>().join(", ");
        let excluded = exclude.iter().map(|at| (*at, format!("excluded: {}", names[*at]).into()));
        Self { unknown: format!("{all} (without consent to profiling)").into(), outside: all.into(), excluded: excluded.collect() }
    }

    fn excluded(&self, at: usize) -> Detail {
        self.excluded.iter().find(|(known, _)| *known == at).map_or_else(Detail::default, |(_, words)| words.into())
    }
}

/// Asks the gates of the audience.
pub(super) fn pass(gate: &Gate<'_>, person: &Person<'_>, reach: &Reach<'_>, way: &mut Way<'_>) {
    let unwatched = is_unwatched(gate, reach);
    let told = way.log.is_some();
    let unknown = |at: &usize| unwatched && gate.segments.rests_on_behaviour(*at);
    let holds = |at: &usize| !unknown(at) && is_in(person, *at);
    if let Some(log) = way.log.as_deref_mut() {
        for at in gate.include.iter().chain(&gate.exclude) {
            log.extend(checks(gate, person, *at, unknown(at)));
        }
    }
    way.ask("audience", || included(gate, (unwatched, told), unknown, holds));
    way.ask("excluded", || kept_out(gate, person, reach));
    for (condition, watches) in &gate.conditions {
        way.ask("condition", || match (unwatched && *watches, gate.campaign.spec.audience.general) {
            (true, true) => Ok(NOT_ASKED.into()),
            (true, false) => Err(Skip::new(Reason::NotInAudience, format!("{condition}: {NOT_ASKED}"))),
            (false, _) if !condition.eval(person).is_true() => Err(Skip::new(Reason::NotInAudience, condition.words())),
            (false, _) => Ok(if told { condition.to_string().into() } else { "".into() }),
        });
    }
}

/// Asks each condition that ends a sequence.
pub(super) fn stopped(gate: &Gate<'_>, person: &Person<'_>, reach: &Reach<'_>, way: &mut Way<'_>) {
    let unwatched = is_unwatched(gate, reach);
    let told = way.log.is_some();
    for (condition, watches) in &gate.stops {
        way.ask("stop", || match unwatched && *watches {
            true => Ok(NOT_ASKED.into()),
            false if condition.eval(person).is_true() => Err(Skip::new(Reason::GoalReached, format!("stop: {condition}"))),
            false => Ok(if told { format!("not {condition}").into() } else { "".into() }),
        });
    }
}

/// Asks whether the person is in a segment that is excluded, of those that may decide about them.
pub(super) fn kept_out(gate: &Gate<'_>, person: &Person<'_>, reach: &Reach<'_>) -> Outcome {
    let unwatched = is_unwatched(gate, reach);
    let may_decide = |at: &usize| !(unwatched && gate.segments.rests_on_behaviour(*at));
    match gate.exclude.iter().find(|at| may_decide(at) && is_in(person, **at)) {
        Some(at) => Err(Skip::new(Reason::NotInAudience, gate.words.excluded(*at))),
        None => Ok("no".into()),
    }
}

fn is_in(person: &Person<'_>, at: usize) -> bool {
    person.segments.truths.get(at).is_some_and(|truth| truth.is_true())
}

/// Says whether what a person did may not decide about this mail.
fn is_unwatched(gate: &Gate<'_>, reach: &Reach<'_>) -> bool {
    !gate.campaign.spec.compulsory && !reach.may_profile
}

fn included(gate: &Gate<'_>, (unwatched, told): (bool, bool), unknown: impl Fn(&usize) -> bool, holds: impl Fn(&usize) -> bool) -> Outcome {
    let names = gate.segments.names();
    if gate.include.is_empty() {
        return Ok("everybody".into());
    }
    if let Some(first) = gate.include.iter().find(|at| holds(at)) {
        return Ok(if told { names[*first].clone().into() } else { "".into() });
    }
    match (unwatched && gate.include.iter().any(unknown), gate.campaign.spec.audience.general) {
        (true, true) => Ok("general, without consent to profiling".into()),
        (true, false) => Err(Skip::new(Reason::NotInAudience, &gate.words.unknown)),
        (false, _) => Err(Skip::new(Reason::NotInAudience, &gate.words.outside)),
    }
}

/// The lines of `explain` about one segment.
fn checks(gate: &Gate<'_>, person: &Person<'_>, at: usize, unknown: bool) -> Vec<Checked> {
    let (name, keeps_out) = (&gate.segments.names()[at], gate.exclude.contains(&at));
    if unknown {
        return vec![Checked { what: format!("segment {name}"), passed: keeps_out, value: NOT_ASKED.to_owned() }];
    }
    let checks = gate.segments.rule(name).map(|rule| rule.explain(person)).unwrap_or_default();
    let checked = checks.into_iter().map(|check| Checked {
        what: format!("segment {name}: {}", check.text),
        passed: check.truth.is_true() != keeps_out,
        value: check.value,
    });
    checked.collect()
}
