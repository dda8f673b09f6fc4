//! `relance plan`: decide and print totals; nothing is sent.

mod approve;
mod checked;
mod examples;
mod figures;
mod page;
mod page_faults;
mod page_mails;
mod told;

use std::path::PathBuf;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::plan::{Decision, FrontPage, Planner, Rules, Short, short_of_codes};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use relance::project::content::Level;
use relance::snapshot::Snapshot;
use serde_json::json;

use self::approve::{Approve, approve};
pub(crate) use self::checked::{Checks, Looked, USUAL};
pub(crate) use self::examples::Examples;
pub(crate) use self::figures::{Counter, Figures, before};
pub(crate) use self::page::{Sheet, sections};
use self::told::line;
pub(crate) use self::told::{as_json, decided};
use super::accounts::settled;
use super::app::{App, Memory, schema_of, world};
use super::args::Globals;
use super::campaigns::{Chosen, edition_words, named, summary_edition, warn_of_ended_offers};
use super::everybody::{for_each_frozen, for_each_with};
use super::gate::{Basis, FORMAT, Header, Plan, Sealed};
use super::inspector::{Inspector, looking};
use super::mailer::Mailer;
use super::measurable;
use super::out::{Out, bold, count};
use super::whole::Whole;
use super::{covered, summary};

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
    /// Make so many of the mails and look at them as `check --mails` does, those with most in them among them; `all`, or `none`.
    #[arg(long, value_name = "N", default_value_t = Looked::Some(USUAL))]
    checks: Looked,
}

#[derive(Debug, clap::Subcommand)]
enum PlanCommand {
    /// Vouch for a plan, where its campaign asks for it.
    Approve(Approve),
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
    app.rules_with_models(out)?;
    let (campaign, edition) = match (&args.command, &args.campaign) {
        (Some(PlanCommand::Approve(wanted)), _) => return approve(&app, wanted, out),
        (None, name) => named(&app, name.as_deref().unwrap_or_default())?,
    };
    // Looked at before anything is read: what changes in between is seen when the plan is run.
    let basis = args.out.as_ref().map(|_| Basis::of(&app.project, globals.env.as_deref())).transpose()?;
    let snapshot = app.snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let memory = app.remembered()?;
    let before = before(&app, &(campaign, edition.clone()), args.since.as_deref())?;
    let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, args.max_level.into()), campaign, edition.clone())?;
    let planner = settled(planner, &snapshot)?;
    let planner = if args.decisions.is_some() { planner.telling() } else { planner };

    let mut decisions = args.decisions.as_deref().map(Whole::create).transpose()?;
    let mut plan = args
        .out
        .as_deref()
        .zip(basis)
        .map(|(path, basis)| Plan::create(path, header(args, &app, &(campaign, edition.clone()), basis)))
        .transpose()?;
    let looking = if args.checks == Looked::Some(0) { None } else { looking_for(&app, out) };
    let checks = looking.as_ref().map(|(mailer, inspector)| Checks::new(inspector, mailer, campaign, args.checks));
    let mut counter = Counter::new((&app, &rules), campaign, &planner, checks);
    let mut front_page = FrontPage::default();
    let segments_of = counter.segments();
    let mut note = |profile: &Profile, decision: &Decision, members: &[bool]| {
        let arm = counter.add(profile, decision, members);
        if args.front_page {
            front_page.add(&profile.contact.id, decision);
        }
        decisions.as_mut().map_or(Ok(()), |file| file.text(&line(profile, decision, arm)))
    };
    if let Some(plan) = &mut plan {
        for_each_frozen(&planner, &snapshot, segments_of, |profile, decision, draft, members| {
            note(profile, &decision, &members)?;
            let arm = planner.arm(profile, &decision);
            plan.add(campaign, profile, arm, (decision, draft))
        })?;
    } else {
        for_each_with(&planner, &snapshot, segments_of, |profile, decision, members| note(profile, &decision, &members))?;
    }
    decisions.map(Whole::finish).transpose()?;

    let figures = counter.finish(before)?;
    let (totals, changes) = (&figures.totals, figures.changes());
    let short = short_of_codes(&app.project, &memory.used, &totals.offers);
    warn((&app, campaign), &memory, &short, out);
    let since = changes.map(|(edition, changes)| (edition, changes.to_vec()));
    let sealed = plan.map(|plan| plan.finish(totals, &figures.card, since.as_ref())).transpose()?;
    if out.json {
        let mut value = as_json(&(campaign, edition), &app, totals, changes);
        value["score"] = json!(figures.card);
        if !value["arms"].is_null() {
            value["arms"]["measurable"] = json!(figures.measurable);
        }
        value["bubble"] = json!(planner.bubble(totals));
        value["coverage"] = covered::as_json(&app.project, campaign, &figures.coverage);
        value["checks"] = figures.checked.as_json();
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
    tell_head(&app, campaign, &edition_words(edition.as_ref()), &snapshot, out);
    out.data(summary::totals(totals, changes));
    let arms = summary::arms(&app.project, campaign, totals, figures.measurable.as_ref());
    let bubble = planner.bubble(totals).as_ref().map(super::bubble::of_plan).unwrap_or_default();
    [arms, bubble].iter().filter(|part| !part.is_empty()).for_each(|part| out.data(part));
    out.data(covered::words(&figures.coverage));
    out.data(summary::score(&figures.card));
    let checked = figures.checked.words(campaign);
    if !checked.is_empty() {
        out.data(checked);
    }
    out.data(summary::governance(&campaign.spec));
    if args.front_page {
        out.data(summary::front_page(front_page.stories()));
    }
    tell_next(globals, campaign, sealed.as_ref(), out);
    Ok(ExitCode::SUCCESS)
}

