//! Whom a campaign is for.

use relance::audience::Reason;
use serde_json::json;

use super::shop::Shop;

#[test]
fn the_rule_of_a_new_visitor_from_a_search_selects_the_three_of_ten_0_5() {
    let rule = "first_source = 'google' AND entry_page LIKE '%/product/%' AND visits_count = 1";
    let mut shop = Shop::new().segment("newcomers", rule).newsletter("", "[audience]\ninclude = ['newcomers']\n");
    for n in 0..10 {
        let (source, page) = (if n % 2 == 0 { "google" } else { "newsletter" }, if n < 6 { "/product/tea-pot" } else { "/" });
        let id = format!("c{n}");
        shop =
            shop.contact(&id).event(&id, "view", "2 days ago", json!({ "source": source, "url": format!("https://shop.example{page}") }));
    }
    let plan = shop.plan("newsletter");
    let selected: Vec<String> = (0..10).map(|n| format!("c{n}")).filter(|id| plan.reason(id).is_none()).collect();
    assert_eq!(selected, ["c0", "c2", "c4"]);
}

#[test]
fn the_micro_segment_selects_the_planted_people_and_prints_back_2_10() {
    let rule =
        "gender = 'f' AND age BETWEEN 25 AND 35 AND city = 'Paris' AND affinity('mode-ethique') > 0.3 AND bought_within('bio', '180 days')";
    let woman = json!({ "gender": "f", "birthday": "1995-01-01", "city": "Paris" });
    let shop = Shop::new()
        .segment("planted", rule)
        .newsletter("", "[audience]\ninclude = ['planted']\n")
        .product_with("P-1", "Mode éthique", "40", json!({ "tags": "bio" }))
        .contact_with("planted", woman.clone())
        .contact_with("no-age", json!({ "gender": "f", "city": "Paris" }))
        .contact_with("lyon", json!({ "gender": "f", "birthday": "1995-01-01", "city": "Lyon" }))
        .contact_with("long-ago", woman.clone())
        .contact_with("never", woman);
    let shop = ["planted", "no-age", "lyon"].iter().fold(shop, |shop, id| shop.order(id, "P-1", "20 days").order(id, "P-1", "30 days"));
    let plan = shop.order("long-ago", "P-1", "200 days").order("long-ago", "P-1", "210 days").plan("newsletter");
    assert_eq!(plan.reason("planted"), None);
    for id in ["no-age", "lyon", "long-ago", "never"] {
        assert_eq!(plan.reason(id), Some(Reason::NotInAudience), "{id}");
    }
    let printed = plan.rules.segments.rule("planted").expect("the segment").conditions[0].to_string();
    assert_eq!(relance::condition::compile(&printed, None, &plan.rules.schema).expect("reads back").to_string(), printed);
}

#[test]
fn every_runner_is_in_exactly_one_exclusive_segment_2_13() {
    let exclusive = "[exclusive]\nrunning = ['beginners', 'marathon', 'trail']\n";
    let mut shop = Shop::new()
        .text("segments.toml", exclusive)
        .segment("beginners", "orders_count <= 1")
        .segment("marathon", "bought_within('marathon', '365 days')")
        .segment("trail", "bought_within('trail', '365 days')")
        .product("M", "Marathon", "90")
        .product("T", "Trail", "80");
    for (n, products) in [&["M"][..], &["M", "T"], &["T", "T"], &["M", "T", "M"]].iter().enumerate() {
        let id = format!("r{n}");
        shop = shop.contact(&id);
        for (days, product) in products.iter().enumerate() {
            shop = shop.order(&id, product, &format!("{} days", days + 1));
        }
    }
    let plan = shop.plan("newsletter");
    let of = |id: &str| plan.explain(id).segments;
    assert_eq!(
        [of("r0"), of("r1"), of("r2"), of("r3")],
        [["beginners"], ["marathon"], ["trail"], ["marathon"]].map(|one| one.map(str::to_owned))
    );
}

#[test]
fn a_person_walks_through_the_stages_0_29() {
    let shop = Shop::new().contact("ana").product("P", "A", "10");
    let stage = |shop: &Shop| {
        let profile = shop.plan("newsletter");
        let admission = profile.draft("ana");
        admission.context["recipient"]["lifecycle"].as_str().map(str::to_owned)
    };
    let timeline =
        [("2026-01-01", "prospect"), ("2026-01-12", "new"), ("2026-03-12", "active"), ("2026-07-20", "at_risk"), ("2026-12-30", "dormant")];
    for (now, expected) in timeline {
        let orders = ["2026-01-10", "2026-02-10", "2026-03-10"];
        let shop = orders.iter().fold(shop.clone().at(&format!("{now}T10:00")), |shop, at| {
            shop.row(
                "orders",
                json!({ "order_id": at, "contact_id": "ana", "at": at, "product_id": "P", "quantity": 1, "unit_price": "10" }),
            )
        });
        assert_eq!(stage(&shop).as_deref(), Some(expected), "{now}");
    }
}

