//! Who did it, and what is known of them.

use serde_json::json;

use super::shop::Shop;

#[test]
fn two_cookies_and_one_login_are_one_person_3_1() {
    let seen = |visitor: &str, product: &str| json!({ "visitor_id": visitor, "contact_id": null, "product_id": product });
    let plan = Shop::new()
        .contact("ana")
        .contact("bob")
        .product("P-1", "A", "10")
        .product("P-2", "B", "10")
        .row("identities", json!({ "visitor_id": "v1", "contact_id": "ana" }))
        .row("identities", json!({ "visitor_id": "v2", "contact_id": "ana" }))
        .row("identities", json!({ "visitor_id": "shared", "contact_id": "ana" }))
        .row("identities", json!({ "visitor_id": "shared", "contact_id": "bob" }))
        .event("ana", "view", "1 day", json!({ "product_id": "P-1" }))
        .event("ana", "view", "2 days", seen("v1", "P-1"))
        .event("ana", "view", "3 days", seen("v2", "P-2"))
        .event("ana", "view", "4 days", seen("shared", "P-2"))
        .plan("newsletter");
    assert_eq!(plan.profile("ana").activity.n_events, 3);
    assert_eq!(plan.profile("bob").activity.n_events, 0, "what may be another's is nobody's");
    assert_eq!(plan.report.events.ambiguous, 1);
}

#[test]
fn one_act_is_not_a_taste_3_2() {
    let shop = Shop::new()
        .contact("once")
        .contact("twice")
        .product("P", "Thé", "10")
        .block("hero-general", "hero", "level = 'general'")
        .block("hero-tea", "hero", "level = 'few'\nall = [\"affinity('the') > 0\"]")
        .newsletter("", "[slots.hero]\nfill = 'block'\n")
        .viewed("once", "P", "1 day")
        .viewed("twice", "P", "1 day")
        .viewed("twice", "P", "2 days");
    let plan = shop.plan("newsletter");
    assert_eq!([plan.block("once", "hero"), plan.block("twice", "hero")], ["hero-general", "hero-tea"]);
}

#[test]
fn a_category_named_twice_in_a_path_is_one_and_the_brand_is_none() {
    let plan = Shop::new().contact("ana").product_with("P", "Maison > maison", "10", json!({ "brand": "Heron" })).plan("newsletter");
    let product = &plan.snapshot.catalogue.products[0];
    let leaf = product.leaf_category().map(|leaf| plan.snapshot.catalogue.topics[leaf.at()].slug.as_str());
    assert_eq!(leaf, Some("maison"));
}

#[test]
fn custom_events_are_counted_within_their_time() {
    let shop = Shop::new()
        .contact("ana")
        .segment("critics", "count_event('review', '30 days') >= 3")
        .newsletter("", "[audience]\ninclude = ['critics']\n");
    let review = |shop: Shop, ago: &str| shop.event("ana", "review", ago, json!({}));
    let two = ["200 days", "100 days", "2 days", "1 day"].iter().fold(shop, |shop, ago| review(shop, ago));
    assert!(two.plan("newsletter").reason("ana").is_some(), "two of four are old");
    assert_eq!(review(two, "3 days").plan("newsletter").reason("ana"), None);
}
