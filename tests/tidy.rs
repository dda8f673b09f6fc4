//! The layers and the purity of the middle, checked by reading the sources.
//!
//! 1. A module uses only modules listed before it in `lib.rs`.
//! 2. The pure modules contain no runtime, database, file, socket, clock or randomness.
//! 3. Nothing prints or exits outside `src/cli/` and `src/main.rs`; nothing unwraps outside tests.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules, in the order of the pipeline; `lib.rs` lists those that exist in this order.
const ORDER: [&str; 26] = [
    "error",
    "private",
    "clock",
    "id",
    "money",
    "holdout",
    "project",
    "condition",
    "source",
    "catalogue",
    "profile",
    "recommend",
    "propensity",
    "snapshot",
    "audience",
    "selection",
    "plan",
    "survey",
    "render",
    "message",
    "inspect",
    "feedback",
    "ledger",
    "delivery",
    "measure",
    "serve",
];
const PURE: [&str; 13] = [
    "condition",
    "profile",
    "recommend",
    "propensity",
    "audience",
    "holdout",
    "selection",
    "plan",
    "survey",
    "render",
    "message",
    "inspect",
    "feedback",
];
const PURE_TOO: &str = "measure";
const IMPURE: [&str; 8] = ["tokio::", "sqlx::", "lettre::Async", "std::fs", "std::net", "SystemTime", "Utc::now", "rand::"];
const LOUD: [&str; 7] = ["println!", "print!", "eprintln!", "eprint!", "dbg!", "todo!", "process::exit"];

/// Returns a source with comments, literals and `#[cfg(test)]` items blanked; lines keep their numbers.
fn code_of(source: &str) -> String {
    without_tests(&without_words(source))
}

