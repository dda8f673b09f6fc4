//! The triggers that hang on a date, an order, or what was done on the site, each on a timeline.

use relance::audience::Reason;
use relance::clock::{Span, Timestamp};
use serde_json::{Value, json};

use super::shop::Shop;

const NOW_STEP: &str = "[[steps]]\nname = 'first'\nafter = '0s'\n";

/// A campaign named `seq` with lines after `[trigger]` and one step at once.
fn seq(on: &str, keys: &str, trigger: &str, more: &str) -> Shop {
    Shop::new().triggered("seq", on, keys, &format!("{trigger}\n{NOW_STEP}{more}"))
}

fn edition(shop: &Shop) -> String {
    shop.plan("seq").admitted("ana").occasion.edition.to_string()
}

fn reason(shop: &Shop) -> Option<Reason> {
    shop.plan("seq").reason("ana")
}

fn later(shop: &Shop, span: Span) -> Shop {
    let mut shop = shop.clone();
    shop.now = shop.now.plus(span);
    shop
}

/// Remembers the mail that is due.
fn told(shop: &Shop) -> Shop {
    let admission = shop.plan("seq").admitted("ana");
    shop.clone().remember("ana", "seq", &admission)
}

/// Why a planned mail is not wanted any more once the shop is another.
fn since(planned: &Shop, now: &Shop) -> Option<(Reason, String)> {
    let edition = planned.plan("seq").admitted("ana").occasion.edition;
    let plan = now.plan("seq");
    let profile = plan.snapshot.profiles.find_by_id("ana").expect("readable profiles").expect("ana");
    plan.with(|planner| planner.not_wanted_any_more(&profile, &edition)).map(|skip| (skip.reason, skip.detail.into_owned()))
}

/// The instants, an hour apart, at which the shop has a mail for ana.
fn due_hours(shop: &Shop, from: &str, n_hours: i64) -> Vec<Timestamp> {
    let base = shop.clone().at(from);
    (0..n_hours).map(|hour| later(&base, Span::hours(hour))).filter(|shop| reason(shop).is_none()).map(|shop| shop.now).collect()
}

#[test]
fn a_newcomer_is_welcomed_once_whatever_becomes_of_the_date_2_19() {
    let came = |at: &str| {
        seq("welcome", "late = '3d'", "", "[[steps]]\nname = 'second'\nafter = '7d'\n").contact_with("ana", json!({ "created_at": at }))
    };
    let shop = came("2026-05-20T08:00:00Z");
    assert_eq!(edition(&shop), "first/once");
    let shop = told(&shop);
    assert_eq!(reason(&shop), Some(Reason::AlreadySent));
    let mut again = shop.clone();
    again.rows.insert("contacts", came("2026-05-20T07:00:00Z").rows["contacts"].clone());
    assert_eq!(reason(&again), Some(Reason::AlreadySent), "the date was corrected");
    assert_eq!(shop.clone().at("2026-05-27T10:30").plan("seq").step("ana").as_deref(), Some("second"));
    assert_eq!(reason(&came("2020-01-01")), Some(Reason::NotInAudience), "people who were there before are not late");
}

#[test]
fn each_order_is_followed_up_and_one_a_day() {
    let shop = seq("post_purchase", "late = '3d'", "", "")
        .contact("ana")
        .product("P", "A", "10")
        .order("ana", "P", "2 days")
        .order("ana", "P", "1 day");
    let first = edition(&shop);
    let shop = told(&shop);
    assert_eq!(reason(&shop), Some(Reason::FrequencyCap), "two runs of one day add nothing");
    let shop = later(&shop, Span::hours(20));
    assert_ne!(edition(&shop), first);
    assert_eq!(reason(&later(&told(&shop), Span::hours(24))), Some(Reason::AlreadySent), "both were told of");
    let (ordered, cancelled) =
        (seq("post_purchase", "", "", "").contact("ana").product("P", "A", "10"), seq("post_purchase", "", "", "").contact("ana"));
    assert_eq!(since(&ordered.order("ana", "P", "1 hour"), &cancelled), Some((Reason::GoalReached, "the order was cancelled".to_owned())));
}

