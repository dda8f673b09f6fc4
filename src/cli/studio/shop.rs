//! The project as the studio shows it: opened at an instant, opened again when its files change, and kept when they are broken.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use relance::clock::Timestamp;
use relance::error::{Error, Kind, Result};
use relance::inspect::Finding;
use relance::plan::{Draft, Planner, Rules};
use relance::project::content::Level;
use relance::snapshot::Snapshot;
use tokio::sync::watch;

use super::desk::Desk;
use super::inputs::Inputs;
use super::plan::Planned;
use super::survey::Survey;
use super::watch::Changed;
use crate::cli::accounts::settled;
use crate::cli::app::{App, Memory, schema_of, world};
use crate::cli::args::Globals;
use crate::cli::campaigns::{Chosen, named};
use crate::cli::errors::drawn;
use crate::cli::inspector::{Inspector, looking};
use crate::cli::mailer::Mailer;
use crate::cli::out::Out;

/// Instants besides the studio's own that are kept open.
const INSTANTS_KEPT: usize = 3;

/// A project at an instant, with everything that a mail is made from.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) app: App,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) rules: Rules,
    pub(super) memory: Memory,
    pub(super) mailer: Mailer,
    pub(super) inspector: Inspector,
    /// Plans by campaign.
    pub(super) plans: Desk<Planned>,
    /// The report by language.
    pub(super) reports: Desk<String>,
    surveys: Mutex<BTreeMap<String, Arc<Survey>>>,
}

impl Shop {
    /// Opens a project; `known` is a snapshot that still holds, so that a changed template reads no source again.
    fn open(app: App, known: Option<Arc<Snapshot>>, out: &Out) -> Result<Self> {
        let mailer = looking(&app)?;
        let inspector = Inspector::open(&app.project, &mailer)?;
        let snapshot = match known {
            Some(snapshot) => snapshot,
            None => Arc::new(app.snapshot(out)?),
        };
        let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
        let memory = app.remembered()?;
        Ok(Self {
            app,
            snapshot,
            rules,
            memory,
            mailer,
            inspector,
            plans: Desk::default(),
            reports: Desk::default(),
            surveys: Mutex::default(),
        })
    }

    /// Resolves a campaign; its latest edition counts however late it is.
    pub(super) fn campaign(&self, name: &str) -> Result<Chosen<'_>> {
        named(&self.app, name)
    }

    /// Returns what decides for a campaign, alone: what other campaigns would take of a person the same day is not looked at.
    pub(super) fn planner<'a>(&'a self, chosen: &Chosen<'a>) -> Result<Planner<'a>> {
        let world = world(&self.app.project, &self.rules, &self.snapshot, &self.memory, Level::Individual);
        settled(Planner::new(world, chosen.0, chosen.1.clone())?, &self.snapshot)
    }

    /// Looks at a mail as it would leave; the worst comes first.
    pub(super) fn findings(&self, draft: &Draft) -> Vec<Finding> {
        let campaign = self.app.project.campaigns.get(draft.campaign.as_str());
        campaign.map(|campaign| self.inspector.look(campaign, &self.mailer, draft)).unwrap_or_default()
    }

    /// Returns the names of all segments.
    pub(super) fn segments(&self) -> &[String] {
        self.rules.segments.names()
    }

    /// Returns a look over everybody for a campaign, made once.
    pub(super) fn survey(&self, campaign: &str) -> Result<Arc<Survey>> {
        let mut surveys = self.surveys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(survey) = surveys.get(campaign) {
            return Ok(survey.clone());
        }
        let survey = Arc::new(Survey::of(self, campaign)?);
        surveys.insert(campaign.to_owned(), survey.clone());
        Ok(survey)
    }
}

/// What is shown now, and what is wrong with the files since.
#[derive(Debug)]
struct Shown {
    shop: Arc<Shop>,
    /// The same project at other instants.
    others: Vec<(String, Arc<Shop>)>,
    /// Why the files as they are cannot be used; `shop` is the last state that could.
    trouble: Option<Arc<str>>,
    /// The sources must be read again before the files can be used.
    is_stale: bool,
    /// They must be read as of the clock: they are younger than the instant everything is shown at.
    is_later: bool,
}

impl Shown {
    /// A project with nothing wrong.
    fn of(shop: Shop) -> Self {
        Self { shop: Arc::new(shop), others: Vec::new(), trouble: None, is_stale: false, is_later: false }
    }
}

/// The bench of the studio: the project that pages look at.
#[derive(Debug)]
pub(super) struct Bench {
    globals: Globals,
    out: Out,
    shown: Mutex<Shown>,
    /// The files that data comes from, and what they were when they were last read.
    inputs: Mutex<(Inputs, u64)>,
    /// Counts the changes; pages wait for the next one.
    changes: watch::Sender<u64>,
}

impl Bench {
    /// Opens a project for the first time; what is wrong with it stops here.
    pub(super) fn open(globals: &Globals, out: &Out) -> Result<Self> {
        let app = App::open(globals)?;
        let inputs = Mutex::new(as_they_are(&app));
        let shown = Mutex::new(Shown::of(Shop::open(app, None, out)?));
        let quiet = Out::new(&Globals { quiet: 2, ..globals.clone() });
        Ok(Self { globals: globals.clone(), out: quiet, shown, inputs, changes: watch::Sender::new(0) })
    }

