//! One cut in time: what is known before it, and who bought what in the days after it.

use serde::Serialize;

use super::super::Track;
use super::super::evidence::Evidence;
use super::super::lines::Interactions;
use crate::id::ProductIx;

/// Silence after which a buyer is dormant, in days.
const DORMANT_DAYS: i32 = 60;

/// What is known of a person at the cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// No order.
    Cold,
    /// Orders, none in the last 60 days.
    Dormant,
    /// A single order, a recent one.
    OneOrder,
    /// The others.
    Active,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cold, Self::OneOrder, Self::Dormant, Self::Active];

    /// Returns its name as JSON has it, in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Dormant => "dormant",
            Self::OneOrder => "one order",
            Self::Active => "active",
        }
    }
}

/// A person who bought something after the cut that was known before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judge {
    /// Position of the person.
    pub who: usize,
    /// What is known of them.
    pub group: Group,
    /// What they bought, by position.
    pub truth: Vec<ProductIx>,
    /// What of it they had never bought.
    pub truth_new: Vec<ProductIx>,
}

/// A cut.
#[derive(Debug, Clone)]
pub struct Split {
    /// The first day that is not known, since 1970 in UTC.
    pub day: i32,
    /// Days after it that are looked at.
    pub horizon_days: i32,
    /// What is known.
    pub past: Evidence,
    /// Who judges, in order of people.
    pub judges: Vec<Judge>,
    /// Share of the lines after the cut whose product was unknown, which nothing can predict.
    pub dropped: f64,
}

impl Split {
    /// Cuts a table at the start of `day`; looks at `horizon_days` from there.
    #[expect(clippy::cast_precision_loss, reason = "counts of lines as a share")]
    pub fn new(evidence: &Evidence, day: i32, horizon_days: i32) -> Self {
        let table = &evidence.orders;
        let past = evidence.before(day);
        let known = past.orders.known();
        let window = day..day.saturating_add(horizon_days);
        let (mut n_lines, mut n_dropped) = (0_u64, 0_u64);
        let mut judges = Vec::new();
        for who in 0..table.n_people() {
            let mut truth: Vec<ProductIx> = Vec::new();
            for line in table.of(who).iter().filter(|line| window.contains(&line.day)) {
                n_lines += 1;
                if known[line.product.at()] {
                    truth.push(line.product);
                } else {
                    n_dropped += 1;
                }
            }
            truth.dedup();
            if truth.is_empty() {
                continue;
            }
            let before = past.orders.of(who);
            let bought = |product: &ProductIx| before.binary_search_by_key(product, |line| line.product).is_ok();
            let truth_new = truth.iter().filter(|product| !bought(product)).copied().collect();
            judges.push(Judge { who, group: group(&past.orders, who, day), truth, truth_new });
        }
        Self { day, horizon_days, past, judges, dropped: n_dropped as f64 / n_lines.max(1) as f64 }
    }
}

impl Judge {
    /// Returns what is to be found on a track.
    pub fn truth(&self, track: Track) -> &[ProductIx] {
        match track {
            Track::All => &self.truth,
            Track::New => &self.truth_new,
        }
    }
}

fn group(past: &Interactions, who: usize, day: i32) -> Group {
    let lines = past.of(who);
    let Some(last) = lines.iter().map(|line| line.day).max() else { return Group::Cold };
    // Of a day that is exactly so old, all but its first instant is younger.
    if day.saturating_sub(last) > DORMANT_DAYS {
        Group::Dormant
    } else if lines.iter().all(|line| line.order == lines[0].order) {
        Group::OneOrder
    } else {
        Group::Active
    }
}
