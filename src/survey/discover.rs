//! Segments that buy more or less than the others, found without fooling oneself.
//!
//! People are cut in two halves by a stable hash. One half proposes: conditions, alone and two together, sorted by how far
//! those who meet them stand from the others. The other half, which had no say, judges the few proposed, and the chances are
//! adjusted for their number (Holm): on data in which nothing is to be found, the chance to find anything is at most the
//! error that is asked for.

use serde::Serialize;

use super::chance::{Factorials, holm, ranked_higher};
use super::interval::{Interval, Moments, ratio, real, share};
use super::inventory::major;
use super::outcome::Outcome;
use crate::id::stable_unit;

/// Conditions of the first look that are joined with others.
const JOINED_MAX: usize = 30;
/// Segments proposed to the second half, per outcome.
const PROPOSED_MAX: usize = 12;
/// Distance, in standard errors, under which nothing is proposed.
const DISTANCE_MIN: f64 = 2.0;
/// Share of people in common from which two segments are one.
const SAME: f64 = 0.8;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Share of people with an order.
    Conversion,
    /// Mean amount of the orders of those who have one.
    Basket,
}

/// What a search asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Fewest people of a segment, and of the others, in each half; of a basket, fewest buyers.
    pub support: u64,
    /// Chance that anything is found where there is nothing, 0 to 1.
    pub error: f64,
}

/// A segment that stood the second half; every figure is of that half.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Positions of its conditions.
    #[serde(skip)]
    pub candidates: Vec<usize>,
    /// What it is judged by.
    pub by: By,
    /// Whether it stands above the others.
    pub higher: bool,
    /// People in it.
    pub people: u64,
    /// Those of them with an order.
    pub buyers: u64,
    /// Its conversion, or its mean basket in minor units.
    pub inside: Option<Interval>,
    /// That of the others.
    pub others: Option<Interval>,
    /// Chance of such a distance by luck, adjusted for the number of segments proposed.
    pub chance: f64,
}

/// All that a search gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Findings {
    /// People of each half.
    pub people: [u64; 2],
    /// Conditions tried, alone and two together, on the first half.
    pub tried: u64,
    /// Segments that the second half judged.
    pub proposed: u64,
    /// Those that stood, by chance.
    pub found: Vec<Found>,
}

/// People by the conditions they meet, in two halves.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Per condition, what it looks at.
    about: Vec<String>,
    halves: [Half; 2],
}

#[derive(Debug, Clone, Default)]
struct Half {
    n: usize,
    /// Per condition, one bit a person.
    meets: Vec<Vec<u64>>,
    buys: Vec<u64>,
    /// Mean amount of an order, of those with one.
    basket: Vec<i64>,
}

impl Table {
    /// Starts with what each condition looks at.
    pub fn new(about: Vec<String>) -> Self {
        let half = Half { meets: vec![Vec::new(); about.len()], ..Half::default() };
        Self { about, halves: [half.clone(), half] }
    }

    /// Takes in a person: which conditions they meet, and what they did after.
    pub fn add(&mut self, contact: &str, meets: impl Iterator<Item = bool>, outcome: Outcome) {
        let half = &mut self.halves[usize::from(stable_unit(&["discover", contact]) >= 0.5)];
        if half.n.is_multiple_of(64) {
            half.buys.push(0);
            half.meets.iter_mut().for_each(|bits| bits.push(0));
        }
        let (word, bit) = (half.n / 64, half.n % 64);
        for (bits, meets) in half.meets.iter_mut().zip(meets) {
            bits[word] |= u64::from(meets) << bit;
        }
        half.buys[word] |= u64::from(outcome.n_orders > 0) << bit;
        half.basket.push(outcome.spent.checked_div(i64::from(outcome.n_orders)).unwrap_or(0));
        half.n += 1;
    }

    /// Searches.
    pub fn search(&self, search: Search) -> Findings {
        let [first, second] = &self.halves;
        let mut tried = 0;
        let mut proposed: Vec<(By, Proposal)> = Vec::new();
        for by in [By::Conversion, By::Basket] {
            let (n, found) = self.propose(first, by, search.support);
            tried += n;
            proposed.extend(found.into_iter().map(|proposal| (by, proposal)));
        }
        let factorials = Factorials::up_to(second.n);
        let chances: Vec<f64> = proposed.iter().map(|(by, proposal)| second.chance(*by, proposal, search.support, &factorials)).collect();
        let stood = holm(&chances).into_iter().zip(&proposed).filter(|(chance, _)| *chance <= search.error);
        let mut found: Vec<Found> = stood.map(|(chance, (by, proposal))| second.found(*by, proposal, chance)).collect();
        found.sort_by(|a, b| a.chance.total_cmp(&b.chance).then_with(|| a.candidates.cmp(&b.candidates)));
        Findings { people: [first.n as u64, second.n as u64], tried, proposed: proposed.len() as u64, found }
    }

