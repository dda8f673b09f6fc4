//! Whose mail is looked at: the person named, the first who would get it, or somebody who already has it.

use relance::audience::Triggered;
use relance::error::{Error, Kind, Result};
use relance::plan::{Admission, Decision, Draft, Planner};
use relance::profile::Profile;
use relance::snapshot::Snapshot;

use crate::cli::app::{App, block_on};
use crate::cli::campaigns::Chosen;
use crate::cli::explain::find;
use crate::cli::out::Out;

/// Returns a mail of the edition that everybody already has, as it was decided then.
pub(crate) fn sent_before(app: &App, chosen: &Chosen<'_>, out: &Out) -> Result<Draft> {
    let name = &chosen.0.name;
    let edition = match &chosen.1 {
        Some(Triggered::Due(occasion) | Triggered::TooLate(occasion)) => Some(&occasion.edition),
        Some(Triggered::No(_) | Triggered::NotYet(_)) | None => None,
    };
    let found = block_on(async {
        match app.ledger(false).await? {
            Some(ledger) => ledger.a_draft(name, edition).await,
            None => Ok(None),
        }
    })?;
    let draft = found.ok_or_else(|| {
        Error::new(Kind::Usage, format!("`{name}` would send nothing now"))
            .help(format!("see why with `{} plan {name}`, or name a `--recipient`", app.program))
    })?;
    out.say(format!("`{name}` has nobody left to write to: this is the mail of `{}`, as it was decided.", draft.recipient));
    Ok(draft)
}

/// Chooses the person; someone who would get nothing is shown all the same, and it is said. Nobody is left: none.
pub(crate) fn pick(
    app: &App,
    whom: Option<&str>,
    chosen: &Chosen<'_>,
    planner: &Planner<'_>,
    snapshot: &Snapshot,
    out: &Out,
) -> Result<Option<(Profile, Admission)>> {
    let name = &chosen.0.name;
    let Some(whom) = whom else {
        for group in snapshot.profiles.groups() {
            for profile in group? {
                if let Decision::Admitted(admission) = planner.decide(&profile) {
                    return Ok(Some((profile, *admission)));
                }
            }
        }
        return Ok(None);
    };
    let profile = find(snapshot, whom)?;
    match planner.decide(&profile) {
        Decision::Admitted(admission) => Ok(Some((profile, *admission))),
        Decision::Skipped(skip) => {
            out.warn(format!(
                "`{}` would get nothing: {}, {}; this is what it would be",
                profile.contact.id,
                skip.reason.words(),
                skip.detail
            ));
            let Some(admission) = planner.suppose(&profile, None) else {
                let (program, id) = (&app.program, &profile.contact.id);
                return Err(Error::new(Kind::Usage, format!("there is no mail of `{name}` for `{id}`"))
                    .help(format!("`{program} explain {name} {id}` says why")));
            };
            Ok(Some((profile, admission)))
        }
    }
}
