//! Contact pressure: caps of people and of accounts, the gap, who is spared; and what holds over a month of runs whatever the campaigns.

#[path = "support/shop.rs"]
mod shop;

use std::collections::HashMap;

use proptest::prelude::*;
use relance::audience::Reason;
use relance::clock::{Span, Timestamp};
use relance::id::CampaignName;
use relance::plan::Decision;
use serde_json::json;
use shop::Shop;

/// Why ana gets no newsletter, in words, and what `explain` says of the caps.
fn skip(shop: &Shop) -> (Option<(Reason, String)>, Vec<String>) {
    let explanation = shop.plan("newsletter").explain("ana");
    let decided = shop.plan("newsletter").reason("ana");
    assert_eq!(decided, explanation.skipped.as_ref().map(|skip| skip.reason), "the decision agrees");
    let caps =
        explanation.checks.iter().filter(|check| check.what.starts_with("cap ")).map(|check| format!("{}: {}", check.what, check.value));
    let caps = caps.collect();
    (explanation.skipped.map(|skip| (skip.reason, skip.detail.into_owned())), caps)
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be none")]
fn capped(words: &str) -> Option<(Reason, String)> {
    Some((Reason::FrequencyCap, words.to_owned()))
}

fn shop(config: &str) -> Shop {
    Shop::new().config(config).contact("ana")
}

#[test]
fn a_cap_of_hours_counts_hours_and_says_when_it_opens_u8() {
    let shop = shop("[limits]\ncaps = ['2 per 7d']\n").past("ana", "x", "1", "160 hours", &[]).past("ana", "x", "2", "50 hours", &[]);
    let (skip, caps) = skip(&shop);
    assert_eq!(skip, capped("2 per 7 d"));
    // The older of the two leaves the window 8 hours from now.
    assert_eq!(caps, ["cap 2 per 7 d: 2 of 2, opens again at 2026-05-20 18:00 in Europe/Paris"]);
    let mut later = shop.clone();
    later.now = later.now.plus(Span::hours(8));
    assert_eq!(later.plan("newsletter").reason("ana"), None);
}

#[test]
fn a_cap_of_days_counts_the_days_of_the_reader() {
    let config = "[limits]\ncaps = ['1 per calendar day']\n";
    let told = |zone: &str| {
        let shop = Shop::new().config(config).contact_with("ana", json!({ "timezone": zone })).at("2026-05-20T20:00");
        skip(&shop.newsletter("late = '24h'", "").past("ana", "x", "1", "10 hours", &[]))
    };
    let (stopped, caps) = told("Europe/Paris");
    assert_eq!(stopped, capped("1 per calendar day"));
    assert_eq!(caps, ["cap 1 per calendar day: 1 of 1, opens again at 2026-05-21 00:00 in Europe/Paris"]);
    // Of the two instants, Tokyo has 17:00 of the 20th and 03:00 of the 21st, Los Angeles 01:00 and 11:00 of the 20th.
    assert_eq!(told("Asia/Tokyo").0, None);
    assert_eq!(told("America/Los_Angeles").0, capped("1 per calendar day"));
}

#[test]
fn two_mails_are_a_gap_apart() {
    let shop = |ago: &str| shop("[pressure]\nmin_gap = '24h'\n").past("ana", "x", "1", ago, &[]);
    let (stopped, caps) = skip(&shop("23 hours"));
    assert_eq!(stopped, capped("less than 24 h after another"));
    assert_eq!(caps, ["cap less than 24 h after another: 1 of 1, opens again at 2026-05-20 11:00 in Europe/Paris"]);
    assert_eq!(skip(&shop("24 hours")).0, None);
}

#[test]
fn whoever_may_unsubscribe_is_written_to_less_and_told_why_2_12() {
    let config = "[limits]\ncaps = ['1 per 7d']\n[[pressure.slower]]\nwhen = 'attr.unsubscribe > 0.7'\nfactor = 4.0\n";
    let risk = |score: &str, ago: &str| {
        let shop = Shop::new().config(config).contact_with("ana", json!({ "unsubscribe": score }));
        skip(&shop.past("ana", "x", "1", ago, &[])).0
    };
    assert_eq!(risk("0.2", "10 days"), None);
    assert_eq!(risk("0.9", "10 days"), capped("1 per 28 d (slower: attr.unsubscribe > 0.7)"));
    assert_eq!(risk("0.9", "29 days"), None);
    let besides = "[[pressure.slower]]\nwhen = \"city = 'Lille'\"\ncaps = ['1 per 30d']\n";
    let in_city = |city: &str| {
        skip(&Shop::new().config(besides).contact_with("ana", json!({ "city": city })).past("ana", "x", "1", "20 days", &[])).0
    };
    assert_eq!(in_city("Lille"), capped("1 per 30 d (slower: city = 'Lille')"));
    assert_eq!(in_city("Paris"), None);
}

#[test]
fn people_of_one_account_share_its_cap_by_role_then_id_0_32() {
    let member = |role: &str, account: &str| json!({ "account_id": account, "role": role });
    let shop = Shop::new()
        .config("[pressure]\naccount_caps = ['2 per 7d']\nroles = ['Buyer', 'user']\n")
        .contact_with("a-user", member("user", "acme"))
        .contact_with("b-buyer", member("buyer", "acme"))
        .contact_with("c-boss", member("boss", "acme"))
        .contact_with("d-user", member("user", "other"))
        .contact("e-alone");
    let decided = |shop: &Shop| -> Vec<String> {
        let plan = shop.plan("newsletter");
        plan.with_accounts(|planner| {
            let admitted = plan.people.iter().filter(|profile| matches!(planner.decide(profile), Decision::Admitted(_)));
            admitted.map(|profile| profile.contact.id.to_string()).collect()
        })
    };
    assert_eq!(decided(&shop), ["a-user", "b-buyer", "d-user", "e-alone"]);
    let shop = shop.past("c-boss", "x", "1", "1 day", &[]);
    assert_eq!(decided(&shop), ["b-buyer", "d-user", "e-alone"], "one of the two is spent");
    let plan = shop.plan("newsletter");
    let explanation = plan.with_accounts(|planner| planner.explain(plan.profile("a-user")));
    assert_eq!(
        explanation.skipped.map(|skip| (skip.reason, skip.detail.into_owned())),
        Some((Reason::AccountCap, "2 per 7 d to one account".to_owned()))
    );
    let last = explanation.checks.last().expect("a check");
    assert_eq!((last.what.as_str(), last.value.as_str()), ("cap 2 per 7 d to one account", "1 of 2 before this run, first comes b-buyer"));
}

#[test]
fn a_cap_of_nothing_is_said_plainly_u8() {
    let codes = |config: &str| Shop::new().config(config).mistakes();
    assert_eq!(codes("[limits]\ncaps = ['0 per 7d']\n"), ["config::zero-cap"]);
    assert_eq!(codes("[pressure]\naccount_caps = ['0 per 7d', 'two']\n"), ["config::zero-cap", "config::not-a-cap"]);
    assert_eq!(codes("[pressure]\nmin_gap = '0s'\n"), ["time::zero"]);
    assert_eq!(codes("[[pressure.slower]]\nwhen = \"city = 'Lille'\"\n"), ["config::not-slower"]);
    assert_eq!(codes("[[pressure.slower]]\nwhen = \"city = 'Lille'\"\nfactor = 0.5\n"), ["config::not-slower"]);
    assert_eq!(codes("[[pressure.slower]]\nwhen = \"ctiy = 'Lille'\"\nfactor = 2.0\n").len(), 1);
}

/// Campaigns of a month, the first to choose first: a compulsory one, then by priority.
const CAMPAIGNS: [&str; 4] = ["card", "welcome", "newsletter", "follow"];
const PEOPLE: [&str; 4] = ["ana", "bob", "eva", "tom"];

/// Sends a day's mails as `run --due` would; returns how many.
fn run(shop: &mut Shop) -> usize {
    let today = shop.now.date(chrono_tz::Europe::Paris);
    let mut sent = 0;
    for campaign in CAMPAIGNS {
        shop.taken = HashMap::new();
        for (who, mails) in &shop.history.by_recipient {
            // The campaign of highest priority that wrote today stands for the day.
            let of_today = mails.iter().filter(|past| !past.compulsory && past.at.date(chrono_tz::Europe::Paris) == today);
            let place = |name: &CampaignName| CAMPAIGNS.iter().position(|known| *known == name.as_str());
            if let Some(first) = of_today.map(|past| past.campaign.clone()).min_by_key(place) {
                shop.taken.insert(who.clone(), first);
            }
        }
        let plan = shop.plan(campaign);
        if campaign == "newsletter" {
            assert_eq!(plan.decisions(), shop.plan(campaign).decisions(), "the same inputs give the same plan");
        }
        for profile in &plan.people {
            let who = profile.contact.id.as_str();
            if let Decision::Admitted(admission) = plan.decide(who) {
                *shop = shop.clone().remember(who, campaign, &admission);
                let last = shop.history.by_recipient.get_mut(who).and_then(|mails| mails.last_mut()).expect("a mail");
                last.compulsory = campaign == "card";
                sent += 1;
            }
        }
    }
    sent
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn over_a_month_no_cap_is_exceeded_and_what_must_be_told_is(
        n in 1_u32..4, window in 2_i64..9, gap in 12_i64..60, orders in proptest::collection::vec((0_usize..4, 0_i64..28), 0..16),
    ) {
        let card = "title = 'T'\nkind = 'reminder'\nobjective = 'service'\nwhy = 'w'\ncompulsory = true\nlate = '6d'\ntemplate = 'mail.mjml'\nsubject = { fr = 's' }\n[trigger]\non = 'expiring_payment'\n[[steps]]\nname = 'notice'\nbefore = '20d'\n[[steps]]\nname = 'last'\nbefore = '3d'\n";
        let mut shop = Shop::new()
            .at("2026-05-01T10:00")
            .config(&format!("[limits]\ncaps = ['{n} per {window}d', '1 per calendar day']\n[pressure]\nmin_gap = '{gap}h'\n"))
            .newsletter("priority = 5", "")
            .text("campaigns/card.toml", card)
            .product("P", "A", "10")
            .triggered("welcome", "welcome", "priority = 9\nlate = '2d'", "[[steps]]\nname = 'a'\nafter = '0s'\n[[steps]]\nname = 'b'\nafter = '3d'\n")
            .triggered("follow", "post_purchase", "late = '4d'", "[[steps]]\nname = 'a'\nafter = '1d'\n");
        for (number, who) in PEOPLE.iter().enumerate() {
            shop = shop.contact_with(who, json!({ "created_at": format!("2026-05-0{}T08:00:00Z", number + 1) })).card(who, who, "2026-05-28");
        }
        // What has not happened yet does not exist: the whole month is written down beforehand.
        for (number, (who, day)) in orders.iter().enumerate() {
            let at = shop.now.plus(Span::days(*day)).minus(Span::hours(2)).to_string();
            let row = json!({ "order_id": format!("O{number}"), "contact_id": PEOPLE[*who], "at": at, "product_id": "P", "quantity": 1, "unit_price": "10.00" });
            shop = shop.row("orders", row);
        }
        for _ in 0..30 {
            run(&mut shop);
            prop_assert_eq!(run(&mut shop), 0, "a second run of a day adds nothing");
            shop.now = shop.now.plus(Span::days(1));
        }
        for who in PEOPLE {
            let mails = &shop.history.by_recipient[who];
            let told: Vec<&str> = mails.iter().filter(|past| past.compulsory).map(|past| past.edition.as_str()).collect();
            prop_assert_eq!(told, [format!("notice/{who}@2026-05-28"), format!("last/{who}@2026-05-28")], "compulsory mails know no cap");
            let marketing: Vec<Timestamp> = mails.iter().filter(|past| !past.compulsory).map(|past| past.at).collect();
            prop_assert!(!marketing.is_empty());
            for (first, at) in marketing.iter().enumerate() {
                let within = |span: Span| marketing[first..].iter().filter(|other| **other < at.plus(span)).count();
                prop_assert!(within(Span::days(window)) <= n as usize, "{} {:?}", who, marketing);
                prop_assert!(within(Span::hours(gap)) <= 1, "{} {:?}", who, marketing);
            }
        }
    }
}
