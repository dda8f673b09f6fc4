//! `relance score evaluate --blur`: what `[privacy.blur]` costs the blend, step by step.

use relance::project::blur::Blur;
use relance::recommend::evaluate::{Cost, Interval, Judged, Method, PEOPLE_MIN, Split, Step, interval};
use relance::recommend::{BlurKey, Likeness, Veil};
use relance::snapshot::Table;
use serde_json::{Value, json};

use super::picks::{judge, learn};
use crate::cli::out::{Out, bold, count, dim};
use crate::cli::progress;

/// The steps of a blur, judged.
pub(super) struct Steps {
    blur: Blur,
    is_written: bool,
    rows: Vec<(Step, usize, [Judged; 2])>,
}

/// Learns and judges the blend once for each step, by the blur of the project, or by the usual one where it has none.
pub(super) fn steps(split: &Split, table: &Table, likeness: &Likeness<'_>, out: &Out) -> Steps {
    let veil = match &table.veil {
        Some(veil) => veil.clone(),
        // Nothing of this is kept: any key does.
        None => Veil::new(Blur::default(), BlurKey::new(1), &table.catalogue),
    };
    let bar = progress::Spinner::start(out, "Judging");
    let judged = |step: Step| {
        bar.say(&step.words(veil.blur()));
        let (ranker, train_ms) = learn(Method::Hybrid, &step.blurred(&split.past, &veil), split.day, table);
        let n_pairs = ranker.n_pairs().unwrap_or_default();
        let (row, _) = judge((Method::Hybrid, train_ms), &ranker, split, table, likeness);
        (step, n_pairs, row.judged)
    };
    let rows = Step::ALL.into_iter().map(judged).collect();
    bar.end();
    Steps { blur: veil.blur(), is_written: table.veil.is_some(), rows }
}

impl Steps {
    /// Returns what the steps cost on a track, by step.
    fn costs(&self, track: usize) -> Vec<Cost> {
        let clear = &self.rows[0].2[track];
        self.rows.iter().map(|(_, _, judged)| Cost::of(&judged[track], clear)).collect()
    }

    pub(super) fn to_json(&self) -> Value {
        let costs = [0, 1].map(|track| self.costs(track));
        let step = |(at, (step, n_pairs, judged)): (usize, &(Step, usize, [Judged; 2]))| {
            let track = |track: usize| {
                let judged = &judged[track];
                json!({ "ndcg": judged.figures.ndcg, "interval": interval(&judged.gains), "over_clear": costs[track][at] })
            };
            json!({ "step": step, "words": step.words(self.blur), "pairs": n_pairs, "all": track(0), "new": track(1) })
        };
        json!({ "is_written": self.is_written, "rule": self.blur, "steps": self.rows.iter().enumerate().map(step).collect::<Vec<_>>() })
    }

    /// Prints the steps beside what everybody buys now, judged by the same people.
    pub(super) fn print(&self, popular: &[Judged; 2], out: &Out) {
        let whose =
            if self.is_written { "as [privacy.blur] has it" } else { "as [privacy.blur] would have it, with nothing else written in it" };
        out.data(format!("\n{}", bold(format!("blur, {whose}"))));
        for (track, title) in [(0, "all"), (1, "new")] {
            out.data(dim(format!(
                "  {title:<36} {:>6}  {:<16} {:>8}  {:<24} {:>10}",
                "NDCG@8", "interval of 95 %", "share", "over the clear blend", "pairs kept"
            )));
            for ((step, n_pairs, judged), cost) in self.rows.iter().zip(self.costs(track)) {
                let over = if *step == Step::Clear { (String::new(), String::new()) } else { over(cost) };
                out.data(row(&step.words(self.blur), &judged[track], &over, &count(*n_pairs as u64)));
            }
            out.data(row(Method::PopularRecent.word(), &popular[track], &over(Cost::of(&popular[track], &self.rows[0].2[track])), "-"));
        }
        for (track, title) in [(0, "all"), (1, "new")] {
            if let (Some((_, _, judged)), Some(cost)) = (self.rows.last(), self.costs(track).last()) {
                out.data(format!("  `{title}`: {}", verdict(judged[track].gains.len(), *cost)));
            }
        }
    }
}

/// What the whole blur costs, in a sentence.
fn verdict(n_people: usize, cost: Cost) -> String {
    let (share, gain) = (cost.share * 100.0, cost.gain);
    if n_people < PEOPLE_MIN {
        format!("only {n_people} people can judge, too few to say what the blur costs")
    } else if gain.high < 0.0 {
        format!("the blur loses {:.1} % of the gain, and not by chance", -share)
    } else if gain.low > 0.0 {
        format!("the blur loses nothing here; that it gains {share:.1} % is not a reason for it")
    } else {
        format!("what the blur costs is within chance: {share:+.1} % of the gain, {:+.3} to {:+.3}", gain.low, gain.high)
    }
}

fn over(cost: Cost) -> (String, String) {
    let Interval { mean, low, high } = cost.gain;
    (format!("{:+.1} %", cost.share * 100.0), format!("{mean:+.3} ({low:+.3} to {high:+.3})"))
}

fn row(words: &str, judged: &Judged, (share, over): &(String, String), n_pairs: &str) -> String {
    let found = interval(&judged.gains);
    let within = format!("{:.3} to {:.3}", found.low, found.high);
    format!("  {words:<36} {:>6.4}  {within:<16} {share:>8}  {over:<24} {n_pairs:>10}", judged.figures.ndcg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_follows_the_interval_and_the_number_of_people() {
        let said = |n_people, low: f64, high: f64| {
            let mean = f64::midpoint(low, high);
            verdict(n_people, Cost { gain: Interval { mean, low, high }, share: mean })
        };
        assert_eq!(said(99, -0.3, -0.1), "only 99 people can judge, too few to say what the blur costs");
        assert_eq!(said(100, -0.3, -0.1), "the blur loses 20.0 % of the gain, and not by chance");
        assert_eq!(said(100, 0.1, 0.3), "the blur loses nothing here; that it gains 20.0 % is not a reason for it");
        assert_eq!(said(100, -0.1, 0.3), "what the blur costs is within chance: +10.0 % of the gain, -0.100 to +0.300");
    }
}
