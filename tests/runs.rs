//! Runs from end to end with the program itself: what is sent, said, refused and recorded.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A Thursday at nine, when the newsletter of the starter project goes out.
const THURSDAY: &str = "2026-03-05T09:00";

/// What a command said.
struct Said {
    code: i32,
    out: String,
    err: String,
}

impl Said {
    /// Returns the one JSON value of standard output.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out, self.err))
    }
}

fn starter() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    folder
}

/// Types a command line in a project.
fn relance(folder: &Path, line: &str) -> Said {
    typed(folder, line, &[])
}

fn typed(folder: &Path, line: &str, variables: &[(&str, &str)]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("-C")
        .arg(folder)
        .args(line.split_whitespace())
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Said { code: output.status.code().expect("an exit code"), out: text(output.stdout), err: text(output.stderr) }
}

/// Changes a file of a project; what is to be replaced must be there.
fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).expect("a file");
    assert!(text.contains(from), "`{file}` has no `{from}`");
    fs::write(path, text.replace(from, to)).expect("a file");
}

#[test]
fn an_edition_sent_by_hand_after_its_time_is_sent() {
    let folder = starter();
    let said = relance(folder.path(), "run newsletter --now 2026-03-06T09:00 --yes --json -q");
    let run = said.json();
    assert_eq!((said.code, &run["sent"], &run["expired"]), (0, &25.into(), &0.into()), "{run}");
}

#[test]
fn mails_that_expired_are_told() {
    let folder = starter();
    // Nothing is sent on Thursday; a week later the mails of then are past their use.
    assert_eq!(relance(folder.path(), &format!("run newsletter --now {THURSDAY} --yes --limit 0 -q")).code, 0);
    let said = relance(folder.path(), "run newsletter --now 2026-03-12T09:00 --yes");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("Expired  25"), "{}", said.err);
    assert!(relance(folder.path(), "status").out.contains("25 expired"));
}

#[test]
fn files_that_grew_too_old_are_refused_though_the_snapshot_is_made_of_them() {
    let folder = starter();
    edit(folder.path(), "relance.toml", "data/contacts.csv\"", "data/contacts.csv\", max_age = \"1h\"");
    assert_eq!(relance(folder.path(), &format!("plan newsletter --now {THURSDAY}")).code, 0);
    let contacts = fs::File::options().write(true).open(folder.path().join("data/contacts.csv")).expect("a file");
    contacts.set_modified(std::time::SystemTime::now() - std::time::Duration::from_hours(2)).expect("a time");
    // The content is the same: the snapshot is still what a build would give.
    for line in ["plan newsletter", "explain newsletter c01"] {
        let said = relance(folder.path(), &format!("{line} --now {THURSDAY}"));
        assert_eq!(said.code, 65, "{}", said.err);
        assert!(said.err.contains("source `contacts` is 2 h old; the limit is 1 h"), "{}", said.err);
    }
}

/// The lines of the contacts whose number is at most `n`.
fn keep_contacts(folder: &Path, n: usize) -> String {
    let path = folder.join("data/contacts.csv");
    let whole = fs::read_to_string(&path).expect("a file");
    fs::write(path, whole.lines().take(n + 1).fold(String::new(), |text, line| text + line + "\n")).expect("a file");
    whole
}

#[test]
fn a_plan_that_doubled_is_refused_alone_and_leaves_nothing_behind() {
    let folder = starter();
    let root = folder.path();
    let whole = keep_contacts(root, 8);
    assert_eq!(relance(root, &format!("run newsletter --now {THURSDAY} --yes -q")).code, 0);
    fs::write(root.join("data/contacts.csv"), whole).expect("a file");
    // A second campaign of the same hour, which comes after it.
    fs::copy(root.join("campaigns/newsletter.toml"), root.join("campaigns/second.toml")).expect("a copy");

    let said = relance(root, "run --due --now 2026-03-12T09:00 --yes");
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("error: newsletter would send 25, more than twice the"), "{}", said.err);
    assert!(said.err.contains("second  2026-W11") && said.err.contains("Sent  25"), "{}", said.err);
    assert_eq!(relance(root, "status --json").json()["leases"], serde_json::json!([]));
    // By name, the error is the answer.
    let said = relance(root, "run newsletter --now 2026-03-19T09:00 --yes -q");
    assert_eq!(said.code, 2, "{}", said.err);
    assert_eq!(relance(root, "status --json").json()["leases"], serde_json::json!([]));
}

