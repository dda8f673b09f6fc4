//! What holds of every draw: who is held out or in which arm follows from the id and the shares alone.

use proptest::prelude::*;
use relance::holdout::{Draw, Place, Share, ends};

const PEOPLE: u32 = 4_000;

fn draw(salt: &str, held_out: f64, shares: &[f64]) -> Draw {
    let arms = shares.iter().enumerate().map(|(n, _)| format!("arm-{n}")).zip(ends(shares.iter().copied())).collect();
    Draw { salt: salt.to_owned(), held_out: Share::from_percent(held_out), arms }
}

fn words(draw: &Draw) -> Vec<String> {
    (0..PEOPLE).map(|n| draw.place(&format!("c{n}"), None).word().to_owned()).collect()
}

/// Counts the words that a test holds of; a few thousand at most.
fn count(words: &[String], holds: impl Fn(&str) -> bool) -> f64 {
    words.iter().filter(|word| holds(word)).map(|_| 1.0).sum()
}

/// Shares that add up to 100.
fn shares() -> impl Strategy<Value = Vec<f64>> {
    proptest::collection::vec(1_u32..50, 2..=8).prop_map(|weights| {
        let sum: u32 = weights.iter().sum();
        weights.into_iter().map(|weight| f64::from(weight) * 100.0 / f64::from(sum)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn raising_the_holdout_only_removes(salt in "[a-z]{1,8}", low in 0.01_f64..50.0, more in 0.0_f64..50.0, shares in shares()) {
        let (before, after) = (words(&draw(&salt, low, &shares)), words(&draw(&salt, low + more, &shares)));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before == after || after == "control", "{before} became {after}");
        }
    }

    #[test]
    fn each_arm_has_its_share_of_those_not_held_out(salt in "[a-z]{1,8}", held_out in 0.0_f64..40.0, shares in shares()) {
        let words = words(&draw(&salt, held_out, &shares));
        let n_left = count(&words, |word| word != "control");
        let near = |n: f64, of: f64, share: f64| {
            // Five standard deviations, and the rounding to buckets.
            let spread = 5.0 * (of * share * (1.0 - share)).sqrt() + of * 0.0001 + 1.0;
            (n - of * share).abs() <= spread
        };
        prop_assert!(near(f64::from(PEOPLE) - n_left, f64::from(PEOPLE), held_out / 100.0));
        for (n, share) in shares.iter().enumerate() {
            let got = count(&words, |word| word == format!("arm-{n}"));
            prop_assert!(near(got, n_left, share / 100.0), "{got} of {n_left} for {share}%");
        }
    }

    #[test]
    fn a_share_that_grows_takes_people_only_from_its_neighbour(salt in "[a-z]{1,8}", low in 1.0_f64..98.0, more in 0.0_f64..1.0) {
        let high = low + more * (99.0 - low);
        let (before, after) = (words(&draw(&salt, 0.0, &[low, 100.0 - low])), words(&draw(&salt, 0.0, &[high, 100.0 - high])));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before == after || (before == "arm-1" && after == "arm-0"));
        }
    }

    #[test]
    fn what_is_remembered_wins_whatever_the_shares(salt in "[a-z]{1,8}", held_out in 0.01_f64..100.0, shares in shares(), id in "[a-z0-9]{1,12}") {
        let draw = draw(&salt, held_out, &shares);
        prop_assert_eq!(draw.place(&id, Some("arm-1")), Place::Arm("arm-1"));
        prop_assert_eq!(draw.place(&id, Some("control")), Place::Control);
        prop_assert_eq!(draw.place(&id, None), draw.place(&id, None));
    }
}
