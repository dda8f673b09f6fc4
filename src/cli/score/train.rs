//! `relance score train`: learns scores and keeps their models.

use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::project::checked::Score;
use relance::project::config::ScoreKind;
use relance::propensity::{Model, Named, learn, learn_uplift, rehearse};
use serde_json::json;

use super::rows::Past;
use super::{Train, alike, find, moved, words};
use crate::cli::app::App;
use crate::cli::out::Out;
use crate::cli::{progress, scored};

pub(super) fn run(app: &App, args: &Train, out: &Out) -> Result<ExitCode> {
    let wanted: Vec<&Score> = if args.names.is_empty() {
        app.project.settings.scores.iter().filter(|score| score.kind.is_learned()).collect()
    } else {
        args.names.iter().map(|name| find(app, name)).collect::<Result<_>>()?
    };
    if wanted.is_empty() {
        return Err(Error::new(Kind::Usage, "relance.toml declares no score that is learned")
            .help("write for example [scores.purchase_14d] with kind = \"purchase\" and within = \"14d\""));
    }
    let (mut learned, mut refused) = (Vec::new(), Vec::new());
    for score in wanted {
        match learned_now(app, score, out) {
            Ok(model) => {
                let file = scored::write(&app.project, &model)?;
                if !out.json {
                    out.data(words::model(&model));
                }
                out.did("Written", file.display());
                let mut value = json!(model);
                value["file"] = json!(file);
                learned.push(value);
            }
            Err(error) if error.kind() == Kind::Data && args.names.len() != 1 => refused.push(error),
            Err(error) => return Err(error),
        }
    }
    if out.json {
        out.value(&json!({ "at": app.now.at.to_string(), "scores": learned }));
    }
    // Those that were learned are kept; the first that was not says why.
    match refused.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// Learns one score from everything that is known now.
pub(super) fn learned_now(app: &App, score: &Score, out: &Out) -> Result<Model> {
    if score.kind == ScoreKind::Column {
        let column = score.column.as_deref().unwrap_or_default();
        return Err(Error::new(Kind::Usage, format!("`{}` is read from the column `{column}`: there is nothing to learn", score.name))
            .help("name a score of another kind, or none to learn all"));
    }
    if score.kind == ScoreKind::Lookalike {
        let named = Named { name: &score.name, kind: score.kind, horizon_days: None, learned_until: app.now.today() };
        return rehearse(&named, &alike::now(app, score, out)?).map_err(|why| refused(score, &why.words()));
    }
    let past = Past::read(app, score)?;
    if score.kind == ScoreKind::Uplift {
        let bar = progress::Spinner::start(out, "Learning");
        let told = moved::told(app, score, &past, &mut |day| bar.say(&format!("{} as known on {day}", score.name)))?;
        bar.end();
        let named = Named { name: &score.name, kind: score.kind, horizon_days: score.horizon_days, learned_until: app.now.today() };
        return learn_uplift(&named, &told).map_err(|why| refused(score, &why.words()));
    }
    let end = app.now.today();
    model(&past, score, end, out)
}

/// Learns a score from the days whose horizons ended before one.
pub(super) fn model(past: &Past<'_>, score: &Score, end: chrono::NaiveDate, out: &Out) -> Result<Model> {
    let bar = progress::Spinner::start(out, "Learning");
    let cuts = past.before(end, &mut |day| bar.say(&format!("{} as known on {day}", score.name)))?;
    bar.end();
    let named = Named { name: &score.name, kind: score.kind, horizon_days: score.horizon_days, learned_until: end };
    learn(&named, &cuts).map_err(|why| refused(score, &why.words()))
}

/// Says why nothing was learned, and what can be done instead.
fn refused(score: &Score, why: &str) -> Error {
    let or = match score.kind {
        ScoreKind::Lookalike => "widen the segment",
        ScoreKind::Uplift => "hold out a larger share",
        _ => "widen `within`",
    };
    Error::new(Kind::Data, format!("`{}` was not learned: {why}", score.name))
        .help(format!("wait until more is known, {or}, or write a condition by hand, for example `days_since(last_order_at) < 90`"))
}