#[test]
fn a_plan_in_a_file_that_doubled_is_refused_as_well_until_it_is_said_to_be_right() {
    let folder = starter();
    let root = folder.path();
    let whole = keep_contacts(root, 8);
    assert_eq!(relance(root, &format!("run newsletter --now {THURSDAY} --yes -q")).code, 0);
    fs::write(root.join("data/contacts.csv"), whole).expect("a file");
    let plan = root.join("the.plan").display().to_string();
    let at = "--now 2026-03-12T09:00";
    assert_eq!(relance(root, &format!("plan newsletter {at} -q --out {plan}")).code, 0);
    let said = relance(root, &format!("run --plan {plan} {at} --yes"));
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("newsletter would send 25, more than twice the"), "{}", said.err);
    let said = relance(root, &format!("run --plan {plan} {at} --yes --allow-growth"));
    assert_eq!(said.code, 0, "{}", said.err);
}

#[test]
fn a_run_for_a_part_of_the_list_is_no_measure_for_the_next_edition() {
    let folder = starter();
    let root = folder.path();
    edit(
        root,
        "segments.toml",
        "[segments.tea-lovers]",
        "[segments.few]\ntitle = \"In Lille\"\nall = [\"city = 'Lille'\"]\n\n[segments.tea-lovers]",
    );
    let said = relance(root, &format!("run newsletter --now {THURSDAY} --only few --yes -q"));
    assert_eq!(said.code, 0, "{}", said.err);
    let said = relance(root, "run newsletter --now 2026-03-12T09:00 --yes --json -q");
    assert_eq!((said.code, &said.json()["sent"]), (0, &25.into()), "{}", said.err);
}

#[test]
fn an_edition_that_was_missed_is_said_and_recorded_once() {
    let folder = starter();
    let line = "run --due --now 2026-03-07T09:00 --yes";
    let said = relance(folder.path(), line);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("newsletter: 2026-W10 too late, skipped"), "{}", said.err);
    assert!(relance(folder.path(), "status").out.contains("2026-W10 too late, skipped"));
    let again = relance(folder.path(), line);
    assert_eq!((again.code, again.err.contains("too late")), (0, false), "{}", again.err);
}

#[test]
fn an_edition_that_was_run_is_not_missed() {
    let folder = starter();
    assert_eq!(relance(folder.path(), &format!("run newsletter --now {THURSDAY} --yes -q")).code, 0);
    let said = relance(folder.path(), "run --due --now 2026-03-07T09:00 --yes");
    assert_eq!((said.code, said.err.contains("too late")), (0, false), "{}", said.err);
}

#[test]
fn the_commands_that_a_run_says_to_type_next_work() {
    let folder = starter();
    let said = relance(folder.path(), &format!("run newsletter --now {THURSDAY} --yes"));
    let next: Vec<&str> = said.err.lines().skip_while(|line| !line.ends_with("Next:")).skip(1).collect();
    assert_eq!(next.len(), 3, "{}", said.err);
    for line in next {
        let line = line.trim().strip_prefix("relance -C ").and_then(|line| line.split_once(' ')).expect("the project, then a command").1;
        // No browser is to be found: the page is written all the same.
        let said = typed(folder.path(), &line.replace("RECIPIENT", "c01"), &[("PATH", ""), ("BROWSER", "")]);
        assert_eq!(said.code, 0, "{line}: {}", said.err);
        assert!(!line.contains("--open") || said.err.contains(".relance/preview/newsletter-"), "{}", said.err);
    }
    let shown = relance(folder.path(), &format!("preview newsletter --now {THURSDAY} --part headers -q"));
    assert!(shown.out.contains("To: Ana Martin <ana.martin@mail.example>"), "{}", shown.out);
}

