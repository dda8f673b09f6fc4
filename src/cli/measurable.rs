//! What the arms of a plan could show, said before anything is sent: from what its people bought in a past horizon.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use relance::audience::history::SendHistory;
use relance::error::Result;
use relance::holdout::Arm;
use relance::id::ContactId;
use relance::ledger::Assignment;
use relance::measure::power::{POWER, detectable, needed};
use relance::measure::verdict::corrected;
use relance::measure::{Moments, Person};
use relance::project::campaign::Metric;
use relance::project::checked::Campaign;
use serde::Serialize;

use super::app::App;
use super::out::count;
use super::report::{self, Lang};

/// The smallest effect that a plan's arms could show.
#[derive(Debug, Serialize)]
pub(crate) struct Measurable {
    metric: Metric,
    /// People who were drawn.
    people: u64,
    /// The smallest arm that is compared with the baseline: of all, what it could show is the least.
    arm: String,
    /// Its people.
    arm_people: u64,
    /// The arm that the others are compared with.
    baseline: String,
    /// Its people.
    baseline_people: u64,
    /// The figure per person in a past horizon; money in minor units.
    mean: f64,
    /// The smallest difference found with a chance of 80 %, in percent of the mean; absent when nothing can be found.
    smallest_percent: Option<f64>,
    /// The smallest effect worth finding, as declared.
    minimum_percent: Option<f64>,
    /// People needed to find that; absent without it, or when no number would do.
    needed: Option<u64>,
}

impl Measurable {
    /// Counts for the people who were drawn; none of a campaign that is not measured.
    pub(crate) fn of(app: &App, campaign: &Campaign, drawn: Vec<ContactId>, arms: &BTreeMap<String, u64>) -> Result<Option<Self>> {
        let (Some(measure), Some(horizon), Some(baseline)) = (&campaign.spec.measure, campaign.horizon, campaign.baseline()) else {
            return Ok(None);
        };
        let at = app.now.at;
        let assigned = |recipient| Assignment { recipient, arm: Arm::Treated.as_str().to_owned(), at, shares: None };
        let people: Vec<Assignment> = drawn.into_iter().map(assigned).collect();
        let lines = report::orders(app, people.iter().map(|person| person.recipient.as_str()))?;
        let mut moments = Moments::default();
        for person in &people {
            let person = Person::count(Arm::Treated, at, horizon, lines.get(person.recipient.as_str()).map_or(&[][..], Vec::as_slice));
            moments.add(match measure.primary {
                Metric::Revenue => person.revenue_before,
                Metric::Margin => person.margin_before,
                Metric::Conversion => f64::from(u8::from(person.n_orders_before > 0)),
            });
        }
        let n_baseline = arms.get(baseline).copied().unwrap_or(0);
        let names: Vec<&str> =
            if campaign.arms.is_empty() { vec!["treated"] } else { campaign.arms.iter().map(|arm| arm.name.as_str()).collect() };
        let others: Vec<(u64, &str)> =
            names.into_iter().filter(|name| *name != baseline).map(|name| (arms.get(name).copied().unwrap_or(0), name)).collect();
        // That of the intervals which the report will give.
        let confidence = corrected(others.len());
        let (n_other, other) = others.into_iter().min().unwrap_or_default();
        let is_known = moments.mean > 0.0 && n_baseline > 0 && n_other > 0;
        let smallest = is_known.then(|| detectable(moments.variance(), n_other, n_baseline, confidence) * 100.0 / moments.mean);
        let wanted = campaign.minimum_effect.filter(|_| is_known).and_then(|percent| {
            let (base, other) = (real(n_baseline), real(n_other));
            let pair = needed(moments.variance(), moments.mean * percent / 100.0, base / (base + other), confidence)?;
            // Two arms of several: all of them grow together.
            Some(scaled(pair, real(moments.n) / (base + other)))
        });
        Ok(Some(Self {
            metric: measure.primary,
            people: moments.n,
            arm: other.to_owned(),
            arm_people: n_other,
            baseline: baseline.to_owned(),
            baseline_people: n_baseline,
            mean: rounded(moments.mean),
            smallest_percent: smallest.map(rounded),
            minimum_percent: campaign.minimum_effect,
            needed: wanted,
        }))
    }

    /// Returns the lines of `plan`.
    pub(crate) fn words(&self) -> String {
        let metric = match self.metric {
            Metric::Revenue => "revenue",
            Metric::Margin => "margin",
            Metric::Conversion => "conversion",
        };
        let Some(smallest) = self.smallest_percent else {
            return format!("    measurable   nothing yet: no {metric} in a past horizon, or nobody in an arm\n");
        };
        let power = POWER * 100.0;
        let (arm, baseline) = (&self.arm, &self.baseline);
        let (n_arm, n_baseline) = (count(self.arm_people), count(self.baseline_people));
        let mut text = format!(
            "    measurable   from {smallest:.1}% of {metric} on, at {power:.0}% power: {n_arm} people of `{arm}` against {n_baseline} of `{baseline}`\n"
        );
        if let Some(minimum) = self.minimum_percent.filter(|minimum| *minimum < smallest) {
            let needed = self.needed.map_or_else(|| "more than there are".to_owned(), count);
            _ = writeln!(text, "    {minimum}% cannot be measured with {} people: would need {needed}", count(self.people));
        }
        text
    }
}

