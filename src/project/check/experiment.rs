//! Checks of `[experiment]` and of `[holdout]`, and the campaign as each arm sends it.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::campaign::Names;
use super::{Notes, is_name};
use crate::error::Diagnostic;
use crate::holdout::{Everywhere, Share};
use crate::id::{BlockName, CampaignName};
use crate::project::block::Block;
use crate::project::campaign::{ArmSpec, Control, ExperimentSpec, Factor, Fill, Localized};
use crate::project::checked::{Campaign, CampaignArm, Step, percentage};
use crate::project::config::HoldoutSection;
use crate::project::content::Level;
use crate::project::parse::list;

/// Least and most arms of an experiment.
const ARMS: std::ops::RangeInclusive<usize> = 2..=8;
/// Words that mean something else in the ledger, in reports and for `preview`.
const RESERVED: [&str; 4] = ["control", "treated", "general", "personalised"];
/// The offer of an arm without any.
const NO_OFFER: &str = "none";
/// What shares may miss of 100 for having been written with few digits.
const SUM_SLACK: f64 = 1e-6;

/// Checks the experiment of a campaign; its mistakes are noted, and then it has no arms.
pub(super) fn arms(notes: &mut Notes<'_>, campaign: &Campaign, names: &Names) -> Vec<CampaignArm> {
    let audience = &campaign.spec.audience;
    if audience.control == Control::General && audience.holdout.is_none() {
        let place = notes.locate(&["audience", "control"]);
        let (message, label) = ("nobody is held out to get the general mail".to_owned(), "needs a `holdout`");
        notes.error("campaign::control-without-holdout", place, message, label, "write `holdout = \"5%\"` beside it, or remove `control`");
    }
    let Some(experiment) = &campaign.spec.experiment else { return Vec::new() };
    if experiment.name.get_ref().starts_with("holdout-") {
        let message = format!("`{}` cannot be the name of an experiment", experiment.name.get_ref());
        let help = "write for example `hero-2026`";
        notes.error(
            "experiment::reserved-name",
            experiment.name.span(),
            message,
            "names that begin so are those of holdouts without one",
            help,
        );
    }
    if !is_name(experiment.name.get_ref()) {
        let message = format!("`{}` cannot be the name of an experiment", experiment.name.get_ref());
        let help = "use lower-case letters, digits, `-` and `_`";
        notes.error("experiment::bad-name", experiment.name.span(), message, "stands in the ledger", help);
    }
    let n = experiment.arms.len();
    let names_a_holdout = n == 0 && audience.holdout.is_some();
    if !ARMS.contains(&n) && !names_a_holdout {
        let message = format!("an experiment has {} to {} arms, and this one has {n}", ARMS.start(), ARMS.end());
        let help = "write two `[[experiment.arms]]`, the first without a difference: the campaign as written";
        notes.error("experiment::bad-number-of-arms", experiment.name.span(), message, "this experiment", help);
    }
    arm_names(notes, experiment);
    one_factor(notes, experiment);
    let percentages = shares(notes, experiment);
    // Of every arm, whatever is wrong with those before.
    let known: Vec<bool> = experiment.arms.iter().map(|arm| differences(notes, arm, campaign, names)).collect();
    if known.contains(&false) {
        return Vec::new();
    }
    let made = |(arm, percent): (&ArmSpec, f64)| CampaignArm {
        name: arm.name.get_ref().clone(),
        percent,
        factors: arm.factors(),
        campaign: as_arm(campaign, arm),
    };
    let arms: Vec<CampaignArm> = experiment.arms.iter().zip(percentages).map(made).collect();
    same_mails(notes, experiment, &arms);
    arms
}

