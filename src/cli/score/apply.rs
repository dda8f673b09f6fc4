//! `relance score apply`: everybody's score, as CSV.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::project::checked::Score;
use serde_json::json;

use crate::cli::app::App;
use crate::cli::out::Out;
use crate::cli::whole::Whole;

pub(super) fn run(app: &App, score: &Score, output: Option<&Path>, out: &Out) -> Result<ExitCode> {
    let snapshot = app.snapshot(out)?;
    let scorers = snapshot.profiles.scorers();
    let scorer = scorers.all().iter().find(|scorer| scorer.name() == score.name);
    let states: Vec<_> = scorers.states(app.now).filter(|(name, _)| *name == score.name).filter_map(|(_, state)| state.trouble).collect();
    let train = format!("{} score train {}", app.program, score.name);
    for trouble in states {
        let message = format!("score `{}` {}", score.name, trouble.words());
        if trouble.is_error() {
            return Err(Error::new(Kind::Data, message).help(format!("run `{train}`")));
        }
        out.warn(format!("{message}: {train}"));
    }
    let band = scorer.and_then(relance::propensity::Scorer::band);
    let mut file = output.map(Whole::create).transpose()?;
    let (mut n_scored, mut n_unknown) = (0_u64, 0_u64);
    let mut rows = Vec::new();
    let mut text = String::from("contact_id,score,band\n");
    for group in snapshot.profiles.groups() {
        for profile in group? {
            let Some(told) = profile.scores.iter().find(|told| *told.name == *score.name) else {
                n_unknown += 1;
                continue;
            };
            n_scored += 1;
            let word = band.map_or("", |band| band.word(told.value));
            if out.json && file.is_none() {
                rows.push(json!({ "contact_id": profile.contact.id, "score": told.value, "band": word }));
            } else {
                _ = writeln!(text, "{},{:.6},{word}", quoted(profile.contact.id.as_str()), told.value);
            }
        }
        match &mut file {
            Some(file) => file.text(&text)?,
            None if out.json => {}
            None => out.bytes(text.as_bytes()),
        }
        text.clear();
    }
    let version = scorer.and_then(relance::propensity::Scorer::model).map(|model| model.version.clone());
    let is_file = file.is_some();
    file.map(Whole::finish).transpose()?;
    if out.json {
        let file = output.map(|path| path.display().to_string());
        out.value(&json!({
            "score": score.name, "kind": score.kind, "model": version, "band": band, "scored": n_scored, "unknown": n_unknown,
            "file": file, "rows": if is_file { None } else { Some(rows) },
        }));
    } else {
        let model = version.map(|version| format!(", model {version}")).unwrap_or_default();
        out.did("Scored", format!("{n_scored} people{model}; nothing is known of {n_unknown} others"));
    }
    Ok(ExitCode::SUCCESS)
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
