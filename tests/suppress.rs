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
    let (first, folder) = (project(), project());
    assert_eq!(code(&relance(first.path(), "forget - --yes", "ANA@mail.example\n")), Some(0));
    assert_eq!(code(&relance(first.path(), "suppress export --out list.csv", "")), Some(0));
    for name in ["list.csv", ".relance/key"] {
        std::fs::create_dir_all(folder.path().join(".relance")).expect("a folder");
        std::fs::copy(first.path().join(name), folder.path().join(name)).expect("a copy");
    }
    assert!(!std::fs::read_to_string(folder.path().join("list.csv")).expect("a text").contains('@'));
    assert_eq!(code(&relance(folder.path(), "suppress import list.csv", "")), Some(0));
    assert_eq!(code(&relance(folder.path(), "suppress check Ana@Mail.example", "")), Some(1));
    let output = relance(folder.path(), "suppress remove ana@mail.example", "");
    assert!(code(&output) == Some(2) && String::from_utf8_lossy(&output.stderr).contains("forgotten"));
    assert_eq!(code(&relance(folder.path(), "suppress check ana@mail.example", "")), Some(1));
}

#[test]
fn no_file_of_the_state_holds_the_address_of_a_forgotten_person_and_no_mail_goes_there() {
    const NOW: &str = "--now 2026-03-05T09:00";
    let folder = project();
    let here = folder.path();
    let address = |id: &str| {
        let shown = relance(here, &format!("profile show {id} {NOW} --json"), "");
        let profile: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("JSON");
        profile["contact"]["email"].as_str().expect("an address").to_owned()
    };
    let forgotten = address("c01");
    let run = |line: &str, input: &str, wanted: i32| {
        let output = relance(here, line, input);
        assert_eq!(code(&output), Some(wanted), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        output
    };
    run(&format!("run newsletter {NOW} --yes --limit 2"), "", 0);
    let holds = |text: &str| {
        files_of(&here.join(".relance")).iter().any(|file| {
            let bytes = std::fs::read(file).expect("bytes");
            bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
        })
    };
    assert!(holds(&forgotten), "what is looked for would be found");

    run("forget c01", "", 2);
    let output = run(&format!("forget c01 {NOW} --yes --json"), "", 0);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&told["addresses"], &told["messages"], &told["contacts"]), (&1.into(), &1.into(), &1.into()), "{told}");
    assert!(!holds(&forgotten), "no file of the state");
    assert!(!String::from_utf8_lossy(&output.stderr).contains('@'), "nothing shown either");

    // The contact is still in the sources, and is turned away by the plan, by a list and by the next run.
    let explained = run(&format!("explain newsletter c01 {NOW}"), "", 0);
    assert!(String::from_utf8_lossy(&explained.stdout).contains("suppressed, forgotten"), "{}", String::from_utf8_lossy(&explained.stdout));
    run("suppress add -", &forgotten, 0);
    run("suppress check -", &forgotten, 1);
    run(&format!("send {NOW}"), "", 0);
    run("run newsletter --now 2026-03-12T09:00 --yes", "", 0);
    std::fs::remove_dir_all(here.join(".relance/profiles")).expect("the snapshot, which is of the sources");
    assert!(!holds(&forgotten));
    let status = run("status --json", "", 0);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    let n: u64 = status["counts"].as_array().expect("counts").iter().filter_map(|row| row["n"].as_u64()).sum();
    assert!(n > 2, "the counts stay: {status}");

    run("forget nobody --yes", "", 2);
    run("forget - --yes", "stranger@mail.example\n", 0);
    run("suppress check -", "Stranger@mail.example", 1);
}

/// Lists the files under a folder.
fn files_of(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_of(&path) } else { vec![path] }).collect()
}

#[test]
fn one_address_leads_to_the_person_and_to_every_address_they_had() {
    const NOW: &str = "--now 2026-03-05T09:00";
    for names_new in [true, false] {
        let folder = project();
        let here = folder.path();
        let run = |line: &str, input: &str| {
            let output = relance(here, line, input);
            assert_eq!(code(&output), Some(0), "{line}: {}", String::from_utf8_lossy(&output.stderr));
            output
        };
        run(&format!("run newsletter {NOW} --yes"), "");
        let contacts = here.join("data/contacts.csv");
        let before = std::fs::read_to_string(&contacts).expect("a text");
        assert!(before.contains("ana.martin@mail.example"));
        std::fs::write(&contacts, before.replace("ana.martin@mail.example", "ana.new@mail.example")).expect("written");
        let typed = if names_new { "ana.new@mail.example\n" } else { "ana.martin@mail.example\n" };
        run(&format!("forget - --yes {NOW}"), typed);
        for file in files_of(&here.join(".relance")) {
            let bytes = std::fs::read(&file).expect("bytes");
            for word in ["ana.martin@", "ana.new@"] {
                assert!(!bytes.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes())), "{word} in {file:?}");
            }
        }
        let again = run(&format!("run newsletter {NOW} --yes --json -q"), "");
        let again: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
        assert_eq!((&again["sent"], &again["skipped"]["suppressed"]), (&0.into(), &1.into()), "{again}");
        // Whatever address the sources give the person next.
        std::fs::write(&contacts, before.replace("ana.martin@mail.example", "ana.third@mail.example")).expect("written");
        let later = run("run newsletter --now 2026-03-12T09:00 --yes --json -q", "");
        let later: serde_json::Value = serde_json::from_slice(&later.stdout).expect("JSON");
        assert_eq!(later["skipped"]["suppressed"], 1, "{later}");
        run("forget c02 --yes --now 2026-03-12T09:00", "");
        let left = ids_among_arms(&here.join(".relance/ledger.db"));
        assert!(!left.is_empty() && !left.iter().any(|id| ["c01", "c02"].contains(&id.as_str())), "treated or held out: {left:?}");
    }
}

/// Returns who was assigned to an arm, as the ledger names them.
fn ids_among_arms(ledger: &Path) -> Vec<String> {
    sqlx::any::install_default_drivers();
    let ids = async {
        let pool = sqlx::any::AnyPoolOptions::new().connect(&format!("sqlite:{}", ledger.display())).await.expect("connects");
        sqlx::query_scalar("SELECT recipient FROM assignment").fetch_all(&pool).await.expect("rows")
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(ids)
}
