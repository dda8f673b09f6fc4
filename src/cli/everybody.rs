//! Everybody decided for by one campaign, in order of id, a group at a time and on all cores: nothing holds them all.

use rayon::prelude::*;
use relance::error::Result;
use relance::plan::{Decision, Draft, Planner};
use relance::profile::Profile;
use relance::snapshot::Snapshot;

/// People whose mails are frozen at once; bounds memory whatever the size of the list.
pub(crate) const CHUNK: usize = 4_096;

/// Decides for everybody in id order, group by group on all cores.
pub(crate) fn for_each(planner: &Planner<'_>, snapshot: &Snapshot, mut on: impl FnMut(&Profile, Decision) -> Result<()>) -> Result<()> {
    for group in snapshot.profiles.groups() {
        let people = group?;
        let decisions: Vec<Decision> = people.par_iter().map(|profile| planner.decide(profile)).collect();
        for (profile, decision) in people.iter().zip(decisions) {
            on(profile, decision)?;
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

/// Decides for everybody in id order as [`for_each`] does, with the frozen mails.
pub(crate) fn for_each_frozen(
    planner: &Planner<'_>,
    snapshot: &Snapshot,
    mut on: impl FnMut(&Profile, Decision, Option<Draft>) -> Result<()>,
) -> Result<()> {
    for group in snapshot.profiles.groups() {
        for people in group?.chunks(CHUNK) {
            for (profile, (decision, draft)) in people.iter().zip(freeze_all(planner, people)) {
                on(profile, decision, draft)?;
            }
        }
    }
    Ok(())
}
