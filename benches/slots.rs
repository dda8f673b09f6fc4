//! CPU time of filling the product slots of a mail: a campaign as it is written, with its first product slot alone, and without any.
//!
//! ```console
//! $ cargo bench --bench slots -- --project DIR --campaign NAME [--now INSTANT] [--people N] [--rounds N] [--json] [--decisions FILE]
//! ```
//!
//! Profiles are read once and decided on one thread, so that what is left between two rows is choosing products. Nothing is sent; the
//! snapshot is written where `profile build` keeps it (docs/benchmarks.md, "Slots").

#[path = "stages/sheet.rs"]
mod sheet;
#[path = "stages/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Parser;
use relance::plan::{Decision, World};
use relance::profile::Profile;
use relance::project::campaign::Fill;
use relance::project::checked::Campaign;
use relance::snapshot::Snapshot;
use serde_json::json;
use sheet::Sheet;
use world::{Failure, Ground, planner, told};

const NO_EDITION: &str = "the campaign has no edition yet: pass a later `--now`";

#[derive(Parser)]
struct Args {
    /// The project.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/boutique"))]
    project: PathBuf,
    /// The instant to work at.
    #[arg(long, default_value = "2011-11-14T09:00:00Z")]
    now: String,
    /// The campaign; its edition of the instant is decided.
    #[arg(long, default_value = "newsletter")]
    campaign: String,
    /// People who are decided for, at most, evenly spread over all.
    #[arg(long, default_value_t = 100_000)]
    people: usize,
    /// Rounds; every row once in each.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write what is decided for each of them, as lines of JSON, and measure nothing.
    #[arg(long)]
    decisions: Option<PathBuf>,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let (project, now) = world::load(&args.project, &args.now)?;
    let snapshot = world::open(&project, now)?;
    let ground = Ground::of(&project, &snapshot)?;
    let people = sample(&snapshot, args.people.max(1))?;
    let (world, campaign) = (ground.world(&project, &snapshot), project.campaign(&args.campaign).map_err(told)?);
    if let Some(file) = &args.decisions {
        return write(world, campaign, &people, file);
    }
    let n_slots = campaign.slots.values().filter(|slot| slot.spec.fill == Fill::Products).count();
    let mut sheet = Sheet::default();
    for _ in 0..args.rounds.max(1) {
        for n in BTreeSet::from([0, 1.min(n_slots), n_slots]) {
            measure(world, &with_slots(campaign, n), &people, &format!("{n} product slots"), &mut sheet)?;
        }
    }
    Ok(sheet.print(args.json)?)
}

/// Reads one person of so many that no more than `most` are read.
fn sample(snapshot: &Snapshot, most: usize) -> Result<Vec<Profile>, Failure> {
    let step = snapshot.profiles.len().div_ceil(most).max(1);
    let (mut people, mut n_before) = (Vec::new(), 0_usize);
    for group in snapshot.profiles.groups() {
        let group = group.map_err(told)?;
        let (n, first) = (group.len(), n_before.next_multiple_of(step) - n_before);
        people.extend(group.into_iter().skip(first).step_by(step));
        n_before += n;
    }
    Ok(people)
}

/// The campaign with no more product slots than `n`.
fn with_slots(campaign: &Campaign, n: usize) -> Campaign {
    let mut campaign = campaign.clone();
    let mut n_kept = 0;
    campaign.slots.retain(|_, slot| {
        n_kept += usize::from(slot.spec.fill == Fill::Products);
        slot.spec.fill != Fill::Products || n_kept <= n
    });
    campaign
}

/// Decides for everybody; the cost is told by the mail.
fn measure(world: World<'_>, campaign: &Campaign, people: &[Profile], name: &str, sheet: &mut Sheet) -> Result<(), Failure> {
    let planner = planner(world, campaign, true)?.ok_or(NO_EDITION)?;
    sheet.measure(name, "mails", || {
        let n_mails = people.iter().map(|profile| matches!(black_box(planner.decide(profile)), Decision::Admitted(_)));
        Ok::<u64, Failure>(n_mails.map(u64::from).sum())
    })
}

/// Writes the decisions, so that those of two builds can be compared.
fn write(world: World<'_>, campaign: &Campaign, people: &[Profile], file: &Path) -> Result<(), Failure> {
    let planner = planner(world, campaign, true)?.ok_or(NO_EDITION)?;
    let mut file = BufWriter::new(File::create(file)?);
    for profile in people {
        let decided = match planner.decide(profile) {
            Decision::Admitted(admission) => json!({ "id": profile.contact.id, "mail": admission.composition }),
            Decision::Skipped(skip) => json!({ "id": profile.contact.id, "skipped": format!("{:?}", skip.reason) }),
        };
        writeln!(file, "{decided}")?;
    }
    Ok(file.flush()?)
}
