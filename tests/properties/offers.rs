//! What is shared out of an offer: never more than there is, to whom it is enough for, best first; and where the offer stops at the first
//! for whom it is not enough, more of it takes it from nobody.

use std::collections::BTreeSet;

use proptest::prelude::*;
use relance::id::ContactId;
use relance::plan::{Claim, UsedUp};
use relance::selection::Refused;

use super::shop::Shop;

fn shop(budget: i64, too_dear: &str) -> Shop {
    let steps = "[[steps]]\nname = 'first'\nafter = '1h'\noffer = 'a'\n[slots.cart]\nfill = 'cart'\ncount = 4\nmin = 0\n";
    let offers = format!("[offers.a]\ntitle = {{ fr = 'A' }}\npercent = 5\nbudget = '{}.{:02} EUR'\n", budget / 100, budget % 100);
    let offers = format!("{offers}too_dear = '{too_dear}'\n");
    Shop::new().triggered("cart", "abandoned_cart", "", steps).text("offers.toml", &offers)
}

/// Who gets the offer, and what they cost together.
fn given(shop: &Shop, claims: &[Claim]) -> (BTreeSet<ContactId>, i64) {
    let mut refused = Refused::default();
    shop.plan("cart").with(|planner| planner.allot(claims.to_vec(), &mut refused));
    let given: Vec<&Claim> = claims.iter().filter(|claim| !refused.contains_key(&claim.recipient)).collect();
    (given.iter().map(|claim| claim.recipient.clone()).collect(), given.iter().map(|claim| claim.cost).sum())
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let claim = (proptest::option::of(-9_i32..9), 0_i64..2_000);
    proptest::collection::vec(claim, 0..30).prop_map(|claims| {
        let claim = |(no, (score, cost)): (usize, (Option<i32>, i64))| Claim {
            offer: "a".to_owned(),
            recipient: ContactId(format!("c{no:02}")),
            score: score.map(f64::from),
            cost,
        };
        claims.into_iter().enumerate().map(claim).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn several_runs_together_never_cost_more_than_the_budget(
        runs in proptest::collection::vec(claims(), 1..4),
        budget in 1_i64..9_000,
        too_dear in prop_oneof![Just("skip"), Just("stop")],
    ) {
        let mut shop = shop(budget, too_dear);
        let mut used = UsedUp::default();
        for claims in &runs {
            shop.used.offers.insert("a".to_owned(), used);
            let (people, cost) = given(&shop, claims);
            used = UsedUp { mails: used.mails + people.len() as u64, cost: used.cost + cost };
            prop_assert!(used.cost <= budget, "{} of {budget}", used.cost);
        }
    }

    #[test]
    fn whoever_goes_without_was_too_dear_for_what_those_before_them_left(claims in claims(), budget in 1_i64..9_000) {
        let shop_of = shop(budget, "skip");
        let (people, _) = given(&shop_of, &claims);
        let score = |claim: &Claim| claim.score.unwrap_or(f64::NEG_INFINITY);
        let mut in_order: Vec<&Claim> = claims.iter().collect();
        in_order.sort_by(|a, b| score(b).total_cmp(&score(a)).then_with(|| a.recipient.cmp(&b.recipient)));
        let mut spent = 0;
        for claim in in_order {
            let is_given = people.contains(&claim.recipient);
            prop_assert_eq!(is_given, spent + claim.cost <= budget, "{:?} after {} of {}", claim, spent, budget);
            spent += if is_given { claim.cost } else { 0 };
        }
        let back: Vec<Claim> = claims.iter().rev().cloned().collect();
        prop_assert_eq!(&given(&shop_of, &back).0, &people);
        let (fewer, _) = given(&shop(budget, "stop"), &claims);
        prop_assert!(fewer.is_subset(&people), "{:?} {:?}", fewer, people);
    }

    #[test]
    fn where_the_first_too_dear_stops_a_larger_budget_only_adds_and_the_order_of_claims_changes_nothing(claims in claims(), budget in 1_i64..9_000, more in 0_i64..3_000) {
        let (few, _) = given(&shop(budget, "stop"), &claims);
        let (many, _) = given(&shop(budget + more, "stop"), &claims);
        prop_assert!(few.is_subset(&many), "{few:?} {many:?}");
        let back: Vec<Claim> = claims.iter().rev().cloned().collect();
        prop_assert_eq!(given(&shop(budget, "stop"), &back).0, few);
    }
}
