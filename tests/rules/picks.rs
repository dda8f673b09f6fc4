//! Product picks.

use relance::project::campaign::Strategy;
use serde_json::json;

use super::shop::Shop;

fn slot(lines: &str) -> String {
    format!("[slots.picks]\nfill = 'products'\n{lines}\n")
}

/// `n` products of one category each, all popular, the first most.
fn popular(n: usize) -> Shop {
    let mut shop = Shop::new().contact("crowd");
    for number in 0..n {
        shop = shop.product(&format!("P-{number:02}"), &format!("Rayon {number}"), "10");
        for order in 0..(n - number).min(5) {
            shop = shop.order("crowd", &format!("P-{number:02}"), &format!("{} hours", order + number + 1));
        }
    }
    shop
}

#[test]
fn a_low_band_sees_items_of_its_band_at_the_price_of_all_0_20() {
    let mut shop = Shop::new()
        .contact("low")
        .contact("high")
        .newsletter("", &slot("count = 8\nprice_band = true\nstrategies = { popular_recent = 1.0 }"));
    for (id, price) in [("A", "5"), ("B", "6"), ("C", "80"), ("D", "90")] {
        shop = shop.product(id, "X", price).basket("crowd", &[id], "2 days", price);
    }
    for days in ["100 days", "110 days", "120 days"] {
        shop = shop.basket("low", &["A"], days, "5").basket("low", &["B"], days, "6").basket("high", &["C"], days, "80").basket(
            "high",
            &["D"],
            days,
            "90",
        );
    }
    let plan = shop.plan("newsletter");
    assert_eq!(plan.products("low"), ["A", "B"]);
    assert_eq!(plan.products("high"), ["C", "D"]);
    assert!(plan.mail("low").because.contains("orders"), "the band comes from their orders");
}

#[test]
fn a_denied_product_never_appears_and_an_allow_list_is_all_there_is_0_21() {
    let shop = popular(8);
    let denied = shop
        .clone()
        .newsletter("", &slot("count = 6\ndeny = ['P-00']\nexploration = 0.5\nstrategies = { popular_recent = 1.0 }"))
        .plan("newsletter");
    assert!(!denied.products("crowd").contains(&"P-00".to_owned()));
    let allowed =
        shop.newsletter("", &slot("count = 6\nallow = ['P-03', 'P-05']\nstrategies = { popular_recent = 1.0 }")).plan("newsletter");
    assert_eq!(allowed.products("crowd"), ["P-03", "P-05"]);
}

#[test]
fn a_product_pinned_twice_is_shown_once() {
    let plan =
        popular(4).newsletter("", &slot("count = 3\npinned = ['P-03', 'P-03']\nstrategies = { popular_recent = 1.0 }")).plan("newsletter");
    assert_eq!(plan.products("crowd"), ["P-03", "P-00", "P-01"]);
}

#[test]
fn the_usual_comes_when_its_rhythm_says_3_3() {
    let shop = Shop::new()
        .contact("ana")
        .product("coffee", "Café", "9")
        .newsletter("", &slot("count = 2\nnot_bought_within = '60d'\nstrategies = { usual = 1.0 }"));
    let at_day = |day: u64| {
        let ages = [day, day + 30, day + 60, day + 90];
        ages.iter().fold(shop.clone(), |shop, days| shop.order("ana", "coffee", &format!("{days} days"))).plan("newsletter").products("ana")
    };
    for day in 27..=33 {
        assert_eq!(at_day(day), ["coffee"], "D+{day}");
    }
    assert!(at_day(5).is_empty() && at_day(20).is_empty());
}

