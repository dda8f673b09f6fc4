//! Editions whose time passed without a run: each is said and recorded once.

use relance::audience::{Occasion, Triggered};
use relance::error::Result;
use relance::plan::{DueCampaign, due};
use relance::project::checked::Campaign;

use super::app::App;
use super::out::Out;

/// Says and records which editions are too late to go out and never were run; returns how many are new.
pub(crate) async fn note(app: &App, out: &Out) -> Result<usize> {
    let late = too_late(app);
    if late.is_empty() {
        return Ok(0);
    }
    let Some(ledger) = app.ledger(true).await? else { return Ok(0) };
    let mut n_new = 0;
    for (campaign, occasion) in late {
        let (program, name, edition) = (&app.program, &campaign.name, &occasion.edition);
        let was_run = ledger.has(name, edition).await? || ledger.plan_summary(name, edition).await?.is_some();
        if !was_run && ledger.note_missed(name, edition, app.now.at).await? {
            out.warn(format!("{name}: {edition} too late, skipped; `{program} run {name}` sends it all the same"));
            n_new += 1;
        }
    }
    Ok(n_new)
}

fn too_late(app: &App) -> Vec<(&Campaign, Box<Occasion>)> {
    let late = |campaign| match due(campaign, app.now, false) {
        DueCampaign::List(Triggered::TooLate(occasion)) => Some((campaign, occasion)),
        DueCampaign::List(_) | DueCampaign::PerPerson | DueCampaign::No => None,
    };
    app.project.campaigns.values().filter_map(late).collect()
}
