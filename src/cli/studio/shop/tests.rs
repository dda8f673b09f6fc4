//! A bench whose files change under it, step by step.

use clap::Parser as _;
use relance::ledger::system_now;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::*;
use crate::cli::args::Globals;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    globals: Globals,
}

/// A bench over the starter project, at the clock unless `now` is said.
fn bench(now: &[&str]) -> (tempfile::TempDir, Bench) {
    let folder = tempfile::tempdir().expect("a folder");
    relance::project::starter::write_starter(folder.path(), "Boutique").expect("the starter project");
    let root = folder.path().to_str().expect("a name in UTF-8");
    let globals = Line::parse_from(["relance", "-C", root, "-qq"].iter().chain(now)).globals;
    let bench = Bench::open(&globals, &Out::new(&globals)).expect("it opens");
    (folder, bench)
}

fn edit(folder: &tempfile::TempDir, name: &str, from: &str, to: &str) {
    let path = folder.path().join(name);
    let text = std::fs::read_to_string(&path).expect("a text");
    assert!(text.contains(from), "{name} holds no {from:?}");
    std::fs::write(path, text.replacen(from, to, 1)).expect("a text");
}

fn first_name(shop: &Shop, id: &str) -> Option<String> {
    let profile = shop.snapshot.profiles.find_by_id(id).expect("profiles").expect("a person");
    profile.contact.first_name.as_deref().map(str::to_owned)
}

#[test]
fn what_was_loaded_before_data_changed_is_not_served_after() {
    const THEN: &str = "2026-03-04T09:00";
    let (folder, bench) = bench(&["--now", "2026-03-05T09:00"]);
    let kept = bench.shop(Some(THEN)).expect("another instant");
    assert!(Arc::ptr_eq(&kept, &bench.shop(Some(THEN)).expect("the same")), "nothing changed: it is opened once");

    // A page asked for it, the data changes while it is loaded, and it is done after that.
    let before = bench.shop(None).expect("a shop");
    let slow = bench.open_at(THEN).expect("another instant");
    edit(&folder, "data/contacts.csv", "c04,david.moreau@mail.example,David,", "c04,david.moreau@mail.example,Zoé,");
    bench.reopen(Changed::Data);
    bench.keep(THEN, &slow, &before);
    assert_eq!(first_name(&slow, "c04").as_deref(), Some("David"), "who asked before sees what stood there");
    for now in [Some(THEN), None] {
        let shop = bench.shop(now).expect("a shop");
        assert_eq!(first_name(&shop, "c04").as_deref(), Some("Zoé"), "{now:?}");
    }
}

/// Names another file in the settings, which holds all of the first and an act of this moment.
#[test]
fn younger_rows_of_files_that_settings_name_anew_count_at_once() {
    let (folder, bench) = bench(&[]);
    let opened = bench.at();
    bench.reopen(Changed::Settings);
    assert_eq!(bench.at(), opened, "the instant stays where no data is another");

    let act = system_now();
    assert!(act > opened);
    let events = std::fs::read_to_string(folder.path().join("data/events.jsonl")).expect("events");
    let young = format!("{{\"at\": \"{act}\", \"kind\": \"search\", \"contact_id\": \"c04\", \"query\": \"chaudron\"}}\n");
    std::fs::write(folder.path().join("data/acts.jsonl"), events + &young).expect("acts");
    edit(&folder, "relance.toml", "data/events.jsonl", "data/acts.jsonl");
    bench.reopen(Changed::Settings);
    assert!(bench.trouble().is_none(), "{:?}", bench.trouble());
    assert!(bench.at() >= act, "{} is before {act}", bench.at());
    let shop = bench.shop(None).expect("a shop");
    let profile = shop.snapshot.profiles.find_by_id("c04").expect("profiles").expect("a person");
    assert!(profile.searches.iter().any(|search| &*search.text == "chaudron"), "{:?}", profile.searches);

    let later = bench.at();
    bench.reopen(Changed::Settings);
    assert_eq!(bench.at(), later, "what was read is not another any more");
}

#[test]
fn an_instant_that_was_said_stays_whatever_the_settings_name() {
    let (folder, bench) = bench(&["--now", "2026-03-05T09:00"]);
    let opened = bench.at();
    std::fs::copy(folder.path().join("data/events.jsonl"), folder.path().join("data/acts.jsonl")).expect("acts");
    edit(&folder, "relance.toml", "data/events.jsonl", "data/acts.jsonl");
    bench.reopen(Changed::Settings);
    assert!(bench.trouble().is_none(), "{:?}", bench.trouble());
    assert_eq!(bench.at(), opened);
}

fn sqlite(folder: &tempfile::TempDir, statement: String) {
    let options = SqliteConnectOptions::new().filename(folder.path().join("data/acts.db")).create_if_missing(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = options.connect().await.expect("a connection");
        connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement))).await.expect("a table");
        connection.close().await.expect("closed");
    });
}

#[test]
fn counting_again_asks_queries_as_of_the_clock_and_nothing_else_moves_the_instant() {
    let (folder, bench) = bench(&[]);
    let opened = bench.at();
    bench.count_again();
    assert_eq!(bench.at(), opened, "files are seen when they change");

    sqlite(&folder, "CREATE TABLE act (at TEXT, kind TEXT, contact_id TEXT, query TEXT)".to_owned());
    let query = "{ sql = \"SELECT * FROM act\", database = { url = \"sqlite://data/acts.db\" } }";
    edit(&folder, "relance.toml", "{ files = \"data/events.jsonl\" }", query);
    bench.reopen(Changed::Settings);
    assert!(bench.trouble().is_none(), "{:?}", bench.trouble());
    let asked = bench.at();
    assert!(asked > opened, "another source may hold younger rows");

    let act = system_now();
    sqlite(&folder, format!("INSERT INTO act VALUES ('{act}', 'search', 'c04', 'chaudron')"));
    assert_eq!(bench.other_data(), None, "nobody sees what a query would give");
    bench.count_again();
    assert!(bench.trouble().is_none() && bench.at() >= act, "{:?} {}", bench.trouble(), bench.at());
    let shop = bench.shop(None).expect("a shop");
    let profile = shop.snapshot.profiles.find_by_id("c04").expect("profiles").expect("a person");
    assert!(profile.searches.iter().any(|search| &*search.text == "chaudron"), "{:?}", profile.searches);
}
