//! The mails of a plan that are made and looked at before anything leaves: those with most in them, and some drawn by hash.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use relance::id::stable_hash;
use relance::inspect::{Level, Noted, Report};
use relance::plan::{Admission, Decision, Draft, Planner};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use relance::selection::{Composition, Filling};
use serde_json::{Value, json};

use crate::cli::everybody::CHUNK;
use crate::cli::inspector::Inspector;
use crate::cli::mailer::Mailer;
use crate::cli::out::{bold, count, red};

/// Mails looked at when nothing is said: enough to see what all have, and a second or two.
pub(crate) const USUAL: usize = 200;
/// Of the mails looked at, one in so many is among those with most in them.
const HEAVY: usize = 4;

/// How many mails are looked at: `--checks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looked {
    /// So many.
    Some(usize),
    /// Every one.
    All,
}

impl std::fmt::Display for Looked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Some(0) => f.write_str("none"),
            Self::Some(n) => write!(f, "{n}"),
            Self::All => f.write_str("all"),
        }
    }
}

impl std::str::FromStr for Looked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => Ok(Self::All),
            "none" => Ok(Self::Some(0)),
            n => n.parse().map(Self::Some).map_err(|_| "write a number, `all` or `none`".to_owned()),
        }
    }
}

type Kept = (Profile, Admission);

/// Chooses mails while a plan is made, and looks at them; what it holds does not grow with the plan.
pub(crate) struct Checks<'a> {
    inspector: &'a Inspector,
    mailer: &'a Mailer,
    campaign: &'a Campaign,
    looked: Looked,
    /// By how much is in them, the fewest first.
    heavy: BTreeMap<(u64, u64), Kept>,
    /// By hash.
    drawn: BTreeMap<u64, Kept>,
    /// Of `--checks all`, those not looked at yet.
    waiting: Vec<Draft>,
    report: Report,
    n_mails: u64,
}

/// What was found in the mails of a plan.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub(crate) report: Report,
    /// Mails planned.
    pub(crate) of: u64,
}

impl<'a> Checks<'a> {
    pub(crate) fn new(inspector: &'a Inspector, mailer: &'a Mailer, campaign: &'a Campaign, looked: Looked) -> Self {
        let (heavy, drawn) = (BTreeMap::new(), BTreeMap::new());
        Self { inspector, mailer, campaign, looked, heavy, drawn, waiting: Vec::new(), report: Report::default(), n_mails: 0 }
    }

    /// Notes a decision.
    pub(crate) fn add(&mut self, planner: &Planner<'_>, profile: &Profile, decision: &Decision) {
        let Decision::Admitted(admission) = decision else { return };
        self.n_mails += 1;
        match self.looked {
            Looked::All => {
                self.waiting.push(planner.draft(profile, admission));
                if self.waiting.len() == CHUNK {
                    self.look();
                }
            }
            Looked::Some(n) => self.choose(n, profile, admission),
        }
    }

    fn choose(&mut self, n: usize, profile: &Profile, admission: &Admission) {
        // The same mails as `check --mails --sample` draws.
        let hash = stable_hash(&["check", profile.contact.id.as_str()]);
        let keep = || (profile.clone(), admission.clone());
        let key = (things(&admission.composition), hash);
        let n_heavy = n / HEAVY;
        if self.heavy.len() < n_heavy || self.heavy.first_key_value().is_some_and(|(least, _)| *least < key) {
            self.heavy.insert(key, keep());
            if self.heavy.len() > n_heavy {
                self.heavy.pop_first();
            }
        }
        if self.drawn.len() < n || self.drawn.last_key_value().is_some_and(|(most, _)| *most > hash) {
            self.drawn.insert(hash, keep());
            if self.drawn.len() > n {
                self.drawn.pop_last();
            }
        }
    }

    fn look(&mut self) {
        self.inspector.look_at_all(self.campaign, self.mailer, &self.waiting, &mut self.report);
        self.waiting.clear();
    }

    /// Looks at the mails that were chosen.
    pub(crate) fn finish(mut self, planner: &Planner<'_>) -> Checked {
        if let Looked::Some(n) = self.looked {
            let mut chosen: BTreeMap<(Reverse<u64>, u64), Kept> =
                std::mem::take(&mut self.heavy).into_iter().map(|((things, hash), kept)| ((Reverse(things), hash), kept)).collect();
            for (hash, kept) in std::mem::take(&mut self.drawn) {
                if chosen.len() < n {
                    chosen.entry((Reverse(things(&kept.1.composition)), hash)).or_insert(kept);
                }
            }
            self.waiting = chosen.values().map(|(profile, admission)| planner.draft(profile, admission)).collect();
        }
        self.look();
        Checked { report: self.report, of: self.n_mails }
    }
}

/// How much a mail shows: blocks, products, categories, lines of a cart. The more there are, the heavier it is.
fn things(composition: &Composition) -> u64 {
    let of = |filling: &Filling| match filling {
        Filling::Products { picks, .. } => picks.len(),
        Filling::Categories { items } => items.len(),
        Filling::Cart { lines, .. } => lines.len(),
        Filling::Block(_) | Filling::Subject { .. } => 1,
    };
    composition.slots.values().map(of).sum::<usize>() as u64
}

impl Checked {
    /// Returns what is to be mended; what mail programs show otherwise is left to `check --mails`.
    pub(crate) fn to_mend(&self) -> Vec<&Noted> {
        self.report.noted().into_iter().filter(|noted| noted.level < Level::Note).collect()
    }

    /// Writes the line of a plan; nothing when no mail was looked at.
    pub(crate) fn words(&self, campaign: &Campaign) -> String {
        let n = self.report.n_mails;
        if n == 0 {
            return String::new();
        }
        let looked = if n == self.of {
            format!("all {}", count(n))
        } else {
            format!("{} of {} (the heaviest and a seeded sample)", count(n), count(self.of))
        };
        let found = self.to_mend();
        let Some(worst) = found.first() else { return format!("  mails checked: {looked}; nothing to mend\n") };
        let findings = if found.len() == 1 { "1 finding".to_owned() } else { format!("{} findings, the worst", found.len()) };
        let findings = if worst.level == Level::Must { red(&findings) } else { bold(&findings) };
        let share = if worst.mails == n { "in all".to_owned() } else { format!("in {}", count(worst.mails)) };
        let whom = worst.recipients.first().map(|id| format!(", e.g. {id}")).unwrap_or_default();
        format!(
            "  mails checked: {looked}; {findings}: {} ({}, {share}{whom}); see `check --mails {}`\n",
            worst.message, worst.code, campaign.name
        )
    }

    /// As the JSON of a plan has it; `null` when no mail was looked at.
    pub(crate) fn as_json(&self) -> Value {
        if self.report.n_mails == 0 {
            return Value::Null;
        }
        json!({ "mails": self.report.n_mails, "of": self.of, "findings": self.to_mend(), "notes": self.report.n(Level::Note) })
    }
}
