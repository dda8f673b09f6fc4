//! What can be measured with so many people, said before the test (two-sided z test; Kohavi, Tang and Xu 2020, chapter 17).

use super::{normal_quantile, real};

/// Chance of finding an effect that is there.
pub const POWER: f64 = 0.8;

/// Returns the smallest difference of means that arms of these sizes find with a chance of [`POWER`]; infinite for an empty arm.
pub fn detectable(variance: f64, n_treated: u64, n_control: u64, confidence: f64) -> f64 {
    factor(confidence) * (variance * (1.0 / real(n_treated) + 1.0 / real(n_control))).sqrt()
}

/// Returns the people needed, both arms together, to find a difference when a share `control` (0 to 1) of them is held out.
///
/// `None` when no number would do: the difference is not above zero, or an arm would be empty.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is finite, and checked to be within 0..2^53")]
pub fn needed(variance: f64, difference: f64, control: f64, confidence: f64) -> Option<u64> {
    if difference <= 0.0 || control <= 0.0 || control >= 1.0 {
        return None;
    }
    let n = (factor(confidence) / difference).powi(2) * variance * (1.0 / control + 1.0 / (1.0 - control));
    (n < 9e15).then(|| n.ceil() as u64)
}

fn factor(confidence: f64) -> f64 {
    normal_quantile(f64::midpoint(1.0, confidence)) + normal_quantile(POWER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needed_people_find_what_they_are_needed_for() {
        let n = needed(900.0, 0.5, 0.1, 0.95).expect("possible");
        let found = detectable(900.0, n - n / 10, n / 10, 0.95);
        assert!((found - 0.5).abs() < 0.001, "{n} people find {found}");
        // The rule of thumb of the book: 16 variances per squared effect and arm.
        let even = needed(1.0, 0.1, 0.5, 0.95).expect("possible");
        assert!((3_100..3_200).contains(&even), "{even}");
    }

    #[test]
    fn three_thousand_people_cannot_show_a_few_percent_of_revenue() {
        // 2.40 of revenue per person, deviation 18, an uplift of 5 %.
        assert!(detectable(324.0, 2_700, 300, 0.95) > 0.05 * 2.4);
        assert!(needed(324.0, 0.05 * 2.4, 0.1, 0.95).expect("possible") > 1_000_000);
    }

    #[test]
    fn nothing_finds_no_difference() {
        assert_eq!(needed(1.0, 0.0, 0.1, 0.95), None);
        assert_eq!(needed(1.0, 0.1, 0.0, 0.95), None);
    }
}
