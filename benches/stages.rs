//! CPU time and peak memory of every stage of the pipeline, on a real project.
//!
//! ```console
//! $ cargo bench --bench stages -- [--project DIR] [--now INSTANT] [--campaign NAME] [--rounds N] [--mails N] [--json]
//! ```
//!
//! Nothing is sent. The snapshot is written where `profile build` keeps it, the ledger in a temporary folder
//! (docs/benchmarks.md, "Stages").

#[path = "stages/sheet.rs"]
mod sheet;
#[path = "stages/world.rs"]
mod world;

use std::collections::{BTreeMap, VecDeque};
use std::hint::black_box;
use std::path::PathBuf;

use clap::Parser;
use rayon::prelude::*;
use relance::clock::{Now, Timestamp};
use relance::condition::Schema;
use relance::id::CampaignName;
use relance::ledger::{Holder, Lease, Ledger, MessageNo, Outcome, PlannedMessage, Redo, RunNo, Sharing, system_now};
use relance::message::token::{Key, Purpose};
use relance::message::{MessageSpec, build, link};
use relance::plan::{Admission, Decision, Draft, Rules};
use relance::profile::Profile;
use relance::project::Project;
use relance::render::{DesignInput, Designs, Values};
use relance::snapshot::{self, Folder, Snapshot};
use sheet::Sheet;
use world::{Failure, Ground, planner, told};

/// Messages claimed, marked and recorded at once.
const BATCH: usize = 500;

#[derive(Parser)]
struct Args {
    /// The project.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/boutique"))]
    project: PathBuf,
    /// The instant to work at.
    #[arg(long, default_value = "2011-11-14T09:00:00Z")]
    now: String,
    /// The campaign.
    #[arg(long, default_value = "newsletter")]
    campaign: String,
    /// Rounds; every stage runs once in each.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Most mails rendered and enqueued a round.
    #[arg(long, default_value_t = 2_000)]
    mails: usize,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let (project, now) = world::load(&args.project, &args.now)?;
    let mut sheet = Sheet::default();
    for _ in 0..args.rounds.max(1) {
        let snapshot = profiles(&project, now, &mut sheet)?;
        let drafts = decisions(&args, &project, &snapshot, &mut sheet)?;
        mails(&project, &drafts, &mut sheet)?;
        rows(&drafts, &mut sheet)?;
    }
    Ok(sheet.print(args.json)?)
}

/// From sources to profiles, and the snapshot of them.
fn profiles(project: &Project, now: Now, sheet: &mut Sheet) -> Result<Snapshot, Failure> {
    let folder = Folder::of(project);
    // Profiles are written while they are folded, and kept by moving the file: a build can be kept once.
    sheet.measure("read, fold and keep", "rows", || {
        let (snapshot, report) = snapshot::build(project, now, &BTreeMap::new(), Some(&folder), &mut |_| ()).map_err(told)?;
        folder.write(project, &snapshot, &report).map_err(told)?;
        Ok::<u64, Failure>(report.sources.values().map(|source| source.n_rows).sum())
    })?;
    sheet.measure("snapshot, open", "profiles", || {
        Ok::<u64, Failure>(folder.read(project, now).map_or(0, |read| read.profiles.len() as u64))
    })?;
    let snapshot = world::open(project, now)?;
    let group = snapshot.profiles.groups().next().ok_or("the project has no contact")?.map_err(told)?;
    let whom = group[group.len() / 2].contact.id.clone();
    sheet.measure("snapshot, one person", "people", || {
        let opened = folder.read(project, now).ok_or("the snapshot does not hold")?;
        Ok::<u64, Failure>(opened.profiles.find_by_id(whom.as_str()).map_err(told)?.map_or(0, |_| 1))
    })?;
    Ok(snapshot)
}

/// Decisions of everybody, and the drafts of the first mails.
fn decisions(args: &Args, project: &Project, snapshot: &Snapshot, sheet: &mut Sheet) -> Result<Vec<Draft>, Failure> {
    let ground = Ground::of(project, snapshot)?;
    let planner = planner(ground.world(project, snapshot), project.campaign(&args.campaign).map_err(told)?, true)?;
    let planner = planner.ok_or("the campaign has no edition yet: pass a later `--now`")?;
    let mut admitted: Vec<(Profile, Box<Admission>)> = Vec::new();
    sheet.measure("plan", "people", || {
        admitted.clear();
        for group in snapshot.profiles.groups() {
            let group = group.map_err(told)?;
            let decisions: Vec<Decision> = group.par_iter().map(|profile| planner.decide(profile)).collect();
            for (profile, decision) in group.into_iter().zip(decisions) {
                if let (Decision::Admitted(admission), true) = (decision, admitted.len() < args.mails.max(1)) {
                    admitted.push((profile, admission));
                }
            }
        }
        Ok::<u64, Failure>(snapshot.profiles.len() as u64)
    })?;
    if admitted.is_empty() {
        return Err("nobody is admitted: choose another `--campaign` or `--now`".into());
    }
    let mut drafts = Vec::new();
    sheet.measure("draft", "mails", || {
        drafts = admitted.iter().map(|(profile, admission)| planner.draft(profile, admission)).collect();
        Ok::<u64, Failure>(drafts.len() as u64)
    })?;
    Ok(drafts)
}