/// Blanks comments (nested ones too) and the inside of text and character literals.
fn without_words(source: &str) -> String {
    let letters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    let starts = |at: usize, word: &str| word.chars().enumerate().all(|(n, letter)| letters.get(at + n) == Some(&letter));
    let blank = |code: &mut String, letter: char| code.push(if letter == '\n' { '\n' } else { ' ' });
    while at < letters.len() {
        let letter = letters[at];
        let word_before = at > 0 && (letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
        if starts(at, "//") {
            while at < letters.len() && letters[at] != '\n' {
                blank(&mut code, letters[at]);
                at += 1;
            }
        } else if starts(at, "/*") {
            let mut depth = 0;
            while at < letters.len() {
                let step = if starts(at, "/*") {
                    depth += 1;
                    2
                } else if starts(at, "*/") {
                    depth -= 1;
                    2
                } else {
                    1
                };
                for _ in 0..step {
                    blank(&mut code, letters[at]);
                    at += 1;
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(hashes) = raw_text(&letters, at).filter(|_| !word_before) {
            let close = format!("\"{}", "#".repeat(hashes));
            while letters[at] != '"' {
                code.push(letters[at]);
                at += 1;
            }
            code.push('"');
            at += 1;
            while at < letters.len() && !starts(at, &close) {
                blank(&mut code, letters[at]);
                at += 1;
            }
            code.push_str(&close);
            at += close.len();
        } else if letter == '"' {
            code.push('"');
            at += 1;
            while at < letters.len() && letters[at] != '"' {
                let step = if letters[at] == '\\' { 2 } else { 1 };
                for _ in 0..step {
                    blank(&mut code, letters.get(at).copied().unwrap_or(' '));
                    at += 1;
                }
            }
            code.push('"');
            at += 1;
        } else if letter == '\'' && is_character(&letters, at) {
            code.push('\'');
            at += 1;
            while at < letters.len() && letters[at] != '\'' {
                let step = if letters[at] == '\\' { 2 } else { 1 };
                code.push_str(&" ".repeat(step));
                at += step;
            }
            code.push('\'');
            at += 1;
        } else {
            code.push(letter);
            at += 1;
        }
    }
    code
}

/// Returns the number of `#` of a raw text literal that begins here.
fn raw_text(letters: &[char], at: usize) -> Option<usize> {
    let mut next = at + usize::from(letters[at] == 'b');
    if letters.get(next) != Some(&'r') {
        return None;
    }
    next += 1;
    let hashes = letters[next..].iter().take_while(|letter| **letter == '#').count();
    (letters.get(next + hashes) == Some(&'"')).then_some(hashes)
}

/// Tells a character literal from a lifetime.
fn is_character(letters: &[char], at: usize) -> bool {
    letters.get(at + 1) == Some(&'\\') || letters.get(at + 2) == Some(&'\'')
}

/// Blanks each item that follows `#[cfg(test)]`, to its closing brace or semicolon.
fn without_tests(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(found) = rest.find("#[cfg(test)]") {
        out.push_str(&rest[..found]);
        let mut depth = 0;
        let mut end = rest.len();
        for (at, letter) in rest[found..].char_indices() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 && matches!(letter, '}' | ';') {
                end = found + at + 1;
                break;
            }
        }
        out.extend(rest[found..end].chars().map(|letter| if letter == '\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    out + rest
}

/// Lists the modules of this crate that a code names: `crate::x`, `crate::{x, y::z}`.
fn modules_used(code: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let tail = &code[at + "crate::".len()..];
        if let Some(list) = tail.strip_prefix('{') {
            let mut depth = 0;
            let mut name = String::new();
            let mut in_path = false;
            for letter in list.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        used.push((line, std::mem::take(&mut name)));
                        in_path = false;
                    }
                    ':' if depth == 0 => in_path = true,
                    _ if depth == 0 && !in_path && (letter.is_alphanumeric() || letter == '_') => name.push(letter),
                    _ => {}
                }
            }
            used.push((line, name));
        } else {
            used.push((line, tail.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()));
        }
    }
    used.retain(|(_, name)| !name.is_empty());
    used
}

/// Check 1: what a file of `module` uses that stands after it.
fn layer_faults(module: &str, source: &str, order: &[&str]) -> Vec<String> {
    let Some(own) = order.iter().position(|name| *name == module) else { return vec![format!("module `{module}` is not in the order")] };
    modules_used(&code_of(source))
        .into_iter()
        .filter_map(|(line, name)| match order.iter().position(|known| *known == name) {
            Some(position) if position > own => Some(format!("line {line}: `{module}` uses `{name}`, which stands after it")),
            _ => None,
        })
        .collect()
}

/// Checks 2 and 3: the words that a source may not contain.
fn word_faults(source: &str, words: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, line) in code_of(source).lines().enumerate() {
        for word in words {
            let whole = |at: usize| {
                let before = line[..at].chars().next_back();
                word.starts_with('.') || !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
            };
            if line.match_indices(word).any(|(at, _)| whole(at)) {
                faults.push(format!("line {}: `{word}`", n + 1));
            }
        }
    }
    faults
}

fn sources() -> Vec<(PathBuf, String)> {
    fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                walk(&entry, files);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                files.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    assert!(files.len() > 20, "the sources are found");
    files
        .into_iter()
        .map(|path| (path.strip_prefix(&root).expect("below src").to_owned(), fs::read_to_string(&path).expect("UTF-8")))
        .collect()
}

/// Returns the top module of a file of `src/`.
fn module_of(path: &Path) -> String {
    let first = path.components().next().expect("a path").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

fn is_test_file(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests") || path.components().any(|part| part.as_os_str() == "tests")
}

fn assert_none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn faults_of(check: impl Fn(&str, &str) -> Vec<String>) -> Vec<String> {
    let library =
        sources().into_iter().filter(|(path, _)| !matches!(module_of(path).as_str(), "lib" | "main" | "cli") && !is_test_file(path));
    library
        .flat_map(|(path, source)| {
            let faults = check(&module_of(&path), &source);
            faults.into_iter().map(move |fault| format!("src/{}: {fault}", path.display()))
        })
        .collect()
}

#[test]
fn lib_lists_the_modules_in_order() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).expect("lib.rs");
    let code = code_of(&lib);
    let listed: Vec<&str> = code.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let positions: Vec<usize> =
        listed.iter().map(|name| ORDER.iter().position(|known| known == name).unwrap_or_else(|| panic!("`{name}` is new"))).collect();
    assert!(positions.is_sorted() && listed.len() > 10, "{listed:?}");
}

#[test]
fn a_module_uses_only_those_above_it() {
    assert_none(&faults_of(|module, source| layer_faults(module, source, &ORDER)));
}

#[test]
fn the_middle_is_pure() {
    let pure = |module: &str| PURE.contains(&module) || module == PURE_TOO;
    assert_none(&faults_of(|module, source| if pure(module) { word_faults(source, &IMPURE) } else { Vec::new() }));
}

#[test]
fn the_library_prints_nothing_and_never_exits() {
    assert_none(&faults_of(|_, source| word_faults(source, &LOUD)));
}

#[test]
fn nothing_unwraps_outside_tests() {
    let all = sources().into_iter().filter(|(path, _)| !is_test_file(path));
    let faults: Vec<String> = all
        .flat_map(|(path, source)| {
            word_faults(&source, &[".unwrap()"]).into_iter().map(move |fault| format!("src/{}: {fault}", path.display()))
        })
        .collect();
    assert_none(&faults);
}

