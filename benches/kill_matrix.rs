//! The long kill matrix: the stories of `tests/kills.rs` for every scenario, database, policy and number of connections.
//!
//! ```console
//! $ cargo bench --bench kill_matrix [-- --rounds N] [--people N]
//! ```
//!
//! One round kills the program 18 times in every cell: twice at each of nine points, of which one kill in two falls some microseconds
//! after the point, at any instruction. Prints one Markdown table, and ends with 1 when a promise was broken (docs/delivery.md).

#[path = "../tests/support/kills/mod.rs"]
mod kills;
#[path = "../tests/support/postgres.rs"]
mod postgres;
#[path = "../tests/support/rogue/mod.rs"]
mod rogue;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use kills::{Case, Ended, Kill, POINTS, Policy, play};
use relance::id::stable_hash;
use rogue::{Act, Conduct, Rule, Step};

#[derive(Parser)]
struct Args {
    /// Rounds; each has a seed of its own.
    #[arg(long, default_value_t = 1)]
    rounds: u64,
    /// People written to in each story.
    #[arg(long, default_value_t = 120)]
    people: usize,
    /// What cargo adds; ignored.
    #[arg(long)]
    bench: bool,
}

/// One line of the table.
#[derive(Default)]
struct Line {
    n_kills: usize,
    n_mails: usize,
    held_by_one_kill: usize,
    n_held: usize,
    n_repeated: usize,
    broken: Vec<String>,
}

impl Line {
    fn add(&mut self, ended: Ended) {
        self.n_kills += ended.n_kills;
        self.n_mails += ended.n_planned;
        self.held_by_one_kill = self.held_by_one_kill.max(ended.held_by_one_kill);
        self.n_held += ended.n_held;
        self.n_repeated += ended.n_repeated;
        self.broken.extend(ended.broken);
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let started = Instant::now();
    let server = postgres::Postgres::start();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_relance"));
    let mut out = std::io::stdout().lock();
    let mut say = |text: String| writeln!(out, "{text}").expect("standard output takes the table");
    say("| server | ledger | in doubt | connections | mails | kills | lost or repeated without cause | held, most by one kill | held | sent again |".to_owned());
    say("|---|---|---|--:|--:|--:|--:|--:|--:|--:|".to_owned());
    let (mut n_kills, mut n_broken, mut n_stories) = (0, 0, 0);
    for (scenario, rules) in scenarios() {
        for on_postgres in [false, true] {
            for policy in [Policy::Hold, Policy::Resend] {
                for connections in [1, 4, 16] {
                    let mut line = Line::default();
                    for seed in 1..=args.rounds {
                        n_stories += 1;
                        line.add(play(
                            &Case {
                                postgres: on_postgres.then(|| server.url(&format!("matrix_{n_stories}"))),
                                connections,
                                policy,
                                n_people: args.people,
                                conduct: Conduct { seed, rules: rules.clone(), keep_bytes: false, ..limits(scenario) },
                                kills: kills_of(seed, scenario, connections),
                            },
                            program.clone(),
                        ));
                    }
                    let ledger = if on_postgres { "PostgreSQL" } else { "SQLite" };
                    say(format!(
                        "| {scenario} | {ledger} | {} | {connections} | {} | {} | {} | {} | {} | {} |",
                        policy.as_str(),
                        line.n_mails,
                        line.n_kills,
                        line.broken.len(),
                        line.held_by_one_kill,
                        line.n_held,
                        line.n_repeated
                    ));
                    for broken in &line.broken {
                        say(format!("  broken: {broken}"));
                    }
                    n_kills += line.n_kills;
                    n_broken += line.broken.len();
                }
            }
        }
    }
    say(format!("\n{n_kills} kills in {n_stories} stories, {n_broken} broken promises, {:.0} s", started.elapsed().as_secs_f64()));
    if n_broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How servers fail, by name.
fn scenarios() -> [(&'static str, Vec<Rule>); 5] {
    let later = |step, percent| Rule::at(step, Act::say("451 4.3.0 try again later")).percent(percent);
    [
        ("no fault", Vec::new()),
        (
            "flaky",
            vec![
                later(Step::Rcpt, 10),
                later(Step::Data, 5),
                Rule::at(Step::Mail, Act::Close).percent(5),
                Rule::at(Step::Body, Act::Reset).percent(3),
            ],
        ),
        (
            "no answer after the dot",
            vec![
                Rule::at(Step::Dot, Act::Close).percent(4),
                Rule::at(Step::Stored, Act::Close).percent(6),
                Rule::at(Step::Stored, Act::Reset).percent(3),
            ],
        ),
        ("limits", vec![later(Step::Rcpt, 5)]),
        (
            "hostile",
            vec![
                Rule::at(Step::Banner, Act::Garbage).percent(2),
                Rule::at(Step::Rcpt, Act::Escapes).percent(10),
                Rule::at(Step::Data, Act::Huge(256 * 1024)).percent(2),
                Rule::at(Step::Mail, Act::Split).percent(10),
                Rule::at(Step::Rcpt, Act::say("550 5.1.1 nobody")).percent(2),
                Rule::at(Step::Stored, Act::say("451 4.3.0 stored, and denied")).percent(2),
            ],
        ),
    ]
}

fn limits(scenario: &str) -> Conduct {
    if scenario == "limits" { Conduct { mails_per_connection: Some(5), greylist: 1, ..Conduct::default() } } else { Conduct::default() }
}

/// Two kills at every point: one held there, one some time after, the same for the same seed.
fn kills_of(seed: u64, scenario: &str, connections: usize) -> Vec<Kill> {
    let draw = |n: usize, what: &str| stable_hash(&["kill", scenario, &seed.to_string(), &connections.to_string(), &n.to_string(), what]);
    let both = |(n, step): (usize, Step)| {
        // A connection is opened once, so its first steps are reached as often as there are connections.
        let most = if step < Step::Mail { 1 } else { 4 };
        let nth = |what: &str| 1 + u32::try_from(draw(n, what) % most).expect("small");
        [Kill::At(step, nth("at")), Kill::After(step, nth("after"), draw(n, "pause") % 3_000)]
    };
    POINTS.into_iter().enumerate().flat_map(both).collect()
}
