//! What may be said of an experiment at this instant.

use serde::Serialize;

use super::difference::Interval;
use super::{power, ratio, sequence};
use crate::survey::interval::Moments;

/// Confidence of every interval that decides.
pub const CONFIDENCE: f64 = 0.95;

/// People with their whole horizon above which figures that are all the same are not for want of time.
const FLAT_MIN: u64 = 1_000;

/// Returns the confidence of each of so many comparisons with which all of them hold together (Bonferroni).
pub fn corrected(n_comparisons: usize) -> f64 {
    1.0 - (1.0 - CONFIDENCE) / super::real(n_comparisons.max(1) as u64)
}

/// Returns the confidence at which each of so many comparisons is decided (Holm, Scandinavian Journal of Statistics 1979).
///
/// `rejects` counts those whose interval at a confidence leaves zero out. The clearest must pass the confidence for all, the next that for
/// all but one, and so on; those that pass are the ones whose interval leaves zero out at the confidence returned. An interval of such a
/// level depends on the others, which nobody can read: those that are printed keep the confidence of [`corrected`].
pub fn step_down(n_comparisons: usize, rejects: impl Fn(f64) -> usize) -> f64 {
    let mut n_decided = 0;
    while n_decided < n_comparisons && rejects(corrected(n_comparisons - n_decided)) > n_decided {
        n_decided += 1;
    }
    corrected(n_comparisons - n_decided)
}

/// All that a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// People assigned, treated.
    pub n_treated: u64,
    /// People assigned, control.
    pub n_control: u64,
    /// Share of people declared for the control, above 0 and under 1.
    pub share: f64,
    /// Those of the treated whose horizon has passed.
    pub treated: Moments,
    /// Those of the control whose horizon has passed.
    pub control: Moments,
    /// The smallest difference that is worth finding, in the unit of the values.
    pub worth: f64,
    /// Whether a guardrail is breached.
    pub is_breached: bool,
    /// Chance of the split of all arms, where there are others than these two.
    pub split: Option<f64>,
    /// Confidence of the interval that decides.
    pub confidence: f64,
}

/// What may be said.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Verdict {
    /// The arms have not the declared sizes: no figure can be believed.
    Unbalanced {
        /// Chance of such a split.
        chance: f64,
    },
    /// Complaints, unsubscribes or bounces are above their limit, whatever the money says.
    Breached,
    /// The treated do better.
    Better,
    /// The treated do worse.
    Worse,
    /// So many people cannot show what is worth finding.
    CannotBeMeasured {
        /// People assigned.
        people: u64,
        /// People needed, both arms together; none when no number would do.
        needed: Option<u64>,
    },
    /// What decides is the same for everybody whose horizon has passed.
    Flat {
        /// Those people.
        people: u64,
    },
    /// Too few people have had their whole horizon.
    Wait,
    /// Enough people, and no difference was found.
    NoDifference,
}

/// Returns the interval that holds at any look; none while too few people have had their horizon.
pub fn interval(question: &Question) -> Option<Interval> {
    sequence::difference(question.treated, question.control, sequence::TUNED_FOR, question.confidence)
}

