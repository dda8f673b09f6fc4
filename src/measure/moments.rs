//! Number, mean and variance of values, added one by one and merged.

use super::real;

/// Count, mean and sum of squared deviations (Welford 1962; merged as in Chan, Golub and `LeVeque` 1983).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// Values.
    pub n: u64,
    /// Their mean; 0 without values.
    pub mean: f64,
    squares: f64,
}

impl Moments {
    /// Takes one value.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        let from_mean = value - self.mean;
        self.mean += from_mean / real(self.n);
        self.squares += from_mean * (value - self.mean);
    }

    /// Takes the values of another.
    pub fn merge(&mut self, other: Self) {
        if other.n == 0 {
            return;
        }
        let n = real(self.n + other.n);
        let apart = other.mean - self.mean;
        self.squares += other.squares + apart * apart * real(self.n) * real(other.n) / n;
        self.mean += apart * real(other.n) / n;
        self.n += other.n;
    }

    /// Returns the unbiased variance; 0 for fewer than two values.
    pub fn variance(self) -> f64 {
        if self.n < 2 { 0.0 } else { self.squares / real(self.n - 1) }
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_is_as_adding_all() {
        let values = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let all: Moments = values.into_iter().collect();
        let mut merged: Moments = values[..3].iter().copied().collect();
        merged.merge(values[3..].iter().copied().collect());
        assert!((all.mean - 3.875).abs() < 1e-12 && (all.variance() - 7.553_571_428_571_429).abs() < 1e-12, "{all:?}");
        assert!((merged.mean - all.mean).abs() < 1e-12 && (merged.variance() - all.variance()).abs() < 1e-12);
    }
}
