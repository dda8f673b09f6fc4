//! Mails over SMTP to a server that misbehaves: each fault has its phase, and each phase its outcome.

#[path = "support/outbox.rs"]
mod outbox;
#[path = "support/rogue/mod.rs"]
mod rogue;

#[path = "smtp/client.rs"]
mod client;
#[path = "smtp/encryption.rs"]
mod encryption;
#[path = "smtp/hostile.rs"]
mod hostile;
#[path = "smtp/routes.rs"]
mod routes;

use std::time::Duration;

use outbox::{NOW, Outbox, planned, render};
use relance::delivery::{Credentials, Destination, Options, Progress, Reconnect, SmtpOptions, Timeouts, deliver};
use relance::error::Kind;
use relance::ledger::{Redo, State};
use relance::plan::draft::Leaves;
use relance::project::config::{OnUncertain, Tls};
use relance::project::hours::{Hours, OpenHours};
use rogue::{Act, Certificate, Conduct, Encryption, Hello, Login, Rogue, Rule, Step};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

const ALL: &[&str] = &["ana", "bob", "eve"];

/// One connection, no pause between attempts, so that the order of things is known.
fn options(server: &Rogue) -> SmtpOptions {
    SmtpOptions {
        host: "127.0.0.1".to_owned(),
        port: server.address.port(),
        tls: Tls::Required,
        ca_pem: None,
        credentials: None,
        hello: Some("sender.example".to_owned()),
        connections: 1,
        messages_per_connection: 100,
        timeouts: all_within(Duration::from_secs(20)),
        reconnect: Reconnect { attempts: 2, first_pause: Duration::ZERO, storm_gap: Duration::ZERO },
    }
}

fn all_within(patience: Duration) -> Timeouts {
    Timeouts { connect: patience, greeting: patience, command: patience, data: patience, body: patience, dot: patience }
}

fn login(secret: &str) -> Credentials {
    Credentials { user: "relance".to_owned(), secret: SecretString::from(secret), mechanism: None }
}

fn to(options: SmtpOptions) -> Destination {
    options.into()
}

/// A server with these faults.
fn server(rules: impl IntoIterator<Item = Rule>) -> Rogue {
    Rogue::start(Conduct::with(rules))
}

fn to_bob(step: Step, act: Act) -> Rule {
    Rule::at(step, act).to("bob")
}

