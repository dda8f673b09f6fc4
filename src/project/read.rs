//! Reading the texts of the project folder: UTF-8, bounded, never outside the root.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::NamedSource;

use super::Text;
use crate::error::{Diagnostic, Error, Result, io_error};

/// Largest text of a project, in bytes.
pub const FILE_BYTES_MAX: u64 = 1 << 20;
/// Most files read in one folder of a project.
pub const FILES_MAX: usize = 10_000;
/// Deepest subfolder of `templates/`.
pub const DEPTH_MAX: usize = 4;

/// Builds a text named by its path inside the project.
pub fn text(name: impl AsRef<str>, content: impl Into<String>) -> Text {
    Arc::new(NamedSource::new(name, content.into()))
}

/// A project folder open for reading.
pub(super) struct Folder {
    root: PathBuf,
    /// Mistakes found so far, warnings included.
    pub(super) found: Vec<Diagnostic>,
}

impl Folder {
    /// Opens a folder that holds a `relance.toml`.
    pub(super) fn open(root: &Path) -> Result<Self> {
        let canonical = match fs::canonicalize(root) {
            Ok(path) if path.is_dir() => path,
            Ok(_) => {
                return Err(Error::new(crate::error::Kind::Project, format!("`{}` is not a folder", root.display()))
                    .help("give the folder that holds `relance.toml` with `-C DIR`"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::new(crate::error::Kind::Project, format!("there is no folder `{}`", root.display()))
                    .help(format!("make a project with `relance init {}`, or give another folder with `-C DIR`", root.display())));
            }
            Err(error) => return Err(io_error("open", root, error)),
        };
        if !canonical.join("relance.toml").exists() {
            return Err(Error::new(crate::error::Kind::Project, format!("there is no `relance.toml` in `{}`", root.display()))
                .help("make a project with `relance init DIR`, or give its folder with `-C DIR`"));
        }
        Ok(Self { root: canonical, found: Vec::new() })
    }

    /// Returns the folder with links resolved.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads one text; `None` when there is no such file, or when it is refused and noted.
    pub(super) fn read(&mut self, name: &str) -> Result<Option<Text>> {
        let path = self.root.join(name);
        let canonical = match fs::canonicalize(&path) {
            Ok(canonical) => canonical,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io_error("open", &path, error)),
        };
        if !canonical.starts_with(&self.root) {
            let message = format!("`{name}` is a link that leaves the project folder");
            self.found.push(Diagnostic::error("file::outside", message).help(format!("copy the file to `{name}`")));
            return Ok(None);
        }
        let n_bytes = fs::metadata(&canonical).map_err(|error| io_error("read", &path, error))?.len();
        if n_bytes > FILE_BYTES_MAX {
            let message = format!("`{name}` has {n_bytes} bytes; the most is {FILE_BYTES_MAX}");
            self.found.push(Diagnostic::error("file::too-large", message).help("split the file, or keep data in `data/` as a source"));
            return Ok(None);
        }
        let bytes = fs::read(&canonical).map_err(|error| io_error("read", &path, error))?;
        match String::from_utf8(bytes) {
            Ok(content) => Ok(Some(text(name, content.strip_prefix('\u{feff}').unwrap_or(&content)))),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let byte = error.as_bytes().get(at).copied().unwrap_or_default();
                let lossy = text(name, String::from_utf8_lossy(error.as_bytes()));
                self.found.push(
                    Diagnostic::error("file::not-utf8", format!("`{name}` is not UTF-8"))
                        .at(&lossy, at..at + '\u{fffd}'.len_utf8(), format!("byte 0x{byte:02x}"))
                        .help(format!("save the file as UTF-8, or type `iconv -f WINDOWS-1252 -t UTF-8 {name} -o {name}.utf8`")),
                );
                Ok(None)
            }
        }
    }

    /// Reads every file of a subfolder whose extension is known, by name relative to it, sorted.
    pub(super) fn read_all(&mut self, folder: &str, extensions: &[&str]) -> Result<Vec<(String, Text)>> {
        let mut names = Vec::new();
        self.list(folder, "", 0, &mut names)?;
        names.sort_unstable();
        let mut texts = Vec::new();
        for name in names {
            if !extensions.iter().any(|extension| Path::new(&name).extension().is_some_and(|found| found == *extension)) {
                let message = format!("`{folder}/{name}` is not read");
                let known = extensions.iter().map(|extension| format!("`.{extension}`")).collect::<Vec<_>>().join(" and ");
                self.found.push(Diagnostic::warning("file::ignored", message).help(format!("files of `{folder}/` end in {known}")));
                continue;
            }
            if let Some(text) = self.read(&format!("{folder}/{name}"))? {
                texts.push((name, text));
            }
        }
        Ok(texts)
    }

    fn list(&mut self, folder: &str, below: &str, depth: usize, names: &mut Vec<String>) -> Result<()> {
        let path = self.root.join(folder).join(below);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(io_error("list", &path, error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| io_error("list", &path, error))?;
            let Ok(name) = entry.file_name().into_string() else {
                let message = format!("a file of `{folder}/` has a name that is not UTF-8");
                self.found.push(Diagnostic::error("file::bad-name", message).help("rename the file with plain letters"));
                continue;
            };
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let relative = if below.is_empty() { name } else { format!("{below}/{name}") };
            let kind = entry.file_type().map_err(|error| io_error("read", &entry.path(), error))?;
            if kind.is_dir() {
                if depth < DEPTH_MAX {
                    self.list(folder, &relative, depth + 1, names)?;
                }
            } else if names.len() < FILES_MAX {
                names.push(relative);
            } else {
                return Err(Error::new(crate::error::Kind::Project, format!("`{folder}/` holds more than {FILES_MAX} files"))
                    .help("move what is not in use out of the project"));
            }
        }
        Ok(())
    }
}