    /// Returns the project at the studio's instant, or at another.
    pub(super) fn shop(&self, now: Option<&str>) -> Result<Arc<Shop>> {
        let Some(now) = now.map(str::trim).filter(|now| !now.is_empty()) else { return Ok(self.shown().shop.clone()) };
        if let Some((_, shop)) = self.shown().others.iter().find(|(known, _)| known == now) {
            return Ok(shop.clone());
        }
        let before = self.shown().shop.clone();
        let shop = self.open_at(now)?;
        self.keep(now, &shop, &before);
        Ok(shop)
    }

    fn open_at(&self, now: &str) -> Result<Arc<Shop>> {
        let app = App::open(&Globals { now: Some(now.to_owned()), ..self.globals.clone() })?;
        Ok(Arc::new(Shop::open(app, None, &self.out)?))
    }

    /// Keeps a project opened at another instant for the next look, unless the files changed since `before`: it is good for one look then.
    fn keep(&self, now: &str, shop: &Arc<Shop>, before: &Arc<Shop>) {
        let mut shown = self.shown();
        if Arc::ptr_eq(&shown.shop, before) {
            shown.others.retain(|(known, _)| known != now);
            shown.others.insert(0, (now.to_owned(), shop.clone()));
            shown.others.truncate(INSTANTS_KEPT);
        }
    }

    /// Returns what is wrong with the files, if they cannot be used as they are.
    pub(super) fn trouble(&self) -> Option<Arc<str>> {
        self.shown().trouble.clone()
    }

    /// Opens the project again after a change of its files.
    ///
    /// The instant stays the one of the start, so that what changed is the only thing that changes; it is the clock's again when data
    /// changed, or settings name other data, which may be of today, unless it was said.
    pub(super) fn reopen(&self, changed: Changed) {
        let known = {
            let mut shown = self.shown();
            shown.is_stale |= changed != Changed::Words;
            shown.is_later |= changed == Changed::Data && self.globals.now.is_none();
            (!shown.is_stale).then(|| shown.shop.snapshot.clone())
        };
        match self.open_again(known) {
            Ok(shop) => {
                let before = std::mem::replace(&mut *self.shown(), Shown::of(shop));
                before.others.iter().map(|(_, shop)| shop).chain([&before.shop]).for_each(|shop| shop.plans.close());
            }
            Err(error) => self.shown().trouble = Some(told(&error).into()),
        }
        self.changes.send_modify(|n| *n += 1);
    }

    fn open_again(&self, known: Option<Arc<Snapshot>>) -> Result<Shop> {
        let mut app = self.open_app()?;
        if known.is_none() {
            let data = as_they_are(&app);
            // What is read again for another reason may have changed as well, or be other files than before.
            if self.globals.now.is_none() && data.1 != self.inputs().1 {
                self.shown().is_later = true;
                app = self.open_app()?;
            }
            *self.inputs() = data;
        }
        Shop::open(app, known, &self.out)
    }

    /// Opens the project at the instant that is shown, or as of the clock where its data is younger.
    fn open_app(&self) -> Result<App> {
        let now = {
            let shown = self.shown();
            (!shown.is_later).then(|| shown.shop.snapshot.now.at.to_string())
        };
        App::open(&Globals { now, ..self.globals.clone() })
    }

    /// Counts everything again, as after a run. What queries give may be younger, and nobody saw it change.
    pub(super) fn count_again(&self) {
        let has_queries = !self.inputs().0.queries().is_empty();
        self.reopen(if has_queries { Changed::Data } else { Changed::Settings });
    }

    /// Looks at the files that data comes from; `None` while they are what was read, else what they are.
    pub(super) fn other_data(&self) -> Option<u64> {
        let inputs = self.inputs();
        let print = inputs.0.print();
        (print != inputs.1).then_some(print)
    }

    /// Returns the number of the last change.
    pub(super) fn n_changes(&self) -> u64 {
        *self.changes.borrow()
    }

    /// Returns where changes are told.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Returns the instant everything is shown at.
    pub(super) fn at(&self) -> Timestamp {
        self.shown().shop.snapshot.now.at
    }

    fn shown(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inputs(&self) -> std::sync::MutexGuard<'_, (Inputs, u64)> {
        self.inputs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names the files of a project's data, and looks at them: before they are read, so that a change meanwhile is seen.
fn as_they_are(app: &App) -> (Inputs, u64) {
    let inputs = Inputs::of(&app.project);
    let print = inputs.print();
    (inputs, print)
}

/// Tells an error whole, without colours.
pub(super) fn told(error: &Error) -> String {
    let drawn: String = error.diagnostics().iter().map(drawn).collect();
    let mut text = anstream::adapter::strip_str(&drawn).to_string();
    if error.kind() != Kind::Project || text.is_empty() {
        _ = writeln!(text, "{error}");
    }
    for line in error.details() {
        _ = writeln!(text, "  {line}");
    }
    if let Some(help) = error.help_text() {
        _ = writeln!(text, "help: {help}");
    }
    text
}

#[cfg(test)]
mod tests;
