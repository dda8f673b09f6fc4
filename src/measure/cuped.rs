//! Variance reduction by what people did before the experiment: CUPED (Deng, Xu, Kohavi and Walker, WSDM 2013).
//!
//! What a person spent before explains a part of what they spend after. That part is taken away from both arms; as the assignment
//! cannot have changed the past, the difference stays unbiased and its interval shrinks by the correlation squared.

use super::real;
use crate::survey::interval::Moments;

/// One person: before the assignment, and after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The same metric before the assignment.
    pub before: f64,
    /// The metric within the horizon.
    pub after: f64,
}

/// Returns the adjusted moments of the arms, treated then control, and the share of the variance that the past explains.
pub fn adjust(treated: &[Pair], control: &[Pair]) -> (Moments, Moments, f64) {
    let all = || treated.iter().chain(control);
    let before: Moments = all().map(|pair| pair.before).collect();
    let after: Moments = all().map(|pair| pair.after).collect();
    let together: f64 = all().map(|pair| (pair.before - before.mean) * (pair.after - after.mean)).sum();
    let covariance = if before.n < 2 { 0.0 } else { together / real(before.n - 1) };
    let theta = if before.variance() > 0.0 { covariance / before.variance() } else { 0.0 };
    let explained = if after.variance() > 0.0 { theta * covariance / after.variance() } else { 0.0 };
    let adjusted = |arm: &[Pair]| arm.iter().map(|pair| pair.after - theta * (pair.before - before.mean)).collect();
    (adjusted(treated), adjusted(control), explained)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::difference::welch;
    use crate::measure::simulate::Dice;

    #[test]
    fn the_past_shrinks_the_interval_and_keeps_its_promise() {
        let mut dice = Dice::new(11);
        let (mut covered, mut narrower) = (0, 0);
        for _ in 0..1_000 {
            let mut arm = |effect: f64| -> Vec<Pair> {
                (0..150)
                    .map(|_| {
                        let habit = dice.normal() * 3.0;
                        Pair { before: habit + dice.normal(), after: habit + dice.normal() + effect }
                    })
                    .collect()
            };
            let (treated, control) = (arm(0.4), arm(0.0));
            let (a, b, explained) = adjust(&treated, &control);
            let plain = welch(treated.iter().map(|p| p.after).collect(), control.iter().map(|p| p.after).collect(), 0.95).expect("people");
            let cuped = welch(a, b, 0.95).expect("people");
            assert!((0.6..0.95).contains(&explained), "{explained}");
            covered += i32::from(cuped.holds(0.4));
            narrower += i32::from(cuped.high - cuped.low < 0.7 * (plain.high - plain.low));
        }
        assert!((930..=970).contains(&covered), "{covered} of 1,000");
        assert_eq!(narrower, 1_000);
    }

    #[test]
    fn a_past_that_says_nothing_changes_nothing() {
        let arm: Vec<Pair> = (0..10).map(|n| Pair { before: 0.0, after: f64::from(n) }).collect();
        let (a, b, explained) = adjust(&arm, &arm);
        assert!((a.mean - 4.5).abs() < 1e-12 && a == b && explained == 0.0);
    }
}