#[test]
fn coffee_bought_each_30_days_is_proposed_from_27_to_33_days_3_3() {
    let bought = |days: &[&str]| {
        let shop = seq("replenishment", "late = '7d'", "", "").contact("ana").product("P", "Coffee", "10");
        days.iter().fold(shop, |shop, day| {
            let number = shop.rows.get("orders").map_or(0, Vec::len);
            let row = json!({ "order_id": format!("O{number}"), "contact_id": "ana", "at": format!("{day}T11:00:00Z"), "product_id": "P", "quantity": 1, "unit_price": "10.00" });
            shop.row("orders", row)
        })
    };
    let shop = bought(&["2026-01-01", "2026-01-31", "2026-03-02", "2026-04-01"]);
    // A day 27 after 1 April is the 28th, a day 33 is 4 May.
    let due = due_hours(&shop, "2026-04-06T09:00", 24 * 40);
    let at = |text: &str| Timestamp::parse(text, chrono_tz::Europe::Paris).expect("an instant");
    assert_eq!((due.first().copied(), due.last().copied()), (Some(at("2026-04-28T09:00")), Some(at("2026-05-04T23:00"))));
    let due = shop.clone().at("2026-04-29T10:00");
    assert_eq!(reason(&told(&due)), Some(Reason::AlreadySent));
    let again = bought(&["2026-01-01", "2026-01-31", "2026-03-02", "2026-04-01", "2026-04-29"]).at("2026-04-29T20:00");
    assert_eq!(since(&due, &again), Some((Reason::GoalReached, "it was bought again".to_owned())));
    assert_eq!(reason(&bought(&["2026-03-02", "2026-04-01"]).at("2026-05-01T10:00")), Some(Reason::NotInAudience), "two days are no habit");
}

#[test]
fn a_silence_is_spoken_of_once_0_34() {
    let orders =
        |shop: Shop, days: &[&str]| days.iter().fold(shop.contact("ana").product("P", "A", "10"), |shop, day| shop.order("ana", "P", day));
    let runs_due = |shop: &Shop, days: std::ops::Range<i64>| {
        let mut shop = shop.clone();
        let mut due = Vec::new();
        for day in days {
            let today = later(&shop.clone().at("2026-05-20T10:00"), Span::days(day));
            if reason(&today).is_none() {
                due.push(day);
                shop = told(&today);
            }
        }
        due
    };
    // The project's 180 days pass on day 80 after an order of 100 days ago.
    let shop = orders(seq("dormant", "", "", ""), &["100 days"]);
    assert_eq!(runs_due(&shop, 60..130), [81], "the first nine o'clock after it, once");
    // Orders 10 days apart: twice that, after the last one of today.
    let own = orders(seq("dormant", "", "rhythm = 2.0", ""), &["30 days", "20 days", "10 days", "1 minute"]);
    assert_eq!(runs_due(&own, 0..60), [20 + 1]);
    let silence = orders(seq("dormant", "", "silence = '40d'", ""), &["30 days"]);
    assert_eq!(runs_due(&silence, 0..60), [11]);
    assert_eq!(reason(&seq("dormant", "", "", "").contact("ana")), Some(Reason::NotInAudience), "who never bought is not dormant");
    let due = later(&silence, Span::days(11));
    let bought = due.clone().order("ana", "P", "1 minute");
    assert_eq!(since(&due, &bought), Some((Reason::GoalReached, "the person ordered".to_owned())));
}

