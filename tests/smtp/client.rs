//! What the client does with what a server offers, and with each answer at each phase.

use super::*;

fn offering(extensions: &[&'static str], rules: impl IntoIterator<Item = Rule>) -> Rogue {
    Rogue::start(Conduct { extensions: extensions.to_vec(), ..Conduct::with(rules) })
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_go_together_only_when_that_is_offered() {
    for extensions in [&["PIPELINING"][..], &[]] {
        let server = offering(extensions, []);
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        // The server notes what is said before its answer when it does not offer that.
        assert_eq!((server.recipients().len(), server.illegal()), (3, vec![]), "{extensions:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_means_the_same_together_or_in_turn() {
    let cases = [
        (Step::Rcpt, "550 5.1.1 no such user", State::Bounced, true),
        (Step::Rcpt, "550 5.7.1 not wanted", State::Bounced, false),
        (Step::Rcpt, "552 5.2.2 full", State::Bounced, false),
        (Step::Rcpt, "450 4.2.0 later", State::Deferred, false),
        (Step::Data, "451 4.3.0 later", State::Deferred, false),
        (Step::Data, "554 5.5.1 no", State::Bounced, false),
        (Step::Dot, "554 5.6.0 bad content", State::Bounced, false),
        (Step::Dot, "550 5.1.1 no such user", State::Bounced, true),
        (Step::Stored, "451 4.3.0 disk full", State::Deferred, false),
    ];
    for extensions in [&["PIPELINING"][..], &[]] {
        for (at, line, state, suppressed) in cases {
            let server = offering(extensions, [to_bob(at, Act::say(line))]);
            let outbox = Outbox::with(ALL).await;
            outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
            let mut expected = vec![(state, 1), (State::Sent, 2)];
            expected.sort_by_key(|(state, _)| state.as_str());
            assert_eq!(outbox.states().await, expected, "{extensions:?} {at:?} {line}");
            assert_eq!((server.n_connections(), server.illegal().len()), (1, 0), "{extensions:?} {at:?} {line}");
            let suppressions = outbox.ledger.suppressions().await.expect("suppressions");
            assert_eq!(suppressions.by_address.contains_key("bob@shop.example"), suppressed, "{extensions:?} {at:?} {line}");
        }
    }
}

/// RFC 2920 section 3.1: a server may want the message although it refused every recipient.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_wanted_for_nobody_is_empty_and_not_counted_as_sent() {
    for answer in ["554 5.5.1 no valid recipients", "250 2.0.0 queued", "421 4.3.2 going down"] {
        let rules = [
            to_bob(Step::Rcpt, Act::say("550 5.1.1 no such user")),
            Rule::at(Step::Data, Act::say("354 go on")).attempt(1).to(""),
            Rule::at(Step::Dot, Act::say(answer)).attempt(1),
        ];
        // Bob alone, so that the rules without a recipient are about his mail.
        let server = server(rules);
        let outbox = Outbox::with(&["bob"]).await;
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!(outbox.states().await, [(State::Bounced, 1)], "{answer}");
        assert_eq!((server.recipients().len(), server.illegal()), (0, vec![]), "{answer}");
        assert_eq!((server.count("DATA"), server.count("RCPT")), (1, 1), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_farewell_costs_a_connection_and_judges_nobody() {
    let farewell = || Act::say_and_close("421 4.3.2 going down");
    for extensions in [&["PIPELINING"][..], &[]] {
        for at in [Step::Mail, Step::Rcpt, Step::Data] {
            // Before MAIL has named anybody, the rule counts mails: the second is Bob's.
            let rule = if at == Step::Mail { Rule::at(at, farewell()).attempt(2) } else { to_bob(at, farewell()).attempt(1) };
            let server = offering(extensions, [rule]);
            let outbox = Outbox::with(ALL).await;
            outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
            assert_eq!(outbox.states().await, [(State::Sent, 3)], "{extensions:?} {at:?}");
            assert_eq!((server.recipients().len(), server.n_connections()), (3, 2), "{extensions:?} {at:?}");
        }
    }
    // A limit of the server is such a farewell.
    let names: Vec<String> = (0..7).map(|n| format!("c{n}")).collect();
    let outbox = Outbox::with(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let server = Rogue::start(Conduct { mails_per_connection: Some(2), ..Conduct::default() });
    outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    assert_eq!((outbox.states().await, server.n_connections()), (vec![(State::Sent, 7)], 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_only_helo_is_written_to() {
    let server = Rogue::start(Conduct { hello: Hello::HeloOnly, ..Conduct::default() });
    let outbox = Outbox::with(ALL).await;
    outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    assert_eq!((server.recipients().len(), server.illegal()), (3, vec![]));
    assert_eq!(server.log().commands()[..2], ["EHLO sender.example", "HELO sender.example"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_too_large_is_not_offered_to_the_server() {
    for (size, n_sent) in [(100, 0), (100_000, 3)] {
        let server = Rogue::start(Conduct { size: Some(size), ..Conduct::default() });
        let outbox = Outbox::with(ALL).await;
        outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
        assert_eq!((server.recipients().len(), server.illegal()), (n_sent, vec![]));
        assert_eq!(server.log().commands().iter().filter(|line| line.contains(" SIZE=")).count(), n_sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_any_shape_is_read() {
    for act in [Act::Split, Act::BareLf, Act::Escapes, Act::Drip(Duration::from_micros(10)), Act::Wait(Duration::from_millis(5))] {
        for at in [Step::Banner, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data, Step::Stored] {
            let server = server([Rule::at(at, act.clone())]);
            let outbox = Outbox::with(ALL).await;
            outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
            assert_eq!((server.recipients().len(), outbox.states().await), (3, vec![(State::Sent, 3)]), "{at:?} {act:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_ends_between_mails_is_renewed_without_a_trace() {
    for act in [Act::Close, Act::Reset, Act::say_and_close("421 4.4.2 idle for too long")] {
        for at in [Step::Acked, Step::Idle] {
            let server = server([Rule::at(at, act.clone())]);
            let outbox = Outbox::with(ALL).await;
            outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
            assert_eq!((server.recipients().len(), outbox.states().await), (3, vec![(State::Sent, 3)]), "{at:?} {act:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greylisting_server_is_given_time() {
    let server = Rogue::start(Conduct { greylist: 1, ..Conduct::default() });
    let outbox = Outbox::with(ALL).await;
    let summary = outbox.deliver(&to(options(&server)), &Options::at(NOW)).await.expect("delivers");
    assert_eq!(summary.counts.deferred, 3);
    let minutes = |n: i64| Options::at(NOW.plus(relance::clock::Span(n * 60_000_000)));
    outbox.deliver(&to(options(&server)), &minutes(4)).await.expect("delivers");
    assert_eq!(server.count("RCPT"), 3, "it asked for 5 minutes");
    outbox.deliver(&to(options(&server)), &minutes(8)).await.expect("delivers");
    assert_eq!((server.recipients().len(), outbox.states().await), (3, vec![(State::Sent, 3)]));
}