#[test]
fn a_new_item_comes_by_content_and_a_new_person_gets_popular_and_diverse_2_15() {
    let mut shop = Shop::new()
        .contact("ana")
        .contact("new")
        .product_with("tea-a", "Thé", "10", json!({ "brand": "Heron" }))
        .product_with("tea-new", "Thé", "11", json!({ "brand": "Heron", "published_at": "2026-05-19" }))
        .newsletter("", &slot("count = 4\nnot_bought_within = '90d'\nmax_per_category = 1\ndiversity = 0.3\nstrategies = { also_bought = 1.0, similar = 1.0, popular_recent = 0.1 }"));
    for n in 0..4 {
        shop = shop.product(&format!("cup-{n}"), if n < 2 { "Tasses" } else { "Bols" }, "10").basket(
            "crowd",
            &["tea-a", &format!("cup-{n}")],
            &format!("{} days", n + 1),
            "10",
        );
    }
    let plan = shop.order("ana", "tea-a", "10 days").plan("newsletter");
    let found = plan.picks("ana").into_iter().find(|pick| pick.product.as_str() == "tea-new").expect("the new item");
    assert_eq!(found.strategy, Strategy::Similar, "nobody has bought it yet");
    let picks = plan.picks("new");
    assert!(picks.len() == 3 && picks.iter().all(|pick| pick.strategy == Strategy::PopularRecent), "{picks:?}");
}

#[test]
fn the_label_is_that_of_the_strategy_that_found_it_2_21() {
    let lines = "count = 4\nstrategies = { also_bought = 1.0, similar = 0.5, popular_recent = 0.2, recently_viewed = 0.4 }";
    let plan = popular(6).contact("new").newsletter("", &slot(lines)).viewed("ana", "P-00", "1 day").plan("newsletter");
    let draft = plan.draft("new");
    let items = draft.context["slots"]["picks"]["items"].as_array().expect("items");
    assert!(!items.is_empty() && items.iter().all(|item| item["label"] == "popular_recent"), "{items:?}");
}

#[test]
fn just_viewed_products_are_a_limited_share_of_what_is_shown_4_10() {
    let mut shop = popular(3)
        .contact("ana")
        .newsletter("", &slot("count = 8\nmax_viewed_share = 0.25\nstrategies = { recently_viewed = 1.0, popular_recent = 0.1 }"));
    for n in 3..12 {
        shop = shop.product(&format!("V-{n}"), "Vus", "10").viewed("ana", &format!("V-{n}"), "1 day");
    }
    let picks = shop.plan("newsletter").picks("ana");
    let n_viewed = picks.iter().filter(|pick| pick.product.as_str().starts_with("V-")).count();
    assert!(n_viewed * 4 <= picks.len() && n_viewed == 1, "{n_viewed} of {}", picks.len());
}

#[test]
fn a_category_that_fills_the_head_of_the_list_does_not_starve_the_slot() {
    let mut shop = Shop::new()
        .contact("ana")
        .contact("crowd")
        .newsletter("", &slot("count = 4\nmin = 4\nmax_per_category = 1\nstrategies = { popular_recent = 1.0 }"));
    for n in 0..60 {
        let id = format!("P-{n:02}");
        shop = shop.product(&id, if n < 55 { "Mugs" } else { ["Sacs", "Thé", "Bols"][n % 3] }, "10");
        for order in 0..=u64::from(n < 55) {
            shop = shop.order("crowd", &id, &format!("{} hours", 1 + order));
        }
    }
    let plan = shop.plan("newsletter");
    assert_eq!(plan.reason("ana"), None);
    assert_eq!(plan.products("ana").len(), 4);
}

#[test]
fn every_mail_with_stock_has_something_new_to_its_reader_2_33() {
    let mut shop = popular(4)
        .contact("ana")
        .newsletter("", &slot("count = 4\nmin_novel = 1\nstrategies = { recently_viewed = 1.0, similar = 1.0, popular_recent = 0.01 }"));
    for n in 0..6 {
        shop = shop.product(&format!("V-{n}"), "Vus", "10").viewed("ana", &format!("V-{n}"), "1 day");
    }
    let products = shop.plan("newsletter").products("ana");
    assert!(products.iter().any(|id| id.starts_with("P-")), "{products:?}");
}

