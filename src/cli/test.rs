//! `relance test`: what the authors expect of their mails, checked on the data as it stands at an instant.
//!
//! A test never looks at the ledger: nobody has been written to yet, nobody is suppressed.

mod case;
mod coverage;
mod file;
mod invariants;
mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::process::ExitCode;

use relance::clock::{Now, Timestamp};
use relance::error::{Error, Kind, Result};
use relance::plan::{Planner, Rules};
use relance::project::Text;
use relance::project::content::Level;
use relance::snapshot::{self, Snapshot};
use serde_json::json;

use super::app::{App, Memory, schema_of, world};
use super::args::Globals;
use super::campaigns::named;
use super::mailer::Mailer;
use super::out::{Out, bold, count, green, red};
use super::secrets;
use file::{Case, TestFile};

/// Exit code of expectations that are not met.
const FAILED: u8 = 1;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write what happens into the files in place of what was expected; comments stay.
    #[arg(long)]
    update: bool,
    /// Say also which block, step, offer and segment fires for whom, over the whole base, in the campaigns that are tested.
    #[arg(long)]
    coverage: bool,
}

/// One thing that is not as expected.
struct Failure {
    text: Text,
    /// Where the case begins.
    span: Range<usize>,
    campaign: String,
    recipient: Option<String>,
    what: String,
    expected: String,
    actual: String,
    /// What to write in the file so that it is as expected.
    edits: Vec<Edit>,
}

/// Text to put in place of a range of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edit {
    span: Range<usize>,
    text: String,
}

/// One thing to check at an instant.
enum Job<'a> {
    Case(&'a Text, &'a Case),
    Invariants(&'a Text, &'a toml::Spanned<String>),
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let mut app = App::open(globals)?;
    app.rules()?;
    let files = file::read_all(&app)?;
    let mut jobs: BTreeMap<Timestamp, Vec<Job<'_>>> = BTreeMap::new();
    for (text, file) in &files {
        plan_jobs(&app, text, file, &mut jobs)?;
    }
    let n_jobs: usize = jobs.values().map(Vec::len).sum();
    let mut failures = Vec::new();
    let mut covered = Vec::new();
    let mut n_failed = 0;
    for (at, jobs) in jobs {
        app.now = Now { at, zone: app.project.zone };
        for found in check_all(&app, &jobs, args.coverage.then_some(&mut covered))? {
            n_failed += usize::from(!found.is_empty());
            failures.extend(found);
        }
    }
    let mut n_updated = 0;
    if args.update {
        n_updated = update::write(&app.project.root, &failures)?;
        failures.retain(|failure| failure.edits.is_empty());
        n_failed = distinct_cases(&failures);
    }
    if args.coverage && !out.json {
        coverage::print(&app, &covered, out);
    }
    tell(out, &failures, (n_jobs - n_failed, n_failed, n_updated), args.coverage.then_some(covered.as_slice()));
    Ok(if n_failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// Returns the people whom the expectations of a campaign name, each once, in order; none when the files cannot be read.
pub(crate) fn personas(app: &App, campaign: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for case in file::read_all(app).unwrap_or_default().iter().flat_map(|(_, file)| &file.case) {
        if case.campaign.get_ref() == campaign && !found.contains(case.recipient.get_ref()) {
            found.push(case.recipient.get_ref().clone());
        }
    }
    found
}

/// Sorts the cases of a file by instant; a name that does not exist is a mistake of the file.
fn plan_jobs<'a>(app: &App, text: &'a Text, file: &'a TestFile, jobs: &mut BTreeMap<Timestamp, Vec<Job<'a>>>) -> Result<()> {
    let default = file.now.as_ref().map_or(Ok(app.now.at), |now| file::instant(app, text, now))?;
    for case in &file.case {
        file::check(app, text, case)?;
        let at = case.now.as_ref().map_or(Ok(default), |now| file::instant(app, text, now))?;
        jobs.entry(at).or_default().push(Job::Case(text, case));
    }
    for campaign in file.invariants.iter().flat_map(|invariants| &invariants.campaigns) {
        file::known_campaign(app, text, campaign)?;
        jobs.entry(default).or_default().push(Job::Invariants(text, campaign));
    }
    Ok(())
}

