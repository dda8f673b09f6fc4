//! The plan as a gate: what was written down is what is sent, or nothing is, and the cause is named.

#[path = "support/program.rs"]
mod program;

use std::fs;
use std::io::Read as _;

use program::{Ended, Program};
use serde_json::Value;

/// A starter that delivers to one folder, with the plan of its newsletter in `the.plan`.
fn planned() -> Program {
    let program = Program::new();
    program.deliver_as("eml");
    plan(&program);
    program
}

fn plan(program: &Program) {
    program.done(&format!("plan newsletter -q --out {}", program.path("the.plan").display()));
}

fn run(program: &Program, more: &str) -> Ended {
    program.run(&format!("run --plan {} --yes{more}", program.path("the.plan").display()))
}

/// Returns the lines of the plan, the header first and the seal last.
fn lines(program: &Program) -> Vec<Value> {
    let mut text = String::new();
    let file = fs::File::open(program.path("the.plan")).expect("a plan");
    zstd::Decoder::new(file).expect("zstd").read_to_string(&mut text).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// Says that nothing was written into the ledger nor sent.
fn nothing(program: &Program) {
    assert!(program.files("outbox").is_empty() && program.count("sent") == 0);
}

#[test]
fn exactly_the_plan_is_sent_and_once() {
    let program = planned();
    let lines = lines(&program);
    let people = &lines[1..lines.len() - 2];
    assert_eq!(people.len(), 30);
    assert!(people.iter().all(|line| line["mail"].is_object() != line["skip"].is_object()), "everybody is in or out, with the reason");
    let mut wanted: Vec<&str> = people.iter().filter_map(|line| line["mail"]["draft"]["address"].as_str()).collect();
    wanted.sort_unstable();
    let ended = run(&program, "");
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(program.recipients("eml"), wanted);

    // The same bytes as those of a run that plans for itself.
    let other = Program::new();
    other.deliver_as("eml");
    other.write(".relance/key", fs::read(program.path(".relance/key")).expect("a key"));
    other.done("run newsletter --yes");
    let sorted = |program: &Program| {
        let mut mails = program.mails("eml");
        mails.sort();
        mails
    };
    assert_eq!(sorted(&program), sorted(&other));

    let again = run(&program, "");
    assert!(again.code == 0 && again.stdout.contains("Nothing new to send") || again.stderr.contains("Nothing new to send"), "{again:?}");
    assert_eq!(program.recipients("eml").len(), wanted.len());
}

#[test]
fn a_plan_is_private_and_says_what_it_is_of() {
    let program = planned();
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(program.path("the.plan")).expect("a file")) & 0o777, 0o600);
    let lines = lines(&program);
    assert_eq!((&lines[0]["campaign"], &lines[0]["edition"]), (&Value::from("newsletter"), &Value::from("2026-W10")));
    assert_eq!(lines[0]["basis"]["inputs"].as_object().map(serde_json::Map::len), Some(4));
    let totals = &lines[lines.len() - 2]["totals"];
    let skipped: u64 = totals["skipped"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    assert_eq!(totals["planned"].as_u64().map(|planned| planned + skipped), totals["contacts"].as_u64());
}

#[test]
fn what_changed_is_named_and_nothing_is_sent() {
    for (file, what) in [
        ("data/contacts.csv", "the data: `data/contacts.csv` changed"),
        ("blocks/hero-tea.mjml", "the project: `blocks/hero-tea.mjml` changed"),
        ("templates/newsletter.mjml", "the project: `templates/newsletter.mjml` changed"),
        ("campaigns/newsletter.toml", "the project: `campaigns/newsletter.toml` changed"),
        ("relance.toml", "the project: `relance.toml` changed"),
    ] {
        let program = planned();
        let mut text = fs::read(program.path(file)).expect("a file");
        text.push(b'\n');
        program.write(file, text);
        run(&program, "").failed(2, what);
        nothing(&program);
    }
    let program = planned();
    program.write("campaigns/other.toml", fs::read(program.path("campaigns/newsletter.toml")).expect("a campaign"));
    run(&program, "").failed(2, "the project: `campaigns/other.toml` is new");
    nothing(&program);
}

