//! Offers from end to end, with the program: codes of one's own over several runs, a budget that ends midway, pools and dates.

#[path = "support/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use program::{Program, parsed, recipient};

const CAMPAIGN: &str = "title = \"Panier\"\nkind = \"relance\"\nobjective = \"convert\"\nwhy = \"A basket is waiting\"\nowner = \"shop team\"\n\
    template = \"cart.mjml\"\nsubject = { fr = \"Votre panier\", en = \"Your basket\" }\n\n[trigger]\non = \"abandoned_cart\"\n\n\
    [[steps]]\nname = \"first\"\nafter = \"2h\"\noffers = [\"ten\"]\n\n[slots.cart]\nfill = \"cart\"\ncount = 3\n\n\
    [measure]\nprimary = \"revenue\"\nhorizon = \"14d\"\n";

const TEMPLATE: &str = "<mjml><mj-body><mj-section><mj-column><mj-text>{% if offer %}CODE={{ offer.code }};{% endif %}\
    <a href=\"{{ links.home | link }}\">shop</a> <a href=\"{{ links.unsubscribe }}\">stop</a> {{ sender.postal_address }}\
    </mj-text></mj-column></mj-section></mj-body></mjml>\n";

/// A shop where six people left a basket of one tea of 12.50 three hours ago; `offer` are the lines of the offer `ten`.
fn shop(offer: &str, n_codes: usize) -> (Program, Vec<String>) {
    let program = Program::new();
    program.deliver_as("eml");
    program.write("campaigns/cart.toml", CAMPAIGN);
    program.write("templates/cart.mjml", TEMPLATE);
    program.write("offers.toml", format!("[offers.ten]\ntitle = {{ fr = \"Dix\", en = \"Ten\" }}\npercent = 10\n{offer}\n"));
    program.write("codes.txt", (0..n_codes).fold(String::new(), |text, n| text + &format!("TEN-{n:03}\n")));
    let mut contacts = csv::Reader::from_path(program.path("data/contacts.csv")).expect("contacts");
    let rows = contacts.deserialize().map(|row| row.expect("a row"));
    let agrees = |row: &BTreeMap<String, String>| row["consent_newsletter"] == "yes" && row["consent_profiling"] == "yes";
    let mut events = fs::read_to_string(program.path("data/events.jsonl")).expect("events");
    let has_no_basket = |row: &BTreeMap<String, String>| !events.contains(&format!("\"cart_add\", \"contact_id\": \"{}\"", row["id"]));
    let people: Vec<_> = rows.filter(|row| agrees(row) && has_no_basket(row)).take(6).collect();
    assert_eq!(people.len(), 6);
    for person in &people {
        let id = &person["id"];
        let _ = writeln!(
            events,
            "{{\"at\": \"2026-03-05T06:00:00+01:00\", \"kind\": \"cart_add\", \"contact_id\": \"{id}\", \"product_id\": \"t1\", \"quantity\": 1}}"
        );
    }
    program.write("data/events.jsonl", events);
    let mut addresses: Vec<String> = people.iter().map(|person| person["email"].clone()).collect();
    addresses.sort();
    (program, addresses)
}

/// Returns the code in the mail of each person, if there is one.
fn codes(program: &Program) -> BTreeMap<String, Option<String>> {
    let code = |text: &str| text.split_once("CODE=").and_then(|(_, rest)| rest.split_once(';')).map(|(code, _)| code.to_owned());
    let read = |raw: &Vec<u8>| {
        let mail = parsed(raw);
        (recipient(&mail), code(&mail.body_text(0).expect("a text")))
    };
    program.mails("eml").iter().map(read).collect()
}

#[test]
fn each_has_a_code_of_their_own_over_runs_that_were_cut_short() {
    let (program, people) = shop("codes = \"codes.txt\"", 9);
    program.done("run cart --yes --limit 2");
    let first = codes(&program);
    assert_eq!(first.len(), 2);
    program.done("run cart --yes --limit 1");
    program.done("send cart");
    program.done("run cart --yes");
    let all = codes(&program);
    assert_eq!(all.keys().cloned().collect::<Vec<_>>(), people);
    let given: BTreeSet<&String> = all.values().flatten().collect();
    assert!(given.len() == 6 && given.iter().all(|code| code.starts_with("TEN-00")), "six people, six codes: {all:?}");
    assert!(first.iter().all(|(person, code)| all[person] == *code), "whoever had a code keeps it");
}

