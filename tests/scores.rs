//! Scores from end to end, with the program: learned, judged, written out, named by conditions, and an offer for the undecided only.

#[path = "support/habits.rs"]
mod habits;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;

use habits::{PEOPLE, shop};
use program::Program;
use serde_json::Value;

const MODEL: &str = ".relance/scores/purchase_14d.json";

const CAMPAIGN: &str = "title = \"Panier\"\nkind = \"relance\"\nobjective = \"convert\"\nwhy = \"A basket is waiting\"\nowner = \"shop team\"\n\
    template = \"cart.mjml\"\nsubject = { fr = \"Votre panier\", en = \"Your basket\" }\n\n[trigger]\non = \"abandoned_cart\"\n\n\
    [[steps]]\nname = \"first\"\nafter = \"2h\"\noffers = [\"ten\"]\n\n[slots.cart]\nfill = \"cart\"\ncount = 3\n\n\
    [measure]\nprimary = \"revenue\"\nhorizon = \"14d\"\n";

const TEMPLATE: &str = "<mjml><mj-body><mj-section><mj-column><mj-text>{% if offer %}{{ offer.code }}{% endif %}\
    <a href=\"{{ links.home | link }}\">shop</a> <a href=\"{{ links.unsubscribe }}\">stop</a> {{ sender.postal_address }}\
    </mj-text></mj-column></mj-section></mj-body></mjml>\n";

fn json(program: &Program, line: &str) -> Value {
    serde_json::from_str(program.done(line).stdout.trim()).expect("JSON")
}

/// The scores that `apply` writes: by id, the score and the band.
fn applied(program: &Program, name: &str) -> BTreeMap<String, (f64, String)> {
    let written = program.done(&format!("score apply {name}")).stdout;
    let mut rows = csv::Reader::from_reader(written.as_bytes());
    let row = |row: csv::StringRecord| (row[0].to_owned(), (row[1].parse().expect("a number"), row[2].to_owned()));
    rows.records().map(|found| row(found.expect("a row"))).collect()
}

#[test]
fn a_model_is_the_same_for_the_same_past_and_holds_nobody() {
    let program = shop("");
    program.done("score train");
    let first = fs::read_to_string(program.path(MODEL)).expect("a model");
    program.done("score train purchase_14d");
    assert_eq!(first, fs::read_to_string(program.path(MODEL)).expect("a model"), "the same past, the same bytes");
    assert!((0..PEOPLE).all(|who| !first.contains(&format!("p{who:03}"))), "no id and no address of anybody");
    assert!(!first.contains("mail.example"));
    let model: Value = serde_json::from_str(&first).expect("JSON");
    assert_eq!((&model["learned_until"], &model["days"].as_array().expect("days").len()), (&Value::from("2026-03-05"), &6));
    let orders = fs::read_to_string(program.path("data/orders.csv")).expect("orders");
    program.write("data/orders.csv", format!("{orders}x1,p002,2026-02-20T10:00:00,t1,1,9.90,placed\n"));
    program.done("score train");
    let second: Value = serde_json::from_str(&fs::read_to_string(program.path(MODEL)).expect("a model")).expect("JSON");
    assert_ne!(model["version"], second["version"], "another past, another version");
}

#[test]
#[expect(clippy::cast_precision_loss, reason = "a number of people")]
fn a_score_tells_who_comes_back_and_says_so() {
    let program = shop("");
    let told = json(&program, "score evaluate --score purchase_14d --at 2026-02-15 --json");
    let judged = &told["judged"];
    assert!(judged["auc"]["low"].as_f64() > Some(0.75), "{judged}");
    assert_eq!((judged["verdict"].as_str(), judged["deciles"].as_array().map(Vec::len)), (Some("worth"), Some(10)));
    assert_eq!(told["model"]["learned_until"], "2026-02-15", "nothing of the days that judge was learned");
    let words = program.done("score evaluate --score purchase_14d --at 2026-02-15").stdout;
    assert!(words.contains("worth using") && words.contains("tenth"), "{words}");
    program.done("score train");
    let scores = applied(&program, "purchase_14d");
    let mean = |kind: usize| {
        let theirs: Vec<f64> =
            (0..PEOPLE - 1).filter(|who| who % 3 == kind).filter_map(|who| Some(scores.get(&format!("p{who:03}"))?.0)).collect();
        theirs.iter().sum::<f64>() / theirs.len() as f64
    };
    assert!(mean(0) > mean(1) + 0.2 && mean(1) > mean(2) + 0.1, "{} {} {}", mean(0), mean(1), mean(2));
    assert!(!scores.contains_key("p359"), "who refuses profiling has no score");
}

