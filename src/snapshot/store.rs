//! Profiles written as Parquet sorted by id in small row groups, so that one person is found without reading the others.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;

use super::profiles::Profiles;
use crate::error::{Error, Kind, Result, io_error};
use crate::private;
use crate::profile::{EncodedContact, GROUP_PEOPLE, Profile, canonical_address};

/// People per page: one page is decoded to find one person.
const PAGE_ROWS: usize = 200;

/// Columns, by position.
pub(super) const ID: usize = 0;
pub(super) const ADDRESS: usize = 1;
pub(super) const PROFILE: usize = 2;

/// Profiles being written, group after group.
pub(super) struct Writer {
    file: SerializedFileWriter<Target>,
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
    /// Named in errors; of a file that is removed with its profiles unless it is kept.
    path: PathBuf,
}

/// Where bytes go.
pub(super) enum Target {
    File(File),
    Memory(Vec<u8>),
}

/// The profiles of consecutive people, encoded.
#[derive(Default)]
pub(super) struct Group {
    ids: StringBuilder,
    addresses: StringBuilder,
    profiles: BinaryBuilder,
    scratch: Vec<u8>,
}

/// A group as it will stand in the file.
pub(super) struct Compressed(Vec<ArrowColumnChunk>);

impl Group {
    /// Adds a person, after those with smaller ids.
    pub(super) fn push(&mut self, contact: &EncodedContact, rest: &Profile<()>) -> postcard::Result<()> {
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        bytes.extend_from_slice(contact.bytes());
        // A profile is encoded as its contact followed by everything else.
        self.scratch = postcard::to_extend(rest, bytes)?;
        self.ids.append_value(contact.id());
        self.addresses.append_value(canonical_address(contact.address()));
        self.profiles.append_value(&self.scratch);
        Ok(())
    }
}

impl Writer {
    /// Starts a file; where there is no place for one, the profiles are kept in memory.
    pub(super) fn create(path: Option<&Path>) -> Result<Self> {
        // It holds what is known of people.
        let open = |path: &Path| private::options().read(true).write(true).create(true).truncate(true).open(path);
        let target = path.and_then(|path| open(path).ok()).map_or_else(|| Target::Memory(Vec::new()), Target::File);
        let path = path.unwrap_or(Path::new("(memory)")).to_owned();
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("address", DataType::Utf8, false),
            Field::new("profile", DataType::Binary, false),
        ]));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_PEOPLE))
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_write_batch_size(PAGE_ROWS)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::Page)
            .build();
        let columns = ArrowSchemaConverter::new().convert(&schema).map_err(|error| unwritten(&path, error))?;
        let file = SerializedFileWriter::new(target, columns.root_schema_ptr(), Arc::new(properties));
        let file = file.map_err(|error| unwritten(&path, error))?;
        let factory = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&schema));
        Ok(Self { file, factory, schema, path })
    }

    /// Compresses a group, on any thread.
    pub(super) fn compress(&self, mut group: Group) -> Result<Compressed> {
        let columns: Vec<ArrayRef> =
            vec![Arc::new(group.ids.finish()), Arc::new(group.addresses.finish()), Arc::new(group.profiles.finish())];
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(|error| unwritten(&self.path, error))?;
        let compress = || {
            let writers = self.factory.create_column_writers(0)?;
            let fields = self.schema.fields().iter().zip(batch.columns()).zip(writers);
            let chunk = |((field, column), mut writer): ((&Arc<Field>, &ArrayRef), parquet::arrow::arrow_writer::ArrowColumnWriter)| {
                for leaf in compute_leaves(field, column)? {
                    writer.write(&leaf)?;
                }
                writer.close()
            };
            fields.map(chunk).collect::<parquet::errors::Result<_>>()
        };
        compress().map(Compressed).map_err(|error| unwritten(&self.path, error))
    }

    /// Writes a group, after those before it.
    pub(super) fn append(&mut self, group: Compressed) -> Result<()> {
        let append = |writer: &mut SerializedFileWriter<Target>| {
            let mut row_group = writer.next_row_group()?;
            for chunk in group.0 {
                chunk.append_to_row_group(&mut row_group)?;
            }
            row_group.close().map(|_| ())
        };
        append(&mut self.file).map_err(|error| unwritten(&self.path, error))
    }

    /// Ends the writing; what was written can be read.
    pub(super) fn finish(self) -> Result<Profiles> {
        let Self { file, path, .. } = self;
        match file.into_inner().map_err(|error| unwritten(&path, error))? {
            Target::Memory(bytes) => Profiles::in_memory(bytes),
            Target::File(file) => {
                file.sync_all().map_err(|error| io_error("write", &path, error))?;
                Profiles::temporary(file, path)
            }
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.write(bytes),
            Self::Memory(memory) => memory.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::File(file) => file.flush(),
            Self::Memory(memory) => memory.flush(),
        }
    }
}

fn unwritten(path: &Path, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let error = error.into();
    Error::new(Kind::Io, format!("cannot write `{}`: {error}", path.display())).caused_by(error)
}
