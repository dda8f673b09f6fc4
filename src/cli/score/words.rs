//! A model and its figures, for people.

use std::fmt::Write as _;

use chrono::NaiveDate;
use relance::project::config::ScoreKind;
use relance::propensity::{Effect, Interval, Judged, Model, Verdict, Without};

use crate::cli::out::{bold, count, dim};

/// Columns shown, those that weigh most.
const COLUMNS_SHOWN: usize = 6;

/// What was learned, and how good it was.
pub(super) fn model(model: &Model) -> String {
    let mut text = format!("{}  {}    {}\n", bold(&model.name), what(model), dim(format!("model {}", model.version)));
    let days = match model.days.as_slice() {
        [] => "no day".to_owned(),
        [day] => format!("{day}"),
        [first, .., last] => format!("{} days, {first} to {last}", model.days.len()),
    };
    let (rows, positives) = (count(model.rows as u64), count(model.positives as u64));
    _ = writeln!(text, "  learned from {rows} rows of people ({days}); it happened in {positives}, {:.1} %", model.base_rate() * 100.0);
    let judged = &model.validation;
    let how = if matches!(model.kind, ScoreKind::Lookalike | ScoreKind::Uplift) {
        "judged in five parts, each by a model of the other four".to_owned()
    } else {
        format!("judged on {}, by a model of the days before", model.days.last().map(ToString::to_string).unwrap_or_default())
    };
    _ = writeln!(text, "  {how}: {} people", count(judged.people as u64));
    figures(&mut text, judged);
    if let (Some(effect), Some(without)) = (model.effect, &model.without) {
        uplift(&mut text, &effect, without);
        _ = write!(text, "  weighs most  {}", dim(heaviest(model)));
        return text;
    }
    _ = writeln!(text, "  {}", verdict(judged));
    let calibrated = match model.calibration {
        Some(drift) => format!("odds times {:.2} for the drift of the last days", drift.logit.exp()),
        None => "no drift of the last days that lasts".to_owned(),
    };
    _ = writeln!(text, "  {calibrated}; undecided from {:.3} to {:.3}", model.band.low, model.band.high);
    _ = write!(text, "  weighs most  {}", dim(heaviest(model)));
    text
}

/// What a score learned before a day was worth after it.
pub(super) fn evaluated(model: &Model, at: NaiveDate, judged: &Judged) -> String {
    let mut text = format!("{}  {}    known before {at}\n", bold(&model.name), what(model));
    let (people, positives) = (count(judged.people as u64), count(judged.positives as u64));
    #[expect(clippy::cast_precision_loss, reason = "a number of people")]
    let share = judged.positives as f64 / judged.people.max(1) as f64 * 100.0;
    _ = writeln!(text, "  {people} people, it happened to {positives}: {share:.1} %; {:.1} % before", model.base_rate() * 100.0);
    figures(&mut text, judged);
    _ = writeln!(text, "  {}", verdict(judged));
    _ = writeln!(text, "\n  {}", dim(format!("{:<8} {:>8} {:>8} {:>9}", "tenth", "people", "said", "happened")));
    for (at, decile) in judged.deciles.iter().enumerate() {
        let (said, happened) = (decile.said * 100.0, decile.happened * 100.0);
        _ = writeln!(text, "  {:<8} {:>8} {said:>6.1} % {happened:>7.1} %", at + 1, count(decile.people as u64));
    }
    let (off, chance) = judged.off();
    _ = write!(text, "  off by {:.1} points on average; by chance alone it would be {:.1}", off * 100.0, chance * 100.0);
    text
}

fn figures(text: &mut String, judged: &Judged) {
    let three = |of: Interval| format!("{:.3} ({:.3} to {:.3})", of.value, of.low, of.high);
    #[expect(clippy::cast_precision_loss, reason = "a number of people")]
    let chance = judged.positives as f64 / judged.people.max(1) as f64;
    _ = writeln!(text, "    {:<9} {:<26} {}", "AUC", three(judged.auc), dim("chance 0.500"));
    _ = writeln!(text, "    {:<9} {:<26} {}", "PR-AUC", three(judged.pr_auc), dim(format!("chance {chance:.3}")));
    _ = writeln!(text, "    {:<9} {:<26} {}", "Brier", three(judged.brier), dim(format!("base rate {:.3}", judged.base_brier)));
    let base = dim(format!("base rate {:.3}", judged.base_log_loss));
    _ = writeln!(text, "    {:<9} {:<26} {base}", "log loss", format!("{:.3}", judged.log_loss));
}

/// What an uplift is worth: the figures above are of those written to only.
fn uplift(text: &mut String, effect: &Effect, without: &Without) {
    let points = |of: Interval| format!("{:+.1} points ({:+.1} to {:+.1})", of.value * 100.0, of.low * 100.0, of.high * 100.0);
    let (rows, positives) = (count(without.rows as u64), count(without.positives as u64));
    _ = writeln!(text, "  those figures are of people written to; of {rows} held out, it happened in {positives}");
    _ = writeln!(text, "    effect    {} on all", points(effect.all));
    _ = writeln!(text, "              {} on the half of highest score", points(effect.highest));
    _ = writeln!(text, "              {} on the other half", points(effect.lowest));
    let words = if effect.difference.low > 0.0 {
        "worth using: it finds whom the mail moves, not by chance"
    } else {
        "not worth using: it does not find whom the mail moves; write to all, or to none"
    };
    _ = writeln!(text, "  {words}: {} apart", points(effect.difference));
}

fn verdict(judged: &Judged) -> &'static str {
    match judged.verdict {
        Verdict::Worth => "worth using: it tells people apart, and its probabilities beat the base rate, not by chance",
        Verdict::OrderOnly => "use its order only: its probabilities are no better than the base rate for all",
        Verdict::Useless => "not worth using: it tells nobody from anybody",
        Verdict::TooFew => "too few people to say: fewer than 50 to whom it happened, or to whom it did not",
    }
}

/// Says what a model is about.
fn what(model: &Model) -> String {
    let within = model.horizon_days.map(|days| format!(" within {days} days")).unwrap_or_default();
    format!("{}{within}", model.kind.word())
}

fn heaviest(model: &Model) -> String {
    let mut columns: Vec<_> = model.columns.iter().collect();
    columns.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    columns.iter().take(COLUMNS_SHOWN).map(|column| format!("{} {:+.2}", column.column, column.weight)).collect::<Vec<_>>().join(", ")
}
