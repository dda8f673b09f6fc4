//! The folder of a snapshot: what it was built from, and whether that is still what stands there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::build::{BuildReport, blur_fingerprint, serves};
use super::{Inputs, Profiles, Snapshot};
use crate::clock::{Now, Timestamp};
use crate::error::{Error, Kind, Result, io_error};
use crate::id::hex;
use crate::private;
use crate::project::Project;
use crate::source::{InputFile, SourceReport};

/// Builds of this process: it may read the profiles of the first while it writes those of the second.
static BUILDS: AtomicU64 = AtomicU64::new(0);

/// Changes whenever a profile or a model means something else; old snapshots are then built again.
const FORMAT: u32 = 11;

/// The file of what people may want next; it knows products by position, and nobody.
const RECOMMENDER: &str = "recommender.bin";

/// Changes whenever what is learned means something else.
const RECOMMENDER_FORMAT: u32 = 2;

/// The file of the profiles.
const PROFILES: &str = "profiles.parquet";

/// Where the snapshot of a project lives.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    /// A fingerprint of the key that models are to be blurred under.
    blur_key: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    definition: String,
    at: Timestamp,
    zone: Tz,
    inputs: Inputs,
    files: BTreeMap<String, Vec<File>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct File {
    name: String,
    bytes: u64,
    modified: Option<Timestamp>,
    sha256: String,
}

impl Folder {
    /// Names the snapshot of a project; nothing is read.
    pub fn of(project: &Project) -> Self {
        Self { path: project.root.join(".relance").join("profiles"), blur_key: None }
    }

    /// Names the snapshot that is made with these secrets, of which only the key of the blur is looked at; see [`build`](super::build).
    #[must_use]
    pub fn under(self, project: &Project, secrets: &BTreeMap<String, String>) -> Self {
        Self { blur_key: blur_fingerprint(project.settings.blur, secrets), ..self }
    }

    /// Names a file for profiles in the making, in a place from where they can be kept; none where nothing can be written.
    pub(super) fn scratch(&self) -> Option<PathBuf> {
        let parent = self.path.parent()?;
        private::make_folder(parent).ok()?;
        Some(parent.join(format!("profiles.{}.{}.parquet", std::process::id(), BUILDS.fetch_add(1, Ordering::Relaxed))))
    }

    /// Writes a snapshot whole: a reader sees the old one or the new one.
    ///
    /// A project with a query among its sources has no snapshot: what the query would give now is not known.
    pub fn write(&self, project: &Project, snapshot: &Snapshot, report: &BuildReport) -> Result<bool> {
        if report.sources.values().any(|source| source.files.is_empty()) {
            return Ok(false);
        }
        let parent = self.path.parent().unwrap_or(Path::new("."));
        let fresh = parent.join(format!("profiles.{}.new", std::process::id()));
        _ = fs::remove_dir_all(&fresh);
        private::make_folder(parent)?;
        private::make_folder(&fresh)?;
        let written = write_into(&fresh, project, snapshot, report);
        if let Err(error) = written {
            _ = fs::remove_dir_all(&fresh);
            return Err(error);
        }
        let old = parent.join(format!("profiles.{}.old", std::process::id()));
        let moved = fs::rename(&self.path, &old).is_ok();
        let result = fs::rename(&fresh, &self.path).map_err(|error| io_error("write", &self.path, error));
        if moved {
            _ = fs::remove_dir_all(&old);
        }
        result.map(|()| true)
    }

    /// Deletes the snapshot, and profiles that another process left in the making; the next command builds it again.
    pub fn remove(&self) -> Result<()> {
        let Ok(entries) = fs::read_dir(self.path.parent().unwrap_or(Path::new("."))) else { return Ok(()) };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.file_name().is_some_and(|name| name.to_string_lossy().split('.').next() == Some("profiles")) {
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.or_else(|error| {
                    if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(io_error("delete", &path, error)) }
                })?;
            }
        }
        Ok(())
    }

    /// Opens the snapshot when it is what building at `now` would give; its profiles are read when they are asked for. One that is blurred
    /// is read under its key.
    pub fn read(&self, project: &Project, now: Now) -> Option<Snapshot> {
        let manifest: Manifest = serde_json::from_slice(&fs::read(self.path.join("manifest.json")).ok()?).ok()?;
        let built = Now { at: manifest.at, zone: manifest.zone };
        let same = manifest.format == FORMAT && manifest.definition == definition(project);
        let same = same && manifest.inputs.blur_key == self.blur_key;
        if !same || !serves(&built, manifest.inputs.next_hidden_at, now) || !unchanged(project, &manifest) {
            return None;
        }
        let decode = |name: &str| fs::read(self.path.join(name)).ok();
        let catalogue = decode_as(&decode("catalogue.bin")?)?;
        let models = decode_as(&decode("models.bin")?)?;
        let recommender = decode_recommender(&decode(RECOMMENDER)?)?;
        let profiles = Profiles::open(&self.path.join(PROFILES)).ok()?;
        Some(Snapshot { now, catalogue, models, recommender, profiles, inputs: manifest.inputs })
    }
}