impl Measurable {
    /// Says the same for a page, a sentence each.
    pub(crate) fn sentences(&self, lang: Lang) -> Vec<String> {
        let metric = lang.metric(self.metric);
        let Some(smallest) = self.smallest_percent else {
            return vec![match lang {
                Lang::En => format!("Nothing can be measured yet: no {metric} in a past horizon, or nobody in an arm."),
                Lang::Fr => format!("Rien n’est mesurable encore : pas de {metric} dans un délai passé, ou personne dans un bras."),
            }];
        };
        let percent = |value: f64| format!("{}{}", lang.plain(value), lang.say("%", "\u{a0}%"));
        let (power, found) = (percent(POWER * 100.0), percent(smallest));
        let (arm, n_arm) = (lang.arm(&self.arm), lang.count(self.arm_people));
        let (baseline, n_baseline) = (lang.arm(&self.baseline), lang.count(self.baseline_people));
        let mut sentences = vec![match lang {
            Lang::En => format!(
                "Between {n_arm} people of “{arm}” and {n_baseline} of “{baseline}”, a change of {found} of {metric} or more is found with a chance of {power}."
            ),
            Lang::Fr => format!(
                "Entre {n_arm} personnes («\u{a0}{arm}\u{a0}») et {n_baseline} («\u{a0}{baseline}\u{a0}»), un écart de {found} ou plus ({metric}) est trouvé avec {power} de chances."
            ),
        }];
        if let Some(minimum) = self.minimum_percent.filter(|minimum| *minimum < smallest) {
            let needed = self.needed.map(|n| lang.count(n));
            let (minimum, people) = (percent(minimum), lang.count(self.people));
            sentences.push(match (lang, needed) {
                (Lang::En, Some(n)) => format!("{minimum} cannot be measured with {people} people in all: it would need {n}."),
                (Lang::En, None) => format!("{minimum} cannot be measured with any number there could be."),
                (Lang::Fr, Some(n)) => format!("{minimum} n’est pas mesurable avec {people} personnes en tout : il en faudrait {n}."),
                (Lang::Fr, None) => format!("{minimum} n’est mesurable avec aucun nombre possible."),
            });
        }
        sentences
    }
}

/// Says how many people stay held out although the share as it is now would not hold them out; nothing when there are none.
pub(crate) fn kept_out(campaign: &Campaign, history: &SendHistory) -> Option<String> {
    let (draw, assigned) = (campaign.draw(), history.assigned.get(&campaign.name)?);
    let held = assigned.iter().filter(|(_, arm)| arm.as_str() == Arm::Control.as_str());
    // A pseudonym stands for somebody who was forgotten, and falls nowhere.
    let known = held.filter(|(id, _)| !id.as_str().starts_with('#'));
    let n = known.filter(|(id, _)| !draw.held_out.holds_out(&draw.salt, id.as_str())).count() as u64;
    let who = if n == 1 { "1 person".to_owned() } else { format!("{} people", count(n)) };
    (n > 0).then(|| {
        format!("`{}`: {who} held out before would not be by the share of now, and stay so; give `[experiment]` another `name` to draw everybody again", campaign.name)
    })
}

/// Keeps five significant digits, enough for a figure of a plan.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[expect(clippy::cast_precision_loss, reason = "people are fewer than 2^52")]
fn real(n: u64) -> f64 {
    n as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "people, times less than a few thousand")]
fn scaled(n: u64, factor: f64) -> u64 {
    (real(n) * factor).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurable(arm: &str, baseline: &str) -> Measurable {
        Measurable {
            metric: Metric::Revenue,
            people: 1_500,
            arm: arm.to_owned(),
            arm_people: 1_350,
            baseline: baseline.to_owned(),
            baseline_people: 150,
            mean: 420.0,
            smallest_percent: Some(12.5),
            minimum_percent: Some(3.0),
            needed: Some(26_000),
        }
    }

    #[test]
    fn a_page_names_the_two_arms_that_are_compared_and_the_people_of_each() {
        assert_eq!(
            measurable("treated", "control").sentences(Lang::En),
            [
                "Between 1,350 people of “the campaign as written” and 150 of “held out”, a change of 12.5% of revenue or more is found with a chance of 80%.",
                "3% cannot be measured with 1,500 people in all: it would need 26,000."
            ]
        );
        assert_eq!(
            measurable("tea", "as-is").sentences(Lang::Fr),
            [
                "Entre 1\u{202f}350 personnes («\u{a0}tea\u{a0}») et 150 («\u{a0}as-is\u{a0}»), un écart de 12,5\u{a0}% ou plus (recettes) est trouvé avec 80\u{a0}% de chances.",
                "3\u{a0}% n’est pas mesurable avec 1\u{202f}500 personnes en tout : il en faudrait 26\u{202f}000."
            ]
        );
    }
}
