//! The report of an experiment with arms: who is compared with whom, and with what figures, over a project in a folder.

#[path = "support/browser.rs"]
mod browser;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use program::Program;
use relance::clock::Timestamp;
use relance::ledger::Ledger;
use serde_json::{Value, json};
use sqlx::Connection as _;

/// People of the project.
const N: usize = 1_200;
const LATER: &str = "2026-03-25T09:00";

/// A project of people who all read the newsletter, with arms that differ in the subject.
fn shop(holdout: &str, arms: &[&str]) -> Program {
    let program = Program::new();
    let header = "id,email,first_name,last_name,locale,city,postcode,country,created_at,consent_newsletter,consent_newsletter_at,consent_profiling\n";
    let row =
        |n: usize| format!("p{n:04},p{n:04}@mail.example,Ana,Martin,fr-FR,{},59000,FR,2025-03-19,yes,2025-03-19,yes\n", city(n as u64));
    program.write("data/contacts.csv", (0..N).map(row).fold(header.to_owned(), |text, row| text + &row));
    program.write("data/events.jsonl", "");
    program.edit("campaigns/newsletter.toml", "[audience]\nholdout = \"10%\"\n", holdout);
    let mut experiment = "\n[experiment]\nname = 'words'\n".to_owned();
    for (n, arm) in arms.iter().enumerate() {
        _ = writeln!(experiment, "[[experiment.arms]]\nname = '{arm}'");
        if n > 0 {
            _ = writeln!(experiment, "subject = {{ fr = 'objet {arm}', en = 'subject {arm}' }}");
        }
    }
    program.edit("campaigns/newsletter.toml", "[measure]", &format!("{experiment}\n[measure]"));
    program
}

/// Runs the newsletter, and returns the arm of each person that the ledger remembers.
fn drawn(program: &Program) -> BTreeMap<String, String> {
    program.done("run newsletter --yes");
    places(program, "newsletter", "words")
}

/// Has the ledger say other shares than those that people were drawn by.
fn drawn_as(program: &Program, shares: &str) {
    let url = format!("sqlite://{}", program.path(".relance/ledger.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut ledger = sqlx::SqliteConnection::connect(&url).await.expect("the ledger");
        sqlx::query("UPDATE assignment SET shares = ?").bind(shares).execute(&mut ledger).await.expect("other shares");
        ledger.close().await.expect("closed");
    });
}

/// The place of each person in an experiment.
fn places(program: &Program, campaign: &str, experiment: &str) -> BTreeMap<String, String> {
    let url = format!("sqlite://{}", program.path(".relance/ledger.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let ledger = Ledger::open(&url, false).await.expect("the ledger");
        let all = ledger.assignments(&campaign.into(), experiment, Timestamp(i64::MAX)).await.expect("the assignments");
        all.into_iter().map(|it| (it.recipient.to_string(), it.arm)).collect()
    })
}

/// Half of all live in Lille, and few in Brest.
fn city(n: u64) -> &'static str {
    match n {
        0..60 => "Brest",
        _ if n.is_multiple_of(2) => "Lille",
        _ => "Nantes",
    }
}

/// What each person pays within their horizon, in cents: nothing for most, and more in later arms.
fn paid(who: &str, arm: &str) -> u64 {
    let n: u64 = who[1..].parse().expect("a number");
    let better = match arm {
        "control" => 0,
        "b" if city(n) == "Lille" => 12,
        "a" | "b" => 2,
        _ => 8,
    };
    if (n * 7 + 3) % 20 < 4 + better { 1_000 + n % 13 * 100 } else { 0 }
}

/// Writes the orders that people place after the run: within the horizon, and one each after it, which counts for nothing.
fn order(program: &Program, drawn: &BTreeMap<String, String>) {
    let mut text = "order_id,contact_id,at,product_id,quantity,unit_price,status,margin\n".to_owned();
    for (who, arm) in drawn {
        let cents = paid(who, arm);
        if cents > 0 {
            _ = writeln!(text, "o-{who},{who},2026-03-08T10:00:00,t1,1,{}.{:02},placed,{}.00", cents / 100, cents % 100, cents / 400);
        }
        _ = writeln!(text, "late-{who},{who},2026-03-21T10:00:00,t1,1,99.00,placed,20.00");
    }
    program.write("data/orders.csv", text);
}

