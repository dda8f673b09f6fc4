//! Profiles on disk: Parquet sorted by id in small row groups, so that one person is found without reading the others.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, BinaryArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::statistics::Statistics;

use crate::error::{Error, Kind, Result, io_error};
use crate::profile::{Profile, canonical_address};

/// People per row group.
const GROUP_ROWS: usize = 10_000;
/// People per page: one page is decoded to find one person.
const PAGE_ROWS: usize = 200;

const ID: usize = 0;
const ADDRESS: usize = 1;
const PROFILE: usize = 2;

/// Writes profiles that are sorted by id.
pub(super) fn write(path: &Path, profiles: &[Profile]) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("address", DataType::Utf8, false),
        Field::new("profile", DataType::Binary, false),
    ]));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_write_batch_size(PAGE_ROWS)
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Page)
        .build();
    let file = File::create(path).map_err(|error| io_error("write", path, error))?;
    let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(|error| unwritten(path, error))?;
    for people in profiles.chunks(GROUP_ROWS) {
        let encoded: Vec<Vec<u8>> = {
            use rayon::prelude::*;
            people.par_iter().map(|profile| postcard::to_stdvec(profile).map_err(|error| unwritten(path, error))).collect::<Result<_>>()?
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(people.iter().map(|profile| Some(profile.contact.id.as_str())).collect::<StringArray>()),
            Arc::new(people.iter().map(|profile| Some(canonical_address(&profile.contact.email))).collect::<StringArray>()),
            Arc::new(BinaryArray::from_iter_values(&encoded)),
        ];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| unwritten(path, error))?;
        writer.write(&batch).map_err(|error| unwritten(path, error))?;
    }
    let file = writer.into_inner().map_err(|error| unwritten(path, error))?;
    file.sync_all().map_err(|error| io_error("write", path, error))
}

/// Reads everybody, in id order.
pub(super) fn read_all(path: &Path) -> Result<Vec<Profile>> {
    use rayon::prelude::*;
    let metadata = load(path)?;
    let groups: Vec<Vec<Profile>> = (0..metadata.metadata().num_row_groups())
        .into_par_iter()
        .map(|group| {
            let batches = reader(path, &metadata, group, &[PROFILE], None)?;
            let mut people = Vec::new();
            for batch in batches {
                let batch = batch.map_err(|error| damaged(path, error))?;
                for bytes in batch.column(0).as_binary::<i32>().iter().flatten() {
                    people.push(postcard::from_bytes(bytes).map_err(|error| damaged(path, error))?);
                }
            }
            Ok(people)
        })
        .collect::<Result<_>>()?;
    Ok(groups.into_iter().flatten().collect())
}

/// Finds one person by id, reading one row group's ids and one page of profiles.
pub(super) fn find_by_id(path: &Path, id: &str) -> Result<Option<Profile>> {
    let metadata = load(path)?;
    let covers = |group: &usize| match metadata.metadata().row_group(*group).column(ID).statistics() {
        Some(Statistics::ByteArray(stats)) => {
            let (min, max) =
                (stats.min_opt().map(parquet::data_type::ByteArray::data), stats.max_opt().map(parquet::data_type::ByteArray::data));
            min.is_none_or(|min| min <= id.as_bytes()) && max.is_none_or(|max| id.as_bytes() <= max)
        }
        _ => true,
    };
    for group in (0..metadata.metadata().num_row_groups()).filter(covers) {
        if let Some(row) = position(path, &metadata, group, ID, id)? {
            return at(path, &metadata, group, row).map(Some);
        }
    }
    Ok(None)
}

/// Finds the people who have an address, in id order; reads the addresses of everybody.
pub(super) fn find_by_address(path: &Path, address: &str) -> Result<Vec<Profile>> {
    let metadata = load(path)?;
    let canonical = canonical_address(address);
    let mut found = Vec::new();
    for group in 0..metadata.metadata().num_row_groups() {
        if let Some(row) = position(path, &metadata, group, ADDRESS, &canonical)? {
            found.push(at(path, &metadata, group, row)?);
        }
    }
    Ok(found)
}

fn load(path: &Path) -> Result<ArrowReaderMetadata> {
    let file = File::open(path).map_err(|error| io_error("read", path, error))?;
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    ArrowReaderMetadata::load(&file, options).map_err(|error| damaged(path, error))
}

fn reader(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    group: usize,
    columns: &[usize],
    rows: Option<RowSelection>,
) -> Result<parquet::arrow::arrow_reader::ParquetRecordBatchReader> {
    let file = File::open(path).map_err(|error| io_error("read", path, error))?;
    let mask = ProjectionMask::leaves(metadata.parquet_schema(), columns.iter().copied());
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
        .with_row_groups(vec![group])
        .with_projection(mask)
        .with_batch_size(GROUP_ROWS);
    if let Some(rows) = rows {
        builder = builder.with_row_selection(rows);
    }
    builder.build().map_err(|error| damaged(path, error))
}

fn position(path: &Path, metadata: &ArrowReaderMetadata, group: usize, column: usize, wanted: &str) -> Result<Option<usize>> {
    let mut before = 0;
    for batch in reader(path, metadata, group, &[column], None)? {
        let batch = batch.map_err(|error| damaged(path, error))?;
        let values = batch.column(0).as_string::<i32>();
        if let Some(row) = values.iter().position(|value| value == Some(wanted)) {
            return Ok(Some(before + row));
        }
        before += batch.num_rows();
    }
    Ok(None)
}

fn at(path: &Path, metadata: &ArrowReaderMetadata, group: usize, row: usize) -> Result<Profile> {
    let only = RowSelection::from(vec![RowSelector::skip(row), RowSelector::select(1)]);
    for batch in reader(path, metadata, group, &[PROFILE], Some(only))? {
        let batch = batch.map_err(|error| damaged(path, error))?;
        if let Some(bytes) = batch.column(0).as_binary::<i32>().iter().flatten().next() {
            return postcard::from_bytes(bytes).map_err(|error| damaged(path, error));
        }
    }
    Err(damaged(path, "a row named by its index is missing"))
}

fn unwritten(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = error.into();
    Error::new(Kind::Io, format!("cannot write `{}`: {error}", path.display())).caused_by(error)
}

/// A snapshot is a cache: whatever is wrong with it, building it again mends it.
fn damaged(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = error.into();
    Error::new(Kind::Io, format!("the snapshot `{}` cannot be used: {error}", path.display()))
        .caused_by(error)
        .help("run `relance profile build`")
}
