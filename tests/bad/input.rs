//! Broken projects and data: one error, its exit code, and not a file more than before.

use std::io::Write as _;

use super::program::{Ended, Program, exists};

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.repeat(200).as_bytes()).expect("memory");
    gzip.finish().expect("memory")
}

/// Runs a project that is wrong and asserts that nothing came of it.
#[track_caller]
fn refused(program: &Program, code: i32, words: &str) -> Ended {
    let ended = program.run("run newsletter --yes -q");
    ended.failed(code, words);
    let written = [".relance/ledger.db", ".relance/profiles", "outbox"].map(|name| exists(&program.path(name)));
    assert_eq!(written, [false; 3], "{ended:?}");
    ended
}

#[test]
fn a_broken_project_sends_nothing() {
    for (file, from, to, words) in [
        ("relance.toml", "[limits]", "[limits", "toml::syntax"),
        ("relance.toml", "locale =", "locales =", "unknown key `locales`"),
        ("relance.toml", "currency = \"EUR\"", "currency = 978", "toml::wrong-type"),
        ("segments.toml", "affinity('the')", "afinity('the')", "segments.toml"),
        ("campaigns/newsletter.toml", "[audience]", "[audience]\ninclude = [\"vip\"]", "campaign::unknown-segment"),
        ("campaigns/newsletter.toml", "newsletter.mjml", "letter.mjml", "campaign::unknown-template"),
        ("campaigns/newsletter.toml", "count = 4", "count = \"four\"", "toml::wrong-type"),
        ("blocks/hero-tea.mjml", "tea-lovers", "tea-haters", "blocks/hero-tea.mjml"),
        ("templates/newsletter.mjml", "recipient.first_name %}", "recipient.firstname %}", "templates/newsletter.mjml"),
        ("templates/newsletter.mjml", "<mj-slot name=\"hero\" />", "<mj-slot name=\"heroe\" />", "templates/newsletter.mjml"),
        ("templates/newsletter.mjml", "{% endfor %}", "", "templates/newsletter.mjml"),
        ("templates/newsletter.mjml", "t(key='why-you')", "t(key='why-me')", "why-me"),
    ] {
        let program = Program::new();
        program.edit(file, from, to);
        refused(&program, 78, words);
    }
    let program = Program::new();
    program.write("relance.toml", b"\xff\xfe\0\0");
    refused(&program, 78, "relance.toml");
    program.write("relance.toml", "[".repeat(100_000));
    refused(&program, 78, "relance.toml");
}

#[test]
fn broken_data_sends_nothing_and_is_located() {
    const HEADER: &str = "id,email,first_name,birthday,consent_newsletter\n";
    let long = format!("c2,b@mail.example,{},,yes\n", "x".repeat(10 << 20));
    let rows: [(&[u8], &str); 9] = [
        (b"c2,b@mail.example\n", "contacts.csv:3  2 fields where the header has 5"),
        (b"c2,b@mail.example,Zo\xe9,,yes\n", "contacts.csv:3  first_name"),
        (b"c2,b@mail.example,a\0b,,yes\n", "contacts.csv:3  first_name"),
        (long.as_bytes(), "contacts.csv:3  first_name"),
        (b"c2,b@mail.example,B,2011-02-30,yes\n", "contacts.csv:3  birthday  \"2011-02-30\"  not a date"),
        (b"c2,b@mail.example,B,,perhaps\n", "contacts.csv:3  consent_newsletter  \"perhaps\""),
        (b",b@mail.example,B,,yes\n", "contacts.csv:3  id  \"\"  missing"),
        (b"c2,\"b@mail.example\r\nBcc: c@mail.example\",B,,yes\n", "contacts.csv:3  email"),
        (b"c2,\"b@mail.example,B,,yes\n", "contacts.csv:3"),
    ];
    for (row, words) in rows {
        let program = Program::new();
        program.write("data/contacts.csv", [HEADER.as_bytes(), b"c1,a@mail.example,A,,yes\n", row].concat());
        refused(&program, 65, words);
        // Tolerated, it is counted and located, and the others are served.
        program.edit("relance.toml", "{ files = \"data/contacts.csv\" }", "{ files = \"data/contacts.csv\", max_bad_rows = 1 }");
        let ended = program.done("plan newsletter");
        assert!(ended.stderr.contains("warning: contacts: row refused: data/") && ended.stderr.contains(words), "{words}: {ended:?}");
        assert!(ended.stderr.contains(", 1 person  ("), "{words}: {ended:?}");
    }
    let program = Program::new();
    program.write("data/contacts.csv", format!("\u{feff}{HEADER}c1,a@mail.example,A,,yes\n"));
    assert!(program.done("plan newsletter").stdout.contains("contacts 1 "), "a byte order mark is no part of a name");
    std::fs::remove_dir_all(program.path(".relance")).expect("removed");
    program.write("data/contacts.csv", "id,mail\nc1,a@mail.example\n");
    refused(&program, 65, "has no column `email`");
    program.write("data/contacts.csv", "");
    refused(&program, 65, "contacts.csv");
    std::fs::remove_file(program.path("data/contacts.csv")).expect("removed");
    refused(&program, 65, "no file matches `data/contacts.csv`");
}

