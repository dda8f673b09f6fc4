//! What a mail claims is true: counts of orders, few pieces, ends.

use std::process::Command;

use relance::clock::{Span, Timestamp};
use serde_json::{Value, json};

use super::shop::Shop;

const SLOT: &str = "[slots.picks]\nfill = 'products'\ncount = 4\nsocial_proof = { window = '7d', min = 3 }\nlow_stock = 5\nstrategies = { popular_recent = 1.0 }\n";
const HERO: &str = "[slots.hero]\nfill = 'block'\n";

/// One product with orders of this week and of before; the second is ordered too rarely to speak of.
fn sold() -> Shop {
    let mut shop = Shop::new().contact("ana").newsletter("", SLOT).product("A", "X", "10").product("B", "X", "10");
    for ago in ["1 hour", "2 days", "6 days 23 hours", "7 days 1 hour", "20 days"] {
        shop = shop.order("crowd", "A", ago);
    }
    shop.order("crowd", "B", "1 day").order("guest", "B", "8 days").order("crowd", "B", "9 days")
}

fn item(shop: &Shop, id: &str) -> Value {
    let draft = shop.plan("newsletter").draft("ana");
    let items = draft.context["slots"]["picks"]["items"].as_array().expect("items").clone();
    items.into_iter().find(|item| item["id"] == id).expect("the item")
}

#[test]
fn a_count_is_that_of_the_orders_of_the_window_and_hides_under_its_minimum_0_22() {
    assert_eq!(item(&sold(), "A")["social_proof"], json!({ "n": 3, "days": 7 }));
    assert_eq!(item(&sold(), "B")["social_proof"], Value::Null);
    let shop = sold();
    let brute = |id: &str, now: Timestamp| {
        let within = |row: &&Value| {
            let at = Timestamp::parse(row["at"].as_str().expect("an instant"), chrono_tz::UTC).expect("an instant");
            row["product_id"] == id && at > now.minus(Span::days(7)) && at <= now
        };
        shop.rows["orders"].iter().filter(within).count()
    };
    assert_eq!((brute("A", shop.now), brute("B", shop.now)), (3, 1));
}

#[test]
fn an_order_counts_once_and_a_returned_one_does_not_0_22() {
    let twice = json!({ "order_id": "O-0", "contact_id": "crowd", "at": sold().ago("1 hour").to_string(), "product_id": "A", "quantity": 9, "unit_price": "10" });
    let returned = json!({ "order_id": "R", "contact_id": "crowd", "at": sold().ago("1 hour").to_string(), "product_id": "A", "quantity": 9, "unit_price": "10", "status": "returned" });
    assert_eq!(item(&sold().row("orders", twice).row("orders", returned), "A")["social_proof"]["n"], 3);
}

#[test]
fn a_snapshot_of_the_morning_counts_for_the_evening_0_22() {
    let shop = sold();
    let plan = shop.plan("newsletter");
    let a = plan.snapshot.catalogue.find("A").expect("a product");
    let week = Span::days(7);
    assert_eq!(plan.snapshot.models.sold.orders(a, shop.now, week), 3);
    let evening = shop.now.plus(Span::hours(10));
    let mut later = shop.clone();
    later.now = evening;
    let built_later = later.plan("newsletter").snapshot.models.sold.orders(a, evening, week);
    assert_eq!((plan.snapshot.models.sold.orders(a, evening, week), built_later), (2, 2), "one order left the window meanwhile");
}

#[test]
fn few_pieces_are_said_only_when_they_are_counted_and_few_0_23() {
    let left = |stock: Value| item(&sold().product_with("C", "X", "1", json!({ "stock": stock })).order("crowd", "C", "1 day"), "C");
    assert_eq!((left(json!(3))["low_stock"].clone(), left(json!(3))["stock"].clone()), (json!(3), json!(3)));
    assert_eq!(left(json!(6))["low_stock"], Value::Null);
    assert_eq!(left(json!(null))["low_stock"], Value::Null, "a stock that nobody counts is never low");
}

fn hero(front: &str) -> Shop {
    sold().newsletter("", HERO).block("general", "hero", "level = 'general'").block(
        "claim",
        "hero",
        &format!("level = 'general'\npriority = 1\n{front}"),
    )
}

#[test]
fn a_block_counts_the_orders_of_its_product_or_is_not_shown_0_22() {
    let block = |product: &str, min: u32| {
        let front = format!("claims = ['social_proof']\nproduct = '{product}'\nsocial_proof = {{ window = '7d', min = {min} }}");
        hero(&front).plan("newsletter")
    };
    assert_eq!(block("A", 3).block("ana", "hero"), "claim");
    let hero_of = block("A", 3).draft("ana").context["slots"]["hero"].clone();
    assert_eq!((hero_of["product"]["id"].clone(), hero_of["product"]["social_proof"]["n"].clone()), (json!("A"), json!(3)));
    assert_eq!(block("A", 4).block("ana", "hero"), "general");
    assert_eq!(block("nothing", 1).block("ana", "hero"), "general");
    let explained = serde_json::to_value(block("A", 4).explain("ana").composition).expect("json");
    let why = explained["slots"]["hero"]["passed_over"][0][1].as_str().expect("a reason");
    assert_eq!(why, "product A has 3 orders in 7 d, fewer than 4");
}

