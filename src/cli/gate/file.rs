//! The file of a plan: JSON lines compressed with zstd, a header, one line a contact in the order of ids, what they came to, and
//! the SHA-256 of all before.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use relance::audience::Skip;
use relance::clock::Timestamp;
use relance::error::{Error, Kind, Result, io_error};
use relance::id::{CampaignName, ContactId, Edition, hex};
use relance::ledger::PlannedMessage;
use relance::plan::{Change, Totals};
use relance::project::content::Level;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::basis::Basis;
use crate::cli::whole::Whole;

/// Version of the form; a reader refuses any other.
pub(crate) const FORMAT: u32 = 1;
/// Level of zstd: plans are large and read few times.
const COMPRESSION: i32 = 3;
/// Longest line that is read, in bytes: a damaged file may claim any.
const LINE_MAX: u64 = 16 << 20;

/// What a plan is of, and what it was made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Header {
    /// [`FORMAT`], under the name that says what the file is.
    pub(crate) relance_plan: u32,
    /// Version of the program.
    pub(crate) program: String,
    pub(crate) campaign: CampaignName,
    /// The edition whose totals are kept.
    pub(crate) edition: Edition,
    /// The instant at which it was decided.
    pub(crate) now: Timestamp,
    pub(crate) zone: Tz,
    pub(crate) max_level: Level,
    /// Who answers for the campaign.
    pub(crate) owner: Option<String>,
    /// Who may approve; nobody has to when empty.
    pub(crate) approval: Vec<String>,
    pub(crate) basis: Basis,
}

/// What was decided for one contact: a mail, or why not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) recipient: ContactId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) mail: Option<PlannedMessage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) skip: Option<Skip>,
    /// The arm of a person who came as far as the draw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arm: Option<String>,
}

/// What the lines come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Trailer {
    pub(crate) totals: Totals,
    /// The score card, as `plan --json` prints it.
    pub(crate) score: Value,
    /// Levers of the score card that are red.
    pub(crate) red: Vec<String>,
    /// The edition compared with, and what differs.
    pub(crate) since: Option<(String, Vec<Change>)>,
    /// What a reader should know before sending it.
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Seal {
    sha256: String,
}

/// Writes the file of a plan, which appears whole or not at all.
pub(crate) struct Writer {
    path: PathBuf,
    file: zstd::Encoder<'static, Whole>,
    digest: Sha256,
}

impl Writer {
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self> {
        let file = zstd::Encoder::new(Whole::create(path)?, COMPRESSION).map_err(|error| io_error("write", path, error))?;
        let mut writer = Self { path: path.to_owned(), file, digest: Sha256::new() };
        writer.write(header)?;
        Ok(writer)
    }

    pub(crate) fn write(&mut self, value: &impl Serialize) -> Result<()> {
        let mut line =
            serde_json::to_vec(value).map_err(|error| Error::new(Kind::Io, "cannot write a line of the plan").caused_by(error))?;
        line.push(b'\n');
        self.digest.update(&line);
        self.file.write_all(&line).map_err(|error| io_error("write", &self.path, error))
    }

    /// Seals the plan; returns its SHA-256.
    pub(crate) fn finish(mut self, trailer: &Trailer) -> Result<String> {
        self.write(trailer)?;
        let sha256 = hex(&self.digest.clone().finalize());
        self.write(&Seal { sha256: sha256.clone() })?;
        self.file.finish().map_err(|error| io_error("write", &self.path, error))?.finish()?;
        Ok(sha256)
    }
}

/// A plan that is whole, with its file held open.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    pub(crate) trailer: Trailer,
    /// Of all lines but the last.
    pub(crate) sha256: String,
    file: File,
}

