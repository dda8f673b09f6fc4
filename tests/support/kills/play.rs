//! From a case to its verdict.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Case;
use super::moment::Death;
use super::shop::{Policy, Shop, said};
use crate::rogue::{Rogue, Truth, Verdict};

/// Starts after the kills before a story that goes on is wrong: more than the attempts one mail may have.
const ROUNDS_MAX: usize = 24;

/// What a story came to.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    /// Kills that struck.
    pub(crate) n_kills: usize,
    /// Mails planned.
    pub(crate) n_planned: usize,
    /// Mails in doubt, at most, after one kill.
    pub(crate) held_by_one_kill: usize,
    /// Mails held at the end.
    pub(crate) n_held: usize,
    /// Copies stored more than once near a kill.
    pub(crate) n_repeated: usize,
    /// Starts needed after the last kill.
    pub(crate) n_rounds: usize,
    /// Everything that is against the promise, in words; empty when it was kept.
    pub(crate) broken: Vec<String>,
}

/// Plays a case: plans, sends and kills, then sends until nothing is left, then judges. `program` is the binary.
pub(crate) fn play(case: &Case, program: PathBuf) -> Ended {
    let rogue = Rogue::start(case.conduct.clone());
    let shop = Shop::new(case, program, rogue.address.port());
    shop.plan();
    let planned: Vec<String> = shop.states().into_keys().collect();
    assert_eq!(planned.len(), case.n_people, "everybody is planned");

    let mut broken = Vec::new();
    let (mut n_kills, mut held_by_one_kill, mut n_repeats_allowed) = (0, 0, 0);
    for (round, kill) in case.kills.iter().enumerate() {
        // What the sender before left in the middle becomes, at this one's start, held or planned again.
        let left = if case.policy == Policy::Hold { count(&shop.states(), &["uncertain", "sending"]) } else { 0 };
        let pause = kill.prepare(&rogue);
        let mut child = shop.send(round);
        let death = kill.strike(&rogue, pause, &mut child);
        let states = shop.states();
        match death {
            Death::Killed => {
                n_kills += 1;
                let in_doubt = count(&states, &["sending", "uncertain"]).saturating_sub(left);
                held_by_one_kill = held_by_one_kill.max(in_doubt);
                n_repeats_allowed += in_doubt;
                if in_doubt > case.connections + n_faults_in_doubt(case) {
                    broken.push(format!("{in_doubt} in doubt after one kill over {} connections", case.connections));
                }
            }
            Death::Stopped(code) => {
                n_kills += 1;
                if code != Some(130) {
                    broken.push(format!("SIGTERM ended with {code:?}, not 130"));
                }
                if count(&states, &["sending", "claimed"]) > 0 {
                    broken.push("SIGTERM left mails in the middle".to_owned());
                }
            }
            Death::Missed(_) => {}
        }
    }

    let mut n_rounds = 0;
    loop {
        let output = shop.send_to_the_end(case.kills.len() + n_rounds);
        n_rounds += 1;
        if count(&shop.states(), &["planned", "claimed", "sending", "deferred"]) == 0 {
            break;
        }
        assert!(n_rounds < ROUNDS_MAX, "the work does not end: {}", said(&output));
    }
    let states = shop.states();
    let of = |wanted: &[&str]| -> Vec<String> {
        states.iter().filter(|(_, state)| wanted.contains(&state.as_str())).map(|(address, _)| address.clone()).collect()
    };
    let (sent, held) = (of(&["sent"]), of(&["uncertain"]));
    let otherwise = of(&["bounced", "failed", "cancelled", "expired"]);
    let verdict = rogue.verdict(&Truth { planned: &planned, sent: &sent, otherwise: &otherwise, held: &held, ..Truth::default() });
    broken.extend(breaches(case, &verdict, n_repeats_allowed));
    Ended {
        n_kills,
        n_planned: planned.len(),
        held_by_one_kill,
        n_held: held.len(),
        n_repeated: verdict.near_a_kill.len(),
        n_rounds,
        broken,
    }
}

/// Says what a verdict holds against the promise.
fn breaches(case: &Case, verdict: &Verdict, n_repeats_allowed: usize) -> Vec<String> {
    let mut broken = Vec::new();
    if !verdict.is_clean() {
        broken.push(format!("{verdict:?}"));
    }
    if case.policy == Policy::Hold && !verdict.near_a_kill.is_empty() {
        broken.push(format!("repeated although mails in doubt are held: {:?}", verdict.near_a_kill));
    }
    if verdict.near_a_kill.len() > n_repeats_allowed {
        broken.push(format!("{} repeated, and only {n_repeats_allowed} were in doubt", verdict.near_a_kill.len()));
    }
    broken
}

/// Mails that a server which hides its answers may leave in doubt beside those of a kill.
fn n_faults_in_doubt(case: &Case) -> usize {
    if case.conduct.rules.is_empty() { 0 } else { case.n_people }
}

fn count(states: &BTreeMap<String, String>, wanted: &[&str]) -> usize {
    states.values().filter(|state| wanted.contains(&state.as_str())).count()
}
