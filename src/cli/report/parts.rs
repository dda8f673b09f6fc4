//! Parts of the page that an experiment with arms adds.

use std::fmt::Write as _;

use super::Told;
use super::arms::{Experiment, against};
use super::page::figures;
use super::words::ready;
use crate::cli::chart::with_code;

/// Writes the section of every arm.
pub(super) fn arms(told: &Told, experiment: &Experiment) -> String {
    let lang = told.lang;
    let mut text = format!("<section data-section=\"arms\"><h3>{}</h3><ul>", lang.say("Arms", "Bras"));
    for note in experiment.notes(lang) {
        _ = write!(text, "<li>{}</li>", with_code(&note));
    }
    text.push_str("</ul></section>\n");
    for arm in &experiment.arms {
        let sides = experiment.sides(arm, lang);
        _ = write!(
            text,
            "<section data-section=\"arm\"><h3>{}</h3><p>{}</p></section>\n{}",
            with_code(&against(&sides, lang)),
            with_code(&arm.conclusion),
            figures(told, &arm.comparison, &sides, &ready(&arm.comparison, told, &sides))
        );
    }
    text
}
