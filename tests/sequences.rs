//! Every kind of trigger through the program itself: one mail for each occasion, and none when it is asked again.

#[path = "support/shop.rs"]
mod shop;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use shop::Shop;

const TEMPLATE: &str = r#"<mjml lang="{{ lang }}"><mj-head><mj-title>{{ subject }}</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-text>{{ sender.postal_address }} <a href="{{ links.unsubscribe }}">x</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"#;
const STEP: &str = "[[steps]]\nname = 'first'\nafter = '0s'\n";

/// Runs a command at an instant and reads the JSON it prints.
fn relance(folder: &Path, now: &str, line: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    let output = command.arg("-C").arg(folder).args(["--now", now, "--json", "-q"]).args(line.split(' ')).output().expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {error}: {text}{}", String::from_utf8_lossy(&output.stderr)))
}

/// Adds a campaign with its own lines under `[trigger]`.
fn campaign(shop: Shop, on: &str, trigger: &str) -> Shop {
    shop.triggered(on, on, "late = '7d'", &format!("{trigger}\n{STEP}"))
}

#[test]
fn every_trigger_writes_once_for_one_occasion() {
    let mut shop = Shop::new()
        .text("templates/mail.mjml", TEMPLATE)
        .contact("ana")
        .contact_with("new", json!({ "created_at": "2026-05-20T06:00:00Z", "renewal": "2026-05-20" }))
        .contact("buyer")
        .contact("regular")
        .contact("lost")
        .product("P", "A", "10")
        .product_with("back", "A", "10", json!({ "stock": 3, "restocked_at": "2026-05-20T06:00:00Z" }))
        .product_with("sale", "A", "80", json!({ "list_price": "100", "price_since": "2026-05-20T06:00:00Z" }))
        .viewed("ana", "P", "3 hours")
        .viewed("ana", "P", "2 hours")
        .viewed("ana", "back", "5 days")
        .viewed("ana", "sale", "5 days")
        .event("ana", "quote", "2 hours", json!({}))
        .order("buyer", "P", "1 day")
        .order("lost", "P", "181 days");
    for days in ["90 days", "60 days", "30 days"] {
        shop = shop.order("regular", "P", days);
    }
    let kinds = [
        ("abandoned_browse", ""),
        ("back_in_stock", ""),
        ("price_drop", "min_drop = '20%'"),
        ("welcome", ""),
        ("post_purchase", ""),
        ("replenishment", ""),
        ("dormant", ""),
        ("date", "field = 'attr.renewal'"),
        ("event", "event = 'quote'"),
    ];
    let shop = kinds.iter().fold(shop, |shop, (on, trigger)| campaign(shop, on, trigger));
    // Campaigns of equal priority leave a person to whoever came first that day: each kind is looked at alone.
    for (on, _) in kinds {
        let folder = shop.write();
        let run = |now: &str| relance(folder.path(), now, &format!("run {on} --yes"));
        let first = run("2026-05-20T10:00");
        assert_eq!((&first["sent"], &first["planned"]), (&json!(1), &json!(1)), "{on}: {first}");
        for now in ["2026-05-20T10:05", "2026-05-21T10:00"] {
            assert_eq!(run(now)["sent"], 0, "{on} at {now}");
        }
    }
}

#[test]
fn a_day_without_a_run_is_caught_up_once_or_skipped_as_declared_0_35() {
    for (late, sent_next_day) in [("3d", 1), ("12h", 0)] {
        let shop = Shop::new().text("templates/mail.mjml", TEMPLATE).contact_with("ana", json!({ "renewal": "2026-05-20" }));
        let tables = format!("field = 'attr.renewal'\n{STEP}");
        let shop = shop.triggered("renewal", "date", &format!("late = '{late}'"), &tables);
        let folder = shop.write();
        let sent = |now: &str| relance(folder.path(), now, "run renewal --yes")["sent"].clone();
        assert_eq!(
            [sent("2026-05-21T10:00"), sent("2026-05-21T18:00"), sent("2026-05-22T10:00")],
            [sent_next_day, 0, 0].map(Value::from),
            "{late}"
        );
    }
}

