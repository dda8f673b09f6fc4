//! The door, with the program itself: what links do, what wrong links do not, what is kept under load and under kills.

#[path = "support/door.rs"]
mod door;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use door::{Door, ask, key};
use program::Program;
use relance::ledger::Ledger;
use relance::message::token::{Key, Purpose};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// A shop whose newsletter went out to its people.
fn sent(public: &str) -> Program {
    let program = Program::new();
    program.edit("relance.toml", "[limits]", &format!("{public}\n[limits]"));
    program.done("run newsletter --yes");
    program
}

fn open(program: &Program) -> Door {
    Door::open(program.command("serve --public --listen 127.0.0.1:0"))
}

fn unsubscribe_token(program: &Program, recipient: &str) -> String {
    key(program.folder.path()).seal(Purpose::Unsubscribe, "newsletter", recipient)
}

/// The reasons why an address is not written to, as the program tells them.
fn suppressed(program: &Program, address: &str) -> bool {
    program.run(&format!("suppress check {address}")).stdout.contains("unsubscribed")
}

#[test]
fn one_post_unsubscribes_a_get_does_not_and_it_can_be_taken_back() {
    let program = sent("");
    let mut door = open(&program);
    let path = format!("/u/{}", unsubscribe_token(&program, "c01"));
    for method in ["GET", "HEAD", "GET", "HEAD"] {
        assert_eq!(door.ask(method, &path, "", "").expect("an answer").status, 200);
    }
    assert!(!suppressed(&program, "ana.martin@mail.example"), "a program that follows links did harm");
    let page = door.get(&path);
    assert!(page.body.contains("Bonjour Ana,") && page.body.contains("<button>Se désabonner</button>"), "{}", page.body);
    assert!(page.head.contains("content-security-policy: default-src 'none'") && !page.head.contains("set-cookie"), "{}", page.head);
    let english = door.ask("GET", &path, "Accept-Language: en-GB\r\n", "").expect("an answer");
    assert!(english.body.contains("<html lang=\"en\"") && english.body.contains("Unsubscribe</button>"), "{}", english.body);

    for _ in 0..2 {
        let done = door.post(&path, "List-Unsubscribe=One-Click");
        assert_eq!((done.status, done.body.as_str()), (200, "unsubscribed\n"));
    }
    assert!(suppressed(&program, "ana.martin@mail.example"));
    assert!(door.get(&path).body.contains("vous n’êtes plus abonné"), "whoever comes back is told");
    let report = program.done("profile show c01").stdout;
    assert!(report.contains("unsubscribe on 2026-03-05"), "it counts as what came back of the mail: {report}");

    let undone = door.post(&format!("{path}/undo"), "");
    assert!(undone.status == 200 && undone.body.contains("Vous êtes de retour"), "{undone:?}");
    assert!(!suppressed(&program, "ana.martin@mail.example"));
    let by_form = door.post(&path, "");
    assert!(by_form.body.contains("/undo\"><button"), "a person gets a page: {}", by_form.body);
    assert!(suppressed(&program, "ana.martin@mail.example"));
    assert_eq!(door.stop(), Some(0));
}

#[test]
fn what_other_people_wrote_down_is_not_lifted_by_a_link() {
    let program = sent("");
    program.done("suppress add ana.martin@mail.example --reason complaint");
    let door = open(&program);
    let path = format!("/u/{}", unsubscribe_token(&program, "c01"));
    assert_eq!(door.post(&path, "List-Unsubscribe=One-Click").status, 200);
    assert_eq!(door.post(&format!("{path}/undo"), "").status, 200);
    assert!(program.run("suppress check ana.martin@mail.example").stdout.contains("complaint"));
}

#[test]
fn a_person_of_whom_the_ledger_knows_no_mail_is_unsubscribed_too() {
    let program = Program::new();
    program.done("plan newsletter");
    program.done("export newsletter --out exported");
    let door = open(&program);
    assert_eq!(door.post(&format!("/u/{}", unsubscribe_token(&program, "c01")), "List-Unsubscribe=One-Click").status, 200);
    program.done("run newsletter --yes");
    assert_eq!(program.count("sent"), 24, "one of twenty-five is not written to");
}

