//! Probabilities against what happened: how well they put people in order, and whether they mean what they say.
//!
//! Area under the ROC curve (Bradley 1997) with ties counted half; area under the precision-recall curve as
//! average precision, people of equal probability taken together (Davis and Goadrich, ICML 2006); Brier's score (1950);
//! logarithmic loss. Intervals are of 95 %, by 1,000 draws of people from a fixed seed (Efron and Tibshirani 1993).

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::recommend::evaluate::below;

/// Draws of people.
pub(super) const DRAWS: usize = 1_000;
/// Groups of a calibration table.
const GROUPS: usize = 10;
/// Probability nearer to 0 or 1 than which a logarithm is not taken.
const P_MIN: f64 = 1e-6;
/// Positives under which a difference is an anecdote.
const POSITIVES_MIN: usize = 50;

/// A figure and the interval that holds it 19 times out of 20.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The figure.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// People of neighbouring probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decile {
    /// People.
    pub people: usize,
    /// Their mean probability.
    pub said: f64,
    /// The share of them to whom it happened.
    pub happened: f64,
}

/// What the figures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It tells people apart, and its probabilities are better than the base rate for all.
    Worth,
    /// It puts people in order, but its probabilities are no better than the base rate.
    OrderOnly,
    /// It tells nobody from anybody.
    Useless,
    /// Too few people to say.
    TooFew,
}

/// How good probabilities were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// People.
    pub people: usize,
    /// Those to whom it happened.
    pub positives: usize,
    /// Area under the ROC curve: how often one to whom it happened comes before one to whom it did not; 0.5 is chance.
    pub auc: Interval,
    /// Area under the precision-recall curve; the share of positives is chance.
    pub pr_auc: Interval,
    /// Mean squared error of the probabilities.
    pub brier: Interval,
    /// Mean logarithmic loss.
    pub log_loss: f64,
    /// The same of the base rate for all.
    pub base_brier: f64,
    /// The same of the base rate for all.
    pub base_log_loss: f64,
    /// The base rate less the probabilities, both by Brier's score: above 0 the probabilities are better.
    pub brier_gain: Interval,
    /// Tenths of people, the least probable first.
    pub deciles: Vec<Decile>,
    /// What it comes to.
    pub verdict: Verdict,
}

impl Judged {
    /// By how much what was said of a tenth of people differs from what happened to them, on average over people; and by how much
    /// it would if every probability were right (Naeini, Cooper and Hauskrecht, AAAI 2015, with tenths of equal numbers).
    #[expect(clippy::cast_precision_loss, reason = "a number of people")]
    pub fn off(&self) -> (f64, f64) {
        let people = self.people.max(1) as f64;
        let (mut off, mut chance) = (0.0, 0.0);
        for decile in &self.deciles {
            let n = decile.people as f64;
            off += n / people * (decile.said - decile.happened).abs();
            // The mean distance of a normal variable from its mean, of the variance of a share of n people.
            chance += n / people * (2.0 / PI * decile.said * (1.0 - decile.said) / n).sqrt();
        }
        (off, chance)
    }
}

/// Judges probabilities; `base` is the rate that was known before.
pub fn judge(p: &[f64], happened: &[bool], base: f64) -> Judged {
    let n = p.len();
    let positives = happened.iter().filter(|yes| **yes).count();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let once = vec![1_u32; n];
    let squares: Vec<f64> = (0..n).map(|at| square(p[at], happened[at])).collect();
    let gains: Vec<f64> = (0..n).map(|at| square(base, happened[at]) - squares[at]).collect();
    let mut draws = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    let mut state = 1_u64;
    let mut times = vec![0_u32; n];
    for _ in 0..if n == 0 { 0 } else { DRAWS } {
        times.fill(0);
        (0..n).for_each(|_| times[below(&mut state, n)] += 1);
        let (auc, pr_auc) = areas(p, happened, &order, &times);
        draws[0].push(auc);
        draws[1].push(pr_auc);
        draws[2].push(mean(&squares, &times));
        draws[3].push(mean(&gains, &times));
    }
    let (auc, pr_auc) = areas(p, happened, &order, &once);
    let [auc, pr_auc, brier, brier_gain] = {
        let mut draws = draws.into_iter();
        [auc, pr_auc, mean(&squares, &once), mean(&gains, &once)].map(|value| interval(value, draws.next().unwrap_or_default()))
    };
    let verdict = if positives < POSITIVES_MIN || n - positives < POSITIVES_MIN {
        Verdict::TooFew
    } else if auc.low <= 0.5 {
        Verdict::Useless
    } else if brier_gain.low <= 0.0 {
        Verdict::OrderOnly
    } else {
        Verdict::Worth
    };
    Judged {
        people: n,
        positives,
        auc,
        pr_auc,
        brier,
        log_loss: log_loss(p, happened),
        base_brier: mean(&happened.iter().map(|yes| square(base, *yes)).collect::<Vec<_>>(), &once),
        base_log_loss: log_loss(&vec![base; n], happened),
        brier_gain,
        deciles: deciles(p, happened, &order),
        verdict,
    }
}

/// Returns the mean logarithmic loss.
#[expect(clippy::cast_precision_loss, reason = "a number of people")]
pub(super) fn log_loss(p: &[f64], happened: &[bool]) -> f64 {
    let loss = |(p, yes): (&f64, &bool)| -(if *yes { *p } else { 1.0 - *p }).clamp(P_MIN, 1.0).ln();
    p.iter().zip(happened).map(loss).sum::<f64>() / p.len().max(1) as f64
}

fn square(p: f64, yes: bool) -> f64 {
    (f64::from(u8::from(yes)) - p).powi(2)
}

