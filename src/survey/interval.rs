//! How sure one may be of a share or of a mean: intervals at 95 %.

use serde::Serialize;

/// Two-sided 95 % point of the normal law.
const Z: f64 = 1.959_963_984_540_054;
/// Values under which no interval of a mean is given: amounts are skewed, and the normal law is then a poor guide.
const MEAN_VALUES_MIN: u64 = 30;

/// An estimate between two bounds at 95 %.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// What was seen.
    pub value: f64,
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// Returns a share with Wilson's score interval; `None` of nobody.
pub fn share(k: u64, n: u64) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    let (value, n) = (ratio(k, n), real(n));
    let middle = (value + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Interval { value, low: (middle - half).clamp(0.0, value), high: (middle + half).clamp(value, 1.0) })
}

/// Returns the difference of two shares, `a` less `b`, with Newcombe's hybrid score interval (1998, method 10).
pub fn difference_of_shares(a: (u64, u64), b: (u64, u64)) -> Option<Interval> {
    let (a, b) = (share(a.0, a.1)?, share(b.0, b.1)?);
    let value = a.value - b.value;
    let low = value - ((a.value - a.low).powi(2) + (b.high - b.value).powi(2)).sqrt();
    let high = value + ((a.high - a.value).powi(2) + (b.value - b.low).powi(2)).sqrt();
    Some(Interval { value, low, high })
}

/// Count, mean and spread of values, one at a time (Welford) and in parts (Chan and others).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// Values.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Moments {
    /// Takes in a value.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        let before = value - self.mean;
        self.mean += before / real(self.n);
        self.squares += before * (value - self.mean);
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

    /// Returns the mean with its interval, the bounds absent under thirty values.
    pub fn interval(&self) -> Option<Interval> {
        let half = Z * self.error()?;
        Some(Interval { value: self.mean, low: self.mean - half, high: self.mean + half })
    }

    /// Returns the difference of two means, this less another, with Welch's interval; `None` when either has fewer than thirty values.
    pub fn less(&self, other: &Self) -> Option<Interval> {
        let half = Z * (self.error()?.powi(2) + other.error()?.powi(2)).sqrt();
        let value = self.mean - other.mean;
        Some(Interval { value, low: value - half, high: value + half })
    }

    /// Standard error of the mean.
    fn error(&self) -> Option<f64> {
        (self.n >= MEAN_VALUES_MIN).then(|| (self.variance() / real(self.n)).sqrt())
    }
}

impl FromIterator<f64> for Moments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::default();
        values.into_iter().for_each(|value| moments.add(value));
        moments
    }
}

/// Divides two counts; nothing of nothing is 0.
pub fn ratio(k: u64, n: u64) -> f64 {
    if n == 0 { 0.0 } else { real(k) / real(n) }
}

#[expect(clippy::cast_precision_loss, reason = "counts of people and amounts, far below 2^52")]
pub(super) fn real(n: u64) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-4
    }

    #[test]
    fn wilson_and_newcombe_give_the_published_figures() {
        // Newcombe, Statistics in Medicine 17 (1998): 81 of 263, and 56/70 less 48/80 by method 10.
        let one = share(81, 263).expect("somebody");
        assert!(close(one.low, 0.2553) && close(one.high, 0.3662), "{one:?}");
        let two = difference_of_shares((56, 70), (48, 80)).expect("somebody");
        assert!(close(two.low, 0.0524) && close(two.high, 0.3339), "{two:?}");
        assert_eq!(share(0, 0), None);
        assert!(share(0, 20).is_some_and(|none| none.low == 0.0 && close(none.high, 0.1611)));
    }

    #[test]
    fn moments_are_those_of_the_definition() {
        let values: Vec<f64> = (0..40).map(|n| f64::from(n * n % 17)).collect();
        let mut moments = Moments::default();
        for value in &values {
            moments.add(*value);
        }
        let mean = values.iter().sum::<f64>() / 40.0;
        let error = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 39.0 / 40.0).sqrt();
        let found = moments.interval().expect("forty values");
        assert!(close(found.value, mean) && close(found.high - mean, Z * error));
        let none = moments.less(&moments).expect("twice forty values");
        assert!(close(none.value, 0.0) && close(none.high, Z * error * 2_f64.sqrt()));
        let mut few = Moments::default();
        few.add(1.0);
        assert_eq!(few.interval(), None);
    }

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
