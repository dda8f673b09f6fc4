//! The sandbox: what it takes, what it keeps, what it tells, and what a rehearsal leaves behind.

#[path = "support/catcher.rs"]
mod catcher;
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use catcher::{Client, Running, settings};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use program::Program;
use relance::delivery::SmtpOptions;
use relance::project::config::{SmtpSection, Tls as Policy};
use relance::serve::sandbox::{CERTIFICATE, Release};
use serde_json::Value;

const MAIL: &[u8] = b"From: Shop <shop@shop.example>\r\nTo: ana@post.example\r\nSubject: Hello\r\n\r\nHello Ana";

fn n_files(folder: &Path) -> usize {
    fs::read_dir(folder.join("mails/new")).expect("a folder").count()
}

async fn greeted(running: &Running) -> Client {
    let mut client = Client::connect(running.smtp).await;
    assert_eq!(client.together(&["EHLO test.example"]).await, ["250"]);
    client
}

#[tokio::test]
async fn a_mail_is_kept_to_the_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let mut client = greeted(&running).await;
    let sent = b"Subject: dots\r\n\r\n..\r\n..hidden\r\nbare\n.\nfeed\r\n\xff";
    assert_eq!(client.mail("ana@post.example", sent).await, "250");
    assert_eq!(client.together(&["NOOP", "RSET", "NOOP"]).await, ["250"; 3], "the conversation goes on");
    let (_, list) = running.api("GET", "/api/messages", "").await;
    let id = list["messages"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(list["messages"][0]["envelope"]["to"][0], "ana@post.example");
    let raw = running.ask("GET", &format!("/api/messages/{id}/raw"), "", "").await;
    assert!(raw.ends_with("Subject: dots\r\n\r\n.\r\n.hidden\r\nbare\n.\nfeed\r\n\u{fffd}\r\n"), "{raw}");
    let (_, mail) = running.api("GET", &format!("/api/messages/{id}"), "").await;
    let troubles: Vec<&str> = mail["message"]["troubles"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(troubles, ["bare-line-feed", "no-from", "no-date", "no-message-id"]);
    running.end().await;
    assert_eq!(client.hear().await, "421", "who is connected is told of the end");
}

#[tokio::test]
async fn many_recipients_long_lines_and_garbage_are_dealt_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let mut client = greeted(&running).await;
    assert_eq!(client.together(&["MAIL FROM:<a@b.example>", "DATA"]).await, ["250", "554"], "no recipient");
    let all: Vec<String> = (0..100).map(|n| format!("RCPT TO:<p{n}@post.example>")).collect();
    let lines: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(client.together(&lines).await, vec!["250"; 100]);
    assert_eq!(client.together(&["DATA"]).await, ["354"]);
    client.say(format!("Subject: {}\r\n\r\n.\r\n", "x".repeat(100_000)).as_bytes()).await;
    assert_eq!(client.hear().await, "250");
    let (_, list) = running.api("GET", "/api/messages", "").await;
    assert_eq!(list["messages"][0]["envelope"]["to"].as_array().map(Vec::len), Some(100));

    assert_eq!(client.together(&[&format!("NOOP {}", "x".repeat(20_000)), "NOOP"]).await, ["500", "250"]);
    client.say(&vec![b'x'; 2 * 1024 * 1024]).await;
    assert_eq!(client.hear().await, "", "a line without an end is not waited for");

    let mut client = Client::connect(running.smtp).await;
    client.say(b"\x16\x03\x01\x00\xff\r\n").await;
    assert_eq!(client.hear().await, "500");
    client.say(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nEHLO x\r\nMAIL FROM:<a@b.example>\r\n").await;
    assert_eq!((client.hear().await, client.hear().await), ("421".to_owned(), String::new()), "a browser is let go");

    let mut client = greeted(&running).await;
    client.say(b"STARTTLS\r\nNOOP\r\n").await;
    assert_eq!(client.hear().await, "503", "nothing is slipped in before encryption");
    let mut client = greeted(&running).await;
    assert_eq!(client.together(&["MAIL FROM:<a@b.example>", "RCPT TO:<c@d.example>", "DATA"]).await, ["250", "250", "354"]);
    client.say(&vec![b'x'; 26 * 1024 * 1024]).await;
    client.say(b"\r\n.\r\n").await;
    assert_eq!(client.hear().await, "552");
    assert_eq!(client.mail("ana@post.example", MAIL).await, "250");
    running.end().await;
    assert_eq!(n_files(folder.path()), 2);
}

#[tokio::test]
async fn a_library_sends_encrypted_and_logged_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let pem = fs::read(folder.path().join(CERTIFICATE)).expect("a certificate");
    let certificate = Certificate::from_pem(&pem).expect("a certificate");
    let trust = TlsParameters::builder("localhost".to_owned()).add_root_certificate(certificate).build_rustls().expect("parameters");
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(running.smtp.port())
        .tls(Tls::Required(trust))
        .credentials(Credentials::new("anybody".to_owned(), "anything".to_owned()))
        .build();
    let mail = Message::builder()
        .from("Shop <shop@shop.example>".parse().expect("an address"))
        .to("ana@post.example".parse().expect("an address"));
    transport.send(mail.subject("Été").body("Bonjour".to_owned()).expect("a mail")).await.expect("it is taken");
    running.end().await;
    let file = fs::read_dir(folder.path().join("mails/new")).expect("a folder").next().expect("a mail").expect("an entry").path();
    let kept = fs::read_to_string(&file).expect("a text");
    assert!(kept.contains("with ESMTPSA id") && !kept.contains("anything"), "{kept}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for path in [&file, &folder.path().join("key.pem")] {
            assert_eq!(fs::metadata(path).expect("a file").permissions().mode() & 0o077, 0, "{}", path.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_between_senders_and_over_a_restart() {
    const EACH: usize = 200;
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let senders = (0..3).map(|sender| {
        let address = running.smtp;
        tokio::spawn(async move {
            let mut client = Client::connect(address).await;
            assert_eq!(client.together(&["EHLO x"]).await, ["250"]);
            for n in 0..EACH {
                assert_eq!(client.mail(&format!("s{sender}n{n}@post.example"), MAIL).await, "250");
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.expect("every mail is taken");
    }
    running.end().await;
    let running = Running::start(settings(folder.path())).await;
    let (mut seen, mut after) = (BTreeSet::new(), String::new());
    loop {
        let (_, page) = running.api("GET", &format!("/api/messages?limit=150&after={after}"), "").await;
        assert_eq!(page["kept"], 3 * EACH);
        seen.extend(page["messages"].as_array().expect("a list").iter().map(|mail| mail["envelope"]["to"][0].to_string()));
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut after);
    }
    assert_eq!(seen.len(), 3 * EACH);
    running.end().await;
    let running = Running::start(relance::serve::sandbox::Settings { keep: Some(10), ..settings(folder.path()) }).await;
    assert_eq!(running.api("GET", "/api/messages", "").await.1["kept"], 10);
    running.end().await;
    assert_eq!(n_files(folder.path()), 10);
}

#[tokio::test]
async fn the_api_searches_deletes_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let mut client = greeted(&running).await;
    for (to, mail) in [("ana@post.example", MAIL), ("bob@post.example", b"Subject: Sale\r\n\r\nRaincoats" as &[u8])] {
        assert_eq!(client.mail(to, mail).await, "250");
    }
    for (query, n) in [("", 2), ("raincoats", 1), ("sale%20BOB", 1), ("ana%20sale", 0), ("hello%20ana", 1)] {
        let (status, found) = running.api("GET", &format!("/api/messages?query={query}"), "").await;
        assert_eq!(
            (status, found["found"].as_u64(), found["messages"].as_array().map(Vec::len)),
            (200, Some(n), usize::try_from(n).ok()),
            "{query}"
        );
    }
    let (_, list) = running.api("GET", "/api/messages", "").await;
    let id = list["messages"][0]["id"].as_str().expect("an id").to_owned();
    for (method, path, body, status) in [
        ("GET", "/api/messages/nothing", "", 404),
        ("GET", "/api/messages/..%2f..%2fkey.pem/raw", "", 404),
        ("GET", "/api/nothing", "", 404),
        ("GET", "/api/messages?limit=x", "", 400),
        ("GET", "/api/messages?colour=red", "", 400),
        ("POST", "/api/chaos", "{}", 400),
        ("POST", "/api/chaos", "{\"chaos\":\"rain=1%\"}", 422),
        ("POST", &format!("/api/messages/{id}/release"), "", 422),
        ("DELETE", "/api/messages/nothing", "", 404),
    ] {
        let (seen, value) = running.api(method, path, body).await;
        assert!(seen == status && value["error"].is_string() && value["schema"] == 1, "{method} {path}: {seen} {value}");
    }
    for (method, path) in
        [("DELETE", "/api/messages"), ("DELETE", "/api/messages/x"), ("POST", "/api/chaos"), ("POST", "/empty"), ("POST", "/chaos")]
    {
        let kind = if path.starts_with("/api") { "" } else { "Content-Type: application/x-www-form-urlencoded\r\n" };
        let answer = running.ask(method, path, &format!("Origin: http://evil.example\r\n{kind}"), "chaos=off").await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{method} {path}: {answer}");
    }
    let foreign = running.ask("GET", "/api/messages", "", "").await.replace(&running.web.to_string(), "");
    assert!(foreign.contains("cache-control: no-store"), "{foreign}");
    assert_eq!(running.api("DELETE", &format!("/api/messages/{id}"), "").await, (200, serde_json::json!({ "schema": 1, "deleted": 1 })));
    assert_eq!(running.api("DELETE", "/api/messages", "").await.1["deleted"], 1);
    let (_, set) = running.api("POST", "/api/chaos", "{\"chaos\":\"5xx=100%\"}").await;
    assert_eq!(set["chaos"], "5xx=100%");
    assert_eq!(client.mail("ana@post.example", MAIL).await, "550");
    running.end().await;
    assert_eq!(n_files(folder.path()), 0);
}

#[tokio::test]
async fn what_a_mail_says_is_never_a_pages_own_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let mail = "From: \"<script>alert(1)</script>\" <x@evil.example>\r\nSubject: <img src=x onerror=alert(2)>\r\n\
        Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<script>alert(3)</script>\r\n--b\r\n\
        Content-Type: text/html; name=\"\\\"><script>.html\"\r\nContent-Disposition: attachment; filename=\"../\\\"><script>alert(4)</script>.html\"\r\n\r\nx\r\n--b--";
    assert_eq!(greeted(&running).await.mail("ana@post.example", mail.as_bytes()).await, "250");
    let (_, list) = running.api("GET", "/api/messages", "").await;
    let id = list["messages"][0]["id"].as_str().expect("an id").to_owned();
    for path in ["/", "/?query=%3Cscript%3Ealert(5)%3C/script%3E"] {
        let page = running.ask("GET", path, "", "").await;
        assert!(page.starts_with("HTTP/1.1 200") && !page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    }
    for part in ["html", "text", "headers", "source", "attachments", "nothing"] {
        let page = running.ask("GET", &format!("/messages/{id}?part={part}"), "", "").await;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{page}");
    }
    let frame = running.ask("GET", &format!("/messages/{id}/html"), "", "").await;
    assert!(frame.contains("content-security-policy: sandbox allow-popups") && frame.contains("default-src 'none'"), "{frame}");
    assert!(!frame.contains("allow-scripts") && !frame.contains("allow-same-origin") && frame.contains("img-src data:;"), "{frame}");
    let file = running.ask("GET", &format!("/messages/{id}/parts/0"), "", "").await;
    let disposition = file.lines().find(|line| line.starts_with("content-disposition")).expect("a disposition");
    assert!(
        disposition.starts_with("content-disposition: attachment; filename=\"script_.html\"") || !disposition.contains('<'),
        "{disposition}"
    );
    assert!(file.contains("content-type: application/octet-stream"), "{file}");
    running.end().await;
}

#[tokio::test]
async fn a_mail_is_released_to_who_is_on_the_list_and_nobody_else() {
    let (folder, relay_folder) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let relay = Running::start(settings(relay_folder.path())).await;
    let options = SmtpOptions::new(&SmtpSection::to("127.0.0.1", relay.smtp.port(), Policy::None), None, None);
    let release = Release { relay: Some(options), allowed: vec!["@shop.example".to_owned()] };
    let running = Running::start(relance::serve::sandbox::Settings { release, ..settings(folder.path()) }).await;
    assert_eq!(greeted(&running).await.mail("ana@post.example", MAIL).await, "250");
    let (_, list) = running.api("GET", "/api/messages", "").await;
    let path = format!("/api/messages/{}/release", list["messages"][0]["id"].as_str().expect("an id"));
    assert_eq!(running.api("POST", &path, "").await.0, 422, "the recipient is not on the list");
    assert_eq!(running.api("POST", &path, "{\"to\":\"x@shop.example.evil.example\"}").await.0, 422);
    let (status, released) = running.api("POST", &path, "{\"to\":\"team@shop.example\"}").await;
    assert!(status == 200 && released["reply"].as_str().is_some_and(|reply| reply.starts_with("250")), "{released}");
    let (_, arrived) = relay.api("GET", "/api/messages", "").await;
    assert_eq!((arrived["kept"].as_u64(), arrived["messages"][0]["envelope"]["to"][0].as_str()), (Some(1), Some("team@shop.example")));
    assert_eq!(arrived["messages"][0]["subject"], "Hello");
    relay.end().await;
    assert_eq!(running.api("POST", &path, "{\"to\":\"team@shop.example\"}").await.0, 502, "the relay is gone");
    running.end().await;
}

fn with_port(program: &Program, port: u16) {
    let config = fs::read_to_string(program.path("relance.toml")).expect("a text");
    program.write("relance.toml", format!("{config}\n[sandbox]\nsmtp = \"127.0.0.1:{port}\"\n"));
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port()
}

#[test]
fn a_rehearsal_needs_nothing_else_and_leaves_the_real_run_untouched() {
    let program = Program::new();
    with_port(&program, free_port());
    let planned = |line: &str| -> Value { serde_json::from_str(program.done(line).stdout.lines().next().expect("a line")).expect("JSON") };
    let first = planned("run newsletter --sandbox --yes --json");
    let n = first["sent"].as_u64().expect("a number");
    assert!(n > 5 && first["planned"] == n, "{first}");
    let kept = program.files(".relance/sandbox/mails/new");
    assert_eq!(kept.len() as u64, n);
    let mail = fs::read_to_string(program.path(&kept[0])).expect("a text");
    assert!(mail.contains("/unsubscribe") || mail.contains("List-Unsubscribe"), "{mail}");
    assert!(
        !program.path(".relance/ledger.db").exists() && !program.path("outbox").exists() && !program.path(".relance/rehearsal").exists()
    );
    let forgotten = mail.lines().find_map(|line| line.strip_prefix("Delivered-To: ")).expect("an address").to_owned();
    assert_eq!(planned("run newsletter --sandbox --yes --json")["sent"], n, "a rehearsal can be had again");
    let previewed = program.done("preview newsletter --to sandbox");
    assert!(previewed.stderr.contains("one mail into the sandbox"), "{previewed:?}");
    assert_eq!(program.files(".relance/sandbox/mails/new").len() as u64, 2 * n + 1);
    assert_eq!(planned("run newsletter --yes --json")["sent"], n, "the real run skips nobody");
    assert_eq!(planned("run newsletter --sandbox --yes --json")["sent"], 0, "a rehearsal knows what was really sent");
    assert_eq!(program.count("sent"), n);
    program.done(&format!("forget {forgotten} --yes"));
    let left = program.files(".relance/sandbox/mails/new");
    assert!(!left.is_empty() && left.iter().all(|file| !fs::read_to_string(program.path(file)).expect("a text").contains(&forgotten)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mail_of_a_rehearsal_in_bad_weather_is_accounted_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let chaos = "greylist=20%,4xx=15%,5xx=15%,drop=20%,slow=1ms,seed=5".parse().expect("it parses");
    let running = Running::start(relance::serve::sandbox::Settings { chaos, ..settings(folder.path()) }).await;
    let port = running.smtp.port();
    let (seen, n_real) = tokio::task::spawn_blocking(move || {
        let program = Program::new();
        with_port(&program, port);
        let ended = program.run("run newsletter --sandbox --yes --json");
        assert!(ended.stderr.contains("the sandbox that listens"), "{ended:?}");
        assert_eq!(ended.code, 1, "something waits: {ended:?}");
        assert!(program.path(".relance/rehearsal/ledger.db").exists(), "the rehearsal can go on");
        let seen: Value = serde_json::from_str(ended.stdout.lines().next().expect("a line")).expect("JSON");
        (seen, program.path(".relance/ledger.db").exists())
    })
    .await
    .expect("no panic");
    assert!(!n_real, "the real ledger is not made");
    let n = |name: &str| seen[name].as_u64().unwrap_or_else(|| panic!("{name}: {seen}"));
    assert_eq!(n("sent") + n("bounced") + n("deferred") + n("failed") + n("uncertain"), n("planned"), "{seen}");
    assert!(n("bounced") > 0 && n("deferred") > 0 && n("uncertain") > 0 && n("sent") > 0, "a weather that shows all: {seen}");
    running.end().await;
    let kept = n_files(folder.path()) as u64;
    assert!(kept >= n("sent") && kept <= n("sent") + n("uncertain"), "{kept} kept: {seen}");
}
