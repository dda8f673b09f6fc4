//! Who looked at whom: a line in `.relance/access.jsonl` before anything of a person is shown.

use std::io::Write as _;

use relance::error::{Result, io_error};
use relance::private;
use serde_json::{Value, json};

use super::app::App;

/// The log, from the project folder.
const LOG: &str = ".relance/access.jsonl";

/// Writes down that somebody looks at a person; where that cannot be written, nothing is shown.
pub(crate) fn note(app: &App, command: &str, recipient: &str, reason: Option<&str>) -> Result<()> {
    let path = app.project.root.join(LOG);
    private::make_folder_of(&path)?;
    let line = json!({ "at": app.wall_clock.to_string(), "who": user(), "command": command, "recipient": recipient, "reason": reason });
    let write = || {
        // One write of one line: those of two programs do not mix.
        let mut file = private::options().append(true).create(true).open(&path)?;
        file.write_all(format!("{line}\n").as_bytes())?;
        file.sync_data()
    };
    write().map_err(|error| io_error("write", &path, error))
}

/// Returns who looked at a person, oldest first; a line that cannot be read is left out.
pub(crate) fn of(app: &App, recipient: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(app.project.root.join(LOG)).unwrap_or_default();
    let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line.get("recipient").and_then(Value::as_str) == Some(recipient)).collect()
}

/// Names the account of the machine that runs the program, by what the system says rather than the environment.
fn user() -> String {
    let named = |uid: u32| {
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let of = |line: &str| {
            let mut fields = line.split(':');
            let name = fields.next()?;
            (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
        };
        accounts.lines().find_map(of).unwrap_or_else(|| format!("uid {uid}"))
    };
    uid().map_or_else(|| std::env::var("USER").unwrap_or_else(|_| "unknown".to_owned()), named)
}

#[cfg(unix)]
fn uid() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    // The folder of this process belongs to its effective user (proc(5)).
    std::fs::metadata("/proc/self").ok().map(|folder| folder.uid())
}

#[cfg(not(unix))]
fn uid() -> Option<u32> {
    None
}
