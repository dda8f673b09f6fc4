//! Exponential decay in fixed point, so that sums do not depend on the order of their terms.
//!
//! Floating sums over partitions differ in the last bits; integer sums do not. Weights are powers
//! of two looked up in a table built from square roots, which IEEE 754 rounds exactly, so the same
//! act weighs the same on every machine. See Cormode et al., "Forward Decay", ICDE 2009.

use std::sync::OnceLock;

use crate::clock::{DAY_US, Span, Timestamp};

/// The weight of an act that happens at the landmark.
pub const UNIT: u64 = 1 << 32;

/// Steps in one half-life: the decay is constant within 1/1024 of it.
const STEPS: u64 = 1024;

/// A half-life and the instant against which ages are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decay {
    landmark: Timestamp,
    half_life_us: u64,
}

impl Decay {
    /// Ages are counted to the end of the UTC day of `now`, so that all runs of one day agree.
    pub fn new(now: Timestamp, half_life: Span) -> Self {
        let landmark = Timestamp((now.0.div_euclid(DAY_US) + 1).saturating_mul(DAY_US));
        Self { landmark, half_life_us: half_life.0.max(1).unsigned_abs() }
    }

    /// Returns `UNIT * 2^-(age / half-life)`, rounded down; an act after the landmark weighs `UNIT`.
    pub fn weight(self, at: Timestamp) -> u64 {
        let age = u64::try_from(self.landmark.0.saturating_sub(at.0)).unwrap_or(0);
        let whole = age / self.half_life_us;
        if whole >= 32 {
            return 0;
        }
        let rest = age % self.half_life_us;
        // Half-lives of less than five centuries need no wide arithmetic.
        let step = rest.checked_mul(STEPS).map_or_else(
            || u64::try_from(u128::from(rest) * u128::from(STEPS) / u128::from(self.half_life_us)).unwrap_or(0),
            |scaled| scaled / self.half_life_us,
        );
        table()[usize::try_from(step).unwrap_or(0)] >> whole
    }
}

fn table() -> &'static [u64] {
    static TABLE: OnceLock<Vec<u64>> = OnceLock::new();
    TABLE.get_or_init(|| (0..STEPS).map(fraction).collect())
}

/// Returns `UNIT * 2^-(step / STEPS)` as a product of exact square roots of two.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "the value is within 0..=2^32")]
fn fraction(step: u64) -> u64 {
    let (mut factor, mut value, mut bit) = (0.5_f64, 1.0_f64, STEPS >> 1);
    while bit > 0 {
        factor = factor.sqrt();
        if step & bit != 0 {
            value *= factor;
        }
        bit >>= 1;
    }
    (UNIT as f64 * value) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_weighs_half_after_one_half_life() {
        let now = Timestamp(0);
        let decay = Decay::new(now, Span::days(10));
        let landmark = Timestamp(DAY_US);
        assert_eq!(decay.weight(landmark), UNIT);
        assert_eq!(decay.weight(landmark.minus(Span::days(10))), UNIT / 2);
        assert_eq!(decay.weight(landmark.minus(Span::days(20))), UNIT / 4);
        assert_eq!(decay.weight(landmark.minus(Span::days(400))), 0);
        assert_eq!(decay.weight(landmark.plus(Span::days(1))), UNIT);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "a comparison within one per mille")]
    fn weights_follow_the_formula() {
        let decay = Decay::new(Timestamp(0), Span::days(60));
        for days in [1_i64, 7, 30, 59, 61, 100, 365] {
            let exact = (-(days as f64) / 60.0).exp2();
            let ours = decay.weight(Timestamp(DAY_US).minus(Span::days(days))) as f64 / UNIT as f64;
            assert!((ours - exact).abs() / exact < 1e-3, "{days} days: {ours} instead of {exact}");
        }
    }
}
