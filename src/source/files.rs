//! Which files a source is, what format each has, and their bytes without compression.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::time::UNIX_EPOCH;

use flate2::bufread::MultiGzDecoder;

use super::report::InputFile;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, io_error};
use crate::project::config::{Format, SourceSpec};

/// Compression around a text file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

/// Lists the files of a source in order of path; none at all is an error.
pub(super) fn list(source: &str, pattern: &str, root: &Path) -> Result<Vec<InputFile>, Error> {
    let wrong = |why: String| Error::new(Kind::Project, format!("source `{source}`: `{pattern}` is not a pattern of files: {why}"));
    // The folder may contain `[`; an absolute pattern replaces it, as in `Path::join`.
    let full = Path::new(&glob::Pattern::escape(&root.to_string_lossy())).join(pattern);
    // `*` leaves alone the dot files that exporters write before renaming them.
    let options = glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let mut files = Vec::new();
    for path in glob::glob_with(&full.to_string_lossy(), options).map_err(|error| wrong(error.to_string()))? {
        let path = path.map_err(|error| io_error("list", error.path(), std::io::Error::from(error.error().kind())))?;
        let metadata = std::fs::metadata(&path).map_err(|error| io_error("read", &path, error))?;
        if metadata.is_file() {
            let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let modified = modified.and_then(|since| i64::try_from(since.as_micros()).ok()).map(Timestamp);
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(InputFile { path, name, bytes: metadata.len(), modified });
        }
    }
    if files.is_empty() {
        return Err(Error::new(Kind::Data, format!("source `{source}`: no file matches `{pattern}`"))
            .help(format!("create the file, or correct `files` in [sources.{source}]")));
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Returns the format of a file, by `format` or by its extension, and the compression around it.
pub(super) fn format(source: &str, name: &str, spec: &SourceSpec) -> Result<(Format, Compression), Error> {
    let lower = name.to_ascii_lowercase();
    let (stem, compression) = match (lower.strip_suffix(".gz"), lower.strip_suffix(".zst")) {
        (Some(stem), _) => (stem, Compression::Gzip),
        (_, Some(stem)) => (stem, Compression::Zstd),
        _ => (lower.as_str(), Compression::None),
    };
    let format = spec.format.or_else(|| match stem.rsplit('.').next() {
        Some("csv" | "tsv" | "txt") => Some(Format::Csv),
        Some("jsonl" | "ndjson" | "json") => Some(Format::Jsonl),
        Some("parquet" | "pq") => Some(Format::Parquet),
        Some("rss" | "atom" | "xml") => Some(Format::Rss),
        _ => None,
    });
    match format {
        None => Err(Error::new(Kind::Project, format!("source `{source}`: the format of `{name}` is unknown"))
            .help(format!("add `format = \"csv\"`, `\"jsonl\"`, `\"parquet\"` or `\"rss\"` to [sources.{source}]"))),
        Some(Format::Parquet) if compression != Compression::None => {
            Err(Error::new(Kind::Data, format!("source `{source}`: `{name}` is a compressed Parquet file; Parquet compresses by itself"))
                .help(format!("decompress `{name}`")))
        }
        Some(format) => Ok((format, compression)),
    }
}

/// Opens a text file, decompressing on the way.
pub(super) fn open(path: &Path, compression: Compression) -> Result<Box<dyn Read>, Error> {
    const BUFFER_BYTES: usize = 64 << 10;
    let failed = |error| io_error("open", path, error);
    let file = File::open(path).map_err(failed)?;
    Ok(match compression {
        Compression::None => Box::new(file),
        Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER_BYTES, file))),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(file).map_err(failed)?),
    })
}

/// Says that the bytes of a file cannot be read: damaged when it is compressed, a local fault otherwise.
pub(super) fn broken(source: &str, name: &str, compression: Compression, error: std::io::Error) -> Error {
    match compression {
        Compression::None => Error::new(Kind::Io, format!("source `{source}`: cannot read `{name}`: {error}")).caused_by(error),
        Compression::Gzip | Compression::Zstd => {
            Error::new(Kind::Data, format!("source `{source}`: `{name}` is damaged or incomplete: {error}"))
                .caused_by(error)
                .help(format!("write `{name}` again, under another name until it is complete"))
        }
    }
}
