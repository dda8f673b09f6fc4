//! Checks of `max_length` and of what a mail that is too long may do without.
//!
//! Whatever is chosen for whomever, what is left of a mail fits: this is made sure of here, so that no plan has to give it up.

use super::Notes;
use crate::error::Diagnostic;
use crate::project::Project;
use crate::project::campaign::{CampaignSpec, SlotSpec};
use crate::project::content::Ends;

/// Checks how long the mails of a campaign may be.
pub(super) fn check(notes: &mut Notes<'_>, spec: &CampaignSpec) {
    for (name, slot) in &spec.slots {
        let written = [("length", slot.length.is_some()), ("priority", slot.priority.is_some())];
        for (key, _) in written.into_iter().filter(|(_, written)| *written && spec.max_length.is_none()) {
            let place = notes.locate(&["slots", name, key]);
            let message = format!("`{key}` of slot `{name}` is for a campaign that says how long its mails may be");
            let help = format!("add for example `max_length = 8` at the top of the file, or remove `{key}`");
            notes.error("slot::no-max-length", place, message, "there is no `max_length`", help);
        }
        if slot.length == Some(0) {
            let place = notes.locate(&["slots", name, "length"]);
            let message = format!("slot `{name}` counts for nothing");
            notes.error("slot::no-length", place, message, "1 or more", "write for example `length = 2`, or remove it");
        }
    }
    let Some(most) = spec.max_length else { return };
    let place = notes.locate(&["max_length"]);
    if most == 0 {
        let message = "a mail of no length has nothing to read".to_owned();
        notes.error("campaign::no-length", place, message, "1 or more", "write for example `max_length = 8`");
        return;
    }
    let kept = spec.slots.values().map(SlotSpec::kept_length).fold(0, u32::saturating_add);
    if kept > most {
        let message = format!("mails may be {kept} long whatever is left out of them, more than {most}");
        let help =
            format!("write `priority = 0` in a slot that a mail can do without, lower `count` or `min`, or write `max_length = {kept}`");
        notes.error("campaign::too-long", place, message, "less than what always stays", help);
    }
}

/// Refuses blocks that tell of the offer of their mail in a slot that the mail may do without: the offer would be given and not told.
pub(in crate::project) fn offers_left_out(project: &Project) -> Vec<Diagnostic> {
    let tells = project.blocks.iter().filter(|(_, block)| block.spec.ends == Some(Ends::Offer));
    let of_block = |(name, block)| {
        let block: &crate::project::block::Block = block;
        let (slot, campaigns) = (block.spec.slot.get_ref(), &block.spec.campaigns);
        let serves = |campaign: &str| campaigns.is_empty() || campaigns.iter().any(|name| name.get_ref() == campaign);
        let found = project.campaigns.iter().find(|(campaign, checked)| {
            let left_out = checked.slots.get(slot.as_str()).is_some_and(|slot| !slot.spec.stays());
            left_out && serves(campaign.as_str())
        });
        found.map(|(campaign, _)| {
            let message =
                format!("block `{name}` tells of an offer, and campaign `{campaign}` may leave it out of a mail that is too long");
            let help = format!("remove `priority` of `[slots.{slot}]` in the campaign, or show the offer in another slot");
            Diagnostic::error("block::offer-left-out", message).at(&block.text, block.spec.slot.span(), "").help(help)
        })
    };
    tells.filter_map(of_block).collect()
}
