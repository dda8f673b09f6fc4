//! The strategy `for_you`: what it proposes, and what it says of it.

use relance::project::campaign::Strategy;
use serde_json::json;

use super::shop::Shop;

fn slot(lines: &str) -> String {
    format!("[slots.picks]\nfill = 'products'\ncount = 2\nstrategies = {{ for_you = 1.0 }}\n{lines}\n")
}

/// Twelve people buy tea, then the pot, again and again the tea; twelve others buy nails and a hammer, which sell more.
fn two_crowds() -> Shop {
    let mut shop = Shop::new();
    for (id, category) in [("tea", "Thé"), ("pot", "Thé"), ("nails", "Outils"), ("hammer", "Outils")] {
        shop = shop.product(id, category, "10");
    }
    for n in 0..12 {
        let (drinker, builder) = (format!("drinker-{n:02}"), format!("builder-{n:02}"));
        shop = shop.contact(&drinker).contact(&builder);
        for days in [3, 33, 63, 93, 123] {
            shop = shop.order(&drinker, "tea", &format!("{} days", days + n % 3));
        }
        shop = shop.order(&drinker, "pot", &format!("{} days", 20 + n));
        for days in [2, 4, 40] {
            shop = shop.basket(&builder, &["nails", "hammer"], &format!("{} days", days + n % 2), "10");
        }
    }
    let who = |id: &str, agrees: &str| (id.to_owned(), json!({ "consent_profiling": agrees }));
    for (id, more) in [who("drinker", "yes"), who("private", "no")] {
        shop = shop.contact_with(&id, more);
        for days in ["35 days", "65 days", "95 days"] {
            shop = shop.order(&id, "tea", days);
        }
    }
    shop
}

#[test]
fn what_is_bought_again_comes_first_with_its_evidence() {
    let plan = two_crowds().newsletter("", &slot("")).plan("newsletter");
    let picks = plan.picks("drinker");
    assert_eq!(picks[0].product.as_str(), "tea");
    assert_eq!(picks[0].strategy, Strategy::ForYou);
    assert!(picks[0].because.contains("bought") && picks[0].because.contains("days ago"), "{}", picks[0].because);
    assert!(plan.mail("drinker").because.contains("orders"));
}

#[test]
fn where_what_was_bought_may_not_come_back_what_goes_with_it_does() {
    let plan = two_crowds().newsletter("", &slot("not_bought_within = '300d'")).plan("newsletter");
    let picks = plan.picks("drinker");
    assert_eq!(picks[0].product.as_str(), "pot");
    assert_eq!((picks[0].strategy, picks[0].because.as_str()), (Strategy::ForYou, "bought by the same people as tea"));
    assert!(picks.iter().all(|pick| pick.product.as_str() != "tea"));
}

#[test]
fn without_consent_to_profiling_it_is_what_is_popular_and_says_so() {
    let plan = two_crowds().newsletter("", &slot("")).plan("newsletter");
    let picks = plan.picks("private");
    assert_eq!(picks.len(), 2);
    for pick in picks {
        assert!(["nails", "hammer"].contains(&pick.product.as_str()), "{}", pick.product);
        assert_eq!((pick.strategy, pick.because.as_str()), (Strategy::PopularRecent, "popular now"));
    }
    assert!(plan.mail("private").because.is_empty());
}

/// Hikers, who buy shoes, then poles and socks; and a crowd that buys lamps, which sell more.
fn hikers() -> Shop {
    let mut shop = Shop::new()
        .product_with("shoe", "Randonnée > Chaussures", "100", json!({ "title": "Chaussures Alpage" }))
        .product_with("boot", "Randonnée > Chaussures", "130", json!({ "title": "Chaussures Crête" }))
        .product_with("pair", "Randonnée > Chaussures", "190", json!({ "title": "Chaussures Sommet" }))
        .product_with("poles", "Randonnée > Bâtons", "40", json!({ "title": "Bâtons télescopiques" }))
        .product_with("socks", "Randonnée > Chaussettes", "15", json!({ "title": "Chaussettes techniques" }))
        .product("lamp", "Maison", "30")
        .product("rug", "Maison", "80");
    for n in 0..12 {
        let (hiker, other) = (format!("hiker-{n:02}"), format!("other-{n:02}"));
        shop = shop.contact(&hiker).contact(&other);
        shop = shop.order(&hiker, ["shoe", "boot"][n % 2], &format!("{} days", 40 + n));
        shop = shop.basket(&hiker, &["poles", "socks"], &format!("{} days", 20 + n), "10");
        for days in [2, 9, 30, 90] {
            shop = shop.basket(&other, &["lamp", "rug"], &format!("{} days", days + n % 3), "10");
        }
    }
    let agrees = |answer: &str| json!({ "consent_profiling": answer });
    shop.contact_with("bea", agrees("yes")).contact_with("no", agrees("no")).contact_with("yes", agrees("yes"))
}