fn report(program: &Program, more: &str) -> Value {
    let ended = program.done(&format!("report newsletter --now {LATER} --json{more}"));
    serde_json::from_str::<Value>(&ended.stdout).expect("JSON")["campaigns"][0].clone()
}

/// The values of an arm, by brute force.
fn values(drawn: &BTreeMap<String, String>, arm: &str) -> Vec<f64> {
    #[expect(clippy::cast_precision_loss, reason = "cents of one order")]
    let value = |who: &str| paid(who, arm) as f64;
    drawn.iter().filter(|(_, of)| *of == arm).map(|(who, _)| value(who)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / relance::measure::real(values.len() as u64)
}

/// Variance of the mean.
fn of_mean(values: &[f64]) -> f64 {
    let (mean, n) = (mean(values), relance::measure::real(values.len() as u64));
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0) / n
}

/// Asserts that each arm is compared with the baseline, with the people and figures of a sum by hand; `z` is the normal quantile of
/// the confidence that so many comparisons leave.
fn is_compared(told: &Value, drawn: &BTreeMap<String, String>, baseline: &str, arms: &[&str], z: f64) {
    assert!(told["comparison"].is_null(), "pooled arms compare nothing");
    let experiment = &told["experiment"];
    assert_eq!(experiment["baseline"], baseline);
    let found: Vec<&str> = experiment["arms"].as_array().expect("arms").iter().filter_map(|arm| arm["arm"].as_str()).collect();
    assert_eq!(found, arms);
    let control = values(drawn, baseline);
    for (arm, told) in arms.iter().zip(experiment["arms"].as_array().expect("arms")) {
        let (treated, it) = (values(drawn, arm), &told["comparison"]);
        assert_eq!((it["n_treated"].as_u64(), it["n_control"].as_u64()), (Some(treated.len() as u64), Some(control.len() as u64)), "{arm}");
        assert_eq!(it["n_treated"], it["n_treated_ready"]);
        let revenue = &it["figures"][0];
        assert_eq!(revenue["metric"], "revenue");
        let close = |value: &Value, wanted: f64, share: f64| {
            let value = value.as_f64().expect("a number");
            assert!((value - wanted).abs() <= share * wanted.abs().max(1.0), "{arm}: {value} is not {wanted}");
        };
        close(&revenue["treated"], mean(&treated), 1e-9);
        close(&revenue["control"], mean(&control), 1e-9);
        let look = &revenue["one_look"];
        close(&look["estimate"], mean(&treated) - mean(&control), 1e-9);
        let half = look["high"].as_f64().expect("a number") - look["estimate"].as_f64().expect("a number");
        // The t of hundreds of people is the normal quantile but for a part in a hundred.
        close(&Value::from(half), z * (of_mean(&treated) + of_mean(&control)).sqrt(), 0.01);
    }
}

