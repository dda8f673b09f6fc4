//! `run --plan`: what was planned and approved before is enqueued as it is, without those who dropped out.

use std::path::Path;

use relance::audience::Reason;
use relance::clock::Now;
use relance::error::Result;
use relance::id::Edition;
use relance::ledger::{ENQUEUE_ROWS_MAX, Ledger, RunNo};
use relance::plan::Planner;
use relance::project::content::Level;

use super::Work;
use super::places::Places;
use crate::cli::accounts::settled;
use crate::cli::app::{App, Memory, world};
use crate::cli::args::Globals;
use crate::cli::campaigns::{Chosen, summary_edition};
use crate::cli::everybody::CHUNK;
use crate::cli::gate::{self, Basis, Moved, Opened};

/// A plan that was written before, which still stands.
pub(super) struct Planned {
    pub(super) opened: Opened,
    /// The project at the plan's instant.
    pub(super) then: App,
    /// Who approved it, where somebody has to.
    pub(super) by: Option<String>,
}

impl Planned {
    pub(super) fn open(app: &App, globals: &Globals, path: &Path) -> Result<Self> {
        let opened = Opened::open(path)?;
        gate::allowed(app, &opened, &Basis::of(&app.project, globals.env.as_deref())?)?;
        let by = gate::approved(&app.project, &opened)?;
        let mut then = App::open(globals)?;
        then.now = Now { at: opened.header.now, zone: opened.header.zone };
        Ok(Self { opened, then, by })
    }
}

impl Work<'_> {
    /// Returns the planner of the plan's instant, which decides again with what the ledger knows now.
    pub(super) fn planner<'m>(&'m self, chosen: &Chosen<'m>, memory: &'m Memory) -> Result<Planner<'m>> {
        let level: Level = self.plan.map_or(self.args.max_level.into(), |plan| plan.opened.header.max_level);
        let planner = Planner::new(world(&self.app.project, self.rules, self.snapshot, memory, level), chosen.0, chosen.1.clone())?;
        settled(planner, self.snapshot)
    }

    /// Returns the edition whose totals are kept.
    pub(super) fn edition(&self, chosen: &Chosen<'_>) -> Edition {
        self.plan.map_or_else(|| summary_edition(self.app, chosen), |plan| plan.opened.header.edition.clone())
    }

    /// Keeps the mails of a plan as they are in its file, without those of people who dropped out.
    pub(super) async fn enqueue_plan(&self, ledger: &Ledger, run: RunNo, places: &Places<'_>, plan: &Planned, moved: &Moved) -> Result<()> {
        let mut lines = plan.opened.lines()?;
        loop {
            let (mut people, mut waiting) = (Vec::new(), Vec::new());
            while waiting.len() < ENQUEUE_ROWS_MAX && people.len() < CHUNK {
                let Some(line) = lines.next()? else { break };
                let is_drawn = line.skip.is_none_or(|skip| skip.reason >= Reason::Holdout);
                people.push((line.recipient.clone(), line.arm, is_drawn));
                waiting.extend(line.mail.filter(|_| !moved.dropped.contains_key(&line.recipient)));
            }
            if people.is_empty() {
                return Ok(());
            }
            // Before their mails: nobody is written to whose arm is not remembered.
            places.keep(ledger, people).await?;
            ledger.enqueue(run, &waiting).await?;
        }
    }
}
