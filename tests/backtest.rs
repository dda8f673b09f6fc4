//! A backtest beside the program run day after day: the same decisions, nothing of later days, and picks counted as by hand.

#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use program::Program;
use relance::clock::{Span, Timestamp};
use serde_json::Value;

/// The simulated days.
const DAYS: std::ops::RangeInclusive<u32> = 1..=12;

/// The starter with a letter of every day beside its newsletter, which matters more, and at most three mails a week.
fn shop() -> Program {
    let program = Program::new();
    program.deliver_as("eml");
    let newsletter = fs::read_to_string(program.path("campaigns/newsletter.toml")).expect("a campaign");
    let daily = newsletter
        .replace("0 9 * * 4", "0 8 * * *")
        .replace("consent = ", "priority = -5\nlate = \"12h\"\nconsent = ")
        .replace("not_bought_within = \"60d\"", "not_bought_within = \"60d\"\nnot_shown_within = \"2d\"");
    program.write("campaigns/daily.toml", daily);
    program
}

fn backtest(program: &Program) -> (Value, Vec<Value>) {
    let file = program.path("decisions.jsonl");
    let line = format!("backtest --from 2026-02-01 --to 2026-02-12 --decisions {} --json", file.display());
    let value = serde_json::from_str(&program.done(&line).stdout).expect("JSON");
    (value, lines(&fs::read_to_string(file).expect("decisions")))
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Runs a command at nine of a day of February.
fn at(program: &Program, day: u32, line: &str) -> String {
    let now = format!("2026-02-{day:02}T09:00");
    let arguments = program.arguments(line).into_iter().map(|word| if word == program::NOW { now.clone() } else { word });
    let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
    let output = command.args(arguments).current_dir(program.folder.path()).output().expect("it runs");
    // 1 tells of the edition that was missed before the first day.
    assert!(matches!(output.status.code(), Some(0 | 1)), "{line} on {day}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn days_in_memory_decide_what_separate_plans_and_runs_decide() {
    let program = shop();
    let (report, decisions) = backtest(&program);
    assert!(program.files("outbox").is_empty() && program.files(".relance").is_empty(), "a backtest leaves nothing behind");
    let of = |day: u32, campaign: &str| -> Vec<Value> {
        let at = format!("2026-02-{day:02}T08:00:00Z");
        let mine = decisions.iter().filter(|line| line["at"] == at.as_str() && line["campaign"] == campaign);
        mine.cloned()
            .map(|mut line| {
                let fields = line.as_object_mut().expect("an object");
                fields.remove("at");
                fields.remove("campaign");
                line
            })
            .collect()
    };
    let mut n_sent = 0;
    for day in DAYS {
        let is_thursday = day % 7 == 5;
        // What matters most decides first: a plan made before the day's run sees what that campaign sees.
        let first = if is_thursday { "newsletter" } else { "daily" };
        let file = program.path("plan.jsonl");
        at(&program, day, &format!("plan {first} --decisions {}", file.display()));
        assert_eq!(of(day, first), lines(&fs::read_to_string(file).expect("a plan")), "{first} on {day}");
        for ran in lines(&at(&program, day, "run --due --yes --allow-growth --override-red tester --json")) {
            let name = ran["campaign"].as_str().expect("a name");
            let counted = report["days"][day as usize - 1]["campaigns"].as_array().expect("a list");
            let counted = counted.iter().find(|counted| counted["campaign"] == name).expect("the campaign");
            assert_eq!((&counted["planned"], &counted["skipped"]), (&ran["planned"], &ran["skipped"]), "{name} on {day}");
            n_sent += ran["sent"].as_u64().expect("a number");
        }
    }
    let admitted: Vec<&Value> = decisions.iter().filter(|line| line["decision"] == "admitted").collect();
    assert_eq!(n_sent, admitted.len() as u64);
    assert_eq!(report["mails"]["marketing"], admitted.len());
    let kept = report["kept"].to_string();
    assert!(kept.contains("lower_priority") && kept.contains("3 per 7 d"), "{kept}");
    let mut per_person: BTreeMap<&str, u64> = BTreeMap::new();
    for line in &admitted {
        *per_person.entry(line["recipient"].as_str().expect("an id")).or_default() += 1;
    }
    for row in report["mails_per_person"].as_array().expect("a list").iter().filter(|row| row["mails"] != 0) {
        let brute = per_person.values().filter(|n| row["mails"] == **n).count();
        assert_eq!(row["people"], brute, "{row}");
    }
    let both = |line: &&Value| line["decision"] == "admitted" || line["reason"] == "lower_priority";
    let mut wanted: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for line in decisions.iter().filter(both) {
        *wanted.entry((line["at"].as_str().expect("an instant"), line["recipient"].as_str().expect("an id"))).or_default() += 1;
    }
    assert_eq!(report["wanted_by_several"], wanted.values().filter(|n| **n > 1).count());
    assert!(report["caveats"].to_string().contains("moved by the mails"), "{}", report["caveats"]);
}

#[test]
fn no_day_sees_what_came_after_it() {
    let program = shop();
    let (_, before) = backtest(&program);
    let last = "2026-02-12T09:00";
    for name in ["data/orders.csv", "data/events.jsonl"] {
        let text = fs::read_to_string(program.path(name)).expect("a file");
        let instant = |line: &str| {
            line.match_indices("2026-02-").chain(line.match_indices("2026-03-")).next().map(|(at, _)| line[at..at + 16].to_owned())
        };
        let kept: Vec<&str> = text.lines().filter(|line| instant(line).is_none_or(|at| at.as_str() < last)).collect();
        assert!(kept.len() < text.lines().count(), "{name} has nothing later");
        program.write(name, kept.join("\n") + "\n");
    }
    assert_eq!(backtest(&program).1, before);
}

#[test]
fn hits_are_those_counted_by_hand_beside_popularity() {
    let program = shop();
    let (report, decisions) = backtest(&program);
    let zone = chrono_tz::Europe::Paris;
    let instant = |text: &str| Timestamp::parse(text, zone).expect("an instant");
    let mut reader = csv::Reader::from_path(program.path("data/orders.csv")).expect("orders");
    let orders: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.expect("a row")).collect();
    for campaign in ["daily", "newsletter"] {
        let (mut mails, mut hit) = (0, 0);
        for line in decisions.iter().filter(|line| line["campaign"] == campaign && line["decision"] == "admitted") {
            let at = instant(line["at"].as_str().expect("an instant"));
            let picks = line["slots"]["picks"]["picks"].as_array().expect("picks");
            let bought = |order: &&BTreeMap<String, String>| {
                let when = instant(&order["at"]);
                let of_pick = picks.iter().any(|pick| pick["product"] == order["product_id"].as_str());
                line["recipient"] == order["contact_id"].as_str()
                    && order["status"] == "placed"
                    && of_pick
                    && when > at
                    && when <= at.plus(Span::days(14))
            };
            mails += 1;
            hit += u64::from(orders.iter().any(|order| bought(&order)));
        }
        let hits = &report["hits"][campaign];
        assert_eq!((&hits["mails"], &hits["hit"]), (&Value::from(mails), &Value::from(hit)), "{campaign}");
        assert!(hits["popular_rate"]["value"].is_number() && hits["rate"]["value"].is_number(), "{hits}");
    }
    assert!(report["hits"]["daily"]["hit"].as_u64() > Some(0), "a test without a hit shows little");
}

#[test]
fn a_ledger_is_where_the_days_begin_when_it_is_asked_for() {
    let program = shop();
    let before = shop();
    for program in [&program, &before] {
        program.edit("relance.toml", "3 per 7d", "1 per 7d");
    }
    at(&program, 10, "run daily --yes --allow-growth --override-red tester -q");
    at(&before, 9, "run daily --yes --allow-growth --override-red tester -q");
    let planned = |program: &Program, more: &str| {
        let line = format!("backtest daily --from 2026-02-10 --to 2026-02-11{more} --json");
        let report: Value = serde_json::from_str(&program.done(&line).stdout).expect("JSON");
        report["days"][0]["campaigns"][0]["planned"].as_u64().expect("a number")
    };
    let empty = planned(&program, "");
    assert_eq!(planned(&program, " --with-ledger"), empty, "a mail of that very day is not before it");
    assert!(planned(&before, " --with-ledger") < empty, "a mail of the day before leaves room for none");
    assert_eq!(planned(&before, ""), empty, "nothing is asked of the ledger unless it is wanted");
}

#[test]
fn days_that_have_not_come_and_campaigns_that_are_not_there_are_refused() {
    let program = shop();
    program.run("backtest --to 2026-03-06").failed(2, "09:00 of 2026-03-06 has not come yet");
    program.run("backtest --from 2026-03-02 --to 2026-03-01").failed(2, "is after the last");
    program.run("backtest --from 2020-01-01").failed(2, "are more than 366");
    program.run("backtest --hour noon").failed(2, "is not an hour of the day");
    assert_ne!(program.run("backtest nothing").code, 0);
}