/// Warns of arms that send one and the same mail: nothing can be learned of their difference.
fn same_mails(notes: &mut Notes<'_>, experiment: &ExperimentSpec, arms: &[CampaignArm]) {
    let contents: Vec<String> = arms.iter().map(|arm| content(&arm.campaign)).collect();
    for (at, arm) in arms.iter().enumerate().skip(1) {
        let Some(twin) = (0..at).find(|before| contents[*before] == contents[at]) else { continue };
        // Two that are written without a difference are an error already.
        if arm.factors.is_empty() && arms[twin].factors.is_empty() {
            continue;
        }
        let message = format!("the arms `{}` and `{}` send the same mail", arms[twin].name, arm.name);
        let help = "give one of them a difference, or take it out: between them there is nothing to find";
        notes.warning("experiment::same-mails", experiment.arms[at].name.span(), message, help);
    }
}

/// Returns what arms can differ in, as it is sent.
fn content(campaign: &Campaign) -> String {
    let words = |subject: &Localized| subject.iter().map(|(tag, text)| (tag.clone(), text.get_ref().clone())).collect::<Vec<_>>();
    let of = |step: Option<&Step>| {
        let offers = step.map(|step| step.offers.as_slice()).unwrap_or_default();
        (words(campaign.subject(step)), campaign.template(step).to_owned(), offers.to_vec())
    };
    let steps: Vec<_> = campaign.steps.iter().map(|step| of(Some(step))).collect();
    let slots: Vec<_> =
        campaign.slots.iter().map(|(name, slot)| (name, &slot.first_block, &slot.without_block, &slot.spec.strategies)).collect();
    format!("{:?}", (of(None), steps, slots))
}

fn arm_names(notes: &mut Notes<'_>, experiment: &ExperimentSpec) {
    let mut seen = BTreeSet::new();
    for arm in &experiment.arms {
        let name = arm.name.get_ref().as_str();
        if RESERVED.contains(&name) {
            let message = format!("`{name}` cannot be the name of an arm");
            let label = format!("{} mean something else", list(&RESERVED));
            notes.error("experiment::reserved-name", arm.name.span(), message, label, format!("write for example `{name}-a`"));
        } else if !is_name(name) {
            let message = format!("`{name}` cannot be the name of an arm");
            let help = "use lower-case letters, digits, `-` and `_`";
            notes.error("experiment::bad-name", arm.name.span(), message, "stands in the ledger", help);
        } else if !seen.insert(name) {
            let message = format!("two arms are named `{name}`");
            notes.error("experiment::duplicate-arm", arm.name.span(), message, "the second", "give each arm a name of its own");
        }
    }
}

/// What makes the difference is known only where there is one: arms differ in one factor, unless the author writes down that they do not.
fn one_factor(notes: &mut Notes<'_>, experiment: &ExperimentSpec) {
    let mut factors: Vec<Factor> = Vec::new();
    for arm in &experiment.arms {
        factors.extend(arm.factors());
        factors.sort_unstable();
        factors.dedup();
        if factors.len() > 1 && !experiment.mixed {
            let words: Vec<&str> = factors.iter().map(|factor| factor.word()).collect();
            let message = format!("the arms differ in {}: what made the difference would not be known", list(&words));
            let help = "keep one of them, or write `mixed = true` under `[experiment]`";
            notes.error("experiment::mixed", arm.name.span(), message, "differs in another thing", help);
            return;
        }
    }
    let mut as_written = experiment.arms.iter().filter(|arm| arm.factors().is_empty());
    if let (Some(_), Some(second)) = (as_written.next(), as_written.next()) {
        let message = format!("the arm `{}` is the same as another", second.name.get_ref());
        let help = "give it a difference: `subject`, `template`, `block`, `without_block`, `strategy` or `offer`";
        notes.error("experiment::same-arms", second.name.span(), message, "the campaign as written, twice", help);
    }
}