#[test]
fn exploration_keeps_the_limits_and_replays_4_14() {
    let mut shop = popular(30).contact("ana").newsletter("", &slot("count = 4\nexploration = 0.5\nmax_per_category = 1\nmax_viewed_share = 0.0\nallow = []\nstrategies = { also_bought = 1.0, new_in = 0.1 }"));
    for n in 0..20 {
        shop = shop.viewed("ana", &format!("P-{n:02}"), "1 day");
    }
    let (first, again) = (shop.plan("newsletter"), shop.plan("newsletter"));
    let explored = first.products("ana");
    assert_eq!(explored.len(), 2, "{explored:?}");
    assert!(explored.iter().all(|id| id.as_str() >= "P-20"), "what was looked at is no discovery: {explored:?}");
    assert_eq!(explored, again.products("ana"));
}

#[test]
fn each_slot_of_a_mail_has_a_lot_of_its_own_4_14() {
    let mut shop = popular(30);
    for n in 0..40 {
        shop = shop.contact(&format!("c{n:02}"));
    }
    let lines =
        |name: &str| format!("[slots.{name}]\nfill = 'products'\ncount = 1\nexploration = 0.5\nstrategies = {{ also_bought = 1.0 }}\n");
    let plan = shop.newsletter("", &format!("{}{}", lines("first"), lines("second"))).plan("newsletter");
    let n_drawn: Vec<usize> = (0..40).map(|n| plan.products(&format!("c{n:02}")).len()).collect();
    assert!([0, 1, 2].iter().all(|n| n_drawn.contains(n)), "both, one and none are drawn: {n_drawn:?}");
}

#[test]
fn diversity_makes_the_picks_less_alike_4_14() {
    let mut shop = Shop::new().contact("ana").contact("crowd");
    for n in 0..12 {
        let id = format!("P-{n:02}");
        shop = shop.product_with(
            &id,
            if n < 6 { "Maison > Mugs" } else { ["Sacs", "Thé", "Jardin"][n % 3] },
            "10",
            json!({ "brand": if n < 6 { "A" } else { "B" } }),
        );
        for order in 0..(14 - n) {
            shop = shop.order("crowd", &id, &format!("{} hours", order + 1));
        }
    }
    let alike = |diversity: &str| {
        let plan = shop
            .clone()
            .newsletter("", &slot(&format!("count = 4\ndiversity = {diversity}\nstrategies = {{ popular_recent = 1.0 }}")))
            .plan("newsletter");
        let picks = plan.picks("ana");
        let topics = |at: usize| plan.snapshot.catalogue.product(picks[at].ix).topics.clone();
        let pairs = (0..4).flat_map(|a| (0..a).map(move |b| (a, b)));
        pairs.map(|(a, b)| topics(a).iter().filter(|topic| topics(b).contains(topic)).count()).sum::<usize>()
    };
    assert!(alike("0.6") < alike("0.0"), "{} {}", alike("0.6"), alike("0.0"));
}

#[test]
fn alike_products_are_drawn_apart_unless_the_slot_says_otherwise_4_14() {
    let mut shop = Shop::new().contact("ana").contact("crowd");
    // Two mugs sell a little more than what is different.
    for (n, category) in ["Mugs", "Mugs", "Jardin"].into_iter().enumerate() {
        let id = format!("P-{n}");
        shop = shop.product(&id, category, "10");
        for order in 0..(12 - n) {
            shop = shop.order("crowd", &id, &format!("{} hours", order + 1));
        }
    }
    let picks = |diversity: &str| {
        let lines = slot(&format!("count = 2\n{diversity}strategies = {{ popular_recent = 1.0 }}"));
        shop.clone().newsletter("", &lines).plan("newsletter").products("ana")
    };
    assert_eq!(picks("diversity = 0.0\n"), ["P-0", "P-1"]);
    assert_eq!(picks(""), ["P-0", "P-2"]);
}

