//! The alarm of an edition whose mails rest on their readers less, or more, than those of the editions before.

use relance::ledger::PlanSummary;
use relance::measure::{Moments, real};
use relance::plan::Totals;
use serde::Serialize;

use super::tongue::Lang;

/// Editions before, under which there is no band.
const EDITIONS_MIN: usize = 4;
/// Editions before that make the band, the latest.
const EDITIONS_MAX: usize = 26;
/// Mails under which an edition says nothing.
const MAILS_MIN: u64 = 50;
/// Width of the band on either side, in standard deviations: an edition like the others is outside once in some hundreds.
const WIDTH: f64 = 3.0;

/// An edition outside of the band of those before it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Alarm {
    /// The latest edition.
    pub(super) edition: String,
    /// Share of its mails in which nothing rests on who reads.
    pub(super) fallback: f64,
    /// Lower end of the band.
    pub(super) low: f64,
    /// Upper end of the band.
    pub(super) high: f64,
    /// Editions that make the band.
    pub(super) editions: u64,
}

impl Alarm {
    /// Looks at the latest edition; `None` while it is like those before it, or there are too few.
    ///
    /// The band is as wide as the shares of editions vary, and as the share of so many mails varies by chance.
    pub(super) fn of(summaries: &[PlanSummary]) -> Option<Self> {
        let mut editions: Vec<(&PlanSummary, u64, f64)> = summaries.iter().filter_map(fallback).collect();
        editions.sort_by_key(|(summary, ..)| summary.at);
        let ((latest, mails, share), before) = editions.split_last()?;
        let before = &before[before.len().saturating_sub(EDITIONS_MAX)..];
        if before.len() < EDITIONS_MIN {
            return None;
        }
        let band: Moments = before.iter().map(|(_, _, share)| *share).collect();
        let half = WIDTH * (band.variance() + band.mean * (1.0 - band.mean) / real(*mails)).sqrt();
        let (low, high) = ((band.mean - half).max(0.0), (band.mean + half).min(1.0));
        let is_outside = *share < low || *share > high;
        is_outside.then(|| Self { edition: latest.edition.to_string(), fallback: *share, low, high, editions: before.len() as u64 })
    }

    /// Says it in one line.
    pub(super) fn words(&self, lang: Lang) -> String {
        let percent = |share| lang.percent(share, 1, false);
        let (share, low, high, edition) = (percent(self.fallback), percent(self.low), percent(self.high), &self.edition);
        if lang == Lang::En {
            format!(
                "Look at `{edition}`: in {share} of its mails nothing rests on who reads; {} editions before it had {low} to {high}.",
                self.editions
            )
        } else {
            format!(
                "Regarder `{edition}`\u{a0}: dans {share} de ses courriers rien ne dépend de qui lit\u{a0}; {} éditions précédentes avaient de {low} à {high}.",
                self.editions
            )
        }
    }
}

/// Returns the mails of an edition and their fallback share; `None` of few mails, or of a version that did not count them.
fn fallback(summary: &PlanSummary) -> Option<(&PlanSummary, u64, f64)> {
    summary.totals.get("exposure")?;
    let totals: Totals = serde_json::from_value(summary.totals.clone()).ok()?;
    (totals.planned >= MAILS_MIN).then(|| (summary, totals.planned, 1.0 - real(totals.exposure.personal) / real(totals.planned)))
}

#[cfg(test)]
mod tests {
    use relance::clock::Timestamp;
    use relance::id::Edition;
    use relance::plan::Exposure;

    use super::*;

    fn editions(personal: &[u64]) -> Vec<PlanSummary> {
        let totals = |personal| Totals { planned: 1_000, exposure: Exposure { personal, ..Exposure::default() }, ..Totals::default() };
        let summary = |(at, personal): (i64, &u64)| PlanSummary {
            edition: Edition(format!("w{at}")),
            at: Timestamp(at),
            totals: serde_json::to_value(totals(*personal)).expect("totals"),
        };
        (0..).zip(personal).map(summary).collect()
    }

    #[test]
    fn an_edition_of_general_mails_is_told_and_one_like_the_others_is_not() {
        let usual = [800, 790, 815, 805, 795];
        assert_eq!(Alarm::of(&editions(&[&usual[..], &[780]].concat())), None, "one and a half deviations of chance and of editions");
        let alarm = Alarm::of(&editions(&[&usual[..], &[300]].concat())).expect("an alarm");
        assert!((alarm.fallback - 0.7).abs() < 1e-9 && alarm.high < 0.3 && alarm.editions == 5, "{alarm:?}");
        assert_eq!(alarm.edition, "w5");
        assert!(alarm.words(Lang::Fr).starts_with("Regarder `w5`\u{a0}: dans 70,0\u{a0}% de ses courriers"), "{}", alarm.words(Lang::Fr));
        assert!(Alarm::of(&editions(&[&usual[..], &[990]].concat())).is_some(), "too few general mails are as strange");
    }

    #[test]
    fn few_editions_make_no_band_and_older_versions_are_left_out() {
        assert_eq!(Alarm::of(&editions(&[800, 790, 815, 300])), None);
        let mut old = editions(&[800, 790, 815, 805, 300]);
        assert!(Alarm::of(&old).is_some());
        old[0].totals.as_object_mut().expect("an object").remove("exposure");
        assert_eq!(Alarm::of(&old), None);
    }
}
