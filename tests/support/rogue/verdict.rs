//! What a log proves of the client that made it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::fault::Step;
use super::log::{Entry, Event};

/// What the client was to do, and what it says it did; addresses.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Truth<'a> {
    /// To whom one mail each was planned.
    pub(crate) planned: &'a [String],
    /// Whom it says it sent to.
    pub(crate) sent: &'a [String],
    /// For whom it has another end or a later date: bounced, failed, deferred, cancelled, expired.
    pub(crate) otherwise: &'a [String],
    /// For whom it holds a mail in doubt.
    pub(crate) held: &'a [String],
    /// To whom it may not write.
    pub(crate) suppressed: &'a [String],
}

/// What was wrong; addresses, sorted. All empty but `provoked`, `near_a_kill` and `forgotten_by_a_kill`: the client is right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Planned and neither stored, nor held, nor ended otherwise; or said to be sent and never stored.
    pub(crate) lost: Vec<String>,
    /// Stored without having been planned.
    pub(crate) unplanned: Vec<String>,
    /// Stored again where the earlier copy was stored and not answered `2xx`: nobody can avoid it who sends again.
    pub(crate) provoked: Vec<String>,
    /// Stored again where a kill came after the earlier copy, the last one stored on its connection.
    pub(crate) near_a_kill: Vec<String>,
    /// Stored again otherwise.
    pub(crate) unexplained: Vec<String>,
    /// Tried again after a `5xx` about them.
    pub(crate) retried_after_5xx: Vec<String>,
    /// As before, where a kill came before the client had to have written the refusal down: nobody can remember what died with it.
    pub(crate) forgotten_by_a_kill: Vec<String>,
    /// Named in RCPT although suppressed.
    pub(crate) suppressed: Vec<String>,
    /// Stored twice, with two Message-IDs or two contents.
    pub(crate) changed: Vec<String>,
    /// Message-IDs stored for two people.
    pub(crate) shared_ids: Vec<String>,
    /// Held, without an unanswered dot and without a kill.
    pub(crate) held_without_cause: Vec<String>,
    /// What was illegal on the wire.
    pub(crate) illegal: Vec<&'static str>,
    /// Credentials that were received in clear.
    pub(crate) n_credentials_in_clear: usize,
}

impl Verdict {
    /// Says whether nothing was wrong; copies and retries that a fault or a kill explains are not.
    pub(crate) fn is_clean(&self) -> bool {
        let (provoked, near_a_kill) = (self.provoked.clone(), self.near_a_kill.clone());
        let explained = Self { provoked, near_a_kill, forgotten_by_a_kill: self.forgotten_by_a_kill.clone(), ..Self::default() };
        *self == explained
    }
}

/// One message stored, at its place in the log.
struct Copy<'a> {
    at: usize,
    message_id: &'a str,
    digest: u64,
}

pub(super) fn judge(entries: &[Entry], truth: &Truth<'_>) -> Verdict {
    let mut copies: BTreeMap<&str, Vec<Copy<'_>>> = BTreeMap::new();
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        if let Event::Stored { recipient, message_id, digest, .. } = &entry.event {
            copies.entry(recipient).or_default().push(Copy { at, message_id, digest: *digest });
            owners.entry(message_id).or_default().insert(recipient);
        }
    }
    let known: BTreeSet<&str> = [truth.otherwise, truth.held].into_iter().flatten().map(String::as_str).collect();
    let planned: BTreeSet<&str> = truth.planned.iter().map(String::as_str).collect();
    let is_stored = |address: &&String| copies.contains_key(address.as_str());
    let mut lost: Vec<String> =
        truth.planned.iter().filter(|address| !is_stored(address) && !known.contains(address.as_str())).cloned().collect();
    lost.extend(truth.sent.iter().filter(|address| !is_stored(address)).cloned());
    lost.sort();
    lost.dedup();

    let mut verdict = Verdict {
        lost,
        unplanned: names(copies.keys().copied().filter(|address| !planned.contains(address))),
        changed: names(copies.iter().filter(|(_, all)| all.iter().any(|copy| differs(copy, &all[0]))).map(|(address, _)| *address)),
        shared_ids: names(owners.iter().filter(|(id, people)| people.len() > 1 && !id.is_empty()).map(|(id, _)| *id)),
        illegal: entries.iter().filter_map(|entry| if let Event::Illegal(what) = entry.event { Some(what) } else { None }).collect(),
        n_credentials_in_clear: entries.iter().filter(|entry| entry.event == Event::Credentials && !entry.encrypted).count(),
        ..Verdict::default()
    };
    for (address, all) in &copies {
        for pair in all.windows(2) {
            match explain(entries, pair[0].at, address) {
                Explained::ByFault => verdict.provoked.push((*address).to_owned()),
                Explained::ByKill => verdict.near_a_kill.push((*address).to_owned()),
                Explained::Not => verdict.unexplained.push((*address).to_owned()),
            }
        }
    }
    judge_recipients(entries, truth, &mut verdict);
    verdict
}