/// Checks all that is expected at one instant; the failures of each job.
fn check_all(app: &App, jobs: &[Job<'_>], mut covered: Option<&mut Vec<coverage::Covered>>) -> Result<Vec<Vec<Failure>>> {
    let snapshot = data(app)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let mailer = Mailer::open(app, &rules)?;
    let marked = if covered.is_some() { Mailer::marked(app, &rules)? } else { None };
    let memory = Memory::default();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for job in jobs {
        let name = match job {
            Job::Case(_, case) => &case.campaign,
            Job::Invariants(_, campaign) => *campaign,
        };
        let (campaign, edition) = named(app, name.get_ref())?;
        let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, Level::Individual), campaign, edition)?;
        if let Some(covered) = covered.as_mut().filter(|_| seen.insert(campaign.name.clone())) {
            covered.push(coverage::count_all(app, campaign, &rules, &snapshot, &planner, &marked)?);
        }
        found.push(match job {
            Job::Case(text, case) => case::check(&planner, &mailer, &snapshot, text, case)?,
            Job::Invariants(text, place) => invariants::check(
                &invariants::Shown { app, campaign, planner: &planner, mailer: &mailer, snapshot: &snapshot },
                text,
                place,
            )?,
        });
    }
    Ok(found)
}

/// Reads the data at the instant of the app; a snapshot that holds is used, none is written.
fn data(app: &App) -> Result<Snapshot> {
    let mut snapshot = match app.kept()? {
        Some(snapshot) => snapshot,
        None => {
            snapshot::build(&app.project, app.now, &secrets::source_urls(&app.project)?, None, &mut |_| ()).map(|(snapshot, _)| snapshot)?
        }
    };
    super::hear::know(&app.project, &mut snapshot)?;
    Ok(snapshot)
}

/// Counts the cases behind failures: several failures may be of one.
fn distinct_cases(failures: &[Failure]) -> usize {
    let places: std::collections::BTreeSet<(&str, usize)> =
        failures.iter().map(|failure| (failure.text.name(), failure.span.start)).collect();
    places.len()
}

fn tell(out: &Out, failures: &[Failure], (n_passed, n_failed, n_updated): (usize, usize, usize), covered: Option<&[coverage::Covered]>) {
    if out.json {
        let failures: Vec<_> = failures
            .iter()
            .map(|failure| {
                json!({
                    "file": failure.text.name(), "line": line(failure), "campaign": failure.campaign, "recipient": failure.recipient,
                    "what": failure.what, "expected": failure.expected, "actual": failure.actual,
                })
            })
            .collect();
        let mut value = json!({ "passed": n_passed, "failed": n_failed, "updated": n_updated, "failures": failures });
        if let Some(covered) = covered {
            value["coverage"] = coverage::as_json(covered);
        }
        out.value(&value);
        return;
    }
    for failure in failures {
        out.data(format!("{}  {failure}", red("failed")));
    }
    let n = |n: usize| count(n as u64);
    let updated = if n_updated > 0 { format!(", {} updated", n(n_updated)) } else { String::new() };
    let line = format!("{} passed, {} failed{updated}", n(n_passed), n(n_failed));
    out.say(if n_failed == 0 { green(line) } else { bold(line) });
}

fn line(failure: &Failure) -> usize {
    failure.text.inner().get(..failure.span.start).map_or(1, |before| before.matches('\n').count() + 1)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recipient = self.recipient.as_ref().map(|recipient| format!(" {recipient}")).unwrap_or_default();
        let Self { campaign, what, expected, actual, .. } = self;
        write!(f, "{}:{}  {campaign}{recipient}  {what}: expected {expected}, got {actual}", self.text.name(), line(self))
    }
}

/// Builds the error of a mistake in a test file.
fn mistake(diagnostic: relance::error::Diagnostic) -> Error {
    let error = Error::project(vec![diagnostic]);
    debug_assert_eq!(error.kind(), Kind::Project);
    error
}
