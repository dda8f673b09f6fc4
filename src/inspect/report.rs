//! What was found over many mails: how often, and the worst mails, in memory that does not grow with their number.

use std::collections::BTreeMap;

use super::{Finding, Level};

/// People named per finding.
const EXAMPLES: usize = 5;
/// Different findings kept apart; beyond them, those of a code are counted together.
const KEPT: usize = 400;

/// One finding over many mails.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Noted {
    /// Its name in `docs/checks.md`.
    pub code: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What it is about.
    pub about: String,
    /// What is wrong, in the words of the first mail.
    pub message: String,
    /// What to do.
    pub help: &'static str,
    /// Mails with it.
    pub mails: u64,
    /// Ids of the recipients of some of them, those with most findings first.
    pub recipients: Vec<String>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Mails that were looked at.
    pub n_mails: u64,
    noted: BTreeMap<(Level, &'static str, String), (Noted, Vec<usize>)>,
}

impl Report {
    /// Adds what was found in one mail.
    pub fn add(&mut self, recipient: &str, found: Vec<Finding>) {
        self.n_mails += 1;
        let weight = found.len();
        for finding in found {
            let mut key = (finding.level, finding.code, finding.about);
            if self.noted.len() >= KEPT && !self.noted.contains_key(&key) {
                key.2.clear();
            }
            let about = key.2.clone();
            let (noted, weights) = self.noted.entry(key).or_insert_with(|| {
                let noted = Noted {
                    code: finding.code,
                    level: finding.level,
                    about,
                    message: finding.message,
                    help: finding.help,
                    mails: 0,
                    recipients: Vec::new(),
                };
                (noted, Vec::new())
            });
            noted.mails += 1;
            let at = weights.partition_point(|known| *known >= weight);
            if at < EXAMPLES {
                weights.insert(at, weight);
                noted.recipients.insert(at, recipient.to_owned());
                weights.truncate(EXAMPLES);
                noted.recipients.truncate(EXAMPLES);
            }
        }
    }

    /// Returns the findings: what must not be first, then what most mails have.
    pub fn noted(&self) -> Vec<&Noted> {
        let mut all: Vec<&Noted> = self.noted.values().map(|(noted, _)| noted).collect();
        all.sort_by(|a, b| {
            (a.level, std::cmp::Reverse(a.mails), a.code, &a.about).cmp(&(b.level, std::cmp::Reverse(b.mails), b.code, &b.about))
        });
        all
    }

    /// Counts the findings of a level.
    pub fn n(&self, level: Level) -> usize {
        self.noted.keys().filter(|(known, ..)| *known == level).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(code: &'static str, level: Level, about: &str) -> Finding {
        Finding { code, level, about: about.to_owned(), message: "m".to_owned(), help: "h" }
    }

    #[test]
    fn the_worst_mails_are_named_and_memory_is_bounded() {
        let mut report = Report::default();
        for n in 0..2_000 {
            let mut found = vec![finding("a", Level::Note, &n.to_string())];
            if n == 1_500 {
                found.push(finding("b", Level::Must, ""));
                found.push(finding("c", Level::Should, ""));
            }
            report.add(&n.to_string(), found);
        }
        let noted = report.noted();
        assert!(noted.len() <= KEPT + 3, "{}", noted.len());
        assert_eq!((noted[0].code, noted[0].mails, noted[0].recipients.as_slice()), ("b", 1, ["1500".to_owned()].as_slice()));
        assert_eq!(noted.iter().filter(|noted| noted.code == "a").map(|noted| noted.mails).sum::<u64>(), 2_000);
        let mut report = Report::default();
        report.add("light", vec![finding("a", Level::Note, "x")]);
        report.add("heavy", vec![finding("a", Level::Note, "x"), finding("a", Level::Note, "y")]);
        assert_eq!(report.noted()[0].recipients, ["heavy", "light"]);
    }
}
