//! What a test must not cost, whatever it earns: complaints, unsubscribes, bounces.

use serde::Serialize;
use statrs::distribution::{Binomial, DiscreteCDF as _};

use super::real;

/// Whether a rate stays under its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Under the limit.
    Kept,
    /// Above it, with too few mails to be sure.
    Watch,
    /// Above it, and not by chance.
    Breached,
}

/// Chance under which as many bad mails are no accident.
const P_MIN: f64 = 0.025;

/// Judges `n_bad` of `n` mails against a limit (0 to 1): breached when mails at the limit would give as many with a chance under
/// 2.5 % (exact binomial test: bad mails are rare, and approximations are wrong where counts are small).
pub fn judge(n_bad: u64, n: u64, limit: f64) -> Standing {
    if n_bad == 0 || real(n_bad) <= limit * real(n) {
        return Standing::Kept;
    }
    let chance = Binomial::new(limit, n).map_or(1.0, |binomial| binomial.sf(n_bad - 1));
    if chance < P_MIN { Standing::Breached } else { Standing::Watch }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_breached_when_chance_cannot_explain_it() {
        assert_eq!(judge(3, 10_000, 0.001), Standing::Kept);
        assert_eq!(judge(1, 100, 0.001), Standing::Watch);
        assert_eq!(judge(40, 10_000, 0.001), Standing::Breached);
        assert_eq!(judge(0, 0, 0.001), Standing::Kept);
    }
}