#[test]
fn probabilities_beat_the_base_rate_mean_what_they_say_and_have_another_version_later_0_6() {
    let program = shop("");
    let told = json(&program, "score evaluate --score purchase_14d --at 2026-02-15 --json");
    let judged = &told["judged"];
    let number = |value: &Value| value.as_f64().expect("a number");
    assert!(number(&judged["log_loss"]) < number(&judged["base_log_loss"]) * 0.9, "{judged}");
    assert!(number(&judged["brier_gain"]["low"]) > 0.0, "{judged}");
    // Of each tenth, what happened is what was said, as far as chance lets so few people tell: three standard errors.
    let deciles = judged["deciles"].as_array().expect("tenths");
    for decile in deciles {
        let (said, happened) = (number(&decile["said"]), number(&decile["happened"]));
        let error = (said * (1.0 - said) / number(&decile["people"])).sqrt();
        assert!((said - happened).abs() < 3.0 * error.max(0.01), "{said} was said, {happened} happened");
    }
    assert!(number(&deciles[9]["happened"]) > number(&deciles[0]["happened"]) + 0.4, "{judged}");
    let words = program.done("score evaluate --score purchase_14d --at 2026-02-15").stdout;
    assert!(words.contains("points on average; by chance alone it would be"), "{words}");
    let again = json(&program, "score evaluate --score purchase_14d --at 2026-02-15 --json");
    assert_eq!(again, told, "the same past");
    let earlier = json(&program, "score evaluate --score purchase_14d --at 2026-02-08 --json");
    assert_ne!(earlier["model"]["version"], told["model"]["version"], "a week more of the past");
}

#[test]
fn a_plan_is_refused_once_a_model_it_rests_on_is_another() {
    let program = shop("");
    program.deliver_as("jsonl");
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "all = [\"score('purchase_14d') > 0.6\"]");
    program.done("score train");
    let plan = program.path("the.plan").display().to_string();
    program.done(&format!("plan newsletter -q --out {plan}"));
    let model = fs::read(program.path(MODEL)).expect("a model");
    let learned = program.run_at("2026-03-04T09:00", "score train");
    assert_eq!(learned.code, 0, "{learned:?}");
    let run = format!("run --plan {plan} --yes");
    program.run(&run).failed(2, "the models of scores: `purchase_14d` changed");
    assert!(program.files("outbox").is_empty() && program.count("sent") == 0);
    // What it was planned with, byte for byte: it stands.
    program.write(MODEL, model);
    let ran = program.run(&run);
    assert!(ran.code == 0 && program.count("sent") > 10, "{ran:?}");
}

#[test]
fn a_backtest_says_of_which_scores_it_knows_too_much() {
    let program = shop("");
    let line = "backtest newsletter --from 2026-02-24 --to 2026-02-26";
    let caveats = |program: &Program| json(program, &format!("{line} --json"))["caveats"].as_array().expect("a list").len();
    assert_eq!(caveats(&program), 2, "a score that has no model flatters nobody");
    program.done("score train");
    assert_eq!(caveats(&program), 3);
    let words = program.done(line).stdout;
    assert!(words.contains("score `purchase_14d` is by models of now, which learned from what happened on these days"), "{words}");
    assert_eq!(program.run_at("2026-02-20T09:00", "score train").code, 0);
    assert_eq!(caveats(&program), 2, "a model of before these days knows nothing of them");
}