#[test]
fn a_date_of_the_contact_starts_before_and_after_once_or_every_year() {
    let steps = "[[steps]]\nname = 'before'\nbefore = '30d'\n[[steps]]\nname = 'after'\nafter = '2d'\n";
    let on = |trigger: &str, value: &str| {
        Shop::new()
            .triggered("seq", "date", "late = '24h'", &format!("{trigger}\n{steps}"))
            .contact_with("ana", json!({ "renewal": value }))
    };
    let step = |shop: Shop, now: &str| shop.at(now).plan("seq").step("ana");
    let once = || on("field = 'attr.renewal'", "2026-06-30");
    assert_eq!(step(once(), "2026-05-31T09:00").as_deref(), Some("before"));
    assert_eq!(step(once(), "2026-05-31T08:59"), None);
    assert_eq!(step(once(), "2026-07-02T09:00").as_deref(), Some("after"));
    assert_eq!(step(once(), "2027-05-31T09:00"), None, "it came once");
    assert_eq!(step(on("field = 'attr.renewal'", "soon"), "2026-05-31T09:00"), None, "what cannot be read is no date");
    let yearly = || on("field = 'attr.renewal'\nyearly = true", "2020-02-29");
    assert_eq!(step(yearly(), "2026-01-29T09:00").as_deref(), Some("before"), "30 days before 28 February");
    assert_eq!(step(yearly(), "2028-01-30T09:00").as_deref(), Some("before"), "30 days before the 29th");
    let planned = once().at("2026-05-31T09:00");
    let moved = on("field = 'attr.renewal'", "2026-09-30").at("2026-05-31T09:00");
    assert_eq!(since(&planned, &moved), Some((Reason::GoalReached, "the date has changed".to_owned())));
}

#[test]
fn an_act_starts_a_sequence_and_a_topic_narrows_it() {
    let custom = seq("event", "late = '1d'", "event = 'quote'", "").contact("ana").event("ana", "quote", "3 hours", json!({}));
    assert_eq!(reason(&custom), None);
    assert_eq!(reason(&told(&custom)), Some(Reason::AlreadySent));
    assert_eq!(reason(&later(&custom, Span::days(2))), Some(Reason::TooLate), "declared by `late`");
    let view = |about: &str| {
        let shop = seq("event", "late = '1d'", &format!("event = 'view'\nabout = '{about}'"), "").contact("ana");
        reason(&shop.product("P", "Thé vert", "10").viewed("ana", "P", "3 hours"))
    };
    assert_eq!([view("thé vert"), view("P")], [None, None]);
    assert_eq!(view("Café"), Some(Reason::NotInAudience));
}

fn browsing() -> Shop {
    let slot = "[slots.seen]\nfill = 'products'\ncount = 3\nmin = 1\nstrategies = { trigger = 1.0 }\n";
    let steps = "[[steps]]\nname = 'first'\nafter = '4h'\n";
    Shop::new()
        .triggered("seq", "abandoned_browse", "late = '24h'", &format!("within = '14d'\nmin_views = 2\n{steps}{slot}"))
        .contact("ana")
        .product("P", "A", "10")
        .product("Q", "A", "10")
}

#[test]
fn what_was_looked_at_twice_and_left_is_spoken_of() {
    let twice = || browsing().viewed("ana", "P", "6 hours").viewed("ana", "P", "5 hours").viewed("ana", "Q", "5 hours");
    let plan = twice().plan("seq");
    assert_eq!(plan.products("ana"), ["P"], "once is not enough, and the mail shows what started it");
    assert!(plan.mail("ana").because.contains("views"));
    assert_eq!(reason(&browsing().viewed("ana", "P", "5 hours")), Some(Reason::NotInAudience));
    assert_eq!(
        reason(&browsing().viewed("ana", "P", "15 days").viewed("ana", "P", "5 hours")),
        Some(Reason::NotInAudience),
        "too old to count"
    );
    assert_eq!(reason(&twice().carted("ana", "Q", "1 hour")), Some(Reason::NotInAudience), "a cart is another campaign's");
    assert_eq!(reason(&twice().order("ana", "Q", "1 hour")), Some(Reason::NotInAudience), "an order");
    assert_eq!(since(&twice(), &twice().order("ana", "P", "1 minute")).map(|(reason, _)| reason), Some(Reason::GoalReached));
    let shop = later(&told(&twice()), Span::days(1)).viewed("ana", "P", "5 hours");
    assert_eq!(reason(&shop), Some(Reason::AlreadySent), "a visit made again is the one that was spoken of");
    let refuses =
        browsing().contact_with("eva", json!({ "consent_profiling": "no" })).viewed("eva", "P", "6 hours").viewed("eva", "P", "5 hours");
    assert_eq!(refuses.plan("seq").reason("eva"), Some(Reason::NoConsent));
}