/// Opens what looks at mails; says why when it cannot be done, for a plan can be made without.
fn looking_for(app: &App, out: &Out) -> Option<(Mailer, Inspector)> {
    let opened = looking(app).and_then(|mailer| Inspector::open(&app.project, &mailer).map(|inspector| (mailer, inspector)));
    opened.map_err(|error| out.warn(format!("no mail is looked at: {error}; see `{} check`", app.program))).ok()
}

/// Says what is planned, when, and from how much.
fn tell_head(app: &App, campaign: &Campaign, edition: &str, snapshot: &Snapshot, out: &Out) {
    let when = app.now.local().format("%Y-%m-%d %H:%M");
    out.data(format!("{}, edition {edition}    {when} {}\n", bold(&campaign.name), app.now.zone));
    let counts = snapshot.inputs.counts.iter().map(|(source, n)| format!("{source} {}", count(*n)));
    out.data(format!("  {}\n", counts.collect::<Vec<_>>().join("   ")));
}

/// Warns of people who stay held out, of codes that are missing, and of offers that ended.
fn warn((app, campaign): (&App, &Campaign), memory: &Memory, short: &[Short], out: &Out) {
    if let Some(kept) = measurable::kept_out(campaign, &memory.history) {
        out.warn(kept);
    }
    for short in short {
        out.warn(format!("{} codes of `{}` are needed and {} are left", count(short.needed), short.pool, count(short.left)));
    }
    warn_of_ended_offers(app, campaign, out);
}

/// What is written at the head of a plan's file.
fn header(args: &Args, app: &App, chosen: &Chosen<'_>, basis: Basis) -> Header {
    let campaign = chosen.0;
    Header {
        relance_plan: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        campaign: campaign.name.clone(),
        edition: summary_edition(app, chosen),
        now: app.now.at,
        zone: app.now.zone,
        max_level: args.max_level.into(),
        owner: campaign.spec.owner.clone(),
        approval: campaign.spec.approval.as_ref().map(|approval| approval.by.clone()).unwrap_or_default(),
        basis,
    }
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

fn no_edition(edition: &str) -> Error {
    Error::new(Kind::Usage, format!("no plan of edition `{edition}` was run")).help("`relance status` lists the runs")
}
