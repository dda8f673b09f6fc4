//! The server that misbehaves, tested by clients that do: each is caught, and an honest one is not.

#[path = "support/rogue/mod.rs"]
mod rogue;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use rogue::{Act, Conduct, Rogue, Rule, Step, Truth, Verdict};

/// A client that knows nothing: one line out, one line in.
struct Client(BufReader<TcpStream>);

impl Client {
    fn to(rogue: &Rogue) -> Self {
        let stream = TcpStream::connect(rogue.address).expect("listening");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        stream.set_nodelay(true).expect("a socket");
        let mut client = Self(BufReader::new(stream));
        client.read();
        client.say("HELO client.example\r\n");
        client
    }

    /// Reads one answer; empty when the server hung up.
    fn read(&mut self) -> String {
        let mut line = String::new();
        let _ = self.0.read_line(&mut line);
        line.trim_end().to_owned()
    }

    fn say(&mut self, text: &str) -> String {
        let _ = self.0.get_mut().write_all(text.as_bytes());
        self.read()
    }

    /// Sends a mail; true when it was accepted.
    fn send(&mut self, to: &str, message_id: &str) -> bool {
        self.say("MAIL FROM:<news@shop.example>\r\n");
        self.say(&format!("RCPT TO:<{to}>\r\n")).starts_with("250")
            && self.say("DATA\r\n").starts_with("354")
            && self.say(&format!("Message-ID: <{message_id}>\r\n\r\nHello\r\n.\r\n")).starts_with("250")
    }
}

fn people(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("{name}@shop.example")).collect()
}

fn clean_but(change: impl FnOnce(&mut Verdict)) -> Verdict {
    let mut verdict = Verdict::default();
    change(&mut verdict);
    verdict
}

#[test]
fn an_honest_client_is_clean() {
    let rogue = Rogue::start(Conduct::with([Rule::at(Step::Rcpt, Act::say("550 5.1.1 no such user")).to("eve")]));
    let all = people(&["ana", "bob", "eve"]);
    let mut client = Client::to(&rogue);
    let sent: Vec<String> = all.iter().filter(|to| client.send(to, to)).cloned().collect();
    drop(client);
    let verdict = rogue.verdict(&Truth { planned: &all, sent: &sent, otherwise: &people(&["eve"]), ..Truth::default() });
    assert_eq!((verdict.clone(), verdict.is_clean()), (Verdict::default(), true));
}

#[test]
fn dishonest_clients_are_caught() {
    let all = people(&["ana", "bob"]);
    let none = Conduct::default;
    let refuses_bob = || Conduct::with([Rule::at(Step::Rcpt, Act::say("550 5.1.1 no such user")).to("bob")]);

    // Without a ledger, the second run sends all again.
    let rogue = Rogue::start(none());
    for _ in 0..2 {
        for to in &all {
            assert!(Client::to(&rogue).send(to, to));
        }
    }
    let truth = Truth { planned: &all, sent: &all, ..Truth::default() };
    assert_eq!(rogue.verdict(&truth), clean_but(|verdict| verdict.unexplained = all.clone()));

    // One that marks at fetch says it sent what it did not.
    let rogue = Rogue::start(none());
    Client::to(&rogue).send(&all[0], "1");
    assert_eq!(rogue.verdict(&truth), clean_but(|verdict| verdict.lost = people(&["bob"])));

    // One that ignores suppression, even if the server refuses.
    let rogue = Rogue::start(refuses_bob());
    Client::to(&rogue).send(&all[0], "1");
    Client::to(&rogue).send(&all[1], "2");
    let bob = people(&["bob"]);
    let truth = Truth { planned: &all[..1], sent: &all[..1], suppressed: &bob, ..Truth::default() };
    assert_eq!(rogue.verdict(&truth), clean_but(|verdict| verdict.suppressed = bob.clone()));

    // One that tries again after a 5xx.
    let rogue = Rogue::start(refuses_bob());
    let mut client = Client::to(&rogue);
    assert_eq!([client.send(&all[0], "1"), client.send(&all[1], "2")], [true, false]);
    client.say("RSET\r\n");
    client.send(&all[1], "2");
    let truth = Truth { planned: &all, sent: &all[..1], otherwise: &bob, ..Truth::default() };
    assert_eq!(rogue.verdict(&truth), clean_but(|verdict| verdict.retried_after_5xx = bob.clone()));

    // One that holds a mail which was answered.
    let truth = Truth { planned: &all[..1], held: &all[..1], ..Truth::default() };
    let rogue = Rogue::start(none());
    Client::to(&rogue).send(&all[0], "1");
    assert_eq!(rogue.verdict(&truth), clean_but(|verdict| verdict.held_without_cause = people(&["ana"])));

    // One that gives two people one Message-ID, writes to a stranger, and a bare line feed.
    let rogue = Rogue::start(none());
    let mut client = Client::to(&rogue);
    for to in &all {
        assert!(client.send(to, "1"));
    }
    client.say("NOOP\n");
    let verdict = rogue.verdict(&Truth { planned: &all[..1], sent: &all[..1], ..Truth::default() });
    let expected = clean_but(|verdict| {
        verdict.shared_ids = vec!["1".to_owned()];
        verdict.unplanned = people(&["bob"]);
        verdict.illegal = vec!["bare line feed"];
    });
    assert_eq!(verdict, expected);
}