#[test]
fn a_budget_that_ends_midway_leaves_the_others_a_mail_without_the_offer() {
    let (program, people) = shop("code = \"DIX\"\nbudget = \"2.50 EUR\"", 0);
    program.done("run cart --yes");
    let all = codes(&program);
    assert_eq!(all.keys().cloned().collect::<Vec<_>>(), people);
    assert_eq!(all.values().flatten().count(), 2, "two times 1.25: {all:?}");
}

#[test]
fn a_budget_goes_past_a_basket_that_is_too_dear_for_it() {
    let (program, people) = shop("code = \"DIX\"\nbudget = \"2.50 EUR\"", 0);
    let events = fs::read_to_string(program.path("data/events.jsonl")).expect("events");
    let of_shop = |line: &&str| line.contains("2026-03-05T06:00:00+01:00");
    let id = |line: &str| line.split_once("\"contact_id\": \"").and_then(|(_, rest)| Some(rest.split_once('"')?.0.to_owned()));
    let first = events.lines().filter(of_shop).filter_map(id).min().expect("a person");
    let dear = |line: &str| {
        let is_first = of_shop(&line) && id(line).is_some_and(|id| id == first);
        if is_first { line.replace("\"quantity\": 1", "\"quantity\": 3") } else { line.to_owned() }
    };
    program.write("data/events.jsonl", events.lines().map(dear).fold(String::new(), |text, line| text + &line + "\n"));
    let explained = program.done(&format!("explain cart {first}")).stdout;
    assert!(explained.contains("2.50 EUR of the budget of 2.50 EUR is left, not 3.75 EUR"), "{explained}");
    let given = || {
        let plan: serde_json::Value = serde_json::from_str(&program.done("plan cart --json -q").stdout).expect("JSON");
        plan["offers"].clone()
    };
    program.edit("offers.toml", "budget", "too_dear = \"stop\"\nbudget");
    assert_eq!(given(), serde_json::json!({}), "the first is too dear, and nobody behind gets it");
    program.edit("offers.toml", "too_dear = \"stop\"\n", "");
    assert_eq!(given(), serde_json::json!({ "ten": 2 }));
    program.done("run cart --yes");
    let all = codes(&program);
    assert_eq!((all.len(), all.values().flatten().count()), (people.len(), 2), "three teas, then two times 1.25: {all:?}");
}

#[test]
fn a_pool_with_too_few_codes_is_found_before_anything_is_sent() {
    let (program, people) = shop("codes = \"codes.txt\"", 0);
    let checked = program.run("check");
    assert!(checked.code == 78 && checked.stderr.contains("`codes.txt` holds no code"), "{checked:?}");
    program.write("codes.txt", "TEN-A\nTEN-B\n");
    program.done("check");
    program.run("run cart --yes").failed(2, "cart needs 6 codes of `codes.txt` and 2 are left");
    assert!(program.files("outbox").is_empty());
    program.edit("offers.toml", "codes = \"codes.txt\"", "codes = \"codes.txt\"\nwhen_empty = \"skip_offer\"");
    program.done("run cart --yes");
    let all = codes(&program);
    assert_eq!((all.len(), all.values().flatten().count()), (people.len(), 2), "{all:?}");
}

#[test]
fn an_offer_past_its_last_day_fails_the_check_and_is_in_no_mail_which_plan_and_run_say() {
    let (program, people) = shop("code = \"DIX\"\nuntil = 2026-03-04", 0);
    let checked = program.run("check");
    assert!(checked.code == 78 && checked.stderr.contains("offer::ended"), "{checked:?}");
    let words = "offer `ten` ended on 2026-03-04: no mail of cart carries it";
    for line in ["plan cart", "plan cart --json -q", "run cart --yes"] {
        let said = program.done(line).stderr;
        assert_eq!(said.matches(words).count(), 1, "{line}: {said}");
    }
    assert!(!program.done("plan newsletter").stderr.contains("ended on"), "it names no offer");
    let all = codes(&program);
    assert!(all.len() == people.len() && all.values().all(Option::is_none), "{all:?}");
    program.edit("offers.toml", "2026-03-04", "2026-03-05");
    program.done("check");
    for line in ["plan cart", "run cart --yes"] {
        let said = program.done(line).stderr;
        assert!(!said.contains("ended on"), "{line}, on its last day: {said}");
    }
}
