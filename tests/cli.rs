//! The program as people type it: transcripts of every command, and every `console` block of the documentation.
//!
//! A transcript runs in a folder of its own that holds the starter project, with `tests/cli/overlays/NAME/` laid over
//! it; a page of the documentation begins in an empty folder. `cd DIR` is understood on a line of its own.
//! `TRYCMD=overwrite cargo test --test cli` writes what the program says into the transcripts.

use std::fs;
use std::path::{Path, PathBuf};

/// Where a text's commands run first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Starter,
    Empty,
}

#[test]
fn transcripts_say_what_the_program_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = tempfile::tempdir().expect("a folder");
    let mut texts =
        listed(&root.join("tests/cli/transcripts"), "trycmd").into_iter().map(|path| (path, Start::Starter)).collect::<Vec<_>>();
    assert!(!texts.is_empty());
    let pages = std::iter::once(root.join("README.md")).chain(listed(&root.join("docs"), "md"));
    texts.extend(
        pages
            .filter(|path| path.exists() && fs::read_to_string(path).is_ok_and(|text| text.contains("```console")))
            .map(|path| (path, Start::Empty)),
    );

    let cases = trycmd::TestCases::new();
    cases.register_bin("relance", Path::new(env!("CARGO_BIN_EXE_relance")));
    for (name, value) in [("NO_COLOR", "1"), ("COLUMNS", "100"), ("RELANCE_NO_PROGRESS", "1"), ("TZ", "UTC")] {
        cases.env(name, value);
    }
    for (path, start) in &texts {
        lay_out(root, scratch.path(), path, *start);
    }
    cases.case(scratch.path().join("*.trycmd")).case(scratch.path().join("*.md"));
    cases.run();
    drop(cases);
    if std::env::var("TRYCMD").is_ok_and(|mode| mode == "overwrite") {
        for (path, _) in texts.iter().filter(|(_, start)| *start == Start::Starter) {
            fs::copy(scratch.path().join(path.file_name().expect("a name")), path).expect("a copy");
        }
    }
}

/// Copies a text beside the folder its commands run in: trycmd wants `NAME.in`, and `NAME.out` to run in a copy of it.
fn lay_out(root: &Path, scratch: &Path, path: &Path, start: Start) {
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let folder = scratch.join(format!("{name}.in"));
    fs::create_dir_all(&folder).expect("a folder");
    fs::create_dir_all(scratch.join(format!("{name}.out"))).expect("a folder");
    if start == Start::Starter {
        relance::project::starter::write_starter(&folder, "Boutique").expect("the starter project");
        fs::create_dir_all(folder.join(".relance")).expect("a folder");
        // The key of tokens, always the same, so that bytes can be compared.
        fs::write(folder.join(".relance/key"), "0123456789abcdef0123456789abcdef").expect("a key");
    } else {
        fs::write(folder.join(".keep"), "").expect("a file");
    }
    let overlay = root.join("tests/cli/overlays").join(&name);
    if overlay.is_dir() {
        copy_all(&overlay, &folder);
    }
    let text = fs::read_to_string(path).expect("a text");
    fs::write(scratch.join(path.file_name().expect("a name")), in_folder(&text)).expect("a copy");
}

/// Takes `$ cd DIR` out, and has the commands after it work there.
fn in_folder(text: &str) -> String {
    let mut folder = PathBuf::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        if let Some(dir) = line.strip_prefix("$ cd ") {
            folder.push(dir.trim());
        } else if let Some(command) = line.strip_prefix("$ relance").filter(|_| !folder.as_os_str().is_empty()) {
            lines.push(format!("$ RELANCE_PROJECT={} relance{command}", folder.display()));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n") + "\n"
}

fn listed(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}
