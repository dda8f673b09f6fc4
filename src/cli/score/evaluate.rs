//! `relance score evaluate --score`: a score learned before a day, judged by what people did after it.

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
        return Err(Error::new(Kind::Usage, format!("`{}`, of kind `{}`, is not about a time to come", score.name, score.kind.word()))
            .help(format!("`{} score train {}` says how good it is", app.program, score.name)));
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
