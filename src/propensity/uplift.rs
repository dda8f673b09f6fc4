//! How much more likely people are to act because they were written to: a model of those who were, less one of those held out.
//!
//! The baseline of two models, or T-learner (Künzel, Sekhon, Bickel and Yu, PNAS 2019). What is drawn by chance between the
//! two arms is what makes the difference an effect; the difference of two noisy models is noisy (Radcliffe and Surry 2011),
//! so it is judged by people who were not learned from: the effect on the half of highest score, less that on the other.

use serde::{Deserialize, Serialize};

use super::columns::Figures;
use super::judge::{DRAWS, Interval, interval, judge};
use super::model::{Model, Without};
use super::past::{Cut, Row};
use super::train::{Named, PARTS, RIDGES, base, finish, fit, outcomes, part};
use crate::recommend::evaluate::below;

/// People of one arm under which nothing is learned.
pub const PEOPLE_MIN: usize = 200;
/// People of one arm to whom it happened under which nothing is learned.
const CONVERSIONS_MIN: usize = 25;

/// One person of an experiment; only in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// What was known of them when they were drawn.
    pub figures: Figures,
    /// Whether they were written to, or held out.
    pub is_treated: bool,
    /// Whether it happened within the horizon.
    pub happened: bool,
}

/// Why nothing was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thin {
    /// Too few people: those treated, those held out.
    People(usize, usize),
    /// Too few to whom it happened: of those treated, of those held out.
    Conversions(usize, usize),
    /// The columns tell nobody apart.
    Nothing,
}

impl Thin {
    /// Says it in words.
    pub fn words(self) -> String {
        match self {
            Self::People(treated, control) => {
                format!(
                    "{treated} people were written to and {control} held out, with a whole horizon after; {PEOPLE_MIN} of each are needed"
                )
            }
            Self::Conversions(treated, control) => {
                format!("{treated} of those written to and {control} of those held out ordered; {CONVERSIONS_MIN} of each are needed")
            }
            Self::Nothing => "nothing that is known of people tells them apart".to_owned(),
        }
    }
}

/// What the score is worth: effects in shares of people, by people who were not learned from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// Effect on everybody: the share of those written to, less that of those held out.
    pub all: Interval,
    /// Effect on the half of highest score.
    pub highest: Interval,
    /// Effect on the other half.
    pub lowest: Interval,
    /// The one less the other: above 0 the score finds whom the mail moves.
    pub difference: Interval,
}

/// Learns whom a mail moves.
///
/// # Errors
/// Why there is too little to learn from.
pub fn learn_uplift(of: &Named<'_>, told: &[Told]) -> Result<Model, Thin> {
    let n = |is_treated: bool| told.iter().filter(|one| one.is_treated == is_treated).count();
    let yes = |is_treated: bool| told.iter().filter(|one| one.is_treated == is_treated && one.happened).count();
    if n(true) < PEOPLE_MIN || n(false) < PEOPLE_MIN {
        return Err(Thin::People(n(true), n(false)));
    }
    if yes(true) < CONVERSIONS_MIN || yes(false) < CONVERSIONS_MIN {
        return Err(Thin::Conversions(yes(true), yes(false)));
    }
    let ridge = RIDGES[RIDGES.len() - 2];
    let (mut with, mut difference) = (vec![0.0; told.len()], vec![0.0; told.len()]);
    for fold in 0..PARTS {
        let [treated, control] = arms(told, |at| part(at) != fold);
        let (treated, control) = (fitted(&treated, ridge)?, fitted(&control, ridge)?);
        for (at, one) in told.iter().enumerate().filter(|(at, _)| part(*at) == fold) {
            with[at] = treated.p(&one.figures);
            difference[at] = with[at] - control.p(&one.figures);
        }
    }
    let [treated, control] = arms(told, |_| true);
    let theirs: Vec<f64> = told.iter().zip(&with).filter(|(one, _)| one.is_treated).map(|(_, p)| *p).collect();
    let happened = outcomes(&treated);
    let validation = judge(&theirs, &happened, base(&happened));
    let (fit_control, fit_treated) = (fitted(&control, ridge)?, fitted(&treated, ridge)?);
    let without =
        Without { rows: control.len(), positives: yes(false), intercept: fit_control.intercept(), columns: fit_control.columns() };
    let cut = Cut { day: of.learned_until, rows: treated };
    let model = finish(of, std::slice::from_ref(&cut), &fit_treated, ridge, None, validation);
    Ok(Model { without: Some(without), effect: Some(effect(told, &difference)), ..model }.versioned())
}

