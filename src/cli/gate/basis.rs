//! What a plan rests on: the files of the project, of the sources and of the models of its scores, by their content.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use relance::clock::Timestamp;
use relance::error::{Result, io_error};
use relance::id::hex;
use relance::project::Project;
use relance::source;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::cli::{scored, secrets};

/// Folders of a project that decide what is sent.
const FOLDERS: [&str; 4] = ["blocks", "campaigns", "locales", "templates"];

/// SHA-256 of everything a plan rests on, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Basis {
    /// The layer of configuration.
    env: Option<String>,
    /// Files of the project, by name from its folder.
    project: BTreeMap<String, String>,
    /// Files of the sources, by name; of a query, what tells of its changes, by the name of the source.
    inputs: BTreeMap<String, String>,
    /// Models of scores that were learned, by the name of the score.
    #[serde(default)]
    models: BTreeMap<String, String>,
    /// Sources of which nothing tells whether they changed.
    pub(crate) unknown: Vec<String>,
}

impl Basis {
    /// Reads every file; must be done before they are read to decide, so that a change in between is seen later.
    pub(crate) fn of(project: &Project, env: Option<&str>) -> Result<Self> {
        let mut files = BTreeMap::new();
        let configs = ["relance.toml", "segments.toml", "offers.toml"].map(str::to_owned);
        for name in configs.into_iter().chain(env.map(|env| format!("relance.{env}.toml"))) {
            add_file(&mut files, &project.root, &name)?;
        }
        for folder in FOLDERS {
            add_folder(&mut files, &project.root, folder)?;
        }
        let (mut inputs, mut unknown) = (BTreeMap::new(), Vec::new());
        let urls = secrets::source_urls(project)?;
        for (name, spec) in project.config.sources.each() {
            if spec.files.is_some() {
                for file in source::list(name, spec, &project.root)? {
                    inputs.insert(file.name.clone(), file.digest()?);
                }
            } else if let Some((query, url)) = spec.changed.as_ref().zip(urls.get(name)) {
                let answer = source::ask(name, query.get_ref(), url, &project.root)?;
                inputs.insert(name.to_owned(), hex(&Sha256::digest(answer.as_bytes())));
            } else {
                unknown.push(name.to_owned());
            }
        }
        let mut models = BTreeMap::new();
        for score in project.settings.scores.iter().filter(|score| score.kind.is_learned()) {
            add(&mut models, &score.name, &scored::path(project, &score.name))?;
        }
        Ok(Self { env: env.map(str::to_owned), project: files, inputs, models, unknown })
    }

    /// Lists what is not as it was, one line each.
    pub(crate) fn changes(&self, before: &Self) -> Vec<String> {
        let layer = |env: &Option<String>| env.clone().unwrap_or_else(|| "none".to_owned());
        let mut changes = Vec::new();
        if self.env != before.env {
            changes.push(format!("the layer is `{}`, the plan's is `{}`", layer(&self.env), layer(&before.env)));
        }
        changes.extend(differences("the project", &before.project, &self.project));
        changes.extend(differences("the data", &before.inputs, &self.inputs));
        changes.extend(differences("the models of scores", &before.models, &self.models));
        changes
    }
}

fn differences(what: &str, before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<String> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let word = |name: &String| match (before.get(name), now.get(name)) {
        (Some(before), Some(now)) if before == now => None,
        (Some(_), Some(_)) => Some("changed"),
        (Some(_), None) => Some("is gone"),
        _ => Some("is new"),
    };
    names.into_iter().filter_map(|name| word(name).map(|word| format!("{what}: `{name}` {word}"))).collect()
}

fn add_file(files: &mut BTreeMap<String, String>, root: &Path, name: &str) -> Result<()> {
    add(files, name, &root.join(name))
}

/// Adds a file under a name; nothing when there is none.
fn add(files: &mut BTreeMap<String, String>, name: &str, path: &Path) -> Result<()> {
    match fs::read(path) {
        Ok(bytes) => {
            files.insert(name.to_owned(), hex(&Sha256::digest(bytes)));
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(io_error("read", path, error)),
    }
}

fn add_folder(files: &mut BTreeMap<String, String>, root: &Path, name: &str) -> Result<()> {
    let path = root.join(name);
    let failed = |error| io_error("read", &path, error);
    if !path.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(&path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() { add_folder(files, root, &name)? } else { add_file(files, root, &name)? }
    }
    Ok(())
}

/// Says how old a plan is, in hours; negative before its instant.
pub(super) fn age_words(planned: Timestamp, now: Timestamp) -> String {
    let hours = now.since(planned).in_days() * 24.0;
    format!("{hours:.1} hours")
}