/// Orders in the hours that a horizon of so many times 24 hours would have on the wrong side, around the days when clocks are set.
#[test]
fn a_horizon_counts_local_days_when_clocks_are_set() {
    let program = shop("");
    let orders = fs::read_to_string(program.path("data/orders.csv")).expect("orders");
    // (the instant to judge at, the first day judged, an order in the last hour, one in the hour after, one in the hour before the first)
    let cases = [
        ("2026-03-05T09:00", "2025-10-13", "2025-10-26T23:30:00", "2025-10-27T00:30:00", "2025-10-12T23:30:00"),
        ("2026-04-20T09:00", "2026-03-16", "2026-03-29T23:30:00", "2026-03-30T00:30:00", "2026-03-15T23:30:00"),
    ];
    for (now, day, last, after, before) in cases {
        let n_ordered = |at: Option<&str>| {
            let first: chrono::NaiveDate = day.parse().expect("a day");
            let is_near = |row: &&str| {
                let at: chrono::NaiveDate = row.split(',').nth(2).and_then(|at| at.get(..10)?.parse().ok()).expect("a day");
                (-1..=14).contains(&(at - first).num_days())
            };
            let busy: std::collections::BTreeSet<&str> =
                orders.lines().skip(1).filter(is_near).map(|row| row.split(',').nth(1).expect("a person")).collect();
            // Five people who did nothing on those days, and ordered before.
            let idle = (0..PEOPLE - 1).map(|who| format!("p{who:03}")).filter(|who| {
                let ordered = |row: &str| row.contains(&format!(",{who},")) && row.split(',').nth(2) < Some(day);
                !busy.contains(who.as_str()) && orders.lines().any(ordered)
            });
            let more: Vec<String> = idle.take(5).filter_map(|who| Some(format!("late-{who},{who},{},t1,1,9.90,placed\n", at?))).collect();
            assert_eq!(more.len(), if at.is_some() { 5 } else { 0 });
            program.write("data/orders.csv", format!("{orders}{}", more.concat()));
            let told = json(&program, &format!("score evaluate --score purchase_14d --at {day} --json --now {now}"));
            told["judged"]["positives"].as_u64().expect("a number")
        };
        let others = n_ordered(None);
        assert_eq!(n_ordered(Some(last)), others + 5, "{last} is of the fourteen days from {day}");
        assert_eq!(n_ordered(Some(after)), others, "{after} is not");
        assert_eq!(n_ordered(Some(before)), others, "{before} was known");
    }
}

#[test]
fn a_day_whose_horizon_has_not_ended_cannot_judge() {
    let program = shop("");
    let refused = program.run("score evaluate --score purchase_14d --at 2026-03-01");
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--at 2026-02-19"), "{}", refused.stderr);
    let unknown = program.run("score apply purchase_15d");
    assert!(unknown.stderr.contains("did you mean `purchase_14d`?"), "{}", unknown.stderr);
}

#[test]
fn without_a_model_nothing_is_decided_and_an_old_one_is_told() {
    let program = shop("");
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "all = [\"score('purchase_14d') > 0.2\"]");
    let refused = program.run("plan newsletter");
    assert_eq!(refused.code, 78);
    assert!(refused.stderr.contains("campaigns/newsletter.toml") && refused.stderr.contains("relance score train purchase_14d"));
    assert_eq!(program.run("check").code, 78);
    program.done("score train");
    let planned = program.done("plan newsletter");
    assert!(!planned.stderr.contains("days ago"), "{}", planned.stderr);
    let explained = program.done("explain newsletter p000").stdout;
    let model: Value = serde_json::from_str(&fs::read_to_string(program.path(MODEL)).expect("a model")).expect("JSON");
    let version = model["version"].as_str().expect("a version");
    assert!(explained.contains(version) && explained.contains("score('purchase_14d') > 0.2"), "{explained}");
    program.edit(MODEL, "\"learned_until\": \"2026-03-05\"", "\"learned_until\": \"2026-01-20\"");
    let old = program.done("plan newsletter");
    assert!(old.stderr.contains("was learned 44 days ago") && old.stderr.contains("relance score train purchase_14d"), "{}", old.stderr);
    assert!(program.done("check").stderr.contains("was learned 44 days ago"));
    let now = fs::read_to_string(program.path(MODEL)).expect("a model");
    let mut before: Value = serde_json::from_str(&now).expect("JSON");
    before["format"] = 1.into();
    before["calibration"] = serde_json::json!({ "slope": 1.1, "intercept": -0.1 });
    program.write(MODEL, before.to_string());
    let other = program.run("plan newsletter");
    assert_eq!(other.code, 78, "a model that an earlier relance made is none: {}", other.stderr);
    assert!(other.stderr.contains("relance score train purchase_14d"), "{}", other.stderr);
    program.write(MODEL, &now);
    program.edit(MODEL, "\"recency\"", "\"age\"");
    assert_eq!(program.run("plan newsletter").code, 78, "a model of other columns is none");
    program.write(MODEL, "{");
    let damaged = program.run("plan newsletter");
    assert_eq!(damaged.code, 65);
    assert!(damaged.stderr.contains("relance score train purchase_14d"), "{}", damaged.stderr);
}