    /// Tries conditions alone and two together; returns how many, and the best.
    fn propose(&self, half: &Half, by: By, support: u64) -> (u64, Vec<Proposal>) {
        let alone: Vec<Option<f64>> = half.meets.iter().map(|bits| half.distance(by, bits, support)).collect();
        let mut all: Vec<Proposal> =
            alone.iter().enumerate().filter_map(|(at, distance)| Some(Proposal { candidates: vec![at], distance: (*distance)? })).collect();
        all.sort_by(order);
        let best: Vec<usize> = all.iter().take(JOINED_MAX).map(|proposal| proposal.candidates[0]).collect();
        let mut tried = half.meets.len() as u64;
        for (rank, &a) in best.iter().enumerate() {
            for &b in &best[rank + 1..] {
                if self.about[a] == self.about[b] {
                    continue;
                }
                tried += 1;
                let both: Vec<u64> = half.meets[a].iter().zip(&half.meets[b]).map(|(a, b)| a & b).collect();
                let Some(distance) = half.distance(by, &both, support) else { continue };
                // Two conditions must tell more than either.
                if [a, b].iter().all(|one| alone[*one].is_none_or(|one| distance.abs() > one.abs())) {
                    all.push(Proposal { candidates: vec![a.min(b), a.max(b)], distance });
                }
            }
        }
        all.retain(|proposal| proposal.distance.abs() >= DISTANCE_MIN);
        all.sort_by(order);
        let mut kept: Vec<(Proposal, Vec<u64>)> = Vec::new();
        for proposal in all {
            if kept.len() == PROPOSED_MAX {
                break;
            }
            let bits = half.bits(&proposal);
            if kept.iter().all(|(_, other)| likeness(&bits, other) < SAME) {
                kept.push((proposal, bits));
            }
        }
        (tried, kept.into_iter().map(|(proposal, _)| proposal).collect())
    }
}

/// Conditions that hold together, and how far those who meet them stand from the others, in standard errors.
#[derive(Debug, Clone, PartialEq)]
struct Proposal {
    candidates: Vec<usize>,
    distance: f64,
}

fn order(a: &Proposal, b: &Proposal) -> std::cmp::Ordering {
    b.distance
        .abs()
        .total_cmp(&a.distance.abs())
        .then_with(|| (a.candidates.len(), &a.candidates).cmp(&(b.candidates.len(), &b.candidates)))
}

impl Half {
    fn bits(&self, proposal: &Proposal) -> Vec<u64> {
        let mut bits = self.meets[proposal.candidates[0]].clone();
        for more in &proposal.candidates[1..] {
            bits.iter_mut().zip(&self.meets[*more]).for_each(|(bits, more)| *bits &= more);
        }
        bits
    }

    /// Baskets of the buyers who are in a segment, and of those who are not.
    fn baskets(&self, bits: &[u64]) -> (Vec<i64>, Vec<i64>) {
        let (mut inside, mut others) = (Vec::new(), Vec::new());
        for at in (0..self.n).filter(|at| self.buys[at / 64] >> (at % 64) & 1 == 1) {
            let side = if bits[at / 64] >> (at % 64) & 1 == 1 { &mut inside } else { &mut others };
            side.push(self.basket[at]);
        }
        (inside, others)
    }

    /// People and buyers of a segment, then of the others.
    fn counts(&self, bits: &[u64]) -> [(u64, u64); 2] {
        let (people, all) = (count(bits), self.n as u64);
        let buyers = bits.iter().zip(&self.buys).map(|(a, b)| u64::from((a & b).count_ones())).sum::<u64>();
        [(people, buyers), (all - people, count(&self.buys) - buyers)]
    }

    /// Returns how far a segment stands from the others, in standard errors; none when either is too small.
    fn distance(&self, by: By, bits: &[u64], support: u64) -> Option<f64> {
        match by {
            By::Conversion => {
                let [(n, k), (m, l)] = self.counts(bits);
                let pooled = ratio(k + l, n + m);
                let error = (pooled * (1.0 - pooled) * (1.0 / real(n.max(1)) + 1.0 / real(m.max(1)))).sqrt();
                (n >= support && m >= support && error > 0.0).then(|| (ratio(k, n) - ratio(l, m)) / error)
            }
            By::Basket => {
                let (inside, others) = self.baskets(bits);
                let enough = inside.len() as u64 >= support && others.len() as u64 >= support;
                let (inside, others) = (moments(&inside), moments(&others));
                let difference = inside.less(&others).filter(|_| enough)?;
                let error = (difference.high - difference.value) / 1.96;
                (error > 0.0).then(|| difference.value / error)
            }
        }
    }

