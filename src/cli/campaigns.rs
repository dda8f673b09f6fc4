//! Which campaigns a command is about, and their editions.

use relance::audience::Triggered;
use relance::error::{Error, Kind, Result};
use relance::id::Edition;
use relance::plan::{DueCampaign, due};
use relance::project::checked::Campaign;

use super::app::App;
use super::out::Out;

/// A campaign and, when it goes to a list, its edition.
pub(crate) type Chosen<'a> = (&'a Campaign, Option<Triggered>);

/// Resolves one campaign by name; its latest edition counts however late it is.
pub(crate) fn named<'a>(app: &'a App, name: &str) -> Result<Chosen<'a>> {
    let campaign = app.project.campaign(name)?;
    match due(campaign, app.now, true) {
        DueCampaign::List(edition) => Ok((campaign, Some(edition))),
        DueCampaign::PerPerson => Ok((campaign, None)),
        DueCampaign::No => Err(Error::new(Kind::Usage, format!("`{name}` has no edition yet at {}", app.now.at))
            .help("pass a later `--now`, or correct its `schedule`")),
    }
}

/// Finds every campaign that is due, in the order in which they may write to people: compulsory first, then by priority.
pub(crate) fn all_due(app: &App) -> Vec<Chosen<'_>> {
    let mut chosen: Vec<Chosen<'_>> = app
        .project
        .campaigns
        .values()
        .filter_map(|campaign| match due(campaign, app.now, false) {
            DueCampaign::List(edition @ Triggered::Due(_)) => Some((campaign, Some(edition))),
            DueCampaign::PerPerson => Some((campaign, None)),
            DueCampaign::List(_) | DueCampaign::No => None,
        })
        .collect();
    chosen.sort_by_key(|(campaign, _)| (!campaign.spec.compulsory, std::cmp::Reverse(campaign.spec.priority), campaign.name.clone()));
    chosen
}

/// Names the edition for people: its own, or that each person has one.
pub(crate) fn edition_words(edition: Option<&Triggered>) -> String {
    match edition {
        Some(Triggered::Due(occasion) | Triggered::TooLate(occasion)) => occasion.edition.to_string(),
        Some(Triggered::No(_) | Triggered::NotYet(_)) | None => "per person".to_owned(),
    }
}

/// Names the edition whose totals are kept: a list's own, or the day for a campaign whose editions are per person.
pub(crate) fn summary_edition(app: &App, chosen: &Chosen<'_>) -> Edition {
    match &chosen.1 {
        Some(Triggered::Due(occasion) | Triggered::TooLate(occasion)) => occasion.edition.clone(),
        Some(Triggered::No(_) | Triggered::NotYet(_)) | None => Edition(app.now.today().to_string()),
    }
}

/// Warns of offers that a campaign still names after their last day: its mails go without them.
pub(crate) fn warn_of_ended_offers(app: &App, campaign: &Campaign, out: &Out) {
    for (offer, until) in app.project.ended_offers(campaign, app.now.today()) {
        let name = &campaign.name;
        out.warn(format!(
            "offer `{offer}` ended on {until}: no mail of {name} carries it; change its `until`, or take it out of the campaign"
        ));
    }
}