#[test]
fn what_is_explored_carries_its_probability_into_the_mail_and_the_ledger_4_14() {
    let mut shop = popular(20);
    for n in 0..40 {
        shop = shop.contact(&format!("c{n:02}"));
    }
    let lines = "count = 4\nmax_per_category = 1\nexploration = 0.375\npinned = ['P-00', 'P-01']";
    let (mut n_explored, mut weighed) = (0, 0.0);
    let plan = shop.newsletter("", &slot(lines)).plan("newsletter");
    for n in 0..40 {
        let id = format!("c{n:02}");
        let picks = plan.picks(&id);
        assert!(picks[..2].iter().all(|pick| pick.propensity.is_none()), "what is pinned is not drawn: {picks:?}");
        let kept: Vec<(String, f64)> = plan.draft(&id).explored.into_iter().map(|it| (it.product.to_string(), it.propensity)).collect();
        let drawn: Vec<(String, f64)> = picks[2..].iter().map(|pick| (pick.product.to_string(), pick.propensity.expect("drawn"))).collect();
        assert_eq!(kept, drawn);
        n_explored += drawn.len();
        weighed += drawn.iter().map(|(_, propensity)| 1.0 / propensity).sum::<f64>();
    }
    // One place and a half for 18 products: each has one chance in twelve.
    assert!((50..=70).contains(&n_explored), "half of the people have two: {n_explored}");
    let products = weighed / 40.0;
    assert!((products - 18.0).abs() < 2.0, "weighed by their inverse, the draws count all that could be drawn: {products}");
}

/// Twenty products that sell, ninety that nobody ever bought, and ten that are sold out.
#[test]
fn a_lot_reaches_what_nobody_ever_bought_with_its_probability_4_14() {
    let mut shop = popular(20);
    for n in 0..100 {
        let stock = if n % 10 == 0 { json!(0) } else { json!(3) };
        shop = shop.product_with(&format!("N-{n:02}"), &format!("Allée {}", n % 15), "10", json!({ "stock": stock }));
    }
    for n in 0..150 {
        shop = shop.contact(&format!("c{n:03}"));
    }
    let plan =
        shop.newsletter("", &slot("count = 4\nmax_per_category = 2\nexploration = 1.0\nstrategies = { trigger = 1.0 }")).plan("newsletter");
    let (mut weighed, mut shown) = ([0.0, 0.0], std::collections::BTreeSet::new());
    let mut n_new = 0;
    for n in 0..150 {
        let picks = plan.picks(&format!("c{n:03}"));
        assert_eq!(picks.len(), 4, "{picks:?}");
        for pick in picks {
            let id = pick.product.to_string();
            let is_new = id.starts_with("N-");
            assert!(!is_new || !id.ends_with('0'), "{id} is sold out");
            weighed[usize::from(is_new)] += 1.0 / pick.propensity.expect("drawn") / 150.0;
            n_new += usize::from(is_new);
            shown.insert(id);
        }
    }
    // One place in four, on average.
    assert!((120..=180).contains(&n_new), "{n_new} of 600");
    assert!((weighed[0] - 20.0).abs() < 1.5 && (weighed[1] - 90.0).abs() < 15.0, "weighed by their inverse, all are counted: {weighed:?}");
    assert!(shown.len() > 85, "in 600 places {} products are seen", shown.len());
}

#[test]
fn a_plan_says_how_varied_its_picks_are_4_14() {
    let mut shop = Shop::new();
    for n in 0..24 {
        let id = format!("P-{n:02}");
        shop = shop.product(&id, if n < 8 { "Maison > Mugs" } else { ["Sacs", "Thé", "Jardin", "Bain"][n % 4] }, "10");
        for order in 0..=(24 - n) {
            shop = shop.order("crowd", &id, &format!("{} hours", order + 1));
        }
    }
    for n in 0..12 {
        shop = shop.contact(&format!("c{n:02}"));
    }
    let variety = |lines: &str| {
        let lines = slot(&format!("count = 4\n{lines}"));
        let plan = shop.clone().product_with("gone", "X", "1", json!({ "stock": 0 })).newsletter("", &lines).plan("newsletter");
        let totals = plan.totals();
        assert_eq!(totals.for_sale, 24, "what is sold out is not for sale");
        assert_eq!(plan.totals(), totals, "the same draws again");
        let variety = &totals.variety["picks"];
        (variety.likeness().expect("several picks"), variety.coverage(totals.for_sale).expect("products"), variety.products)
    };
    let (plain, diverse, explored) = (
        variety("diversity = 0.0\nstrategies = { popular_recent = 1.0 }"),
        variety("diversity = 0.6\nstrategies = { popular_recent = 1.0 }"),
        variety("pinned = ['P-00', 'P-01']\nexploration = 0.5"),
    );
    assert_eq!((plain.2, plain.1), (4, 4.0 / 24.0), "everybody gets the same four");
    assert!((plain.0 - 1.0).abs() < 1e-9, "all of one category: {}", plain.0);
    assert!(diverse.0 < plain.0, "likeness falls: {} {}", diverse.0, plain.0);
    assert!(explored.1 > plain.1, "coverage rises: {} {}", explored.1, plain.1);
}

