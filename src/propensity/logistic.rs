//! Logistic regression with a ridge, by Newton's method, which is iteratively reweighted least squares
//! (McCullagh and Nelder, "Generalized Linear Models", 1989; le Cessie and van Houwelingen, Applied Statistics 1992).
//!
//! Rows are summed in a fixed order, so that the same rows give the same weights to the last bit on any number of threads.

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
    let mut now = Weights { intercept: logit(base), weights: vec![0.0; n] };
    let mut loss = penalised(rows, happened, ridge, &now);
    for _ in 0..STEPS_MAX {
        let (mut curve, mut slope) = derivatives(rows, happened, &now);
        for at in 0..n {
            slope[at + 1] -= ridge * now.weights[at];
            curve[(at + 1) * (n + 1) + at + 1] += ridge;
        }
        // A whole column of one value leaves its weight to the ridge alone.
        solve(&mut curve, &mut slope)?;
        let mut step = 1.0;
        let next = loop {
            let next = Weights {
                intercept: now.intercept + step * slope[0],
                weights: now.weights.iter().zip(&slope[1..]).map(|(weight, change)| weight + step * change).collect(),
            };
            let next_loss = penalised(rows, happened, ridge, &next);
            if next_loss <= loss || step < 1e-4 {
                loss = next_loss;
                break next;
            }
            step /= 2.0;
        };
        now = next;
        if slope.iter().all(|change| (step * change).abs() < STEP_MIN) {
            break;
        }
    }
    Some(now)
}

/// The negative logarithm of the likelihood, and what the ridge adds.
fn penalised(rows: &[&[f64]], happened: &[bool], ridge: f64, weights: &Weights) -> f64 {
    let sums: Vec<f64> = rows
        .par_chunks(CHUNK)
        .zip(happened.par_chunks(CHUNK))
        .map(|(rows, happened)| {
            rows.iter().zip(happened).map(|(row, yes)| {
                let logit = weights.logit(row);
                logit.max(0.0) + (-logit.abs()).exp().ln_1p() - if *yes { logit } else { 0.0 }
            })
            .sum()
        })
        .collect();
    sums.iter().sum::<f64>() + ridge / 2.0 * weights.weights.iter().map(|weight| weight * weight).sum::<f64>()
}

/// The second derivatives of the loss (lower half) and minus the first ones, the intercept first.
fn derivatives(rows: &[&[f64]], happened: &[bool], weights: &Weights) -> (Vec<f64>, Vec<f64>) {
    let n = weights.weights.len() + 1;
    let parts: Vec<(Vec<f64>, Vec<f64>)> = rows
        .par_chunks(CHUNK)
        .zip(happened.par_chunks(CHUNK))
        .map(|(rows, happened)| {
            let (mut curve, mut slope) = (vec![0.0; n * n], vec![0.0; n]);
            let mut whole = vec![1.0; n];
            for (row, yes) in rows.iter().zip(happened) {
                whole[1..].copy_from_slice(row);
                let p = sigmoid(weights.logit(row));
                let (miss, weight) = (f64::from(u8::from(*yes)) - p, p * (1.0 - p));
                for (at, value) in whole.iter().enumerate() {
                    slope[at] += miss * value;
                    let scaled = weight * value;
                    curve[at * n..=at * n + at].iter_mut().zip(&whole).for_each(|(cell, other)| *cell += scaled * other);
                }
            }
            (curve, slope)
        })
        .collect();
    parts.into_iter().fold((vec![0.0; n * n], vec![0.0; n]), |mut all, part| {
        all.0.iter_mut().zip(part.0).for_each(|(sum, value)| *sum += value);
        all.1.iter_mut().zip(part.1).for_each(|(sum, value)| *sum += value);
        all
    })
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
