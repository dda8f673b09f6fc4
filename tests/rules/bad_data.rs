//! Data that is odd, extreme or not there: a mail or a reason, never a panic.

use serde_json::json;

use super::shop::Shop;

const SLOTS: &str = "[slots.picks]\nfill = 'products'\ncount = 4\nprice_band = true\nmax_per_category = 2\nexploration = 0.3\nmin_novel = 1\ndiversity = 0.3\nstrategies = { usual = 1.0, also_bought = 1.0, similar = 1.0, popular_in_category = 1.0, recently_viewed = 1.0, new_in = 1.0, popular_recent = 0.1 }\n";

#[test]
fn nobody_and_nothing_make_an_empty_plan() {
    assert_eq!(Shop::new().plan("newsletter").totals().contacts, 0);
    let plan = Shop::new().contact("ana").newsletter("", SLOTS).plan("newsletter");
    assert_eq!(plan.products("ana"), Vec::<String>::new(), "no catalogue, no pick");
}

#[test]
fn extremes_of_time_and_money_are_only_numbers() {
    let mut shop = Shop::new()
        .contact_with("ana", json!({ "birthday": "0001-01-01", "created_at": "0001-01-02", "lat": "90", "lon": "-180" }))
        .product_with("free", "", "0", json!({ "category": null, "published_at": "2026-05-01" }))
        .product_with("dear", "Rayon > ", "90000000000000000", json!({ "available_until": "9999-12-31" }))
        .product_with("gone", "Rayon", "1", json!({ "available_until": "0001-06-01" }))
        .newsletter("", SLOTS)
        .event("ana", "view", "2 days", json!({ "at": "0001-01-01T00:00:00Z", "product_id": "free" }))
        .event("ana", "cart_add", "1 day", json!({ "product_id": "dear", "quantity": i64::MAX }))
        .card("ana", "k", "9999-12-31");
    for status in ["placed", "returned", "placed"] {
        for price in ["90000000000000000", "0"] {
            let row = json!({ "order_id": price, "contact_id": "ana", "at": "9998-01-01", "product_id": "free", "quantity": i64::MAX, "unit_price": price, "status": status, "margin": "-90000000000000000" });
            shop = shop.row("orders", row.clone());
            let mut earlier = row;
            earlier["at"] = json!("1000-01-01T00:00:00Z");
            shop = shop.row("orders", earlier);
        }
    }
    let plan = shop.plan("newsletter");
    let products = plan.products("ana");
    assert!(!products.contains(&"gone".to_owned()) && products.contains(&"free".to_owned()), "{products:?}");
    assert_eq!(plan.profile("ana").orders.n, 2, "orders of the year 9998 do not exist yet");
    plan.explain("ana");
}

#[test]
fn fifty_thousand_orders_of_one_person_are_read_in_one_pass() {
    let mut shop = Shop::new().contact("ana").product("P", "A", "10").newsletter("", SLOTS);
    let at = |n: i64| shop.now.minus(relance::clock::Span::hours(n % 20_000)).to_string();
    let rows = (0..50_000)
        .map(|n| json!({ "order_id": n, "contact_id": "ana", "at": at(n), "product_id": "P", "quantity": 1, "unit_price": "1" }))
        .collect();
    shop.rows.insert("orders", rows);
    let plan = shop.plan("newsletter");
    let orders = &plan.profile("ana").orders;
    assert_eq!((orders.n, orders.spent, orders.recent.len()), (50_000, 5_000_000, 64));
}
