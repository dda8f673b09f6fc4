//! `relance score evaluate --score`: a score learned before a day, judged by what people did after it; a likeness and an uplift,
//! which are not about a time to come, judged in parts of people, each by what was learned of the others.

use std::process::ExitCode;

use chrono::{Days, NaiveDate};
use relance::error::{Error, Kind, Result};
use relance::project::checked::Score;
use relance::project::config::ScoreKind;
use relance::propensity::judge;
use serde_json::json;

use super::rows::Past;
use super::{train, words};
use crate::cli::app::App;
use crate::cli::out::Out;

pub(super) fn run(app: &App, score: &Score, at: Option<NaiveDate>, out: &Out) -> Result<ExitCode> {
    let Some(days) = score.horizon_days.filter(|_| score.kind != ScoreKind::Uplift) else {
        return in_parts(app, score, at, out);
    };
    let today = app.now.today();
    let latest = today.checked_sub_days(Days::new(days.into())).unwrap_or(today);
    let at = at.unwrap_or(latest);
    if at > latest {
        return Err(Error::new(Kind::Usage, format!("what people do within {days} days of {at} is not known yet"))
            .help(format!("the last day that can be judged is {latest}: --at {latest}")));
    }
    let past = Past::read(app, score)?;
    let model = train::model(&past, score, at, out)?;
    let (cut, _) = past.day(at)?;
    let p: Vec<f64> = cut.rows.iter().map(|row| model.score(&row.figures)).collect();
    let happened: Vec<bool> = cut.rows.iter().map(|row| row.happened).collect();
    let judged = judge(&p, &happened, model.base_rate());
    if out.json {
        out.value(&json!({ "score": score.name, "kind": score.kind, "at": at, "horizon_days": days, "model": model, "judged": judged }));
        return Ok(ExitCode::SUCCESS);
    }
    out.data(words::evaluated(&model, at, &judged));
    Ok(ExitCode::SUCCESS)
}

/// Learns from what is known now, keeps nothing, and says what the parts of people say.
fn in_parts(app: &App, score: &Score, at: Option<NaiveDate>, out: &Out) -> Result<ExitCode> {
    if at.is_some() {
        return Err(Error::new(Kind::Usage, format!("`{}`, of kind `{}`, is not about a time to come", score.name, score.kind.word()))
            .help("leave out `--at`: it is judged in five parts of people, each by a model of the other four"));
    }
    let model = train::learned_now(app, score, out)?;
    if out.json {
        out.value(&json!({
            "score": score.name, "kind": score.kind, "at": app.now.today(), "horizon_days": score.horizon_days,
            "model": model, "judged": model.validation,
        }));
    } else {
        out.data(words::model(&model));
    }
    Ok(ExitCode::SUCCESS)
}
