//! The score card of a campaign: relevance, coherence, intrusion. One bad lever means that all is to be looked at again.
//!
//! Limits are those of `[score]`; `docs/privacy.md` says what the figures are and why.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::fault::Fault;
use super::totals::Totals;
use crate::audience::Segments;
use crate::condition::{Schema, Use, compile_all};
use crate::project::Project;
use crate::project::block::Block;
use crate::project::campaign::Fill;
use crate::project::checked::Campaign;
use crate::project::privacy::{Limits, Visible};

/// How a lever stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Good.
    Green,
    /// To be looked at.
    Amber,
    /// Not to be sent without somebody's name.
    Red,
}

impl Colour {
    /// Returns its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

/// One lever with its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lever {
    /// `relevance`, `coherence` or `intrusion`.
    pub name: &'static str,
    /// How it stands.
    pub colour: Colour,
    /// The figures behind the colour.
    pub figures: String,
    /// What is wrong, one line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

/// The three levers of a campaign, of one plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreCard(pub Vec<Lever>);

impl ScoreCard {
    /// Judges a plan.
    pub fn of(project: &Project, schema: &Schema, segments: &Segments, campaign: &Campaign, totals: &Totals) -> Self {
        let faults = faults(project, schema, segments, campaign);
        Self(vec![relevance(project, campaign, totals), coherence(project, faults), intrusion(project, totals)])
    }

