//! What was learned: weights of columns and counts of rows. A model holds nothing of any one person.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::calibrate::Drift;
use super::columns::{COLUMNS, Figures};
use super::judge::Judged;
use super::logistic::sigmoid;
use super::uplift::Effect;
use crate::id::hex;
use crate::project::config::ScoreKind;

/// Changes whenever a column means something else; models of another form are learned again.
pub const FORMAT: u32 = 2;
/// Digits of a version.
const VERSION_DIGITS: usize = 12;

/// A column, how it is scaled, and what it weighs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weighted {
    /// Its name, one of [`COLUMNS`].
    pub column: String,
    /// Mean of the rows that were learned from.
    pub mean: f64,
    /// Their standard deviation; 1 when all are the same.
    pub deviation: f64,
    /// Weight of the scaled column in the logit.
    pub weight: f64,
}

/// Scores between which a person is undecided; both ends are inside.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Band {
    /// Says whether a score is inside.
    pub fn holds(&self, score: f64) -> bool {
        (self.low..=self.high).contains(&score)
    }

    /// Says on which side of it a score is.
    pub fn word(&self, score: f64) -> &'static str {
        if self.holds(score) {
            "undecided"
        } else if score < self.low {
            "unlikely"
        } else {
            "likely"
        }
    }
}

/// A model, as `.relance/scores/NAME.json` holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The version of this form of file.
    pub format: u32,
    /// Name of the score.
    pub name: String,
    /// What it says.
    pub kind: ScoreKind,
    /// Hash of everything else in it.
    pub version: String,
    /// The first day of which nothing was learned.
    pub learned_until: NaiveDate,
    /// Days within which it happens; none for a look-alike.
    pub horizon_days: Option<u32>,
    /// Days that were learned from.
    pub days: Vec<NaiveDate>,
    /// Rows: people by day.
    pub rows: usize,
    /// Those in which it happened.
    pub positives: usize,
    /// The ridge.
    pub ridge: f64,
    /// Where the logit starts.
    pub intercept: f64,
    /// What the columns weigh.
    pub columns: Vec<Weighted>,
    /// How far the rate of the last day had drifted, where that would have told of the days after.
    pub calibration: Option<Drift>,
    /// Where people are undecided, unless the project says so.
    pub band: Band,
    /// How good it was: on the last day, learned from those before; of a look-alike and of the treated, by cross-validation.
    pub validation: Judged,
    /// Of an uplift, the model of people who were held out; the score is the difference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Without>,
    /// Of an uplift, what it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
}

/// What people do who are not written to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Without {
    /// People.
    pub rows: usize,
    /// Those to whom it happened.
    pub positives: usize,
    /// Where the logit starts.
    pub intercept: f64,
    /// What the columns weigh.
    pub columns: Vec<Weighted>,
}

impl Model {
    /// Returns the score of a person with these figures: a probability, or the difference of two.
    pub fn score(&self, figures: &Figures) -> f64 {
        let p = p(self.intercept, &self.columns, figures);
        let p = self.calibration.map_or(p, |drift| drift.of(p));
        p - self.without.as_ref().map_or(0.0, |without| self::p(without.intercept, &without.columns, figures))
    }

    /// Says whether it was made of the columns that this program computes.
    pub fn is_current(&self) -> bool {
        let is_current = |columns: &[Weighted]| {
            let is_sound = |of: &Weighted| of.weight.is_finite() && of.mean.is_finite() && of.deviation > 0.0;
            columns.len() == COLUMNS.len() && columns.iter().zip(COLUMNS).all(|(known, column)| known.column == column && is_sound(known))
        };
        let without = self.without.as_ref();
        self.format == FORMAT && is_current(&self.columns) && without.is_none_or(|without| is_current(&without.columns))
    }

    /// Gives it the version of its content.
    #[must_use]
    pub fn versioned(mut self) -> Self {
        self.version.clear();
        let text = serde_json::to_string(&self).unwrap_or_default();
        let mut version = hex(&Sha256::digest(text.as_bytes()));
        version.truncate(VERSION_DIGITS);
        Self { version, ..self }
    }

    /// The share to which it happened, of the rows that were learned from.
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    pub fn base_rate(&self) -> f64 {
        self.positives as f64 / self.rows.max(1) as f64
    }
}

fn p(intercept: f64, columns: &[Weighted], figures: &Figures) -> f64 {
    sigmoid(intercept + columns.iter().zip(figures).map(|(of, value)| of.weight * (value - of.mean) / of.deviation).sum::<f64>())
}
