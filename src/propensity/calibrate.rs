//! Probabilities at the rate of today: days drift, Christmas nears, a shop grows; half of the last drift is taken for lasting.
//!
//! A logistic regression means what it says of the days it learned from, so its slope is left as it is; what fails is the rate
//! (Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities", 2002). Half, since
//! of two neighbouring days one cannot tell a drift that lasts from one that passes.

use serde::{Deserialize, Serialize};

use super::logistic::{logit, sigmoid};

/// Share of the drift of the last day that is taken to last.
const LASTING: f64 = 0.5;
/// Drift in logits beyond which it is no drift.
const LOGIT_MAX: f64 = 8.0;
/// Times that the interval of the drift is halved.
const HALVINGS: usize = 60;

/// What is added to every logit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// Above 0, it happens more than the days before say.
    pub logit: f64,
}

impl Drift {
    /// Returns half of what makes the mean of probabilities the share to which it happened; `None` where it happened to all, or to none.
    pub(super) fn fit(p: &[f64], happened: &[bool]) -> Option<Self> {
        let n_happened = happened.iter().filter(|yes| **yes).count();
        if n_happened == 0 || n_happened == p.len() {
            return None;
        }
        let logits: Vec<f64> = p.iter().map(|p| logit(*p)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a number of people")]
        let wanted = n_happened as f64;
        let (mut low, mut high) = (-LOGIT_MAX, LOGIT_MAX);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            let expected: f64 = logits.iter().map(|logit| sigmoid(logit + middle)).sum();
            if expected < wanted {
                low = middle;
            } else {
                high = middle;
            }
        }
        Some(Self { logit: f64::midpoint(low, high) * LASTING })
    }

    /// Moves a probability.
    pub fn of(self, p: f64) -> f64 {
        sigmoid(logit(p) + self.logit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_drift_is_taken_to_last() {
        // Of two groups, all odds of which became three times as high.
        let p: Vec<f64> = (0..1_200).map(|n| if n % 2 == 0 { 0.5 } else { 0.1 }).collect();
        let happened: Vec<bool> = (0..1_200).map(|n| if n % 2 == 0 { n % 8 != 0 } else { n % 8 == 1 }).collect();
        let drift = Drift::fit(&p, &happened).expect("some, not all");
        assert!((drift.logit - 3.0_f64.ln() / 2.0).abs() < 1e-9, "{drift:?}");
        assert!((drift.of(0.5) - 0.75_f64 / (0.75 + 0.25 * 3.0_f64.sqrt())).abs() < 1e-9);
        assert!(drift.of(0.1) < drift.of(0.2), "the order of people is as it was");
    }

    #[test]
    fn what_is_right_is_not_moved_and_nothing_is_learned_of_one_outcome() {
        let happened: Vec<bool> = (0..400).map(|n| n % 4 == 0).collect();
        let drift = Drift::fit(&[0.25; 400], &happened).expect("some, not all");
        assert!(drift.logit.abs() < 1e-12, "{drift:?}");
        assert_eq!(Drift::fit(&[0.25; 4], &[true; 4]), None);
        assert_eq!(Drift::fit(&[0.25; 4], &[false; 4]), None);
        assert_eq!(Drift::fit(&[], &[]), None);
    }
}
