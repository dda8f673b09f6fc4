//! Checks of `[scores.NAME]`: each kind has what it needs, and nothing that it would not look at.

use std::ops::Range;

use toml::Spanned;

use super::{Notes, is_name};
use crate::clock::DAY_US;
use crate::project::checked::Score;
use crate::project::config::{Config, ScoreKind, ScoreSpec};

/// Longest horizon, in days.
const DAYS_MAX: i64 = 366;

/// Reads the scores; one with a mistake is left out.
pub(super) fn check(notes: &mut Notes<'_>, config: &Config) -> Vec<Score> {
    config.scores.iter().filter_map(|(name, spec)| one(notes, name, spec)).collect()
}

/// Checks that the segments and campaigns that scores are learned from exist; segments that could not be read are not looked for.
pub(in crate::project) fn names(notes: &mut Notes<'_>, config: &Config, segments: Option<&[String]>, campaigns: &[String]) {
    for spec in config.scores.values() {
        if let (Some(seed), Some(segments)) = (&spec.seed, segments) {
            notes.known("scores::no-such-segment", "segment", seed, segments);
        }
        if let Some(campaign) = &spec.campaign {
            notes.known("scores::no-such-campaign", "campaign", campaign, campaigns);
        }
    }
}

fn one(notes: &mut Notes<'_>, name: &str, spec: &ScoreSpec) -> Option<Score> {
    let table = notes.locate(&["scores", name]);
    if !is_name(name) {
        let message = format!("`{name}` cannot be the name of a score");
        let help = "write for example `[scores.purchase_14d]`: lower-case letters, digits, `-` and `_`";
        notes.error("scores::bad-name", table.clone(), message, "it names a file too", help);
    }
    let keys: [(&str, Option<Range<usize>>, bool, &str); 4] = [
        ("within", spec.within.as_ref().map(Spanned::span), spec.kind.has_horizon(), "within = \"14d\""),
        ("seed", spec.seed.as_ref().map(Spanned::span), spec.kind == ScoreKind::Lookalike, "seed = \"SEGMENT\""),
        ("column", spec.column.as_ref().map(Spanned::span), spec.kind == ScoreKind::Column, "column = \"NAME\""),
        ("campaign", spec.campaign.as_ref().map(Spanned::span), spec.kind == ScoreKind::Uplift, "campaign = \"NAME\""),
    ];
    for (key, written, is_needed, example) in keys {
        let kind = spec.kind.word();
        match (written, is_needed) {
            (None, true) => {
                let message = format!("score `{name}` has no `{key}`");
                notes.error("scores::missing-key", table.clone(), message, format!("a score of kind `{kind}`"), format!("add `{example}`"));
            }
            (Some(place), false) => {
                let message = format!("a score of kind `{kind}` has no `{key}`");
                notes.error("scores::unused-key", place, message, "nothing looks at it", format!("remove `{key}`, or change the kind"));
            }
            _ => {}
        }
    }
    let horizon_days = spec.within.as_ref().and_then(|written| horizon(notes, written));
    let band = spec.undecided.as_ref().map(|written| band(notes, written, spec.kind));
    if spec.within.is_some() && horizon_days.is_none() {
        return None;
    }
    Some(Score {
        name: name.to_owned(),
        kind: spec.kind,
        horizon_days,
        seed: spec.seed.as_ref().map(|seed| seed.get_ref().clone()),
        column: spec.column.as_ref().map(|column| column.get_ref().clone()),
        campaign: spec.campaign.as_ref().map(|campaign| campaign.get_ref().clone()),
        undecided: band,
    })
}

fn horizon(notes: &mut Notes<'_>, written: &Spanned<String>) -> Option<u32> {
    let span = notes.span(written)?;
    if span.0 % DAY_US == 0 && span.0 / DAY_US <= DAYS_MAX {
        return u32::try_from(span.0 / DAY_US).ok();
    }
    let message = format!("`{}` is not a number of whole days up to {DAYS_MAX}", written.get_ref());
    notes.error("scores::not-days", written.span(), message, "whole days", "write for example `within = \"14d\"`");
    None
}

fn band(notes: &mut Notes<'_>, written: &Spanned<[f64; 2]>, kind: ScoreKind) -> [f64; 2] {
    let [low, high] = *written.get_ref();
    let is_share = matches!(kind, ScoreKind::Purchase | ScoreKind::Churn | ScoreKind::Unsubscribe | ScoreKind::Lookalike);
    let is_inside = low.is_finite() && high.is_finite() && (!is_share || (low >= 0.0 && high <= 1.0));
    if low >= high || !is_inside {
        let message = format!("nobody is between {low} and {high}");
        let label = if is_share { "two scores from 0 to 1, the lower first" } else { "two scores, the lower first" };
        notes.error("scores::no-band", written.span(), message, label, "write for example `undecided = [0.2, 0.6]`");
    }
    [low, high]
}
