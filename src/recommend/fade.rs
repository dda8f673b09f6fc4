//! How much an act of some days ago still weighs.

use crate::catalogue::{Decay, UNIT};
use crate::clock::{DAY_US, Span, Timestamp};

/// Age beyond which nothing weighs less; dates that are wrong by ages do no harm.
const AGE_DAYS_MAX: i32 = 1_000_000;

/// A half-life in days; the same weights on every machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fade(Decay);

impl Fade {
    pub(super) fn new(half_life_days: i64) -> Self {
        // The landmark is the end of the day of the instant given: this one ends at zero.
        Self(Decay::new(Timestamp(-DAY_US), Span::days(half_life_days)))
    }

    /// Returns the weight in fixed point of what happened so many days ago; what is yet to come weighs one unit.
    pub(super) fn exact(self, age_days: i32) -> u64 {
        self.0.weight(Timestamp(-DAY_US * i64::from(age_days.clamp(0, AGE_DAYS_MAX))))
    }

    /// Returns the weight, 0 to 1.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a weight with seven digits")]
    pub(super) fn of(self, age_days: i32) -> f32 {
        (self.exact(age_days) as f64 / UNIT as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_of_one_half_life_ago_weighs_half() {
        let fade = Fade::new(30);
        assert_eq!([0, 30, 60, -3].map(|age| fade.exact(age)), [UNIT, UNIT / 2, UNIT / 4, UNIT]);
        assert_eq!(fade.exact(i32::MIN), UNIT);
        assert_eq!(fade.exact(i32::MAX), 0);
    }
}