/// A campaign on a change of a product that ana looked at ten days ago.
fn changed(on: &str, trigger: &str, columns: Value) -> Shop {
    let slot = "[slots.it]\nfill = 'products'\ncount = 3\nmin = 1\nstrategies = { trigger = 1.0 }\n";
    seq(on, "late = '3d'", trigger, slot).contact("ana").product_with("P", "A", "80", columns).viewed("ana", "P", "10 days")
}

#[test]
fn what_came_back_since_it_was_looked_at_is_told_once() {
    let back = |at: &str, stock: u32| changed("back_in_stock", "", json!({ "stock": stock, "restocked_at": at }));
    let shop = back("2026-05-20T07:00:00Z", 4);
    assert_eq!(shop.plan("seq").products("ana"), ["P"]);
    assert_eq!(edition(&shop), "first/P@2026-05-20T07:00:00Z");
    assert_eq!(reason(&told(&shop)), Some(Reason::AlreadySent));
    assert_eq!(reason(&back("2026-05-20T07:00:00Z", 0)), Some(Reason::NotInAudience), "nothing left");
    assert_eq!(reason(&back("2026-05-09T07:00:00Z", 4)), Some(Reason::NotInAudience), "back before they looked: they saw it for sale");
    assert_eq!(reason(&back("2026-05-22T07:00:00Z", 4)), Some(Reason::NotInAudience), "not yet back");
    assert_eq!(reason(&shop.clone().order("ana", "P", "1 day")), Some(Reason::NotInAudience), "bought elsewhere meanwhile");
    assert_eq!(
        reason(&changed("back_in_stock", "within = '7d'", json!({ "restocked_at": "2026-05-20T07:00:00Z" }))),
        Some(Reason::NotInAudience)
    );
    let from = changed("back_in_stock", "", json!({ "available_from": "2026-05-20T07:00:00Z" }));
    assert_eq!(reason(&from), None, "the first instant it can be sold");
    // A delivery each day is no news each day.
    let mut daily = later(&told(&shop), Span::days(1));
    daily.rows.insert("products", back("2026-05-21T07:00:00Z", 4).rows["products"].clone());
    assert_eq!(reason(&daily), Some(Reason::NotInAudience));
    let sold_out = back("2026-05-20T07:00:00Z", 0);
    assert_eq!(since(&shop, &sold_out), Some((Reason::GoalReached, "it is sold out again, or was bought".to_owned())));
}

#[test]
fn what_was_reduced_since_it_was_looked_at_is_told_and_nothing_else() {
    let reduced = |trigger: &str, columns: Value| changed("price_drop", trigger, columns);
    let now = "2026-05-20T07:00:00Z";
    let shop = reduced("min_drop = '20%'", json!({ "list_price": "100", "price_since": now }));
    assert_eq!(shop.plan("seq").products("ana"), ["P"]);
    for (trigger, columns, why) in [
        ("min_drop = '21%'", json!({ "list_price": "100", "price_since": now }), "less than asked"),
        ("", json!({ "price_since": now }), "no list price"),
        ("", json!({ "list_price": "100" }), "nobody says since when: they may have seen this price"),
        ("", json!({ "list_price": "100", "price_since": "2026-05-01" }), "reduced before they looked"),
        ("since = 'sale_from'", json!({ "list_price": "100", "price_since": now }), "another column says it"),
    ] {
        assert_eq!(reason(&reduced(trigger, columns)), Some(Reason::NotInAudience), "{why}");
    }
    assert_eq!(reason(&reduced("since = 'sale_from'", json!({ "list_price": "100", "sale_from": now }))), None);
    let dearer = reduced("min_drop = '20%'", json!({ "price": "95", "list_price": "100", "price_since": now }));
    assert_eq!(since(&shop, &dearer), Some((Reason::GoalReached, "it is not at this price any more, or was bought".to_owned())));
    // Looked at again after the reduction: the look before it counts.
    assert_eq!(reason(&shop.clone().viewed("ana", "P", "30 minutes")), None);
    // Of two reductions one mail tells.
    let two = shop
        .product_with("Q", "A", "50", json!({ "list_price": "100", "price_since": "2026-05-20T06:00:00Z" }))
        .viewed("ana", "Q", "9 days");
    assert_eq!(two.plan("seq").products("ana"), ["P", "Q"]);
    assert_eq!(reason(&later(&told(&two), Span::days(1))), Some(Reason::AlreadySent), "the other one was shown beside it");
}

