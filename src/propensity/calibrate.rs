//! Probabilities that mean what they say: Platt's scaling (Platt 1999; Niculescu-Mizil and Caruana, ICML 2005).

use serde::{Deserialize, Serialize};

use super::logistic::{fit, logit, sigmoid};

/// A logit bent by a line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Times the logit.
    pub slope: f64,
    /// Added to it.
    pub intercept: f64,
}

impl Platt {
    /// Fits it to probabilities and what happened; `None` where nothing can be told apart, or where it would turn the order round.
    pub(super) fn fit(p: &[f64], happened: &[bool]) -> Option<Self> {
        let logits: Vec<[f64; 1]> = p.iter().map(|p| [logit(*p)]).collect();
        let rows: Vec<&[f64]> = logits.iter().map(<[f64; 1]>::as_slice).collect();
        // A trace of a ridge: predictions that are all the same have no slope.
        let fitted = fit(&rows, happened, 1e-6)?;
        let slope = fitted.weights[0];
        (slope > 0.0).then_some(Self { slope, intercept: fitted.intercept })
    }

    /// Bends a probability.
    pub fn of(&self, p: f64) -> f64 {
        sigmoid(self.slope * logit(p) + self.intercept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_sure_is_made_less_sure() {
        let p: Vec<f64> = (0..200).map(|n| if n % 2 == 0 { 0.99 } else { 0.01 }).collect();
        let happened: Vec<bool> = (0..200).map(|n| if n % 2 == 0 { n % 10 != 0 } else { n % 10 == 1 }).collect();
        let platt = Platt::fit(&p, &happened).expect("two groups");
        assert!((platt.of(0.99) - 0.8).abs() < 1e-4 && (platt.of(0.01) - 0.2).abs() < 1e-4, "{platt:?}");
        assert_eq!(Platt::fit(&[0.9, 0.1, 0.9, 0.1], &[false, true, false, true]), None);
    }
}
