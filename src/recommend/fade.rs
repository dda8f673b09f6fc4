//! How much an act of some days ago still weighs.

use std::sync::LazyLock;

use crate::catalogue::{Decay, UNIT};
use crate::clock::{DAY_US, Span, Timestamp};

/// Age beyond which nothing weighs less; dates that are wrong by ages do no harm.
pub(super) const AGE_DAYS_MAX: i32 = 1_000_000;
/// Half-lives after which nothing is left.
const HALF_LIVES_MAX: i64 = 32;

/// What a purchase says of taste: 60 days.
pub(super) static TASTE: LazyLock<Ages<f32>> = LazyLock::new(|| Ages::new(60, i32::MAX, Fade::of));
/// What a purchase says of habit: 120 days.
pub(super) static HABIT: LazyLock<Ages<f32>> = LazyLock::new(|| Ages::new(120, i32::MAX, Fade::of));

/// The weights of one half-life by age, worked out once.
#[derive(Debug)]
pub(super) struct Ages<T>(Vec<T>);

impl Ages<u64> {
    /// Works out the weights in fixed point of all ages up to the oldest.
    pub(super) fn exact(half_life_days: i64, oldest: i32) -> Self {
        Self::new(half_life_days, oldest, Fade::exact)
    }
}

impl<T: Copy + Default> Ages<T> {
    fn new(half_life_days: i64, oldest: i32, weight: impl Fn(Fade, i32) -> T) -> Self {
        let fade = Fade::new(half_life_days);
        let end = i32::try_from(HALF_LIVES_MAX * half_life_days).unwrap_or(AGE_DAYS_MAX).min(oldest.saturating_add(1));
        Self((0..end).map(|age| weight(fade, age)).collect())
    }

    /// Returns the weight at an age; what is yet to come weighs as what is of today.
    #[inline]
    pub(super) fn of(&self, age_days: i32) -> T {
        self.0.get(usize::try_from(age_days).unwrap_or(0)).copied().unwrap_or_default()
    }
}

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
    fn what_is_looked_up_is_what_is_worked_out() {
        for (ages, fade) in [(&*TASTE, Fade::new(60)), (&*HABIT, Fade::new(120))] {
            for age in [i32::MIN, -1, 0, 1, 59, 60, 365, 1_919, 1_920, 3_839, 3_840, i32::MAX] {
                assert_eq!(ages.of(age).to_bits(), fade.of(age).to_bits(), "{age}");
            }
        }
        let (ages, fade) = (Ages::exact(3, 40), Fade::new(3));
        assert!((-1..=40).all(|age| ages.of(age) == fade.exact(age)));
    }

    #[test]
    fn an_act_of_one_half_life_ago_weighs_half() {
        let fade = Fade::new(30);
        assert_eq!([0, 30, 60, -3].map(|age| fade.exact(age)), [UNIT, UNIT / 2, UNIT / 4, UNIT]);
        assert_eq!(fade.exact(i32::MIN), UNIT);
        assert_eq!(fade.exact(i32::MAX), 0);
    }
}
