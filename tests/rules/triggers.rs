//! What starts a mail for one person, and what stops it.

use relance::audience::Reason;
use serde_json::json;

use super::shop::Shop;

const STEPS: &str = "[[steps]]\nname = 'reminder'\nafter = '4h'\n[[steps]]\nname = 'nudge'\nafter = '28h'\noffer = 'five'\n";
const OFFER: &str = "[offers.five]\ntitle = { fr = '5 %' }\npercent = 5\nonce_per = '90d'\n";

fn cart() -> Shop {
    let slot = "[slots.cart]\nfill = 'cart'\ncount = 4\n";
    Shop::new().contact("ana").product("P-1", "A", "10").product("P-2", "B", "10").text("offers.toml", OFFER).triggered(
        "cart",
        "abandoned_cart",
        "late = '24h'",
        &format!("{STEPS}{slot}"),
    )
}

#[test]
fn a_sequence_follows_the_cart_and_gives_nothing_at_first_2_23() {
    let at = |ago: &str| cart().carted("ana", "P-1", ago).plan("cart");
    assert_eq!(at("2 hours").reason("ana"), Some(Reason::NotInAudience));
    let first = at("5 hours").admitted("ana");
    assert_eq!((first.occasion.step.as_deref(), first.composition.offer), (Some("reminder"), None));
    let second = at("29 hours").admitted("ana");
    assert_eq!(
        (second.occasion.step.as_deref(), second.composition.offer.map(|offer| offer.name).as_deref()),
        (Some("nudge"), Some("five"))
    );
    assert_eq!(at("60 hours").reason("ana"), Some(Reason::TooLate));
}

#[test]
fn two_people_in_one_run_get_different_offers_and_explain_names_the_trait_0_1() {
    let offer = format!("{OFFER}all = [\"city = 'Lille'\"]\n");
    let shop = cart().text("offers.toml", &offer).contact_with("eva", json!({ "city": "Lille" }));
    let plan = shop.carted("ana", "P-1", "29 hours").carted("eva", "P-1", "29 hours").plan("cart");
    let offer_of = |id: &str| plan.mail(id).offer.map(|offer| offer.name);
    assert_eq!([offer_of("ana"), offer_of("eva")], [None, Some("five".to_owned())]);
    let why = plan.explain("ana").checks;
    assert!(why.iter().any(|check| check.what.contains("city = 'Lille'") && !check.passed), "{why:?}");
}

#[test]
fn a_serial_leaver_is_not_rewarded_twice_2_23() {
    let shop = cart().carted("ana", "P-1", "29 hours");
    let admission = shop.plan("cart").admitted("ana");
    let mut later = shop.clone().remember("ana", "cart", &admission);
    later.now = later.now.plus(relance::clock::Span::days(40));
    let plan = later.carted("ana", "P-2", "29 hours").plan("cart");
    assert_eq!(plan.mail("ana").offer, None, "once in 90 days");
}

#[test]
fn a_mail_of_a_sequence_is_not_sent_twice_and_the_next_one_is() {
    let shop = cart().carted("ana", "P-1", "5 hours");
    let first = shop.plan("cart").admitted("ana");
    let mut shop = shop.remember("ana", "cart", &first);
    assert_eq!(shop.plan("cart").reason("ana"), Some(Reason::AlreadySent));
    shop.now = shop.now.plus(relance::clock::Span::hours(24));
    assert_eq!(shop.plan("cart").step("ana").as_deref(), Some("nudge"));
}

#[test]
fn a_cart_keeps_its_name_while_its_lines_come_and_go() {
    let hours = relance::clock::Span::hours;
    let shop = cart().carted("ana", "P-1", "6 hours").carted("ana", "P-2", "5 hours");
    let first = shop.plan("cart").admitted("ana");
    let shop = shop.remember("ana", "cart", &first);
    // The oldest line is taken out, a line is put in again, another one is added: it is the cart that was spoken of.
    let mut later = shop.clone();
    later.now = later.now.plus(hours(6));
    let removed = later.clone().event("ana", "cart_remove", "5 hours", json!({ "product_id": "P-1" }));
    assert_eq!(removed.plan("cart").reason("ana"), Some(Reason::AlreadySent), "taken out");
    let again = later.clone().carted("ana", "P-2", "5 hours");
    assert_eq!(again.plan("cart").reason("ana"), Some(Reason::AlreadySent), "put in again");
    // Once it was bought, or left alone for long, what is put in is another cart.
    let bought = later.order("ana", "P-1", "5 hours 30 minutes").carted("ana", "P-2", "5 hours");
    assert_eq!(bought.plan("cart").step("ana").as_deref(), Some("reminder"), "another cart after an order");
    let mut silent = shop;
    silent.now = silent.now.plus(relance::clock::Span::days(20));
    assert_eq!(
        silent.carted("ana", "P-2", "5 hours").plan("cart").step("ana").as_deref(),
        Some("reminder"),
        "another cart after a silence"
    );
}

