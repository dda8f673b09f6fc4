//! Whether a plan still stands: its inputs, its age, and what the ledger learned since.

use std::collections::BTreeMap;

use relance::audience::Reason;
use relance::error::{Error, Kind, Result};
use relance::id::ContactId;
use relance::plan::{Decision, Planner};
use relance::snapshot::Snapshot;

use super::basis::{Basis, age_words};
use super::file::Opened;
use crate::cli::app::App;
use crate::cli::everybody::for_each;
use crate::cli::out::count;

/// Refuses a plan of another program, of other inputs, or too old.
pub(crate) fn allowed(app: &App, plan: &Opened, basis: &Basis) -> Result<()> {
    let header = &plan.header;
    let name = header.campaign.as_str();
    let again = format!("plan again: `{} plan {name} --out {}`", app.program, plan.path.display());
    let refused = |why: String| Error::new(Kind::Usage, why).help(again.clone());
    app.project.campaign(name)?;
    if header.program != env!("CARGO_PKG_VERSION") {
        return Err(refused(format!("the plan was made by relance {}, this is {}", header.program, env!("CARGO_PKG_VERSION"))));
    }
    let changes = basis.changes(&header.basis);
    if !changes.is_empty() {
        let error = refused(format!("{name} was planned on other inputs than those there are"));
        return Err(changes.into_iter().fold(error, Error::detail));
    }
    let age = app.now.at.since(header.now);
    let age_max = app.project.settings.max_plan_age;
    if age > age_max {
        return Err(refused(format!("the plan is {} old, more than `max_plan_age`", age_words(header.now, app.now.at))));
    }
    if age.0 < 0 {
        return Err(refused(format!("the plan is of {}, after the present instant {}", header.now, app.now.at)));
    }
    Ok(())
}

/// What the ledger learned since a plan was made.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// People who are not written to any more.
    pub(crate) dropped: BTreeMap<ContactId, String>,
    /// How many, by why.
    pub(crate) counts: BTreeMap<String, u64>,
    /// Of these, those who are not on the list of suppressions.
    pub(crate) n_drifted: u64,
}

impl Moved {
    fn drop(&mut self, recipient: ContactId, why: &str) {
        *self.counts.entry(why.to_owned()).or_default() += 1;
        self.dropped.insert(recipient, why.to_owned());
    }

    /// Refuses a plan from which too many drop out.
    pub(crate) fn refused(&self, app: &App, plan: &Opened) -> Option<Error> {
        let planned = plan.trailer.totals.planned;
        #[expect(clippy::cast_precision_loss, reason = "a percentage for reading")]
        let share = self.n_drifted as f64 * 100.0 / planned.max(1) as f64;
        if share <= app.project.settings.max_drift {
            return None;
        }
        let message = format!(
            "{} of the {} people of the plan would not be written to any more ({share:.1}%)",
            count(self.n_drifted),
            count(planned)
        );
        let error = Error::new(Kind::Usage, message).help(format!(
            "plan again, or send what is left with `{} run --plan {} --accept-drift`",
            app.program,
            plan.path.display()
        ));
        Some(self.counts.iter().fold(error, |error, (why, n)| error.detail(format!("{why}: {}", count(*n)))))
    }
}

/// Decides again, at the plan's instant, with what the ledger knows now: the inputs being the same, what differs is what it learned.
/// A mail that is already in the ledger is no drift.
pub(crate) fn moved(plan: &Opened, planner: &Planner<'_>, snapshot: &Snapshot) -> Result<Moved> {
    let foreign = || {
        Error::new(Kind::Usage, "the contacts are not those of the plan")
            .help("a query gives other people than when it was planned: plan again")
    };
    let mut lines = plan.lines()?;
    let mut moved = Moved::default();
    for_each(planner, snapshot, |profile, decision| {
        let line = lines.next()?.filter(|line| line.recipient == profile.contact.id).ok_or_else(foreign)?;
        let Some(mail) = line.mail else { return Ok(()) };
        match decision {
            Decision::Skipped(skip) if skip.reason == Reason::AlreadySent => {}
            Decision::Skipped(skip) => {
                moved.n_drifted += u64::from(skip.reason != Reason::Suppressed);
                moved.drop(line.recipient, skip.reason.words());
            }
            Decision::Admitted(admission) => {
                let offer = admission.composition.offer.as_ref().map(|offer| offer.name.as_str());
                if mail.offer.is_some() && mail.offer.as_deref() != offer {
                    moved.n_drifted += 1;
                    moved.drop(line.recipient, "offer spent");
                }
            }
        }
        Ok(())
    })?;
    if lines.next()?.is_some() { Err(foreign()) } else { Ok(moved) }
}