#[test]
fn a_mail_waits_for_the_hours_of_its_reader_and_leaves_at_no_other_0_37() {
    let mut shop = Shop::new()
        .text("templates/mail.mjml", TEMPLATE)
        .config("[pressure]\nquiet_hours = '21:00-08:00'\n")
        .newsletter("window = '09:00-19:00'\nlate = '3d'", "")
        .contact("ana")
        .contact_with("far", json!({ "timezone": "America/Montreal" }));
    shop.now = relance::clock::Timestamp(0);
    let folder = shop.write();
    let run = |now: &str| relance(folder.path(), now, "run newsletter --yes");
    let first = run("2026-05-20T10:00");
    assert_eq!((&first["planned"], &first["later"], &first["sent"]), (&json!(2), &json!(1), &json!(1)), "{first}");
    assert_eq!(run("2026-05-20T14:59")["sent"], 0, "not yet nine in Montreal");
    // Nobody ran while it was open there: the next morning is in time, the evening is not for sending.
    let evening = run("2026-05-21T01:30");
    assert_eq!((&evening["sent"], &evening["deferred"], &evening["expired"]), (&json!(0), &json!(0), &json!(0)), "{evening}");
    let sent = ["2026-05-21T14:30", "2026-05-21T15:00", "2026-05-21T15:05"]
        .map(|now| relance(folder.path(), now, "send newsletter")["sent"].clone());
    assert_eq!(sent, [0, 1, 0].map(Value::from));
}

#[test]
fn a_mail_that_waited_counts_from_when_it_left() {
    let shop = Shop::new()
        .text("templates/mail.mjml", TEMPLATE)
        .config("[pressure]\nmin_gap = '22h'\n")
        .newsletter("window = '09:00-19:00'", "")
        .contact_with("far", json!({ "timezone": "America/Montreal" }));
    let folder = shop.write();
    let run = |now: &str| relance(folder.path(), now, "run newsletter --yes");
    assert_eq!(run("2026-05-20T10:00")["later"], 1);
    assert_eq!(run("2026-05-20T15:00")["sent"], 1);
    // A day after it was planned, and 21 hours after it left.
    let next = run("2026-05-21T12:00");
    assert_eq!((&next["planned"], &next["skipped"]["frequency_cap"]), (&json!(0), &json!(1)), "{next}");
    assert_eq!(run("2026-05-21T15:00")["sent"], 1);
}

#[test]
fn an_account_is_written_to_as_often_as_its_cap_says_and_explain_says_who_comes_first_0_32() {
    let member = |role: &str| json!({ "account_id": "acme", "role": role });
    let shop = Shop::new()
        .text("templates/mail.mjml", TEMPLATE)
        .config("[pressure]\naccount_caps = ['1 per 7d']\nroles = ['buyer']\n")
        .contact_with("ana", member("user"))
        .contact_with("bob", member("buyer"));
    let folder = shop.write();
    let ask = |now: &str, line: &str| relance(folder.path(), now, line);
    assert_eq!(ask("2026-05-20T10:00", "plan newsletter")["planned"], 1);
    let why = ask("2026-05-20T10:00", "explain newsletter ana");
    assert_eq!(why["skipped"], json!({ "reason": "account_cap", "detail": "1 per 7 d to one account" }));
    assert_eq!(ask("2026-05-20T10:00", "explain newsletter bob")["skipped"], Value::Null);
    let sent = ["2026-05-20T10:00", "2026-05-20T10:05", "2026-05-21T10:00"].map(|now| ask(now, "run newsletter --yes")["sent"].clone());
    assert_eq!(sent, [1, 0, 0].map(Value::from));
}