#[test]
fn who_has_the_mail_is_not_late() {
    let shop = cart().carted("ana", "P-1", "29 hours");
    let nudge = shop.plan("cart").admitted("ana");
    let mut shop = shop.remember("ana", "cart", &nudge);
    shop.now = shop.now.plus(relance::clock::Span::hours(30));
    assert_eq!(shop.plan("cart").reason("ana"), Some(Reason::AlreadySent));
}

#[test]
fn who_bought_or_emptied_the_cart_gets_nothing_u6() {
    let left = || cart().carted("ana", "P-1", "5 hours");
    assert_eq!(left().plan("cart").reason("ana"), None);
    assert!(left().order("ana", "P-1", "1 minute").plan("cart").reason("ana").is_some(), "an order");
    assert!(left().order("ana", "P-2", "1 minute").plan("cart").reason("ana").is_some(), "an order of something else");
    assert!(left().event("ana", "cart_remove", "1 hour", json!({ "product_id": "P-1" })).plan("cart").reason("ana").is_some(), "taken out");
    assert!(
        left().event("ana", "purchase", "1 hour", json!({})).plan("cart").reason("ana").is_some(),
        "bought, and the order is not in the files yet"
    );
    assert_eq!(left().order("ana", "P-1", "6 hours").plan("cart").reason("ana"), None, "bought before, then left again");
}

/// Why a person gets no mail of the cart, and the value behind it.
fn skip(shop: &Shop) -> (Reason, String) {
    let skip = shop.plan("cart").explain("ana").skipped.expect("a skip");
    assert_eq!(shop.plan("cart").reason("ana"), Some(skip.reason), "the decision agrees");
    (skip.reason, skip.detail.into_owned())
}

#[test]
fn a_cart_that_was_bought_is_a_goal_reached_u6() {
    let left = || cart().carted("ana", "P-1", "5 hours");
    let bought = (Reason::GoalReached, "cart bought on 2026-05-20".to_owned());
    assert_eq!(skip(&left().order("ana", "P-1", "1 minute")), bought);
    assert_eq!(skip(&left().event("ana", "purchase", "1 hour", json!({}))), bought);
    let twice = left().event("ana", "purchase", "59 minutes", json!({})).order("ana", "P-1", "1 hour");
    assert_eq!(skip(&twice), bought, "the order and what the site told of it are one purchase");
    let goal = left().order("ana", "P-1", "1 minute").plan("cart").explain("ana").checks;
    assert!(goal.iter().any(|check| check.what == "goal" && !check.passed && check.value == "cart bought on 2026-05-20"));
    let totals = left().order("ana", "P-1", "1 minute").plan("cart").totals();
    assert_eq!(totals.details[&Reason::GoalReached]["cart bought on 2026-05-20"], 1);
}

#[test]
fn an_emptied_or_absent_cart_is_no_goal() {
    let none = (Reason::NotInAudience, "no open cart".to_owned());
    assert_eq!(skip(&cart()), none);
    assert_eq!(skip(&cart().order("ana", "P-1", "1 hour")), none, "bought without a cart");
    let emptied = cart().carted("ana", "P-1", "5 hours").event("ana", "cart_remove", "3 hours", json!({ "product_id": "P-1" }));
    assert_eq!(skip(&emptied.order("ana", "P-2", "1 hour")), none, "taken out before");
    assert_eq!(skip(&cart().carted("ana", "P-1", "53 hours").order("ana", "P-1", "50 hours")), none, "the sequence would be over");
}

#[test]
fn a_goal_is_of_those_whom_the_campaign_is_for() {
    let big = |ago: &str, value: &str| {
        let slot = "[slots.cart]\nfill = 'cart'\ncount = 4\n[audience]\ninclude = ['leavers']\n";
        cart()
            .triggered("cart", "abandoned_cart", "late = '24h'", &format!("{STEPS}{slot}"))
            .segment("leavers", &format!("cart_open AND cart_value >= {value}"))
            .carted("ana", "P-1", "5 hours")
            .order("ana", "P-1", ago)
    };
    assert_eq!(skip(&big("1 hour", "5")).0, Reason::GoalReached, "their cart was worth it when it stood open");
    assert_eq!(skip(&big("1 hour", "50")), (Reason::NotInAudience, "leavers".to_owned()));
}

