//! What may be said of an experiment at this instant.

use serde::Serialize;

use super::difference::Interval;
use super::{power, ratio, sequence};
use crate::survey::interval::Moments;

/// Confidence of every interval that decides.
pub const CONFIDENCE: f64 = 0.95;

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
    /// Too few people have had their whole horizon.
    Wait,
    /// Enough people, and no difference was found.
    NoDifference,
}

/// Returns the interval that holds at any look; none while too few people have had their horizon.
pub fn interval(question: &Question) -> Option<Interval> {
    sequence::difference(question.treated, question.control, sequence::TUNED_FOR, CONFIDENCE)
}

/// Judges; the first thing that is wrong is what is said.
pub fn judge(question: &Question) -> Verdict {
    let arms = [(question.n_treated, 1.0 - question.share), (question.n_control, question.share)];
    if let Some(chance) = ratio::chance(&arms).filter(|chance| *chance < ratio::P_MIN) {
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
    if both.n < 2 || both.variance() <= 0.0 {
        return Verdict::Wait;
    }
    let variance = both.variance();
    if power::detectable(variance, question.n_treated, question.n_control, CONFIDENCE) > question.worth {
        let needed = power::needed(variance, question.worth, question.share, CONFIDENCE);
        return Verdict::CannotBeMeasured { people: question.n_treated + question.n_control, needed };
    }
    let all_have_had_it = both.n == question.n_treated + question.n_control;
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
        Question { n_treated: treated.n, n_control: control.n, share, treated, control, worth: 0.1, is_breached: false }
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
    fn nobody_with_a_whole_horizon_is_waited_for() {
        let early = Question { treated: Moments::default(), control: Moments::default(), ..question(500, 0.5, 0.0) };
        assert_eq!(judge(&early), Verdict::Wait);
    }
}
