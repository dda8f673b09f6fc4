//! Where a ledger is: its URL read, its file made, or refused when it was emptied.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::database::{Dialect, Synced, explain, try_once};
use crate::error::{Error, Kind, Result, io_error};
use crate::private::{create_new, make_folder_of};

/// What errors name: never a password.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) shown: String,
    pub(super) file: Option<PathBuf>,
    pub(super) sync: Synced,
}

/// Refuses a file without a byte that was there before: SQLite would take it for a new ledger, and everybody would be written to again.
///
/// One that is being made has no name yet: see [`make`].
pub(super) fn refuse_emptied(place: &Place, found_there: bool) -> Result<()> {
    let Some(file) = place.file.as_ref().filter(|_| found_there) else { return Ok(()) };
    if file.metadata().is_ok_and(|metadata| metadata.len() > 0) {
        return Ok(());
    }
    Err(Error::new(Kind::Io, format!("the ledger {} is empty: what was sent is not known any more", place.shown))
        .help(format!("restore it from a backup; only if nothing was ever sent, `rm {}`", file.display())))
}

/// Makes the file of a new ledger: it takes its name once SQLite has written its first page, so that neither a full disk nor the end of
/// the process leaves an empty file, which would look like a ledger that was lost.
pub(super) async fn make(place: &Place, file: &Path) -> Result<()> {
    static N_MADE: AtomicU32 = AtomicU32::new(0);
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}-{}.part", std::process::id(), N_MADE.fetch_add(1, Ordering::Relaxed)));
    let fresh = file.with_file_name(name);
    make_private(&fresh)?;
    let url = sqlite_url(&fresh.to_string_lossy(), "mode=rw");
    let made = try_once(&url, Dialect::Sqlite, place.sync).await.map_err(|error| explain(place, error));
    // A link never replaces the ledger that another process made in the meantime.
    let named = made.and_then(|()| match std::fs::hard_link(&fresh, file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(io_error("make the ledger", file, error)),
        _ => Ok(()),
    });
    for rest in ["", "-wal", "-shm", "-journal"] {
        let mut path = fresh.clone().into_os_string();
        path.push(rest);
        _ = std::fs::remove_file(path);
    }
    named
}

/// The driver reads a URL, where two characters of a path have a meaning of their own.
fn sqlite_url(path: &str, query: &str) -> String {
    format!("sqlite://{}?{query}", path.replace('%', "%25").replace('#', "%23"))
}

/// What a URL says after `?` of a ledger that is thrown away: its commits outlive the process, and not a power cut.
pub const FLEETING: &str = "synchronous=normal";

/// Also says whether the file was there before.
pub(super) fn locate(url: &str, create: bool) -> Result<(Dialect, String, Place, bool)> {
    if let Some(rest) = url.strip_prefix("sqlite:") {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let file = PathBuf::from(path);
        let found_there = file.is_file();
        if !create && !file.exists() {
            return Err(Error::new(Kind::Io, format!("there is no ledger at `{path}`")).help("the first `relance run` makes it"));
        }
        let sync = if query.split('&').any(|part| part == FLEETING) { Synced::Normal } else { Synced::Full };
        let query: Vec<&str> = query.split('&').filter(|part| !part.is_empty() && *part != FLEETING).collect();
        let query = if query.iter().any(|part| part.starts_with("mode=")) { query.join("&") } else { "mode=rw".to_owned() };
        let place = Place { shown: format!("`{path}`"), file: Some(file), sync };
        return Ok((Dialect::Sqlite, sqlite_url(path, &query), place, found_there));
    }
    let parsed = url::Url::parse(url).ok().filter(|parsed| matches!(parsed.scheme(), "postgres" | "postgresql"));
    let Some(parsed) = parsed else {
        return Err(Error::new(Kind::Usage, "the ledger's database is neither SQLite nor PostgreSQL")
            .help("write `sqlite://.relance/ledger.db` or `postgres://user@host/database`"));
    };
    let shown = format!("`{}{}`", parsed.host_str().unwrap_or("localhost"), parsed.path());
    Ok((Dialect::Postgres, url.to_owned(), Place { shown, file: None, sync: Synced::Full }, true))
}

/// Makes the file and its folder when missing, closed to other users: it holds addresses.
fn make_private(file: &Path) -> Result<()> {
    make_folder_of(file)?;
    match create_new(file) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(io_error("make the ledger", file, error)),
        _ => Ok(()),
    }
}
