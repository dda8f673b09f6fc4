//! Everybody, in order of id, as Parquet in a file or in memory: read a group or a person at a time, never all at once.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray as _;
use arrow_array::{Array as _, RecordBatch};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector,
};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::statistics::Statistics;
use rayon::prelude::*;

use super::store::{ADDRESS, ID, PROFILE};
use crate::error::{Error, Kind, Result, io_error};
use crate::profile::{Declared, GROUP_PEOPLE, Profile, canonical_address};
use crate::propensity::Scorers;

/// People read at once: few enough that what is known of them is still close at hand when they are decided for.
const PEOPLE_AT_ONCE: usize = 1_000;

/// Everybody, in order of id.
#[derive(Debug)]
pub struct Profiles {
    bytes: Stored,
    metadata: ArrowReaderMetadata,
    path: PathBuf,
    /// The file is removed with this value, unless it was moved to where it is kept.
    is_temporary: bool,
    /// What people said of themselves.
    declared: Declared,
    /// What models say of them.
    scorers: Scorers,
}

/// The bytes of the Parquet. An open file stays what it was when another process writes a new one in its place.
#[derive(Debug, Clone)]
enum Stored {
    Memory(Bytes),
    File(Arc<Mutex<File>>, u64),
}

impl Profiles {
    pub(super) fn in_memory(bytes: Vec<u8>) -> Result<Self> {
        Self::new(Stored::Memory(bytes.into()), PathBuf::from("(memory)"), false)
    }

    pub(super) fn open(path: &Path) -> Result<Self> {
        Self::of_file(File::open(path).map_err(|error| io_error("read", path, error))?, path.to_owned(), false)
    }

    pub(super) fn temporary(file: File, path: PathBuf) -> Result<Self> {
        Self::of_file(file, path, true)
    }

    fn of_file(file: File, path: PathBuf, is_temporary: bool) -> Result<Self> {
        let n_bytes = file.metadata().map_err(|error| io_error("read", &path, error))?.len();
        Self::new(Stored::File(Arc::new(Mutex::new(file)), n_bytes), path, is_temporary)
    }

    fn new(bytes: Stored, path: PathBuf, is_temporary: bool) -> Result<Self> {
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
        let metadata = ArrowReaderMetadata::load(&bytes, options).map_err(|error| damaged(&path, error))?;
        Ok(Self { bytes, metadata, path, is_temporary, declared: Declared::default(), scorers: Scorers::default() })
    }

    /// Lays what people said of themselves over their profiles from now on.
    pub fn hear(&mut self, declared: Declared) {
        self.declared = declared;
    }

    /// Lays scores over the profiles from now on.
    pub fn score_by(&mut self, scorers: Scorers) {
        self.scorers = scorers;
    }

    /// Returns the scores that are laid over profiles.
    pub fn scorers(&self) -> &Scorers {
        &self.scorers
    }

    fn heard(&self, bytes: &[u8]) -> Result<Profile> {
        let mut profile: Profile = postcard::from_bytes(bytes).map_err(|error| damaged(&self.path, error))?;
        self.declared.lay_over(&mut profile);
        self.scorers.lay_over(&mut profile);
        Ok(profile)
    }

    /// Moves or writes the bytes to where they are kept.
    pub(super) fn keep(&self, path: &Path) -> Result<()> {
        match &self.bytes {
            Stored::Memory(bytes) => std::fs::write(path, bytes),
            Stored::File(..) => std::fs::rename(&self.path, path),
        }
        .map_err(|error| io_error("write", path, error))
    }

