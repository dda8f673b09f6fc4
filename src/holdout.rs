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
    /// Nobody.
    pub const NONE: Self = Self(0);

    /// Rounds a percentage, 0 to 100, to whole buckets; anything else is nobody.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is checked to be within 0..=100")]
    pub fn from_percent(percent: f64) -> Self {
        if (0.0..=100.0).contains(&percent) { Self((percent * 100.0).round() as u64) } else { Self::NONE }
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

/// Where a person was assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arm {
    /// May get the campaign's mails.
    Treated,
    /// Gets none of them, to measure against.
    Control,
}

impl Arm {
    /// Returns the word of the ledger and of JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Treated => "treated",
            Self::Control => "control",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_the_share_only_adds_people() {
        let five = Share::from_percent(5.0);
        let ten = Share::from_percent(10.0);
        let people = || (0..10_000).map(|n| n.to_string());
        assert!(people().filter(|id| five.holds_out("s", id)).all(|id| ten.holds_out("s", &id)));
        let n = people().filter(|id| ten.holds_out("s", id)).count();
        assert!((900..1_100).contains(&n), "{n} of 10,000 held out at 10%");
    }
}
