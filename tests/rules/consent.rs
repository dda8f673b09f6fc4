//! What is not used of people who did not agree to be profiled (2.7).

use relance::audience::Reason;
use serde_json::json;

use super::shop::Shop;

const SLOTS: &str = "[slots.hero]\nfill = 'block'\n[slots.menu]\nfill = 'categories'\ncount = 2\ncategories = ['a', 'b']\n[slots.picks]\nfill = 'products'\ncount = 3\nprice_band = true\nmax_viewed_share = 0.3\nmin_novel = 1\nstrategies = { recently_viewed = 1.0, also_bought = 1.0, popular_recent = 0.1 }\n";

/// Two people who did the same, and one who did nothing; only one agreed.
fn three() -> Shop {
    let mut shop = Shop::new()
        .newsletter("", SLOTS)
        .segment("viewers", "views_count >= 1")
        .block("hero-general", "hero", "level = 'general'")
        .block("hero-cart", "hero", "level = 'general'\npriority = 5\nall = ['cart_open']")
        .block("hero-viewers", "hero", "level = 'general'\npriority = 4\nall = [\"in_segment('viewers')\"]")
        .contact_with("yes", json!({ "consent_profiling": "yes" }))
        .contact_with("no", json!({ "consent_profiling": "no" }))
        .contact_with("blank", json!({ "consent_profiling": "no" }));
    for n in 0..6 {
        shop = shop.product(&format!("P-{n}"), if n % 2 == 0 { "A" } else { "B" }, "10");
    }
    for who in ["yes", "no"] {
        shop = shop.viewed(who, "P-1", "1 day").viewed(who, "P-1", "2 days").viewed(who, "P-3", "1 day").carted(who, "P-1", "3 hours");
        for days in ["50 days", "60 days", "70 days"] {
            shop = shop.basket(who, &["P-1", "P-2", "P-3"], days, "10");
        }
    }
    shop.event("yes", "view", "1 hour", json!({ "category": "B" }))
}

#[test]
fn without_consent_the_mail_is_that_of_somebody_unknown() {
    let plan = three().plan("newsletter");
    assert_eq!(plan.block("yes", "hero"), "hero-cart");
    assert_eq!(plan.block("no", "hero"), "hero-general");
    let (mut no, mut blank) = (plan.draft("no").context, plan.draft("blank").context);
    for context in [&mut no, &mut blank] {
        context["recipient"]["id"] = json!(null);
    }
    assert_eq!(no, blank, "nothing of what they did is in the mail");
    assert!(no["recipient"]["lifecycle"].is_null() && no["links"]["cart"].is_null());
    assert_eq!(no["because"], json!([]));
    assert!(!plan.draft("yes").context["links"]["cart"].is_null());
}

#[test]
fn without_consent_the_cart_is_not_shown() {
    let tables = "[slots.cart]\nfill = 'cart'\ncount = 4\nmin = 0\n";
    let plan = three().newsletter("", &format!("{tables}[slots.hero]\nfill = 'block'\n")).plan("newsletter");
    let n_lines = |id: &str| plan.draft(id).context["slots"]["cart"]["items"].as_array().map(Vec::len);
    assert_eq!((n_lines("yes"), n_lines("no"), n_lines("blank")), (Some(1), Some(0), Some(0)));
}

#[test]
fn because_names_only_data_that_there_is() {
    let plan = three()
        .contact_with("looker", json!({ "consent_profiling": "yes" }))
        .viewed("looker", "P-1", "1 day")
        .viewed("looker", "P-1", "2 days")
        .plan("newsletter");
    assert_eq!(plan.mail("looker").because.into_iter().collect::<Vec<_>>(), ["views"], "they never ordered; the segment is about views");
    assert!(plan.mail("yes").because.contains("cart") && plan.mail("yes").because.contains("orders"));
}