    /// Returns the number of people.
    pub fn len(&self) -> usize {
        usize::try_from(self.metadata.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Says whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads everybody, a thousand at most at a time, in order.
    ///
    /// # Errors
    /// Each group can be `Kind::Io`, when the file is damaged; nobody comes after it.
    pub fn groups(&self) -> impl Iterator<Item = Result<Vec<Profile>>> {
        let mut row_groups = 0..self.metadata.metadata().num_row_groups();
        let mut reader: Option<ParquetRecordBatchReader> = None;
        std::iter::from_fn(move || {
            loop {
                if let Some(batch) = reader.as_mut().and_then(Iterator::next) {
                    let people = batch.map_err(|error| damaged(&self.path, error)).and_then(|batch| self.people(&batch));
                    if people.is_err() {
                        (reader, row_groups) = (None, 0..0);
                    }
                    return Some(people);
                }
                match self.reader(row_groups.next()?, PROFILE, None) {
                    Ok(opened) => reader = Some(opened),
                    Err(error) => {
                        (reader, row_groups) = (None, 0..0);
                        return Some(Err(error));
                    }
                }
            }
        })
    }

    /// Reads everybody at once: for those who know that they are few.
    ///
    /// # Errors
    /// `Kind::Io` when the file is damaged.
    pub fn all(&self) -> Result<Vec<Profile>> {
        self.groups().try_fold(Vec::new(), |mut all, group| {
            all.extend(group?);
            Ok(all)
        })
    }

    /// Finds one person by id, reading one group's ids and one page of profiles.
    ///
    /// # Errors
    /// `Kind::Io` when the file is damaged.
    pub fn find_by_id(&self, id: &str) -> Result<Option<Profile>> {
        let metadata = self.metadata.metadata();
        let covers = |group: &usize| match metadata.row_group(*group).column(ID).statistics() {
            Some(Statistics::ByteArray(stats)) => {
                let (min, max) =
                    (stats.min_opt().map(parquet::data_type::ByteArray::data), stats.max_opt().map(parquet::data_type::ByteArray::data));
                min.is_none_or(|min| min <= id.as_bytes()) && max.is_none_or(|max| id.as_bytes() <= max)
            }
            _ => true,
        };
        for group in (0..metadata.num_row_groups()).filter(covers) {
            if let Some(row) = self.positions(group, ID, id)?.first() {
                return self.at(group, *row).map(Some);
            }
        }
        Ok(None)
    }

    /// Finds the people who have an address, in order of id; reads the addresses of everybody.
    ///
    /// # Errors
    /// `Kind::Io` when the file is damaged.
    pub fn find_by_address(&self, address: &str) -> Result<Vec<Profile>> {
        let canonical = canonical_address(address);
        let mut found = Vec::new();
        for group in 0..self.metadata.metadata().num_row_groups() {
            for row in self.positions(group, ADDRESS, &canonical)? {
                found.push(self.at(group, row)?);
            }
        }
        Ok(found)
    }

    fn people(&self, batch: &RecordBatch) -> Result<Vec<Profile>> {
        let values = batch.column(0).as_binary::<i32>();
        let decode = |row| self.heard(values.value(row));
        (0..values.len()).into_par_iter().map(decode).collect()
    }

    fn reader(&self, group: usize, column: usize, rows: Option<RowSelection>) -> Result<ParquetRecordBatchReader> {
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), [column]);
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.metadata.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(if column == PROFILE { PEOPLE_AT_ONCE } else { GROUP_PEOPLE });
        if let Some(rows) = rows {
            builder = builder.with_row_selection(rows);
        }
        builder.build().map_err(|error| damaged(&self.path, error))
    }

    fn positions(&self, group: usize, column: usize, wanted: &str) -> Result<Vec<usize>> {
        let (mut before, mut found) = (0, Vec::new());
        for batch in self.reader(group, column, None)? {
            let batch = batch.map_err(|error| damaged(&self.path, error))?;
            let values = batch.column(0).as_string::<i32>();
            found.extend(values.iter().enumerate().filter(|(_, value)| *value == Some(wanted)).map(|(row, _)| before + row));
            before += batch.num_rows();
        }
        Ok(found)
    }

    fn at(&self, group: usize, row: usize) -> Result<Profile> {
        let only = RowSelection::from(vec![RowSelector::skip(row), RowSelector::select(1)]);
        for batch in self.reader(group, PROFILE, Some(only))? {
            let batch = batch.map_err(|error| damaged(&self.path, error))?;
            if let Some(bytes) = batch.column(0).as_binary::<i32>().iter().flatten().next() {
                return self.heard(bytes);
            }
        }
        Err(damaged(&self.path, "a row named by its index is missing"))
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        if self.is_temporary {
            _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Length for Stored {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, n_bytes) => *n_bytes,
        }
    }
}

impl ChunkReader for Stored {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let rest = usize::try_from(self.len().saturating_sub(start)).unwrap_or(usize::MAX);
        self.get_bytes(start, rest).map(bytes::Buf::reader)
    }

    /// Several threads read one file, each holding it for one read.
    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        match self {
            Self::Memory(bytes) => bytes.get_bytes(start, length),
            Self::File(file, _) => {
                let mut buffer = vec![0; length];
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start))?;
                file.read_exact(&mut buffer)?;
                Ok(buffer.into())
            }
        }
    }
}

/// A snapshot is a cache: whatever is wrong with it, building it again mends it.
pub(super) fn damaged(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = error.into();
    Error::new(Kind::Io, format!("the snapshot `{}` cannot be used: {error}", path.display()))
        .caused_by(error)
        .help("run `relance profile build`")
}