#[test]
fn every_wrong_link_gets_one_same_answer_and_changes_nothing() {
    let program = sent("[public]\nexpiry = { unsubscribe = \"1h\" }\nrate = \"100000 per second\"");
    let own = key(program.folder.path());
    let other = Key::new("k1", b"another secret, as long as this one".to_vec()).expect("a key");
    let revoked = Key::new("k0", b"another secret, as long as this one".to_vec()).expect("a key");
    let good = own.seal(Purpose::Unsubscribe, "newsletter", "c01");
    let wrong = [
        other.seal(Purpose::Unsubscribe, "newsletter", "c01"),
        revoked.seal(Purpose::Unsubscribe, "newsletter", "c01"),
        own.seal(Purpose::Unsubscribe, "elsewhere", "c01"),
        own.seal(Purpose::Preferences, "newsletter", "c01"),
        own.of_tests().seal(Purpose::Unsubscribe, "newsletter", "c01"),
        own.seal_bounce("newsletter", "2026-W10", "c01"),
        "x".to_owned(),
        "k1.%00.%ff".to_owned(),
        "a".repeat(4000),
    ];
    let door = open(&program);
    let expected = door.get("/nothing");
    assert_eq!(expected.status, 404);
    for token in &wrong {
        for (method, path) in [("GET", format!("/u/{token}")), ("POST", format!("/u/{token}")), ("POST", format!("/u/{token}/undo"))] {
            let answer = door.ask(method, &path, FORM, "List-Unsubscribe=One-Click").expect("an answer");
            assert!([404, 400].contains(&answer.status), "{method} {path}: {answer:?}");
            assert!(answer.status == 400 || answer.body == expected.body, "{method} {path}: {}", answer.body);
        }
    }
    for n in 0..1000_usize {
        let mut changed: Vec<u8> = good.clone().into_bytes();
        let at = n * 13 % changed.len();
        changed[at] = b"abcdefghijklmnopqrstuvwxyz234567"[(n / 3) % 32];
        let changed = String::from_utf8(changed).expect("ASCII");
        if changed != good {
            assert_eq!(door.post(&format!("/u/{changed}"), "List-Unsubscribe=One-Click").status, 404, "{changed}");
        }
    }
    assert!(!suppressed(&program, "ana.martin@mail.example"));
    assert_eq!(door.post(&format!("/u/{good}"), "List-Unsubscribe=One-Click").status, 200, "the good one still works");
    drop(door);
    let mut later = program.command("serve --public --listen 127.0.0.1:0");
    later.args(["--now", "2026-03-05T11:00"]);
    let old = Door::open(without_first_now(&later)).get(&format!("/u/{good}"));
    assert_eq!((old.status, old.body), (404, expected.body), "an hour is over");
}

/// A command line that says `--now` twice, without the first.
fn without_first_now(command: &std::process::Command) -> std::process::Command {
    let mut arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
    let first = arguments.iter().position(|argument| argument == "--now").expect("an instant");
    arguments.drain(first..first + 2);
    let mut again = std::process::Command::new(command.get_program());
    again.args(arguments);
    again
}

#[test]
fn clients_are_bounded_and_good_unsubscriptions_never_refused() {
    let program = sent("[public]\nurl = \"https://shop.example/mail\"\nrate = \"5 per hour\"");
    let mut command = program.command("serve --public --listen 127.0.0.1:0 --trust-proxy 127.0.0.1 -v");
    let log = program.path("log.txt");
    command.stderr(std::fs::File::create(&log).expect("a file"));
    let mut door = Door::open(command);
    let token = unsubscribe_token(&program, "c01");
    let ask = |client: &str, method: &str, path: &str| {
        door.ask(method, path, &format!("X-Forwarded-For: {client}\r\n"), "List-Unsubscribe=One-Click").expect("an answer").status
    };
    let of_one: Vec<u16> = (0..7).map(|_| ask("192.0.2.1", "GET", "/mail/u/wrong")).collect();
    assert_eq!(of_one, [404, 404, 404, 404, 404, 429, 429]);
    assert_eq!(ask("192.0.2.2", "GET", "/mail/u/wrong"), 404, "another client is not touched");
    assert_eq!(ask("203.0.113.5, 192.0.2.1", "GET", "/mail/u/wrong"), 429, "what a client writes itself is not believed");
    assert_eq!(ask("192.0.2.1", "POST", "/mail/u/wrong"), 429, "guesses are bounded");
    for _ in 0..20 {
        assert_eq!(ask("192.0.2.1", "POST", &format!("/mail/u/{token}")), 200);
    }
    assert_eq!(["/healthz", "/readyz", "/mail/readyz"].map(|path| ask("192.0.2.1", "GET", path)), [200; 3]);
    let large = door.post(&format!("/mail/u/{token}"), &"x".repeat(20_000));
    assert_eq!(large.status, 413);
    assert_eq!(door.stop(), Some(0));
    let log = std::fs::read_to_string(log).expect("a log");
    assert!(log.contains("/mail/u/{token}") && log.contains("429"), "{log}");
    assert!(!log.contains(&token) && !log.contains("192.0.2") && !log.contains("c01"), "the log names somebody");
}

