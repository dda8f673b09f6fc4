//! The arms of an experiment, each against the one that all are compared with.

use std::fmt::Write as _;

use relance::holdout::Arm;
use relance::measure::comparison::question;
use relance::measure::verdict::{self, corrected, step_down};
use relance::measure::{Comparison, Person, Plan, Question, Verdict, compare, ratio};
use relance::project::campaign::Factor;
use relance::project::checked::Campaign;
use serde::Serialize;

use super::super::out::bold;
use super::Told;
use super::tongue::Lang;
use super::words;

/// An experiment with arms, of which somebody was drawn.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Experiment {
    /// Its name in the ledger.
    pub(super) name: String,
    /// The arm that the others are compared with: people held out, or else the first that is declared.
    pub(super) baseline: String,
    /// What the arms differ in; of several, nobody knows which made a difference.
    pub(super) factors: Vec<&'static str>,
    /// Confidence of each interval, so that those of all arms hold together at 95 %.
    pub(super) confidence: f64,
    /// Confidence at which arms win or lose, by Holm's step-down: an arm may be called whose interval holds zero.
    pub(super) decided_at: f64,
    /// Chance of the split of all arms; under one in a thousand no figure can be believed.
    pub(super) split: Option<f64>,
    /// Who was drawn where, the baseline first.
    pub(super) people: Vec<Drawn>,
    /// People of arms that are declared no more: they are compared with nobody.
    pub(super) elsewhere: u64,
    /// Each arm but the baseline.
    pub(super) arms: Vec<Against>,
}

/// The people of one arm.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Drawn {
    pub(super) arm: String,
    /// Its declared share of everybody who was drawn.
    pub(super) percent: f64,
    pub(super) people: u64,
}

/// One arm against the baseline.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Against {
    pub(super) arm: String,
    pub(super) conclusion: String,
    pub(super) comparison: Comparison,
}

impl Experiment {
    /// Compares each arm with the baseline; `people` have the word of the ledger, in the order of their assignment.
    ///
    /// `None` without arms, or before anybody was drawn. The sides of a person are set here: those of `people` mean nothing.
    pub(super) fn of(campaign: &Campaign, people: &[(&str, Person)], plan: &Plan, worth: f64, lang: Lang) -> Option<Self> {
        let (baseline, name) = (campaign.baseline()?, campaign.experiment()?);
        if campaign.arms.is_empty() || people.is_empty() {
            return None;
        }
        let drawn = drawn(campaign, people);
        let sizes: Vec<(u64, f64)> = drawn.iter().map(|it| (it.people, it.percent)).collect();
        let split = plan.split.or_else(|| ratio::chance(&sizes));
        let others: Vec<&Drawn> = drawn.iter().filter(|it| it.arm != baseline).collect();
        let share_of = |arm: &str| drawn.iter().find(|it| it.arm == arm).map_or(0.0, |it| it.percent);
        let confidence = corrected(others.len());
        let pair_of = |other: &Drawn| -> Vec<Person> {
            let side = |word: &str| (word == other.arm).then_some(Arm::Treated).or_else(|| (word == baseline).then_some(Arm::Control));
            people.iter().filter_map(|(word, person)| side(word).map(|arm| Person { arm, ..*person })).collect()
        };
        let plan_of = |other: &Drawn| {
            let share = share_of(baseline) / (share_of(baseline) + other.percent);
            Plan { share, split, confidence, ..*plan }
        };
        let questions: Vec<Question> = others.iter().map(|other| question(&pair_of(other), &plan_of(other))).collect();
        let leaves_zero = |question: &Question, confidence: f64| {
            verdict::interval(&Question { confidence, ..*question }).is_some_and(|interval| !interval.holds(0.0))
        };
        let rejects = |confidence: f64| questions.iter().filter(|question| leaves_zero(question, confidence)).count();
        let decided_at = step_down(others.len(), rejects);
        let against = |other: &&Drawn| {
            let comparison = compare(&pair_of(other), &Plan { decided_at: Some(decided_at), ..plan_of(other) })?;
            let conclusion = conclusion_of(&other.arm, baseline, &comparison.verdict, worth, lang);
            Some(Against { arm: other.arm.clone(), conclusion, comparison })
        };
        let arms = others.iter().filter_map(against).collect();
        let elsewhere = people.len() as u64 - drawn.iter().map(|it| it.people).sum::<u64>();
        let factors = campaign.factors().into_iter().map(Factor::word).collect();
        Some(Self { name, baseline: baseline.to_owned(), factors, confidence, decided_at, split, people: drawn, elsewhere, arms })
    }

    /// Says whether no figure can be believed, or an arm loses and none wins.
    pub(super) fn is_lost(&self) -> bool {
        let has = |wanted: fn(&Verdict) -> bool| self.arms.iter().any(|arm| wanted(&arm.comparison.verdict));
        let is_worse = has(|it| *it == Verdict::Worse) && !self.has_won();
        is_worse || has(|it| matches!(it, Verdict::Breached | Verdict::Unbalanced { .. }))
    }

    /// Says whether an arm does better than the baseline.
    pub(super) fn has_won(&self) -> bool {
        self.arms.iter().any(|arm| arm.comparison.verdict == Verdict::Better)
    }

