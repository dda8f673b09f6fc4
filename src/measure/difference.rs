//! The difference of two means, with the interval of Welch (1947): the arms need not have the same variance nor the same size.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF as _, StudentsT};

use super::real;
use crate::survey::interval::Moments;

/// An estimate and the range it is known within.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Best guess.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Makes an interval of an estimate and the distance to both ends.
    pub fn around(estimate: f64, half: f64) -> Self {
        Self { estimate, low: estimate - half, high: estimate + half }
    }

    /// Says whether a value lies within.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// Returns treated minus control with an interval of this confidence (0.95); `None` with fewer than two people in an arm.
///
/// It holds for one look, decided before: whoever looks every day asks [`super::sequence`].
pub fn welch(treated: Moments, control: Moments, confidence: f64) -> Option<Interval> {
    if treated.n < 2 || control.n < 2 {
        return None;
    }
    let (a, b) = (treated.variance() / real(treated.n), control.variance() / real(control.n));
    let estimate = treated.mean - control.mean;
    if a + b <= 0.0 {
        return Some(Interval::around(estimate, 0.0));
    }
    // Welch-Satterthwaite.
    let freedom = (a + b).powi(2) / (a * a / real(treated.n - 1) + b * b / real(control.n - 1));
    let t = StudentsT::new(0.0, 1.0, freedom).ok()?.inverse_cdf(f64::midpoint(1.0, confidence));
    Some(Interval::around(estimate, t * (a + b).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::simulate::Dice;

    #[test]
    fn the_interval_is_that_of_printed_tables() {
        // Variances of the means 0.5 and 5/3, so 4.75 degrees of freedom by the formula.
        let control: Moments = [2.0, 4.0, 6.0, 8.0].into_iter().collect();
        let interval = welch((1..=5).map(f64::from).collect(), control, 0.95).expect("enough people");
        let half = interval.high - interval.estimate;
        let (a, b): (f64, f64) = (0.5, 5.0 / 3.0);
        assert!((interval.estimate + 2.0).abs() < 1e-12);
        // Printed tables of t: 2.571 with 5 degrees of freedom, 2.776 with 4.
        assert!((2.571..2.776).contains(&(half / (a + b).sqrt())), "{half}");
    }

    #[test]
    fn the_interval_covers_a_planted_effect_as_often_as_it_says() {
        let mut dice = Dice::new(7);
        let covered = (0..1_000)
            .filter(|_| {
                let control = (0..400).map(|_| dice.revenue(0.2, 1.0)).collect();
                let treated: Moments = (0..400).map(|_| dice.revenue(0.2, 1.0) + 0.5).collect();
                welch(treated, control, 0.95).expect("enough people").holds(0.5)
            })
            .count();
        assert!((930..=970).contains(&covered), "{covered} of 1,000");
    }

    #[test]
    fn one_person_is_no_arm() {
        assert_eq!(welch([1.0].into_iter().collect(), [1.0, 2.0].into_iter().collect(), 0.95), None);
    }
}
