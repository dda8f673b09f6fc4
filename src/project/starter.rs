//! The project that `relance init` writes: one campaign, invented people, works offline.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::{Error, Kind, Result, io_error};

static STARTER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates/starter");

/// Place of the project's name in the embedded texts.
const NAME: &str = "@NAME@";

/// Writes a starter project into a folder, which is made when it is absent; returns the paths written, sorted.
///
/// # Errors
/// `Kind::Usage` when a file of the same name is already there: nothing is written then.
pub fn write_starter(dir: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let name = name.trim();
    if name.is_empty() || name.len() > 100 || name.chars().any(|letter| letter.is_control() || matches!(letter, '"' | '\\')) {
        return Err(
            Error::new(Kind::Usage, "the project's name must be one line without quotes").help("write for example `--name Boutique`")
        );
    }
    let mut files = Vec::new();
    collect(&STARTER, &mut files);
    files.sort_by_key(|(path, _)| *path);
    if let Some((taken, _)) = files.iter().find(|(path, _)| dir.join(path).symlink_metadata().is_ok()) {
        return Err(Error::new(Kind::Usage, format!("`{}` is already there; nothing was written", dir.join(taken).display()))
            .help("give an empty folder: `relance init DIR`"));
    }
    let mut written = Vec::new();
    for (path, content) in files {
        let target = dir.join(path);
        let content = String::from_utf8_lossy(content).replace(NAME, name);
        let done = target.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| write_new(&target, content.as_bytes()));
        if let Err(error) = done {
            // Half a starter would be in the way of the next attempt; what was there before is not of this list.
            for path in &written {
                _ = fs::remove_file(path);
            }
            return Err(io_error("write", &target, error));
        }
        written.push(target);
    }
    Ok(written)
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content).inspect_err(|_| {
        _ = fs::remove_file(path);
    })
}

fn collect<'a>(dir: &'a Dir<'a>, files: &mut Vec<(&'a Path, &'a [u8])>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(inner) => collect(inner, files),
            DirEntry::File(file) => files.push((file.path(), file.contents())),
        }
    }
}
