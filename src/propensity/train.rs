//! From past days to a model, or from one day to a likeness.

use super::calibrate::Drift;
use super::choose::choose;
use super::columns::{COLUMNS, Figures};
use super::judge::{Judged, judge};
use super::logistic::{self, Weights, sigmoid};
use super::model::{Band, FORMAT, Model, Weighted};
use super::past::{Cut, Row};
use crate::id::stable_hash;
use crate::project::config::ScoreKind;

/// Parts by which a model of one day is judged.
pub(super) const PARTS: u64 = 5;
/// Rows under which nothing is learned.
pub const ROWS_MIN: usize = 200;
/// Rows in which it happened under which nothing is learned; as many in which it did not.
pub const POSITIVES_MIN: usize = 50;
/// Ridges that are tried.
pub(super) const RIDGES: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// Shares of people between whose scores one is undecided, unless the project says so: the lowest fifth is given up, the highest
/// two fifths come by themselves.
const BAND: [f64; 2] = [0.2, 0.6];

/// Why nothing was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Too few past days: their number.
    Days(usize),
    /// Too few rows: their number.
    Rows(usize),
    /// It happened too rarely: how often.
    Positives(usize),
    /// It happened nearly always: how often it did not.
    Negatives(usize),
    /// The columns tell nobody apart.
    Nothing,
}

impl Refused {
    /// Says it in words.
    pub fn words(self) -> String {
        match self {
            Self::Days(n) => format!("{n} past days have a whole horizon after them; 2 are needed, one to learn from and one to judge by"),
            Self::Rows(n) => format!("{n} people of past days are known; {ROWS_MIN} are needed"),
            Self::Positives(n) => format!("it happened to {n} people of past days; {POSITIVES_MIN} are needed"),
            Self::Negatives(n) => format!("it failed to happen to {n} people of past days only; {POSITIVES_MIN} are needed"),
            Self::Nothing => "nothing that is known of people tells them apart".to_owned(),
        }
    }
}

/// What names a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Named<'a> {
    /// Name of the score.
    pub name: &'a str,
    /// What it says.
    pub kind: ScoreKind,
    /// Days within which it happens.
    pub horizon_days: Option<u32>,
    /// The first day of which nothing is learned.
    pub learned_until: chrono::NaiveDate,
}

/// A fitted scale and its weights.
pub(super) struct Fitted {
    scale: Vec<(f64, f64)>,
    weights: Weights,
}

/// Learns a model of what happens within a horizon.
///
/// # Errors
/// Why there is too little to learn from.
pub fn learn(of: &Named<'_>, cuts: &[Cut]) -> Result<Model, Refused> {
    enough(cuts)?;
    let (last, before) = cuts.split_last().ok_or(Refused::Days(0))?;
    if before.is_empty() {
        return Err(Refused::Days(cuts.len()));
    }
    let (ridge, drift, validation) = choose(before, last)?;
    let rows: Vec<&Row> = cuts.iter().flat_map(|cut| &cut.rows).collect();
    Ok(finish(of, cuts, &fit(&rows, ridge).ok_or(Refused::Nothing)?, ridge, drift, validation))
}

/// Learns who resembles those of whom it is true now, on one day; judged by folds of people.
///
/// # Errors
/// Why there is too little to learn from.
pub fn rehearse(of: &Named<'_>, now: &Cut) -> Result<Model, Refused> {
    let cuts = std::slice::from_ref(now);
    enough(cuts)?;
    let ridge = RIDGES[2];
    let mut p = vec![0.0; now.rows.len()];
    for fold in 0..PARTS {
        let rows: Vec<&Row> = now.rows.iter().enumerate().filter(|(at, _)| part(*at) != fold).map(|(_, row)| row).collect();
        let fitted = fit(&rows, ridge).ok_or(Refused::Nothing)?;
        now.rows.iter().enumerate().filter(|(at, _)| part(*at) == fold).for_each(|(at, row)| p[at] = fitted.p(&row.figures));
    }
    let happened = outcomes(&now.rows);
    let validation = judge(&p, &happened, base(&happened));
    let rows: Vec<&Row> = now.rows.iter().collect();
    Ok(finish(of, cuts, &fit(&rows, ridge).ok_or(Refused::Nothing)?, ridge, None, validation))
}

/// Says in which part a row is: by a hash, since ids may follow a pattern and rows are in order of id.
pub(super) fn part(at: usize) -> u64 {
    stable_hash(&["part", &at.to_string()]) % PARTS
}