#[test]
fn the_checker_sees_each_fault() {
    let order = ["error", "project", "plan"];
    for wrong in [
        "use crate::plan::Plan;",
        "fn f() { crate::plan::make(); }",
        "use crate::{error::Error, plan::{Draft, Plan}};",
        "use crate::{\n    error,\n    plan,\n};",
        "pub(in crate::plan) fn f() {}",
        "mod a { use crate::plan; }\n#[cfg(test)]\nmod tests {}",
    ] {
        assert_eq!(layer_faults("project", wrong, &order).len(), 1, "{wrong}");
    }
    assert_eq!(layer_faults("project", "\n\nuse crate::plan;", &order), ["line 3: `project` uses `plan`, which stands after it"]);
    assert_eq!(layer_faults("extra", "", &order), ["module `extra` is not in the order"]);
    for wrong in [
        "fn f() { std::fs::read(\"x\"); }",
        "let now = chrono::Utc::now();",
        "use tokio::time;",
        "let x = rand::random();",
        "let s = '\"'; std::net::X",
    ] {
        assert_eq!(word_faults(wrong, &IMPURE).len(), 1, "{wrong}");
    }
    for wrong in [
        "println!(\"x\")",
        "todo!()",
        "std::process::exit(1)",
        "r#\"x\"#; dbg!(1)",
        "/* a */ print!(\"x\")",
        "fn f<'a>(x: &'a str) { eprintln!() }",
    ] {
        assert_eq!(word_faults(wrong, &LOUD).len(), 1, "{wrong}");
    }
    assert_eq!(
        word_faults("a.unwrap()\n#[cfg(test)]\nmod tests { fn f() { b.unwrap() } }\nfn g() { c.unwrap() }", &[".unwrap()"]),
        ["line 1: `.unwrap()`", "line 4: `.unwrap()`"]
    );
}

#[test]
fn the_checker_is_not_fooled() {
    let order = ["error", "project", "plan"];
    for right in [
        "use crate::error::Error;",
        "use crate::{error::Error, project::plan};",
        "// crate::plan\n/// crate::plan\nfn f() {}",
        "/* crate::plan /* nested */ crate::plan */",
        "const S: &str = \"crate::plan \\\" crate::plan\";",
        "const S: &str = r#\"crate::plan \" crate::plan\"#;",
        "#[cfg(test)]\nmod tests { use crate::plan; fn f() { if true { } } }",
        "#[cfg(test)]\nuse crate::plan::Plan;\nuse crate::error;",
        "use not_crate::plan;",
    ] {
        assert_none(&layer_faults("project", right, &order));
    }
    for right in [
        "// println!",
        "let operand::x = 1;",
        "fn brand::y() {}",
        "\"println!\"",
        "my_println!()",
        "#[cfg(test)]\nmod tests { fn f() { println!() } }",
    ] {
        assert_none(&word_faults(right, &[&LOUD[..], &IMPURE[..]].concat()));
    }
    assert_eq!(code_of("a /* \n */ b\n'\\n' // c\n").lines().count(), 3, "lines keep their numbers");
}

/// Check 4: the commands of `cli/mod.rs`, as they are typed.
fn commands() -> Vec<String> {
    let source = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/mod.rs")).expect("cli/mod.rs");
    let body = source.split("enum Command {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("the commands");
    let names = body.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    names.map(|line| line.chars().take_while(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase()).collect()
}

fn read_all(folder: &str) -> String {
    let entries = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).expect("a folder");
    entries.flatten().filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_command_has_a_transcript() {
    let transcripts = read_all("tests/cli/transcripts");
    let commands = commands();
    assert!(commands.len() > 10, "{commands:?}");
    let missing: Vec<&String> = commands.iter().filter(|name| !transcripts.contains(&format!("\n$ relance {name}"))).collect();
    assert!(missing.is_empty(), "no transcript of {missing:?}");
}

#[test]
fn every_variable_and_exit_code_is_in_the_manual_of_operations() {
    let manual = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).expect("docs/operations.md");
    let sources: String =
        sources().into_iter().filter(|(path, _)| module_of(path) == "cli" || module_of(path) == "main").map(|(_, source)| source).collect();
    let upper = |text: &str| {
        text.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'))
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let mut variables: Vec<String> = sources.match_indices("RELANCE_").map(|(at, _)| upper(&sources[at..])).collect();
    variables.extend(
        ["env::var(\"", "env::var_os(\""]
            .iter()
            .flat_map(|call| sources.match_indices(call).map(|(at, call)| upper(&sources[at + call.len()..]))),
    );
    variables.extend(["NO_COLOR", "CLICOLOR_FORCE"].map(str::to_owned));
    variables.sort();
    variables.dedup();
    assert!(variables.len() >= 7, "{variables:?}");
    let missing: Vec<&String> = variables.iter().filter(|name| !name.is_empty() && !manual.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/operations.md does not tell {missing:?}");

    let errors = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/errors.rs")).expect("errors.rs");
    let mut codes: Vec<u8> = errors
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Kind::")?.split("=> ").nth(1)?.trim_end_matches(',').parse().ok())
        .collect();
    assert_eq!(codes.len(), 7);
    codes.extend([0, 1]);
    let missing: Vec<&u8> = codes.iter().filter(|code| !manual.contains(&format!("\n| {code} |"))).collect();
    assert!(missing.is_empty(), "docs/operations.md does not tell the exit codes {missing:?}");
}
