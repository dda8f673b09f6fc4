//! Up-sell and complement: products that others lead to.

use relance::project::campaign::Strategy;
use serde_json::json;

use super::shop::Shop;

fn slot(lines: &str) -> String {
    format!("[slots.picks]\nfill = 'products'\ncount = 6\n{lines}\n")
}

/// Tea pots from cheap to dear.
fn pots() -> Shop {
    let pots = [("P-10", "10"), ("P-12", "12"), ("P-15", "15"), ("P-16", "16"), ("P-08", "8")];
    pots.iter().fold(Shop::new().contact("ana"), |shop, (id, price)| shop.product_with(id, "Théières", price, json!({ "brand": "Heron" })))
}

#[test]
fn an_up_sell_costs_more_and_not_too_much_0_24() {
    let up = |ratio: &str| {
        let shop = pots().newsletter("", &slot(&format!("{ratio}strategies = {{ up_sell = 1.0 }}")));
        shop.viewed("ana", "P-10", "1 day").plan("newsletter")
    };
    let plan = up("");
    let mut products = plan.products("ana");
    products.sort();
    assert_eq!(products, ["P-12", "P-15"], "dearer, up to one and a half times");
    let pick = &plan.picks("ana")[0];
    assert_eq!((pick.strategy, pick.because.as_str()), (Strategy::UpSell, "resembles P-10 and costs more"));
    assert_eq!(plan.draft("ana").context["slots"]["picks"]["items"][0]["label"], "up_sell");
    assert_eq!(up("max_price_ratio = 1.2\n").products("ana"), ["P-12"]);
    assert!(plan.mail("ana").because.contains("views"));
    assert_eq!(pots().newsletter("", &slot("max_price_ratio = 1.0\nstrategies = { up_sell = 1.0 }")).mistakes(), ["slot::bad-ratio"]);
}

#[test]
fn something_in_the_cart_or_bought_leads_up_too_0_24() {
    let lines = slot("strategies = { up_sell = 1.0 }");
    assert_eq!(pots().newsletter("", &lines).carted("ana", "P-12", "1 day").plan("newsletter").products("ana").len(), 2);
    assert_eq!(pots().newsletter("", &lines).order("ana", "P-08", "9 days").plan("newsletter").products("ana"), ["P-10", "P-12"]);
}

/// Shoes, and what hikers buy with them.
fn hiking() -> Shop {
    let mut shop = Shop::new()
        .contact("ana")
        .product_with("shoe", "Randonnée > Chaussures", "120", json!({ "title": "Chaussures Alpage" }))
        .product_with("shoe-2", "Randonnée > Chaussures", "130", json!({ "title": "Chaussures Crête" }))
        .product_with("poles", "Randonnée > Bâtons", "40", json!({ "title": "Bâtons télescopiques" }))
        .product_with("socks", "Randonnée > Chaussettes techniques", "15", json!({ "title": "Chaussettes techniques" }))
        .product_with("tent", "Camping > Tentes", "200", json!({ "title": "Tente légère" }));
    for day in 1..5 {
        shop = shop.basket("crowd", &["shoe", "poles", "socks", "shoe-2"], &format!("{day} days"), "10").basket(
            "crowd",
            &["tent"],
            &format!("{day} days"),
            "10",
        );
    }
    shop
}

#[test]
fn hiking_shoes_searched_lead_to_poles_and_socks_2_1() {
    let shop = hiking().newsletter("", &slot("strategies = { complement = 1.0, popular_recent = 0.1 }"));
    let plan = shop.clone().event("ana", "search", "1 day", json!({ "query": "chaussures de randonnée" })).plan("newsletter");
    let mut top = plan.products("ana")[..2].to_vec();
    top.sort();
    assert_eq!(top, ["poles", "socks"]);
    let pick = &plan.picks("ana")[0];
    assert_eq!(pick.strategy, Strategy::Complement);
    assert!(pick.because.starts_with("completes shoe") && pick.because.ends_with(", which their search finds"), "{}", pick.because);
    assert!(plan.mail("ana").because.contains("searches"));
    let viewed = shop.viewed("ana", "shoe", "1 day").plan("newsletter");
    let mut top = viewed.products("ana")[..2].to_vec();
    top.sort();
    assert_eq!(top, ["poles", "socks"]);
    assert!(viewed.picks("ana")[0].because.ends_with("completes shoe") && !viewed.mail("ana").because.contains("searches"));
}

#[test]
fn a_complement_is_of_another_category_unless_allowed_0_24() {
    let complement = |more: &str| {
        let shop = hiking().newsletter("", &slot(&format!("{more}strategies = {{ complement = 1.0 }}")));
        shop.viewed("ana", "shoe", "1 day").plan("newsletter").products("ana")
    };
    assert!(!complement("").contains(&"shoe-2".to_owned()));
    assert!(complement("allow_same_category = true\n").contains(&"shoe-2".to_owned()));
}

#[test]
fn a_search_that_is_old_or_finds_nothing_leads_nowhere_2_1() {
    let products = |query: &str, ago: &str| {
        let shop = hiking().newsletter("", &slot("strategies = { complement = 1.0 }"));
        shop.event("ana", "search", ago, json!({ "query": query })).plan("newsletter").products("ana")
    };
    assert!(products("chaussures", "31 days").is_empty());
    assert!(products("piano à queue", "1 day").is_empty());
    assert!(products("chaussures tentes", "1 day").is_empty(), "no product is both");
    assert_eq!(products("CHAUSSURE", "1 day").len(), 2);
}

#[test]
fn without_consent_nothing_leads_anywhere_2_7() {
    let shop = hiking()
        .newsletter("", &slot("strategies = { complement = 1.0, up_sell = 1.0, popular_recent = 0.1 }"))
        .contact_with("no", json!({ "consent_profiling": "no" }));
    let plan = shop.event("no", "search", "1 day", json!({ "query": "chaussures" })).viewed("no", "shoe", "1 day").plan("newsletter");
    assert!(plan.picks("no").iter().all(|pick| pick.strategy == Strategy::PopularRecent));
}
