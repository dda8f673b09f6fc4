//! `relance plan`: decide and print totals; nothing is sent.

use std::path::PathBuf;
use std::process::ExitCode;

use rayon::prelude::*;
use relance::error::{Error, Kind, Result};
use relance::id::Edition;
use relance::money::Money;
use relance::plan::{Decision, Draft, FrontPage, OfferMoney, Planner, Rules, ScoreCard, Totals, short_of_codes};
use relance::profile::{Profile, Reading};
use relance::project::checked::Campaign;
use relance::project::content::Level;
use relance::snapshot::Snapshot;
use relance::survey::coverage::{Coverage, Messages};
use serde_json::json;

use super::accounts::settled;
use super::app::{App, block_on, schema_of, world};
use super::args::Globals;
use super::campaigns::{Chosen, edition_words, named, summary_edition};
use super::gate::{self, Basis, FORMAT, Header, Opened, Plan, Sealed};
use super::out::{Out, bold, count};
use super::past::members;
use super::whole::Whole;
use super::{covered, summary};

/// People whose mails are frozen at once; bounds memory whatever the size of the list.
pub(crate) const CHUNK: usize = 4_096;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<PlanCommand>,
    /// The campaign: the name of a file of `campaigns/`, without `.toml`.
    #[arg(required = true)]
    campaign: Option<String>,
    /// Compare with this edition instead of the one before.
    #[arg(long, value_name = "EDITION")]
    since: Option<String>,
    /// Write the plan to a file, for `plan approve` and `run --plan`.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write every decision to a file to read, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
    /// Tell the most intrusive mails as a newspaper would, by id.
    #[arg(long)]
    front_page: bool,
    /// The most precise level of block.
    #[arg(long, value_enum, default_value_t = MaxLevel::Individual, value_name = "LEVEL")]
    max_level: MaxLevel,
}

#[derive(Debug, clap::Subcommand)]
enum PlanCommand {
    /// Vouch for a plan, where its campaign asks for it.
    Approve(Approve),
}

#[derive(Debug, clap::Args)]
struct Approve {
    /// The plan: a file of `plan --out`.
    plan: PathBuf,
    /// Who approves: a name of the campaign's `approval`.
    #[arg(long, value_name = "NAME")]
    by: String,
}

/// How finely mails may target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum MaxLevel {
    /// The same for all.
    General,
    /// Broad groups.
    Many,
    /// Narrow groups.
    Few,
    /// One person.
    Individual,
}

