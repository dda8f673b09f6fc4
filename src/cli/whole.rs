//! A file that a command writes bit by bit, which appears whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use relance::error::{Result, io_error};
use relance::private;

/// A file of its owner's only, under another name until [`Self::finish`]. A pipe or a device is written as it is.
pub(super) struct Whole {
    path: PathBuf,
    temporary: Option<PathBuf>,
    file: BufWriter<File>,
}

impl Whole {
    pub(super) fn create(path: &Path) -> Result<Self> {
        let is_special = path.metadata().is_ok_and(|found| !found.is_file());
        let temporary = (!is_special).then(|| beside(path));
        let file = match &temporary {
            // One that is there is the rest of a crash.
            Some(temporary) => private::options().write(true).create(true).truncate(true).open(temporary),
            None => OpenOptions::new().write(true).open(path),
        };
        let file = file.map_err(|error| io_error("write", path, error))?;
        Ok(Self { path: path.to_owned(), temporary, file: BufWriter::new(file) })
    }

    pub(super) fn text(&mut self, text: &str) -> Result<()> {
        self.file.write_all(text.as_bytes()).map_err(|error| io_error("write", &self.path, error))
    }

    /// Makes it durable and gives it its name.
    pub(super) fn finish(mut self) -> Result<()> {
        let done = self.file.flush().and_then(|()| match &self.temporary {
            Some(temporary) => self.file.get_ref().sync_all().and_then(|()| std::fs::rename(temporary, &self.path)),
            None => Ok(()),
        });
        done.map_err(|error| io_error("write", &self.path, error))
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Whole {
    fn drop(&mut self) {
        // Once renamed there is nothing of that name.
        if let Some(temporary) = &self.temporary {
            _ = std::fs::remove_file(temporary);
        }
    }
}

/// Returns the name that something has while it is written.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}