#[test]
fn each_arm_is_compared_with_the_first_by_its_own_people() {
    let program = shop("", &["a", "b", "c"]);
    let drawn = drawn(&program);
    assert_eq!(drawn.len(), N);
    order(&program, &drawn);
    let told = report(&program, "");
    // Two comparisons: 97.5 % each.
    is_compared(&told, &drawn, "a", &["b", "c"], 2.2414);
    let experiment = &told["experiment"];
    assert!((experiment["confidence"].as_f64().expect("a share") - 0.975).abs() < 1e-9, "{experiment}");
    assert!(experiment["split"].as_f64().expect("a chance") > 0.001, "{experiment}");
    assert_eq!((&experiment["factors"], &experiment["elsewhere"]), (&json!(["subject"]), &json!(0)));
    let people: u64 = experiment["people"].as_array().expect("arms").iter().filter_map(|arm| arm["people"].as_u64()).sum();
    assert_eq!(people, N as u64);
    assert_eq!(experiment["arms"][1]["comparison"]["verdict"]["is"], "better", "{told}");
    assert!(told["conclusion"].as_str().expect("words").contains("Gagné\u{a0}: `c` rapporte plus que `a`."), "{}", told["conclusion"]);

    let page = program.path("report.html");
    let words = program.done(&format!("report newsletter --now {LATER} --lang en --html {}", page.display())).stdout;
    for line in
        ["Won: `c` brings more than `a`.", "the arms differ in: subject", "2 comparisons: each interval holds at 97.5%", "`b` against `a`"]
    {
        assert!(words.contains(line), "{line:?} is not in {words}");
    }
    let page = std::fs::read_to_string(page).expect("a page");
    assert_eq!(page.matches("data-section=\"arm\"").count(), 2);
    assert!(page.contains("<code>c</code> against <code>a</code>") && page.contains("class=\"verdict good\""), "{page}");

    // The split is judged by the shares that people were drawn by, whatever is declared now; people of an arm that is gone are left out.
    let uneven = "[[experiment.arms]]\nname = 'b'\nshare = '10%'\n";
    program.edit("campaigns/newsletter.toml", "name = 'a'\n", "name = 'a'\nshare = '90%'\n");
    program.edit("campaigns/newsletter.toml", "[[experiment.arms]]\nname = 'b'\n", uneven);
    program.edit("campaigns/newsletter.toml", "[[experiment.arms]]\nname = 'c'\nsubject = { fr = 'objet c', en = 'subject c' }\n", "");
    let told = report(&program, "");
    let n_c = drawn.values().filter(|arm| *arm == "c").count();
    assert_eq!(told["experiment"]["elsewhere"], json!(n_c));
    assert_eq!(told["experiment"]["arms"][0]["comparison"]["verdict"]["is"], "better", "{told}");

    // Arms that were not drawn as the ledger says: no figure can be believed.
    drawn_as(&program, "a=0.9 b=0.1");
    let told = report(&program, "");
    assert_eq!(told["experiment"]["arms"][0]["comparison"]["verdict"]["is"], "unbalanced", "{told}");
    assert!(told["conclusion"].as_str().expect("words").starts_with("Pas de conclusion"), "{}", told["conclusion"]);
}

#[test]
fn each_arm_is_compared_with_the_people_held_out_where_there_are() {
    let program = shop("[audience]\nholdout = \"30%\"\n", &["a", "b"]);
    let drawn = drawn(&program);
    order(&program, &drawn);
    let told = report(&program, " --lang en");
    is_compared(&told, &drawn, "control", &["a", "b"], 2.2414);
    let percents: Vec<f64> =
        told["experiment"]["people"].as_array().expect("arms").iter().filter_map(|arm| arm["percent"].as_f64()).collect();
    assert_eq!(percents, [30.0, 35.0, 35.0]);
    assert!(program.done(&format!("report --now {LATER} --lang en")).stdout.contains("`b` against control"));
}

#[test]
fn a_campaign_without_arms_is_compared_as_ever() {
    let program = shop("[audience]\nholdout = \"30%\"\n", &[]);
    let drawn = drawn(&program);
    order(&program, &drawn);
    let told = report(&program, "");
    assert!(told["experiment"].is_null());
    let n = |arm: &str| drawn.values().filter(|of| *of == arm).count();
    let it = &told["comparison"];
    assert_eq!((&it["n_treated"], &it["n_control"]), (&json!(n("treated")), &json!(n("control"))));
    let control = it["figures"][0]["control"].as_f64().expect("a mean");
    assert!((control - mean(&values(&drawn, "control"))).abs() < 1e-6, "{control}");
    let look = &it["figures"][0]["one_look"];
    let half = look["high"].as_f64().expect("a number") - look["estimate"].as_f64().expect("a number");
    let by_hand = 1.96 * (of_mean(&values(&drawn, "treated")) + of_mean(&values(&drawn, "control"))).sqrt();
    assert!((half / by_hand - 1.0).abs() < 0.01, "{half} is not {by_hand}");
}

