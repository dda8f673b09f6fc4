//! How sure a difference between two methods is, judged by the same people.
//!
//! Paired percentile bootstrap over people (Efron and Tibshirani 1993; Sakai, SIGIR 2006). Draws come from a generator with
//! a fixed seed, so that the same data gives the same interval.

use serde::Serialize;

/// Draws.
const DRAWS: usize = 1_000;

/// A mean and the interval that holds it 19 times out of 20.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Returns the mean of figures of people, and its interval; of nobody, zero.
#[expect(clippy::cast_precision_loss, reason = "a number of people")]
pub fn interval(figures: &[f64]) -> Interval {
    let n = figures.len();
    if n == 0 {
        return Interval::default();
    }
    let mean = figures.iter().sum::<f64>() / n as f64;
    let mut state = 1_u64;
    let mut means: Vec<f64> = (0..DRAWS).map(|_| (0..n).map(|_| figures[below(&mut state, n)]).sum::<f64>() / n as f64).collect();
    means.sort_by(f64::total_cmp);
    Interval { mean, low: means[DRAWS * 25 / 1_000], high: means[DRAWS * 975 / 1_000] }
}

/// Draws a position below `n` (`SplitMix64`: Steele, Lea and Flood, OOPSLA 2014).
pub fn below(state: &mut u64, n: usize) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    usize::try_from((u128::from(z) * n as u128) >> 64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_holds_its_mean_and_narrows_with_people() {
        let figures = |n: usize| (0..n).map(|at| f64::from(u8::from(at % 4 == 0))).collect::<Vec<_>>();
        let (few, many) = (interval(&figures(100)), interval(&figures(10_000)));
        assert!(few.low < 0.25 && 0.25 < few.high, "{few:?}");
        // Of a share of a quarter among n, the interval is 1.96 sqrt(0.25 * 0.75 / n) on each side.
        assert!((many.high - many.low - 2.0 * 0.0085).abs() < 0.002, "{many:?}");
        assert_eq!(few, interval(&figures(100)));
    }
}
