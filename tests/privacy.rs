//! Privacy with the program itself: a red card, the name of who answers for it, columns of consent, and what leaves the machine or reaches a log.

#[path = "support/program.rs"]
mod program;

use std::process::{Command, Stdio};

use program::{NOW, Program};
use serde_json::Value;

/// A starter project whose newsletter can never follow enough of its readers.
fn red() -> Program {
    let program = Program::new();
    program.edit("relance.toml", "[delivery]", "[score]\nrelevance = { green = 1.0, red = 0.95 }\n\n[delivery]");
    program
}

/// The summary that the ledger keeps of the only run.
fn summary(program: &Program) -> Value {
    let url = format!("sqlite://{}?mode=ro", program.path(".relance/ledger.db").display());
    let read = async {
        let pool = sqlx::SqlitePool::connect(&url).await.expect("a ledger");
        let rows: Vec<String> = sqlx::query_scalar("SELECT summary FROM run").fetch_all(&pool).await.expect("runs");
        rows
    };
    let rows = tokio::runtime::Runtime::new().expect("a runtime").block_on(read);
    assert_eq!(rows.len(), 1);
    serde_json::from_str(&rows[0]).expect("JSON")
}

#[test]
fn a_red_lever_stops_a_run_until_somebody_answers_for_it_3_13() {
    let program = red();
    let checked = program.run(&format!("check --mails newsletter --sample 1 --now {NOW}"));
    assert!(checked.code == 1 && checked.stdout.contains("relevance    red"), "{checked:?}");
    program.run(&format!("run newsletter --yes --now {NOW}")).failed(2, "the score card of newsletter is red: relevance");
    assert!(program.files("outbox").is_empty(), "nothing was sent");
    program.done(&format!("run newsletter --yes --now {NOW} --override-red Anne-Lise"));
    assert!(program.count("sent") > 0);
    let told = summary(&program);
    assert_eq!(told["override_red"], serde_json::json!({ "by": "Anne-Lise", "levers": ["relevance"] }));
}

#[test]
fn a_name_is_kept_only_of_a_run_that_needed_it() {
    let program = Program::new();
    program.done(&format!("run newsletter --yes --now {NOW} --override-red Anne-Lise"));
    assert!(summary(&program)["override_red"].is_null());
}

#[test]
fn a_consent_that_no_column_holds_is_an_error_with_its_remedy_2_7() {
    let program = Program::new();
    program.done(&format!("check --data --now {NOW}"));
    let contacts = std::fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    program.write("data/contacts.csv", contacts.replacen("consent_newsletter,consent_newsletter_at", "letters,letters_at", 1));
    let says = |words: &str| {
        let ended = program.run(&format!("check --data --now {NOW}"));
        assert!(ended.code == 78 && ended.stderr.contains(words), "{words}: {ended:?}");
    };
    says("needs the consent to `newsletter`, and no contact");
    says("add the column `consent_newsletter`");
    program.write("data/contacts.csv", contacts.replacen(",consent_profiling", ",profiled", 1));
    says("needs the consent to `profiling`");
    program.edit("relance.toml", "[delivery]", "[consents]\nprofiling = \"not_asked\"\n\n[delivery]");
    program.done(&format!("check --data --now {NOW}"));
}

#[test]
fn the_front_page_names_nobody_3_12() {
    let program = Program::new();
    let page = program.done(&format!("plan newsletter --front-page --now {NOW}")).stdout;
    assert!(page.contains("front page"), "{page}");
    assert!(page.contains("The shop wrote to them knowing"), "{page}");
    let told = page.split("front page").nth(1).expect("stories");
    assert!(!told.contains('@'), "{told}");
}

/// A command line of the program without a network, where the system lets an ordinary user take it away.
fn offline(program: &Program, line: &str) -> Command {
    let able = Command::new("unshare").args(["-rn", "true"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let typed = program.command(line);
    if !able.is_ok_and(|status| status.success()) {
        return typed;
    }
    let mut command = Command::new("unshare");
    command.arg("-rn").arg(typed.get_program()).args(typed.get_args());
    command.envs(typed.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

#[test]
fn a_whole_run_needs_no_network_and_logs_no_address_4_17() {
    let program = Program::new();
    let contacts = std::fs::read_to_string(program.path("data/contacts.csv")).expect("contacts");
    let addresses: Vec<&str> = contacts.lines().skip(1).filter_map(|line| line.split(',').nth(1)).collect();
    assert!(addresses.len() > 3 && addresses.iter().all(|address| address.contains('@')));
    for line in [
        format!("profile build --now {NOW}"),
        format!("plan newsletter --now {NOW}"),
        format!("run newsletter --yes --now {NOW}"),
        "status".to_owned(),
    ] {
        let output = offline(&program, &line).env("RELANCE_LOG", "trace").output().expect("it runs");
        let (stdout, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line}: {log}");
        for address in &addresses {
            assert!(!log.contains(address) && !stdout.contains(address), "{line} says {address}");
        }
    }
    assert!(program.count("sent") > 0);
}

/// A snapshot is of its key and of its blur as much as of its files: noise of another key is no answer to what is asked under this one.
#[test]
fn another_key_or_another_blur_builds_the_snapshot_again_by_itself() {
    let program = Program::new();
    program.edit("campaigns/newsletter.toml", "strategies = {", "strategies = { for_you = 1.0,");
    program.edit("relance.toml", "[delivery]", "[privacy.blur]\nnoise = 2.0\n\n[delivery]");
    let reads = |words: &str| {
        let ended = program.done("plan newsletter");
        assert!(ended.stderr.contains(words), "{words}: {ended:?}");
        std::fs::read(program.path(".relance/profiles/models.bin")).expect("models")
    };
    let (kept, anew) = ("30 profiles from the snapshot", "4 sources");
    let first = reads(anew);
    assert_eq!(reads(kept), first);

    let key = std::fs::read(program.path(".relance/key")).expect("a key");
    program.write(".relance/key", "fedcba9876543210".repeat(4));
    let second = reads(anew);
    assert_ne!(second, first, "the noise is of the key");
    assert_eq!(reads(kept), second);
    std::fs::remove_dir_all(program.path(".relance/profiles")).expect("a snapshot");
    assert_eq!(reads(anew), second, "as if it were built for the first time");
    program.write(".relance/key", key);
    assert_eq!(reads(anew), first, "the first key is the first noise");

    for (from, to) in [("noise = 2.0", "noise = 2.5"), ("noise = 2.5", "support = 4"), ("[privacy.blur]\nsupport = 4\n", "")] {
        program.edit("relance.toml", from, to);
        reads(anew);
        reads(kept);
    }
    program.write(".relance/key", "fedcba9876543210".repeat(4));
    reads(kept);
}