/// Reads the shares of the arms, in percent; equal parts where they are left out or wrong.
fn shares(notes: &mut Notes<'_>, experiment: &ExperimentSpec) -> Vec<f64> {
    let written: Vec<&Spanned<String>> = experiment.arms.iter().filter_map(|arm| arm.share.as_ref()).collect();
    #[expect(clippy::cast_precision_loss, reason = "at most eight arms are allowed")]
    let equal = vec![100.0 / experiment.arms.len().max(1) as f64; experiment.arms.len()];
    let (Some(last), false) = (written.last(), experiment.arms.is_empty()) else { return equal };
    if written.len() < experiment.arms.len() {
        let message = "some arms have a share and some have none".to_owned();
        let help = "write the share of every arm, or of none: equal parts";
        notes.error("experiment::share-missing", last.span(), message, "has one", help);
        return equal;
    }
    let read: Vec<Option<f64>> = written.iter().map(|share| percentage(share.get_ref()).filter(|percent| *percent > 0.0)).collect();
    for (share, _) in written.iter().zip(&read).filter(|(_, read)| read.is_none()) {
        let message = format!("`{}` is not a share", share.get_ref());
        notes.error("experiment::not-a-share", share.span(), message, "above 0% and up to 100%", "write for example `50%`");
    }
    let Some(read) = read.into_iter().collect::<Option<Vec<f64>>>() else { return equal };
    let sum: f64 = read.iter().sum();
    if (sum - 100.0).abs() > SUM_SLACK {
        let message = format!("the shares of the arms add up to {sum}%");
        let help = "make them add up to 100%, or leave all out: equal parts of those not held out";
        notes.error("experiment::shares-sum", last.span(), message, "the last of them", help);
        return equal;
    }
    read
}

/// Checks what an arm changes; says whether everything it names is known (blocks are looked up later).
fn differences(notes: &mut Notes<'_>, arm: &ArmSpec, campaign: &Campaign, names: &Names) -> bool {
    let mut good = true;
    if !arm.subject.is_empty() {
        names.languages.check_default(notes, &arm.subject, arm.name.span(), "subject of the arm");
        names.languages.check_files(notes, &arm.subject);
    }
    if let Some(template) = &arm.template {
        let mails: Vec<String> = names.templates.iter().filter(|name| super::campaign::is_mail_template(name)).cloned().collect();
        good &= notes.known("experiment::unknown-template", "template", template, &mails);
    }
    let of_kind = |kind: Fill| -> Vec<String> {
        campaign.slots.iter().filter(|(_, slot)| slot.spec.fill == kind).map(|(name, _)| name.to_string()).collect()
    };
    for slot in arm.block.keys().chain(arm.without_block.keys()) {
        good &= notes.known("experiment::unknown-slot", "slot of blocks", slot, &of_kind(Fill::Block));
    }
    for slot in arm.strategy.keys() {
        good &= notes.known("experiment::unknown-slot", "slot of products", slot, &of_kind(Fill::Products));
    }
    let Some(offer) = &arm.offer else { return good };
    if campaign.spec.compulsory && offer.get_ref() != NO_OFFER {
        let message = "a compulsory mail cannot have an offer".to_owned();
        notes.error("campaign::compulsory", offer.span(), message, "`compulsory = true` above", "remove `offer`, or `compulsory`");
    }
    if campaign.steps.is_empty() {
        let message = "a mail without steps carries no offer".to_owned();
        notes.error("experiment::offer-without-step", offer.span(), message, "offers belong to steps", "try another difference");
        return false;
    }
    if let Some(offers) = names.offers.as_ref().filter(|_| offer.get_ref() != NO_OFFER) {
        let known: Vec<String> = offers.iter().cloned().chain([NO_OFFER.to_owned()]).collect();
        good &= notes.known("experiment::unknown-offer", "offer", offer, &known);
    }
    good
}