#[test]
fn copies_are_explained_by_faults_and_kills_only() {
    let ana = people(&["ana"]);
    let truth = Truth { planned: &ana, sent: &ana, ..Truth::default() };
    for act in [Act::Close, Act::Reset, Act::say("451 4.3.0 no")] {
        let rogue = Rogue::start(Conduct::with([Rule::at(Step::Stored, act.clone()).attempt(1)]));
        assert!(!Client::to(&rogue).send(&ana[0], "1") && Client::to(&rogue).send(&ana[0], "1"));
        assert_eq!(rogue.verdict(&truth), clean_but(|verdict| verdict.provoked = ana.clone()), "{act:?}");
        assert!(rogue.verdict(&truth).is_clean());
    }
    // Killed while it waits for the answer; the next one changes the Message-ID, which nothing explains.
    let rogue = Rogue::start(Conduct::default());
    let pause = rogue.pause_at(Step::Stored, 1);
    let mut client = Client::to(&rogue);
    client.say("MAIL FROM:<news@shop.example>\r\n");
    client.say("RCPT TO:<ana@shop.example>\r\n");
    client.say("DATA\r\n");
    let stream = client.0.into_inner();
    (&stream).write_all(b"Message-ID: <1>\r\n\r\nHello\r\n.\r\n").expect("written");
    assert_eq!(pause.reached(Duration::from_secs(20)).expect("reached").recipient, "ana@shop.example");
    rogue.note_kill();
    drop(stream);
    pause.resume();
    assert!(rogue.wait_until_alone(Duration::from_secs(20)));
    assert!(Client::to(&rogue).send(&ana[0], "2"));
    let expected = clean_but(|verdict| {
        verdict.near_a_kill = ana.clone();
        verdict.changed = ana.clone();
    });
    assert_eq!(rogue.verdict(&truth), expected);
}

#[test]
fn the_same_seed_makes_the_same_faults() {
    let names: Vec<String> = (0..100).map(|n| format!("c{n}@shop.example")).collect();
    let refused = |seed: u64, backwards: bool| {
        let rules = vec![Rule::at(Step::Rcpt, Act::say("450 4.2.0 later")).percent(30)];
        let rogue = Rogue::start(Conduct { seed, rules, ..Conduct::default() });
        let mut client = Client::to(&rogue);
        let mut order: Vec<&String> = names.iter().collect();
        if backwards {
            order.reverse();
        }
        let mut refused: Vec<&String> = order
            .into_iter()
            .filter(|to| {
                client.say("MAIL FROM:<news@shop.example>\r\n");
                let is_refused = client.say(&format!("RCPT TO:<{to}>\r\n")).starts_with("450");
                client.say("RSET\r\n");
                is_refused
            })
            .collect();
        refused.sort();
        refused.into_iter().cloned().collect::<Vec<_>>()
    };
    let first = refused(1, false);
    assert!((15..45).contains(&first.len()), "{}", first.len());
    assert_eq!(first, refused(1, true));
    assert_ne!(first, refused(2, false));
}

#[test]
fn a_server_can_go_and_come_back() {
    let rogue = Rogue::start(Conduct::default());
    let mut client = Client::to(&rogue);
    rogue.shut();
    assert!(rogue.wait_until_alone(Duration::from_secs(20)));
    assert_eq!(client.say("NOOP\r\n"), "");
    assert!(TcpStream::connect(rogue.address).is_err());
    rogue.open();
    assert!(Client::to(&rogue).send("ana@shop.example", "1"));
}

#[test]
fn limits_refuse_and_let_in_again() {
    let conduct = Conduct { greylist: 1, mails_per_connection: Some(1), quota: Some(2), connections: Some(1), ..Conduct::default() };
    let rogue = Rogue::start(conduct);
    let mut client = Client::to(&rogue);
    assert!(!client.send("ana@shop.example", "1"), "greylisted");
    let mut second = BufReader::new(TcpStream::connect(rogue.address).expect("listening"));
    let mut line = String::new();
    second.read_line(&mut line).expect("an answer");
    assert!(line.starts_with("421"), "{line}");
    client.say("RSET\r\n");
    assert!(client.send("ana@shop.example", "1"));
    assert!(client.say("MAIL FROM:<news@shop.example>\r\n").starts_with("421"), "one mail a connection");
    drop((client, second));
    assert!(rogue.wait_until_alone(Duration::from_secs(20)));
    let mut client = Client::to(&rogue);
    assert!(!client.send("bob@shop.example", "2"));
    client.say("RSET\r\n");
    assert!(client.send("bob@shop.example", "2"));
    drop(client);
    assert!(rogue.wait_until_alone(Duration::from_secs(20)));
    let mut client = Client::to(&rogue);
    client.say("MAIL FROM:<news@shop.example>\r\n");
    assert!(client.say("RCPT TO:<eve@shop.example>\r\n").starts_with("452"));
}