/// A server with a certificate and a login.
fn secure(certificate: Certificate, mechanisms: &'static str) -> Conduct {
    Conduct {
        encryption: Encryption::Starttls(certificate),
        login: Some(Login { user: "relance", secret: "hunter2", mechanisms }),
        ..Conduct::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_arrive_whole_over_one_connection() {
    let server = server([]);
    let outbox = Outbox::with(ALL).await;
    let summary = outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    assert_eq!(summary.counts.sent, 3);
    assert_eq!(server.recipients(), ["ana@shop.example", "bob@shop.example", "eve@shop.example"]);
    let log = server.log();
    assert_eq!(log.n_connections(), 1);
    assert!(log.stored()[0].2.ends_with(b"Dear ana,\r\n.\r\nFrom now on\r\n>From then\r\n"), "the dots come back as they were");
    assert_eq!(log.illegal(), [""; 0]);
    assert_eq!(log.commands()[1], "MAIL FROM:<bounce@shop.example>");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_one_recipient_cost_no_connection() {
    for (at, line, state, suppressed) in [
        (Step::Rcpt, "550 5.1.1 no such user", State::Bounced, true),
        (Step::Rcpt, "550 5.7.1 not wanted", State::Bounced, false),
        (Step::Rcpt, "552 5.2.2 full", State::Bounced, false),
        (Step::Rcpt, "450 4.2.0 greylisted", State::Deferred, false),
        (Step::Data, "451 4.3.0 later", State::Deferred, false),
        (Step::Data, "554 5.5.1 no", State::Bounced, false),
        (Step::Dot, "554 5.6.0 bad content", State::Bounced, false),
        (Step::Dot, "451 4.3.0 disk full", State::Deferred, false),
    ] {
        let server = server([to_bob(at, Act::say(line))]);
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(server.recipients(), ["ana@shop.example", "eve@shop.example"], "{at:?} {line}");
        assert_eq!(server.n_connections(), 1, "{at:?} {line}");
        let mut expected = vec![(state, 1), (State::Sent, 2)];
        expected.sort_by_key(|(state, _)| state.as_str());
        assert_eq!(outbox.states().await, expected, "{at:?} {line}");
        let suppressions = outbox.ledger.suppressions().await.expect("suppressions");
        assert_eq!(suppressions.by_address.contains_key("bob@shop.example"), suppressed, "{at:?} {line}");
        // A bounce is never retried, and a deferral not before its time.
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(server.recipients().len(), 2, "{at:?} {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_address_that_mails_are_redirected_to_suppresses_nobody() {
    for redirected in [false, true] {
        let server = server([to_bob(Step::Rcpt, Act::say("550 5.1.1 no such user"))]);
        let outbox = Outbox::with(ALL).await;
        let summary = outbox.deliver(&to(options(&server)), &Options { redirected, ..Options::at(NOW) }).await.expect("delivers");
        assert_eq!((summary.counts.sent, summary.counts.bounced), (2, 1));
        let suppressed = outbox.ledger.suppressions().await.expect("suppressions");
        assert_eq!(suppressed.by_address.len(), usize::from(!redirected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_before_the_dot_is_safe_to_retry() {
    for (at, what) in [
        (Step::Rcpt, Act::Close),
        (Step::Rcpt, Act::say_and_close("421 4.3.2 going down")),
        (Step::Data, Act::Close),
        (Step::Data, Act::say_and_close("421 4.3.2 going down")),
    ] {
        // Once only: the second try, on a fresh connection, goes through.
        let once = server([to_bob(at, what.clone()).attempt(1)]);
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(options(&once)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(once.recipients().len(), 3, "{at:?} {what:?}");
        assert_eq!(outbox.states().await, [(State::Sent, 3)], "{at:?} {what:?}");

        // Always: later, and the others still go.
        let always = server([to_bob(at, what.clone())]);
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(options(&always)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(always.recipients(), ["ana@shop.example", "eve@shop.example"], "{at:?} {what:?}");
        assert_eq!(outbox.states().await, [(State::Deferred, 1), (State::Sent, 2)], "{at:?} {what:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_after_the_dot_is_uncertain_and_held() {
    for (at, n_stored) in [(Step::Dot, 2), (Step::Stored, 3)] {
        let server = server([to_bob(at, Act::Close)]);
        let outbox = Outbox::with(ALL).await;
        let summary = outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!((summary.counts.sent, summary.counts.uncertain), (2, 1));
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(server.recipients().len(), n_stored, "held, so not sent again");
        let held = outbox.ledger.status().await.expect("status").uncertain;
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].message_id.as_deref(), Some("bob.2011-W46@shop.example"));
        assert_eq!(held[0].why.as_deref(), Some("the server closed the connection at the final dot"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_after_the_dot_is_sent_again_when_the_policy_says_so() {
    let server = server([to_bob(Step::Dot, Act::Close).attempt(1)]);
    let outbox = Outbox::with(ALL).await;
    let resend = Options { on_uncertain: OnUncertain::Resend, ..Options::at(NOW) };
    outbox.deliver(&to(options(&server)), &resend).await.expect("delivers");
    assert_eq!(outbox.states().await, [(State::Deferred, 1), (State::Sent, 2)]);
    let later = Options { now: NOW.plus(relance::clock::Span::hours(1)), ..resend };
    outbox.deliver(&to(options(&server)), &later).await.expect("delivers");
    assert_eq!(server.recipients().len(), 3);
    assert_eq!(outbox.states().await, [(State::Sent, 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_be_used_stops_the_campaign_and_judges_nobody() {
    let broken: [(Step, Act); 7] = [
        (Step::Banner, Act::say_and_close("554 5.7.1 go away")),
        (Step::Banner, Act::Close),
        (Step::Banner, Act::say_and_close("HTTP/1.1 400 Bad Request")),
        (Step::Ehlo, Act::say("421 4.3.2 not now")),
        (Step::Helo, Act::say("550 5.7.1 go away")),
        (Step::Starttls, Act::say("454 4.7.0 no TLS today")),
        (Step::Starttls, Act::say("220 go\r\n250 injected")),
    ];
    for (at, what) in broken {
        let rules = vec![Rule::at(at, what.clone())];
        let server = Rogue::start(Conduct { rules, encryption: Encryption::Starttls(Certificate::Good), ..Conduct::default() });
        let outbox = Outbox::with(ALL).await;
        let error = outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect_err("stops");
        assert_eq!(error.kind(), Kind::Unavailable, "{at:?} {what:?}: {error}");
        assert_eq!(outbox.states().await, [(State::Planned, 3)], "{at:?} {what:?}");
        assert_eq!(server.count("MAIL"), 0, "{at:?} {what:?}");
        assert!(outbox.ledger.suppressions().await.expect("suppressions").by_address.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listening_is_unavailable_and_the_rows_are_planned_again() {
    let server = server([]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = listener.local_addr().expect("an address").port();
    drop(listener);
    let outbox = Outbox::with(ALL).await;
    let error = outbox.deliver(&to(SmtpOptions { port: closed, ..options(&server) }), &Options::at(NOW)).await.expect_err("stops");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains(&format!("127.0.0.1:{closed}")) && error.help_text().is_some(), "{error}");
    assert_eq!(outbox.states().await, [(State::Planned, 3)]);
    assert!(outbox.folder.path().join("ledger.db").exists(), "what was not sent is in the file");
    outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers once the server is back");
    assert_eq!(server.recipients().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_the_sender_stops_the_campaign_and_suppresses_nobody() {
    let server = server([to_bob(Step::Dot, Act::say("550 5.7.515 access denied, sending domain does not meet the required level"))]);
    let outbox = Outbox::with(ALL).await;
    let error = outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect_err("stops");
    assert_eq!(error.kind(), Kind::Unavailable);
    assert!(error.to_string().contains("5.7.515"), "{error}");
    assert_eq!(server.recipients(), ["ana@shop.example"]);
    assert_eq!(outbox.states().await, [(State::Deferred, 1), (State::Planned, 1), (State::Sent, 1)]);
    assert!(outbox.ledger.suppressions().await.expect("suppressions").by_address.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_renewed_and_shared_out() {
    let names: Vec<String> = (0..40).map(|n| format!("c{n:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let server = server([]);
    let outbox = Outbox::with(&names).await;
    outbox.deliver(&to(SmtpOptions { messages_per_connection: 10, ..options(&server) }), &Options::at(NOW)).await.expect("delivers");
    assert_eq!((server.recipients().len(), server.n_connections()), (40, 4));

    let outbox = Outbox::with(&names).await;
    outbox.deliver(&to(SmtpOptions { connections: 8, ..options(&server) }), &Options::at(NOW)).await.expect("delivers");
    let mut recipients = server.recipients();
    assert_eq!(recipients.len(), 80);
    recipients.dedup();
    assert_eq!(recipients.len(), 40, "two campaigns, one mail a person each");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_that_is_lost_stops_before_the_next_dot() {
    let server = server([]);
    let outbox = Outbox::with(ALL).await;
    let lease = outbox.lease(Redo::Hold).await;
    // At the first progress, before anything is claimed, another sender ends the lease.
    let mut stolen = Some(lease.clone());
    let mut on = |_| {
        if let Some(stolen) = stolen.take() {
            let end = outbox.ledger.release(stolen, Redo::Hold, NOW);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(end)).expect("released");
        }
    };
    let error = deliver(&outbox.ledger, &lease, &to(options(&server)), &render(), &Options::at(NOW), CancellationToken::new(), &mut on)
        .await
        .expect_err("stops");
    assert_eq!(error.kind(), Kind::Busy);
    assert!(server.recipients().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_finishes_the_mail_in_flight() {
    let names: Vec<String> = (0..200).map(|n| format!("c{n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    // The signal comes while the server holds the first mail between the dot and its answer.
    let cancel = CancellationToken::new();
    let at_the_dot = cancel.clone();
    let server = server([]);
    let pause = server.pause_at(Step::Stored, 1);
    let signal = std::thread::spawn(move || {
        pause.reached(Duration::from_secs(20)).expect("at the dot");
        at_the_dot.cancel();
        pause.resume();
    });
    let outbox = Outbox::with(&names).await;
    let lease = outbox.lease(Redo::Hold).await;
    let summary =
        deliver(&outbox.ledger, &lease, &to(options(&server)), &render(), &Options::at(NOW), cancel, &mut |_| ()).await.expect("stops");
    assert_eq!((summary.counts.sent, summary.interrupted), (1, true));
    assert_eq!((server.recipients().len(), outbox.states().await), (1, vec![(State::Planned, 199), (State::Sent, 1)]));
    signal.join().expect("the signal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_rendered_in_batches_and_what_a_stop_leaves_of_it_is_given_back() {
    let names: Vec<String> = (0..300).map(|n| format!("c{n:03}")).collect();
    let messages = names.iter().map(|name| {
        let mut message = planned(name);
        // Every third may not leave at this hour.
        let hours = OpenHours { window: Hours::parse("20:00-21:00"), ..OpenHours::default() };
        message.draft.hours =
            (name[1..].parse::<u32>().expect("a number") % 3 == 0).then(|| Leaves { hours, zone: "Europe/Paris".to_owned() });
        message
    });
    let server = server([]);
    let outbox = Outbox::of(messages.collect()).await;
    let destination = to(SmtpOptions { connections: 16, ..options(&server) });
    let lease = outbox.lease(Redo::Hold).await;
    let cancel = CancellationToken::new();
    let mut on = |progress: Progress| {
        if progress.sent >= 50 {
            cancel.cancel();
        }
    };
    let first = deliver(&outbox.ledger, &lease, &destination, &render(), &Options::at(NOW), cancel.clone(), &mut on).await.expect("stops");
    assert!(first.interrupted && (50..300).contains(&first.counts.sent), "{first:?}");
    let n_sent = first.counts.sent;
    assert_eq!(server.recipients().len() as u64, n_sent);
    assert_eq!(outbox.states().await, [(State::Planned, 300 - n_sent), (State::Sent, n_sent)]);
    outbox.ledger.release(lease, Redo::Hold, NOW).await.expect("release");

    let second = outbox.deliver(&destination, &Options::at(NOW)).await.expect("delivers");
    assert_eq!(second.counts.sent + n_sent, 200);
    let open: Vec<_> = names.iter().enumerate().filter(|(n, _)| n % 3 != 0).map(|(_, name)| format!("{name}@shop.example")).collect();
    let mut recipients = server.recipients();
    recipients.sort();
    assert_eq!(recipients, open, "each once");
    assert_eq!(outbox.states().await, [(State::Planned, 100), (State::Sent, 200)]);
}
