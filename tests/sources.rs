//! The input layer: the same rows from every format and database, and every kind of bad input refused in its place.

#[path = "support/postgres.rs"]
mod postgres;

#[path = "sources/bad.rs"]
mod bad;
#[path = "sources/feeds.rs"]
mod feeds;
#[path = "sources/same.rs"]
mod same;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use relance::clock::Timestamp;
use relance::error::Error;
use relance::money::Currency;
use relance::project::config::SourceSpec;
use relance::source::{ReadSettings, Record, SourceReport, read};

/// Reads the `[sources.x]` table of a test.
fn spec(toml: &str) -> SourceSpec {
    toml::from_str(toml).expect("the test's source is well written")
}

fn settings<'a>(root: &'a Path, database_url: Option<&'a str>) -> ReadSettings<'a> {
    let zone = chrono_tz::Europe::Paris;
    let now = Timestamp::parse("2011-12-01T00:00:00Z", zone).expect("an instant");
    ReadSettings { root, zone, currency: Currency::parse("EUR").expect("a code"), database_url, now, threads: 2 }
}

/// Reads a source and returns its rows as text, sorted.
fn rows<R: Record>(name: &str, toml: &str, root: &Path, url: Option<&str>) -> Result<(Vec<String>, SourceReport), Error>
where
    for<'a> R::Row<'a>: std::fmt::Debug,
{
    let rows = Mutex::new(Vec::new());
    let report = read::<R>(name, &spec(toml), &settings(root, url), &|row| rows.lock().expect("no panic").push(format!("{row:?}")))?;
    let mut rows = rows.into_inner().expect("no panic");
    rows.sort();
    Ok((rows, report))
}

/// Writes one file into a fresh folder.
fn folder(file: &str, bytes: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(file), bytes).expect("a file");
    folder
}
