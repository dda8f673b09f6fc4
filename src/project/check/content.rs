//! Checks of segments, offers and blocks, by themselves and against each other.

use std::collections::BTreeMap;

use super::{Notes, claims, is_name};
use crate::error::Diagnostic;
use crate::id::{BlockName, CampaignName};
use crate::project::block::Block;
use crate::project::campaign::Fill;
use crate::project::checked::Campaign;
use crate::project::content::{Level, SegmentsFile};
use crate::project::layer::Layers;

/// Checks `segments.toml`.
pub(in crate::project) fn segments(notes: &mut Notes<'_>, file: &SegmentsFile) {
    let names: Vec<String> = file.segments.keys().map(|name| name.get_ref().clone()).collect();
    for (name, segment) in &file.segments {
        if !is_name(name.get_ref()) {
            let message = format!("`{}` cannot be the name of a segment", name.get_ref());
            notes.error("segment::bad-name", name.span(), message, "a short name", "use lower-case letters, digits, `-` and `_`");
        }
        if segment.all.is_empty() {
            let message = format!("segment `{}` has no condition", name.get_ref());
            notes.error("segment::empty", name.span(), message, "everybody would be in it", "add `all = [\"orders_count >= 1\"]`");
        }
        for condition in segment.all.iter().filter(|condition| condition.get_ref().trim().is_empty()) {
            let message = format!("a condition of segment `{}` is empty", name.get_ref());
            notes.error(
                "segment::empty-condition",
                condition.span(),
                message,
                "nothing to test",
                "remove it, or write for example `age >= 18`",
            );
        }
    }
    for members in file.exclusive.values() {
        for (position, member) in members.iter().enumerate() {
            let known = notes.known("segment::unknown-segment", "segment", member, &names);
            if known && members[..position].iter().any(|earlier| earlier.get_ref() == member.get_ref()) {
                let message = format!("segment `{}` is twice in the list", member.get_ref());
                notes.error("segment::twice", member.span(), message, "the second", "keep the first");
            }
        }
    }
}

/// Checks the blocks; `campaigns` holds those that could be read, `all_read` says that it is all of them.
pub(in crate::project) fn blocks(
    found: &mut Vec<Diagnostic>,
    blocks: &BTreeMap<BlockName, Block>,
    campaigns: &BTreeMap<CampaignName, Campaign>,
    campaign_names: &[String],
    all_read: bool,
) {
    let mut slots: Vec<String> = campaigns
        .values()
        .flat_map(|campaign| &campaign.slots)
        .filter(|(_, slot)| slot.spec.fill == Fill::Block)
        .map(|(name, _)| name.as_str().to_owned())
        .collect();
    slots.sort_unstable();
    slots.dedup();
    for (name, block) in blocks {
        let layers = Layers { base: block.text.clone(), overlay: None };
        let mut notes = Notes::new(&layers, found);
        let spec = &block.spec;
        if all_read {
            notes.known("block::unknown-slot", "block slot", &spec.slot, &slots);
        }
        for campaign in &spec.campaigns {
            notes.known("block::unknown-campaign", "campaign", campaign, campaign_names);
        }
        let key = |key: &str| block.key(key);
        if !spec.weight.is_finite() || spec.weight <= 0.0 {
            let message = format!("block `{name}` has the weight {}", spec.weight);
            notes.error(
                "block::bad-weight",
                key("weight"),
                message,
                "must be above zero",
                "write for example `weight = 1.0`, or remove the file",
            );
        }
        if let (Some(from), Some(until)) = (spec.from, spec.until)
            && from > until
        {
            let message = format!("block `{name}` ends before it begins");
            notes.error("block::bad-dates", key("until"), message, format!("`from` is {from}"), "swap the dates");
        }
        claims::block(&mut notes, name, block);
        if block.body().trim().is_empty() {
            let message = format!("block `{name}` is empty");
            notes.error("block::empty", spec.slot.span(), message, "nothing would fill the slot", "write MJML after the second `+++`");
        }
    }
}

/// Checks that every slot filled with blocks has one for everybody, always.
pub(in crate::project) fn general_blocks(
    found: &mut Vec<Diagnostic>,
    blocks: &BTreeMap<BlockName, Block>,
    campaigns: &BTreeMap<CampaignName, Campaign>,
) {
    for (campaign_name, campaign) in campaigns {
        let layers = Layers { base: campaign.text.clone(), overlay: None };
        for (slot, _) in campaign.slots.iter().filter(|(_, slot)| slot.spec.fill == Fill::Block) {
            let always = blocks.values().map(|block| &block.spec).any(|spec| {
                spec.slot.get_ref() == slot.as_str()
                    && spec.level == Level::General
                    && spec.all.is_empty()
                    && spec.product.is_none()
                    && spec.ends.is_none()
                    && spec.from.is_none()
                    && spec.until.is_none()
                    && (spec.campaigns.is_empty() || spec.campaigns.iter().any(|name| name.get_ref() == campaign_name.as_str()))
            });
            if !always {
                let mut notes = Notes::new(&layers, found);
                let message = format!("slot `{slot}` has no block for everybody");
                let label = "needs one of level `general` without conditions, dates, product or end";
                let help = format!("create `blocks/{slot}-general.mjml` with `slot = \"{slot}\"` and `level = \"general\"`");
                notes.error("campaign::no-general-block", notes.locate(&["slots", slot.as_str()]), message, label, help);
            }
        }
    }
}
