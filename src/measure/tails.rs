//! Long tails: one order of a wholesaler must not decide a test (winsorising, Tukey 1962).

/// Share of people whose values stay as they are; above that value the others count as much as it.
pub const KEPT: f64 = 0.999;

/// Returns the value under which a share `kept` (0 to 1) of all values lies: the cap to give to both arms together.
///
/// Infinite when there is nothing above it, so that nothing is cut.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a rank among the values")]
pub fn cap(values: impl IntoIterator<Item = f64>, kept: f64) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let rank = (values.len() as f64 * kept).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().filter(|_| rank < values.len()).unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_a_thousand_is_cut() {
        let values = || (0..2_000).map(|n| if n < 2 { 90_000.0 } else { f64::from(n % 50) });
        let cap = cap(values(), KEPT);
        assert!((cap - 49.0).abs() < f64::EPSILON, "{cap}");
        assert!(super::cap([1.0, 2.0, 900.0], KEPT).is_infinite(), "three people have no tail to speak of");
    }
}
