//! CPU time of planning twenty campaigns that are due at once, for each person, and peak memory.
//!
//! ```console
//! $ cargo bench --bench twenty -- --shop target/memory/100000 [--now INSTANT] [--rounds N] [--apart] [--json]
//! ```
//!
//! The shop is a project that `benches/memory` made. Nothing is sent and no ledger is read (docs/benchmarks.md, "Twenty campaigns").

#[path = "stages/sheet.rs"]
mod sheet;
#[path = "twenty/shop.rs"]
mod shop;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;

use clap::Parser;
use rayon::prelude::*;
use relance::audience::Triggered;
use relance::audience::history::{SendHistory, Suppressions};
use relance::clock::{Now, Timestamp};
use relance::condition::Schema;
use relance::id::{CampaignName, ContactId};
use relance::plan::{Agenda, Decision, DueCampaign, Planner, Rules, Totals, World, due};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use relance::project::content::Level;
use relance::project::{self, Project};
use relance::selection::Offered;
use relance::snapshot::{self, Folder, Snapshot};
use sheet::Sheet;

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Args {
    /// A project that `benches/memory` made.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/target/memory/100000"))]
    shop: PathBuf,
    /// The instant to work at.
    #[arg(long, default_value = "2011-11-14T09:00:00Z")]
    now: String,
    /// Rounds; everything once in each.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Measure each campaign by itself too, as `run` of one campaign decides.
    #[arg(long)]
    apart: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Only make the snapshot; a process of its own, so that its memory is not counted.
    #[arg(long, hide = true)]
    prepare: bool,
    #[command(flatten)]
    added: Added,
}

#[derive(clap::Args)]
struct Added {
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let root = args.shop.join("twenty");
    if args.prepare {
        return prepare(&args, &root);
    }
    shop::write(&args.shop, &root)?;
    let status = Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).arg("--prepare").status()?;
    if !status.success() {
        return Err("the snapshot could not be made".into());
    }
    let (project, now) = open(&args, &root)?;
    let snapshot = Folder::of(&project).read(&project, now).ok_or("the snapshot does not hold")?;
    let mut sheet = Sheet::default();
    for _ in 0..args.rounds.max(1) {
        measure(&args, &project, &snapshot, &mut sheet)?;
    }
    let shown = if args.json { serde_json::to_string_pretty(&sheet.json())? + "\n" } else { sheet.table() };
    std::io::stdout().write_all(shown.as_bytes())?;
    Ok(())
}

fn open(args: &Args, root: &std::path::Path) -> Result<(Project, Now), Failure> {
    let (project, _) = project::load(root, None).map_err(told)?;
    let at = Timestamp::parse(&args.now, project.zone).ok_or("`--now` is not an instant")?;
    let now = Now { at, zone: project.zone };
    Ok((project, now))
}