fn fitted(rows: &[Row], ridge: f64) -> Result<super::train::Fitted, Thin> {
    fit(&rows.iter().collect::<Vec<_>>(), ridge).ok_or(Thin::Nothing)
}

/// Parts people by arm, those who are wanted.
fn arms(told: &[Told], is_wanted: impl Fn(usize) -> bool) -> [Vec<Row>; 2] {
    [true, false].map(|is_treated| {
        let theirs = told.iter().enumerate().filter(|(at, one)| one.is_treated == is_treated && is_wanted(*at));
        theirs.map(|(_, one)| Row { figures: one.figures, happened: one.happened }).collect()
    })
}

/// Judges scores by halves of people, with draws of people from a fixed seed.
fn effect(told: &[Told], scores: &[f64]) -> Effect {
    let mut order: Vec<usize> = (0..told.len()).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
    let mut is_highest = vec![false; told.len()];
    order[..told.len() / 2].iter().for_each(|at| is_highest[*at] = true);
    let of = |people: &mut dyn Iterator<Item = usize>| {
        // Of both halves: people and conversions, of those treated and those held out.
        let mut counts = [[(0.0_f64, 0.0_f64); 2]; 2];
        for at in people {
            let cell = &mut counts[usize::from(!is_highest[at])][usize::from(!told[at].is_treated)];
            cell.0 += 1.0;
            cell.1 += f64::from(u8::from(told[at].happened));
        }
        let share = |(n, yes): (f64, f64)| if n > 0.0 { yes / n } else { 0.0 };
        let [highest, lowest] = counts.map(|[treated, control]| share(treated) - share(control));
        let both = |arm: usize| share((counts[0][arm].0 + counts[1][arm].0, counts[0][arm].1 + counts[1][arm].1));
        [both(0) - both(1), highest, lowest, highest - lowest]
    };
    let mut state = 1_u64;
    let draws: Vec<[f64; 4]> = (0..DRAWS).map(|_| of(&mut (0..told.len()).map(|_| below(&mut state, told.len())))).collect();
    let found = of(&mut (0..told.len()));
    let [all, highest, lowest, difference] =
        std::array::from_fn(|which| interval(found[which], draws.iter().map(|draw| draw[which]).collect()));
    Effect { all, highest, lowest, difference }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::stable_unit;
    use crate::project::config::ScoreKind;

    fn named() -> Named<'static> {
        let learned_until = chrono::NaiveDate::from_ymd_opt(2026, 1, 28).expect("a day");
        Named { name: "moved", kind: ScoreKind::Uplift, horizon_days: Some(14), learned_until }
    }

    /// Half are held out; a mail moves only those whose first figure is above 0, by `moved`.
    fn told(n: usize, moved: f64) -> Vec<Told> {
        let one = |who: usize| {
            let unit = |what: &str| stable_unit(&[what, &who.to_string()]);
            let mut figures: Figures = std::array::from_fn(|at| unit(&at.to_string()));
            figures[0] = if unit("0") < 0.5 { -1.0 } else { 1.0 };
            let is_treated = who.is_multiple_of(2);
            let p = 0.2 + if is_treated && figures[0] > 0.0 { moved } else { 0.0 };
            Told { figures, is_treated, happened: unit("happened") < p }
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn whom_a_mail_moves_is_found() {
        let model = learn_uplift(&named(), &told(4_000, 0.3)).expect("enough");
        let mut figures: Figures = [0.5; super::super::COLUMNS.len()];
        figures[0] = 1.0;
        let moved = model.score(&figures);
        figures[0] = -1.0;
        let unmoved = model.score(&figures);
        assert!((moved - 0.3).abs() < 0.1 && unmoved.abs() < 0.1, "{moved} {unmoved}");
        let effect = model.effect.expect("judged");
        assert!(effect.difference.low > 0.1 && (effect.all.value - 0.15).abs() < 0.04, "{effect:?}");
    }

    #[test]
    fn where_the_mail_moves_nobody_it_is_said() {
        let effect = learn_uplift(&named(), &told(4_000, 0.0)).expect("enough").effect.expect("judged");
        assert!(effect.difference.low < 0.0, "{effect:?}");
    }

    #[test]
    fn a_thin_arm_is_refused_in_words() {
        assert_eq!(learn_uplift(&named(), &told(300, 0.3)).err(), Some(Thin::People(150, 150)));
        let mut rare = told(800, 0.0);
        for one in &mut rare {
            one.happened = false;
        }
        let refused = learn_uplift(&named(), &rare).expect_err("too few");
        assert_eq!(refused, Thin::Conversions(0, 0));
        assert!(refused.words().contains("25 of each"));
    }
}