#[test]
fn people_held_out_of_all_marketing_are_kept_and_reported_against_the_rest() {
    let program = shop("[audience]\nholdout = \"10%\"\n", &[]);
    program.edit("relance.toml", "[delivery]", "[holdout]\nshare = \"30%\"\nname = \"2026\"\n\n[delivery]");
    let drawn = drawn(&program);
    let of_all = places(&program, "all marketing", "2026");
    let held: Vec<&String> = of_all.iter().filter(|(_, place)| *place == "control").map(|(who, _)| who).collect();
    assert_eq!(of_all.len(), N, "everybody who came as far as the draw");
    assert!((270..450).contains(&held.len()), "{}", held.len());
    assert!(held.iter().all(|who| !drawn.contains_key(*who)), "they are in no arm of a campaign");

    // One order each, and one of before the draw, which counts for nothing.
    let mut text = "order_id,contact_id,at,product_id,quantity,unit_price,status,margin\n".to_owned();
    for (n, (who, place)) in of_all.iter().enumerate() {
        let euros = if place == "control" { 10 } else { 14 } + n % 3;
        _ = writeln!(
            text,
            "o-{who},{who},2026-03-08T10:00:00,t1,1,{euros}.00,placed,2.00\nb-{who},{who},2026-03-01T10:00:00,t1,1,99.00,placed,2.00"
        );
    }
    program.write("data/orders.csv", text);
    let ended = program.done(&format!("report --now {LATER} --json --lang en"));
    let all = serde_json::from_str::<Value>(&ended.stdout).expect("JSON")["all_marketing"].clone();
    let it = &all["comparison"];
    assert_eq!((&it["n_control"], &it["n_treated"]), (&json!(held.len()), &json!(N - held.len())));
    let mean = |key: &str| it["figures"][0][key].as_f64().expect("a mean");
    assert!((1_000.0..1_200.0).contains(&mean("control")) && (1_400.0..1_600.0).contains(&mean("treated")), "{it}");
    assert_eq!((&it["verdict"]["is"], &all["percent"], &all["began_at"]), (&json!("better"), &json!(30.0), &json!("2026-03-05T08:00:00Z")));
    let told = program.done(&format!("report --now {LATER} --lang en --html page.html")).stdout;
    assert!(told.contains("Won: people who may get marketing bring more than those who get none."), "{told}");
    let page = std::fs::read_to_string(program.path("page.html")).expect("a page");
    assert!(page.contains("data-section=\"all-marketing\""));
    let one = program.done(&format!("report newsletter --now {LATER} --json")).stdout;
    assert!(serde_json::from_str::<Value>(&one).expect("JSON")["all_marketing"].is_null(), "of one campaign nothing is said of all");
}

#[test]
fn a_share_that_changed_is_no_fault_of_the_split() {
    let program = shop("[audience]\nholdout = \"10%\"\n", &[]);
    let before = drawn(&program);
    let header = std::fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let row = |n: usize| format!("p{n:04},p{n:04}@mail.example,Ana,Martin,fr-FR,Lille,59000,FR,2025-03-19,yes,2025-03-19,yes\n");
    program.write("data/contacts.csv", (N..2 * N).map(row).fold(header, |text, row| text + &row));
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "holdout = \"50%\"");
    program.done("run newsletter --yes --allow-growth --now 2026-03-12T09:00");
    let after = places(&program, "newsletter", "words");
    assert!(before.iter().all(|(who, arm)| after[who] == *arm) && after.len() == 2 * N, "{}", after.len());
    let verdict = report(&program, "")["comparison"]["verdict"].clone();
    assert_ne!(verdict["is"], "unbalanced", "{verdict}");
}

#[test]
fn whom_a_smaller_share_keeps_out_and_what_is_exempt_is_said() {
    let program = shop("[audience]\nholdout = \"10%\"\n", &[]);
    drawn(&program);
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "holdout = \"1%\"");
    let kept = program.done("plan newsletter").stderr;
    assert!(kept.contains("people held out before would not be by the share of now, and stay so"), "{kept}");
    program.edit("campaigns/newsletter.toml", "title = ", "time_limited = true\ntitle = ");
    let exempt = program.done("plan newsletter").stdout;
    assert!(exempt.contains("holdout off: time-limited offer"), "{exempt}");
}

