//! Checks of `[consents]` and `[intrusion]`; names of `[fields]` are those of conditions, and are checked with them.

use super::Notes;
use crate::project::config::Config;
use crate::project::privacy::Privacy;

/// Checks the sections, and reads their lengths of time.
pub(super) fn check(notes: &mut Notes<'_>, config: &Config) -> Privacy {
    let consent_max_age = config.consents.max_age.as_ref().and_then(|written| notes.span(written));
    let min_age = config.intrusion.min_age.as_ref().and_then(|written| notes.span(written)).unwrap_or(Privacy::MIN_AGE);
    if config.intrusion.budget == Some(0) {
        let message = "a budget of no point is no mail for anybody".to_owned();
        let help = "write for example `budget = 10`; for the same mail to all, `--max-level general`";
        notes.error("intrusion::no-budget", notes.locate(&["intrusion", "budget"]), message, "1 or more", help);
    }
    let points = config.intrusion.points.clone();
    Privacy { consent_max_age, budget: config.intrusion.budget, min_age, points }
}