fn mean(values: &[f64], times: &[u32]) -> f64 {
    let (sum, n) = values.iter().zip(times).fold((0.0, 0.0), |(sum, n), (value, k)| (sum + value * f64::from(*k), n + f64::from(*k)));
    if n > 0.0 { sum / n } else { 0.0 }
}

/// The areas under both curves of people who count so many times; `order` is that of rising probability.
fn areas(p: &[f64], happened: &[bool], order: &[usize], times: &[u32]) -> (f64, f64) {
    let (mut below, mut pairs) = (0.0, 0.0);
    let (mut groups, mut at) = (Vec::new(), 0);
    while at < order.len() {
        let (mut yes, mut no) = (0.0, 0.0);
        let of = p[order[at]];
        while at < order.len() && p[order[at]].total_cmp(&of).is_eq() {
            let (who, k) = (order[at], f64::from(times[order[at]]));
            *(if happened[who] { &mut yes } else { &mut no }) += k;
            at += 1;
        }
        pairs += yes * (below + no / 2.0);
        below += no;
        groups.push((yes, no));
    }
    let positives: f64 = groups.iter().map(|group| group.0).sum();
    if positives == 0.0 || below == 0.0 {
        return (0.5, if positives > 0.0 { 1.0 } else { 0.0 });
    }
    let (mut found, mut looked_at, mut area) = (0.0, 0.0, 0.0);
    for (yes, no) in groups.iter().rev().filter(|(yes, no)| yes + no > 0.0) {
        found += yes;
        looked_at += yes + no;
        area += yes / positives * found / looked_at;
    }
    (pairs / (positives * below), area)
}

#[expect(clippy::cast_precision_loss, reason = "a number of people")]
fn deciles(p: &[f64], happened: &[bool], order: &[usize]) -> Vec<Decile> {
    let bounds = (0..=GROUPS).map(|group| group * order.len() / GROUPS).collect::<Vec<_>>();
    let of = |who: &[usize]| Decile {
        people: who.len(),
        said: who.iter().map(|at| p[*at]).sum::<f64>() / who.len() as f64,
        happened: who.iter().filter(|at| happened[**at]).count() as f64 / who.len() as f64,
    };
    bounds.windows(2).filter(|ends| ends[0] < ends[1]).map(|ends| of(&order[ends[0]..ends[1]])).collect()
}

pub(super) fn interval(value: f64, mut draws: Vec<f64>) -> Interval {
    if draws.len() < DRAWS {
        return Interval { value, low: value, high: value };
    }
    draws.sort_by(f64::total_cmp);
    Interval { value, low: draws[DRAWS * 25 / 1_000], high: draws[DRAWS * 975 / 1_000] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_areas_are_those_counted_by_hand() {
        // Order from the top: yes, no, {yes, no}, no. Pairs won: 3 + 1.5 of 6. Precision at each hit: 1 and, of the two that tie, 2 of 4.
        let judged = judge(&[0.9, 0.8, 0.5, 0.5, 0.1], &[true, false, true, false, false], 0.4);
        assert!((judged.auc.value - 4.5 / 6.0).abs() < 1e-12, "{judged:?}");
        assert!((judged.pr_auc.value - f64::midpoint(1.0, 0.5)).abs() < 1e-12);
        assert!((judged.brier.value - (0.01 + 0.64 + 0.25 + 0.25 + 0.01) / 5.0).abs() < 1e-12);
        assert!((judged.base_brier - 0.24).abs() < 1e-12);
        assert_eq!(judged.verdict, Verdict::TooFew);
    }

    #[test]
    fn the_base_rate_for_all_is_useless_and_the_truth_is_worth_it() {
        let happened: Vec<bool> = (0..1_000).map(|n| n % 4 == 0).collect();
        let flat = judge(&vec![0.25; 1_000], &happened, 0.25);
        assert!((flat.auc.value - 0.5).abs() < 1e-12 && flat.verdict == Verdict::Useless);
        let p: Vec<f64> = (0..1_000).map(|n| if n % 4 == 0 { 0.7 } else { 0.1 }).collect();
        let good = judge(&p, &happened, 0.25);
        assert_eq!((good.verdict, good.deciles.len(), good.people, good.positives), (Verdict::Worth, 10, 1_000, 250));
        assert_eq!(good, judge(&p, &happened, 0.25));
        // Right in order and wrong in what it says.
        let too_sure: Vec<f64> = (0..1_000).map(|n| if n % 4 == 0 { 0.99 } else { 0.9 }).collect();
        assert_eq!(judge(&too_sure, &happened, 0.25).verdict, Verdict::OrderOnly);
    }

    #[test]
    fn how_far_it_is_off_is_told_beside_chance() {
        // Said 0.3 of all, true of 0.5 of them: off by 0.2; chance alone is off by the square root of 2/pi times 0.21 by 10.
        let happened: Vec<bool> = (0..100).map(|n| n % 2 == 0).collect();
        let (off, chance) = judge(&[0.3; 100], &happened, 0.3).off();
        assert!((off - 0.2).abs() < 1e-12 && (chance - (2.0 / PI * 0.21 / 10.0).sqrt()).abs() < 1e-12, "{off} {chance}");
        let right: Vec<f64> = happened.iter().map(|yes| if *yes { 0.999 } else { 0.001 }).collect();
        assert!(judge(&right, &happened, 0.5).off().0 < 0.0011);
    }

    #[test]
    fn nobody_is_judged_without_a_fault() {
        let judged = judge(&[], &[], 0.5);
        assert_eq!((judged.people, judged.verdict, judged.off()), (0, Verdict::TooFew, (0.0, 0.0)));
    }
}
