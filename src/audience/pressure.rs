//! How much a person is written to: caps over all campaigns, the least time between two mails, and who is spared more.

use crate::audience::history::Past;
use crate::clock::{Span, Timestamp};
use crate::condition::Condition;
use crate::profile::Person;
use crate::project::checked::Cap;

/// Whoever a condition tells is written to less often.
#[derive(Debug)]
pub struct Slower {
    /// The condition, and whether it rests on behaviour.
    pub when: (Condition, bool),
    /// Times that windows are longer, at least 1.
    pub factor: f64,
    /// Caps besides.
    pub caps: Vec<Cap>,
}

/// The rules of contact pressure.
#[derive(Debug)]
pub struct Pressure<'a> {
    /// Caps for everybody.
    pub caps: &'a [Cap],
    /// Least time between two mails.
    pub min_gap: Option<Span>,
    /// Who is spared more.
    pub slower: Vec<Slower>,
}

/// Why a rule is what it is.
#[derive(Debug, Clone, Copy)]
enum Because<'a> {
    /// It is so for everybody.
    All,
    /// Who is spared more.
    Slower(&'a Slower),
    /// They said so on the public pages.
    Wish,
}

/// One rule, and how far a person has filled it.
#[derive(Debug)]
pub(super) struct Filled<'a> {
    /// A least time between two mails.
    is_gap: bool,
    because: Because<'a>,
    pub(super) cap: Cap,
    pub(super) n: usize,
    /// When one more mail may be sent, if none may now.
    pub(super) opens_at: Option<Timestamp>,
}

impl Filled<'_> {
    /// Returns the rule in words: the same for all whom it stops.
    pub(super) fn rule(&self) -> String {
        let because = match self.because {
            Because::All => String::new(),
            Because::Slower(slower) => format!(" (slower: {})", slower.when.0),
            Because::Wish => " (the person's own wish)".to_owned(),
        };
        if self.is_gap { format!("less than {} after another{because}", self.cap.window) } else { format!("{}{because}", self.cap) }
    }

    pub(super) fn is_shut(&self) -> bool {
        self.n >= self.cap.n as usize
    }
}

impl Pressure<'_> {
    /// Looks at every rule for a person; without `may_profile` a condition that rests on behaviour spares nobody.
    pub(super) fn on(&self, person: &Person<'_>, past: &[Past], may_profile: bool) -> Vec<Filled<'_>> {
        let slower: Vec<&Slower> =
            self.slower.iter().filter(|slower| (may_profile || !slower.when.1) && slower.when.0.eval(person).is_true()).collect();
        let slowest = slower.iter().copied().max_by(|a, b| a.factor.total_cmp(&b.factor)).filter(|slower| slower.factor > 1.0);
        let stretched = |cap: Cap| slowest.map_or(cap, |slower| cap.stretched(slower.factor));
        let rule = |cap: Cap, because, is_gap| Filled { is_gap, because, cap, n: 0, opens_at: None };
        let spared = slowest.map_or(Because::All, Because::Slower);
        let for_all = self.caps.iter().map(|cap| rule(stretched(*cap), spared, false));
        let gap = self.min_gap.map(|gap| rule(stretched(Cap { n: 1, window: gap, by_day: false }), spared, true));
        let besides = slower.iter().flat_map(|slower| slower.caps.iter().map(|cap| rule(*cap, Because::Slower(slower), false)));
        let own = person.profile.wishes.cap.map(|cap| rule(cap, Because::Wish, false));
        for_all.chain(gap).chain(besides).chain(own).map(|rule| filled(rule, person, past)).collect()
    }
}

/// Counts the mails of a rule's window; the mail that must grow old enough tells when it opens.
fn filled<'a>(rule: Filled<'a>, person: &Person<'_>, past: &[Past]) -> Filled<'a> {
    let cap = rule.cap;
    if past.is_empty() {
        return rule;
    }
    let (zone, now) = (person.zone(), person.reading.now.at);
    let since = cap.since(now, zone);
    let mut counted: Vec<Timestamp> = past.iter().filter(|past| !past.compulsory && past.at > since).map(|past| past.at).collect();
    counted.sort_unstable();
    let oldest_too_many = counted.len().checked_sub(cap.n as usize).and_then(|at| counted.get(at));
    Filled { n: counted.len(), opens_at: oldest_too_many.map(|at| cap.leaves(*at, zone)), ..rule }
}
