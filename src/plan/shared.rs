//! What a campaign asks of everybody before it decides of anybody: who of an account gives way, and who gets what is limited of an offer.

use super::accounts::{Accounts, Member};
use super::allot::Claim;
use super::decision::Decision;
use super::planner::Planner;
use crate::audience::{Checked, Reason, Skip};
use crate::clock::Timestamp;
use crate::id::CampaignName;
use crate::profile::Profile;
use crate::project::checked::Offer;
use crate::selection::Refused;

impl Planner<'_> {
    /// Says whether the people of an account share a cap: then who gives way must be settled before anybody is decided.
    pub fn caps_accounts(&self) -> bool {
        !self.campaign.spec.compulsory && !self.world.project.settings.account_caps.is_empty()
    }

    /// Returns what the caps on accounts need to know of one person; `None` of somebody without an account.
    pub fn member(&self, profile: &Profile, decision: &Decision) -> Option<Member> {
        let contact = &profile.contact;
        let roles = &self.world.project.config.pressure.roles;
        let place = |role: &String| roles.iter().position(|known| known.trim().eq_ignore_ascii_case(role.trim()));
        let mut past: Vec<Timestamp> = self.past(profile).iter().filter(|past| !past.compulsory).map(|past| past.at).collect();
        // What another campaign planned a moment ago, in the same run, is not in the history yet.
        let now = self.world.now;
        let is_known =
            |by: &CampaignName| self.past(profile).iter().any(|past| past.campaign == *by && past.at.date(now.zone) == now.today());
        if self.world.taken.get(contact.id.as_str()).is_some_and(|by| !is_known(by)) {
            past.push(now.at);
        }
        Some(Member {
            account: contact.account_id.clone().filter(|account| !account.trim().is_empty())?,
            rank: contact.role.as_ref().and_then(place).unwrap_or(roles.len()),
            id: contact.id.clone(),
            is_admitted: matches!(decision, Decision::Admitted(_)),
            past,
        })
    }

    /// Returns the planner that knows who of an account gives way; `members` are all who have one.
    #[must_use]
    pub fn with_members(self, members: Vec<Member>) -> Self {
        let accounts = Accounts::settle(&self.world.project.settings.account_caps, self.world.now, members);
        Self { accounts, ..self }
    }

    /// Says whether there is less of an offer of the campaign than people may want: then who comes first must be settled.
    pub fn limits_offers(&self) -> bool {
        let offers = self.campaign.versions().flat_map(|version| &version.steps).flat_map(|step| &step.offers);
        offers.filter_map(|name| self.world.project.offers.get(name)).any(Offer::is_limited)
    }

    /// Returns what a mail takes of a limited offer; `None` of one that takes nothing.
    pub fn claim(profile: &Profile, decision: &Decision) -> Option<Claim> {
        let Decision::Admitted(admission) = decision else { return None };
        let offer = admission.composition.offer.as_ref()?;
        let cost = offer.cost.map_or(0, |cost| cost.minor);
        Some(Claim { offer: offer.name.clone(), recipient: profile.contact.id.clone(), score: offer.score, cost })
    }

    /// Settles who gets what is limited among those who claim it, and adds those who do not to `refused`; says whether anybody was added.
    pub fn allot(&self, claims: Vec<Claim>, refused: &mut Refused) -> bool {
        super::allot::allot(self.world.project, self.world.used, claims, refused)
    }

    /// Returns the planner that knows who is refused what.
    #[must_use]
    pub fn with_refused(self, refused: Refused) -> Self {
        Self { composer: self.composer.without(refused), ..self }
    }

    /// The skip of somebody whose account has had enough.
    pub(super) fn gives_way(&self, profile: &Profile, log: Option<&mut Vec<Checked>>) -> Skip {
        let held = self.accounts.held(profile.contact.id.as_str());
        if let (Some(log), Some(held)) = (log, held) {
            log.push(Checked { what: format!("cap {}", held.rule), passed: false, value: held.value.clone() });
        }
        Skip::new(Reason::AccountCap, held.map(|held| held.rule.clone()).unwrap_or_default())
    }
}
