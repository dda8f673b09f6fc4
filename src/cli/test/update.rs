//! `relance test --update`: what happens, written over what was expected; everything else in the file stays.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use relance::error::{Error, Kind, Result, io_error};

use super::{Edit, Failure};

/// Writes the edits of all failures into their files; returns how many failures they settle.
pub(super) fn write(root: &Path, failures: &[Failure]) -> Result<usize> {
    let mut by_file: BTreeMap<&str, (&str, Vec<&Edit>)> = BTreeMap::new();
    for failure in failures {
        by_file.entry(failure.text.name()).or_insert((failure.text.inner(), Vec::new())).1.extend(&failure.edits);
    }
    for (name, (text, edits)) in by_file {
        if edits.is_empty() {
            continue;
        }
        let path = root.join(name);
        let edited = edited(text, edits);
        // What is about to be written must still be a file of expectations.
        toml::from_str::<toml::Table>(&edited).map_err(|error| {
            Error::new(Kind::Io, format!("cannot update `{name}`: {}", error.message())).help("change the expectations by hand")
        })?;
        let temporary = path.with_extension(format!("{}.part", std::process::id()));
        std::fs::write(&temporary, edited).and_then(|()| std::fs::rename(&temporary, &path)).map_err(|error| {
            _ = std::fs::remove_file(&temporary);
            io_error("write", &path, error)
        })?;
    }
    Ok(failures.iter().filter(|failure| !failure.edits.is_empty()).count())
}

/// Applies edits from the last to the first, so that the ranges before stay true.
fn edited(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_owned();
    for edit in edits {
        if text.get(edit.span.clone()).is_some() {
            text.replace_range(edit.span.clone(), &edit.text);
        }
    }
    text
}

/// Writes a text as TOML does.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Returns the edit that takes away the lines a value stands on, its key with it; none when something else stands before it.
pub(super) fn without_line(text: &str, value: Range<usize>) -> Option<Edit> {
    let start = text.get(..value.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let end = text.get(value.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| value.end + at + 1);
    let is_alone = text.get(start..value.start).is_some_and(|before| !before.contains(['{', ',']));
    is_alone.then(|| Edit { span: start..end, text: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_change_and_comments_stay() {
        let text = "# why\n[[case]]\nexpect = \"skipped\" # for now\nreason = \"holdout\"\nsubject = \"old\"\n";
        let at = |word: &str| text.find(word).map(|at| at..at + word.len()).expect("the word");
        let edits = [
            Edit { span: at("\"skipped\""), text: quoted("sent") },
            without_line(text, at("\"holdout\"")).expect("a line of its own"),
            Edit { span: at("\"old\""), text: quoted("say \"new\"") },
        ];
        let after: toml::Table = toml::from_str(&edited(text, edits.iter().collect())).expect("TOML");
        assert_eq!(after["case"][0]["subject"].as_str(), Some("say \"new\""));
        assert!(after["case"][0].get("reason").is_none());
        assert_eq!(without_line("case = [{ reason = \"a\" }]", 19..22), None);
        assert!(edited(text, edits.iter().collect()).starts_with("# why\n[[case]]\nexpect = \"sent\" # for now\nsubject"));
    }
}
