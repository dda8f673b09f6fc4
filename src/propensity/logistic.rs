//! Logistic regression with a ridge, by Newton's method, which is iteratively reweighted least squares
//! (Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning", 2009, 4.4.1; le Cessie and van Houwelingen, Applied Statistics 1992).
//!
//! Rows are summed in a fixed order, so that the same rows give the same weights to the last bit on any number of threads.

use ndarray::{Array1, Array2, Axis};
use rayon::prelude::*;

use super::solve::solve;

/// Steps after which it is settled, or never will be.
const STEPS_MAX: usize = 50;
/// Greatest change of a weight that is no change.
const STEP_MIN: f64 = 1e-9;
/// Rows that one thread sums at once.
const CHUNK: usize = 4_096;
/// Logit beyond which a probability is 0 or 1 to all its digits.
const LOGIT_MAX: f64 = 35.0;

/// Weights of columns that were scaled to a mean of 0 and a deviation of 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    pub(super) intercept: f64,
    pub(super) weights: Vec<f64>,
}

impl Weights {
    /// Returns the logit of a row.
    pub(super) fn logit(&self, row: &[f64]) -> f64 {
        self.intercept + self.weights.iter().zip(row).map(|(weight, value)| weight * value).sum::<f64>()
    }
}

/// Returns the probability of a logit.
pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit.clamp(-LOGIT_MAX, LOGIT_MAX)).exp())
}

/// Returns the logit of a probability.
pub(super) fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).ln()
}

/// Fits rows of equal length to what happened; `ridge` holds every weight but the intercept near 0.
///
/// `None` when there is no row, or nothing to tell apart.
pub(super) fn fit(rows: &[&[f64]], happened: &[bool], ridge: f64) -> Option<Weights> {
    let n = rows.first()?.len();
    let n_happened = happened.iter().filter(|yes| **yes).count();
    if n_happened == 0 || n_happened == rows.len() {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of rows")]
    let base = n_happened as f64 / rows.len() as f64;
    let blocks = blocks(rows, happened, n);
    // The intercept comes first.
    let mut now = Array1::zeros(n + 1);
    now[0] = logit(base);
    let mut loss = penalised(&blocks, ridge, &now);
    for _ in 0..STEPS_MAX {
        let (mut curve, mut slope) = derivatives(&blocks, &now);
        for at in 1..=n {
            slope[at] -= ridge * now[at];
            curve[[at, at]] += ridge;
        }
        let (mut flat, mut step) = (curve.into_iter().collect::<Vec<f64>>(), slope.to_vec());
        solve(&mut flat, &mut step)?;
        let change = Array1::from(step);
        let mut share = 1.0;
        let next = loop {
            let next = &now + &(&change * share);
            let next_loss = penalised(&blocks, ridge, &next);
            if next_loss <= loss || share < 1e-4 {
                loss = next_loss;
                break next;
            }
            share /= 2.0;
        };
        now = next;
        if change.iter().all(|change| (share * change).abs() < STEP_MIN) {
            break;
        }
    }
    Some(Weights { intercept: now[0], weights: now.iter().skip(1).copied().collect() })
}

/// Some rows, a column of ones before them, and what happened as 0 and 1.
type Block = (Array2<f64>, Array1<f64>);

fn blocks(rows: &[&[f64]], happened: &[bool], n: usize) -> Vec<Block> {
    let block = |(rows, happened): (&[&[f64]], &[bool])| {
        let mut matrix = Array2::ones((rows.len(), n + 1));
        for (row, mut line) in rows.iter().zip(matrix.rows_mut()) {
            line.iter_mut().skip(1).zip(*row).for_each(|(cell, value)| *cell = *value);
        }
        (matrix, happened.iter().map(|yes| f64::from(u8::from(*yes))).collect())
    };
    rows.chunks(CHUNK).zip(happened.chunks(CHUNK)).map(block).collect()
}

/// The negative logarithm of the likelihood, and what the ridge adds.
fn penalised(blocks: &[Block], ridge: f64, weights: &Array1<f64>) -> f64 {
    let loss = |(rows, happened): &Block| {
        let logits = rows.dot(weights);
        let one = |(logit, yes): (&f64, &f64)| logit.max(0.0) + (-logit.abs()).exp().ln_1p() - yes * logit;
        logits.iter().zip(happened).map(one).sum::<f64>()
    };
    let sums: Vec<f64> = blocks.par_iter().map(loss).collect();
    sums.iter().sum::<f64>() + ridge / 2.0 * weights.iter().skip(1).map(|weight| weight * weight).sum::<f64>()
}

/// The second derivatives of the loss, and minus the first ones.
fn derivatives(blocks: &[Block], weights: &Array1<f64>) -> (Array2<f64>, Array1<f64>) {
    let part = |(rows, happened): &Block| {
        let p = rows.dot(weights).mapv(sigmoid);
        let weighted = rows * &p.mapv(|p| p * (1.0 - p)).insert_axis(Axis(1));
        (weighted.t().dot(rows), rows.t().dot(&(happened - &p)))
    };
    let parts: Vec<(Array2<f64>, Array1<f64>)> = blocks.par_iter().map(part).collect();
    let n = weights.len();
    parts.into_iter().fold((Array2::zeros((n, n)), Array1::zeros(n)), |(curve, slope), part| (curve + part.0, slope + part.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_by_group_is_found_as_it_is() {
        // Of a column of 0 and 1 without a ridge, the fitted probabilities are the shares of the two groups.
        let rows: Vec<Vec<f64>> = (0..100).map(|n| vec![f64::from(u8::from(n < 40))]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let happened: Vec<bool> = (0..100).map(|n| if n < 40 { n < 30 } else { n < 46 }).collect();
        let fitted = fit(&rows, &happened, 0.0).expect("it settles");
        assert!((sigmoid(fitted.logit(&[1.0])) - 0.75).abs() < 1e-9);
        assert!((sigmoid(fitted.logit(&[0.0])) - 0.10).abs() < 1e-9);
    }

    #[test]
    fn what_separates_stays_finite_under_a_ridge() {
        let rows: Vec<Vec<f64>> = (0..50).map(|n| vec![f64::from(n) / 10.0 - 2.45]).collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let happened: Vec<bool> = (0..50).map(|n| n >= 25).collect();
        let fitted = fit(&rows, &happened, 1.0).expect("it settles");
        assert!(fitted.weights[0] > 0.5 && fitted.weights[0] < 20.0, "{fitted:?}");
        let p = sigmoid(fitted.logit(&[2.0]));
        assert!(p > 0.9, "{p}");
    }

    #[test]
    fn without_both_outcomes_nothing_is_learned() {
        assert_eq!(fit(&[&[1.0], &[2.0]], &[true, true], 1.0), None);
        assert_eq!(fit(&[], &[], 1.0), None);
    }
}
