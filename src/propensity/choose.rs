//! What a model is made with, chosen by the past: the ridge on the last day by what was learned before it, the drift by all days.

use super::calibrate::Drift;
use super::judge::{Judged, judge, log_loss};
use super::past::{Cut, Row};
use super::train::{RIDGES, Refused, base, fit, outcomes};

/// Chooses the ridge by the last day, and by all days whether the rate drifts; judges the choice on the last day.
pub(super) fn choose(before: &[Cut], last: &Cut) -> Result<(f64, Option<Drift>, Judged), Refused> {
    let rows: Vec<&Row> = before.iter().flat_map(|cut| &cut.rows).collect();
    let happened = outcomes(&last.rows);
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    for ridge in RIDGES {
        let Some(fitted) = fit(&rows, ridge) else { continue };
        let p = fitted.all(&last.rows);
        let loss = log_loss(&p, &happened);
        if best.as_ref().is_none_or(|(known, ..)| loss < *known) {
            best = Some((loss, ridge, p));
        }
    }
    let (_, ridge, plain) = best.ok_or(Refused::Nothing)?;
    let known = base(&outcomes(rows.iter().copied()));
    let mut said = said(before, ridge);
    said.push((plain, happened));
    let (plain, happened) = &said[said.len() - 1];
    let drift = if drifts(&said) { Drift::fit(plain, happened) } else { None };
    let moved = drift.and_then(|_| moved(&said[said.len() - 2..]));
    Ok((ridge, drift, judge(moved.as_ref().unwrap_or(plain), happened, known)))
}

/// Probabilities of the people of one day, and what happened to them.
type Said = (Vec<f64>, Vec<bool>);

/// What is said of each day but the first by a model of the days before it.
fn said(days: &[Cut], ridge: f64) -> Vec<Said> {
    let one = |at: usize| {
        let before: Vec<&Row> = days[..at].iter().flat_map(|cut| &cut.rows).collect();
        Some((fit(&before, ridge)?.all(&days[at].rows), outcomes(&days[at].rows)))
    };
    (1..days.len()).filter_map(one).collect()
}

/// Says whether the drift of each day would have made the probabilities of the day after it better, over all days.
fn drifts(said: &[Said]) -> bool {
    let gain = |pair: &[Said]| {
        let moved = moved(pair)?;
        let (plain, happened) = &pair[1];
        #[expect(clippy::cast_precision_loss, reason = "a number of people")]
        Some((log_loss(plain, happened) - log_loss(&moved, happened)) * plain.len() as f64)
    };
    said.windows(2).filter_map(gain).sum::<f64>() > 0.0
}

/// The probabilities of the second of two days, moved by the drift of the first.
fn moved(pair: &[Said]) -> Option<Vec<f64>> {
    let [(p, happened), (next, _)] = pair else { return None };
    let drift = Drift::fit(p, happened)?;
    Some(next.iter().map(|p| drift.of(*p)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A day on which it was said of 100 people that it happens to one in five, and it happened to so many.
    fn day(happened: usize) -> Said {
        (vec![0.2; 100], (0..100).map(|n| n < happened).collect())
    }

    #[test]
    fn a_rate_that_rises_for_good_drifts_and_one_that_swings_does_not() {
        assert!(drifts(&[day(28), day(31), day(35)]));
        assert!(!drifts(&[day(28), day(13), day(27), day(12)]));
        assert!(!drifts(&[day(30)]) && !drifts(&[]), "one day says nothing of the next");
        let moved = moved(&[day(30), day(30)]).expect("some, not all");
        assert!(moved[0] > 0.24 && moved[0] < 0.26, "half of the way, {}", moved[0]);
    }
}
