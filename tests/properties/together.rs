//! Campaigns that are decided in one pass decide what they decide one after another.

use proptest::prelude::*;
use relance::plan::Decision;

use super::shop::Shop;
use super::world::{SLOTS, shops};

/// In the order in which they may write: compulsory first, then by priority.
const CAMPAIGNS: [&str; 4] = ["card", "cart", "second", "newsletter"];

/// A random shop with three campaigns more: of one service mail, one that carries an offer, and one of equal priority.
fn with_campaigns(shop: Shop, cards: &[usize]) -> Shop {
    let step = "[[steps]]\nname = 'first'\n";
    let cart =
        format!("{step}after = '1h'\noffer = 'five'\n[slots.cart]\nfill = 'cart'\ncount = 4\nmin = 1\n[audience]\nholdout = '10%'\n");
    let second = format!(
        "title = 'T'\nobjective = 'retain'\nwhy = 'w'\ntemplate = 'mail.mjml'\nsubject = {{ fr = 's' }}\nkind = 'newsletter'\nschedule = '0 9 * * *'\npriority = 5\n{SLOTS}[audience]\nall = [\"city = 'Lille'\"]\n[measure]\nprimary = 'revenue'\nhorizon = '14d'\n"
    );
    let service = "title = 'T'\nobjective = 'service'\nwhy = 'w'\ntemplate = 'mail.mjml'\nsubject = { fr = 's' }\nkind = 'reminder'\ncompulsory = true\n[trigger]\non = 'expiring_payment'\n[[steps]]\nname = 'first'\nbefore = '30d'\n[slots.card]\nfill = 'subject'\n";
    let offers = "[offers.five]\ntitle = { fr = 'A' }\npercent = 5\nonce_per = '30d'\n";
    let shop = shop
        .triggered("cart", "abandoned_cart", "priority = 50\nlate = '200h'", &cart)
        .text("campaigns/second.toml", &second)
        .text("campaigns/card.toml", service)
        .text("offers.toml", offers);
    cards.iter().fold(shop, |shop, who| shop.card(&format!("c{who:02}"), &format!("k{who}"), "2026-06-10"))
}

/// What each campaign decides when those before it have written to people.
fn one_after_another(mut shop: Shop) -> Vec<Vec<Decision>> {
    let mut all: Vec<Vec<Decision>> = Vec::new();
    for name in CAMPAIGNS {
        let plan = shop.plan(name);
        let decisions = plan.decisions();
        all.resize(decisions.len(), Vec::new());
        for ((profile, decision), of_person) in plan.people.iter().zip(decisions).zip(&mut all) {
            if let Decision::Admitted(admission) = &decision {
                let id = profile.contact.id.clone();
                if let Some(offer) = &admission.composition.offer {
                    shop.offered.entry(id.clone()).or_default().push((offer.name.clone(), admission.leaves_at(shop.now)));
                }
                if name != "card" {
                    shop.taken.entry(id).or_insert_with(|| name.into());
                }
            }
            of_person.push(decision);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn together_or_one_after_another_people_get_the_same(shop in shops(), cards in proptest::collection::vec(0_usize..14, 0..4)) {
        let shop = with_campaigns(shop, &cards);
        let together = shop.plan("newsletter").together(&CAMPAIGNS, None);
        prop_assert_eq!(together, one_after_another(shop));
    }

    #[test]
    fn outside_the_only_segment_nobody_is_written_to(shop in shops()) {
        let shop = with_campaigns(shop, &[]);
        let plan = shop.plan("newsletter");
        let everybody = plan.together(&CAMPAIGNS, None);
        let cartful = plan.together(&CAMPAIGNS, Some("cartful"));
        for (some, all) in cartful.into_iter().zip(everybody) {
            let is_outside = |decision: &Decision| matches!(decision, Decision::Skipped(skip) if skip.detail == "outside --only cartful");
            prop_assert!(some == all || some.iter().any(is_outside), "{some:?} instead of {all:?}");
        }
    }
}

/// The properties above are about several campaigns that want the same people, so random shops must have some.
#[test]
fn random_shops_have_people_whom_several_campaigns_want() {
    use proptest::strategy::{Strategy as _, ValueTree as _};
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut counts = [0; 4];
    let mut n_beaten = 0;
    for _ in 0..10 {
        let shop = with_campaigns(shops().new_tree(&mut runner).expect("a shop").current(), &[1, 2]);
        for decisions in shop.plan("newsletter").together(&CAMPAIGNS, None) {
            for (count, decision) in counts.iter_mut().zip(decisions) {
                match decision {
                    Decision::Admitted(_) => *count += 1,
                    Decision::Skipped(skip) => n_beaten += usize::from(skip.reason == relance::audience::Reason::LowerPriority),
                }
            }
        }
    }
    assert!(counts.iter().all(|n| *n > 0) && n_beaten > 0, "{counts:?}, {n_beaten} give way");
}