#[test]
fn a_forgotten_person_is_answered_and_nothing_is_written_of_them() {
    let program = sent("");
    let token = unsubscribe_token(&program, "c01");
    program.done("forget ana.martin@mail.example --yes");
    let door = open(&program);
    assert_eq!(door.post(&format!("/u/{token}"), "List-Unsubscribe=One-Click").status, 200);
    assert_eq!(door.post(&format!("/u/{token}/undo"), "").status, 200);
    drop(door);
    let held = runtime().block_on(async { ledger(&in_its_folder(&program)).await.said_by("c01").await.expect("reads") });
    assert_eq!(held, []);
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

/// Where a project's ledger is when nothing is said.
fn in_its_folder(program: &Program) -> String {
    format!("sqlite://{}", program.path(".relance/ledger.db").display())
}

async fn ledger(url: &str) -> Ledger {
    Ledger::open(url, false).await.expect("it opens")
}

/// Kills of the server, and how many unsubscriptions are acknowledged before each.
const KILLS: usize = 20;

#[test]
fn an_acknowledged_unsubscription_survives_kills() {
    let program = sent("");
    nothing_acknowledged_is_lost(&program, &in_its_folder(&program));
}

#[test]
fn an_acknowledged_unsubscription_survives_kills_on_postgresql() {
    let server = postgres::Postgres::start();
    let url = server.url("door_kills");
    let program = Program::new();
    program.edit("relance.toml", "[limits]", &format!("[ledger]\ndatabase = {{ url = \"{url}\" }}\n\n[limits]"));
    program.done("run newsletter --yes");
    nothing_acknowledged_is_lost(&program, &url);
}

/// Kills the server again and again under eight clients, then looks for all that they were told was done.
fn nothing_acknowledged_is_lost(program: &Program, url: &str) {
    let key = key(program.folder.path());
    let next = AtomicUsize::new(0);
    let acknowledged = Mutex::new(BTreeSet::new());
    for kill in 0..KILLS {
        let mut door = open(program);
        let address = door.address;
        let wanted = acknowledged.lock().expect("held").len() + 5 + kill * 17 % 90;
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        loop {
                            let recipient = format!("person-{}", next.fetch_add(1, Ordering::Relaxed));
                            let path = format!("/u/{}", key.seal(Purpose::Unsubscribe, "newsletter", &recipient));
                            match ask(address, "POST", &path, FORM, "List-Unsubscribe=One-Click") {
                                Ok(answer) if answer.status == 200 && answer.body == "unsubscribed\n" => {
                                    acknowledged.lock().expect("held").insert(recipient);
                                }
                                Ok(answer) => panic!("refused: {answer:?}"),
                                Err(_) => return,
                            }
                        }
                    })
                })
                .collect();
            while acknowledged.lock().expect("held").len() < wanted {
                assert!(clients.iter().any(|client| !client.is_finished()), "the server died of itself");
                std::thread::yield_now();
            }
            // SIGKILL, in the middle of whatever it does.
            door.child.kill().expect("it runs");
        });
    }
    let acknowledged = acknowledged.into_inner().expect("held");
    let kept: BTreeSet<String> = runtime().block_on(async {
        let said = ledger(url).await.said().await.expect("reads");
        said.into_iter().filter(|(_, facts)| facts[0].key == "unsubscribed").map(|(recipient, _)| recipient.0).collect()
    });
    let lost: Vec<_> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged were lost: {lost:?}", lost.len(), acknowledged.len());
    assert!(acknowledged.len() > KILLS * 5);
}