#[test]
fn the_first_gate_that_is_shut_is_the_reason() {
    let mut shop = Shop::new()
        .config("[limits]\ncaps = ['1 per 7d']\n")
        .triggered(
            "cart",
            "abandoned_cart",
            "late = '24h'",
            "[[steps]]\nname = 'one'\nafter = '4h'\n[slots.cart]\nfill = 'cart'\ncount = 4\n",
        )
        .contact_with("bad", json!({ "email": "nobody" }))
        .contact("gone")
        .contact_with("opposed", json!({ "objection": "yes", "consent_newsletter": "no" }))
        .contact_with("silent", json!({ "consent_newsletter": "" }))
        .contact("again")
        .contact("often")
        .contact("taken")
        .past("again", "newsletter", "2026-05-20", "1 hour", &[])
        .past("often", "cart", "x", "2 days", &[]);
    shop.suppressions.by_address.insert("gone@people.example".to_owned(), "unsubscribed".to_owned());
    shop.taken.insert("taken".into(), "cart".into());
    let plan = shop.plan("newsletter");
    for (id, reason) in [
        ("bad", Reason::BadAddress),
        ("gone", Reason::Suppressed),
        ("opposed", Reason::Objected),
        ("silent", Reason::NoConsent),
        ("again", Reason::AlreadySent),
        ("often", Reason::FrequencyCap),
        ("taken", Reason::LowerPriority),
    ] {
        assert_eq!(plan.reason(id), Some(reason), "{id}");
    }
}

#[test]
fn explain_agrees_with_the_decision_on_missing_data() {
    let shop = Shop::new()
        .contact_with("ana", json!({ "first_name": "Ana" }))
        .contact("bob")
        .newsletter("requires = ['recipient.first_name']", "");
    let plan = shop.plan("newsletter");
    assert_eq!(plan.explain("ana").skipped, None);
    assert_eq!(plan.reason("bob"), Some(Reason::MissingData));
    assert_eq!(plan.explain("bob").skipped.map(|skip| skip.reason), Some(Reason::MissingData));
}

#[test]
fn one_mailbox_gets_one_mail() {
    let same = |email: &str| json!({ "email": email });
    let shop = Shop::new().contact_with("b", same("ana@people.example")).contact_with("a", same("Ana@People.example"));
    let plan = shop.contact("c").contact_with("none", same("")).contact_with("none2", same("")).plan("newsletter");
    assert_eq!(plan.reason("a"), None, "the smallest id speaks for the mailbox");
    assert_eq!(plan.reason("b"), Some(Reason::SameAddress));
    assert_eq!(plan.explain("b").skipped.map(|skip| skip.detail.into_owned()).as_deref(), Some("as `a`"));
    assert_eq!(plan.reason("c"), None);
    assert_eq!((plan.reason("none"), plan.reason("none2")), (Some(Reason::BadAddress), Some(Reason::BadAddress)));
}

#[test]
fn an_edition_that_reached_nobody_is_not_planned_again() {
    let mut shop = Shop::new().contact("ana");
    let edition = shop.plan("newsletter").admitted("ana").occasion.edition;
    shop.history.given_up.insert("ana".into(), vec![("newsletter".into(), edition)]);
    assert_eq!(shop.plan("newsletter").reason("ana"), Some(Reason::AlreadySent));
    shop.now = shop.now.plus(relance::clock::Span::days(1));
    assert_eq!(shop.plan("newsletter").reason("ana"), None, "the next edition is");
}

#[test]
fn pages_read_on_the_site_make_the_beginner_and_one_page_does_not_3_10() {
    let titles = ["Comment investir ?", "Mon premier portefeuille", "Investissement 101"];
    let rule = "count_titles('%invest%', '90 days') + count_titles('%portefeuille%', '90 days') >= 3";
    let mut shop = Shop::new().contact("beginner").contact("one_page").contact("stale").segment("beginners", rule);
    for (n, title) in titles.into_iter().enumerate() {
        shop = shop.event("beginner", "view", &format!("{} days", n + 2), json!({ "title": title }));
        shop = shop.event("one_page", "view", &format!("{} days", n + 2), json!({ "title": titles[0] }));
        shop = shop.event("stale", "view", &format!("{} days", n + 95), json!({ "title": title }));
    }
    let plan = shop.newsletter("", "[audience]\ninclude = ['beginners']\n").plan("newsletter");
    let out = Some(Reason::NotInAudience);
    assert_eq!(["beginner", "one_page", "stale"].map(|id| plan.reason(id)), [None, out, out]);
}
