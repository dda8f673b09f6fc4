//! Whom a campaign takes the trouble to aim at without having anything to say to them.

use toml::Spanned;

use crate::error::Diagnostic;
use crate::project::Project;
use crate::project::campaign::Fill;
use crate::project::checked::Campaign;

/// Lists the segments of a campaign's audience that read what everybody reads: none of its blocks and offers rests on them.
///
/// A campaign for one segment only is that segment's message.
pub(in crate::project) fn without_message<'p>(project: &'p Project, campaign: &'p Campaign) -> Vec<&'p Spanned<String>> {
    let include = &campaign.spec.audience.include;
    if include.len() < 2 {
        return Vec::new();
    }
    let serves = |spec: &crate::project::content::BlockSpec| {
        let slot = campaign.slots.get(spec.slot.get_ref().as_str()).is_some_and(|slot| slot.spec.fill == Fill::Block);
        slot && (spec.campaigns.is_empty() || spec.campaigns.iter().any(|name| name.get_ref() == campaign.name.as_str()))
    };
    let blocks = project.blocks.values().filter(|block| serves(&block.spec)).flat_map(|block| &block.spec.all);
    let offers = campaign.steps.iter().flat_map(|step| &step.offers).filter_map(|name| project.offers.get(name));
    let conditions: Vec<&str> = blocks.chain(offers.flat_map(|offer| &offer.spec.all)).map(|text| text.get_ref().as_str()).collect();
    let is_spoken_to = |segment: &str| {
        let quoted = format!("'{segment}'");
        conditions.iter().any(|condition| condition.contains(&quoted))
    };
    include.iter().filter(|segment| !is_spoken_to(segment.get_ref())).collect()
}

/// Warns of each.
pub(in crate::project) fn warnings(project: &Project) -> Vec<Diagnostic> {
    let of_campaign = |campaign| without_message(project, campaign).into_iter().map(move |segment| (campaign, segment));
    let all = project.campaigns.values().flat_map(of_campaign);
    let warning = |(campaign, segment): (&Campaign, &Spanned<String>)| {
        let name = segment.get_ref();
        let message = format!("segment `{name}` has no message of its own in campaign `{}`", campaign.name);
        Diagnostic::warning("segment::no-message", message)
            .at(&campaign.text, segment.span(), "its people read what everybody reads")
            .help(format!("write a block with `all = [\"in_segment('{name}')\"]` for it, or aim at fewer segments"))
    };
    all.map(warning).collect()
}
