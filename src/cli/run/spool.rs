//! Decided mails that wait to be written into the ledger: in memory while they are few, then in a file that no other process can open and
//! that is gone when this one is.

use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use relance::error::{Error, Kind, Result};
use relance::id::ContactId;
use relance::ledger::Packed;
use relance::private;
use relance::project::Project;
use serde::{Deserialize, Serialize};
use tempfile::SpooledTempFile;

/// Bytes of one campaign's mails that are kept in memory.
const IN_MEMORY_MAX: usize = 1 << 20;

/// What was decided of one person whom the ledger is told of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) recipient: ContactId,
    /// The arm of somebody who came as far as the holdout, where arms are remembered.
    pub(super) arm: Option<String>,
    /// Whether they came as far as the draw while some are held out of all marketing.
    pub(super) is_of_all: bool,
    pub(super) mail: Option<Packed>,
}

/// Entries of one campaign, in order of id.
pub(super) struct Spool(BufWriter<SpooledTempFile>);

impl Spool {
    /// Starts one, whose file is in the project's own folder, or where the system keeps such files when that cannot be written.
    pub(super) fn create(project: &Project) -> Self {
        let own = project.root.join(".relance");
        let is_ours = private::make_folder(&own).is_ok() && tempfile::tempfile_in(&own).is_ok();
        let folder: PathBuf = if is_ours { own } else { std::env::temp_dir() };
        Self(BufWriter::new(tempfile::spooled_tempfile_in(IN_MEMORY_MAX, folder)))
    }

    pub(super) fn add(&mut self, entry: &Entry) -> Result<()> {
        let bytes = postcard::to_allocvec(entry).map_err(|error| unable("written", error))?;
        let length = u32::try_from(bytes.len()).map_err(|error| unable("written", error))?;
        let write = self.0.write_all(&length.to_le_bytes()).and_then(|()| self.0.write_all(&bytes));
        write.map_err(|error| unable("written", error))
    }

    /// Reads all entries from the first; may be done again and again.
    pub(super) fn entries(&mut self) -> Result<Entries<'_>> {
        self.0.flush().and_then(|()| self.0.get_mut().seek(SeekFrom::Start(0))).map_err(|error| unable("read", error))?;
        Ok(Entries(BufReader::new(self.0.get_mut())))
    }
}

/// The entries of a [`Spool`], one after another.
pub(super) struct Entries<'s>(BufReader<&'s mut SpooledTempFile>);

impl Entries<'_> {
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        let mut length = [0; 4];
        match self.0.read_exact(&mut length) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read.map_err(|error| unable("read", error))?,
        }
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut bytes).map_err(|error| unable("read", error))?;
        postcard::from_bytes(&bytes).map(Some).map_err(|error| unable("read", error))
    }
}

fn unable(what: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = error.into();
    Error::new(Kind::Io, format!("decided mails cannot be {what}: {error}"))
        .caused_by(error)
        .help("make room in the project's folder `.relance`, then type the same command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_read_back_in_its_order_as_often_as_it_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut spool = Spool(BufWriter::new(tempfile::spooled_tempfile_in(64, folder.path())));
        let entry =
            |n: usize| Entry { recipient: ContactId(format!("c{n}")), arm: Some("control".to_owned()), is_of_all: false, mail: None };
        (0..100).for_each(|n| spool.add(&entry(n)).expect("it is written"));
        for _ in 0..2 {
            let mut entries = spool.entries().expect("it is read");
            for n in 0..100 {
                assert_eq!(entries.next().expect("an entry"), Some(entry(n)));
            }
            assert_eq!(entries.next().expect("the end"), None);
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "the file has no name");
    }
}