/// Drafts to messages, on one thread.
fn mails(project: &Project, drafts: &[Draft], sheet: &mut Sheet) -> Result<(), Failure> {
    let (rules, _) = Rules::compile(project, Schema::default()).map_err(|found| format!("{found:?}"))?;
    let (designs, _) = Designs::compile(&DesignInput::of(project, &rules.blocks));
    let spec = spec(project)?;
    let linked = |draft: &Draft| {
        let mut draft = draft.clone();
        let url = link(&spec.key, &spec.unsubscribe_url, Purpose::Unsubscribe, draft.campaign.as_str(), draft.recipient.as_str());
        draft.context["links"]["unsubscribe"] = url.clone().into();
        draft.context["links"]["preferences"] = url.into();
        draft.with(|context| Values::of(&context))
    };
    let drafts: Vec<Draft<Values>> = drafts.iter().map(linked).collect();
    let render =
        |draft: &Draft<Values>| designs.render_values(draft.campaign.as_str(), draft.step.as_deref(), &draft.locale, &draft.context);
    let n = drafts.len() as u64;
    let mut rendered = Vec::new();
    sheet.measure("render", "mails", || {
        rendered.clear();
        for draft in &drafts {
            rendered.push(render(draft)?);
        }
        Ok::<u64, Failure>(n)
    })?;
    sheet.measure("MIME", "mails", || {
        for (draft, rendered) in drafts.iter().zip(&rendered) {
            black_box(build(draft, rendered, &spec)?);
        }
        Ok::<u64, Failure>(n)
    })?;
    drop(rendered);
    sheet.measure("whole mail", "mails", || {
        for draft in &drafts {
            black_box(build(draft, &render(draft)?, &spec)?);
        }
        Ok::<u64, Failure>(n)
    })
}

fn spec(project: &Project) -> Result<MessageSpec, Failure> {
    let sender = &project.config.sender;
    let address = sender.address.get_ref().clone();
    Ok(MessageSpec {
        sender_name: sender.name.clone(),
        reply_to: sender.reply_to.as_ref().map(|reply_to| reply_to.get_ref().clone()),
        return_path: sender.return_path.as_ref().map(|path| path.get_ref().clone()),
        list_domain: address.rsplit('@').next().unwrap_or_default().to_owned(),
        sender_address: address,
        unsubscribe_url: project.config.links.unsubscribe.get_ref().clone(),
        feedback_id: project.name.clone(),
        zone: project.zone,
        key: Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).ok_or("not a key")?,
    })
}

/// The rows of a ledger on SQLite: enqueued, claimed, marked as being sent and recorded as sent.
fn rows(drafts: &[Draft], sheet: &mut Sheet) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let ledger = runtime.block_on(Ledger::open(&format!("sqlite://{}", folder.path().join("ledger.db").display()), true)).map_err(told)?;
    let (n, at) = (drafts.len() as u64, system_now());
    let mut enqueued = VecDeque::new();
    sheet.measure("ledger, enqueue", "messages", || {
        let campaign = CampaignName(format!("bench-{}", enqueued.len()));
        let planned: Vec<PlannedMessage> = drafts.iter().map(|draft| planned(draft, &campaign, at)).collect();
        enqueued.push_back(campaign);
        runtime.block_on(ledger.enqueue(RunNo(1), &planned)).map_err(told)
    })?;
    let mut claimed = VecDeque::new();
    sheet.measure("ledger, claim", "messages", || {
        let Some(campaign) = enqueued.pop_front() else { return Ok(0) };
        let (lease, numbers) = runtime.block_on(claim(&ledger, &campaign, at)).map_err(told)?;
        let n_claimed = numbers.len() as u64;
        claimed.push_back((lease, numbers));
        Ok::<u64, Failure>(n_claimed)
    })?;
    sheet.measure("ledger, mark and record", "messages", || {
        let Some((lease, numbers)) = claimed.pop_front() else { return Ok(0) };
        runtime.block_on(settle(&ledger, lease, &numbers, at)).map_err(told)?;
        Ok::<u64, Failure>(n)
    })?;
    runtime.block_on(ledger.close());
    Ok(())
}

fn planned(draft: &Draft, campaign: &CampaignName, at: Timestamp) -> PlannedMessage {
    PlannedMessage {
        draft: Draft { campaign: campaign.clone(), ..draft.clone() },
        compulsory: false,
        not_before: at,
        expires_at: None,
        products: Vec::new(),
        offer: None,
        cost: None,
        n_personal_blocks: 0,
        pool: None,
    }
}

async fn claim(ledger: &Ledger, campaign: &CampaignName, at: Timestamp) -> relance::error::Result<(Lease, Vec<MessageNo>)> {
    let lease = ledger.take_lease(campaign, &Holder::this(), Sharing::Alone, Redo::Hold, at, chrono_tz::UTC).await?;
    let mut numbers = Vec::new();
    loop {
        let batch = ledger.claim(&lease, at, BATCH).await?;
        if batch.is_empty() {
            return Ok((lease, numbers));
        }
        numbers.extend(batch.iter().map(|claimed| claimed.no));
    }
}

async fn settle(ledger: &Ledger, lease: Lease, numbers: &[MessageNo], at: Timestamp) -> relance::error::Result<()> {
    for batch in numbers.chunks(BATCH) {
        let sending: Vec<(MessageNo, &str)> = batch.iter().map(|no| (*no, "0123456789abcdef0123456789abcdef@bench.example")).collect();
        ledger.mark_sending(&lease, &sending, at).await?;
        let sent: Vec<(MessageNo, Outcome)> = batch.iter().map(|no| (*no, Outcome::Sent { reply: "250 ok".to_owned() })).collect();
        ledger.record(&lease, &sent, at).await?;
    }
    ledger.release(lease, Redo::Hold, at).await
}
