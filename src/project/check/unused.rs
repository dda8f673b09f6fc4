//! Warnings: what nothing uses, and what its dates keep out.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::error::Diagnostic;
use crate::project::Project;
use crate::project::campaign::Fill;
use crate::project::checked::Campaign;

/// Lists segments, blocks, templates and offers that nothing uses.
pub(in crate::project) fn unused(project: &Project) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    segments(project, &mut found);
    offers(project, &mut found);
    blocks(project, &mut found);
    templates(project, &mut found);
    found
}

fn segments(project: &Project, found: &mut Vec<Diagnostic>) {
    let mut conditions: Vec<&str> = Vec::new();
    conditions.extend(project.segments.segments.values().flat_map(|segment| &segment.all).map(|text| text.get_ref().as_str()));
    conditions.extend(project.offers.values().flat_map(|offer| &offer.spec.all).map(|text| text.get_ref().as_str()));
    conditions.extend(project.blocks.values().flat_map(|block| &block.spec.all).map(|text| text.get_ref().as_str()));
    conditions.extend(project.campaigns.values().flat_map(|campaign| &campaign.spec.audience.all).map(|text| text.get_ref().as_str()));
    for name in project.segments.segments.keys() {
        let named = project.campaigns.values().any(|campaign| {
            let audience = &campaign.spec.audience;
            audience.include.iter().chain(&audience.exclude).any(|segment| segment.get_ref() == name.get_ref())
        });
        let quoted = format!("'{}'", name.get_ref());
        if !named && !conditions.iter().any(|condition| condition.contains(&quoted)) {
            let message = format!("segment `{}` is used nowhere", name.get_ref());
            found.push(
                Diagnostic::warning("segment::unused", message)
                    .at(&project.segments_text, name.span(), "")
                    .help("name it in the audience of a campaign or in the condition of a block, or remove it"),
            );
        }
    }
}

fn offers(project: &Project, found: &mut Vec<Diagnostic>) {
    for name in project.offers_file.offers.keys() {
        let named = project
            .campaigns
            .values()
            .flat_map(Campaign::versions)
            .flat_map(|version| &version.steps)
            .any(|step| step.offers.contains(name.get_ref()));
        if !named {
            let message = format!("offer `{}` is used nowhere", name.get_ref());
            let help = "name it in a step of a campaign, or remove it";
            found.push(Diagnostic::warning("offer::unused", message).at(&project.offers_text, name.span(), "").help(help));
        }
    }
}

fn blocks(project: &Project, found: &mut Vec<Diagnostic>) {
    for (name, block) in &project.blocks {
        let spec = &block.spec;
        let used = project.campaigns.iter().any(|(campaign, checked)| {
            let allowed = spec.campaigns.is_empty() || spec.campaigns.iter().any(|name| name.get_ref() == campaign.as_str());
            let slot = checked.slots.get(spec.slot.get_ref().as_str());
            allowed && slot.is_some_and(|slot| slot.spec.fill == Fill::Block)
        });
        if !used {
            let message = format!("block `{name}` can appear in no campaign");
            let help = format!("list in `campaigns` one that has the slot `{}`, or remove the file", spec.slot.get_ref());
            found.push(Diagnostic::warning("block::unused", message).at(&block.text, spec.slot.span(), "").help(help));
        }
    }
}

fn templates(project: &Project, found: &mut Vec<Diagnostic>) {
    let named = |file: &str| project.campaigns.values().any(|campaign| campaign.templates().contains(&file));
    for (file, text) in &project.templates {
        let included = || {
            let others = project.templates.iter().filter(|(other, _)| *other != file).map(|(_, text)| text.inner().as_str());
            others.chain(project.blocks.values().map(super::super::block::Block::body)).any(|content| content.contains(file.as_str()))
        };
        let text_part_of_used = || file.strip_suffix(".txt").is_some_and(|stem| named(&format!("{stem}.mjml")));
        if !named(file) && !text_part_of_used() && !included() {
            let message = format!("template `{file}` is used nowhere");
            let help = "name it in a campaign or include it, or remove the file";
            found.push(Diagnostic::warning("template::unused", message).at(text, 0..0, "").help(help));
        }
    }
}

/// Lists blocks and offers that their dates keep out on a day.
pub(in crate::project) fn out_of_date(project: &Project, today: NaiveDate) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, block) in &project.blocks {
        let spec = &block.spec;
        if let Some(when) = outside(spec.from, spec.until, today) {
            let place = block.key(if when.starts_with("ended") { "until" } else { "from" });
            let message = format!("block `{name}` {when}");
            let help = "change its dates, or remove the file";
            found.push(Diagnostic::warning("block::out-of-date", message).at(&block.text, place, "").help(help));
        }
    }
    for name in project.offers_file.offers.keys() {
        let Some(offer) = project.offers.get(name.get_ref()) else { continue };
        if let Some(when) = outside(offer.spec.from, offer.spec.until, today) {
            let message = format!("offer `{}` {when}", name.get_ref());
            let help = "change its dates, or remove it";
            let steps = project
                .campaigns
                .iter()
                .flat_map(|(campaign, checked)| checked.versions().flat_map(|version| &version.steps).map(move |step| (campaign, step)));
            let used = steps.filter(|(_, step)| step.offers.contains(name.get_ref())).map(|(campaign, _)| campaign).next();
            found.push(match used.filter(|_| when.starts_with("ended")) {
                Some(campaign) => Diagnostic::error("offer::ended", format!("{message} and campaign `{campaign}` still names it"))
                    .at(&project.offers_text, name.span(), "")
                    .help("change its dates, or take it out of the campaign: no mail carries it any more"),
                None => Diagnostic::warning("offer::out-of-date", message).at(&project.offers_text, name.span(), "").help(help),
            });
        }
    }
    if let Some(until) = project.config.holdout.as_ref().and_then(|holdout| holdout.until).filter(|until| today > *until) {
        let (text, at) = project.config_layers.place(project.config_layers.locate(&["holdout", "until"]));
        let message = format!("the holdout of all marketing ended on {until}: nobody is held out any more");
        let help = "write a later `until` and another `name`, or take `[holdout]` out; `report` tells what it showed while it is there";
        found.push(Diagnostic::warning("config::holdout-over", message).at(text, at, "").help(help));
    }
    found
}

/// Lists the offers of a campaign's steps that ended before a day, each once, with their last day.
pub(in crate::project) fn ended_offers<'p>(project: &'p Project, campaign: &'p Campaign, today: NaiveDate) -> BTreeMap<&'p str, NaiveDate> {
    let names = campaign.versions().flat_map(|version| &version.steps).flat_map(|step| &step.offers);
    let until = |name: &String| project.offers.get(name).and_then(|offer| offer.spec.until).filter(|until| today > *until);
    names.filter_map(|name| Some((name.as_str(), until(name)?))).collect()
}

fn outside(from: Option<NaiveDate>, until: Option<NaiveDate>, today: NaiveDate) -> Option<String> {
    match (from, until) {
        (_, Some(until)) if today > until => Some(format!("ended on {until}")),
        (Some(from), _) if today < from => Some(format!("begins on {from}")),
        _ => None,
    }
}
