//! A server that wishes ill: nothing hangs, nothing grows, nothing it says reaches a terminal as it is.

use std::time::Instant;

use super::*;

/// Steps before MAIL, where trouble says nothing of anybody.
const EARLY: [Step; 3] = [Step::Banner, Step::Ehlo, Step::Starttls];
/// Steps of one mail before the dot, where trouble is safe to retry.
const BEFORE: [Step; 3] = [Step::Rcpt, Step::Data, Step::Body];

fn impatient(server: &Rogue) -> SmtpOptions {
    SmtpOptions { timeouts: all_within(Duration::from_millis(150)), ..options(server) }
}

fn ill() -> Vec<Act> {
    vec![
        Act::Close,
        Act::Reset,
        Act::Hang,
        Act::Garbage,
        Act::Huge(256 * 1024),
        Act::LongLine(256 * 1024),
        Act::Drip(Duration::from_millis(50)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_before_a_mail_judges_nobody() {
    for act in ill() {
        for at in EARLY {
            let rules = vec![Rule::at(at, act.clone())];
            let server = Rogue::start(Conduct { rules, encryption: Encryption::Starttls(Certificate::Good), ..Conduct::default() });
            let outbox = Outbox::with(&["bob"]).await;
            let error = outbox.deliver(&to(impatient(&server)), &Options::at(NOW)).await.expect_err("stops");
            assert_eq!((error.kind(), server.count("MAIL")), (Kind::Unavailable, 0), "{at:?} {act:?}");
            assert_eq!(outbox.states().await, [(State::Planned, 1)], "{at:?} {act:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_before_the_dot_is_safe_and_after_it_in_doubt() {
    for act in ill() {
        for (at, state) in BEFORE.map(|at| (at, State::Deferred)).into_iter().chain([(Step::Stored, State::Uncertain)]) {
            if at == Step::Body && matches!(act, Act::Huge(_) | Act::LongLine(_) | Act::Drip(_) | Act::Hang) {
                // Said in the middle of the message, it looks like an answer to the dot, or it is never read.
                continue;
            }
            let server = server([to_bob(at, act.clone())]);
            let outbox = Outbox::with(&["bob"]).await;
            let started = Instant::now();
            outbox.deliver(&to(impatient(&server)), &Options::at(NOW)).await.expect("delivers");
            let states = outbox.states().await;
            // A short message is on its way with its dot before the client can see that the server hung up in the middle: a doubt then.
            let is_cut_late = at == Step::Body && states == [(State::Uncertain, 1)];
            assert!(is_cut_late || states == [(state, 1)], "{at:?} {act:?}: {states:?}");
            assert!(started.elapsed() < Duration::from_secs(10), "{at:?} {act:?}: {:?}", started.elapsed());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_says_is_harmless_where_it_is_kept() {
    let words = "550 5.1.1 \u{1b}[2J\u{1b}]0;owned\u{7} \u{202e}no\u{9b}31m";
    let server = server([to_bob(Step::Rcpt, Act::say(words)), Rule::at(Step::Stored, Act::Escapes)]);
    let outbox = Outbox::with(ALL).await;
    outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    assert_eq!(outbox.states().await, [(State::Bounced, 1), (State::Sent, 2)]);
    outbox.ledger.close().await;
    let kept = std::fs::read(outbox.folder.path().join("ledger.db")).expect("a file");
    let has = |word: &[u8]| kept.windows(word.len()).any(|window| window == word);
    assert!(has(b"owned"));
    for ill in [&b"\x1b["[..], b"\x1b]", b"\x07 ", "\u{202e}".as_bytes(), "\u{9b}".as_bytes()] {
        assert!(!has(ill), "{ill:?}");
    }
    let error = {
        let server = Rogue::start(Conduct::with([Rule::at(Step::Banner, Act::say("554 \u{1b}[31mgo away"))]));
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect_err("stops").to_string()
    };
    assert!(error.contains("go away") && !error.contains('\u{1b}'), "{error:?}");
}

/// Memory may not grow with what servers say: less than 20 MB more with replies of 256 KiB. Measured in a process of its own.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded() {
    if std::env::var_os("ALONE").is_none() {
        let alone = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "hostile::memory_is_bounded"])
            .env("ALONE", "1")
            .output()
            .expect("a process");
        return assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stdout));
    }
    let resident = || {
        let statm = std::fs::read_to_string("/proc/self/statm").expect("statm");
        statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("pages") * 4_096
    };
    let server = Rogue::start(Conduct::default());
    let names: Vec<String> = (0..60).map(|n| format!("c{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // Once without faults, so that what every run needs is there already.
    Outbox::with(&names).await.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    let before = resident();
    server.behave(Conduct::with([Rule::at(Step::Rcpt, Act::Huge(256 * 1024))]));
    let outbox = Outbox::with(&names).await;
    outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    assert_eq!(outbox.states().await, [(State::Deferred, 60)]);
    let grown = resident().saturating_sub(before);
    assert!(grown < 20_000_000, "{grown} bytes");
}
