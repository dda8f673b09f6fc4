//! Files and folders that only their owner may read: what they hold is of people, or secret.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::{Result, io_error};

/// Makes a folder and those above it when missing, closed to others.
pub fn make_folder(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| io_error("make the folder", folder, error))
}

/// Makes the folder of a file and those above it when missing, closed to others.
pub fn make_folder_of(file: &Path) -> Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists());
    folder.map_or(Ok(()), make_folder)
}

/// Returns options that create files closed to others.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a file closed to others, where there is none.
pub fn create_new(path: &Path) -> io::Result<File> {
    options().write(true).create_new(true).open(path)
}

/// Writes `temporary` exclusively and durably, then renames it to `path`; an older `temporary` is the rest of a crash.
/// On failure nothing is left of it: a full disk needs the room.
pub fn write_then_rename(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        match std::fs::remove_file(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create_new(temporary)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        std::fs::rename(temporary, path)
    };
    write().map_err(|error| {
        _ = std::fs::remove_file(temporary);
        io_error("write", path, error)
    })
}

/// Makes the names in a folder durable.
pub fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error("write", folder, error))
}