/// A slot with a place for everything.
fn wide(lines: &str) -> String {
    slot(lines).replace("count = 2", "count = 8")
}

fn first_two(plan: &super::shop::Plan, id: &str) -> Vec<String> {
    let mut first = plan.products(id);
    first.truncate(2);
    first.sort();
    first
}

#[test]
fn who_only_looked_at_shoes_gets_what_goes_with_them() {
    let lines = slot("purpose = 'complement'");
    let shop = hikers().newsletter("", &lines).viewed("yes", "shoe", "3 days").viewed("no", "shoe", "3 days");
    let plan = shop.plan("newsletter");
    assert_eq!(first_two(&plan, "yes"), ["poles", "socks"]);
    let pick = &plan.picks("yes")[0];
    assert_eq!((pick.strategy, pick.because.as_str()), (Strategy::ForYou, "goes with shoe"));
    assert!(plan.mail("yes").because.contains("views"));
    assert!(plan.picks("no").iter().all(|pick| pick.strategy == Strategy::PopularRecent), "without consent no look counts");
}

#[test]
fn who_only_searched_for_shoes_gets_what_goes_with_them() {
    let shop = hikers().newsletter("", &slot("purpose = 'complement'"));
    let plan = shop.event("yes", "search", "1 day", json!({ "query": "chaussures" })).plan("newsletter");
    assert_eq!(first_two(&plan, "yes"), ["poles", "socks"]);
    assert!(plan.mail("yes").because.contains("searches"));
}

#[test]
fn an_abandoned_cart_is_the_purpose_of_its_mail() {
    let shop = hikers()
        .triggered("cart", "abandoned_cart", "late = '24h'", &format!("[[steps]]\nname = 'first'\nafter = '4h'\n{}", slot("")))
        .carted("yes", "boot", "5 hours");
    let plan = shop.plan("cart");
    assert_eq!(first_two(&plan, "yes"), ["poles", "socks"]);
    assert_eq!(plan.picks("yes")[0].because, "goes with boot");
}

#[test]
fn an_up_sell_is_of_the_same_category_and_a_little_dearer() {
    let shop = hikers().newsletter("", &slot("purpose = 'up_sell'")).viewed("yes", "shoe", "3 days");
    let plan = shop.plan("newsletter");
    assert_eq!(plan.products("yes"), ["boot"], "not the cheaper one, nor the one at nearly twice the price");
    assert!(plan.picks("bea").is_empty(), "who looked at nothing has nothing to climb from");
}

#[test]
fn what_was_looked_at_may_come_back_but_not_just_after() {
    let products =
        |ago: &str| hikers().newsletter("", &wide("min_delay = '1d'")).viewed("yes", "pair", ago).plan("newsletter").products("yes");
    assert!(products("2 days").contains(&"pair".to_owned()));
    assert!(!products("2 hours").contains(&"pair".to_owned()));
}

#[test]
fn a_product_nobody_ever_bought_is_found_by_what_it_resembles() {
    let shop = hikers().product_with("bâton-neuf", "Randonnée > Bâtons", "42", json!({ "title": "Bâtons télescopiques carbone" }));
    let plan = shop.newsletter("", &wide("not_bought_within = '300d'")).viewed("yes", "poles", "3 days").plan("newsletter");
    let pick = plan.picks("yes").into_iter().find(|pick| pick.product.as_str() == "bâton-neuf");
    assert_eq!(pick.expect("it is proposed").because, "resembles poles");
}

#[test]
fn a_purpose_that_nothing_follows_is_a_mistake() {
    let lines = "[slots.picks]\nfill = 'products'\ncount = 2\nstrategies = { new_in = 1.0 }\npurpose = 'cart'\n";
    assert_eq!(hikers().newsletter("", lines).mistakes(), ["slot::unused-purpose"]);
}
