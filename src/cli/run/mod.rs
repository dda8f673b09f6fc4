//! `relance run`: plan, confirm, send, record.
//!
//! [`Turns`] leads the campaigns one after another through it: `ahead` decides, `wanted` asks, `turn` enqueues and sends, `tell` says what
//! it came to. A plan that was written before comes `from_file` instead.

mod ahead;
mod from_file;
mod places;
mod spool;
mod tell;
mod turn;
mod wanted;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use relance::delivery::{Destination, Render, Summary};
use relance::error::{Error, Kind, Result};
use relance::ledger::{Dropped, PlannedMessage, RunNo};
use relance::plan::{Admission, Draft, Rules, Totals};
use relance::project::checked::Campaign;
use relance::selection::Filling;
use relance::snapshot::Snapshot;

use self::from_file::Planned;
use self::turn::Turns;
use super::app::{App, block_on, schema_of};
use super::args::Globals;
use super::campaigns::{all_due, named};
use super::mailer::{Mailer, destination};
use super::missed;
use super::out::Out;
use super::plan::MaxLevel;
use super::recheck::{self, Seen};
use super::rehearse::Rehearsal;
use super::secrets;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign: the name of a file of `campaigns/`, without `.toml`.
    #[arg(required_unless_present_any = ["due", "plan"], conflicts_with_all = ["due", "plan"])]
    campaign: Option<String>,
    /// Every campaign whose time has come.
    #[arg(long)]
    due: bool,
    /// Exactly what is in a file of `plan --out`, as long as its inputs stand.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["due", "only", "max_level"])]
    plan: Option<PathBuf>,
    /// Rehearse: send into the sandbox on a copy of the ledger; nobody is written to and nothing counts.
    #[arg(long)]
    sandbox: bool,
    /// Do not ask; required without a terminal.
    #[arg(long)]
    yes: bool,
    /// Mails to send at most, per campaign; the others stay planned.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only people in this segment.
    #[arg(long, value_name = "SEGMENT")]
    only: Option<String>,
    #[command(flatten)]
    accepted: Accepted,
    /// Send although a lever of the score card is red: the name of the person who answers for it, kept in the ledger.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    override_red: Option<String>,
    /// The most precise level of block.
    #[arg(long, value_enum, default_value_t = MaxLevel::Individual, value_name = "LEVEL")]
    max_level: MaxLevel,
}

/// What is accepted of a plan that would be refused.
#[derive(Debug, clap::Args)]
struct Accepted {
    /// Accept a plan more than twice the size of the edition before.
    #[arg(long)]
    allow_growth: bool,
    /// Send a plan from which more people dropped out than `max_drift` allows.
    #[arg(long, requires = "plan")]
    accept_drift: bool,
}

/// What one campaign's run came to.
struct Ended {
    totals: Totals,
    summary: Summary,
    dropped: Dropped,
    /// People of a plan's file who were not written to, by why.
    dropped_before: BTreeMap<String, u64>,
    run: RunNo,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let mut app = App::open(globals)?;
    if !args.sandbox {
        return run_in(&app, None, args, globals, out);
    }
    asked(args)?;
    let rehearsal = Rehearsal::prepare(&mut app, out)?;
    let code = run_in(&app, Some(&rehearsal), args, globals, out);
    rehearsal.end(code, &app, out)
}

/// Refuses to ask where nobody is there to answer.
fn asked(args: &Args) -> Result<()> {
    if !args.yes && !std::io::stdin().is_terminal() {
        return Err(Error::new(Kind::Usage, "there is no terminal to ask on").help("add `--yes` to say that the mails are to be sent"));
    }
    Ok(())
}

fn run_in(app: &App, rehearsal: Option<&Rehearsal>, args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let mailer = Mailer::open(app, &app.rules()?)?;
    let (mailer, destination) = match rehearsal {
        Some(rehearsal) => (mailer.for_rehearsal(), rehearsal.destination()),
        None => (mailer, destination(app)?),
    };
    let render = mailer.into_render(app)?;
    let plan = args.plan.as_deref().map(|path| Planned::open(app, globals, path)).transpose()?;
    let chosen = match (&args.campaign, &plan) {
        (Some(name), _) => vec![named(app, name)?],
        (None, Some(plan)) => vec![named(&plan.then, plan.opened.header.campaign.as_str())?],
        (None, None) => all_due(app),
    };
    if !chosen.is_empty() {
        app.rules_with_models(out)?;
    }
    asked(args)?;
    let n_missed = if args.due { block_on(missed::note(app, out))? } else { 0 };
    let code = if n_missed > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS };
    if chosen.is_empty() {
        out.say("Nothing is due.");
        return Ok(code);
    }
    // Looked at before they are read: what changes while they are read is seen too.
    let seen = recheck::look(&app.project, &secrets::source_urls(&app.project)?)?;
    let snapshot = plan.as_ref().map_or(app, |plan| &plan.then).snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    if let Some(segment) = args.only.as_deref().filter(|segment| rules.segments.position(segment).is_none()) {
        return Err(Error::new(Kind::Usage, format!("there is no segment `{segment}`")));
    }
    let plan = plan.as_ref();
    let work = Work { app, args, out, plan, rules: &rules, snapshot: &snapshot, seen: &seen, render: &render, destination: &destination };
    block_on(Turns::run_all(&work, &chosen, code))
}

/// What every campaign of the command is run with.
struct Work<'a> {
    app: &'a App,
    plan: Option<&'a Planned>,
    args: &'a Args,
    out: &'a Out,
    rules: &'a Rules,
    snapshot: &'a Snapshot,
    seen: &'a Seen,
    render: &'a Render,
    destination: &'a Destination,
}

/// A decided mail as the ledger keeps it.
pub(crate) fn planned(campaign: &Campaign, admission: &Admission, draft: Draft) -> PlannedMessage {
    let shown = admission.composition.slots.values().flat_map(|filling| match filling {
        Filling::Products { picks, .. } => picks.iter().map(|pick| pick.product.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    PlannedMessage {
        compulsory: campaign.spec.compulsory,
        not_before: admission.occasion.not_before.unwrap_or(draft.at),
        expires_at: Some(admission.expires_at().max(draft.at)),
        products: shown.collect(),
        offer: admission.composition.offer.as_ref().map(|offer| offer.name.clone()),
        cost: admission.composition.offer.as_ref().and_then(|offer| offer.cost).map(|cost| cost.minor),
        n_personal_blocks: admission.composition.n_personal_blocks(),
        pool: admission.composition.offer.as_ref().and_then(|offer| offer.pool.clone()),
        draft,
    }
}