    /// Returns the names of the levers that are red.
    pub fn red(&self) -> Vec<&'static str> {
        self.0.iter().filter(|lever| lever.colour == Colour::Red).map(|lever| lever.name).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "shares for reading")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A lever that is better the more there is.
fn more_is_better(value: f64, limits: Limits, green: f64, red: f64) -> Colour {
    if value < limits.red.unwrap_or(red) {
        Colour::Red
    } else if value >= limits.green.unwrap_or(green) {
        Colour::Green
    } else {
        Colour::Amber
    }
}

/// A lever that is better the less there is.
fn less_is_better(value: f64, limits: Limits, green: f64, red: f64) -> Colour {
    if value > limits.red.unwrap_or(red) {
        Colour::Red
    } else if value <= limits.green.unwrap_or(green) {
        Colour::Green
    } else {
        Colour::Amber
    }
}

fn relevance(project: &Project, campaign: &Campaign, totals: &Totals) -> Lever {
    let lever = |colour, figures| Lever { name: "relevance", colour, figures, faults: Vec::new() };
    if campaign.spec.compulsory || totals.planned == 0 {
        let why = if campaign.spec.compulsory { "not judged: a service mail" } else { "not judged: no mail" };
        return lever(Colour::Green, why.to_owned());
    }
    let exposure = &totals.exposure;
    let personal = share(exposure.personal, totals.planned);
    let mut figures = format!("{:.0}% of the mails follow their reader", personal * 100.0);
    if exposure.picks > 0 {
        _ = write!(figures, ", {:.0}% of the picks do", share(exposure.personal_picks, exposure.picks) * 100.0);
    }
    lever(more_is_better(personal, project.config.score.relevance, 0.5, 0.0), figures)
}

#[expect(clippy::cast_precision_loss, reason = "a handful of faults")]
fn coherence(project: &Project, faults: Vec<Fault>) -> Lever {
    let colour = less_is_better(faults.len() as f64, project.config.score.coherence, 0.0, f64::INFINITY);
    let n = faults.len();
    Lever { name: "coherence", colour, figures: format!("{n} {}", crate::error::plural(n, "fault")), faults }
}

fn intrusion(project: &Project, totals: &Totals) -> Lever {
    let exposure = &totals.exposure;
    let lever = |colour, figures, faults| Lever { name: "intrusion", colour, figures, faults };
    let mean = share(exposure.points, totals.planned);
    let Some(budget) = project.settings.privacy.budget else {
        return lever(Colour::Amber, format!("{mean:.1} points a mail, {} at most", exposure.most), vec![Fault::NoBudget]);
    };
    let used = mean / f64::from(budget);
    let dropped: u64 = exposure.dropped.values().sum();
    let figures = format!(
        "{:.0}% of the budget of {budget} in use, {} points at most, {} of the mails within a tenth of it, {dropped} blocks dropped",
        used * 100.0,
        exposure.most,
        exposure.near
    );
    if exposure.over > 0 {
        return lever(Colour::Red, figures, vec![Fault::OverBudget { mails: exposure.over }]);
    }
    lever(less_is_better(used, project.config.score.intrusion, 0.6, 1.0), figures, Vec::new())
}

/// Lists what in a campaign does not hold together.
fn faults(project: &Project, schema: &Schema, segments: &Segments, campaign: &Campaign) -> Vec<Fault> {
    let serves = |block: &Block| {
        let spec = &block.spec;
        let slot = campaign.slots.get(spec.slot.get_ref().as_str()).is_some_and(|slot| slot.spec.fill == Fill::Block);
        slot && (spec.campaigns.is_empty() || spec.campaigns.iter().any(|name| name.get_ref() == campaign.name.as_str()))
    };
    let blocks: Vec<_> = project.blocks.iter().filter(|(_, block)| serves(block)).collect();
    let mut faults = Vec::new();
    for segment in project.without_message(campaign) {
        faults.push(Fault::NoMessage { segment: segment.get_ref().clone() });
    }
    for (name, block) in &blocks {
        let uses = compile_all(&block.spec.all, &block.text, schema).map(|rule| segments.data_behind(&rule.conditions)).unwrap_or_default();
        for claim in &block.spec.claims {
            if Visible::of_claim(claim).is_some_and(|what| !rests(what, &uses)) {
                faults.push(Fault::Unfounded { block: name.to_string(), claim: claim.clone() });
            }
        }
    }
    let mut templates = campaign.templates();
    templates.sort_unstable();
    templates.dedup();
    let leads = |text: &str| text.contains("href");
    for template in templates {
        let inside = project.templates.get(template).is_some_and(|text| leads(text.inner()));
        if !inside && !blocks.iter().any(|(_, block)| leads(block.body())) {
            faults.push(Fault::LeadsNowhere { template: template.to_owned() });
        }
    }
    faults
}

/// Says whether what a block lets its reader see is among what its conditions look at.
fn rests(what: Visible, uses: &BTreeSet<Use>) -> bool {
    let behind: &[Use] = match what {
        Visible::Menu | Visible::InferredInterest => &[Use::Orders, Use::Views, Use::Searches],
        Visible::Orders => &[Use::Orders],
        Visible::Cart => &[Use::Cart],
        Visible::City => &[Use::Location],
        Visible::Declared => &[Use::Declared],
        Visible::Answers => &[Use::Answers],
        Visible::Contracts => &[Use::Contracts],
        Visible::Age => &[Use::Demographics],
        Visible::ViewedCategory | Visible::ViewedItem => &[Use::Views],
        Visible::Searched => &[Use::Searches],
        Visible::Score => &[Use::Scores],
        Visible::Other => return true,
    };
    behind.iter().any(|used| uses.contains(used))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lever_has_its_limits_on_the_right_side() {
        let none = Limits::default();
        assert_eq!([0.6, 0.5, 0.2].map(|value| more_is_better(value, none, 0.5, 0.2)), [Colour::Green, Colour::Green, Colour::Amber]);
        assert_eq!(more_is_better(0.19, none, 0.5, 0.2), Colour::Red);
        assert_eq!(
            [0.6, 0.7, 1.0, 1.1].map(|value| less_is_better(value, none, 0.6, 1.0)),
            [Colour::Green, Colour::Amber, Colour::Amber, Colour::Red]
        );
        let strict = Limits { green: Some(0.9), red: Some(0.8) };
        assert_eq!([0.9, 0.8, 0.7].map(|value| more_is_better(value, strict, 0.5, 0.0)), [Colour::Green, Colour::Amber, Colour::Red]);
    }
}