/// Makes the differences of an arm.
fn as_arm(campaign: &Campaign, arm: &ArmSpec) -> Campaign {
    let mut made = campaign.clone();
    made.arms.clear();
    if !arm.subject.is_empty() {
        made.spec.subject.clone_from(&arm.subject);
        made.steps.iter_mut().for_each(|step| step.spec.subject.clear());
    }
    if let Some(template) = &arm.template {
        made.spec.template.clone_from(template);
        made.steps.iter_mut().for_each(|step| step.spec.template = None);
    }
    for (slot, block) in &arm.block {
        if let Some(slot) = made.slots.get_mut(slot.get_ref().as_str()) {
            slot.first_block = Some(BlockName(block.get_ref().clone()));
        }
    }
    for (slot, block) in &arm.without_block {
        if let Some(slot) = made.slots.get_mut(slot.get_ref().as_str()) {
            slot.without_block = Some(BlockName(block.get_ref().clone()));
        }
    }
    for (slot, strategy) in &arm.strategy {
        if let Some(slot) = made.slots.get_mut(slot.get_ref().as_str()) {
            slot.spec.strategies = BTreeMap::from([(*strategy, 1.0)]);
        }
    }
    if let Some(offer) = &arm.offer {
        let offers: Vec<String> = Some(offer.get_ref().clone()).filter(|name| name != NO_OFFER).into_iter().collect();
        made.steps.iter_mut().for_each(|step| step.offers.clone_from(&offers));
    }
    made
}

/// Checks the blocks that arms name, once all are read: they can fill the slot, and a general one is left where one is left out.
pub(in crate::project) fn blocks(
    found: &mut Vec<Diagnostic>,
    blocks: &BTreeMap<BlockName, Block>,
    campaigns: &BTreeMap<CampaignName, Campaign>,
) {
    for (campaign, checked) in campaigns {
        let of_slot = |slot: &str| -> Vec<(&BlockName, &Block)> {
            let serves = |block: &Block| {
                block.spec.campaigns.is_empty() || block.spec.campaigns.iter().any(|name| name.get_ref() == campaign.as_str())
            };
            blocks.iter().filter(|(_, block)| block.spec.slot.get_ref() == slot && serves(block)).collect()
        };
        for arm in checked.spec.experiment.iter().flat_map(|experiment| &experiment.arms) {
            for (slot, block) in arm.block.iter().chain(&arm.without_block) {
                let known: Vec<&str> = of_slot(slot.get_ref()).iter().map(|(name, _)| name.as_str()).collect();
                if !known.contains(&block.get_ref().as_str()) && checked.slots.contains_key(slot.get_ref().as_str()) {
                    let message = format!("block `{}` cannot fill the slot `{}` of this campaign", block.get_ref(), slot.get_ref());
                    let help = crate::error::closest(block.get_ref(), known.iter().copied());
                    let help = help.map_or_else(|| "name one of its blocks".to_owned(), |guess| format!("did you mean `{guess}`?"));
                    let label = if known.is_empty() { "it has no block".to_owned() } else { format!("its blocks are {}", list(&known)) };
                    found.push(Diagnostic::error("experiment::unknown-block", message).at(&checked.text, block.span(), label).help(help));
                }
            }
            for (slot, block) in &arm.without_block {
                let is_general =
                    |(name, other): &(&BlockName, &Block)| other.spec.level == Level::General && name.as_str() != block.get_ref();
                if !of_slot(slot.get_ref()).iter().any(is_general) {
                    let message = format!("without `{}` the slot `{}` has no general block", block.get_ref(), slot.get_ref());
                    let help = "leave out another block, or add a general one";
                    let label = "nobody else's block is left";
                    found
                        .push(Diagnostic::error("experiment::no-general-block", message).at(&checked.text, block.span(), label).help(help));
                }
            }
        }
    }
}

/// Checks the holdout of all marketing.
pub(super) fn everywhere(notes: &mut Notes<'_>, section: &HoldoutSection) -> Option<Everywhere> {
    let percent = percentage(section.share.get_ref());
    if percent.is_none() {
        let message = format!("`{}` is not a percentage", section.share.get_ref());
        notes.error("config::not-a-percentage", section.share.span(), message, "from 0% to 100%", "write for example `2%`");
    }
    if percent.is_some_and(|percent| percent >= 100.0) {
        let message = "everybody is held out of all marketing, and nobody would get a mail".to_owned();
        notes.error("config::holdout-of-everybody", section.share.span(), message, "leaves nobody", "write for example `2%`");
    }
    let share = Share::from_percent(percent?);
    (share != Share::NONE).then(|| Everywhere { name: section.name.clone(), share, until: section.until })
}
