//! Which edition of a campaign is due at an instant.

use crate::audience::{Occasion, Triggered};
use crate::clock::Now;
use crate::project::checked::Campaign;
use crate::project::schedule::{Due, Occurrence};

/// What a campaign wants at an instant.
#[derive(Debug, Clone, PartialEq)]
pub enum DueCampaign {
    /// An edition for a list, due or too late.
    List(Triggered),
    /// Each person's own trigger says.
    PerPerson,
    /// Nothing is due.
    No,
}

/// Asks a campaign's schedule; `anyway` takes the latest edition however late it is, for a person who runs it by hand.
///
/// An edition sent by hand is of use for `late` from now on, whatever its hour was: a sender that begins at `now` must not find it expired.
pub fn due(campaign: &Campaign, now: Now, anyway: bool) -> DueCampaign {
    let Some(schedule) = &campaign.schedule else { return DueCampaign::PerPerson };
    let occasion = |occurrence: Occurrence| {
        Box::new(Occasion {
            edition: occurrence.edition,
            due_at: occurrence.at,
            expires_at: (if anyway { now.at } else { occurrence.at }).plus(campaign.late),
            not_before: None,
            step: None,
            owned: None,
            products: Vec::new(),
        })
    };
    match schedule.due(campaign.zone.unwrap_or(now.zone), now.at, campaign.late) {
        Due::Now(occurrence) => DueCampaign::List(Triggered::Due(occasion(occurrence))),
        Due::TooLate(occurrence) if anyway => DueCampaign::List(Triggered::Due(occasion(occurrence))),
        Due::TooLate(occurrence) => DueCampaign::List(Triggered::TooLate(occasion(occurrence))),
        Due::NotYet => DueCampaign::No,
    }
}
