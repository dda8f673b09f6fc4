//! The caps on accounts: who gives way is known once everybody has been decided.

use relance::error::Result;
use relance::plan::Planner;
use relance::snapshot::Snapshot;

use super::plan::for_each;

/// Decides for everybody once more where accounts are capped, so that the planner knows who gives way.
pub(crate) fn settled<'a>(planner: Planner<'a>, snapshot: &Snapshot) -> Result<Planner<'a>> {
    if !planner.caps_accounts() {
        return Ok(planner);
    }
    let mut members = Vec::new();
    for_each(&planner, snapshot, |profile, decision| {
        members.extend(planner.member(profile, &decision));
        Ok(())
    })?;
    Ok(planner.with_members(members))
}