fn prepare(args: &Args, root: &std::path::Path) -> Result<(), Failure> {
    let (project, now) = open(args, root)?;
    let folder = Folder::of(&project);
    if folder.read(&project, now).is_none() {
        let (snapshot, report) = snapshot::build(&project, now, &BTreeMap::new(), Some(&folder), &mut |_| ()).map_err(told)?;
        folder.write(&project, &snapshot, &report).map_err(told)?;
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn told(error: relance::error::Error) -> Failure {
    format!("{error:?}").into()
}

/// The campaigns that are due, compulsory first, then by priority.
fn all_due(project: &Project, now: Now) -> Vec<(&Campaign, Option<Triggered>)> {
    let mut chosen: Vec<(&Campaign, Option<Triggered>)> = Vec::new();
    for campaign in project.campaigns.values() {
        match due(campaign, now, false) {
            DueCampaign::List(edition @ Triggered::Due(_)) => chosen.push((campaign, Some(edition))),
            DueCampaign::PerPerson => chosen.push((campaign, None)),
            DueCampaign::List(_) | DueCampaign::No => {}
        }
    }
    chosen.sort_by_key(|(campaign, _)| (!campaign.spec.compulsory, std::cmp::Reverse(campaign.spec.priority), campaign.name.clone()));
    chosen
}

fn measure(args: &Args, project: &Project, snapshot: &Snapshot, sheet: &mut Sheet) -> Result<(), Failure> {
    let topics: BTreeSet<String> = snapshot.catalogue.topics.iter().map(|topic| topic.slug.clone()).collect();
    let schema = Schema { attributes: Some(snapshot.inputs.attributes.clone()), topics: Some(topics), ..Schema::default() };
    let (rules, _) = Rules::compile(project, schema).map_err(|found| format!("{found:?}"))?;
    let (history, suppressions) = (SendHistory::default(), Suppressions::default());
    let (nobody, offered, used): (HashMap<ContactId, CampaignName>, Offered, _) = Default::default();
    let n_people = snapshot.profiles.len() as u64;
    let chosen = all_due(project, snapshot.now);
    if chosen.len() != 20 {
        return Err(format!("{} campaigns are due instead of 20", chosen.len()).into());
    }
    let world = World {
        project,
        schema: &rules.schema,
        catalogue: &snapshot.catalogue,
        models: &snapshot.models,
        recommender: &snapshot.recommender,
        segments: &rules.segments,
        blocks: &rules.blocks,
        offers: &rules.offers,
        history: &history,
        suppressions: &suppressions,
        taken: &nobody,
        offered: &offered,
        used: &used,
        now: snapshot.now,
        max_level: Level::Individual,
        asks_profiling: snapshot.inputs.asks_profiling(),
    };
    sheet.measure("read", "people", || {
        for group in snapshot.profiles.groups() {
            group.map_err(told)?;
        }
        Ok::<u64, Failure>(n_people)
    })?;
    let planners = chosen.iter().map(|(campaign, edition)| Planner::new(world, campaign, edition.clone()).map_err(told));
    let agenda = Agenda::of(world, planners.collect::<Result<_, Failure>>()?);
    let mut n_mails = Vec::new();
    sheet.measure("read and decide, twenty campaigns", "people", || {
        let mut totals: Vec<Totals> = agenda.planners().iter().map(Planner::totals).collect();
        each_group(
            snapshot,
            |profile| agenda.decide(profile),
            |_, decisions| {
                totals.iter_mut().zip(&decisions).for_each(|(totals, decision)| totals.add(decision, None));
            },
        )?;
        n_mails = totals.iter().map(|totals| totals.planned).collect();
        Ok::<u64, Failure>(n_people)
    })?;
    if !args.apart {
        return Ok(());
    }
    drop(agenda);
    let mut taken = nobody.clone();
    for ((campaign, edition), together) in chosen.into_iter().zip(n_mails) {
        let planner = Planner::new(World { taken: &taken, ..world }, campaign, edition).map_err(told)?;
        let (mut n, mut admitted) = (0, Vec::new());
        sheet.measure(&format!("{campaign}, {together} mails", campaign = campaign.name), "people", || {
            let mut totals = planner.totals();
            admitted.clear();
            each_group(
                snapshot,
                |profile| planner.decide(profile),
                |profile, decision| {
                    totals.add(&decision, None);
                    if matches!(decision, Decision::Admitted(_)) && !campaign.spec.compulsory {
                        admitted.push(profile.contact.id.clone());
                    }
                },
            )?;
            n = totals.planned;
            Ok::<u64, Failure>(n_people)
        })?;
        if n != together {
            return Err(format!("{}: {n} mails by itself, {together} with the others", campaign.name).into());
        }
        drop(planner);
        for id in admitted {
            taken.entry(id).or_insert_with(|| campaign.name.clone());
        }
    }
    Ok(())
}

/// Reads everybody a group at a time and asks of each, on all cores; `on` sees the answers in order of id.
fn each_group<T: Send>(snapshot: &Snapshot, ask: impl Fn(&Profile) -> T + Sync, mut on: impl FnMut(&Profile, T)) -> Result<(), Failure> {
    for group in snapshot.profiles.groups() {
        let group = group.map_err(told)?;
        let answers: Vec<T> = group.par_iter().map(&ask).collect();
        group.iter().zip(answers).for_each(|(profile, answer)| on(profile, answer));
    }
    Ok(())
}
