//! Two tests that need no law of the data: Fisher's for shares, that of Wilcoxon, Mann and Whitney for amounts.

use super::interval::real;

/// Logarithms of factorials, for groups up to a size.
#[derive(Debug, Clone)]
pub struct Factorials(Vec<f64>);

impl Factorials {
    /// Prepares those of 0 to `n`.
    pub fn up_to(n: usize) -> Self {
        let mut logs = Vec::with_capacity(n + 1);
        let mut sum = 0.0;
        logs.push(sum);
        for k in 1..=n {
            sum += real(k as u64).ln();
            logs.push(sum);
        }
        Self(logs)
    }

    fn choose(&self, n: usize, k: usize) -> f64 {
        self.0[n] - self.0[k] - self.0[n - k]
    }

    /// Returns the chance that a group of `n` among `all` holds at least `k` of the `marked`, were they drawn blindly: Fisher's
    /// exact test, one-sided.
    pub fn at_least(&self, k: usize, n: usize, marked: usize, all: usize) -> f64 {
        let (low, high) = ((n + marked).saturating_sub(all).max(k), n.min(marked));
        let whole = self.choose(all, n);
        let mut terms = (low..=high).map(|k| (self.choose(marked, k) + self.choose(all - marked, n - k) - whole).exp());
        let sum: f64 = terms.by_ref().sum();
        if k <= (n + marked).saturating_sub(all) { 1.0 } else { sum.min(1.0) }
    }

    /// Returns the chance of at most `k`.
    pub fn at_most(&self, k: usize, n: usize, marked: usize, all: usize) -> f64 {
        // Those not marked are then at least as many.
        self.at_least(n - k.min(n), n, all - marked, all)
    }
}

/// Returns the chance that the first group's amounts stand so high among all, were they drawn blindly: the rank-sum test,
/// one-sided, with the correction for ties and for continuity.
pub fn ranked_higher(inside: &[i64], others: &[i64]) -> f64 {
    let (n, m) = (real(inside.len() as u64), real(others.len() as u64));
    if inside.is_empty() || others.is_empty() {
        return 1.0;
    }
    let mut all: Vec<(i64, bool)> = inside.iter().map(|value| (*value, true)).chain(others.iter().map(|value| (*value, false))).collect();
    all.sort_unstable();
    let (mut before, mut sum, mut ties) = (0_u64, 0.0, 0.0);
    for run in all.chunk_by(|a, b| a.0 == b.0) {
        let size = run.len() as u64;
        let rank = real(before) + f64::midpoint(real(size), 1.0);
        sum += rank * real(run.iter().filter(|value| value.1).count() as u64);
        ties += real(size).powi(3) - real(size);
        before += size;
    }
    let total = n + m;
    let spread = (n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0)))).sqrt();
    if spread == 0.0 {
        return 1.0;
    }
    upper((sum - n * (n + 1.0) / 2.0 - n * m / 2.0 - 0.5) / spread)
}

/// The upper tail of the normal law.
pub fn upper(z: f64) -> f64 {
    libm::erfc(z / std::f64::consts::SQRT_2) / 2.0
}

/// Adjusts chances for their number (Holm, 1979): the chance that any true "nothing" is called something stays at the level
/// at which these are read, whatever hangs together.
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]).then(a.cmp(b)));
    let mut adjusted = vec![1.0; chances.len()];
    let mut highest = 0.0_f64;
    for (rank, at) in order.into_iter().enumerate() {
        highest = highest.max(chances[at] * real((chances.len() - rank) as u64)).min(1.0);
        adjusted[at] = highest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fisher_is_that_of_the_lady_and_her_tea() {
        let factorials = Factorials::up_to(1_000);
        assert!((factorials.at_least(3, 4, 4, 8) - 17.0 / 70.0).abs() < 1e-12);
        assert!((factorials.at_least(4, 4, 4, 8) - 1.0 / 70.0).abs() < 1e-12);
        assert!((factorials.at_most(1, 4, 4, 8) - 17.0 / 70.0).abs() < 1e-12);
        assert!((factorials.at_least(0, 4, 4, 8) - 1.0).abs() < 1e-12);
        assert!((factorials.at_least(10, 200, 40, 1_000) + factorials.at_most(9, 200, 40, 1_000) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn ranks_tell_higher_from_lower_and_ties_from_both() {
        let (low, high): (Vec<i64>, Vec<i64>) = ((0..40).collect(), (20..60).collect());
        assert!(ranked_higher(&high, &low) < 1e-6 && ranked_higher(&low, &high) > 0.999);
        assert!((ranked_higher(&[5; 40], &[5; 40]) - 1.0).abs() < f64::EPSILON);
        assert!((upper(1.644_853_626_951) - 0.05).abs() < 1e-9);
    }

    #[test]
    fn holm_steps_down() {
        let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, wanted) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - wanted).abs() < 1e-12, "{adjusted:?}");
        }
    }
}
