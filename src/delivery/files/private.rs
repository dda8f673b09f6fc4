//! Files and folders that only their owner may read, with names that data cannot bend.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::{Result, io_error};

/// Makes a folder and those above it when missing, closed to others.
pub(super) fn make_folder(folder: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| io_error("make the folder", folder, error))
}

/// Returns options that create files closed to others.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes `temporary` exclusively and durably, then renames it to `path`; an older `temporary` is the rest of a crash.
/// On failure nothing is left of it: a full disk needs the room.
pub(super) fn write_then_rename(temporary: &Path, path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        match std::fs::remove_file(temporary) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = options().write(true).create_new(true).open(temporary)?;
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
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| io_error("write", folder, error))
}

/// Returns a text reduced to letters, digits, `-` and `_`, cut short: safe as a part of a file name.
pub(super) fn name_part(text: &str) -> String {
    const PART_CHARS_MAX: usize = 40;
    text.chars().take(PART_CHARS_MAX).map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::name_part;

    #[test]
    fn no_data_leaves_the_folder() {
        for (text, name) in [("2011-W46", "2011-W46"), ("../../etc/passwd", "______etc_passwd"), ("a\0b\n", "a_b_"), ("é.", "__"), ("", "")]
        {
            assert_eq!(name_part(text), name);
        }
        assert_eq!(name_part(&"x".repeat(300)).len(), 40);
    }
}
