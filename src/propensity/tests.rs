//! A shop whose people are made so that who will order is known: what is learned of it, and what is not.

use chrono::NaiveDate;

use super::{COLUMNS, Cut, Figures, Named, Refused, Row, Verdict, judge, learn, rehearse};
use crate::id::stable_unit;
use crate::project::config::ScoreKind;

const N: usize = COLUMNS.len();

fn day(n: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, n).expect("a day")
}

/// People of one day: the more the first figure, the likelier it happens; the others are noise, and one says nothing at all.
fn cut(n_day: u32, people: usize, strength: f64) -> Cut {
    let row = |who: usize| {
        let unit = |what: &str| stable_unit(&[what, &n_day.to_string(), &who.to_string()]);
        let mut figures: Figures = std::array::from_fn(|at| if at + 1 == N { 7.0 } else { unit(&at.to_string()) });
        figures[0] = unit("0") * 2.0 - 1.0;
        let p = 1.0 / (1.0 + (1.0 - strength * figures[0]).exp());
        Row { figures, happened: unit("happened") < p }
    };
    Cut { day: day(n_day), rows: (0..people).map(row).collect() }
}

fn named() -> Named<'static> {
    Named { name: "purchase_14d", kind: ScoreKind::Purchase, horizon_days: Some(14), learned_until: day(28) }
}

#[test]
fn what_makes_people_order_is_found_again() {
    let cuts: Vec<Cut> = (1..=5).map(|n| cut(n, 800, 3.0)).collect();
    let model = learn(&named(), &cuts).expect("enough to learn from");
    let weight = |at: usize| model.columns[at].weight / model.columns[at].deviation;
    assert!((weight(0) - 3.0).abs() < 0.4, "{}", weight(0));
    assert!((1..N).all(|at| weight(at).abs() < 1.0), "noise weighs little");
    let fresh = cut(9, 3_000, 3.0);
    let p: Vec<f64> = fresh.rows.iter().map(|row| model.score(&row.figures)).collect();
    let happened: Vec<bool> = fresh.rows.iter().map(|row| row.happened).collect();
    let judged = judge(&p, &happened, model.base_rate());
    // Of this shop the truth itself reaches 0.80.
    assert!(judged.auc.value > 0.77 && judged.verdict == Verdict::Worth, "{judged:?}");
    assert!(judged.deciles.iter().all(|decile| (decile.said - decile.happened).abs() < 0.12), "{:?}", judged.deciles);
    assert!(model.band.low < model.band.high && model.is_current());
}

#[test]
fn the_same_past_gives_the_same_model_and_another_past_another_version() {
    let cuts: Vec<Cut> = (1..=4).map(|n| cut(n, 300, 2.0)).collect();
    let (one, two) = (learn(&named(), &cuts).expect("learned"), learn(&named(), &cuts).expect("learned"));
    assert_eq!(serde_json::to_string(&one).expect("JSON"), serde_json::to_string(&two).expect("JSON"));
    let longer: Vec<Cut> = (1..=5).map(|n| cut(n, 300, 2.0)).collect();
    let other = learn(&named(), &longer).expect("learned");
    assert_ne!(one.version, other.version);
    assert_eq!(one.version.len(), 12);
}

#[test]
fn where_nothing_tells_people_apart_it_is_said() {
    let cuts: Vec<Cut> = (1..=5).map(|n| cut(n, 500, 0.0)).collect();
    let model = learn(&named(), &cuts).expect("enough rows");
    assert!(matches!(model.validation.verdict, Verdict::Useless | Verdict::OrderOnly), "{:?}", model.validation);
}

#[test]
fn too_little_is_refused_in_words() {
    assert_eq!(learn(&named(), &[]).err(), Some(Refused::Rows(0)));
    assert_eq!(learn(&named(), &[cut(1, 100, 1.0)]).err(), Some(Refused::Rows(100)));
    assert_eq!(learn(&named(), &[cut(1, 900, 1.0)]).err(), Some(Refused::Days(1)));
    let mut rare = vec![cut(1, 400, 1.0), cut(2, 400, 1.0)];
    rare.iter_mut().flat_map(|cut| &mut cut.rows).for_each(|row| row.happened = false);
    assert_eq!(learn(&named(), &rare).err(), Some(Refused::Positives(0)));
    rare.iter_mut().flat_map(|cut| &mut cut.rows).for_each(|row| row.happened = true);
    let refused = learn(&named(), &rare).expect_err("always");
    assert_eq!(refused, Refused::Negatives(0));
    assert!(refused.words().contains("50 are needed"));
}

#[test]
fn likeness_is_judged_by_people_who_were_not_learned_from() {
    let named = Named { kind: ScoreKind::Lookalike, horizon_days: None, ..named() };
    let model = rehearse(&named, &cut(1, 1_500, 3.0)).expect("enough");
    assert!(model.validation.auc.value > 0.75 && model.validation.people == 1_500, "{:?}", model.validation);
    let chance = rehearse(&named, &cut(1, 1_500, 0.0)).expect("enough");
    assert!(chance.validation.auc.low < 0.55, "{:?}", chance.validation);
}