#[test]
fn a_stop_ends_a_sequence_when_it_is_planned_and_before_it_is_sent() {
    let came = |city: &str| {
        let shop = seq("welcome", "late = '3d'", "stop = [\"city = 'Lille'\", 'orders_count > 0']", "").product("P", "A", "10");
        shop.contact_with("ana", json!({ "created_at": "2026-05-20T07:00:00Z", "city": city }))
    };
    assert_eq!(reason(&came("Paris")), None);
    let skip = came("Lille").plan("seq").explain("ana").skipped.expect("a skip");
    assert_eq!((skip.reason, skip.detail.as_ref()), (Reason::GoalReached, "stop: city = 'Lille'"));
    let bought = came("Paris").order("ana", "P", "1 minute");
    assert_eq!(since(&came("Paris"), &bought), Some((Reason::GoalReached, "stop: orders_count > 0".to_owned())));
    let wrong = seq("welcome", "", "stop = ['orders_cuont > 0']", "");
    assert_eq!(wrong.mistakes().len(), 1, "{:?}", wrong.mistakes());
}

#[test]
fn a_key_that_its_trigger_does_not_read_is_refused() {
    for (on, trigger, code) in [
        ("welcome", "min_views = 2", "trigger::unused-key"),
        ("abandoned_browse", "min_views = 0", "trigger::no-view"),
        ("abandoned_browse", "within = '0d'", "time::zero"),
        ("price_drop", "min_drop = '10'", "campaign::not-a-percentage"),
        ("dormant", "rhythm = 0.0", "trigger::bad-rhythm"),
        ("date", "", "trigger::no-field"),
        ("date", "field = 'renewal'", "trigger::not-a-date"),
        ("event", "", "trigger::no-event"),
        ("event", "event = 'quote'\nabout = 'tea'", "trigger::about-custom"),
    ] {
        assert_eq!(seq(on, "", trigger, "").mistakes(), [code], "{on} {trigger}");
    }
    let before = Shop::new().triggered("seq", "welcome", "", "[[steps]]\nname = 'first'\nbefore = '1d'\n");
    assert_eq!(before.mistakes(), ["campaign::wrong-side"]);
    assert_eq!(seq("welcome", "timezone = 'Europe/Pari'", "", "").mistakes(), ["config::not-a-timezone"]);
}

#[test]
fn the_examples_of_the_manual_are_accepted() {
    let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/campaigns.md")).expect("docs/campaigns.md");
    let examples: Vec<&str> = manual.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(text, _)| text).collect();
    assert_eq!(examples.len(), 7);
    // A piece of a campaign's file is what `tests/experiments.rs` and `length` write.
    for example in examples.into_iter().filter(|example| !example.starts_with("# campaigns/")) {
        let shop = Shop::new().segment("staff", "city = 'Lille'");
        let shop = match example.strip_prefix("[trigger]\n") {
            Some(rest) => {
                let (on, rest) = rest.split_once('\n').expect("lines");
                shop.triggered("seq", on.trim_start_matches("on = ").trim_matches('"'), "", rest)
            }
            None => shop.config(example),
        };
        assert_eq!(shop.mistakes(), Vec::<String>::new(), "{example}");
    }
}
