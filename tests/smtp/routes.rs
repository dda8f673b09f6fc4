//! Several servers, limits, storms, the warm-up, and why a campaign is stopped.

use chrono_tz::Europe::Paris;
use relance::clock::Span;
use relance::delivery::{Breaker, Route, Routes, WarmUp};

use super::*;

fn route(name: &str, weight: u32, server: &Rogue) -> Route {
    Route { name: name.to_owned(), weight, rate: None, smtp: options(server) }
}

fn by(routes: Vec<Route>) -> Destination {
    Destination::Smtp(Box::new(Routes { routes, domains: std::collections::BTreeMap::new() }))
}

async fn crowd(n: usize) -> Outbox {
    let names: Vec<String> = (0..n).map(|n| format!("c{n:03}")).collect();
    Outbox::with(&names.iter().map(String::as_str).collect::<Vec<_>>()).await
}

fn all(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("c{n:03}@shop.example")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn mails_are_shared_out_by_weight() {
    let (large, small) = (server([]), server([]));
    let outbox = crowd(200).await;
    outbox.deliver(&by(vec![route("large", 3, &large), route("small", 1, &small)]), &Options::at(NOW)).await.expect("delivers");
    let (n_large, n_small) = (large.recipients().len(), small.recipients().len());
    assert_eq!(n_large + n_small, 200);
    assert!((130..170).contains(&n_large), "{n_large}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_a_server_that_is_down_goes_to_the_others() {
    for rule in [None, Some(Rule::at(Step::Banner, Act::say_and_close("554 5.3.2 closed"))), Some(Rule::at(Step::Ehlo, Act::Close))] {
        let (down, up) = (server(rule.clone()), server([]));
        if rule.is_none() {
            down.shut();
        }
        let outbox = crowd(50).await;
        let summary = outbox.deliver(&by(vec![route("down", 5, &down), route("up", 1, &up)]), &Options::at(NOW)).await.expect("delivers");
        assert_eq!((summary.counts.sent, up.recipients()), (50, all(50)), "{rule:?}");
        // When all are down, nobody is judged.
        up.shut();
        let outbox = crowd(5).await;
        let error =
            outbox.deliver(&by(vec![route("down", 5, &down), route("up", 1, &up)]), &Options::at(NOW)).await.expect_err("none is up");
        assert_eq!((error.kind(), outbox.states().await), (Kind::Unavailable, vec![(State::Planned, 5)]), "{rule:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_takes_few_connections_is_sent_to_by_few() {
    let server = Rogue::start(Conduct { connections: Some(2), ..Conduct::default() });
    let outbox = crowd(100).await;
    let many = SmtpOptions { connections: 8, reconnect: Reconnect { attempts: 50, ..options(&server).reconnect }, ..options(&server) };
    outbox.deliver(&to(many), &Options::at(NOW)).await.expect("delivers");
    assert_eq!((server.recipients(), outbox.states().await), (all(100), vec![(State::Sent, 100)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_is_met_by_three_connections_a_second() {
    let server = server([Rule::at(Step::Banner, Act::Close)]);
    let outbox = crowd(20).await;
    let reconnect = Reconnect { attempts: 8, first_pause: Duration::ZERO, storm_gap: Reconnect::default().storm_gap };
    let stormy = SmtpOptions { connections: 1, reconnect, ..options(&server) };
    outbox.deliver(&to(stormy), &Options::at(NOW)).await.expect_err("stops");
    let at = server.log().opened_at();
    assert_eq!(at.len(), 8);
    // The first connection is before the storm; clocks of two threads may differ a little.
    assert!(at[1..].windows(4).all(|four| four[3] > four[0] + Duration::from_millis(950)), "{at:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ceiling_of_the_day_counts_what_was_sent_before() {
    let server = server([]);
    let outbox = crowd(10).await;
    let warm_up = WarmUp { from: NOW.date(Paris), start: 3, factor: 2.0, until: 100, zone: Paris };
    let at = |days: i64| Options { warm_up: Some(warm_up), ..Options::at(NOW.plus(Span::days(days))) };
    let first = Options { limit: Some(2), ..at(0) };
    let n_sent = async |options: &Options| {
        let summary = outbox.deliver(&to(super::options(&server)), options).await.expect("delivers");
        let midnight = warm_up.next_day(options.now);
        assert_eq!(summary.held_until, (summary.held_back > 0).then_some(midnight));
        (summary.counts.sent, summary.held_back)
    };
    let late = outbox.deliver(&to(super::options(&server)), &Options { limit: Some(0), ..at(0) }).await.expect("delivers");
    assert_eq!(late.held_too_late, 0, "nobody is held back yet");
    assert_eq!(n_sent(&first).await, (2, 0));
    assert_eq!(n_sent(&at(0)).await, (1, 7), "3 a day, 2 were sent");
    assert_eq!(n_sent(&at(0)).await, (0, 7), "a restart begins no new day");
    assert_eq!(n_sent(&at(1)).await, (6, 1));
    assert_eq!(n_sent(&at(2)).await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_breaker_says_what_the_server_says_and_names_nobody() {
    let server = server([Rule::at(Step::Rcpt, Act::say("450 4.3.2 <c000@shop.example> not now"))]);
    let outbox = crowd(40).await;
    let options = Options { breaker: Breaker { after: 10, percent_max: 50 }, ..Options::at(NOW) };
    let error = outbox.deliver(&to(super::options(&server)), &options).await.expect_err("stops").to_string();
    assert!(error.contains("mails are deferred") && error.contains("`450 4.3.2 (address) not now`"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_greylists_everybody_does_not_trip_the_breaker() {
    let server = server([Rule::at(Step::Rcpt, Act::say("451 4.7.1 Greylisted, please try again later")).attempt(1)]);
    let outbox = crowd(40).await;
    let options = |hours| Options { breaker: Breaker { after: 10, percent_max: 50 }, ..Options::at(NOW.plus(Span::hours(hours))) };
    let summary = outbox.deliver(&to(super::options(&server)), &options(0)).await.expect("no failure");
    assert_eq!(summary.counts.deferred, 40, "and they are counted as they are");
    outbox.deliver(&to(super::options(&server)), &options(1)).await.expect("delivers");
    assert_eq!(server.recipients().len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_every_kind_at_once_lose_and_repeat_nothing() {
    let mut rules = Vec::new();
    for step in [Step::Rcpt, Step::Data, Step::Dot, Step::Stored, Step::Acked] {
        rules.extend([Act::Close, Act::Reset, Act::Garbage].map(|act| Rule::at(step, act).percent(2)));
    }
    rules.push(Rule::at(Step::Rcpt, Act::say("550 5.1.1 no such user")).percent(5));
    rules.push(Rule::at(Step::Rcpt, Act::say("450 4.2.0 later")).percent(5));
    for seed in 1..=3 {
        let server = Rogue::start(Conduct { seed, mails_per_connection: Some(17), ..Conduct::with(rules.clone()) });
        let outbox = crowd(300).await;
        let patient = Breaker { after: 10_000, ..Breaker::default() };
        for hour in [0, 1, 3, 6] {
            let options = Options { breaker: patient, ..Options::at(NOW.plus(Span::hours(hour))) };
            outbox.deliver(&to(SmtpOptions { connections: 4, ..super::options(&server) }), &options).await.expect("delivers");
        }
        let n_of = |state: State, states: &[(State, u64)]| states.iter().find(|(other, _)| *other == state).map_or(0, |(_, n)| *n);
        let states = outbox.states().await;
        assert_eq!(states.iter().map(|(_, n)| n).sum::<u64>(), 300);
        let held: Vec<String> =
            outbox.ledger.status().await.expect("status").uncertain.iter().map(|row| format!("{}@shop.example", row.recipient)).collect();
        let suppressed: Vec<String> = outbox.ledger.suppressions().await.expect("suppressions").by_address.into_keys().collect();
        let stored = server.recipients();
        let sent: Vec<String> = stored.iter().filter(|address| !held.contains(address)).cloned().collect();
        assert_eq!(n_of(State::Sent, &states), sent.len() as u64, "seed {seed}: {states:?}");
        let otherwise: Vec<String> = all(300).into_iter().filter(|address| !stored.contains(address) && !held.contains(address)).collect();
        let others = n_of(State::Bounced, &states) + n_of(State::Deferred, &states) + n_of(State::Failed, &states);
        assert_eq!(others, otherwise.len() as u64, "seed {seed}: {states:?}");
        assert!(!suppressed.is_empty() && !held.is_empty() && suppressed.iter().all(|address| otherwise.contains(address)), "seed {seed}");
        let truth = rogue::Truth { planned: &all(300), sent: &sent, otherwise: &otherwise, held: &held, suppressed: &[] };
        let verdict = server.verdict(&truth);
        assert!(verdict.is_clean() && verdict.provoked.is_empty(), "seed {seed}: {verdict:?}");
    }
}