#[test]
fn a_block_of_urgency_needs_few_pieces_or_an_end_of_sale_0_23() {
    let block = |front: &str, more: Value| {
        let front = format!("claims = ['urgency']\nproduct = 'U'\n{front}");
        hero(&front).product_with("U", "X", "5", more).plan("newsletter").block("ana", "hero")
    };
    let stock = "ends = 'stock'\nlow_stock = 4";
    assert_eq!(block(stock, json!({ "stock": 4 })), "claim");
    assert_eq!(block(stock, json!({ "stock": 5 })), "general");
    assert_eq!(block(stock, json!({ "stock": 0 })), "general");
    assert_eq!(block(stock, json!({})), "general");
    assert_eq!(block("ends = 'date'", json!({ "available_until": "2026-05-22" })), "claim");
    assert_eq!(block("ends = 'date'", json!({ "available_until": "2026-05-19" })), "general");
    assert_eq!(block("ends = 'date'", json!({})), "general");
}

#[test]
fn a_claim_with_nothing_behind_it_does_not_load_0_23() {
    let wrong = |front: &str| hero(front).mistakes();
    assert_eq!(wrong("claims = ['urgency']"), ["block::urgency-without-end"]);
    assert_eq!(wrong("ends = 'offer'"), ["block::unclaimed-urgency"]);
    assert_eq!(wrong("claims = ['urgency']\nends = 'date'"), ["block::no-product"]);
    assert_eq!(wrong("claims = ['urgency']\nends = 'stock'\nproduct = 'A'"), ["block::low-stock"]);
    assert_eq!(wrong("claims = ['social_proof']\nproduct = 'A'"), ["block::social-proof-without-count"]);
    assert_eq!(wrong("product = 'A'\nsocial_proof = { window = '36h', min = 2 }"), ["slot::bad-social-proof"]);
    assert_eq!(wrong("claims = ['urgency']\nends = 'offer'"), Vec::<String>::new());
    let only = sold().newsletter("", HERO).block("general", "hero", "level = 'general'\nproduct = 'A'");
    assert_eq!(only.mistakes(), ["campaign::no-general-block"], "a product may be sold out");
}

/// A cart whose second mail carries an offer that ends on a day, and a block that says so.
fn offered(until: &str) -> Shop {
    let steps = "[[steps]]\nname = 'nudge'\nafter = '4h'\noffer = 'five'\n[slots.cart]\nfill = 'cart'\ncount = 2\n";
    Shop::new()
        .contact("ana")
        .product("A", "X", "10")
        .triggered("cart", "abandoned_cart", "late = '48h'", &format!("{steps}{HERO}"))
        .text("offers.toml", &format!("[offers.five]\ntitle = {{ fr = '5 %' }}\npercent = 5\n{until}\n"))
        .block("general", "hero", "level = 'general'")
        .block("hurry", "hero", "level = 'general'\npriority = 1\nclaims = ['urgency']\nends = 'offer'")
        .carted("ana", "A", "5 hours")
}

#[test]
fn an_ended_offer_shows_nowhere_and_stops_the_mail_that_shows_it_0_23() {
    let running = offered("until = 2026-05-20").plan("cart");
    assert_eq!(running.block("ana", "hero"), "hurry");
    let midnight = Timestamp::parse("2026-05-21T00:00:00+02:00", chrono_tz::UTC).expect("an instant");
    assert_eq!(running.admitted("ana").expires_at(), midnight.minus(Span(1)), "not sent after the last day, though it may be 48 h late");
    let ended = offered("until = 2026-05-19").plan("cart");
    assert_eq!((ended.block("ana", "hero").as_str(), ended.mail("ana").offer), ("general", None));
    let endless = offered("").plan("cart");
    assert_eq!(endless.block("ana", "hero"), "general", "an offer without an end is not urgent");
    assert!(endless.mail("ana").offer.is_some() && endless.admitted("ana").expires_at() > midnight);
}

/// Runs the program on a project and returns the value it prints.
fn printed(folder: &std::path::Path, line: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_relance")).arg("-C").arg(folder).args(line.split(' ')).output().expect("it runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("`{line}`: {error}\n{out}{err}"))
}

#[test]
fn a_row_that_waits_past_its_offer_expires_unsent_0_23() {
    let mail = "<mjml><mj-body><mj-section><mj-column><mj-text>{% if offer %}{{ offer.until }}{% endif %}<a href=\"{{ links.unsubscribe }}\">x</a></mj-text></mj-column></mj-section><mj-slot name=\"hero\" /></mj-body></mjml>";
    let counts = |until: &str| {
        let shop = offered(until).newsletter("", HERO).contact("bob").carted("bob", "A", "5 hours").text("templates/mail.mjml", mail);
        let folder = shop.write();
        let first = printed(folder.path(), "run cart --now 2026-05-20T23:00 --yes --limit 1 --json");
        assert_eq!((first["planned"].clone(), first["sent"].clone()), (json!(2), json!(1)), "{first}");
        let next = printed(folder.path(), "send cart --now 2026-05-21T00:30 --json");
        next["sent"].clone()
    };
    assert_eq!(counts("until = 2026-05-21"), 1, "the offer still runs, and the mail is not yet 48 h late");
    assert_eq!(counts("until = 2026-05-20"), 0, "the offer ended at midnight");
}

#[test]
fn a_mail_is_not_sent_once_something_it_shows_is_no_longer_sold_0_23() {
    let shop = sold().product_with("Z", "X", "1", json!({ "available_until": "2026-05-20T12:00:00+02:00" })).order("crowd", "Z", "1 hour");
    let admission = shop.plan("newsletter").admitted("ana");
    assert_eq!(admission.expires_at(), shop.now.plus(Span::hours(2)));
    assert!(admission.occasion.expires_at > admission.expires_at());
    assert_eq!(item(&shop, "Z")["available_until"], "2026-05-20");
}