/// Returns the text of every file of a folder.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.map(|path| fs::read_to_string(path).expect("text")).collect()
}

#[test]
fn redirected_mails_reach_one_address_and_their_tokens_are_worth_nothing() {
    let folder = starter();
    let root = folder.path();
    let layer = "[delivery]\npath = \"staging\"\nredirect_to = \"team@shop.example\"\n[ledger]\ndatabase = { url = \"sqlite://.relance/staging.db\" }\n";
    fs::write(root.join("relance.staging.toml"), layer).expect("written");
    let said = relance(root, &format!("run newsletter --now {THURSDAY} --yes -q --env staging"));
    assert_eq!(said.code, 0, "{}", said.err);
    let mails = files(&root.join("staging"));
    assert_eq!(mails.len(), 25);
    for mail in &mails {
        let to = mail.lines().find(|line| line.starts_with("To: ")).expect("a recipient");
        assert!(to.contains("<team@shop.example>") || to == "To: team@shop.example", "{to}");
        assert!(!mail.contains("@mail.example"), "{mail}");
        assert!(mail.contains("/unsubscribe?t=test.") && !mail.contains("t=k1."), "{mail}");
    }
    // The key of production opens none of them, whatever name they are given.
    let secret = fs::read(root.join(".relance/key")).expect("a key");
    let key = relance::message::token::Key::new("k1", secret.trim_ascii().to_vec()).expect("a key");
    let token = mails[0].split("/unsubscribe?t=test.").nth(1).and_then(|rest| rest.split(['>', '"']).next()).expect("a token");
    for name in ["test", "k1"] {
        assert_eq!(key.open(relance::message::token::Purpose::Unsubscribe, "newsletter", &format!("{name}.{token}")), None);
    }
    // What comes back from the colleague is not about the people.
    let said = relance(root, "feedback import staging --env staging");
    assert!(said.code == 2 && said.err.contains("says nothing of the recipients"), "{}", said.err);
    // Production remembers none of it.
    let said = relance(root, &format!("run newsletter --now {THURSDAY} --yes --json -q"));
    assert_eq!(said.json()["sent"], 25);
    assert!(files(&root.join("outbox")).iter().all(|mail| mail.contains("t=k1.")));
}

#[test]
fn what_the_sources_let_through_is_said_in_a_line() {
    let folder = starter();
    let path = folder.path().join("data/events.jsonl");
    let row = r#"{"at":"2026-03-01T10:00:00Z","kind":"wishlist_add","contact_id":"c01","product_id":"m1","os":"Linux","session_id":"s1","price":"1"}"#;
    let events = fs::read_to_string(&path).expect("a file") + row + "\n";
    fs::write(path, events).expect("a file");
    let products = folder.path().join("data/products.csv");
    assert_eq!(relance(folder.path(), "profile build -q").code, 0);
    for line in ["profile build", "plan newsletter"] {
        _ = fs::remove_dir_all(folder.path().join(".relance/profiles"));
        let said = relance(folder.path(), &format!("{line} --now {THURSDAY}"));
        assert!(said.err.contains("Noted  events: `kind` has values without a meaning of their own: `wishlist_add` 1"), "{}", said.err);
        assert!(said.err.contains("Noted  events: nothing reads `os`, `price`, `session_id`"), "{}", said.err);
    }

    // Two prices for one product: nobody can know which is right.
    let text = fs::read_to_string(&products).expect("a file");
    let other = text.lines().nth(1).expect("a product").replace("12.50", "13.50");
    fs::write(&products, format!("{text}{other}\n")).expect("a file");
    let said = relance(folder.path(), &format!("plan newsletter --now {THURSDAY}"));
    assert_eq!(said.code, 65, "{}", said.err);
    assert!(said.err.contains("1 id of `products` stands on several rows that contradict one another"), "{}", said.err);
    edit(folder.path(), "relance.toml", "data/products.csv\"", "data/products.csv\", max_bad_rows = 1");
    let said = relance(folder.path(), &format!("plan newsletter --now {THURSDAY}"));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("warning: products: 1 id on several rows: one of them is used: `"), "{}", said.err);
}

