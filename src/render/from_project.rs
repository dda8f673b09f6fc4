//! A project's texts as the compiler of mails takes them.

use std::collections::BTreeMap;

use toml::Spanned;

use super::input::{BlockText, DesignInput, MailDesign, SlotDesign, SlotKind, TextAt};
use super::mapped::Source;
use crate::id::SlotName;
use crate::project::Project;
use crate::project::campaign::{Factor, Fill, Localized};
use crate::project::checked::{Campaign, CampaignArm, Slot, Step};
use crate::selection::Blocks;

impl DesignInput {
    /// Gathers every text a mail is made of; `blocks` says which of them each slot may show, in order.
    pub fn of(project: &Project, blocks: &Blocks) -> Self {
        let is_partial = |name: &str| name.contains('/') || !campaigns_use(project, name);
        let with = |suffix: &'static str| {
            project.templates.iter().filter_map(move |(name, text)| Some((name.strip_suffix(suffix)?.to_owned(), text.clone())))
        };
        let block = |(name, block): (&crate::id::BlockName, &crate::project::block::Block)| {
            let text = BlockText { slot: block.spec.slot.get_ref().clone(), source: block.text.clone(), offset: block.body_offset };
            (name.to_string(), text)
        };
        let links = &project.config.links;
        Self {
            templates: with(".mjml").filter(|(name, _)| campaigns_use(project, &format!("{name}.mjml"))).collect(),
            texts: with(".txt").collect(),
            partials: project
                .templates
                .iter()
                .filter(|(name, _)| is_partial(name))
                .map(|(name, text)| (name.clone(), text.clone()))
                .collect(),
            blocks: project.blocks.iter().map(block).collect(),
            locales: project.locales.clone(),
            mails: project.campaigns.values().flat_map(|campaign| mails(campaign, blocks)).collect(),
            questions: project
                .config
                .questions
                .iter()
                .map(|(name, question)| (name.clone(), question.answers.iter().map(|answer| answer.value.get_ref().clone()).collect()))
                .collect(),
            asset_url: project.config.assets.as_ref().map_or(&links.home, |assets| &assets.url).get_ref().clone(),
            utm: links.utm.clone(),
            home_url: links.home.get_ref().clone(),
            default_locale: project.locale.clone(),
            zone: project.zone,
            currency: project.currency,
        }
    }
}

fn campaigns_use(project: &Project, name: &str) -> bool {
    project.campaigns.values().any(|campaign| campaign.templates().contains(&name))
}

/// One mail per step, or one for the whole campaign; as many again for each arm that reads otherwise.
fn mails(campaign: &Campaign, blocks: &Blocks) -> Vec<MailDesign> {
    let of = |version: &Campaign, variant: Option<&str>| -> Vec<MailDesign> {
        if version.steps.is_empty() {
            return vec![mail(version, None, variant, blocks)];
        }
        version.steps.iter().map(|step| mail(version, Some(step), variant, blocks)).collect()
    };
    // An arm that reads as the campaign does is written as the campaign.
    let own = |arm: &&CampaignArm| arm.factors.iter().any(|factor| matches!(factor, Factor::Subject | Factor::Template));
    let arms = campaign.arms.iter().filter(own).flat_map(|arm| of(&arm.campaign, Some(&arm.name)));
    of(campaign, None).into_iter().chain(arms).collect()
}

fn mail(campaign: &Campaign, step: Option<&Step>, variant: Option<&str>, blocks: &Blocks) -> MailDesign {
    let template = step.and_then(|step| step.spec.template.as_ref()).unwrap_or(&campaign.spec.template);
    let mut template = text_at(template, &campaign.text);
    template.text.truncate(template.text.trim_end_matches(".mjml").len());
    let slot = |(name, slot): (&SlotName, &Slot)| {
        let (kind, blocks) = match slot.spec.fill {
            Fill::Block => (SlotKind::Block, blocks.eligible(name, campaign.name.as_str()).iter().map(ToString::to_string).collect()),
            Fill::Products => (SlotKind::Products, Vec::new()),
            Fill::Categories => (SlotKind::Categories, Vec::new()),
            Fill::Cart => (SlotKind::Cart, Vec::new()),
            Fill::Subject => (SlotKind::Subject, Vec::new()),
        };
        (name.to_string(), SlotDesign { kind, blocks, may_be_left_out: !slot.spec.stays(), count: slot.spec.count.max(1) })
    };
    MailDesign {
        campaign: super::design_name(campaign.name.as_str(), variant),
        step: step.map(|step| step.name.clone()),
        template,
        subject: texts(campaign.subject(step), &campaign.text),
        preheader: texts(campaign.preheader(step), &campaign.text),
        slots: campaign.slots.iter().map(slot).collect(),
    }
}

fn texts(localized: &Localized, source: &Source) -> BTreeMap<String, TextAt> {
    localized.iter().map(|(language, text)| (language.clone(), text_at(text, source))).collect()
}

/// Places a TOML string in its file: its span begins at the opening quotes.
fn text_at(text: &Spanned<String>, source: &Source) -> TextAt {
    let span = text.span();
    let written = source.inner().get(span.clone()).unwrap_or_default();
    let quotes = if written.starts_with("\"\"\"") || written.starts_with("'''") { 3 } else { 1 };
    TextAt { text: text.get_ref().clone(), source: source.clone(), offset: span.start + quotes }
}