fn judge_recipients(entries: &[Entry], truth: &Truth<'_>, verdict: &mut Verdict) {
    let suppressed: BTreeSet<&str> = truth.suppressed.iter().map(String::as_str).collect();
    let mut refused: HashMap<&str, usize> = HashMap::new();
    let (mut again, mut forgotten) = (BTreeSet::new(), BTreeSet::new());
    let mut in_doubt: BTreeSet<&str> = BTreeSet::new();
    let mut was_killed = false;
    for (at, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::Killed => was_killed = true,
            Event::Command(line) if line.to_ascii_uppercase().starts_with("RCPT") => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(address, _)| address);
                if suppressed.contains(address) {
                    verdict.suppressed.push(address.to_owned());
                }
                match refused.remove(address) {
                    Some(refused_at) if is_forgotten(&entries[refused_at..at]) => _ = forgotten.insert(address),
                    Some(refused_at) if is_unread(entries, refused_at) => {}
                    Some(_) => _ = again.insert(address),
                    None => {}
                }
            }
            Event::Answered { recipient, line, .. } if line.starts_with('5') && !is_about_the_sender(line) => {
                refused.insert(recipient, at);
            }
            Event::Fault { step: Step::Body | Step::Dot | Step::Stored, recipient, .. } => {
                in_doubt.insert(recipient);
            }
            _ => {}
        }
    }
    verdict.retried_after_5xx = names(again.into_iter());
    verdict.forgotten_by_a_kill = names(forgotten.into_iter());
    let has_cause = |address: &&String| was_killed || in_doubt.contains(address.as_str());
    verdict.held_without_cause = truth.held.iter().filter(|address| !has_cause(address)).cloned().collect();
}

/// Says whether a refusal, the first of the entries, died with its client. What a connection was answered is written down, at the latest,
/// with the next mail that it is about to end with a dot: a kill before anything else was stored over it explains the loss.
fn is_forgotten(since: &[Entry]) -> bool {
    let connection = since[0].connection;
    let on_it = since.iter().position(|entry| entry.connection == connection && matches!(entry.event, Event::Stored { .. }));
    let killed = since.iter().position(|entry| entry.event == Event::Killed);
    killed.is_some_and(|killed| on_it.is_none_or(|stored| killed < stored))
}

/// Says whether the refusal at a place may not have been read. Commands come in one write: what was spoilt before their answers is taken for
/// these, and a reset after them takes them back; the next thing a client says shows that it has read.
fn is_unread(entries: &[Entry], refused_at: usize) -> bool {
    let on_it = |entry: &&Entry| entry.connection == entries[refused_at].connection;
    let before = entries[..refused_at].iter().rev().filter(on_it).map(|entry| &entry.event);
    let before = before.into_iter().find(|event| !matches!(event, Event::Command(_) | Event::Fault { hides_answer: false, .. }));
    let after = entries[refused_at + 1..].iter().filter(on_it).map(|entry| &entry.event);
    let after = after.into_iter().find(|event| !matches!(event, Event::Command(line) if line.eq_ignore_ascii_case("DATA")));
    matches!(before, Some(Event::Fault { hides_answer: true, .. })) || matches!(after, Some(Event::Fault { takes_back: true, .. }))
}

enum Explained {
    ByFault,
    ByKill,
    Not,
}

/// Says why the copy stored at a place could be followed by another.
fn explain(entries: &[Entry], stored_at: usize, address: &str) -> Explained {
    let connection = entries[stored_at].connection;
    let (mut is_answered, mut is_spoilt, mut is_last, mut was_killed) = (false, false, true, false);
    for entry in &entries[stored_at + 1..] {
        match &entry.event {
            Event::Killed => was_killed = true,
            Event::Cut => is_spoilt |= is_last && !is_answered,
            _ if entry.connection != connection || !is_last => {}
            Event::Answered { step: Step::Stored, recipient, line } if recipient == address => {
                is_answered = line.starts_with('2');
                is_spoilt |= !is_answered;
            }
            Event::Fault { step: Step::Stored, recipient, hides_answer: true, .. } if recipient == address => is_spoilt = true,
            Event::Stored { .. } => is_last = false,
            _ => {}
        }
    }
    match (is_spoilt, was_killed && is_last) {
        (true, _) => Explained::ByFault,
        (false, true) => Explained::ByKill,
        (false, false) => Explained::Not,
    }
}

/// Refusals of the sender, after which a person mends something and the same recipients are tried again.
fn is_about_the_sender(line: &str) -> bool {
    ["5.7.515", "5.7.26", "530", "535"].iter().any(|word| line.contains(word))
}

fn differs(one: &Copy<'_>, other: &Copy<'_>) -> bool {
    one.message_id != other.message_id || one.digest != other.digest
}

fn names<'a>(addresses: impl Iterator<Item = &'a str>) -> Vec<String> {
    addresses.map(str::to_owned).collect()
}