    /// Says what all arms together show.
    pub(super) fn conclusion(&self, worth: f64, lang: Lang) -> String {
        let verdict = |arm: &Against| arm.comparison.verdict;
        let named = |wanted: Verdict| -> Vec<&Against> { self.arms.iter().filter(|arm| verdict(arm) == wanted).collect() };
        let first = |wanted: fn(&Verdict) -> bool| self.arms.iter().map(verdict).find(wanted);
        if let Some(lost) = first(|it| matches!(it, Verdict::Breached | Verdict::Unbalanced { .. })) {
            return words::verdict(&lost, worth, lang);
        }
        let decided: Vec<&str> =
            [Verdict::Better, Verdict::Worse].iter().flat_map(|wanted| named(*wanted)).map(|arm| arm.conclusion.as_str()).collect();
        if !decided.is_empty() {
            return decided.join(" ");
        }
        let open = first(|it| matches!(it, Verdict::CannotBeMeasured { .. }))
            .or_else(|| first(|it| *it == Verdict::Wait))
            .or_else(|| first(|_| true));
        open.map_or_else(
            || lang.say("Nothing to compare yet.", "Rien à comparer encore.").to_owned(),
            |it| words::verdict(&it, worth, lang),
        )
    }

    /// Says who was drawn where, and how the arms are compared.
    pub(super) fn notes(&self, lang: Lang) -> Vec<String> {
        let sizes: Vec<String> = self
            .people
            .iter()
            .map(|it| format!("{} {} ({}{})", name(&it.arm, lang), lang.count(it.people), lang.plain(it.percent), lang.say("%", "\u{a0}%")))
            .collect();
        let mut notes = vec![sizes.join(", ")];
        let factors: Vec<&str> = self.factors.iter().map(|word| lang.factor(word)).collect();
        notes.push(format!("{} {}", lang.say("the arms differ in:", "les bras diffèrent par\u{a0}:"), factors.join(", ")));
        if self.arms.len() > 1 {
            let (n, each) = (lang.count(self.arms.len() as u64), lang.percent(self.confidence, 1, false));
            notes.push(if lang == Lang::En {
                format!(
                    "{n} comparisons: each interval holds at {each}, so that all hold together at 95%; won and lost are said by Holm's step-down"
                )
            } else {
                format!(
                    "{n} comparaisons\u{a0}: chaque intervalle tient à {each}, pour que tous ensemble tiennent à 95\u{a0}%\u{a0}; gagné et perdu suivent la descente de Holm"
                )
            });
        }
        if self.elsewhere > 0 {
            let people = lang.many(self.elsewhere, ("person", "people"), ("personne", "personnes"));
            notes.push(format!(
                "{people} {}",
                lang.say("of arms that are declared no more, left out", "de bras qui ne sont plus déclarés, mises à part")
            ));
        }
        notes
    }

    /// Writes every arm for a terminal.
    pub(super) fn told(&self, told: &Told) -> String {
        let mut text = format!("\n  {:<12} {}\n", told.lang.say("arms", "bras"), self.notes(told.lang).join("\n               "));
        for arm in &self.arms {
            let sides = self.sides(arm, told.lang);
            _ = writeln!(text, "\n  {}  {}", bold(against(&sides, told.lang)), arm.conclusion);
            _ = writeln!(text, "  {}", words::ready(&arm.comparison, told, &sides));
            text.push_str(&words::figures(&arm.comparison, told, &sides));
        }
        text
    }

    /// Names the two sides of a comparison.
    pub(super) fn sides(&self, arm: &Against, lang: Lang) -> [String; 2] {
        [name(&arm.arm, lang), name(&self.baseline, lang)]
    }
}

/// Counts who was drawn where, the baseline first, with the declared share of each.
fn drawn(campaign: &Campaign, people: &[(&str, Person)]) -> Vec<Drawn> {
    let held_out = campaign.held_out();
    let control = held_out.map(|percent| (Arm::Control.as_str(), percent));
    let rest = 100.0 - held_out.unwrap_or(0.0);
    let declared = control.into_iter().chain(campaign.arms.iter().map(|arm| (arm.name.as_str(), arm.percent * rest / 100.0)));
    let n = |arm: &str| people.iter().filter(|(word, _)| *word == arm).count() as u64;
    declared.map(|(arm, percent)| Drawn { arm: arm.to_owned(), percent, people: n(arm) }).collect()
}

/// Names an arm as a reader is told of it.
pub(super) fn name(arm: &str, lang: Lang) -> String {
    if arm == Arm::Control.as_str() { lang.say("control", "témoin").to_owned() } else { format!("`{arm}`") }
}

/// Writes what is compared with what.
pub(super) fn against(sides: &[String; 2], lang: Lang) -> String {
    format!("{} {} {}", sides[0], lang.say("against", "face à"), sides[1])
}

fn conclusion_of(arm: &str, baseline: &str, verdict: &Verdict, worth: f64, lang: Lang) -> String {
    let (arm, baseline) = (name(arm, lang), name(baseline, lang));
    match (verdict, lang) {
        (Verdict::Better, Lang::En) => format!("Won: {arm} brings more than {baseline}."),
        (Verdict::Better, Lang::Fr) => format!("Gagné\u{a0}: {arm} rapporte plus que {baseline}."),
        (Verdict::Worse, Lang::En) => format!("Lost: {arm} brings less than {baseline}."),
        (Verdict::Worse, Lang::Fr) => format!("Perdu\u{a0}: {arm} rapporte moins que {baseline}."),
        _ => words::verdict(verdict, worth, lang),
    }
}
