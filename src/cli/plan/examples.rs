//! Somebody to look at for each count of a plan, met while it is made.

use std::collections::BTreeMap;

use relance::audience::Reason;
use relance::plan::{Admission, Decision, Fault};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use relance::selection::Filling;

/// People by id: the first of each kind that is met.
#[derive(Debug, Default)]
pub(crate) struct Examples {
    skipped: BTreeMap<Reason, String>,
    /// Whether they get a mail, and who: somebody who does takes the place of somebody who does not.
    members: BTreeMap<String, (bool, String)>,
    /// By block that they are shown.
    blocks: BTreeMap<String, String>,
    /// By template of their mail.
    templates: BTreeMap<String, String>,
    /// Points of the most intrusive mail, and whose it is.
    seen_most: Option<(u32, String)>,
}

impl Examples {
    /// Notes one person; `segments` are those they are in.
    pub(crate) fn add<'s>(
        &mut self,
        campaign: &Campaign,
        profile: &Profile,
        decision: &Decision,
        segments: impl Iterator<Item = &'s String>,
    ) {
        let id = || profile.contact.id.to_string();
        let is_planned = match decision {
            Decision::Skipped(skip) => {
                self.skipped.entry(skip.reason).or_insert_with(id);
                false
            }
            Decision::Admitted(admission) => {
                self.add_mail(campaign, admission, &id);
                true
            }
        };
        for name in segments {
            match self.members.get(name) {
                Some((known, _)) if *known || !is_planned => {}
                _ => _ = self.members.insert(name.clone(), (is_planned, id())),
            }
        }
    }

    fn add_mail(&mut self, campaign: &Campaign, admission: &Admission, id: &dyn Fn() -> String) {
        let campaign = campaign.as_arm(admission.variant.as_deref());
        let step = admission.occasion.step.as_deref().and_then(|step| campaign.step(step));
        let template = campaign.template(step);
        if !self.templates.contains_key(template) {
            self.templates.insert(template.to_owned(), id());
        }
        for filling in admission.composition.slots.values() {
            if let Filling::Block(choice) = filling
                && !self.blocks.contains_key(choice.block.as_str())
            {
                self.blocks.insert(choice.block.to_string(), id());
            }
        }
        let points = admission.composition.intrusion.points;
        if self.seen_most.as_ref().is_none_or(|(most, _)| points > *most) {
            self.seen_most = Some((points, id()));
        }
    }

    /// Returns somebody who gets no mail for this reason.
    pub(crate) fn skipped(&self, reason: Reason) -> Option<&str> {
        self.skipped.get(&reason).map(String::as_str)
    }

    /// Returns somebody of a segment: who gets a mail rather than who does not.
    pub(crate) fn member(&self, segment: &str) -> Option<&str> {
        self.members.get(segment).map(|(_, id)| id.as_str())
    }

    /// Returns somebody in whose mail a fault can be seen; nobody when no mail has it now.
    pub(crate) fn of_fault(&self, fault: &Fault) -> Option<&str> {
        match fault {
            Fault::NoMessage { segment } => self.member(segment),
            Fault::Unfounded { block, .. } => self.blocks.get(block).map(String::as_str),
            Fault::LeadsNowhere { template } => self.templates.get(template).map(String::as_str),
            Fault::NoBudget | Fault::OverBudget { .. } => self.seen_most.as_ref().map(|(_, id)| id.as_str()),
        }
    }
}
