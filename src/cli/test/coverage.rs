//! `test --coverage`: which block, step, offer and segment fires for whom, at the instants of the tests.

use std::collections::BTreeSet;

use rayon::prelude::*;
use relance::error::Result;
use relance::plan::{Decision, Planner, Rules};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use relance::render::branches::{Branch, marks};
use relance::snapshot::Snapshot;
use relance::survey::coverage::{Coverage, Messages};
use serde_json::{Value, json};

use crate::cli::app::App;
use crate::cli::check::with_included;
use crate::cli::covered::smallest;
use crate::cli::mailer::Mailer;
use crate::cli::out::{Out, bold, count, dim};

/// What fired in a campaign at an instant.
pub(super) struct Covered {
    at: relance::clock::Timestamp,
    coverage: Coverage,
    /// Segments on which no message of the project rests.
    without: Vec<String>,
    /// Branches of the campaign's templates and blocks with the mails in which they fire; `None` when they cannot be counted.
    branches: Option<Vec<(Branch, u64)>>,
}

/// Mails with a mark behind each branch, and the branches.
pub(super) type Marked = Option<(Mailer, Vec<Branch>)>;

/// Decides for everybody, fills the marked mails, and counts.
pub(super) fn count_all(
    app: &App,
    campaign: &Campaign,
    rules: &Rules,
    snapshot: &Snapshot,
    planner: &Planner<'_>,
    marked: &Marked,
) -> Result<Covered> {
    let messages = Messages::of(&app.project, rules);
    let mut coverage = Coverage::new(campaign, rules);
    let mut counts = vec![0_u64; marked.as_ref().map_or(0, |(_, branches)| branches.len())];
    for group in snapshot.profiles.groups() {
        let look = |profile: &Profile| {
            let met = planner.meet(profile);
            let decision = planner.decide_of(&met);
            let fired = fired(planner, marked, profile, &decision);
            (met.members(&rules.segments), decision, fired)
        };
        let found: Vec<(Vec<bool>, Decision, BTreeSet<usize>)> = group?.par_iter().map(look).collect();
        for (members, decision, fired) in &found {
            coverage.add(members, decision, &messages);
            for at in fired {
                counts[*at] += 1;
            }
        }
    }
    let files = files_of(app, campaign, &coverage);
    let branches = marked.as_ref().map(|(_, branches)| {
        let counted = branches.iter().cloned().zip(counts);
        counted.filter(|(branch, _)| files.contains(branch.file.as_str())).collect()
    });
    let without = messages.without(&rules.segments).into_iter().map(str::to_owned).collect();
    Ok(Covered { at: app.now.at, coverage: coverage.settle(), without, branches })
}

/// Returns the branches that fire in a person's mail. One that cannot be rendered fires none: the invariants tell of it.
fn fired(planner: &Planner<'_>, marked: &Marked, profile: &Profile, decision: &Decision) -> BTreeSet<usize> {
    let (Some((mailer, _)), Decision::Admitted(admission)) = (marked, decision) else { return BTreeSet::new() };
    mailer.mjml(&planner.draft(profile, admission)).map(|mjml| marks(&mjml).collect()).unwrap_or_default()
}

/// Lists the files that a campaign's mails are made of.
fn files_of(app: &App, campaign: &Campaign, coverage: &Coverage) -> BTreeSet<String> {
    let project = &app.project;
    let mut templates = BTreeSet::new();
    for name in std::iter::once(campaign.template(None)).chain(campaign.steps.iter().map(|step| campaign.template(Some(step)))) {
        with_included(project, name, &mut templates, &mut Vec::new());
    }
    let blocks = project.blocks.iter().filter(|(name, _)| coverage.blocks.values().any(|blocks| blocks.contains_key(name.as_str())));
    let templates = templates.into_iter().filter_map(|name| project.templates.get(name));
    templates.chain(blocks.map(|(_, block)| &block.text)).map(|text| text.name().to_owned()).collect()
}

/// What of the templates fires for nobody, when mails are made at all.
fn dead(covered: &Covered) -> Vec<String> {
    let branches = covered.branches.iter().flatten().filter(|(_, n)| *n == 0 && covered.coverage.mails > 0);
    branches.map(|(branch, _)| format!("branch `{}` at {}:{} fires for nobody", branch.tag, branch.file, branch.line)).collect()
}

/// What is wrong with a segment, when no mail is made for its people.
fn of_segments(covered: &Covered) -> Vec<String> {
    let alone =
        covered.without.iter().map(|name| format!("segment `{name}` has no message of its own: no campaign, block or offer rests on it"));
    let nobody = covered.coverage.segments.iter().filter(|segment| segment.people == 0);
    alone.chain(nobody.map(|segment| format!("segment `{}` has nobody in it", segment.segment))).collect()
}

fn warnings(covered: &Covered) -> Vec<String> {
    covered.coverage.warnings().into_iter().chain(dead(covered)).chain(of_segments(covered)).collect()
}

pub(super) fn as_json(all: &[Covered]) -> Value {
    let one = |covered: &Covered| {
        let mut value = serde_json::to_value(&covered.coverage).unwrap_or_default();
        value["at"] = covered.at.to_string().into();
        value["warnings"] = warnings(covered).into();
        let branch = |(branch, n): &(Branch, u64)| json!({ "file": branch.file, "line": branch.line, "tag": branch.tag, "mails": n });
        value["branches"] = covered.branches.as_ref().map(|branches| branches.iter().map(branch).collect::<Vec<_>>()).into();
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
        let names: Vec<String> =
            smallest(coverage).iter().map(|segment| format!("{} {}", segment.segment, count(segment.people))).collect();
        if !names.is_empty() {
            out.data(format!("  {:<14} {}", "smallest", names.join(", ")));
        }
        if let Some(branches) = covered.branches.as_ref().filter(|branches| !branches.is_empty()) {
            let n_fired = branches.iter().filter(|(_, n)| *n > 0).count();
            out.data(format!("  {:<14} {n_fired} of {} branches of templates fire for somebody", "branches", branches.len()));
        }
        for warning in warnings(covered) {
            out.warn(format!("{}: {warning}", coverage.campaign));
        }
    }
}
