//! Whether the arms have the sizes that were declared: the sample-ratio check (Fabijan et al., KDD 2019).

use std::collections::BTreeMap;

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

/// People who were drawn by the same shares.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn<'a> {
    /// People by arm.
    pub people: BTreeMap<&'a str, u64>,
    /// The share of every arm, in any unit.
    pub shares: BTreeMap<&'a str, f64>,
}

/// Returns the chance of a split of people who were drawn by shares that changed in between; `None` where the shares of nobody are known.
///
/// What is wanted of an arm is the sum over the draws.
pub fn chance_over_time(draws: &[Drawn<'_>]) -> Option<f64> {
    let mut wanted: BTreeMap<&str, f64> = BTreeMap::new();
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    for Drawn { people, shares } in draws {
        let (n, all): (u64, f64) = (people.values().sum(), shares.values().sum());
        for (arm, share) in shares {
            *wanted.entry(arm).or_default() += real(n) * share / all;
        }
        for (arm, n) in people {
            *seen.entry(arm).or_default() += n;
        }
    }
    let arms: Vec<(u64, f64)> = wanted.iter().map(|(arm, share)| (seen.get(arm).copied().unwrap_or(0), *share)).collect();
    chance(&arms)
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
    fn a_share_that_changed_is_judged_by_what_it_was() {
        let draw = |control: u64, treated: u64, share: f64| Drawn {
            people: BTreeMap::from([("control", control), ("treated", treated)]),
            shares: BTreeMap::from([("control", share), ("treated", 1.0 - share)]),
        };
        let then = [draw(2_000, 8_000, 0.2), draw(500, 9_500, 0.05)];
        assert!(chance_over_time(&then).expect("two arms") > 0.99);
        // The same people by the share of now: nobody would believe them.
        assert!(chance(&[(2_500, 0.05), (17_500, 0.95)]).expect("two arms") < P_MIN);
        assert!(chance_over_time(&[draw(2_000, 7_000, 0.2), draw(500, 9_500, 0.05)]).expect("two arms") < P_MIN, "a planted loss");
        assert_eq!(chance_over_time(&[]), None);
    }

    #[test]
    fn the_chance_is_that_of_the_tables() {
        // 3.841 is the 5 % point of chi-square with one degree of freedom: 1,000 people, 31 to one side.
        let p = chance(&[(531, 1.0), (469, 1.0)]).expect("two arms");
        assert!((p - 0.05).abs() < 0.001, "{p}");
    }
}