#[test]
fn a_list_without_a_person_is_said() {
    let folder = starter();
    keep_contacts(folder.path(), 0);
    for _ in 0..2 {
        let said = relance(folder.path(), &format!("run newsletter --now {THURSDAY} --yes"));
        assert!(said.err.contains("warning: `contacts` has nobody"), "{}", said.err);
    }
}

#[test]
fn amounts_in_euro_are_written_as_each_reader_writes_them() {
    let folder = starter();
    let path = folder.path().join("data/products.csv");
    let text = fs::read_to_string(&path).expect("a file");
    let priced = text.lines().enumerate().map(|(n, line)| {
        let mut cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells[2] == "price", n == 0, "{line}");
        cells[2] = if n == 0 { "price" } else { "12.50" };
        cells.join(",") + "\n"
    });
    fs::write(&path, priced.collect::<String>()).expect("a file");
    assert_eq!(relance(folder.path(), &format!("run newsletter --now {THURSDAY} --yes -q")).code, 0);
    for (reader, amount, other) in [("ana.martin@mail.example", "12,50\u{a0}€", "€12"), ("gaelle.roux@mail.example", "€12.50", "12,50")]
    {
        let mails = files(&folder.path().join("outbox"));
        let mail = mails.iter().find(|mail| mail.contains(&format!("<{reader}>"))).expect("a mail");
        let mail = mail_parser::MessageParser::default().parse(mail.as_bytes()).expect("a message");
        for body in [mail.body_text(0), mail.body_html(0)] {
            let body = body.expect("a part");
            assert!(body.contains(amount) && !body.contains(other), "{reader}: {body}");
        }
    }
}

#[test]
fn a_report_counts_everybody_who_was_drawn_once() {
    let folder = starter();
    let first = relance(folder.path(), &format!("run newsletter --now {THURSDAY} --yes --json")).json();
    let held_out = first["skipped"]["holdout"].as_u64().expect("somebody is held out");
    let report = |now: &str| relance(folder.path(), &format!("report newsletter --now {now} --json")).json()["campaigns"][0].clone();
    let early = report("2026-03-06T09:00");
    assert_eq!(early["comparison"]["n_control"].as_u64(), Some(held_out), "{early}");
    assert!(early["comparison"]["n_treated"].as_u64() >= first["sent"].as_u64(), "{early}");
    assert_eq!(early["comparison"]["n_treated_ready"], 0, "nobody has had their horizon");
    assert_eq!(early["comparison"]["verdict"]["is"], "wait");

    // The next edition draws the same people: they keep their first assignment, so those of the first run have had their horizon.
    assert_eq!(relance(folder.path(), "run newsletter --now 2026-03-12T09:00 --yes").code, 0);
    let late = report("2026-03-21T09:00");
    assert!(late["comparison"]["n_control_ready"].as_u64() >= Some(held_out), "{late}");
    let n = |key: &str| late["comparison"][key].as_u64().expect("a count");
    assert!(
        n("n_treated") + n("n_control")
            <= first["planned"].as_u64().expect("a count")
                + first["skipped"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum::<u64>()
    );
}

#[test]
fn after_pruning_nothing_is_sent_twice() {
    let folder = starter();
    edit(folder.path(), "relance.toml", "[limits]", "[retention]\nmails = \"60d\"\n[limits]");
    let run = || {
        let said = relance(folder.path(), &format!("run newsletter --yes --now {THURSDAY}"));
        assert_eq!(said.code, 0, "{}", said.err);
        files(&folder.path().join("outbox")).len() as u64
    };
    let n_sent = run();
    assert!(n_sent > 0);
    let pruned = |more: &str| relance(folder.path(), &format!("ledger prune --json --now 2026-05-20T09:00{more}")).json()["mails"].as_u64();
    assert_eq!([pruned(" --dry-run"), pruned(""), pruned("")], [Some(n_sent), Some(n_sent), Some(0)]);
    assert_eq!(run(), n_sent);
    let shown = relance(folder.path(), &format!("profile show c01 --now {THURSDAY}"));
    assert_eq!(shown.code, 0, "what was pruned stops no look at a person: {}", shown.err);
}