#[test]
fn what_no_order_can_show_is_said_and_what_to_add() {
    let program = shop("[audience]\nholdout = \"30%\"\n", &[]);
    drawn(&program);
    program.write("data/orders.csv", "order_id,contact_id,at,product_id,quantity,unit_price,status,margin\n");
    let told = report(&program, " --lang en");
    assert_eq!(told["comparison"]["verdict"], json!({ "is": "flat", "people": N }));
    let said = told["conclusion"].as_str().expect("words");
    assert!(said.starts_with("Cannot be measured: the figure is the same for all 1,200 people"), "{said}");
}

#[test]
fn the_best_arm_of_each_segment_stands_beside_the_best_of_all_0_4() {
    let program = shop("", &["a", "b", "c"]);
    let segments = "[segments.brest]\nall = [\"city = 'Brest'\"]\n[segments.lille]\nall = [\"city = 'Lille'\"]\n\
        [segments.back]\nall = [\"orders_count >= 1\"]\n[exclusive]\nwhere = ['lille', 'brest']\nthen = ['back']\n";
    program.edit("segments.toml", "[segments.tea-lovers]", &format!("{segments}[segments.tea-lovers]"));
    let drawn = drawn(&program);
    order(&program, &drawn);
    let told = report(&program, "");

    // By hand: people of Brest are too few and count with those of Nantes.
    let of = |is_lille: bool, arm: &str| -> Vec<f64> {
        let part = drawn.iter().filter(|(who, _)| (city(who[1..].parse().expect("a number")) == "Lille") == is_lille);
        values(&part.map(|(who, arm)| (who.clone(), arm.clone())).collect(), arm)
    };
    let arms = ["a", "b", "c"];
    let n = |is_lille| arms.iter().map(|arm| of(is_lille, arm).len() as u64).sum::<u64>();
    let share = relance::measure::real(n(true)) / relance::measure::real(n(true) + n(false));
    let everywhere = |arm: &str| share * mean(&of(true, arm)) + (1.0 - share) * mean(&of(false, arm));
    let per_segment = share * mean(&of(true, "b")) + (1.0 - share) * mean(&of(false, "c"));
    assert!(everywhere("c") > everywhere("b") && per_segment > everywhere("c"), "the project has a best arm for each");

    let found = &told["winners"].as_array().expect("groups").iter().find(|it| it["group"] == "where").expect("a group");
    let close = |value: &Value, wanted: f64| {
        let value = value.as_f64().expect("a number");
        assert!((value - wanted).abs() < 1e-6, "{value} is not {wanted}: {found}");
    };
    assert_eq!((&found["global"], &found["metric"]), (&json!("c"), &json!("revenue")));
    close(&found["global_mean"], everywhere("c"));
    close(&found["by_segment_mean"], per_segment);
    close(&found["gain"], per_segment - everywhere("c"));
    let best: Vec<_> =
        found["segments"].as_array().expect("parts").iter().map(|part| (&part["segment"], &part["best"], &part["people"])).collect();
    assert_eq!(best, [(&json!("lille"), &json!("b"), &json!(n(true))), (&Value::Null, &json!("c"), &json!(n(false)))]);
    assert_eq!((&found["too_small"][0]["segment"], &found["too_small"][0]["people"]), (&json!("brest"), &json!(60)));

    // Who ordered since is not in a segment for it: nobody had ordered when they were drawn.
    let then = &told["winners"].as_array().expect("groups").iter().find(|it| it["group"] == "then").expect("a group");
    assert_eq!(then["segments"].as_array().map(Vec::len), Some(1), "{then}");
    let page = program.path("report.html");
    let words = program.done(&format!("report newsletter --now {LATER} --lang en --html {}", page.display())).stdout;
    assert!(words.contains("one arm for all") && words.contains("brest                  too small: 60 people"), "{words}");
    assert_eq!(std::fs::read_to_string(page).expect("a page").matches("data-section=\"winners\"").count(), 2);
}