fn enough(cuts: &[Cut]) -> Result<(), Refused> {
    let rows: usize = cuts.iter().map(|cut| cut.rows.len()).sum();
    let positives = cuts.iter().flat_map(|cut| &cut.rows).filter(|row| row.happened).count();
    if rows < ROWS_MIN {
        Err(Refused::Rows(rows))
    } else if positives < POSITIVES_MIN {
        Err(Refused::Positives(positives))
    } else if rows - positives < POSITIVES_MIN {
        Err(Refused::Negatives(rows - positives))
    } else {
        Ok(())
    }
}

pub(super) fn fit(rows: &[&Row], ridge: f64) -> Option<Fitted> {
    let scale = scale(rows);
    let scaled: Vec<Figures> = rows.iter().map(|row| scaled(&scale, &row.figures)).collect();
    let slices: Vec<&[f64]> = scaled.iter().map(<[f64; COLUMNS.len()]>::as_slice).collect();
    let weights = logistic::fit(&slices, &outcomes(rows.iter().copied()), ridge)?;
    Some(Fitted { scale, weights })
}

impl Fitted {
    pub(super) fn p(&self, figures: &Figures) -> f64 {
        sigmoid(self.weights.logit(&scaled(&self.scale, figures)))
    }

    pub(super) fn intercept(&self) -> f64 {
        self.weights.intercept
    }

    pub(super) fn columns(&self) -> Vec<Weighted> {
        let weighted = |(at, column): (usize, &str)| Weighted {
            column: column.to_owned(),
            mean: self.scale[at].0,
            deviation: self.scale[at].1,
            weight: self.weights.weights[at],
        };
        COLUMNS.into_iter().enumerate().map(weighted).collect()
    }

    pub(super) fn all(&self, rows: &[Row]) -> Vec<f64> {
        rows.iter().map(|row| self.p(&row.figures)).collect()
    }
}

/// Mean and standard deviation of each column.
#[expect(clippy::cast_precision_loss, reason = "a number of rows")]
fn scale(rows: &[&Row]) -> Vec<(f64, f64)> {
    let n = rows.len().max(1) as f64;
    let of = |at: usize| {
        let mean = rows.iter().map(|row| row.figures[at]).sum::<f64>() / n;
        let variance = rows.iter().map(|row| (row.figures[at] - mean).powi(2)).sum::<f64>() / n;
        (mean, if variance > 1e-12 { variance.sqrt() } else { 1.0 })
    };
    (0..COLUMNS.len()).map(of).collect()
}

fn scaled(scale: &[(f64, f64)], figures: &Figures) -> Figures {
    std::array::from_fn(|at| (figures[at] - scale[at].0) / scale[at].1)
}

pub(super) fn outcomes<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<bool> {
    rows.into_iter().map(|row| row.happened).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a number of people")]
pub(super) fn base(happened: &[bool]) -> f64 {
    happened.iter().filter(|yes| **yes).count() as f64 / happened.len().max(1) as f64
}

pub(super) fn finish(of: &Named<'_>, cuts: &[Cut], fitted: &Fitted, ridge: f64, calibration: Option<Drift>, validation: Judged) -> Model {
    let rows: usize = cuts.iter().map(|cut| cut.rows.len()).sum();
    let mut model = Model {
        format: FORMAT,
        name: of.name.to_owned(),
        kind: of.kind,
        version: String::new(),
        learned_until: of.learned_until,
        horizon_days: of.horizon_days,
        days: cuts.iter().map(|cut| cut.day).collect(),
        rows,
        positives: cuts.iter().flat_map(|cut| &cut.rows).filter(|row| row.happened).count(),
        ridge,
        intercept: fitted.intercept(),
        columns: fitted.columns(),
        calibration,
        band: Band { low: 0.0, high: 1.0 },
        validation,
        without: None,
        effect: None,
    };
    let last = cuts.last().map_or(&[][..], |cut| cut.rows.as_slice());
    let mut scores: Vec<f64> = last.iter().map(|row| model.score(&row.figures)).collect();
    scores.sort_by(f64::total_cmp);
    model.band = Band { low: quantile(&scores, BAND[0]), high: quantile(&scores, BAND[1]) };
    model.versioned()
}

/// Returns the score under which a share of people are.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position in a list")]
fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted.get((sorted.len() as f64 * share) as usize).or(sorted.last()).copied().unwrap_or(share)
}
