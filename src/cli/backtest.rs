//! `relance backtest`: past days simulated one after another, each seeing nothing later than itself; nothing is sent or remembered.

mod days;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use chrono::NaiveDate;
use relance::clock::Now;
use relance::error::{Error, Result};
use relance::plan::{Decision, Planner, Rules};
use relance::project::content::Level;
use relance::snapshot::{self, Snapshot};
use relance::survey::backtest::Backtest;
use relance::survey::hits::Judge;
use relance::survey::outcome::Horizon;

use super::accounts::settled;
use super::app::{App, schema_of, world};
use super::args::Globals;
use super::campaigns::{Chosen, all_due, summary_edition};
use super::everybody::for_each;
use super::out::{Out, count};
use super::past::bought;
use super::plan::decided;
use super::whole::Whole;
use super::{hear, progress, secrets};
use days::Diary;

/// Days simulated at most: each reads and folds everything anew.
const DAYS_MAX: i64 = 366;
/// Days simulated when nobody says how many.
const DAYS: i64 = 30;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Campaigns: names of files of `campaigns/`, without `.toml`; all of them by default.
    campaigns: Vec<String>,
    /// The first day; by default so that there are thirty.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// The last day; by default the latest whose hour has passed.
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// The hour of the project's zone at which everything due is decided; by default when the last newsletter of a day is due, or 09:00.
    #[arg(long, value_name = "HH:MM")]
    hour: Option<String>,
    /// Begin with what the ledger knew before the first day instead of with nothing.
    #[arg(long)]
    with_ledger: bool,
    /// Write every decision to a file to read, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    decisions: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let mut app = App::open(globals)?;
    app.rules()?;
    for name in &args.campaigns {
        app.project.campaign(name)?;
    }
    let days = days::of(args, &app)?;
    let urls = secrets::source_urls(&app.project)?;
    let known_until = app.now.at;
    let first = days[0];
    let purchases = bought(&app, &urls, Horizon { after: first, until: known_until })?;
    let mut decisions = args.decisions.as_deref().map(Whole::create).transpose()?;
    app.now = Now { at: first, zone: app.project.zone };
    let mut diary = Diary::open(&app, args.with_ledger)?;
    let mut counted = Backtest::new(&app.project, diary.used());
    let (mut people, mut n_built) = (0, 0_usize);
    let started = Instant::now();
    let bar = progress::Spinner::start(out, "Simulating");
    for day in &days {
        app.now = Now { at: *day, zone: app.project.zone };
        bar.say(&app.now.today().to_string());
        counted.start_day(*day);
        let mut due = all_due(&app);
        due.retain(|chosen| args.campaigns.is_empty() || args.campaigns.iter().any(|name| name == chosen.0.name.as_str()));
        // A day on which nothing is due needs nobody's profile.
        if !due.is_empty() {
            let (mut snapshot, _) = snapshot::build(&app.project, app.now, &urls, None, &mut |_| ())?;
            hear::know(&app.project, &mut snapshot)?;
            (people, n_built) = (snapshot.profiles.len() as u64, n_built + 1);
            let judge = Judge::new(&snapshot.catalogue, &snapshot.models, &purchases, *day, known_until);
            simulate(&app, &due, &snapshot, &judge, &mut diary, &mut counted, &mut decisions)?;
        }
        counted.end_day();
    }
    bar.end();
    if let Some(file) = decisions {
        file.finish()?;
    }
    let seconds = started.elapsed().as_secs_f64();
    out.did("Simulated", format!("{} days, {} with something due  ({seconds:.1} s)", count(days.len() as u64), count(n_built as u64)));
    let summary = counted.settle(people);
    if out.json {
        out.value(&print::as_json(&app, args, &days, &summary)?);
    } else {
        print::print(&app, args, &days, &summary, out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Decides for all campaigns of a day, in the order in which `run --due` takes them, and remembers what they would have sent.
fn simulate(
    app: &App,
    due: &[Chosen<'_>],
    snapshot: &Snapshot,
    judge: &Judge<'_>,
    diary: &mut Diary,
    counted: &mut Backtest,
    decisions: &mut Option<Whole>,
) -> Result<()> {
    let (rules, _) = Rules::compile(&app.project, schema_of(snapshot)).map_err(Error::project)?;
    diary.turn_page(app);
    for chosen in due {
        let campaign = chosen.0;
        counted.start_campaign(campaign, summary_edition(app, chosen));
        let mut sent = Vec::new();
        {
            let planner =
                Planner::new(world(&app.project, &rules, snapshot, diary.memory(), Level::Individual), campaign, chosen.1.clone())?;
            let planner = settled(planner, snapshot)?;
            let planner = if decisions.is_some() { planner.telling() } else { planner };
            for_each(&planner, snapshot, |profile, decision| {
                counted.add(campaign, &profile.contact.id, &decision);
                if let Some(file) = decisions.as_mut() {
                    let mut told = decided(profile, &decision, planner.arm(profile, &decision));
                    told["campaign"] = campaign.name.as_str().into();
                    told["at"] = app.now.at.to_string().into();
                    file.text(&format!("{told}\n"))?;
                }
                if let Decision::Admitted(admission) = decision {
                    counted.judge(&campaign.name, judge.of(campaign, profile, &admission));
                    sent.push((profile.contact.id.clone(), admission));
                }
                Ok(())
            })?;
        }
        diary.note(app, campaign, sent);
    }
    diary.close_page();
    Ok(())
}
