//! What no decision can see alone: the caps on accounts, and what is limited of offers. Who gives way is known once everybody has been
//! decided.

use relance::error::Result;
use relance::plan::Planner;
use relance::selection::Refused;
use relance::snapshot::Snapshot;

use super::everybody::for_each;

/// Decides for everybody once more where something is shared out, so that the planner knows who gives way.
pub(crate) fn settled<'a>(planner: Planner<'a>, snapshot: &Snapshot) -> Result<Planner<'a>> {
    with_offers(with_accounts(planner, snapshot)?, snapshot)
}

fn with_accounts<'a>(planner: Planner<'a>, snapshot: &Snapshot) -> Result<Planner<'a>> {
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

/// Whom an offer is refused may claim the next one of the step: it is settled once a round refuses nobody.
fn with_offers<'a>(mut planner: Planner<'a>, snapshot: &Snapshot) -> Result<Planner<'a>> {
    let mut refused = Refused::default();
    while planner.limits_offers() {
        let mut claims = Vec::new();
        for_each(&planner, snapshot, |profile, decision| {
            claims.extend(Planner::claim(profile, &decision));
            Ok(())
        })?;
        if !planner.allot(claims, &mut refused) {
            break;
        }
        planner = planner.with_refused(refused.clone());
    }
    Ok(planner)
}
