//! `test --coverage`: which block, step, offer and segment fires for whom, at the instants of the tests.

use rayon::prelude::*;
use relance::error::Result;
use relance::plan::{Decision, Planner, Rules};
use relance::profile::{Profile, Reading};
use relance::project::checked::Campaign;
use relance::snapshot::Snapshot;
use relance::survey::coverage::{Coverage, Messages};
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::out::{Out, bold, count, dim};
use crate::cli::past::members;

/// Smallest segments named.
const SMALLEST: usize = 3;

/// What fired in a campaign at an instant.
pub(super) struct Covered {
    at: relance::clock::Timestamp,
    coverage: Coverage,
    /// Segments on which no message of the project rests.
    without: Vec<String>,
}

/// Decides for everybody and counts.
pub(super) fn count_all(app: &App, campaign: &Campaign, rules: &Rules, snapshot: &Snapshot, planner: &Planner<'_>) -> Result<Covered> {
    let messages = Messages::of(&app.project, rules);
    let reading = Reading::of(&app.project, app.now);
    let mut coverage = Coverage::new(campaign, rules);
    for group in snapshot.profiles.groups() {
        let look = |profile: &Profile| (members(snapshot, rules, profile, reading).1, planner.decide(profile));
        let found: Vec<(Vec<bool>, Decision)> = group?.par_iter().map(look).collect();
        for (members, decision) in &found {
            coverage.add(members, decision, &messages);
        }
    }
    let without = messages.without(&rules.segments).into_iter().map(str::to_owned).collect();
    Ok(Covered { at: app.now.at, coverage: coverage.settle(), without })
}

/// What is wrong with a segment, when no mail is made for its people.
fn of_segments(covered: &Covered) -> Vec<String> {
    let alone =
        covered.without.iter().map(|name| format!("segment `{name}` has no message of its own: no campaign, block or offer rests on it"));
    let nobody = covered.coverage.segments.iter().filter(|segment| segment.people == 0);
    alone.chain(nobody.map(|segment| format!("segment `{}` has nobody in it", segment.segment))).collect()
}

pub(super) fn as_json(all: &[Covered]) -> Value {
    let one = |covered: &Covered| {
        let mut value = serde_json::to_value(&covered.coverage).unwrap_or_default();
        value["at"] = covered.at.to_string().into();
        value["warnings"] = covered.coverage.warnings().into_iter().chain(of_segments(covered)).collect::<Vec<_>>().into();
        value
    };
    json!(all.iter().map(one).collect::<Vec<_>>())
}

pub(super) fn print(app: &App, all: &[Covered], out: &Out) {
    for covered in all {
        let Covered { at, coverage, .. } = covered;
        let when = at.local(app.project.zone).format("%Y-%m-%d %H:%M");
        let share = relance::survey::interval::ratio(coverage.fallback, coverage.mails) * 100.0;
        out.data(format!("{}  {when}  {} mails to {} people", bold(&coverage.campaign), count(coverage.mails), count(coverage.people)));
        let counted = |what: &str, counts: &std::collections::BTreeMap<String, u64>| {
            if !counts.is_empty() {
                let words: Vec<String> = counts.iter().map(|(name, n)| format!("{name} {}", count(*n))).collect();
                out.data(format!("  {what:<14} {}", words.join(", ")));
            }
        };
        out.data(format!("  {:<14} {} ({share:.0} %): nothing in them rests on who reads", "fallback", count(coverage.fallback)));
        coverage.blocks.iter().for_each(|(slot, blocks)| counted(slot, blocks));
        counted("levels", &coverage.levels);
        counted("steps", &coverage.steps);
        counted("offers", &coverage.offers);
        for segment in &coverage.segments {
            let got = format!(
                "{} people, {} mails, {} with something of its own",
                count(segment.people),
                count(segment.mails),
                count(segment.own)
            );
            out.data(format!("  {:<14} {}  {}", "segment", segment.segment, dim(got)));
        }
        let mut smallest: Vec<_> = coverage.segments.iter().filter(|segment| segment.people > 0).collect();
        smallest.sort_by_key(|segment| (segment.people, segment.segment.clone()));
        let names: Vec<String> =
            smallest.iter().take(SMALLEST).map(|segment| format!("{} {}", segment.segment, count(segment.people))).collect();
        if !names.is_empty() {
            out.data(format!("  {:<14} {}", "smallest", names.join(", ")));
        }
        coverage
            .warnings()
            .into_iter()
            .chain(of_segments(covered))
            .for_each(|warning| out.warn(format!("{}: {warning}", coverage.campaign)));
    }
}