impl From<MaxLevel> for Level {
    fn from(level: MaxLevel) -> Self {
        match level {
            MaxLevel::General => Self::General,
            MaxLevel::Many => Self::Many,
            MaxLevel::Few => Self::Few,
            MaxLevel::Individual => Self::Individual,
        }
    }
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    app.rules()?;
    let (campaign, edition) = match (&args.command, &args.campaign) {
        (Some(PlanCommand::Approve(wanted)), _) => return approve(&app, wanted, out),
        (None, name) => named(&app, name.as_deref().unwrap_or_default())?,
    };
    // Looked at before anything is read: what changes in between is seen when the plan is run.
    let basis = args.out.as_ref().map(|_| Basis::of(&app.project, globals.env.as_deref())).transpose()?;
    let snapshot = app.snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let (memory, before) = block_on(async {
        let ledger = app.ledger(false).await?;
        let memory = app.memory(ledger.as_ref()).await?;
        let before = match &ledger {
            None => None,
            Some(ledger) => match &args.since {
                Some(since) => Some(ledger.plan_summary(&campaign.name, &Edition(since.clone())).await?.ok_or_else(|| no_edition(since))?),
                None => ledger.previous_plan_summary(&campaign.name, &summary_edition(&app, &(campaign, edition.clone()))).await?,
            },
        };
        Ok((memory, before))
    })?;
    let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, args.max_level.into()), campaign, edition.clone())?;
    let planner = settled(planner, &snapshot)?;

    let mut decisions = args.decisions.as_deref().map(Whole::create).transpose()?;
    let header = |basis| Header {
        relance_plan: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        campaign: campaign.name.clone(),
        edition: summary_edition(&app, &(campaign, edition.clone())),
        now: app.now.at,
        zone: app.now.zone,
        max_level: args.max_level.into(),
        owner: campaign.spec.owner.clone(),
        approval: campaign.spec.approval.as_ref().map(|approval| approval.by.clone()).unwrap_or_default(),
        basis,
    };
    let mut plan = args.out.as_deref().zip(basis).map(|(path, basis)| Plan::create(path, header(basis))).transpose()?;
    let mut totals = planner.totals();
    let mut front_page = FrontPage::default();
    let (messages, reading) = (Messages::of(&app.project, &rules), Reading::of(&app.project, app.now));
    let mut coverage = Coverage::new(campaign, &rules);
    let segments_of = |profile: &Profile| members(&snapshot, &rules, profile, reading).1;
    let mut note = |profile: &Profile, decision: &Decision, members: &[bool]| {
        totals.add(decision);
        coverage.add(members, decision, &messages);
        if args.front_page {
            front_page.add(&profile.contact.id, decision);
        }
        decisions.as_mut().map_or(Ok(()), |file| file.text(&line(profile, decision)))
    };
    if let Some(plan) = &mut plan {
        for_each_frozen(&planner, &snapshot, segments_of, |profile, decision, draft, members| {
            note(profile, &decision, &members)?;
            plan.add(campaign, profile, decision, draft)
        })?;
    } else {
        for_each_with(&planner, &snapshot, segments_of, |profile, decision, members| note(profile, &decision, &members))?;
    }
    if let Some(file) = decisions {
        file.finish()?;
    }

    let short = short_of_codes(&app.project, &memory.used, &totals.offers);
    for short in &short {
        out.warn(format!("{} codes of `{}` are needed and {} are left", count(short.needed), short.pool, count(short.left)));
    }
    let earlier: Option<(String, Totals)> =
        before.and_then(|before| Some((before.edition.to_string(), serde_json::from_value(before.totals).ok()?)));
    let changes = earlier.as_ref().map(|(edition, earlier)| (edition.as_str(), totals.since(earlier)));
    let card = ScoreCard::of(&app.project, &rules.schema, &rules.segments, campaign, &totals);
    let coverage = coverage.settle();
    let sealed = plan.map(|plan| plan.finish(&totals, &card, changes.as_ref())).transpose()?;
    if out.json {
        let mut value =
            as_json(&(campaign, edition), &app, &totals, changes.as_ref().map(|(edition, changes)| (*edition, changes.as_slice())));
        value["score"] = json!(card);
        value["coverage"] = covered::as_json(&app.project, campaign, &coverage);
        let short = short.iter().map(|short| json!({ "pool": short.pool, "needed": short.needed, "left": short.left }));
        value["short_of_codes"] = short.collect();
        if let Some(sealed) = &sealed {
            value["plan"] = json!(sealed);
        }
        if args.front_page {
            value["front_page"] = json!(front_page.stories());
        }
        out.value(&value);
        return Ok(ExitCode::SUCCESS);
    }
    let when = app.now.local().format("%Y-%m-%d %H:%M");
    out.data(format!("{}, edition {}    {when} {}\n", bold(&campaign.name), edition_words(edition.as_ref()), app.now.zone));
    let counts = snapshot.inputs.counts.iter().map(|(source, n)| format!("{source} {}", count(*n)));
    out.data(format!("  {}\n", counts.collect::<Vec<_>>().join("   ")));
    out.data(summary::totals(&totals, changes.as_ref().map(|(edition, changes)| (*edition, changes.as_slice()))));
    out.data(covered::words(&coverage));
    out.data(summary::score(&card));
    out.data(summary::governance(&campaign.spec));
    if args.front_page {
        out.data(summary::front_page(front_page.stories()));
    }
    tell_next(globals, campaign, sealed.as_ref(), out);
    Ok(ExitCode::SUCCESS)
}

/// Decides for everybody in id order as [`for_each`] does, with the frozen mails.
fn for_each_frozen<T: Send>(
    planner: &Planner<'_>,
    snapshot: &Snapshot,
    besides: impl Fn(&Profile) -> T + Sync,
    mut on: impl FnMut(&Profile, Decision, Option<Draft>, T) -> Result<()>,
) -> Result<()> {
    for group in snapshot.profiles.groups() {
        for people in group?.chunks(CHUNK) {
            let found: Vec<T> = people.par_iter().map(&besides).collect();
            for ((profile, (decision, draft)), found) in people.iter().zip(freeze_all(planner, people)).zip(found) {
                on(profile, decision, draft, found)?;
            }
        }
    }
    Ok(())
}

/// Says what to type next.
fn tell_next(globals: &Globals, campaign: &Campaign, sealed: Option<&Sealed>, out: &Out) {
    let (program, name) = (globals.program(), &campaign.name);
    let now = globals.now.as_ref().map(|now| format!(" --now {now}")).unwrap_or_default();
    if let Some(sealed) = sealed {
        sealed.warnings.iter().for_each(|warning| out.warn(warning));
        out.did("Written", format!("{}  sha256 {}", sealed.file, sealed.sha256));
        out.say("Nothing was sent. Next:");
        if !sealed.approval.is_empty() {
            out.say(format!("  {program} plan approve {} --by NAME", sealed.file));
        }
        out.say(format!("  {program} run --plan {}{now}", sealed.file));
        return;
    }
    out.say("Nothing was sent. Next:");
    for next in [format!("explain {name} RECIPIENT{now}"), format!("preview {name}{now}"), format!("run {name}{now}")] {
        out.say(format!("  {program} {next}"));
    }
}

