//! Stable arms: the same person is in the same arm for the life of an experiment.

use crate::id::stable_hash;

/// Buckets a population is cut into.
pub const N_BUCKETS: u64 = 10_000;

/// Returns the bucket of a person, `0..10_000`, from a salt and their id; it depends on nothing else.
pub fn bucket(salt: &str, contact: &str) -> u64 {
    stable_hash(&["holdout", salt, contact]) % N_BUCKETS
}

/// A share of people kept untreated, in buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u64);

impl Share {
    /// Reads `5%` or `0.5 %`, from 0 to 100.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is checked to be within 0..=100")]
    pub fn parse(text: &str) -> Option<Self> {
        let percent: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
        (0.0..=100.0).contains(&percent).then(|| Self((percent * 100.0).round() as u64))
    }

    /// Returns the number of the first bucket that is treated: buckets below it are held out.
    pub fn n_buckets(self) -> u64 {
        self.0
    }

    /// Says whether a person is held out; a larger share only adds people.
    pub fn holds_out(self, salt: &str, contact: &str) -> bool {
        bucket(salt, contact) < self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!(Share::parse("5%"), Some(Share(500)));
        assert_eq!(Share::parse("0.25 %"), Some(Share(25)));
        assert_eq!(Share::parse("5"), None);
        assert_eq!(Share::parse("101%"), None);
        assert_eq!(Share::parse("NaN%"), None);
    }

    #[test]
    fn raising_the_share_only_adds_people() {
        let five = Share::parse("5%").expect("a share");
        let ten = Share::parse("10%").expect("a share");
        let people = || (0..10_000).map(|n| n.to_string());
        assert!(people().filter(|id| five.holds_out("s", id)).all(|id| ten.holds_out("s", &id)));
        let n = people().filter(|id| ten.holds_out("s", id)).count();
        assert!((900..1_100).contains(&n), "{n} of 10,000 held out at 10%");
    }
}
