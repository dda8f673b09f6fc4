//! Databases that are down, lost in the middle of a run, or not what the project says.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::postgres::Postgres;
use super::program::{Program, exists};
use super::rogue::{Conduct, Rogue, Step};

const PEOPLE: usize = 25;
/// How long the tenth mail is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

/// A project whose ledger is in a database named by a variable.
fn with_ledger(url: &str) -> Program {
    let mut program = Program::new();
    program.edit("relance.toml", "[limits]", "[ledger]\ndatabase = { env = \"TEST_LEDGER\" }\n\n[limits]");
    program.variable("TEST_LEDGER", url);
    program
}

#[test]
fn a_ledger_that_is_down_stops_before_anything_is_sent() {
    for url in ["postgres://me:hunter2@127.0.0.1:1/mail", "postgres://me:hunter2@localhost/mail?host=/nowhere"] {
        let program = with_ledger(url);
        for line in ["run newsletter --yes -q", "plan newsletter -q", "status", "send -q"] {
            let ended = program.run(line);
            ended.failed(69, "the ledger");
            assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
        }
        assert!(!exists(&program.path("outbox")) && !exists(&program.path(".relance/ledger.db")));
    }
    with_ledger("mysql://me:hunter2@localhost/mail").run("run newsletter --yes -q").failed(2, "neither SQLite nor PostgreSQL");
}

/// Does something to the database while the tenth mail is on its way, between RCPT and DATA; returns what the server then holds.
async fn lost_in_the_middle(name: &str, what: &'static str) -> (Program, Arc<Postgres>, Rogue, i32) {
    let database = Arc::new(tokio::task::spawn_blocking(Postgres::start).await.expect("a server"));
    let mut program = with_ledger(&database.url(name));
    let server = Rogue::start(Conduct { extensions: vec!["8BITMIME"], ..Conduct::default() });
    let (tenth, acted) = (server.pause_at(Step::Data, 10), Arc::clone(&database));
    std::thread::spawn(move || {
        if tenth.reached(PATIENCE).is_some() {
            acted.control(what);
            tenth.resume();
        }
    });
    let smtp = format!("to = \"smtp\"\n\n[delivery.smtp]\nhost = \"127.0.0.1\"\nport = {}\nconnections = 1", server.address.port());
    program.edit("relance.toml", "to = \"eml\"\npath = \"outbox\"", &smtp);
    program.variable("TZ", "UTC");
    let (program, ended) = tokio::task::spawn_blocking(move || {
        let ended = program.run("run newsletter --yes -q");
        (program, ended)
    })
    .await
    .expect("it runs");
    if ended.code != 0 {
        ended.failed(69, "the ledger");
        ended.says_one_of(&["what was not sent stays planned"]);
    }
    (program, database, server, ended.code)
}

/// Runs again, and asserts that everybody has the mail once, but for the one that was on the wire.
async fn completes(program: Program, server: &Rogue) {
    let (program, ended) = tokio::task::spawn_blocking(move || {
        let ended = program.run("run newsletter --yes -q");
        (program, ended)
    })
    .await
    .expect("it runs");
    assert!(ended.code == 0 || ended.code == 1, "{ended:?}");
    let (n_sent, n_doubtful) = (program.count("sent"), program.count("uncertain"));
    assert!(n_sent + n_doubtful == PEOPLE as u64 && n_doubtful <= 1, "{n_sent} sent, {n_doubtful} in doubt");
    let mut arrived = server.recipients();
    let n_arrived = arrived.len();
    arrived.dedup();
    assert_eq!(arrived.len(), n_arrived, "nobody gets it twice");
    assert!(n_arrived as u64 >= n_sent, "{n_sent} sent, {n_arrived} arrived");
    let again = program.run("run newsletter --yes -q");
    assert!(again.code == 0 && server.recipients().len() == n_arrived, "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_lost_in_the_middle_stops_the_run_and_the_next_one_completes() {
    let (program, database, server, code) = lost_in_the_middle("lost", "stop").await;
    assert_eq!(code, 69);
    let n_arrived = server.recipients().len();
    assert!((9..=10).contains(&n_arrived), "{n_arrived} arrived: no dot without the ledger, but for the mail already marked");
    database.control("start");
    completes(program, &server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_restarted_in_the_middle_loses_and_repeats_nothing() {
    let (program, _database, server, _) = lost_in_the_middle("restarted", "restart").await;
    completes(program, &server).await;
}

fn with_query(query: &str, url: &str) -> Program {
    let mut program = Program::new();
    program.edit(
        "relance.toml",
        "{ files = \"data/contacts.csv\" }",
        &format!("{{ sql = {query:?}, database = {{ env = \"TEST_CRM\" }} }}"),
    );
    program.variable("TEST_CRM", url);
    program
}

fn fill(program: &Program, statements: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(program.path("data/crm.db")).create_if_missing(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut connection = options.connect().await.expect("a connection");
        connection.execute(sqlx::raw_sql(statements)).await.expect("a table");
        connection.close().await.expect("closed");
    });
}

const TABLE: &str = "CREATE TABLE person (id TEXT, email TEXT, birthday TEXT, consent_newsletter);
    INSERT INTO person VALUES ('c1', 'a@mail.example', '1980-02-29', 1), ('c2', 'b@mail.example', 'unknown', 1), ('c3', x'00ff', NULL, 1);";

#[test]
fn a_source_that_is_down_or_asked_wrongly_sends_nothing() {
    let down = with_query("SELECT * FROM person", "postgres://me:hunter2@127.0.0.1:1/crm");
    let ended = down.run("run newsletter --yes -q");
    ended.failed(69, "source `contacts`: cannot connect to `127.0.0.1:1`");
    assert!(!format!("{ended:?}").contains("hunter2"));
    with_query("SELECT * FROM person", "sqlite://data/absent.db").run("plan newsletter").failed(69, "source `contacts`");
    with_query("SELECT * FROM person", "mysql://localhost/crm").run("plan newsletter").failed(78, "source `contacts`");

    for (query, code, words) in [
        ("SELEC * FROM person", 78, "source `contacts`: the query fails"),
        ("SELECT * FROM persons", 78, "no such table: persons"),
        ("SELECT id FROM person", 65, "has no column `email`"),
        ("DELETE FROM person RETURNING *", 78, "source `contacts`: the query fails"),
        ("SELECT * FROM person WHERE id <> 'c3'", 65, "row 2  birthday  \"unknown\"  not a date"),
        ("SELECT * FROM person WHERE id = 'c3'", 65, "row 1  email  \"\"  bytes that are not text"),
        ("SELECT id, 12.5 AS email FROM person", 65, "row"),
    ] {
        let program = with_query(query, "sqlite://data/crm.db");
        fill(&program, TABLE);
        let ended = program.run("run newsletter --yes -q");
        if query.contains("12.5") {
            // A number is read as text: an address that nobody has, counted as such.
            assert_eq!((ended.code, program.count("sent")), (0, 0), "{ended:?}");
        } else {
            ended.failed(code, words);
            assert!(!exists(&program.path("outbox")) && !exists(&program.path(".relance/ledger.db")), "{query}");
        }
    }
}
