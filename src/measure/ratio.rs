//! Whether the arms have the sizes that were declared: the sample-ratio check (Fabijan et al., KDD 2019).

use statrs::distribution::{ChiSquared, ContinuousCDF as _};

use super::real;

/// Chance under which a split is not an accident: something sorts people after the draw, and no figure can be believed.
pub const P_MIN: f64 = 0.001;

/// Returns the chance of a split at least this far from the declared shares (chi-square); `None` when there is nothing to compare.
///
/// Each arm is its people and its share, in any unit.
pub fn chance(arms: &[(u64, f64)]) -> Option<f64> {
    let n: u64 = arms.iter().map(|(n, _)| n).sum();
    let shares: f64 = arms.iter().map(|(_, share)| share).sum();
    if arms.len() < 2 || n == 0 || arms.iter().any(|(_, share)| *share <= 0.0) {
        return None;
    }
    let apart = arms.iter().map(|(seen, share)| {
        let wanted = real(n) * share / shares;
        (real(*seen) - wanted).powi(2) / wanted
    });
    let freedom = real(arms.len() as u64 - 1);
    Some(ChiSquared::new(freedom).ok()?.sf(apart.sum()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::simulate::Dice;

    #[test]
    fn a_planted_bug_is_caught_and_a_sound_split_is_not() {
        // Of the treated, those with a long name are lost on the way: 3 % of them.
        assert!(chance(&[(48_500, 50.0), (50_000, 50.0)]).expect("two arms") < P_MIN);
        assert!(chance(&[(50_120, 50.0), (49_880, 50.0)]).expect("two arms") > 0.1);
    }

    #[test]
    fn sound_splits_are_flagged_as_rarely_as_declared() {
        let mut dice = Dice::new(3);
        let flagged = (0..2_000)
            .filter(|_| {
                let held = (0..1_000).filter(|_| dice.uniform() < 0.1).count() as u64;
                chance(&[(1_000 - held, 90.0), (held, 10.0)]).expect("two arms") < P_MIN
            })
            .count();
        assert!(flagged <= 9, "{flagged} of 2,000");
    }

    #[test]
    fn the_chance_is_that_of_the_tables() {
        // 3.841 is the 5 % point of chi-square with one degree of freedom: 1,000 people, 31 to one side.
        let p = chance(&[(531, 1.0), (469, 1.0)]).expect("two arms");
        assert!((p - 0.05).abs() < 0.001, "{p}");
    }
}
