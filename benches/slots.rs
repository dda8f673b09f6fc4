//! CPU time of filling the product slots of a mail: a campaign as it is written, with its first product slot alone, and without any.
//!
//! ```console
//! $ cargo bench --bench slots -- --project DIR --campaign NAME [--now INSTANT] [--rounds N] [--json]
//! ```
//!
//! Profiles are read once and decided on one thread, so that what is left between two rows is choosing products. Nothing is sent; the
//! snapshot is written where `profile build` keeps it (docs/benchmarks.md, "Slots").

#[path = "stages/sheet.rs"]
mod sheet;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::io::Write as _;
use std::path::PathBuf;

use clap::Parser;
use relance::audience::history::{SendHistory, Suppressions};
use relance::clock::{Now, Timestamp};
use relance::condition::Schema;
use relance::plan::{Decision, DueCampaign, Planner, Rules, World, due};
use relance::profile::Profile;
use relance::project::campaign::Fill;
use relance::project::checked::Campaign;
use relance::project::content::Level;
use relance::project::{self, Project};
use relance::snapshot::{self, Folder, Snapshot};
use sheet::Sheet;

type Failure = Box<dyn std::error::Error>;

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
    /// Rounds; every row once in each.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let (project, _) = project::load(&args.project, None).map_err(told)?;
    let at = Timestamp::parse(&args.now, project.zone).ok_or("`--now` is not an instant")?;
    let snapshot = open(&project, Now { at, zone: project.zone })?;
    let mut people: Vec<Profile> = Vec::new();
    for group in snapshot.profiles.groups() {
        people.extend(group.map_err(told)?);
    }
    let campaign = project.campaign(&args.campaign).map_err(told)?;
    let n_slots = campaign.slots.values().filter(|slot| slot.spec.fill == Fill::Products).count();
    let mut sheet = Sheet::default();
    for _ in 0..args.rounds.max(1) {
        for n in BTreeSet::from([0, 1.min(n_slots), n_slots]) {
            measure(&project, &snapshot, &people, &with_slots(campaign, n), &format!("{n} product slots"), &mut sheet)?;
        }
    }
    let shown = if args.json { serde_json::to_string_pretty(&sheet.json())? + "\n" } else { sheet.table() };
    std::io::stdout().write_all(shown.as_bytes())?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn told(error: relance::error::Error) -> Failure {
    format!("{error:?}").into()
}

/// Opens the snapshot of an instant, made first where it is not there.
fn open(project: &Project, now: Now) -> Result<Snapshot, Failure> {
    let folder = Folder::of(project);
    if let Some(snapshot) = folder.read(project, now) {
        return Ok(snapshot);
    }
    let (snapshot, report) = snapshot::build(project, now, &BTreeMap::new(), Some(&folder), &mut |_| ()).map_err(told)?;
    folder.write(project, &snapshot, &report).map_err(told)?;
    Ok(snapshot)
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
fn measure(
    project: &Project,
    snapshot: &Snapshot,
    people: &[Profile],
    campaign: &Campaign,
    name: &str,
    sheet: &mut Sheet,
) -> Result<(), Failure> {
    let topics: BTreeSet<String> = snapshot.catalogue.topics.iter().map(|topic| topic.slug.clone()).collect();
    let schema = Schema { attributes: Some(snapshot.inputs.attributes.clone()), topics: Some(topics), ..Schema::default() };
    let (rules, _) = Rules::compile(project, schema).map_err(|found| format!("{found:?}"))?;
    let (history, suppressions, taken) = (SendHistory::default(), Suppressions::default(), HashMap::new());
    let (offered, used) = Default::default();
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
        taken: &taken,
        offered: &offered,
        used: &used,
        now: snapshot.now,
        max_level: Level::Individual,
        asks_profiling: snapshot.inputs.asks_profiling(),
    };
    let occasion = match due(campaign, snapshot.now, true) {
        DueCampaign::List(edition) => Some(edition),
        DueCampaign::PerPerson => None,
        DueCampaign::No => return Err("the campaign has no edition yet: pass a later `--now`".into()),
    };
    let planner = Planner::new(world, campaign, occasion).map_err(told)?;
    sheet.measure(name, "mails", || {
        let n_mails = people.iter().map(|profile| matches!(black_box(planner.decide(profile)), Decision::Admitted(_)));
        Ok::<u64, Failure>(n_mails.map(u64::from).sum())
    })
}