#[test]
fn only_the_undecided_get_the_discount() {
    let program = shop("");
    program.write("campaigns/cart.toml", CAMPAIGN);
    program.write("templates/cart.mjml", TEMPLATE);
    let offer =
        |all: &str| format!("[offers.ten]\ntitle = {{ fr = \"Dix\", en = \"Ten\" }}\npercent = 10\ncode = \"TEN\"\nall = [{all}]\n");
    program.write("offers.toml", offer("\"undecided('purchase_14d')\""));
    program.done("score train");
    let scores = applied(&program, "purchase_14d");
    let path = program.path("decisions.jsonl");
    let planned = json(&program, &format!("plan cart --decisions {} --json", path.display()));
    let decisions = fs::read_to_string(path).expect("decisions");
    let (mut with, mut without) = (0, BTreeMap::new());
    for line in decisions.lines() {
        let decision: Value = serde_json::from_str(line).expect("JSON");
        let who = decision["recipient"].as_str().expect("an id");
        let band = scores.get(who).map_or("unknown", |(_, band)| band);
        if decision["offer"].is_null() {
            *without.entry(band.to_owned()).or_insert(0) += 1;
        } else {
            assert_eq!(band, "undecided", "{who}");
            with += 1;
        }
    }
    assert!(with > 50 && without["likely"] > 50 && without["unlikely"] > 30, "{with} {without:?}");
    let money = |of: &str| planned["money"]["ten"][of]["minor"].as_i64().expect("an amount");
    assert!(money("saved") > 0 && money("exposed") > 0 && money("saved") < money("to_all"), "{}", planned["money"]);
    assert!(program.done("plan cart").stdout.contains("saved"));
}

#[test]
fn a_column_is_read_a_likeness_is_learned_from_now_and_too_little_is_refused() {
    let program = shop(
        "\n[scores.lead]\nkind = \"column\"\ncolumn = \"lead\"\nundecided = [3, 6]\n\n[scores.like]\nkind = \"lookalike\"\nseed = \"tea-lovers\"\n\
         \n[scores.leaving]\nkind = \"unsubscribe\"\nwithin = \"30d\"\n",
    );
    let lead = applied(&program, "lead");
    let band = |who: &str| (lead[who].0, lead[who].1.as_str());
    assert_eq!([band("p001"), band("p004"), band("p007")], [(1.0, "unlikely"), (4.0, "undecided"), (7.0, "likely")]);
    assert!(!lead.contains_key("p359"), "who refuses profiling has no score, whoever computed it");
    let learned = json(&program, "score train like --json");
    let like = &learned["scores"][0];
    assert_eq!((&like["kind"], &like["horizon_days"]), (&Value::from("lookalike"), &Value::Null));
    assert_eq!(like["validation"]["people"], 359, "everybody who may be profiled, each judged by a model of others");
    let judged = json(&program, "score evaluate --score like --json");
    assert_eq!((&judged["judged"], &judged["model"]["version"]), (&like["validation"], &like["version"]), "judged as it was learned");
    program.run("score evaluate --score like --at 2026-02-01").failed(2, "is not about a time to come");
    let nothing = program.run("score train lead");
    assert!(nothing.code == 2 && nothing.stderr.contains("nothing to learn"), "{nothing:?}");
    let refused = program.run("score train leaving");
    assert!(refused.code == 65 && refused.stderr.contains("it happened to 0 people of past days; 50 are needed"), "{refused:?}");
}
