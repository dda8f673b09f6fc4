//! Offers: who gets one, of which tier, at what margin, and who comes first to what is limited.

use relance::id::ContactId;
use relance::plan::{Decision, UsedUp, short_of_codes};
use relance::project::Project;
use serde_json::json;

use super::shop::{Plan, Shop};

const CART: &str = "[[steps]]\nname = 'first'\nafter = '1h'\noffers = ['a', 'b']\n[slots.cart]\nfill = 'cart'\ncount = 4\nmin = 0\n";

/// A shop whose people left a basket of 100.00 that costs the shop 75.00; `offers` is `offers.toml`.
fn shop(offers: &str, people: &[&str]) -> Shop {
    let mut shop = Shop::new().triggered("cart", "abandoned_cart", "", CART).text("offers.toml", offers).product_with(
        "P",
        "x",
        "100.00",
        json!({ "margin": "25.00" }),
    );
    for person in people {
        shop = shop.contact_with(person, json!({ "consent_profiling": "yes" })).carted(person, "P", "2 hours ago");
    }
    shop
}

/// Two offers, of which a test writes the lines of the first.
fn first(lines: &str) -> String {
    format!("[offers.a]\ntitle = {{ fr = 'A' }}\npriority = 1\n{lines}\n[offers.b]\ntitle = {{ fr = 'B' }}\nall = ['1 = 2']\n")
}

fn offer(plan: &Plan, id: &str) -> Option<(String, Option<u8>)> {
    plan.mail(id).offer.map(|offer| (offer.name, offer.percent))
}

/// Who gets which offer once what is limited is settled.
fn settled(shop: &Shop) -> Vec<(String, String)> {
    let plan = shop.plan("cart");
    let given = |decision: Decision| match decision {
        Decision::Admitted(admission) => admission.composition.offer.map(|offer| offer.name),
        Decision::Skipped(skip) => panic!("skipped: {skip:?}"),
    };
    let of = |profile: &relance::profile::Profile, decision| Some((profile.contact.id.to_string(), given(decision)?));
    plan.with_offers(|planner| plan.people.iter().filter_map(|profile| of(profile, planner.decide(profile))).collect())
}

fn who(shop: &Shop) -> Vec<String> {
    settled(shop).into_iter().map(|(id, _)| id).collect()
}

#[test]
fn tiers_begin_and_end_at_their_points_2_28() {
    let offers = first("percent = 5\ntiers = [{ min_points = 500, percent = 15 }, { min_points = 100, percent = 10 }]");
    for (points, percent) in [(0, 5), (99, 5), (100, 10), (499, 10), (500, 15), (501, 15)] {
        let row = json!({ "consent_profiling": "yes", "loyalty_points": points });
        let shop = shop(&offers, &[]).contact_with("ana", row).carted("ana", "P", "2 hours ago");
        assert_eq!(offer(&shop.plan("cart"), "ana"), Some(("a".to_owned(), Some(percent))), "{points} points");
    }
    let only = first("tiers = [{ min_points = 100, percent = 10 }]");
    assert_eq!(offer(&shop(&only, &["ana"]).plan("cart"), "ana"), None, "without points, of no tier");
}

#[test]
fn the_highest_priority_that_a_person_may_have_is_theirs_2_27() {
    let both = |a: i32, b: i32| {
        format!(
            "[offers.a]\ntitle = {{ fr = 'A' }}\npercent = 5\npriority = {a}\n[offers.b]\ntitle = {{ fr = 'B' }}\npercent = 9\npriority = {b}\n"
        )
    };
    assert_eq!(offer(&shop(&both(1, 2), &["ana"]).plan("cart"), "ana"), Some(("b".to_owned(), Some(9))));
    assert_eq!(offer(&shop(&both(2, 2), &["ana"]).plan("cart"), "ana"), Some(("a".to_owned(), Some(5))), "of equals the first");
    let plan = shop(&both(2, 1), &["ana"]).plan("cart");
    let checks = plan.explain("ana").checks;
    assert!(checks.iter().any(|check| check.what == "offer b" && check.value == "a comes first"), "{checks:?}");
}

