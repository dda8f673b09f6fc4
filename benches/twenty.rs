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
#[path = "stages/world.rs"]
mod world;

use std::path::PathBuf;
use std::process::Command;

use clap::Parser;
use rayon::prelude::*;
use relance::plan::{Agenda, Decision, Planner, Totals, World};
use relance::profile::Profile;
use relance::project::Project;
use relance::project::checked::Campaign;
use relance::snapshot::{Folder, Snapshot};
use sheet::Sheet;
use world::{Failure, Ground, planner, told};

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
        let (project, now) = world::load(&root, &args.now)?;
        return world::open(&project, now).map(drop);
    }
    shop::write(&args.shop, &root)?;
    let status = Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).arg("--prepare").status()?;
    if !status.success() {
        return Err("the snapshot could not be made".into());
    }
    let (project, now) = world::load(&root, &args.now)?;
    let snapshot = Folder::of(&project).read(&project, now).ok_or("the snapshot does not hold")?;
    let mut sheet = Sheet::default();
    for _ in 0..args.rounds.max(1) {
        measure(&args, &project, &snapshot, &mut sheet)?;
    }
    Ok(sheet.print(args.json)?)
}

/// Plans the campaigns that are due, compulsory first, then by priority.
fn all_due(world: World<'_>) -> Result<Vec<Planner<'_>>, Failure> {
    let mut planners = Vec::new();
    for campaign in world.project.campaigns.values() {
        planners.extend(planner(world, campaign, false)?);
    }
    let rank = |planner: &Planner<'_>| {
        let Campaign { spec, name, .. } = planner.campaign();
        (!spec.compulsory, std::cmp::Reverse(spec.priority), name.clone())
    };
    planners.sort_by_key(rank);
    Ok(planners)
}

fn measure(args: &Args, project: &Project, snapshot: &Snapshot, sheet: &mut Sheet) -> Result<(), Failure> {
    let ground = Ground::of(project, snapshot)?;
    let world = ground.world(project, snapshot);
    let n_people = snapshot.profiles.len() as u64;
    let planners = all_due(world)?;
    let chosen: Vec<&Campaign> = planners.iter().map(Planner::campaign).collect();
    if chosen.len() != 20 {
        return Err(format!("{} campaigns are due instead of 20", chosen.len()).into());
    }
    sheet.measure("read", "people", || {
        for group in snapshot.profiles.groups() {
            group.map_err(told)?;
        }
        Ok::<u64, Failure>(n_people)
    })?;
    let agenda = Agenda::of(world, planners);
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
    let mut taken = world.taken.clone();
    for (campaign, together) in chosen.into_iter().zip(n_mails) {
        let planner = planner(World { taken: &taken, ..world }, campaign, false)?.ok_or("a campaign is due with others only")?;
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