#[test]
fn damaged_files_send_nothing_and_are_named() {
    let whole = gzip("id,email\nc1,a@mail.example\n");
    let mut spoilt = whole.clone();
    spoilt[whole.len() / 2] ^= 0xff;
    let cases: [(&str, &[u8]); 6] = [
        ("people.csv.gz", &whole[..whole.len() / 2]),
        ("people.csv.gz", &spoilt),
        ("people.csv.gz", b"id,email\n"),
        ("people.parquet", b"PAR1\0\0\0\0PAR1"),
        ("people.parquet", b"id,email\n"),
        ("people.csv.zst", b"\x28\xb5\x2f\xfd\0\0\0"),
    ];
    for (name, bytes) in cases {
        let program = Program::new();
        program.write(&format!("data/{name}"), bytes);
        program.edit("relance.toml", "data/contacts.csv", &format!("data/{name}"));
        refused(&program, 65, name);
    }
}

#[test]
fn one_id_of_two_people_is_written_to_by_nobody_and_said() {
    let program = Program::new();
    program.write(
        "data/contacts.csv",
        "id,email,consent_newsletter\nc1,a@mail.example,yes\nc1,b@mail.example,yes\nc2,c@mail.example,yes\nc2,c@mail.example,yes\n",
    );
    program.edit("campaigns/newsletter.toml", "holdout = \"10%\"", "");
    program.run("profile build").failed(
        65,
        "`c1`\n  help: keep one row per id, or tolerate them with `max_bad_rows = 1` in [sources.contacts]: they then get nothing",
    );
    program.edit("relance.toml", "{ files = \"data/contacts.csv\" }", "{ files = \"data/contacts.csv\", max_bad_rows = 1 }");
    let built = program.done("profile build");
    assert!(format!("{}{}", built.stdout, built.stderr).contains("c1"), "{built:?}");
    program.done("run newsletter --yes -q");
    assert_eq!(program.count("sent"), 1);
    program.write("data/products.csv", "id,title,price,url\nP,First,1.00,https://shop.example/1\nP,Second,2.00,https://shop.example/2\nQ,Cheap,-1,https://shop.example/3\n");
    program.run("plan newsletter").failed(65, "products.csv:4  price  \"-1\"  negative");
    program.edit("data/products.csv", "-1", "1");
    program.run("profile build").failed(65, "1 id of `products` stands on several rows that contradict one another\n  `P`");
    program.edit("relance.toml", "{ files = \"data/products.csv\" }", "{ files = \"data/products.csv\", max_bad_rows = 1 }");
    let built = program.done("profile build");
    assert!(format!("{}{}", built.stdout, built.stderr).contains("`P`"), "{built:?}");
}
