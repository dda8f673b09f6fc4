//! The promise, against SIGKILL: nothing is lost, nothing is repeated, what is left in doubt is at most one mail per connection.
//!
//! `cargo bench --bench kill_matrix` plays many more of the same stories and prints a table.

#[path = "support/kills/mod.rs"]
mod kills;
#[path = "support/postgres.rs"]
mod postgres;
#[path = "support/rogue/mod.rs"]
mod rogue;

use std::path::PathBuf;
use std::sync::OnceLock;

use kills::{Case, Ended, Kill, POINTS, Policy, play};
use rogue::{Act, Conduct, Rule, Step};

static SERVER: OnceLock<postgres::Postgres> = OnceLock::new();

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_relance"))
}

/// Plays a story on SQLite and on PostgreSQL, and says what was broken.
fn on_both(name: &str, case: &Case) -> [Ended; 2] {
    let on_postgres = Case { postgres: Some(SERVER.get_or_init(postgres::Postgres::start).url(name)), ..case.clone() };
    [case, &on_postgres].map(|case| {
        let ended = play(case, program());
        assert!(ended.broken.is_empty(), "{name} on {}: {:#?}", case.postgres.as_deref().unwrap_or("sqlite"), ended.broken);
        assert_eq!(ended.n_kills, case.kills.len(), "{name}: every kill struck");
        ended
    })
}

fn case(policy: Policy, connections: usize, kills: Vec<Kill>) -> Case {
    Case { postgres: None, connections, policy, n_people: 40, conduct: Conduct::default(), kills }
}

/// Two kills at every point of the conversation; one connection is opened once, so it is at its first.
fn at_every_point() -> Vec<Kill> {
    let second = |step| if step < Step::Mail { 1 } else { 2 };
    POINTS.into_iter().flat_map(|step| [Kill::At(step, 1), Kill::At(step, second(step))]).collect()
}

/// Kills at a spread of instants after the first mails were stored.
fn at_any_instant(n: u64) -> Vec<Kill> {
    (0..n)
        .map(|i| {
            Kill::After(
                [Step::Rcpt, Step::Dot, Step::Stored, Step::Acked][usize::try_from(i % 4).expect("small")],
                1 + u32::from(i % 3 == 0),
                i * i * 37,
            )
        })
        .collect()
}

#[test]
fn killed_at_every_point_it_repeats_nothing_and_holds_what_is_in_doubt() {
    for ended in on_both("kills_hold", &case(Policy::Hold, 1, at_every_point())) {
        assert_eq!(ended.n_repeated, 0);
        assert!(ended.n_held > 0, "kills after the dot leave a doubt, which is held");
    }
}

#[test]
fn over_four_connections_one_kill_leaves_at_most_four_in_doubt() {
    for ended in on_both("kills_four", &case(Policy::Hold, 4, at_every_point())) {
        assert!(ended.held_by_one_kill <= 4, "{ended:?}");
    }
}

#[test]
fn with_resend_nothing_is_held_and_only_what_was_in_doubt_is_repeated() {
    for ended in on_both("kills_resend", &case(Policy::Resend, 1, at_every_point())) {
        assert_eq!(ended.n_held, 0);
        assert!(ended.n_repeated > 0, "a mail killed after it was stored is sent again: the price of resend");
    }
}

#[test]
fn killed_at_any_instant_it_keeps_its_promise() {
    // Enough people for the last kill to find somebody left: between two, milliseconds go by.
    on_both("kills_any", &Case { n_people: 200, ..case(Policy::Hold, 4, at_any_instant(12)) });
}

#[test]
fn a_server_that_fails_too_changes_nothing_to_the_promise() {
    let conduct = Conduct::with([
        Rule::at(Step::Rcpt, Act::say("451 4.3.0 try again later")).percent(15),
        Rule::at(Step::Data, Act::Close).percent(8),
        Rule::at(Step::Stored, Act::Close).percent(8),
    ]);
    on_both("kills_flaky", &Case { conduct, n_people: 120, ..case(Policy::Hold, 4, at_any_instant(8)) });
}

#[test]
fn asked_to_stop_it_finishes_the_mail_in_hand_and_leaves_no_doubt() {
    let kills = [Step::Rcpt, Step::Dot, Step::Stored, Step::Acked].map(|step| Kill::Term(step, 2)).to_vec();
    for ended in on_both("kills_term", &case(Policy::Hold, 2, kills)) {
        assert_eq!((ended.n_held, ended.n_repeated), (0, 0));
    }
}
