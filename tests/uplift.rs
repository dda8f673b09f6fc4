//! An uplift from end to end, with the program: people held out by a campaign, orders that a mail brings from half of them only,
//! a score that finds this half, and a condition that chooses it.

#[path = "support/program.rs"]
mod program;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use program::Program;
use relance::id::stable_unit;
use serde_json::Value;

const SCORE: &str = "\n[scores.moved]\nkind = \"uplift\"\ncampaign = \"newsletter\"\nwithin = \"14d\"\n";
/// When the horizon of everybody who was drawn is over.
const LATER: &str = "2026-03-26T09:00";

/// Those whom a mail moves: they ordered some weeks ago, the others half a year ago.
fn is_movable(who: usize) -> bool {
    who.is_multiple_of(2)
}

/// A shop whose newsletter holds half of its people out, before its first edition.
fn shop(people: usize) -> Program {
    let program = Program::new();
    program.deliver_as("jsonl");
    let config = fs::read_to_string(program.path("relance.toml")).expect("a text");
    program.write("relance.toml", format!("{config}{SCORE}"));
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "holdout = \"50%\"");
    let mut contacts = String::from("id,email,locale,created_at,consent_newsletter,consent_newsletter_at,consent_profiling\n");
    let mut orders = String::from("order_id,contact_id,at,product_id,quantity,unit_price,status\n");
    for who in 0..people {
        _ = writeln!(contacts, "p{who:04},p{who:04}@mail.example,fr-FR,2025-06-01,yes,2025-06-01,yes");
        let (month, day) = (if is_movable(who) { 2 } else { 8 }, 1 + who % 20);
        let year = if is_movable(who) { 2026 } else { 2025 };
        _ = writeln!(orders, "a{who},p{who:04},2025-07-{:02}T12:00:00,t{},1,9.90,placed", 1 + who % 28, who % 5 + 1);
        _ = writeln!(orders, "b{who},p{who:04},{year}-{month:02}-{day:02}T12:00:00,t{},1,9.90,placed", who % 3 + 1);
    }
    program.write("data/contacts.csv", contacts);
    program.write("data/orders.csv", orders);
    program.write("data/events.jsonl", "");
    program
}

/// Sends the newsletter, then lets people order: one in seven anyway, half of those who were written to and can be moved; says who did.
fn written_to(program: &Program) -> BTreeSet<String> {
    let path = program.path("decisions.jsonl");
    program.done(&format!("plan newsletter -q --decisions {}", path.display()));
    let decisions = fs::read_to_string(path).expect("decisions");
    let arms: BTreeMap<String, String> = decisions.lines().filter_map(arm).collect();
    program.done("run newsletter --yes --override-red tester");
    assert_eq!(program.count("sent"), arms.values().filter(|arm| *arm != "control").count() as u64, "all who are not held out");
    let mut orders = fs::read_to_string(program.path("data/orders.csv")).expect("orders");
    let mut ordered = BTreeSet::new();
    for (n, (who, arm)) in arms.iter().enumerate() {
        let number: usize = who[1..].parse().expect("a number");
        let p = if arm != "control" && is_movable(number) { 0.5 } else { 0.14 };
        if stable_unit(&["orders after the mail", who]) < p {
            _ = writeln!(orders, "c{n},{who},2026-03-{:02}T18:00:00,t{},1,9.90,placed", 6 + n % 12, n % 5 + 1);
            ordered.insert(who.clone());
        }
    }
    program.write("data/orders.csv", orders);
    ordered
}

/// Who was drawn, and where to.
fn arm(line: &str) -> Option<(String, String)> {
    let decision: Value = serde_json::from_str(line).expect("JSON");
    Some((decision["recipient"].as_str()?.to_owned(), decision["arm"].as_str()?.to_owned()))
}

fn json_at(program: &Program, now: &str, line: &str) -> Value {
    let ended = program.run_at(now, line);
    assert_eq!(ended.code, 0, "{line}: {ended:?}");
    serde_json::from_str(ended.stdout.trim()).expect("JSON")
}

#[test]
fn whom_a_mail_moves_is_learned_from_the_held_out_and_chosen_by_a_condition_0_7() {
    let program = shop(1_400);
    let ordered = written_to(&program);
    let learned = json_at(&program, LATER, "score train moved --json");
    let model = &learned["scores"][0];
    let rows = |of: &Value| of["rows"].as_u64().expect("a number");
    assert_eq!(rows(model) + rows(&model["without"]), 1_400, "everybody who was drawn, in one arm or the other");
    assert!(rows(&model["without"]) > 600, "half are held out: {}", rows(&model["without"]));

    let judged = json_at(&program, LATER, "score evaluate --score moved --json");
    assert_eq!(judged["model"]["version"], model["version"], "judging keeps to what was learned");
    let effect = &judged["model"]["effect"];
    let figure = |of: &str, key: &str| effect[of][key].as_f64().expect("a number");
    // Of the half that is moved 36 points are planted, of the other none, of all half of it.
    assert!(figure("difference", "low") > 0.1 && figure("highest", "low") > 0.2, "{effect}");
    assert!(figure("lowest", "low") < 0.0 && figure("lowest", "value").abs() < 0.1, "{effect}");
    assert!((figure("all", "value") - 0.18).abs() < 0.06, "{effect}");
    let words = program.run_at(LATER, "score evaluate --score moved").stdout;
    assert!(words.contains("worth using: it finds whom the mail moves, not by chance"), "{words}");

    program.edit("campaigns/newsletter.toml", "holdout = \"50%\"", "holdout = \"50%\"\nall = [\"score('moved') > 0.15\"]");
    let path = program.path("chosen.jsonl");
    let planned = program.run_at(LATER, &format!("plan newsletter -q --decisions {}", path.display()));
    assert_eq!(planned.code, 0, "{planned:?}");
    // Drawn are those whom the condition chose, held out or not.
    let chosen: BTreeSet<String> = fs::read_to_string(path).expect("decisions").lines().filter_map(arm).map(|(who, _)| who).collect();
    let (movable, others): (Vec<&String>, Vec<&String>) = chosen.iter().partition(|who| is_movable(who[1..].parse().expect("a number")));
    assert_eq!(movable.len(), 700, "all whom a mail moves");
    // Of the others only some of those who ordered since: they are now like people who ordered some weeks ago.
    assert!(others.len() < 120 && others.iter().all(|who| ordered.contains(*who)), "{others:?}");
}

#[test]
fn too_few_people_or_a_campaign_that_holds_nobody_out_teach_nothing() {
    let program = shop(300);
    program.run_at(LATER, "score train moved").failed(65, "0 people were written to and 0 held out");
    written_to(&program);
    let thin = program.run_at(LATER, "score train moved");
    thin.failed(65, "200 of each are needed");
    assert!(thin.stderr.contains("hold out a larger share"), "{thin:?}");
    program.run_at(LATER, "score evaluate --score moved").failed(65, "200 of each are needed");
    assert!(!program::exists(&program.path(".relance/scores/moved.json")), "nothing half learned is kept");
    let unknown = program.run_at(LATER, "score apply moved");
    unknown.failed(65, "was not learned yet");
    program.edit("campaigns/newsletter.toml", "holdout = \"50%\"", "");
    program.run_at(LATER, "score train moved").failed(78, "campaign `newsletter` holds nobody out");
}
