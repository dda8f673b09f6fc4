//! Campaigns that are due at once: a person is read and looked at once, and each campaign is asked in turn.
//!
//! What a campaign decides of a person bears on those after it and on nobody else, so that one pass over everybody decides them all.

use std::borrow::Cow;

use super::decision::Decision;
use super::planner::Planner;
use super::world::{Met, Today, World};
use crate::audience::{Reason, Skip};
use crate::clock::Timestamp;
use crate::id::CampaignName;
use crate::profile::Profile;
use crate::project::checked::Campaign;

/// Campaigns in the order in which they may write to people.
#[derive(Debug)]
pub struct Agenda<'a> {
    world: World<'a>,
    planners: Vec<Planner<'a>>,
    only: Option<Only>,
}

/// The segment outside of which nobody is written to.
#[derive(Debug)]
struct Only {
    /// Its position; a name that there is not is of nobody.
    at: Option<usize>,
    name: String,
}

impl<'a> Agenda<'a> {
    /// Decides of campaigns whose planners were made in this world, in their order.
    pub fn of(world: World<'a>, planners: Vec<Planner<'a>>) -> Self {
        Self { world, planners, only: None }
    }

    /// Writes to nobody outside a segment.
    #[must_use]
    pub fn within(self, segment: Option<&str>) -> Self {
        let only = segment.map(|name| Only { at: self.world.segments.position(name), name: name.to_owned() });
        Self { only, ..self }
    }

    /// Returns the campaigns, ready to decide.
    pub fn planners(&self) -> &[Planner<'a>] {
        &self.planners
    }

    /// Decides for one person, campaign after campaign in their order: each knows what those before it decided.
    pub fn decide(&self, profile: &Profile) -> Vec<Decision> {
        let Some(first) = self.planners.first() else { return Vec::new() };
        let met = first.meet(profile);
        let today = Today::of(&self.world, profile);
        let mut taken: Option<&CampaignName> = today.taken;
        let mut offered: Cow<'_, [(String, Timestamp)]> = Cow::Borrowed(today.offered);
        let mut decisions = Vec::with_capacity(self.planners.len());
        for planner in &self.planners {
            let campaign = planner.campaign();
            let outside = self.outside(campaign, &met).map(Decision::Skipped);
            let decision = outside.unwrap_or_else(|| planner.decide_met(&met, Today { taken, offered: &offered }));
            if let Decision::Admitted(admission) = &decision {
                let writes_first = taken.is_none_or(|known| self.world.project.writes_before(&campaign.name, known));
                if !campaign.spec.compulsory && writes_first {
                    taken = Some(&campaign.name);
                }
                if let Some(offer) = &admission.composition.offer {
                    offered.to_mut().push((offer.name.clone(), admission.leaves_at(self.world.now.at)));
                }
            }
            decisions.push(decision);
        }
        decisions
    }

    /// Turns away those outside the one segment that is written to; what a person did sorts only those who agreed to it.
    fn outside(&self, campaign: &Campaign, met: &Met<'_>) -> Option<Skip> {
        let Only { at, name } = self.only.as_ref()?;
        let may_ask = |at: usize| campaign.spec.compulsory || met.reach.may_profile || !self.world.segments.rests_on_behaviour(at);
        let is_inside = at.is_some_and(|at| met.truths[at].is_true() && may_ask(at));
        (!is_inside).then(|| Skip::new(Reason::NotInAudience, format!("outside --only {name}")))
    }
}
