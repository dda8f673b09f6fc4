//! Models of scores: their files, and what they say laid over the profiles that decisions read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use relance::clock::Now;
use relance::condition::ScoreState;
use relance::error::{Error, Kind, Result, io_error};
use relance::private;
use relance::profile::Reading;
use relance::project::Project;
use relance::project::checked::Score;
use relance::propensity::{FORMAT, May, Model, Scorer, Scorers};
use relance::snapshot::Snapshot;

use super::whole::beside;

/// Lays the scores of a project over the profiles of a snapshot.
pub(crate) fn know_scores(project: &Project, snapshot: &mut Snapshot) -> Result<()> {
    if project.settings.scores.is_empty() {
        return Ok(());
    }
    let scorers = project.settings.scores.iter().map(|score| scorer(project, score)).collect::<Result<Vec<_>>>()?;
    let (at, may) = (snapshot.now.at, may(project, snapshot));
    snapshot.profiles.score_by(Scorers::new(scorers, at, may));
    Ok(())
}

/// Says whose scores may be computed.
pub(crate) fn may(project: &Project, snapshot: &Snapshot) -> May {
    let expired = Reading::of(project, snapshot.now).consents_expired;
    May { asks_profiling: snapshot.inputs.asks_profiling(), expired }
}

/// Says how the scores of a project are, without reading its data.
pub(crate) fn states(project: &Project, now: Now) -> Result<BTreeMap<String, ScoreState>> {
    let scorers = project.settings.scores.iter().map(|score| scorer(project, score)).collect::<Result<Vec<_>>>()?;
    Ok(Scorers::new(scorers, now.at, May::default()).states(now).collect())
}

/// Makes a score with the model that is kept of it.
pub(crate) fn scorer(project: &Project, score: &Score) -> Result<Scorer> {
    let model = if score.kind.is_learned() { read(&path(project, &score.name))? } else { None };
    Ok(Scorer::new(score, model))
}

/// Names the file of a model.
pub(crate) fn path(project: &Project, name: &str) -> PathBuf {
    project.root.join(".relance").join("scores").join(format!("{name}.json"))
}

/// Writes a model whole: a reader sees the old one or the new one.
pub(crate) fn write(project: &Project, model: &Model) -> Result<PathBuf> {
    let path = path(project, &model.name);
    private::make_folder_of(&path)?;
    let mut text = serde_json::to_string_pretty(model)
        .map_err(|error| Error::new(Kind::Io, format!("cannot write down the model of `{}`: {error}", model.name)).caused_by(error))?;
    text.push('\n');
    private::write_then_rename(&beside(&path), &path, text.as_bytes())?;
    Ok(path)
}

fn read(path: &Path) -> Result<Option<Model>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error("read", path, error)),
    };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let damaged = |error: serde_json::Error| {
        Error::new(Kind::Data, format!("the model `{}` cannot be used: {error}", path.display()))
            .help(format!("run `relance score train {name}`"))
            .caused_by(error)
    };
    let mut file: serde_json::Value = serde_json::from_str(&text).map_err(damaged)?;
    if file["format"] != FORMAT {
        // Of another form there is only to know that it is one.
        file["calibration"] = serde_json::Value::Null;
        return Ok(serde_json::from_value(file).ok());
    }
    serde_json::from_value(file).map(Some).map_err(damaged)
}