#[test]
fn an_old_plan_is_refused() {
    let program = planned();
    let line = format!("run --plan {} --yes --now 2026-03-06T09:01", program.path("the.plan").display());
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_relance"));
    let ended = Ended::from(command.arg("-C").arg(program.folder.path()).args(line.split(' ')).output().expect("it runs"));
    ended.failed(2, "`max_plan_age`");
    nothing(&program);
}

#[test]
fn who_is_suppressed_since_is_dropped_and_told() {
    let program = planned();
    let address = lines(&program).iter().find_map(|line| line["mail"]["draft"]["address"].as_str().map(str::to_owned)).expect("a mail");
    program.done(&format!("suppress add {address}"));
    let ended = run(&program, "");
    assert!(ended.code == 0 && ended.stderr.contains("1  suppressed since the plan"), "{ended:?}");
    let sent = program.recipients("eml");
    assert!(sent.len() == 24 && !sent.contains(&address), "{sent:?}");
}

#[test]
fn a_ledger_that_moved_too_much_is_drift() {
    let program = Program::new();
    program.deliver_as("eml");
    let other = fs::read_to_string(program.path("campaigns/newsletter.toml")).expect("a campaign");
    program.write("campaigns/other.toml", other);
    program.edit("relance.toml", "[limits]", "[limits]\nmax_drift = \"5%\"");
    plan(&program);
    // Another mail of the day to most of the same people.
    program.done("run other --yes");
    let n_before = program.recipients("eml").len();
    run(&program, "").failed(2, "would not be written to any more");
    assert_eq!(program.recipients("eml").len(), n_before);
    let ended = run(&program, " --accept-drift");
    assert!(ended.code == 0 && ended.stderr.contains("since the plan"), "{ended:?}");
}

#[test]
fn a_plan_that_is_cut_altered_foreign_or_newer_is_refused() {
    let program = planned();
    let whole = fs::read(program.path("the.plan")).expect("a plan");
    for length in [whole.len() - 1, whole.len() / 2, 10] {
        program.write("the.plan", &whole[..length]);
        run(&program, "").failed(65, "the.plan");
    }
    program.write("the.plan", "no plan at all\n");
    run(&program, "").failed(65, "the.plan");
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 1).expect("zstd");
    program.write("the.plan", packed("{\"a\":1}\n"));
    run(&program, "").failed(65, "is not a plan");
    program.write("the.plan", packed("{\"relance_plan\":2}\n"));
    run(&program, "").failed(65, "a plan of form 2");
    let mut text = String::new();
    zstd::Decoder::new(&whole[..]).expect("zstd").read_to_string(&mut text).expect("text");
    program.write("the.plan", packed(&text.replacen("fr-FR", "en-GB", 1)));
    run(&program, "").failed(65, "its content is not what was written");
    run(&Program::new(), "").failed(74, "the.plan");
    nothing(&program);
}

#[test]
fn a_campaign_that_asks_for_it_is_sent_with_an_approval_of_that_plan_only() {
    let program = Program::new();
    program.deliver_as("eml");
    program.edit("campaigns/newsletter.toml", "owner = \"shop team\"\n", "owner = \"shop team\"\napproval = { by = [\"Odile\"] }\n");
    program.run("run newsletter --yes").failed(2, "has to be approved by one of Odile");
    plan(&program);
    run(&program, "").failed(2, "is not approved");
    let approve = |by: &str| program.run(&format!("plan approve {} --by {by}", program.path("the.plan").display()));
    approve("Nobody").failed(2, "`Nobody` does not approve newsletter");
    assert_eq!(approve("Odile").code, 0);
    // A record with another name is made up.
    let record = fs::read_to_string(program.path("the.plan.approval")).expect("a record");
    program.write("the.plan.approval", record.replace("Odile", "Odilo"));
    run(&program, "").failed(65, "is not an approval made with the key of this project");
    program.write("the.plan.approval", &record);
    // Another plan is not the one that was approved.
    program.done("suppress add somebody@else.example");
    program.done(&format!("plan newsletter -q --max-level general --out {}", program.path("the.plan").display()));
    run(&program, "").failed(2, "approves another plan");
    nothing(&program);
    assert_eq!(approve("Odile").code, 0);
    assert_eq!(run(&program, "").code, 0);
    assert_eq!(program.recipients("eml").len(), 25);
}
