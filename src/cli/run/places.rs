//! The places of people, told to the ledger before any mail leaves: their arm in the experiment of the campaign, and whether they are held
//! out of all marketing.

use relance::error::Result;
use relance::holdout::{ALL_MARKETING, Everywhere};
use relance::id::{CampaignName, ContactId, Edition};
use relance::ledger::{Drawing, Ledger};
use relance::project::checked::Campaign;

use crate::cli::app::{App, Memory};

/// What the people of one campaign are drawn by.
pub(super) struct Places<'a> {
    app: &'a App,
    memory: &'a Memory,
    campaign: &'a Campaign,
    edition: &'a Edition,
    experiment: Option<String>,
    everywhere: Option<&'a Everywhere>,
}

impl<'a> Places<'a> {
    pub(super) fn of(app: &'a App, memory: &'a Memory, campaign: &'a Campaign, edition: &'a Edition) -> Self {
        let everywhere = app.project.holdout_for(campaign).filter(|everywhere| everywhere.is_on(app.now.today()));
        Self { app, memory, campaign, edition, experiment: campaign.experiment(), everywhere }
    }

    /// Keeps the places of people: each has an arm of the experiment or none, and came as far as the draw or not.
    pub(super) async fn keep(&self, ledger: &Ledger, people: Vec<(ContactId, Option<String>, bool)>) -> Result<()> {
        let at = self.app.now.at;
        if let Some(everywhere) = self.everywhere {
            let of_all = people.iter().filter(|(_, _, is_of_all)| *is_of_all);
            let places: Vec<_> = of_all.map(|(id, ..)| (id.clone(), everywhere.place(id.as_str()))).collect();
            let (campaign, shares) = (CampaignName::from(ALL_MARKETING), everywhere.shares());
            let drawing =
                Drawing { campaign: &campaign, experiment: &everywhere.name, edition: self.edition, shares: &shares, before: None, at };
            ledger.assign(&drawing, &places).await?;
        }
        if let Some(experiment) = &self.experiment {
            let arms: Vec<_> = people.into_iter().filter_map(|(recipient, arm, _)| Some((recipient, arm?))).collect();
            let before = self.memory.history.assigned.get(&self.campaign.name);
            let shares = self.campaign.draw().shares();
            let drawing = Drawing { campaign: &self.campaign.name, experiment, edition: self.edition, shares: &shares, before, at };
            ledger.assign(&drawing, &arms).await?;
        }
        Ok(())
    }
}
