//! Checks of `[consents]`, `[intrusion]`, `[score]` and `[retention]`; names of `[fields]` are those of conditions, and are checked with them.

use toml::Spanned;

use super::Notes;
use crate::clock::Span;
use crate::project::config::Config;
use crate::project::privacy::{Limits, Privacy, Retention};

/// Checks the sections, and reads their lengths of time.
pub(super) fn check(notes: &mut Notes<'_>, config: &Config) -> Privacy {
    let consent_max_age = config.consents.max_age.as_ref().and_then(|written| notes.span(written));
    let min_age = config.intrusion.min_age.as_ref().and_then(|written| notes.span(written)).unwrap_or(Privacy::MIN_AGE);
    if config.intrusion.budget == Some(0) {
        let message = "a budget of no point is no mail for anybody".to_owned();
        let help = "write for example `budget = 10`; for the same mail to all, `--max-level general`";
        notes.error("intrusion::no-budget", notes.locate(&["intrusion", "budget"]), message, "1 or more", help);
    }
    let score = &config.score;
    limits(notes, "relevance", score.relevance, Better::More { green: 0.5, red: 0.0 });
    limits(notes, "coherence", score.coherence, Better::Less { green: 0.0, red: f64::INFINITY });
    limits(notes, "intrusion", score.intrusion, Better::Less { green: 0.6, red: 1.0 });
    let points = config.intrusion.points.clone();
    Privacy { consent_max_age, budget: config.intrusion.budget, min_age, points }
}

/// Reads how long things are kept; for less than [`Retention::LEAST`], a late bounce or a report would miss them.
pub(super) fn retention(notes: &mut Notes<'_>, config: &Config) -> Retention {
    let mut read = |written: Option<&Spanned<String>>| -> Option<Span> {
        let written = written?;
        let span = notes.span(written)?;
        if span < Retention::LEAST {
            let message = format!("`{}` is too short a time to keep what a late bounce or a report needs", written.get_ref());
            notes.error("retention::too-short", written.span(), message, "at least 30 days", "write for example `180d`");
        }
        Some(span)
    };
    let retention = &config.retention;
    Retention {
        mails: read(retention.mails.as_ref()),
        events: read(retention.events.as_ref()),
        assignments: read(retention.assignments.as_ref()),
    }
}

/// On which side of its limits a lever is good, and the limits that stand when none are written.
#[derive(Clone, Copy)]
enum Better {
    More { green: f64, red: f64 },
    Less { green: f64, red: f64 },
}

/// Refuses limits that are no numbers of their lever, or that make something green and red at once.
fn limits(notes: &mut Notes<'_>, lever: &'static str, written: Limits, better: Better) {
    let most = if lever == "relevance" { 1.0 } else { f64::INFINITY };
    for (key, limit) in [("green", written.green), ("red", written.red)] {
        if let Some(limit) = limit.filter(|limit| !(0.0..=most).contains(limit)) {
            let message = format!("`{lever}` is never `{limit}`");
            let (label, help) = match lever {
                "relevance" => ("a share from 0 to 1", "write for example `relevance = { green = 0.5, red = 0.2 }`"),
                "coherence" => ("a number of faults", "write for example `coherence = { green = 0, red = 3 }`"),
                _ => ("a share of the budget, 0 or more", "write for example `intrusion = { green = 0.6, red = 1.0 }`"),
            };
            notes.error("score::no-limit", notes.locate(&["score", lever, key]), message, label, help);
            return;
        }
    }
    let (crossed, green, red, sides) = match better {
        Better::More { green, red } => {
            let (green, red) = (written.green.unwrap_or(green), written.red.unwrap_or(red));
            (green < red, green, red, "green from `green` up, red under `red`: `green` must be `red` or more")
        }
        Better::Less { green, red } => {
            let (green, red) = (written.green.unwrap_or(green), written.red.unwrap_or(red));
            (green > red, green, red, "green up to `green`, red above `red`: `green` must be `red` or less")
        }
    };
    if crossed {
        let key = if written.red.is_some() { "red" } else { "green" };
        let message = format!("`{lever}` would be green and red at once: green {green}, red {red}");
        let help = format!("write both, for example `{lever} = {{ green = {red}, red = {green} }}`");
        notes.error("score::crossed", notes.locate(&["score", lever, key]), message, sides, help);
    }
}
