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
    let output = Command::new(env!("CARGO_BIN_EXE_relance"))
        .arg("-C")
        .arg(folder)
        .args(line.split_whitespace())
        .env("NO_COLOR", "1")
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
    assert!(said.err.contains("Expired  25"), "{}", said.err);
    assert!(relance(folder.path(), "status").out.contains("25 expired"));
}

#[test]
fn files_that_grew_too_old_are_refused_though_the_snapshot_is_made_of_them() {
    let folder = starter();
    edit(folder.path(), "relance.toml", "data/contacts.csv\"", "data/contacts.csv\", max_age = \"1h\"");
    assert_eq!(relance(folder.path(), &format!("plan newsletter --now {THURSDAY}")).code, 0);
    let contacts = fs::File::options().write(true).open(folder.path().join("data/contacts.csv")).expect("a file");
    contacts.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(2 * 3600)).expect("a time");
    // The content is the same: the snapshot is still what a build would give.
    for line in ["plan newsletter", "explain newsletter c01"] {
        let said = relance(folder.path(), &format!("{line} --now {THURSDAY}"));
        assert_eq!(said.code, 65, "{}", said.err);
        assert!(said.err.contains("source `contacts` is 2 h old; the limit is 1 h"), "{}", said.err);
    }
}
