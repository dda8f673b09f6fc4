//! The program over a copy of the starter project, and the mails it leaves.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mail_parser::mailbox::mbox::MessageIterator;
use mail_parser::{Message, MessageParser};

/// An instant at which the starter's newsletter is due.
pub(crate) const NOW: &str = "2026-03-05T09:00";

/// A starter project in a folder of its own.
pub(crate) struct Program {
    pub(crate) folder: tempfile::TempDir,
    variables: Vec<(&'static str, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
        Self { folder, variables: Vec::new() }
    }

    /// Gives every command an environment variable.
    pub(crate) fn variable(&mut self, name: &'static str, value: &str) {
        self.variables.push((name, value.to_owned()));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }

    /// Replaces the first `from` in a file of the project.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).expect("a text");
        assert!(text.contains(from), "{name} holds no {from:?}");
        self.write(name, text.replacen(from, to, 1));
    }

    /// Delivers into `outbox/mails` in a format.
    pub(crate) fn deliver_as(&self, format: &str) {
        self.edit("relance.toml", "to = \"eml\"\npath = \"outbox\"", &format!("to = \"{format}\"\npath = \"outbox/mails\""));
    }

    /// The program at [`NOW`], in and of the project; the words of `line` are its arguments.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        command.args(self.arguments(line)).current_dir(self.folder.path()).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// The arguments of [`Self::command`].
    pub(crate) fn arguments(&self, line: &str) -> Vec<String> {
        let project = self.folder.path().display().to_string();
        ["-C", &project, "--now", NOW].into_iter().chain(line.split(' ')).map(str::to_owned).collect()
    }

    pub(crate) fn run(&self, line: &str) -> Ended {
        Ended::from(self.command(line).output().expect("it runs"))
    }

    /// Runs a command as if it were another instant.
    pub(crate) fn run_at(&self, now: &str, line: &str) -> Ended {
        let arguments = self.arguments(line).into_iter().map(|word| if word == NOW { now.to_owned() } else { word });
        let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
        Ended::from(command.args(arguments).current_dir(self.folder.path()).output().expect("it runs"))
    }

    /// Runs a command that must do its work.
    pub(crate) fn done(&self, line: &str) -> Ended {
        let ended = self.run(line);
        assert_eq!(ended.code, 0, "`{line}`: {ended:?}");
        ended
    }

    /// Counts the mails of a state in the ledger.
    pub(crate) fn count(&self, state: &str) -> u64 {
        let status: serde_json::Value = serde_json::from_str(&self.done("status --json").stdout).expect("JSON");
        let rows = status["counts"].as_array().expect("a list").iter().filter(|row| row["state"] == state);
        rows.map(|row| row["n"].as_u64().expect("a number")).sum()
    }

    /// Returns the names of everything below a folder of the project, sorted.
    pub(crate) fn files(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(name)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() {
                    folders.push(entry);
                } else {
                    found.push(entry.strip_prefix(self.folder.path()).expect("inside").display().to_string());
                }
            }
        }
        found.sort();
        found
    }

    /// Returns the whole mails of `outbox/mails`; a piece of one is a failure.
    pub(crate) fn mails(&self, format: &str) -> Vec<Vec<u8>> {
        let path = self.path("outbox/mails");
        let raw: Vec<Vec<u8>> = match format {
            "mbox" => {
                let file = fs::read(path).unwrap_or_default();
                MessageIterator::new(&file[..]).map(|mail| mail.expect("a mail").unwrap_contents()).collect()
            }
            "jsonl" => fs::read_to_string(path).unwrap_or_default().lines().map(raw_of).collect(),
            _ => self.files("outbox/mails").iter().map(|name| fs::read(self.path(name)).expect("a file")).collect(),
        };
        for mail in &raw {
            let text = String::from_utf8_lossy(mail).trim_end().to_owned();
            let boundary = text.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a boundary");
            assert!(text.ends_with(&format!("--{boundary}--")), "{format}: a mail that is cut");
        }
        raw
    }

    /// Returns who has a mail in `outbox/mails`, sorted.
    pub(crate) fn recipients(&self, format: &str) -> Vec<String> {
        let mut all: Vec<String> = self.mails(format).iter().map(|mail| recipient(&parsed(mail))).collect();
        all.sort();
        all
    }
}

fn raw_of(line: &str) -> Vec<u8> {
    let value: serde_json::Value = serde_json::from_str(line).expect("a whole line");
    value["raw"].as_str().expect("a text").as_bytes().to_vec()
}

pub(crate) fn parsed(mail: &[u8]) -> Message<'_> {
    MessageParser::new().parse(mail).expect("a mail")
}

/// Returns the one recipient of a mail.
pub(crate) fn recipient(mail: &Message<'_>) -> String {
    let to: Vec<_> = mail.to().expect("To").iter().filter_map(|to| to.address()).collect();
    let [one] = to.as_slice() else { panic!("{to:?}") };
    (*one).to_owned()
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let ended = Self { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) };
        assert!(!ended.stderr.contains("panicked") && ended.code != -1, "a crash: {ended:?}");
        ended
    }
}

impl Ended {
    /// Asserts that the command ended with a code and exactly one error, which has these words.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32, words: &str) {
        let errors: Vec<&str> = self.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(self.code == code && errors.len() == 1 && self.stderr.contains(words), "wanted {code} and {words:?}: {self:?}");
    }

    /// Asserts that the error says one of these words.
    #[track_caller]
    pub(crate) fn says_one_of(&self, words: &[&str]) {
        assert!(words.iter().any(|words| self.stderr.contains(words)), "wanted one of {words:?}: {self:?}");
    }
}

/// Reports whether `name` is there, whatever it is.
pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