/// The margin of an order, in cents: whole euros.
fn margin(cents: f64) -> f64 {
    (cents / 400.0).floor() * 100.0
}

#[test]
fn the_margin_is_weighed_against_sends_and_discounts() {
    let program = shop("[audience]\nholdout = \"30%\"\n", &["a", "b"]);
    program.edit("campaigns/newsletter.toml", "horizon = \"14d\"", "horizon = \"14d\"\ncost_per_mail = \"0.002 EUR\"");
    let drawn = drawn(&program);
    order(&program, &drawn);
    let told = report(&program, "");
    let balance = told["balance"].as_array().expect("balances");
    assert_eq!(balance.iter().map(|it| it["arm"].as_str().expect("a name")).collect::<Vec<_>>(), ["a", "b"]);
    for it in balance {
        let arm = it["arm"].as_str().expect("a name");
        let margins = |arm: &str| values(&drawn, arm).into_iter().map(margin).collect::<Vec<_>>();
        let n = relance::measure::real(margins(arm).len() as u64);
        let more = n * (mean(&margins(arm)) - mean(&margins("control")));
        // One mail each within the horizon, at 0.2 cents; the newsletter gives no offer.
        let close = |value: &Value, wanted: f64| {
            let value = value.as_f64().expect("a number");
            assert!((value - wanted).abs() < 1e-6, "{arm}: {value} is not {wanted}: {it}");
        };
        close(&it["mails"], n);
        close(&it["sends"], 0.2 * n);
        close(&it["discounts"], 0.0);
        close(&it["margin"]["estimate"], more);
        close(&it["net"]["estimate"], more - 0.2 * n);
        close(&it["ratio"], (more - 0.2 * n) / (0.2 * n));
    }
    // Without arms too; people assigned in a time that is left out cost nothing.
    let left_out = report(&program, " --since 2026-03-06T00:00:00Z");
    assert_eq!(left_out["balance"], json!([]));
    let page = program.path("report.html");
    let words = program.done(&format!("report newsletter --now {LATER} --lang en --html {}", page.display())).stdout;
    assert!(words.contains("sends                      -") && words.contains("discounts, at most"), "{words}");
    assert_eq!(std::fs::read_to_string(page).expect("a page").matches("data-section=\"balance\"").count(), 2);

    program.edit("campaigns/newsletter.toml", "0.002 EUR", "0.002 USD");
    program.run("report newsletter").failed(78, "`0.002 USD` is not the cost of a mail");
}

#[test]
fn an_arm_that_is_gone_stops_the_next_edition_and_names_that_holdouts_have_are_refused() {
    let program = shop("", &["a", "b"]);
    assert!(drawn(&program).values().any(|arm| arm == "b"));
    program.edit("campaigns/newsletter.toml", "[[experiment.arms]]\nname = 'b'", "[[experiment.arms]]\nname = 'c'");
    for line in ["plan newsletter", "run newsletter --yes"] {
        program
            .run(line)
            .failed(78, "has people in the arm `b` of its experiment, which is gone\n  help: write the arm again, or give `[experiment]`");
    }
    program.edit("campaigns/newsletter.toml", "name = 'words'", "name = 'words-2'");
    program.done("plan newsletter");
    program.edit("campaigns/newsletter.toml", "name = 'words-2'", "name = 'holdout-2'");
    let ended = program.run("check");
    assert!(ended.code == 78 && ended.stderr.contains("experiment::reserved-name"), "{ended:?}");
}

#[test]
fn the_page_of_an_experiment_suits_every_screen_and_loads_nothing() {
    let program = shop("", &["a", "b"]);
    let drawn = drawn(&program);
    order(&program, &drawn);
    let page = program.path("report.html");
    program.done(&format!("report newsletter --now {LATER} --lang en --html {}", page.display()));
    browser::browse("report", &format!("file://{}", page.display()), 31);
}