#[test]
fn also_bought_is_what_is_bought_together_0_25() {
    let mut shop =
        Shop::new().contact("ana").newsletter("", &slot("count = 1\nnot_bought_within = '90d'\nstrategies = { also_bought = 1.0 }"));
    for id in ["bread", "butter", "nail"] {
        shop = shop.product(id, "X", "10");
    }
    for days in 1..6 {
        shop = shop.basket("crowd", &["bread", "butter"], &format!("{days} days"), "10").basket(
            "crowd",
            &["nail"],
            &format!("{days} days"),
            "10",
        );
    }
    let picks = shop.order("ana", "bread", "20 days").plan("newsletter").picks("ana");
    assert_eq!(picks[0].product.as_str(), "butter");
    assert_eq!(picks[0].because, "bought together with bread");
}

#[test]
fn titles_follow_the_language_of_the_mail() {
    let shop = popular(2).newsletter("", &slot("count = 1\nstrategies = { popular_recent = 1.0 }"));
    let shop =
        shop.row("products", json!({ "id": "P-zz", "title": "Mug", "title_fr": "Tasse", "price": "1", "url": "https://shop.example/z" }));
    let shop = (0..9)
        .fold(shop, |shop, n| shop.order("crowd", "P-zz", &format!("{} minutes", n + 1)))
        .contact_with("ana", json!({ "locale": "" }));
    assert_eq!(shop.plan("newsletter").draft("ana").context["slots"]["picks"]["items"][0]["title"], "Tasse");
}

#[test]
fn who_paid_the_same_each_time_still_sees_a_band() {
    let mut shop = popular(3).product("near", "a", "13.00").product("far", "a", "90.00").basket("other", &["near", "far"], "1 day", "1.00");
    for n in 0..3 {
        shop = shop.basket("ana", &["P-00"], &format!("{} days", 10 + n), "12.00");
    }
    let plan =
        shop.contact("ana").newsletter("", &slot("count = 8\nprice_band = true\nstrategies = { popular_recent = 1.0 }")).plan("newsletter");
    let shown = plan.products("ana");
    assert!(shown.contains(&"near".to_owned()) && !shown.contains(&"far".to_owned()), "{shown:?}");
}

#[test]
fn what_is_new_says_whether_it_follows_what_the_person_likes_2_37() {
    let new = |id: &str, category: &str| (id.to_owned(), category.to_owned());
    let mut shop = Shop::new().contact("ana").contact("bob").product("old", "tea", "5");
    for (id, category) in [new("t", "tea"), new("c", "coffee")] {
        shop = shop.product_with(&id, &category, "5", json!({ "published_at": "2026-05-10" }));
    }
    for n in 0..6 {
        shop = shop.viewed("ana", "old", &format!("{} hours", 20 + n));
    }
    let plan = shop.newsletter("", &slot("count = 2\nstrategies = { new_in = 1.0 }")).plan("newsletter");
    let [ana, bob] = ["ana", "bob"].map(|who| plan.mail(who).because);
    assert_eq!(plan.products("ana")[0], "t", "what she likes comes first");
    assert!(ana.contains("views") && bob.is_empty(), "{ana:?} {bob:?}");
}
