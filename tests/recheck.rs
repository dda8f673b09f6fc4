//! What happens while mails go out is honoured: a purchase, a consent withdrawn, an unsubscription, each for the mails not yet claimed.
//!
//! The program itself runs against a server inside the test; what happens is done by the server at a step of its own, so nothing is a race.

#[path = "support/rogue/mod.rs"]
mod rogue;

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use relance::ledger::{Ledger, State, Suppressed, SuppressionReason};
use rogue::{Act, Conduct, Rogue, Rule, Step};

const NOW: &str = "2026-05-20T10:00:00+02:00";
const N_PEOPLE: usize = 40;
/// How long a first mail is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

const CART: &str = r#"
title = "T"
kind = "relance"
objective = "convert"
why = "w"
template = "cart.mjml"
subject = { fr = "Votre panier", en = "Your cart" }
late = "24h"
[trigger]
on = "abandoned_cart"
[[steps]]
name = "reminder"
after = "4h"
[measure]
primary = "revenue"
horizon = "14d"
"#;

const TEMPLATE: &str = r#"<mjml lang="{{ lang }}"><mj-head><mj-title>{{ subject }}</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-text>{{ sender.postal_address }} <a href="{{ links.unsubscribe }}">x</a></mj-text>
</mj-column></mj-section></mj-body></mjml>"#;