    /// Returns the chance of what this half shows in the direction that the other half proposed, were there nothing.
    fn chance(&self, by: By, proposal: &Proposal, support: u64, factorials: &Factorials) -> f64 {
        let bits = self.bits(proposal);
        let higher = proposal.distance > 0.0;
        match by {
            By::Conversion => {
                let [(n, k), (m, l)] = self.counts(&bits);
                if n < support || m < support {
                    return 1.0;
                }
                let [k, n, marked, all] = [k, n, k + l, n + m].map(|n| usize::try_from(n).unwrap_or(0));
                if higher { factorials.at_least(k, n, marked, all) } else { factorials.at_most(k, n, marked, all) }
            }
            By::Basket => {
                let (inside, others) = self.baskets(&bits);
                if (inside.len() as u64) < support || (others.len() as u64) < support {
                    return 1.0;
                }
                if higher { ranked_higher(&inside, &others) } else { ranked_higher(&others, &inside) }
            }
        }
    }

    fn found(&self, by: By, proposal: &Proposal, chance: f64) -> Found {
        let bits = self.bits(proposal);
        let [(people, buyers), (others, others_buyers)] = self.counts(&bits);
        let (inside, outside) = match by {
            By::Conversion => (share(buyers, people), share(others_buyers, others)),
            By::Basket => {
                let (inside, others) = self.baskets(&bits);
                (moments(&inside).interval(), moments(&others).interval())
            }
        };
        Found {
            candidates: proposal.candidates.clone(),
            by,
            higher: proposal.distance > 0.0,
            people,
            buyers,
            inside,
            others: outside,
            chance,
        }
    }
}

fn moments(values: &[i64]) -> Moments {
    let mut moments = Moments::default();
    for value in values {
        moments.add(major(*value));
    }
    moments
}

fn count(bits: &[u64]) -> u64 {
    bits.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Share of people of either segment who are in both.
fn likeness(a: &[u64], b: &[u64]) -> f64 {
    let both: u64 = a.iter().zip(b).map(|(a, b)| u64::from((a & b).count_ones())).sum();
    ratio(both, count(a) + count(b) - both)
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "amounts of a few thousands")]
mod tests {
    use super::*;
    use crate::id::stable_hash;

    const SEARCH: Search = Search { support: 50, error: 0.05 };

    /// People who meet conditions by chance; `buys` says who orders and for how much.
    fn table(seed: &str, n: usize, buys: impl Fn(&[bool], f64) -> Outcome) -> Table {
        let about: Vec<String> = (0..24).map(|at| format!("field {}", at / 3)).collect();
        let mut table = Table::new(about);
        for who in 0..n {
            let who = who.to_string();
            let meets: Vec<bool> = (0..24).map(|at: u64| stable_hash(&[seed, &who, &at.to_string()]).is_multiple_of(2 + at % 3)).collect();
            let outcome = buys(&meets, stable_unit(&[seed, "luck", &who]));
            table.add(&who, meets.into_iter(), outcome);
        }
        table
    }

    fn ordered(amount: i64) -> Outcome {
        Outcome { n_orders: 1, spent: amount, margin: 0 }
    }

    #[test]
    fn a_planted_segment_of_two_conditions_is_found() {
        let planted = |meets: &[bool], luck: f64| {
            let chance = if meets[1] && meets[6] { 0.30 } else { 0.08 };
            if luck < chance { ordered(1_000) } else { Outcome::default() }
        };
        let findings = table("planted", 6_000, planted).search(SEARCH);
        let best = findings.found.first().expect("something is found");
        assert_eq!((best.candidates.as_slice(), best.by, best.higher), (&[1, 6][..], By::Conversion, true), "{findings:?}");
        let (inside, others) = (best.inside.expect("people"), best.others.expect("people"));
        assert!(inside.low > others.high, "{best:?}");
    }

    #[test]
    fn a_planted_basket_is_found_and_told_from_conversion() {
        let planted = |meets: &[bool], luck: f64| {
            if luck < 0.3 { ordered((luck * 10_000.0) as i64 + if meets[9] { 3_000 } else { 500 }) } else { Outcome::default() }
        };
        let findings = table("basket", 6_000, planted).search(SEARCH);
        assert!(findings.found.iter().any(|found| found.candidates == [9] && found.by == By::Basket && found.higher), "{findings:?}");
        assert!(findings.found.iter().all(|found| found.by == By::Basket), "{findings:?}");
    }

    #[test]
    fn where_there_is_nothing_something_is_found_at_most_as_often_as_said() {
        let nothing = |_: &[bool], luck: f64| if luck < 0.15 { ordered((luck * 1e6) as i64 % 7_919) } else { Outcome::default() };
        let seeds = 200;
        let wrong = (0..seeds).filter(|seed| !table(&format!("nothing {seed}"), 1_200, nothing).search(SEARCH).found.is_empty()).count();
        // At an error of 5 %, more than 19 of 200 has a chance under 0.3 %: a fault of the search, not of luck.
        assert!(wrong <= 19, "{wrong} of {seeds}");
    }
}