#[test]
fn the_margin_that_is_left_keeps_the_floor_2_27() {
    // 100.00 at a margin of 25.00: 10 % off leaves 15.00 of 90.00, which is 16.7 %.
    let of = |lines: &str| offer(&shop(&first(lines), &["ana"]).plan("cart"), "ana").is_some();
    assert!(of("percent = 10\nmargin_floor = '16%'"));
    assert!(!of("percent = 10\nmargin_floor = '17%'"));
    assert!(of("amount = '10 EUR'\nmargin_floor = '16%'"));
    assert!(!of("amount = '10 EUR'\nmargin_floor = '17%'"));
    assert!(of("gift = '10 EUR'\nmargin_floor = '15%'"));
    assert!(!of("gift = '10 EUR'\nmargin_floor = '16%'"));
    let unknown = |lines: &str| {
        let shop = shop(&first(lines), &["ana"]).product("Q", "x", "10.00").carted("ana", "Q", "2 hours ago");
        offer(&shop.plan("cart"), "ana").is_some()
    };
    assert!(!unknown("percent = 5\nmargin_floor = '10%'"), "a margin that is not known is not above the floor");
    assert!(unknown("percent = 5\nmargin_floor = '10%'\nunknown_margin = 'allow'"));
}

#[test]
fn one_offer_a_person_and_day_over_all_campaigns_3_6() {
    let offers = first("percent = 5");
    let given = |ago: &str| {
        let mut shop = shop(&offers, &["ana"]).past("ana", "newsletter", "e", ago, &[]);
        shop.history.by_recipient.values_mut().flatten().for_each(|past| past.offer = Some("b".to_owned()));
        offer(&shop.plan("cart"), "ana").is_some()
    };
    assert!(!given("1 hours ago"), "this morning");
    assert!(given("11 hours ago"), "last night: the 19th in Paris");
    let mut shop = shop(&offers, &["ana", "ben"]);
    shop.offered.insert(ContactId::from("ana"), vec![("b".to_owned(), shop.now)]);
    assert_eq!(who(&shop), ["ben"], "given by the same run a moment ago");
}

#[test]
fn those_who_leave_baskets_again_and_again_are_rewarded_once_in_a_window_2_23() {
    let given = |ago: &str, lines: &str| {
        let mut shop = shop(&first(lines), &["ana"]).past("ana", "newsletter", "e", ago, &[]);
        shop.history.by_recipient.values_mut().flatten().for_each(|past| past.offer = Some("b".to_owned()));
        offer(&shop.plan("cart"), "ana").is_some()
    };
    assert!(!given("59 days ago", "percent = 5\nnot_again_within = '60d'"));
    assert!(given("61 days ago", "percent = 5\nnot_again_within = '60d'"));
    assert!(given("59 days ago", "percent = 5\nonce_per = '60d'"), "another offer is not this one");
}

#[test]
fn an_offer_is_given_from_its_first_day_to_its_last_0_23() {
    let of = |dates: &str| offer(&shop(&first(&format!("percent = 5\n{dates}")), &["ana"]).plan("cart"), "ana").is_some();
    assert!(of("until = 2026-05-20") && of("from = 2026-05-20"));
    assert!(!of("until = 2026-05-19") && !of("from = 2026-05-21"));
}

#[test]
fn an_offer_that_ended_is_an_error_while_a_campaign_names_it_0_23() {
    let project = |dates: &str| -> Project { shop(&first(&format!("percent = 5\n{dates}")), &[]).plan("cart").project };
    let codes = |dates: &str| -> Vec<String> {
        let day = "2026-05-20".parse().expect("a day");
        project(dates).out_of_date(day).iter().map(|found| format!("{} {:?}", found.code, found.severity)).collect()
    };
    assert_eq!(codes("until = 2026-05-19"), ["offer::ended Error"]);
    assert_eq!(codes("from = 2026-05-21"), ["offer::out-of-date Warning"]);
    assert!(codes("until = 2026-05-20").is_empty());
}

#[test]
fn a_budget_goes_to_the_best_first_whatever_the_order_of_the_file() {
    let offers = first("percent = 10\nbudget = '25 EUR'\nby_score = 'undecided'");
    let person = |shop: Shop, id: &str, score: &str| {
        shop.contact_with(id, json!({ "consent_profiling": "yes", "undecided": score })).carted(id, "P", "2 hours ago")
    };
    let people = [("ana", "0.1"), ("ben", "0.9"), ("cid", ""), ("dan", "0.5")];
    let forth = people.iter().fold(shop(&offers, &[]), |shop, (id, score)| person(shop, id, score));
    let back = people.iter().rev().fold(shop(&offers, &[]), |shop, (id, score)| person(shop, id, score));
    assert_eq!(who(&forth), ["ben", "dan"], "10.00 each");
    assert_eq!(settled(&forth), settled(&back));
    let mut later = forth.clone();
    later.used.offers.insert("a".to_owned(), UsedUp { mails: 1, cost: 1_000 });
    assert_eq!(who(&later), ["ben"], "what was given before counts");
}