impl Opened {
    /// Reads the whole file once, so that nothing is done after a plan that is cut or altered.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| io_error("read", path, error))?;
        let mut lines = RawLines::of(path, &file)?;
        let mut digest = Sha256::new();
        let first = lines.next()?.ok_or_else(|| no_plan(path))?;
        digest.update(&first);
        let header = header(path, &first)?;
        let (mut last, mut n_lines) = (None::<[Vec<u8>; 2]>, 0_u64);
        let mut before = lines.next()?.ok_or_else(|| damaged(path, "it ends early"))?;
        while let Some(line) = lines.next()? {
            digest.update(&before);
            n_lines += 1;
            last = Some([std::mem::replace(&mut before, line.clone()), line]);
        }
        let [trailer, seal] = last.ok_or_else(|| damaged(path, "it ends early"))?;
        let seal: Seal = serde_json::from_slice(&seal).map_err(|_| damaged(path, "it ends early"))?;
        if seal.sha256 != hex(&digest.finalize()) {
            return Err(damaged(path, "its content is not what was written"));
        }
        let trailer: Trailer = serde_json::from_slice(&trailer).map_err(|_| damaged(path, "its totals cannot be read"))?;
        if trailer.totals.contacts + 1 != n_lines {
            return Err(damaged(path, "its totals are not those of its lines"));
        }
        Ok(Self { path: path.to_owned(), header, trailer, sha256: seal.sha256, file })
    }

    /// Reads what was decided for each contact, in the order of ids.
    pub(crate) fn lines(&self) -> Result<Lines<'_>> {
        let mut raw = RawLines::of(&self.path, &self.file)?;
        raw.next()?;
        Ok(Lines { raw, path: &self.path, left: self.trailer.totals.contacts })
    }
}

/// The lines of contacts.
pub(crate) struct Lines<'a> {
    raw: RawLines<'a>,
    path: &'a Path,
    left: u64,
}

impl Lines<'_> {
    /// Returns the next; none after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Line>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let line = self.raw.next()?.ok_or_else(|| damaged(self.path, "it changed while it was read"))?;
        serde_json::from_slice(&line).map(Some).map_err(|_| damaged(self.path, "a line of it cannot be read"))
    }
}

struct RawLines<'a> {
    path: &'a Path,
    reader: BufReader<zstd::Decoder<'static, BufReader<File>>>,
}

impl<'a> RawLines<'a> {
    fn of(path: &'a Path, file: &File) -> Result<Self> {
        let failed = |error| io_error("read", path, error);
        let mut file = file.try_clone().map_err(failed)?;
        file.rewind().map_err(failed)?;
        Ok(Self { path, reader: BufReader::new(zstd::Decoder::new(file).map_err(failed)?) })
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        match self.reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut line) {
            Ok(0) => Ok(None),
            Ok(_) if line.ends_with(b"\n") => Ok(Some(line)),
            Ok(_) => Err(damaged(self.path, "it ends early")),
            Err(_) => Err(damaged(self.path, "it is cut, altered, or no plan")),
        }
    }
}

fn header(path: &Path, line: &[u8]) -> Result<Header> {
    let value: Value = serde_json::from_slice(line).map_err(|_| no_plan(path))?;
    match value.get("relance_plan").and_then(Value::as_u64) {
        None => Err(no_plan(path)),
        Some(format) if format != u64::from(FORMAT) => {
            let message = format!("`{}` is a plan of form {format}; this program reads form {FORMAT}", path.display());
            Err(Error::new(Kind::Data, message).help("use the version of relance that wrote it, or plan again"))
        }
        Some(_) => serde_json::from_value(value).map_err(|_| damaged(path, "its header cannot be read")),
    }
}

fn no_plan(path: &Path) -> Error {
    Error::new(Kind::Data, format!("`{}` is not a plan", path.display())).help("write one with `relance plan CAMPAIGN --out FILE`")
}

fn damaged(path: &Path, why: &str) -> Error {
    Error::new(Kind::Data, format!("the plan `{}` is damaged: {why}", path.display()))
        .help("plan again: `relance plan CAMPAIGN --out FILE`")
}