#[test]
fn a_card_that_was_replaced_is_a_goal_reached() {
    let replaced = |ends: &str| {
        let row = json!({ "contact_id": "ana", "method_id": "old", "expires_on": ends, "replaced_by": "new" });
        cards().contact("ana").row("payment_methods", row).at("2026-06-01T10:00").plan("card").explain("ana").skipped.expect("a skip")
    };
    assert_eq!(replaced("2026-06-30").detail, "card replaced before it ended on 2026-06-30");
    assert_eq!(replaced("2026-06-30").reason, Reason::GoalReached);
    for (ends, why) in [("2026-08-31", "too early to speak of"), ("2026-05-31", "it would be over")] {
        assert_eq!(replaced(ends).reason, Reason::NotInAudience, "{why}");
    }
}

/// Says why a planned mail is not wanted any more, in a shop where something has happened since.
fn since(planned: &Shop, now: &Shop, campaign: &str) -> Option<(Reason, String)> {
    let edition = planned.plan(campaign).admitted("ana").occasion.edition;
    let plan = now.plan(campaign);
    let profile = plan.snapshot.profiles.find_by_id("ana").expect("readable profiles").expect("ana");
    plan.with(|planner| planner.not_wanted_any_more(&profile, &edition)).map(|skip| (skip.reason, skip.detail.into_owned()))
}

#[test]
fn a_planned_mail_is_stopped_by_what_happens_before_it_is_sent_u6() {
    let left = || cart().carted("ana", "P-1", "5 hours");
    let bought = Some((Reason::GoalReached, "the cart was bought or emptied".to_owned()));
    assert_eq!(since(&left(), &left(), "cart"), None);
    assert_eq!(since(&left(), &left().order("ana", "P-1", "1 minute"), "cart"), bought);
    assert_eq!(since(&left(), &left().order("ana", "P-2", "2 minutes").carted("ana", "P-2", "1 minute"), "cart"), bought, "another cart");
    assert_eq!(since(&left(), &left().carted("ana", "P-2", "1 minute"), "cart"), None, "the same cart, and more");
    let mut later = left();
    later.now = later.now.plus(relance::clock::Span::hours(40));
    assert_eq!(since(&left(), &later, "cart"), None, "lateness is looked at when a mail is claimed");
    let remembered = left().remember("ana", "cart", &left().plan("cart").admitted("ana"));
    assert_eq!(since(&left(), &remembered, "cart"), None, "the planned mail itself is no reason against it");

    let withdrawn = Shop::new().product("P-1", "A", "10").contact_with("ana", json!({ "consent_newsletter": "no" }));
    let mut now = left();
    now.rows.insert("contacts", withdrawn.rows["contacts"].clone());
    assert_eq!(since(&left(), &now, "cart"), Some((Reason::NoConsent, "newsletter".to_owned())));
    let objects = Shop::new().contact_with("ana", json!({ "objection": "yes" }));
    now.rows.insert("contacts", objects.rows["contacts"].clone());
    assert_eq!(since(&left(), &now, "cart").map(|(reason, _)| reason), Some(Reason::Objected));
}

#[test]
fn a_cart_is_forgotten_when_it_expires() {
    let plan = cart().carted("ana", "P-1", "31 days").plan("cart");
    assert_eq!(plan.reason("ana"), Some(Reason::NotInAudience));
}

fn cards() -> Shop {
    let text = "title = 'T'\nkind = 'reminder'\nobjective = 'service'\nwhy = 'w'\ncompulsory = true\nlate = '6d'\ntemplate = 'mail.mjml'\nsubject = { fr = 's' }\n[trigger]\non = 'expiring_payment'\n[[steps]]\nname = 'notice'\nbefore = '30d'\n[[steps]]\nname = 'last_call'\nbefore = '7d'\n[slots.card]\nfill = 'subject'\n";
    Shop::new().text("campaigns/card.toml", text).config("[limits]\ncaps = ['1 per 30d']\n")
}

#[test]
fn every_card_that_ends_next_month_is_told_of_or_has_a_hard_reason_0_36() {
    let mut shop = cards().at("2026-06-01T10:00").contact("opposed").contact_with("dead", json!({ "email": "" }));
    for n in 0..20 {
        let id = format!("c{n:02}");
        let column =
            json!({ "consent_newsletter": if n % 2 == 0 { "no" } else { "yes" }, "objection": if n % 3 == 0 { "yes" } else { "no" } });
        shop = shop.contact_with(&id, column).card(&id, &format!("k{n}"), "2026-06-30").past(&id, "newsletter", "x", "1 day", &[]);
    }
    let mut shop =
        shop.contact("unsubscribed").card("unsubscribed", "ku", "2026-06-30").contact("bounced").card("bounced", "kb", "2026-06-30");
    shop.suppressions.by_address.insert("unsubscribed@people.example".to_owned(), "unsubscribed".to_owned());
    shop.suppressions.by_address.insert("bounced@people.example".to_owned(), "hard_bounce".to_owned());
    let plan = shop
        .card("dead", "kd", "2026-06-30")
        .row("payment_methods", json!({ "contact_id": "opposed", "method_id": "old", "expires_on": "2026-06-30", "replaced_by": "new" }))
        .plan("card");
    for n in 0..20 {
        assert_eq!(plan.step(&format!("c{n:02}")).as_deref(), Some("notice"), "c{n:02}");
    }
    assert_eq!(plan.reason("dead"), Some(Reason::BadAddress));
    assert_eq!(plan.reason("bounced"), Some(Reason::Suppressed));
    assert_eq!(plan.step("unsubscribed").as_deref(), Some("notice"), "having unsubscribed is about marketing");
    assert_eq!(plan.reason("opposed"), Some(Reason::GoalReached), "a card that was replaced is no trouble");
    assert_eq!(plan.totals().planned, 21);
}