/// Reads what was learned, when it is of this format.
fn decode_recommender(bytes: &[u8]) -> Option<crate::recommend::Recommender> {
    let bytes = zstd::decode_all(bytes).ok()?;
    let (format, learned) = postcard::take_from_bytes::<u32>(&bytes).ok()?;
    if format == RECOMMENDER_FORMAT { postcard::from_bytes(learned).ok() } else { None }
}

fn write_into(folder: &Path, project: &Project, snapshot: &Snapshot, report: &BuildReport) -> Result<()> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).map_err(|error| io_error("write", &path, error))
    };
    snapshot.profiles.keep(&folder.join(PROFILES))?;
    write("catalogue.bin", &encode(&snapshot.catalogue)?)?;
    write("models.bin", &encode(&snapshot.models)?)?;
    write(RECOMMENDER, &encode(&(RECOMMENDER_FORMAT, &snapshot.recommender))?)?;
    let files = report.sources.iter().map(|(name, source)| Ok(((*name).to_owned(), files_of(source)?))).collect::<Result<_>>()?;
    let manifest = Manifest {
        format: FORMAT,
        definition: definition(project),
        at: snapshot.now.at,
        zone: snapshot.now.zone,
        inputs: snapshot.inputs.clone(),
        files,
    };
    let json = serde_json::to_vec_pretty(&manifest).map_err(|error| Error::new(Kind::Io, "cannot write the manifest").caused_by(error))?;
    write("manifest.json", &json)
}

/// Hashes what of the configuration changes a profile.
fn definition(project: &Project) -> String {
    let profile = &project.settings;
    let spans = [profile.half_life, profile.popularity_half_life, project.social_proof_window()].map(|span| span.0);
    let sources = serde_json::to_string(&project.config.sources).unwrap_or_default();
    let learns = project.learned_for();
    let blur = profile.blur.map(|blur| format!("{blur:?} ")).unwrap_or_default();
    let text = format!("{FORMAT} {} {blur}{spans:?} {learns:?} {} {} {sources}", env!("CARGO_PKG_VERSION"), project.zone, project.currency);
    hex(&Sha256::digest(text.as_bytes()))
}

fn files_of(source: &SourceReport) -> Result<Vec<File>> {
    source
        .files
        .iter()
        .map(|file| Ok(File { name: file.name.clone(), bytes: file.bytes, modified: file.modified, sha256: file.digest()? }))
        .collect()
}

/// Says whether the files are those of the manifest: same names, and same size and time, or else same content.
fn unchanged(project: &Project, manifest: &Manifest) -> bool {
    let specs = project.config.sources.each();
    let declared = specs.iter().map(|(name, _)| *name);
    declared.eq(manifest.files.keys().map(String::as_str))
        && specs.iter().all(|(name, spec)| {
            let Ok(found) = crate::source::list(name, spec, &project.root) else { return false };
            let known = &manifest.files[*name];
            found.len() == known.len() && found.iter().zip(known).all(|(found, known)| is_same(found, known))
        })
}

fn is_same(found: &InputFile, known: &File) -> bool {
    found.name == known.name
        && found.bytes == known.bytes
        && (found.modified.is_some() && found.modified == known.modified || found.digest().is_ok_and(|digest| digest == known.sha256))
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>> {
    let failed = |error: String| Error::new(Kind::Io, format!("cannot write the snapshot: {error}"));
    let bytes = postcard::to_stdvec(value).map_err(|error| failed(error.to_string()))?;
    zstd::encode_all(bytes.as_slice(), 1).map_err(|error| failed(error.to_string()))
}

fn decode_as<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(&zstd::decode_all(bytes).ok()?).ok()
}
