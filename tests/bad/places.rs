//! Places that cannot be written, whoever asks: a parent that is a file, a name that is taken by something else. Permissions do
//! not bind root, so read-only folders are mounted read-only where one may mount, and closed by their mode elsewhere.

use super::program::{Program, exists};

#[test]
fn a_relance_folder_that_cannot_be_made_stops_before_anything_is_sent() {
    let program = Program::new();
    program.write(".relance", "a file where the folder should be");
    program.run("run newsletter --yes -q").failed(74, ".relance");
    program.run("export newsletter -q --out somewhere").failed(74, ".relance");
    assert!(!exists(&program.path("outbox")));
    // What only looks goes on, and says that the profiles are not kept.
    let ended = program.done("plan newsletter");
    assert!(ended.stderr.contains("warning: cannot make the folder") && ended.stdout.contains("25  to send"), "{ended:?}");
    program.run("profile build").failed(74, ".relance");
    std::fs::remove_file(program.path(".relance")).expect("removed");
    program.done("run newsletter --yes -q");
    assert_eq!(program.count("sent"), 25);
}

#[cfg(unix)]
#[test]
fn what_holds_people_or_keys_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    program.done("run newsletter --yes -q");
    program.done(&format!("plan newsletter -q --decisions {}", program.path("decisions.jsonl").display()));
    for name in [".relance", ".relance/ledger.db", ".relance/key", ".relance/profiles", "decisions.jsonl"] {
        let mode = std::fs::metadata(program.path(name)).expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}: {mode:o}");
    }
}

#[test]
fn an_outbox_that_cannot_be_made_leaves_every_mail_planned() {
    for format in ["eml", "maildir", "mbox", "jsonl"] {
        let program = Program::new();
        program.deliver_as(format);
        program.write("outbox", "a file where the folder should be");
        program.run("run newsletter --yes -q").failed(74, "outbox");
        assert_eq!((program.count("planned"), program.count("sent")), (25, 0), "{format}");
        std::fs::remove_file(program.path("outbox")).expect("removed");
        program.done("run newsletter --yes -q");
        assert_eq!(program.recipients(format).len(), 25, "{format}");
        assert_eq!(program.count("sent"), 25, "{format}");
    }
}

#[test]
fn a_ledger_that_is_something_else_is_named_and_left_as_it_is() {
    let program = Program::new();
    let text = "this is a shopping list, and no ledger at all: tea, soap, jam\n".repeat(20);
    program.write(".relance/ledger.db", &text);
    program.run("run newsletter --yes -q").failed(74, "is damaged or not a ledger");
    assert_eq!(std::fs::read_to_string(program.path(".relance/ledger.db")).expect("a text"), text);
    assert!(!exists(&program.path("outbox")));
    program.run("status").failed(74, "is damaged or not a ledger");
}

#[test]
fn a_folder_that_holds_the_name_of_a_file_is_said() {
    let program = Program::new();
    std::fs::create_dir_all(program.path("taken/decisions.jsonl/inside")).expect("a folder");
    let out = program.path("taken/decisions.jsonl").display().to_string();
    program.run(&format!("plan newsletter -q --decisions {out}")).failed(74, "decisions.jsonl");
    assert_eq!(program.files("taken"), Vec::<String>::new());
    program.run(&format!("export newsletter -q --out {out}")).failed(2, "exists");
    program.run("plan newsletter -q --decisions /nowhere/at/all.jsonl").failed(74, "cannot write `/nowhere/at/all.jsonl`");
    program.run("man --out relance.toml/man").failed(74, "man");
    program.run("init relance.toml").failed(74, "relance.toml");
}

#[cfg(unix)]
#[test]
fn a_project_that_can_only_be_read_can_be_planned_and_not_run() {
    use std::process::Command;

    use super::program::{Ended, NOW};

    // `$1` is the project; `$2` says how it is closed.
    let script = r#"project=$1; shift
if [ "$RELANCE_TEST_CLOSED" = mounted ]; then mount --bind "$project" "$project" && mount -o remount,bind,ro "$project" || exit 99
else chmod -R a-w "$project" || exit 99; fi
"$@"; code=$?; [ "$RELANCE_TEST_CLOSED" = mounted ] || chmod -R u+w "$project"; exit $code"#;
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    let program = Program::new();
    let closed = |line: &str| {
        let mut command = Command::new(if is_root { "unshare" } else { "sh" });
        if is_root {
            command.args(["-m", "sh"]).env("RELANCE_TEST_CLOSED", "mounted");
        }
        command.args(["-c", script, "closed"]).arg(program.folder.path());
        command.arg(env!("CARGO_BIN_EXE_relance")).args(["-C"]).arg(program.folder.path()).args(["--now", NOW]).args(line.split(' '));
        Ended::from(command.output().expect("a shell"))
    };
    let ended = closed("check");
    if is_root && ended.stderr.contains("unshare") || ended.code == 99 {
        return; // Root without the right to mount: nothing can be closed to it; the tests above do not need it.
    }
    assert_eq!(ended.code, 0, "{ended:?}");
    let ended = closed("plan newsletter");
    assert!(ended.code == 0 && ended.stdout.contains("25  to send"), "{ended:?}");
    closed("run newsletter --yes -q").failed(74, ".relance");
    closed("profile build -q").failed(74, ".relance");
    assert!(!exists(&program.path(".relance")) && !exists(&program.path("outbox")));

    // A ledger that cannot be written: nothing is delivered.
    program.done("run newsletter --yes -q --limit 3");
    let before = program.files("outbox");
    let ended = closed("run newsletter --yes -q");
    ended.failed(74, "ledger");
    assert_eq!((program.files("outbox"), program.count("sent")), (before, 3));
    program.done("run newsletter --yes -q");
    assert_eq!((program.files("outbox").len(), program.count("sent")), (25, 25));
}