#[test]
fn both_cards_that_end_on_one_day_are_told_of_0_36() {
    let shop = cards().at("2026-06-01T10:00").contact("ana").card("ana", "k1", "2026-06-30").card("ana", "k2", "2026-06-30");
    let first = shop.plan("card").admitted("ana");
    let shop = shop.remember("ana", "card", &first);
    let second = shop.plan("card").admitted("ana");
    assert_ne!(first.occasion.edition, second.occasion.edition);
    assert_eq!(second.occasion.owned.as_ref().map(|card| card.id.as_str()), Some("k2"));
    assert_eq!(shop.remember("ana", "card", &second).plan("card").reason("ana"), Some(Reason::AlreadySent));
}

fn contracts() -> Shop {
    let steps =
        "[[steps]]\nname = 'notice'\nbefore = '30d'\n[[steps]]\nname = 'last_call'\nbefore = '7d'\n[slots.contract]\nfill = 'subject'\n";
    Shop::new().triggered("contract", "ending_contract", "late = '6d'", steps)
}

#[test]
fn a_missed_day_is_caught_up_once_or_skipped_as_declared_0_35() {
    let row = json!({ "contract_id": "k1", "contact_id": "ana", "ends_on": "2026-06-30" });
    let at = |now: &str| contracts().at(now).contact("ana").row("contracts", row.clone()).plan("contract");
    assert_eq!(at("2026-05-31T08:59").reason("ana"), Some(Reason::NotInAudience));
    for (now, step) in [
        ("2026-05-31T09:00", Some("notice")),
        ("2026-06-06T09:00", Some("notice")),
        ("2026-06-06T09:01", None),
        ("2026-06-23T09:00", Some("last_call")),
        ("2026-06-29T09:00", Some("last_call")),
    ] {
        assert_eq!(at(now).step("ana").as_deref(), step, "{now}");
    }
    assert_eq!(at("2026-06-10T09:00").reason("ana"), Some(Reason::TooLate));
}

#[test]
fn what_must_be_told_is_told_as_long_as_it_helps_0_36() {
    let at = |now: &str| cards().at(now).contact("ana").card("ana", "k1", "2026-06-30").plan("card").step("ana");
    for (now, step) in [
        ("2026-05-31T08:59", None),
        ("2026-05-31T09:00", Some("notice")),
        ("2026-06-10T09:00", Some("notice")),
        ("2026-06-23T08:59", Some("notice")),
        ("2026-06-23T09:00", Some("last_call")),
        ("2026-06-30T23:59", Some("last_call")),
        ("2026-07-01T00:00", None),
    ] {
        assert_eq!(at(now).as_deref(), step, "{now}");
    }
}

#[test]
fn days_before_are_days_of_the_calendar_whatever_the_clocks_do() {
    // Clocks change in Paris on 2026-03-29 and 2026-10-25.
    for (now, ends_on) in [("2026-03-08T09:00", "2026-04-07"), ("2026-10-08T09:00", "2026-11-07")] {
        let plan = cards().at(now).contact("ana").card("ana", "k", ends_on).plan("card");
        assert_eq!(plan.step("ana").as_deref(), Some("notice"), "{now}");
    }
}

#[test]
fn a_birthday_on_29_february_is_kept_on_the_28th_2_22() {
    let on = |now: &str, birthday: &str| {
        let shop = Shop::new().at(now).triggered("birthday", "birthday", "", "[[steps]]\nname = 'day'\nafter = '0s'\n");
        shop.contact_with("ana", json!({ "birthday": birthday })).plan("birthday").reason("ana")
    };
    assert_eq!(on("2027-02-28T10:00", "1996-02-29"), None);
    assert_eq!(on("2028-02-29T10:00", "1996-02-29"), None);
    assert_eq!(on("2028-02-28T10:00", "1996-02-29"), Some(Reason::NotInAudience));
    assert!(on("2026-05-20T10:00", "2030-05-20").is_some(), "nobody is born yet in 2030");
}