fn approve(app: &App, wanted: &Approve, out: &Out) -> Result<ExitCode> {
    let plan = Opened::open(&wanted.plan)?;
    let record = gate::approve(&app.project, &plan, &wanted.by, app.now.at)?;
    let (totals, name) = (&plan.trailer.totals, &plan.header.campaign);
    if out.json {
        out.value(&json!({
            "campaign": name,
            "edition": plan.header.edition,
            "plan": plan.sha256,
            "planned": totals.planned,
            "by": wanted.by,
            "at": app.now.at.to_string(),
            "record": record.display().to_string(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    out.did("Approved", format!("{name}, edition {}, {} mails, by {}", plan.header.edition, count(totals.planned), wanted.by));
    out.say(format!("Nothing was sent. Next:\n  {} run --plan {}", app.program, wanted.plan.display()));
    Ok(ExitCode::SUCCESS)
}

fn no_edition(edition: &str) -> Error {
    Error::new(Kind::Usage, format!("no plan of edition `{edition}` was run")).help("`relance status` lists the runs")
}

/// Decides for everybody in id order, group by group on all cores.
pub(crate) fn for_each(planner: &Planner<'_>, snapshot: &Snapshot, mut on: impl FnMut(&Profile, Decision) -> Result<()>) -> Result<()> {
    for_each_with(planner, snapshot, |_| (), |profile, decision, ()| on(profile, decision))
}

/// As [`for_each`], with what `besides` finds of each person.
fn for_each_with<T: Send>(
    planner: &Planner<'_>,
    snapshot: &Snapshot,
    besides: impl Fn(&Profile) -> T + Sync,
    mut on: impl FnMut(&Profile, Decision, T) -> Result<()>,
) -> Result<()> {
    for group in snapshot.profiles.groups() {
        let people = group?;
        let decisions: Vec<(Decision, T)> = people.par_iter().map(|profile| (planner.decide(profile), besides(profile))).collect();
        for (profile, (decision, found)) in people.iter().zip(decisions) {
            on(profile, decision, found)?;
        }
    }
    Ok(())
}

/// Decides for a chunk of people on all cores, in their order, and freezes the admitted mails.
pub(crate) fn freeze_all(planner: &Planner<'_>, people: &[Profile]) -> Vec<(Decision, Option<Draft>)> {
    let freeze = |profile: &Profile| {
        let decision = planner.decide(profile);
        let draft = match &decision {
            Decision::Admitted(admission) => Some(planner.draft(profile, admission)),
            Decision::Skipped(_) => None,
        };
        (decision, draft)
    };
    people.par_iter().map(freeze).collect()
}

/// The totals as `--json` prints them.
pub(crate) fn as_json(
    chosen: &Chosen<'_>,
    app: &App,
    totals: &Totals,
    changes: Option<(&str, &[relance::plan::Change])>,
) -> serde_json::Value {
    json!({
        "campaign": chosen.0.name,
        "edition": edition_words(chosen.1.as_ref()),
        "at": app.now.at.to_string(),
        "contacts": totals.contacts,
        "planned": totals.planned,
        "later": totals.later,
        "skipped": totals.skipped,
        "details": totals.details,
        "slots": totals.slots,
        "levels": totals.levels,
        "variety": variety(totals),
        "steps": totals.steps,
        "offers": totals.offers,
        "money": money(totals),
        "since": changes.map(|(edition, changes)| json!({ "edition": edition, "changes": changes })),
    })
}

/// What each offer costs at most, and what is saved against giving it in all the mails of its steps.
fn money(totals: &Totals) -> serde_json::Value {
    let Some(currency) = totals.currency else { return json!({}) };
    let amount = |minor: i64| json!(Money { minor, currency });
    let of_offer = |(offer, money): (&String, &OfferMoney)| {
        let told = json!({
            "exposed": amount(money.exposed),
            "saved": amount(money.saved),
            "to_all": amount(money.exposed.saturating_add(money.saved)),
            "uncounted": money.uncounted,
        });
        (offer.clone(), told)
    };
    totals.money.iter().map(of_offer).collect::<serde_json::Map<_, _>>().into()
}

/// How varied each slot of products is, with five digits.
fn variety(totals: &Totals) -> serde_json::Value {
    let short = |share: Option<f64>| share.map(|share| (share * 1e5).round() / 1e5);
    let of_slot = |(slot, variety): (&String, &relance::plan::Variety)| {
        let coverage = short(variety.coverage(totals.for_sale));
        (slot.clone(), json!({ "likeness": short(variety.likeness()), "products": variety.products, "coverage": coverage }))
    };
    totals.variety.iter().map(of_slot).collect::<serde_json::Map<_, _>>().into()
}

/// A decision as a line of `--decisions`.
fn line(profile: &Profile, decision: &Decision) -> String {
    format!("{}\n", decided(profile, decision))
}

/// A decision as JSON.
pub(crate) fn decided(profile: &Profile, decision: &Decision) -> serde_json::Value {
    match decision {
        Decision::Admitted(admission) => json!({
            "recipient": profile.contact.id,
            "decision": "admitted",
            "edition": admission.occasion.edition,
            "step": admission.occasion.step,
            "not_before": admission.occasion.not_before.map(|at| at.to_string()),
            "locale": profile.contact.locale,
            "slots": admission.composition.slots,
            "offer": admission.composition.offer,
            "because": admission.composition.because,
            "intrusion": admission.composition.intrusion,
        }),
        Decision::Skipped(skip) => {
            json!({ "recipient": profile.contact.id, "decision": "skipped", "reason": skip.reason, "detail": skip.detail })
        }
    }
}
