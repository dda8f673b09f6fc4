//! Everybody decided for by one campaign, in order of id, a group at a time and on all cores: nothing holds them all.

use rayon::prelude::*;
use relance::error::Result;
use relance::plan::{Decision, Draft, Met, Planner};
use relance::profile::Profile;
use relance::snapshot::Snapshot;

/// People whose mails are frozen at once; bounds memory whatever the size of the list.
pub(crate) const CHUNK: usize = 4_096;

/// Decides for everybody in id order, group by group on all cores.
pub(crate) fn for_each(planner: &Planner<'_>, snapshot: &Snapshot, mut on: impl FnMut(&Profile, Decision) -> Result<()>) -> Result<()> {
    for_each_with(planner, snapshot, |_| (), |profile, decision, ()| on(profile, decision))
}

/// As [`for_each`], with what `besides` finds of each person, who is looked at once for both.
pub(crate) fn for_each_with<T: Send>(
    planner: &Planner<'_>,
    snapshot: &Snapshot,
    besides: impl Fn(&Met<'_>) -> T + Sync,
    mut on: impl FnMut(&Profile, Decision, T) -> Result<()>,
) -> Result<()> {
    for group in snapshot.profiles.groups() {
        let people = group?;
        let both = |profile: &Profile| {
            let met = planner.meet(profile);
            (planner.decide_of(&met), besides(&met))
        };
        let decisions: Vec<(Decision, T)> = people.par_iter().map(both).collect();
        for (profile, (decision, found)) in people.iter().zip(decisions) {
            on(profile, decision, found)?;
        }
    }
    Ok(())
}

/// Decides for a chunk of people on all cores, in their order, and freezes the admitted mails.
pub(crate) fn freeze_all<T: Send>(
    planner: &Planner<'_>,
    people: &[Profile],
    besides: impl Fn(&Met<'_>) -> T + Sync,
) -> Vec<(Decision, Option<Draft>, T)> {
    let freeze = |profile: &Profile| {
        let met = planner.meet(profile);
        let decision = planner.decide_of(&met);
        let draft = match &decision {
            Decision::Admitted(admission) => Some(planner.draft(profile, admission)),
            Decision::Skipped(_) => None,
        };
        (decision, draft, besides(&met))
    };
    people.par_iter().map(freeze).collect()
}

/// Decides for everybody as [`for_each_with`] does, with the frozen mails.
pub(crate) fn for_each_frozen<T: Send>(
    planner: &Planner<'_>,
    snapshot: &Snapshot,
    besides: impl Fn(&Met<'_>) -> T + Sync,
    mut on: impl FnMut(&Profile, Decision, Option<Draft>, T) -> Result<()>,
) -> Result<()> {
    for group in snapshot.profiles.groups() {
        for people in group?.chunks(CHUNK) {
            for (profile, (decision, draft, found)) in people.iter().zip(freeze_all(planner, people, &besides)) {
                on(profile, decision, draft, found)?;
            }
        }
    }
    Ok(())
}