/// A shop where forty people left a cart five hours ago, with mails going to a server.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new(server: &Rogue) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let shop = Self { folder };
        relance::project::starter::write_starter(shop.path(), "Boutique").expect("the starter project");
        let (mut contacts, mut events) = ("id,email,locale,consent_newsletter,consent_profiling\n".to_owned(), String::new());
        for n in 0..N_PEOPLE {
            _ = writeln!(contacts, "c{n:03},c{n:03}@people.example,fr-FR,yes,yes");
            _ = writeln!(
                events,
                r#"{{"at":"2026-05-20T05:00:00+02:00","kind":"cart_add","contact_id":"c{n:03}","product_id":"t1","quantity":1}}"#
            );
        }
        shop.write("data/contacts.csv", &contacts);
        shop.write("data/events.jsonl", &events);
        shop.write("data/orders.csv", "order_id,contact_id,at,product_id,quantity,unit_price,status\n");
        shop.write("campaigns/cart.toml", CART);
        shop.write("templates/cart.mjml", TEMPLATE);
        let config = std::fs::read_to_string(shop.path().join("relance.toml")).expect("the configuration");
        let (before, _) = config.split_once("[delivery]").expect("a table");
        let port = server.address.port();
        let smtp =
            format!("[delivery]\nto = \"smtp\"\n[delivery.smtp]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nconnections = 1\n");
        shop.write("relance.toml", &format!("{before}{smtp}"));
        shop
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("a file");
    }

    async fn relance(&self, line: &str) -> Output {
        let (folder, line) = (self.path().to_owned(), line.to_owned());
        let run = move || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_relance"));
            command.arg("-C").arg(folder).args(["--now", NOW]).args(line.split(' ')).output().expect("it runs")
        };
        tokio::task::spawn_blocking(run).await.expect("it ends")
    }

    async fn ledger(&self) -> Ledger {
        Ledger::open(&format!("sqlite://{}", self.path().join(".relance/ledger.db").display()), false).await.expect("a ledger")
    }

    /// Returns the people whose mails are in a state, with the words beside them.
    async fn in_state(&self, state: State) -> Vec<(String, String)> {
        self.ledger().await.close().await;
        let url = format!("sqlite://{}", self.path().join(".relance/ledger.db").display());
        sqlx::any::install_default_drivers();
        let pool = sqlx::AnyPool::connect(&url).await.expect("connects");
        let rows = sqlx::query("SELECT recipient, COALESCE(reply, '') FROM message WHERE state = $1 ORDER BY recipient")
            .bind(state.as_str())
            .fetch_all(&pool)
            .await
            .expect("rows");
        rows.iter().map(|row| (sqlx::Row::get(row, 0), sqlx::Row::get(row, 1))).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_in_doubt_are_listed_and_settled_by_the_log_of_the_server() {
    // Two mails are kept and not answered, so that they are in doubt.
    let unanswered = |prefix| Rule::at(Step::Stored, Act::Close).to(prefix);
    let server = Rogue::start(Conduct::with([unanswered("c007"), unanswered("c008")]));
    let shop = Shop::new(&server);
    let output = shop.relance("run cart --yes").await;
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    let status = shop.relance("status").await;
    let listed = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(listed.contains("for c007") && words(&status).contains("relance ledger resolve CAMPAIGN --recipient ID --sent"), "{listed}");

    // The log of a server names more than what is in doubt, in words of its own.
    let id = listed
        .lines()
        .find(|line| line.contains("for c007"))
        .and_then(|line| line.split(' ').next_back())
        .expect("a Message-ID")
        .to_owned();
    shop.write("sent.log", &format!("Nov 14 mx postfix/smtp[7]: 4C1F: message-id=<{id}>, status=sent (250 ok)\n<other@shop.example>\n"));
    let log = shop.path().join("sent.log").display().to_string();
    let settled = shop.relance(&format!("ledger resolve --all --sent --from-log {log}")).await;
    assert!(words(&settled).contains("1 as sent, 1 still in doubt"), "{}", words(&settled));
    let settled = shop.relance("ledger resolve cart --recipient c008 --resend").await;
    assert!(words(&settled).contains("1 to send again, 0 still in doubt"), "{}", words(&settled));
    assert_eq!(shop.in_state(State::Planned).await.iter().map(|(who, _)| who.as_str()).collect::<Vec<_>>(), ["c008"]);
    assert_eq!(shop.in_state(State::Sent).await.len(), N_PEOPLE - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_asked_whether_its_answer_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("shop.db").display());
    let pool = sqlx::AnyPool::connect(&url).await.expect("connects");
    sqlx::query("CREATE TABLE orders (at INTEGER)").execute(&pool).await.expect("runs");
    let path = folder.path().to_owned();
    let ask = move |query: &str| {
        let (path, query) = (path.clone(), query.to_owned());
        tokio::task::spawn_blocking(move || relance::source::ask("orders", &query, "sqlite://shop.db", &path))
    };
    let max = "select max(at) from orders;";
    assert_eq!(ask(max).await.expect("it ends").expect("an answer"), "");
    sqlx::query("INSERT INTO orders VALUES (7)").execute(&pool).await.expect("runs");
    assert_eq!(ask(max).await.expect("it ends").expect("an answer"), "7");
    let error = ask("select x from orders").await.expect("it ends").expect_err("no such column");
    assert!(error.help_text().is_some_and(|help| help.contains("`changed`")), "{error}");
    let error = ask("delete from orders").await.expect("it ends").expect_err("only questions");
    assert_eq!(error.kind(), relance::error::Kind::Project);
}

/// Starts a server that does something while it holds its first mail, before it accepts it.
fn server_that(what: impl FnOnce(&Path) + Send + 'static) -> (Rogue, Arc<Mutex<PathBuf>>) {
    let folder = Arc::new(Mutex::new(PathBuf::new()));
    let server = Rogue::start(Conduct::default());
    let (shared, pause) = (Arc::clone(&folder), server.pause_at(Step::Dot, 1));
    std::thread::spawn(move || {
        if pause.reached(PATIENCE).is_some() {
            what(&shared.lock().expect("a path"));
            pause.resume();
        }
    });
    (server, folder)
}

fn append(path: &Path, line: &str) {
    let mut file = std::fs::OpenOptions::new().append(true).open(path).expect("a file");
    writeln!(file, "{line}").expect("a line");
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_buys_while_the_run_is_at_work_gets_no_cart_mail_u6() {
    let (server, folder) = server_that(|shop| {
        append(&shop.join("data/orders.csv"), "o1,c039,2026-05-20T09:59:59+02:00,t1,1,12.50,placed");
        let contacts = std::fs::read_to_string(shop.join("data/contacts.csv")).expect("contacts");
        let contacts = contacts.replace("c038,c038@people.example,fr-FR,yes", "c038,c038@people.example,fr-FR,no");
        std::fs::write(shop.join("data/contacts.csv"), contacts).expect("contacts");
    });
    let shop = Shop::new(&server);
    shop.path().clone_into(&mut folder.lock().expect("a path"));
    let output = shop.relance("run cart --yes").await;
    assert!(output.status.success(), "{}", words(&output));
    let cancelled = shop.in_state(State::Cancelled).await;
    let expected = [
        ("c038".to_owned(), "no consent: newsletter".to_owned()),
        ("c039".to_owned(), "goal reached: the cart was bought or emptied".to_owned()),
    ];
    assert_eq!(cancelled, expected, "{}", words(&output));
    assert_eq!(server.recipients().len(), N_PEOPLE - 2);
    assert!(words(&output).contains("Cancelled  2"), "{}", words(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_unsubscribes_while_the_run_is_at_work_gets_nothing() {
    let (server, folder) = server_that(|shop| {
        // As `feedback import` and the unsubscribe page do, from another process.
        let output = Command::new(env!("CARGO_BIN_EXE_relance"))
            .arg("-C")
            .arg(shop)
            .args(["suppress", "add", "C039@People.example", "--reason", "unsubscribed"])
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{}", words(&output));
    });
    let shop = Shop::new(&server);
    shop.path().clone_into(&mut folder.lock().expect("a path"));
    let output = shop.relance("run cart --yes").await;
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(shop.in_state(State::Cancelled).await, [("c039".to_owned(), "suppressed: unsubscribed".to_owned())]);
    assert_eq!(server.recipients().len(), N_PEOPLE - 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_run_planned_is_looked_at_again_before_it_is_sent() {
    let (server, _) = server_that(|_| {});
    let shop = Shop::new(&server);
    assert!(shop.relance("run cart --yes --limit 1").await.status.success());
    append(&shop.path().join("data/orders.csv"), "o1,c020,2026-05-20T09:59:59+02:00,t2,1,9.90,placed");
    let output = shop.relance("send cart").await;
    assert!(output.status.success(), "{}", words(&output));
    assert_eq!(shop.in_state(State::Cancelled).await, [("c020".to_owned(), "goal reached: the cart was bought or emptied".to_owned())]);
    assert_eq!(server.recipients().len(), N_PEOPLE - 1);

    // Where the sources are not at hand, what was planned is sent, and it is said.
    let (server, _) = server_that(|_| {});
    let shop = Shop::new(&server);
    assert!(shop.relance("run cart --yes --limit 1").await.status.success());
    std::fs::remove_dir_all(shop.path().join("data")).expect("no data");
    let output = shop.relance("send cart").await;
    assert!(output.status.success() && words(&output).contains("are not looked at here"), "{}", words(&output));
    assert_eq!(server.recipients().len(), N_PEOPLE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_stays_unreadable_stops_the_run_and_loses_nothing() {
    let (server, folder) = server_that(|shop| std::fs::write(shop.join("data/orders.csv"), "order_id\n").expect("a file"));
    let shop = Shop::new(&server);
    shop.path().clone_into(&mut folder.lock().expect("a path"));
    let output = shop.relance("run cart --yes").await;
    assert_eq!(output.status.code(), Some(65), "{}", words(&output));
    assert!(words(&output).contains("a source changed and cannot be read again"), "{}", words(&output));
    let (n_sent, n_planned) = (shop.in_state(State::Sent).await.len(), shop.in_state(State::Planned).await.len());
    assert_eq!((n_sent, n_sent + n_planned), (server.recipients().len(), N_PEOPLE));
    assert!(n_planned > 0);
    let ledger = shop.ledger().await;
    assert!(
        ledger.suppress(Suppressed::Address("x@y.example"), SuppressionReason::Manual, "test", relance::ledger::system_now()).await.is_ok()
    );
}
