//! What the people of one account get together: a cap that nobody's own decision can see.
//!
//! Everybody is decided first; then those of an account who would get a mail are put in order, and the first of them get it.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;

use crate::clock::{Now, Timestamp};
use crate::id::ContactId;
use crate::project::checked::Cap;

/// One person of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The account.
    pub account: String,
    /// Place of the person's role among those to write to first.
    pub rank: usize,
    /// The person.
    pub id: ContactId,
    /// Whether the person's own decision is a mail.
    pub is_admitted: bool,
    /// Instants of the mails they got, compulsory ones left out.
    pub past: Vec<Timestamp>,
}

/// Who of the accounts gives way to others.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    held: HashMap<ContactId, Held>,
}

/// Why somebody gives way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// The cap in words: the same for all whom it stops.
    pub(super) rule: String,
    /// How many of how many, and who comes first.
    pub(super) value: String,
}

impl Accounts {
    /// Settles who is written to: by role, then by id, as many as every cap has room for.
    pub fn settle(caps: &[Cap], now: Now, members: Vec<Member>) -> Self {
        let mut by_account: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for member in members {
            by_account.entry(member.account.clone()).or_default().push(member);
        }
        let mut held = HashMap::new();
        for people in by_account.values_mut() {
            people.sort_by(|a, b| (a.rank, &a.id).cmp(&(b.rank, &b.id)));
            // The cap with the least room decides; of equals the first.
            let tightest = caps.iter().map(|cap| (room(*cap, now.at, now.zone, people), *cap)).min_by_key(|(room, _)| *room);
            let Some((room, cap)) = tightest else { continue };
            let admitted: Vec<&Member> = people.iter().filter(|member| member.is_admitted).collect();
            let first = admitted.iter().take(room).map(|member| member.id.as_str()).collect::<Vec<_>>().join(", ");
            let used = cap.n as usize - room;
            let before = if first.is_empty() { String::new() } else { format!(", first comes {first}") };
            for member in admitted.iter().skip(room) {
                let value = format!("{used} of {} before this run{before}", cap.n);
                held.insert(member.id.clone(), Held { rule: format!("{cap} to one account"), value });
            }
        }
        Self { held }
    }

    pub(super) fn held(&self, id: &str) -> Option<&Held> {
        self.held.get(id)
    }
}

/// Mails that a cap still allows the account.
fn room(cap: Cap, now: Timestamp, zone: Tz, people: &[Member]) -> usize {
    let since = cap.since(now, zone);
    let n = people.iter().flat_map(|member| &member.past).filter(|at| **at > since).count();
    (cap.n as usize).saturating_sub(n)
}
