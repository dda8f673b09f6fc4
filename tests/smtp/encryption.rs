//! Encryption and login: what is not right stops before anything is said that matters.

use relance::project::config::AuthMechanism;

use super::rogue::{CA_PEM, Login};
use super::*;

/// A name that the good certificate is for, and the authority that signed it.
fn trusting(server: &Rogue) -> SmtpOptions {
    SmtpOptions { host: "localhost".to_owned(), tls: Tls::Always, ca_pem: Some(CA_PEM.to_vec()), ..options(server) }
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_used_and_the_password_stays_inside_it() {
    let server = Rogue::start(secure(Certificate::Good, "PLAIN LOGIN"));
    let outbox = Outbox::with(ALL).await;
    let encrypted = SmtpOptions {
        host: "localhost".to_owned(),
        ca_pem: Some(CA_PEM.to_vec()),
        credentials: Some(login("hunter2")),
        ..options(&server)
    };
    outbox.deliver(&to(encrypted), &Options::at(NOW)).await.expect("delivers");
    assert_eq!(server.recipients().len(), 3);
    let commands = server.log().commands();
    let in_clear: Vec<_> = commands.iter().filter(|line| !line.starts_with("tls:")).collect();
    assert_eq!(in_clear, ["EHLO sender.example", "STARTTLS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_trusts_stops_the_campaign() {
    for (host, ca_pem) in [("localhost", None), ("127.0.0.1", Some(CA_PEM.to_vec()))] {
        let server = Rogue::start(secure(Certificate::Good, "PLAIN LOGIN"));
        let outbox = Outbox::with(ALL).await;
        let credentials = Some(login("hunter2"));
        let untrusted = SmtpOptions { host: host.to_owned(), ca_pem, credentials, ..options(&server) };
        let error = outbox.deliver(&to(untrusted), &Options::at(NOW)).await.expect_err("stops");
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(!format!("{error:?}").contains("hunter2"));
        assert_eq!((server.count("MAIL"), server.count("AUTH")), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_stops_the_campaign_without_being_said() {
    let server = Rogue::start(Conduct { encryption: Encryption::None, login_in_clear: true, ..secure(Certificate::Good, "LOGIN PLAIN") });
    let outbox = Outbox::with(ALL).await;
    let credentials = Some(login("hunter3"));
    let error = outbox.deliver(&to(SmtpOptions { credentials, ..options(&server) }), &Options::at(NOW)).await.expect_err("stops");
    assert!(error.kind() == Kind::Unavailable && error.to_string().contains("535 5.7.8"), "{error}");
    assert!(!format!("{error:?}").contains("hunter3"));
    assert_eq!((server.count("AUTH"), outbox.states().await), (1, vec![(State::Planned, 3)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_that_fails_in_any_way_sends_nothing() {
    let starttls = |rules: &[Rule], certificate| Conduct { rules: rules.to_vec(), ..secure(certificate, "PLAIN LOGIN") };
    let good = |step, act| starttls(&[Rule::at(step, act)], Certificate::Good);
    let stripped = Conduct { encryption: Encryption::None, login_in_clear: true, ..secure(Certificate::Good, "PLAIN LOGIN") };
    let cases = [
        ("self-signed", starttls(&[], Certificate::SelfSigned)),
        ("expired", starttls(&[], Certificate::Expired)),
        ("another host", starttls(&[], Certificate::WrongHost)),
        ("stripped", stripped),
        ("454", good(Step::Starttls, Act::say("454 4.7.0 not available"))),
        ("500", good(Step::Starttls, Act::say("500 5.5.1 what"))),
        ("250 instead of 220", good(Step::Starttls, Act::say("250 ok"))),
        ("dropped", good(Step::Starttls, Act::Close)),
        ("reset", good(Step::Starttls, Act::Reset)),
        ("dropped at the handshake", good(Step::Handshake, Act::Close)),
        ("garbage at the handshake", good(Step::Handshake, Act::Garbage)),
        ("silence at the handshake", good(Step::Handshake, Act::Hang)),
        ("injected with the answer", good(Step::Starttls, Act::say("220 go\r\n250-injected\r\n250 AUTH PLAIN"))),
        ("injected after the answer", good(Step::Handshake, Act::say("250-injected\r\n250 AUTH PLAIN"))),
    ];
    for (name, conduct) in cases {
        let server = Rogue::start(conduct);
        let outbox = Outbox::with(ALL).await;
        let patience = if name.contains("silence") { Duration::from_millis(200) } else { Duration::from_secs(20) };
        let strict = SmtpOptions { credentials: Some(login("hunter2")), timeouts: all_within(patience), ..trusting(&server) };
        let error = outbox.deliver(&to(strict), &Options::at(NOW)).await.expect_err(name);
        assert_eq!(error.kind(), Kind::Unavailable, "{name}");
        assert!(!format!("{error:?}").contains("hunter2"), "{name}");
        assert_eq!((server.count("MAIL"), server.count("AUTH")), (0, 0), "{name}");
        assert_eq!(outbox.states().await, [(State::Planned, 3)], "{name}");
        assert!(outbox.ledger.suppressions().await.expect("suppressions").by_address.is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn implicit_encryption_works_and_is_checked() {
    for (certificate, works) in [(Certificate::Good, true), (Certificate::Expired, false)] {
        let server = Rogue::start(Conduct { encryption: Encryption::Implicit(certificate), ..Conduct::default() });
        let outbox = Outbox::with(ALL).await;
        let implicit = SmtpOptions { tls: Tls::Implicit, ..trusting(&server) };
        assert_eq!(outbox.deliver(&to(implicit), &Options::at(NOW)).await.is_ok(), works);
        assert_eq!(server.recipients().len(), if works { 3 } else { 0 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_left_out_only_where_it_is_written_down() {
    for (tls, offered, encrypted) in
        [(Tls::Opportunistic, true, true), (Tls::Opportunistic, false, false), (Tls::None, true, false), (Tls::None, false, false)]
    {
        let encryption = if offered { Encryption::Starttls(Certificate::Good) } else { Encryption::None };
        let server = Rogue::start(Conduct { encryption, ..Conduct::default() });
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(SmtpOptions { tls, ..trusting(&server) }), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(server.log().commands().iter().any(|line| line.starts_with("tls:MAIL")), encrypted, "{tls:?} {offered}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_log_in_works_and_a_wrong_secret_is_never_repeated() {
    let cases = [
        ("PLAIN", None),
        ("LOGIN", None),
        ("PLAIN LOGIN", Some(AuthMechanism::Login)),
        ("PLAIN XOAUTH2", Some(AuthMechanism::Xoauth2)),
        ("PLAIN LOGIN XOAUTH2", Some(AuthMechanism::Plain)),
    ];
    for (mechanisms, mechanism) in cases {
        let with = |secret: &str| Some(Credentials { mechanism, ..login(secret) });
        let server = Rogue::start(secure(Certificate::Good, mechanisms));
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(SmtpOptions { credentials: with("hunter2"), ..trusting(&server) }), &Options::at(NOW)).await.expect(mechanisms);
        assert_eq!((server.recipients().len(), server.illegal()), (3, vec![]), "{mechanisms}");

        let outbox = Outbox::with(ALL).await;
        let wrong = SmtpOptions { credentials: with("canary-5150"), ..trusting(&server) };
        let error = outbox.deliver(&to(wrong), &Options::at(NOW)).await.expect_err(mechanisms);
        assert!(error.to_string().contains("535 5.7.8"), "{mechanisms}: {error}");
        assert_eq!(server.recipients().len(), 3, "{mechanisms}");
    }
    // One that is not offered is not tried.
    let server = Rogue::start(secure(Certificate::Good, "PLAIN LOGIN"));
    let credentials = Some(Credentials { mechanism: Some(AuthMechanism::Xoauth2), ..login("hunter2") });
    let outbox = Outbox::with(ALL).await;
    let error = outbox.deliver(&to(SmtpOptions { credentials, ..trusting(&server) }), &Options::at(NOW)).await.expect_err("stops");
    assert!(error.to_string().contains("the server offers no XOAUTH2"), "{error}");
    assert_eq!(server.count("AUTH"), 0);
}

/// A secret that a server repeats, in any form, is found neither in what is said nor in what is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_appears_nowhere() {
    const CANARY: &str = "canary-5150-hunter2";
    for mechanism in [AuthMechanism::Plain, AuthMechanism::Login, AuthMechanism::Xoauth2] {
        // These are the base64 forms of what is sent.
        let echo = format!(
            "535 5.7.8 {CANARY} AHJlbGFuY2UAY2FuYXJ5LTUxNTAtaHVudGVyMg== Y2FuYXJ5LTUxNTAtaHVudGVyMg== {}",
            "dXNlcj1yZWxhbmNlAWF1dGg9QmVhcmVyIGNhbmFyeS01MTUwLWh1bnRlcjIBAQ=="
        );
        let right = Login { user: "relance", secret: CANARY, mechanisms: "PLAIN LOGIN XOAUTH2" };
        let rules = vec![Rule::at(Step::Auth, Act::Say(echo))];
        let server = Rogue::start(Conduct { rules, login: Some(right), ..secure(Certificate::Good, "") });
        let credentials = Some(Credentials { mechanism: Some(mechanism), ..login(CANARY) });
        let destination = to(SmtpOptions { credentials, ..trusting(&server) });
        let outbox = Outbox::with(ALL).await;
        let error = outbox.deliver(&destination, &Options::at(NOW)).await.expect_err("stops");
        let mut told = format!("{error:?} {error} {destination:?}").into_bytes();
        outbox.ledger.close().await;
        for file in std::fs::read_dir(outbox.folder.path()).expect("a folder").flatten() {
            told.extend(std::fs::read(file.path()).expect("a file"));
        }
        let has = |word: &str| told.windows(word.len()).any(|window| window == word.as_bytes());
        assert!(has("535 5.7.8") && has("***"), "{mechanism}");
        for secret in ["hunter2", "aHVudGVyM", "Y2FuYXJ5", "AHJlbGFuY2UAY", "Y2FuYXJ5LTUxNTA", "dXNlcj1yZWxhbmNlAWF1dGg"] {
            assert!(!has(secret), "{mechanism}: {secret}");
        }
    }
}
