//! Suppressions as the program takes and gives them: from standard input, to files that are nobody else's, there and back.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn relance(folder: &Path, line: &str, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_relance"))
        .current_dir(folder)
        .args(line.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    // A command that does not read closes the pipe: that is its right.
    _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    folder
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

#[test]
fn addresses_come_from_standard_input_and_no_error_repeats_one() {
    let folder = project();
    let here = folder.path();
    let added = relance(here, "suppress add - --reason complaint", "ana@mail.example\r\n\n  Zoé@café.example \n");
    assert_eq!(code(&added), Some(0), "{}", String::from_utf8_lossy(&added.stderr));
    assert_eq!(code(&relance(here, "suppress check -", "ANA@mail.example")), Some(1));
    assert_eq!(code(&relance(here, "suppress check -", "zoe\u{301}@xn--caf-dma.example\n")), Some(1), "a twin in other letters");
    assert_eq!(code(&relance(here, "suppress check -", "bob@mail.example\n")), Some(0));
    for (line, input) in [
        ("suppress add -", "good@mail.example\nwrong one@mail.example\n"),
        ("suppress check -", "a@b.example\nc@d.example\n"),
        ("suppress add -", "\n"),
        ("suppress check ana", ""),
    ] {
        let output = relance(here, line, input);
        assert_eq!(code(&output), Some(2), "{line}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!words.contains("mail.example") && !words.contains("b.example") && words.contains("help:"), "{words}");
    }
    assert_eq!(code(&relance(here, "suppress check good@mail.example", "")), Some(0), "all or nothing");
}

#[test]
fn an_export_is_safe_private_and_comes_back_as_it_was() {
    let (from, to) = (project(), project());
    relance(
        from.path(),
        "suppress add - --now 2026-03-01T09:00:00Z",
        "=cmd@mail.example\n+x@mail.example\n-y@mail.example\nana@mail.example\n",
    );
    relance(from.path(), "suppress add ana@mail.example --reason unsubscribed --now 2026-03-02T09:00:00Z", "");
    assert_eq!(code(&relance(from.path(), "suppress export --out list.csv", "")), Some(0));
    let list = from.path().join("list.csv");
    let text = std::fs::read_to_string(&list).expect("a file");
    assert!(text.lines().skip(1).all(|line| line.starts_with('\'') || line.starts_with("ana@")), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(list.metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    }
    std::fs::copy(&list, to.path().join("list.csv")).expect("a copy");
    for added in ["Added  5 of 5 rows, 0 known", "Added  0 of 5 rows, 5 known"] {
        let output = relance(to.path(), "suppress import list.csv", "");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(code(&output) == Some(0) && words.contains(added), "{words}");
    }
    assert_eq!(code(&relance(to.path(), "suppress export --out list2.csv", "")), Some(0));
    let again = std::fs::read_to_string(to.path().join("list2.csv")).expect("a file");
    assert_eq!(again, text.replace(",cli", ",import"), "all but by what means");
}

#[test]
fn a_forgotten_person_stays_suppressed_through_an_exchange_and_cannot_be_lifted() {
    let folder = project();
    let hash = relance::id::stable_hash(&["forgotten", "ana@mail.example"]);
    std::fs::write(folder.path().join("list.csv"), format!("email,reason\n#{hash:016x},manual\n")).expect("a file");
    assert_eq!(code(&relance(folder.path(), "suppress import list.csv", "")), Some(0));
    assert_eq!(code(&relance(folder.path(), "suppress check Ana@Mail.example", "")), Some(1));
    let output = relance(folder.path(), "suppress remove ana@mail.example", "");
    assert!(code(&output) == Some(2) && String::from_utf8_lossy(&output.stderr).contains("forgotten"));
    assert_eq!(code(&relance(folder.path(), "suppress check ana@mail.example", "")), Some(1));
}