/// A visitor and a buyer who did not agree, and a visitor who did.
fn audience(lines: &str) -> Shop {
    Shop::new()
        .newsletter("", &format!("[audience]\n{lines}\n"))
        .segment("seen", "views_count >= 1")
        .segment("idle", "views_count = 0 OR views_count >= 1")
        .segment("buyers", "orders_count >= 1")
        .segment("through", "in_segment('seen')")
        .contact_with("seen-no", json!({ "consent_profiling": "no" }))
        .contact_with("seen-yes", json!({ "consent_profiling": "yes" }))
        .contact_with("buyer-no", json!({ "consent_profiling": "" }))
        .product("P", "A", "10")
        .viewed("seen-no", "P", "1 day")
        .viewed("seen-yes", "P", "1 day")
        .order("buyer-no", "P", "9 days")
}

fn reasons(lines: &str) -> [Option<Reason>; 3] {
    let plan = audience(lines).plan("newsletter");
    ["seen-no", "seen-yes", "buyer-no"].map(|id| plan.reason(id))
}

#[test]
fn what_a_person_did_decides_no_audience_without_consent_2_7() {
    let out = Some(Reason::NotInAudience);
    assert_eq!(reasons("include = ['seen']"), [out, None, out]);
    assert_eq!(reasons("include = ['through']"), [out, None, out], "through another segment");
    assert_eq!(reasons("include = ['seen', 'buyers']"), [out, None, None], "orders are the company's own records");
    assert_eq!(reasons("exclude = ['idle']"), [None, out, None], "neither in nor out");
    assert_eq!(reasons("all = ['views_count >= 1']"), [out, None, out]);
    assert_eq!(reasons("all = ['orders_count >= 1']"), [out, out, None]);
}

#[test]
fn what_a_person_did_stops_no_planned_mail_without_consent_2_7() {
    let edition = audience("").plan("newsletter").admitted("seen-no").occasion.edition;
    let plan = audience("exclude = ['idle']").plan("newsletter");
    let again = |id: &str| {
        let profile = plan.snapshot.profiles.find_by_id(id).expect("readable profiles").expect("a person");
        plan.with(|planner| planner.not_wanted_any_more(&profile, &edition)).map(|skip| skip.reason)
    };
    assert_eq!(["seen-no", "seen-yes", "buyer-no"].map(again), [None, Some(Reason::NotInAudience), None]);
}

#[test]
fn a_general_audience_lets_everybody_in_whom_behaviour_would_sort_2_7() {
    let out = Some(Reason::NotInAudience);
    assert_eq!(reasons("general = true\ninclude = ['seen']"), [None, None, None]);
    assert_eq!(reasons("general = true\nall = ['views_count >= 9']"), [None, out, None]);
    assert_eq!(reasons("general = true\ninclude = ['buyers']"), [out, out, None], "a segment of orders sorts everybody");
    assert_eq!(reasons("general = true\ninclude = ['seen']\nexclude = ['buyers']"), [None, None, out]);
}

#[test]
fn explain_says_what_is_not_looked_at_2_7() {
    let explanation = audience("include = ['seen']").plan("newsletter").explain("seen-no");
    let line = explanation.checks.iter().find(|check| check.what == "segment seen").expect("a line");
    assert_eq!((line.passed, line.value.as_str()), (false, "not asked: rests on behaviour, without consent to profiling"));
    assert_eq!(explanation.skipped.expect("a skip").detail, "seen (without consent to profiling)");
    let general = audience("general = true\ninclude = ['seen']").plan("newsletter").explain("seen-no");
    assert!(general.checks.iter().any(|check| check.value == "general, without consent to profiling"));
}

#[test]
fn a_shop_that_does_not_ask_about_profiling_is_not_bound_2_7() {
    let plan = Shop::new()
        .newsletter("", "[audience]\ninclude = ['seen']\n")
        .segment("seen", "views_count >= 1")
        .contact("ana")
        .product("P", "A", "10")
        .viewed("ana", "P", "1 day")
        .plan("newsletter");
    assert_eq!(plan.reason("ana"), None);
}
