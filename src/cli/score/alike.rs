//! Who resembles the people of a segment: learned from everybody as they are now.

use rayon::prelude::*;
use relance::condition::Truth;
use relance::error::{Error, Result};
use relance::id::stable_unit;
use relance::plan::Rules;
use relance::profile::{Profile, Reading};
use relance::project::checked::Score;
use relance::propensity::{Cut, Row, figures};

use super::rows::PEOPLE_MAX;
use crate::cli::app::{App, schema_of};
use crate::cli::out::Out;
use crate::cli::scored::may;

/// Returns everybody as they are now, and whether they are in the segment.
pub(super) fn now(app: &App, score: &Score, out: &Out) -> Result<Cut> {
    let snapshot = app.snapshot(out)?;
    let mut schema = schema_of(&snapshot);
    // Conditions may already name the score that is about to be learned.
    schema.scores.clear();
    let (rules, _) = Rules::compile(&app.project, schema).map_err(Error::project)?;
    let seed = score.seed.as_deref().and_then(|seed| rules.segments.position(seed));
    let (may, reading) = (may(&app.project, &snapshot), Reading::of(&app.project, app.now));
    #[expect(clippy::cast_precision_loss, reason = "a number of people")]
    let share = PEOPLE_MAX as f64 / snapshot.profiles.len().max(1) as f64;
    let row = |profile: &Profile| {
        let is_drawn = share >= 1.0 || stable_unit(&["score", profile.contact.id.as_str()]) < share;
        let figures = (is_drawn && may.score(profile)).then(|| figures(profile, app.now.at)).flatten()?;
        let truths = rules.segments.decide(profile, &snapshot.catalogue, reading);
        Some(Row { figures, happened: seed.and_then(|at| truths.get(at)).is_some_and(|truth: &Truth| truth.is_true()) })
    };
    let mut rows = Vec::new();
    for group in snapshot.profiles.groups() {
        rows.extend(group?.par_iter().filter_map(row).collect::<Vec<_>>());
    }
    Ok(Cut { day: app.now.today(), rows })
}