#[test]
fn a_basket_too_dear_for_the_budget_does_not_block_those_behind_it_unless_the_offer_says_so() {
    // Ana's basket is of 300.00 and comes first by id; the others' of 100.00: 10 % of them are 30.00, and 10.00 each.
    let of = |lines: &str| {
        let offers = first(&format!("percent = 10\nbudget = '25 EUR'\n{lines}"));
        let dear = shop(&offers, &["ana", "ben", "cid", "dan"]).product_with("Q", "x", "200.00", json!({ "margin": "25.00" }));
        dear.carted("ana", "Q", "2 hours ago")
    };
    assert_eq!(who(&of("")), ["ben", "cid"]);
    assert_eq!(who(&of("too_dear = 'skip'")), ["ben", "cid"]);
    assert!(who(&of("too_dear = 'stop'")).is_empty(), "nobody behind the first for whom it is not enough");
    assert_eq!(of("too_dear = 'later'").mistakes(), ["toml::unknown-value"]);
    let shop = of("");
    let plan = shop.plan("cart");
    let why = |id: &str| {
        let checks = plan.with_offers(|planner| planner.explain(plan.profile(id)).checks);
        checks.into_iter().find(|check| check.what == "offer a: limits").map(|check| check.value)
    };
    assert_eq!(why("ana").as_deref(), Some("25.00 EUR of the budget of 25.00 EUR is left, not 30.00 EUR"));
    assert_eq!(why("dan").as_deref(), Some("5.00 EUR of the budget of 25.00 EUR is left, not 10.00 EUR"));
    assert_eq!(why("ben"), None);
}

#[test]
fn whom_one_offer_is_refused_the_next_one_goes_to() {
    let offers = "[offers.a]\ntitle = { fr = 'A' }\npercent = 5\npriority = 1\nmax_uses = 1\n[offers.b]\ntitle = { fr = 'B' }\npercent = 1\nmax_uses = 1\n";
    let given = settled(&shop(offers, &["ana", "ben", "cid"]));
    assert_eq!(given, [("ana".to_owned(), "a".to_owned()), ("ben".to_owned(), "b".to_owned())]);
}

#[test]
fn a_pool_that_is_too_small_stops_or_is_shared_out() {
    let of = |when: &str| {
        let lines = format!("percent = 5\ncodes = 'codes.csv'\nwhen_empty = '{when}'");
        let mut shop = shop(&first(&lines), &["ana", "ben"]).text("codes.csv", "X1\n");
        shop.used.codes_left.insert("codes.csv".to_owned(), 1);
        shop
    };
    assert_eq!(who(&of("skip_offer")), ["ana"]);
    let stops = of("stop");
    assert_eq!(who(&stops), ["ana", "ben"]);
    let plan = stops.plan("cart");
    let short = short_of_codes(&plan.project, &stops.used, &plan.totals().offers);
    assert_eq!(short.iter().map(|short| (short.pool.as_str(), short.needed, short.left)).collect::<Vec<_>>(), [("codes.csv", 2, 1)]);
}

#[test]
fn the_money_exposed_and_saved_is_told_0_7() {
    let shop = shop(&first("percent = 10\nall = [\"attr.band = 'undecided'\"]"), &[])
        .contact_with("ana", json!({ "consent_profiling": "yes", "band": "undecided" }))
        .contact_with("ben", json!({ "consent_profiling": "yes", "band": "sure" }))
        .carted("ana", "P", "2 hours ago")
        .carted("ben", "P", "2 hours ago");
    let money = shop.plan("cart").totals().money["a"];
    assert_eq!((money.exposed, money.saved, money.uncounted), (1_000, 1_000, 0));
}

#[test]
fn what_is_wrong_with_an_offer_is_said() {
    for (lines, code) in [
        ("percent = 5\namount = '5 EUR'", "offer::two-benefits"),
        ("amount = '5 GBP'", "offer::bad-money"),
        ("budget = '5 EUR'", "offer::nothing-to-count"),
        ("percent = 5\nmargin_floor = '15'", "offer::bad-floor"),
        ("tiers = [{ min_points = 1 }]", "offer::empty-tier"),
        ("tiers = [{ min_points = 1, percent = 5 }, { min_points = 9, percent = 9 }]", "offer::unreachable-tier"),
        ("percent = 5\ncode = 'X'\ncodes = 'codes.csv'", "offer::two-codes"),
    ] {
        assert_eq!(shop(&first(lines), &[]).mistakes(), [code], "{lines}");
    }
}
