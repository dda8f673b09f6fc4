//! What decisions look at besides a campaign: the world, which is the same for all people, and what is the same for all campaigns about one
//! person.

use std::collections::HashMap;

use super::allot::Used;
use crate::audience::history::{SendHistory, Suppressions};
use crate::audience::{Reach, Segments};
use crate::catalogue::{Catalogue, Models};
use crate::clock::{Now, Timestamp};
use crate::condition::{Schema, Truth};
use crate::id::{CampaignName, ContactId};
use crate::profile::{Profile, Reading};
use crate::project::Project;
use crate::project::content::Level;
use crate::recommend::Recommender;
use crate::selection::{Before, Blocks, Offered, Offers};

/// Everything that decisions look at and that is the same for all people.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The project.
    pub project: &'a Project,
    /// Names that conditions may use.
    pub schema: &'a Schema,
    /// Products.
    pub catalogue: &'a Catalogue,
    /// What was learned from orders.
    pub models: &'a Models,
    /// What was learned from them of what a person may want next.
    pub recommender: &'a Recommender,
    /// Segments.
    pub segments: &'a Segments,
    /// Blocks.
    pub blocks: &'a Blocks,
    /// Offers.
    pub offers: &'a Offers,
    /// Mails of the past.
    pub history: &'a SendHistory,
    /// Addresses not to write to.
    pub suppressions: &'a Suppressions,
    /// People who were or will be written to today, and by which campaign: the one of highest priority.
    pub taken: &'a HashMap<ContactId, CampaignName>,
    /// Offers that people got a moment ago, in the same run.
    pub offered: &'a Offered,
    /// What of the limited offers is used up.
    pub used: &'a Used,
    /// The instant.
    pub now: Now,
    /// The most precise level of block.
    pub max_level: Level,
    /// Whether the contacts say anything about the consent to profiling.
    pub asks_profiling: bool,
}

impl World<'_> {
    pub(super) fn reading(&self) -> Reading {
        Reading::of(self.project, self.now)
    }
}

/// One person, with what is the same for all campaigns.
#[derive(Debug)]
pub struct Met<'p> {
    pub(super) profile: &'p Profile,
    pub(super) truths: Vec<Truth>,
    pub(super) reach: Reach<'p>,
}

impl Met<'_> {
    /// Says which segments the person is in as audiences see it: one that rests on behaviour holds nobody who may not be profiled.
    pub fn members(&self, segments: &Segments) -> Vec<bool> {
        let is_in = |(at, truth): (usize, &Truth)| truth.is_true() && (self.reach.may_profile || !segments.rests_on_behaviour(at));
        self.truths.iter().enumerate().map(is_in).collect()
    }
}

/// What other campaigns decided for one person today.
#[derive(Debug, Clone, Copy)]
pub struct Today<'t> {
    /// The campaign that writes to the person: of several, the one of highest priority.
    pub taken: Option<&'t CampaignName>,
    /// Offers given in this run, and when they leave.
    pub offered: &'t [(String, Timestamp)],
}

impl<'t> Today<'t> {
    /// Returns what is known before anything is decided.
    pub(super) fn of(world: &World<'t>, profile: &Profile) -> Self {
        let id = profile.contact.id.as_str();
        Self { taken: world.taken.get(id), offered: world.offered.get(id).map_or(&[], Vec::as_slice) }
    }

    pub(super) fn before(self, reach: &Reach<'t>) -> Before<'t> {
        Before { past: reach.past, just_now: self.offered }
    }
}