/// Judges; the first thing that is wrong is what is said.
pub fn judge(question: &Question) -> Verdict {
    let arms = [(question.n_treated, 1.0 - question.share), (question.n_control, question.share)];
    if let Some(chance) = question.split.or_else(|| ratio::chance(&arms)).filter(|chance| *chance < ratio::P_MIN) {
        return Verdict::Unbalanced { chance };
    }
    if question.is_breached {
        return Verdict::Breached;
    }
    match interval(question) {
        Some(interval) if interval.low > 0.0 => return Verdict::Better,
        Some(interval) if interval.high < 0.0 => return Verdict::Worse,
        _ => {}
    }
    let mut both = question.treated;
    both.merge(question.control);
    let all_have_had_it = both.n == question.n_treated + question.n_control;
    if both.n >= 2 && both.variance() <= 0.0 && (all_have_had_it || both.n >= FLAT_MIN) {
        return Verdict::Flat { people: both.n };
    }
    if both.n < 2 || both.variance() <= 0.0 {
        return Verdict::Wait;
    }
    let variance = both.variance();
    if power::detectable(variance, question.n_treated, question.n_control, question.confidence) > question.worth {
        let needed = power::needed(variance, question.worth, question.share, question.confidence);
        return Verdict::CannotBeMeasured { people: question.n_treated + question.n_control, needed };
    }
    if all_have_had_it { Verdict::NoDifference } else { Verdict::Wait }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::simulate::Dice;

    fn question(n: u32, share: f64, effect: f64) -> Question {
        let mut dice = Dice::new(5);
        let (mut treated, mut control) = (Moments::default(), Moments::default());
        for _ in 0..n {
            let is_control = dice.uniform() < share;
            let value = dice.revenue(0.1, 1.0);
            if is_control { control.add(value) } else { treated.add(value + effect) }
        }
        let (n_treated, n_control) = (treated.n, control.n);
        Question { n_treated, n_control, share, treated, control, worth: 0.1, is_breached: false, split: None, confidence: CONFIDENCE }
    }

    #[test]
    fn three_thousand_people_cannot_be_measured_and_hear_how_many_could() {
        let Verdict::CannotBeMeasured { people, needed } = judge(&question(3_000, 0.1, 0.0)) else { panic!("3,000 people were enough") };
        assert_eq!(people, 3_000);
        assert!(needed.expect("some number does") > 100_000, "{needed:?}");
    }

    #[test]
    fn a_large_effect_is_found_on_either_side() {
        assert_eq!(judge(&question(20_000, 0.5, 3.0)), Verdict::Better);
        assert_eq!(judge(&question(20_000, 0.5, -3.0)), Verdict::Worse);
    }

    #[test]
    fn a_breach_fails_whatever_the_money_says() {
        assert_eq!(judge(&Question { is_breached: true, ..question(20_000, 0.5, 3.0) }), Verdict::Breached);
    }

    #[test]
    fn a_lost_part_of_an_arm_is_told_before_anything_else() {
        let broken = Question { n_treated: 8_000, ..question(20_000, 0.5, 3.0) };
        assert!(matches!(judge(&broken), Verdict::Unbalanced { .. }));
    }

    #[test]
    fn the_split_of_all_arms_counts_before_that_of_two_of_them() {
        assert_eq!(judge(&Question { split: Some(1e-6), ..question(20_000, 0.5, 3.0) }), Verdict::Unbalanced { chance: 1e-6 });
        let other_is_short = Question { n_treated: 8_000, split: Some(0.4), ..question(20_000, 0.5, 3.0) };
        assert_eq!(judge(&other_is_short), Verdict::Better);
    }

    #[test]
    fn a_stricter_confidence_finds_less() {
        let loose = question(20_000, 0.5, 0.7);
        let width = |confidence| interval(&Question { confidence, ..loose }).map(|it| it.high - it.low).expect("enough people");
        assert!(width(CONFIDENCE) < width(corrected(3)), "{} {}", width(CONFIDENCE), width(corrected(3)));
        assert!((corrected(1) - CONFIDENCE).abs() < 1e-12 && (corrected(2) - 0.975).abs() < 1e-12);
    }

    #[test]
    fn the_step_down_decides_as_the_table_of_holm() {
        // Chances of four comparisons, with 5 % over all: 0.010 passes 5 %/4, 0.013 passes 5 %/3, 0.03 fails 5 %/2.
        let decided = |chances: [f64; 4]| {
            let rejects = |confidence: f64| chances.iter().filter(|chance| **chance <= 1.0 - confidence + 1e-12).count();
            rejects(step_down(4, rejects))
        };
        assert_eq!(decided([0.010, 0.013, 0.03, 0.2]), 2, "one, were each held against 5 %/4");
        assert_eq!(decided([0.013, 0.013, 0.013, 0.013]), 0, "none passes the first step");
        assert_eq!(decided([0.012, 0.016, 0.024, 0.049]), 4);
        assert!((step_down(3, |_| 0) - corrected(3)).abs() < 1e-12);
    }

    #[test]
    fn figures_that_are_all_the_same_are_not_waited_for() {
        let same = |n: u64| (0..n).map(|_| 0.0).collect::<Moments>();
        let flat = |n_assigned: u64, n: u64| Question {
            n_treated: n_assigned,
            n_control: n_assigned,
            treated: same(n),
            control: same(n),
            ..question(100, 0.5, 0.0)
        };
        assert_eq!(judge(&flat(50, 50)), Verdict::Flat { people: 100 });
        assert_eq!(judge(&flat(500, 50)), Verdict::Wait, "few have had their time, and somebody may still buy");
        assert_eq!(judge(&flat(5_000, 500)), Verdict::Flat { people: 1_000 });
    }

    #[test]
    fn nobody_with_a_whole_horizon_is_waited_for() {
        let early = Question { treated: Moments::default(), control: Moments::default(), ..question(500, 0.5, 0.0) };
        assert_eq!(judge(&early), Verdict::Wait);
    }
}
