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
