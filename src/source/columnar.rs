//! Apache Parquet: only the needed columns, one row group per piece of work, no allocation per row.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array as _, ArrayRef, ArrowPrimitiveType, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, PrimitiveArray,
    RecordBatch, StringViewArray,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use chrono::NaiveDate;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;

use super::cell::{Cell, Fields};
use super::columns::Layout;
use super::dictionary::{self, Coded, Values};
use super::pipeline::{Context, FileName, Sink, Work};
use super::report::Place;
use super::rows::Record;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result, io_error};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;

/// One row group of one file.
pub(super) struct Group {
    table: Arc<Table>,
    index: usize,
    /// Rows of the file before it.
    n_before: u64,
}

struct Table {
    file: FileName,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    layout: Layout,
    /// Columns of the file to decode, in order.
    projection: Vec<usize>,
    is_text: Vec<bool>,
}

/// Reads the footer of one file and sends its row groups; returns its columns.
pub(super) fn read(context: &Context, file: &FileName, path: &Path, send: &mut dyn FnMut(Work) -> bool) -> Result<Vec<String>> {
    let source = &context.contract.source;
    let input = File::open(path).map_err(|error| io_error("open", path, error))?;
    let n_bytes = input.metadata().map_err(|error| io_error("read", path, error))?.len();
    let metadata = guarded(source, &file.name, || {
        let plain = ArrowReaderMetadata::load(&input, ArrowReaderOptions::new())?;
        // Views borrow the decoded page or dictionary instead of copying each text; a file that cannot give them is read as it is.
        let options = ArrowReaderOptions::new().with_schema(Arc::new(with_views(plain.schema(), plain.metadata())));
        Ok(ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options).unwrap_or(plain))
    })?;
    for group in metadata.metadata().row_groups() {
        for column in group.columns() {
            let (start, length) = guarded(source, &file.name, || Ok(column.byte_range()))?;
            if start.checked_add(length).is_none_or(|end| end > n_bytes) || group.num_rows() < 0 {
                return Err(damaged(source, &file.name, "a column lies outside the file"));
            }
        }
    }
    let names: Vec<String> = metadata.schema().fields().iter().map(|field| field.name().clone()).collect();
    context.contract.check(&file.name, names.iter().map(String::as_str))?;
    let mut layout = context.contract.layout(&names);
    layout.extras.retain(|(_, index)| context.keeps_extras && is_flat(metadata.schema().field(*index).data_type()));
    let mut projection: Vec<usize> =
        layout.columns.iter().flatten().copied().chain(layout.extras.iter().map(|(_, index)| *index)).collect();
    projection.sort_unstable();
    for index in layout.columns.iter_mut().flatten().chain(layout.extras.iter_mut().map(|(_, index)| index)) {
        *index = projection.partition_point(|column| *column < *index);
    }
    let is_text = context.contract.columns.iter().map(|column| column.text).collect();
    let table = Arc::new(Table { file: file.clone(), path: path.to_owned(), metadata, layout, projection, is_text });
    let mut n_before = 0;
    for (index, group) in table.metadata.metadata().row_groups().iter().enumerate() {
        if !send(Work::Parquet(Group { table: Arc::clone(&table), index, n_before })) {
            break;
        }
        n_before += group.num_rows().unsigned_abs();
    }
    Ok(names)
}

/// Returns the types in which texts are asked of the decoder: keys where the file has them, views otherwise.
fn with_views(schema: &Schema, metadata: &ParquetMetaData) -> Schema {
    let view = |(root, field): (usize, &Arc<Field>)| match field.data_type() {
        DataType::Utf8 if dictionary::is_coded(metadata, root) => field.as_ref().clone().with_data_type(dictionary::data_type()),
        DataType::Utf8 | DataType::LargeUtf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
        DataType::Dictionary(_, value) if matches!(**value, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
            field.as_ref().clone().with_data_type(DataType::Utf8View)
        }
        _ => field.as_ref().clone(),
    };
    Schema::new_with_metadata(schema.fields().iter().enumerate().map(view).collect::<Vec<_>>(), schema.metadata().clone())
}

fn is_flat(data_type: &DataType) -> bool {
    !data_type.is_nested()
}

/// Runs the decoder; what it cannot read is an error that names the file, even where the decoder would panic on it.
fn guarded<T>(source: &str, name: &str, work: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(source, name, &error.to_string()).caused_by(error)),
        Err(_) => Err(damaged(source, name, "the decoder gave up")),
    }
}

fn damaged(source: &str, name: &str, why: &str) -> Error {
    Error::new(Kind::Data, format!("source `{source}`: `{name}` cannot be read as Parquet: {}", why.to_lowercase()))
        .help(format!("write `{name}` again, under another name until it is complete"))
}

impl Group {
    pub(super) fn run<R: Record, S>(self, sink: &mut Sink<'_, R, S>) -> Result<()> {
        let table = &*self.table;
        let (source, name) = (sink.context.contract.source.clone(), &*table.file.name);
        let input = File::open(&table.path).map_err(|error| io_error("open", &table.path, error))?;
        let mut batches = guarded(&source, name, || {
            let mask = ProjectionMask::roots(table.metadata.parquet_schema(), table.projection.iter().copied());
            ParquetRecordBatchReaderBuilder::new_with_metadata(input, table.metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![self.index])
                .with_batch_size(BATCH_ROWS)
                .build()
        })?;
        let mut number = self.n_before;
        let mut known = vec![None; table.projection.len()];
        while let Some(batch) = guarded(&source, name, || batches.next().transpose().map_err(Into::into))? {
            let columns = table.columns(&source, &batch, &mut known)?;
            for row in 0..batch.num_rows() {
                number += 1;
                sink.row(&Row { columns: &columns, row }, &table.file, Place::Row(number));
            }
        }
        Ok(())
    }
}

impl Table {
    fn columns(&self, source: &str, batch: &RecordBatch, known: &mut [Option<Arc<Values>>]) -> Result<Columns<'_>> {
        let mut typed = |index: usize, is_text: bool| {
            let array = batch.columns().get(index).ok_or_else(|| damaged(source, &self.file.name, "a column is missing"))?;
            let coded = known.get_mut(index).and_then(|known| Coded::new(array, known)).map(Column::Coded);
            let column = coded.or_else(|| Column::new(array)).ok_or_else(|| {
                let name = batch.schema_ref().field(index).name().clone();
                Error::new(
                    Kind::Data,
                    format!("source `{source}`: `{}` has `{name}` of type {}, which is not understood", self.file.name, array.data_type()),
                )
                .help("write it as text, number, date or timestamp")
            })?;
            Ok(if is_text { column.into_text(array.len()) } else { column })
        };
        let known = self.layout.columns.iter().zip(&self.is_text);
        let known =
            known.map(|(index, is_text)| index.map_or(Ok(Column::Absent), |index| typed(index, *is_text))).collect::<Result<_>>()?;
        let extras = self.layout.extras.iter().map(|(name, index)| Ok((name.as_str(), typed(*index, false)?))).collect::<Result<_>>()?;
        Ok(Columns { known, extras })
    }
}

/// The columns of one batch, typed once.
struct Columns<'t> {
    known: Vec<Column>,
    extras: Vec<(&'t str, Column)>,
}

enum Column {
    Absent,
    Text(StringViewArray),
    Coded(Coded),
    Int(Int64Array),
    Float(Float64Array),
    Decimal(Decimal128Array, i8),
    Bool(BooleanArray),
    Date(Date32Array),
    /// Microseconds since 1970; with a zone, an instant.
    Time(Int64Array, bool),
}

impl Column {
    fn new(array: &ArrayRef) -> Option<Self> {
        Some(match array.data_type() {
            DataType::Utf8View => Self::Text(array.as_string_view().clone()),
            DataType::Utf8 => Self::Text(array.as_string::<i32>().iter().collect()),
            DataType::LargeUtf8 => Self::Text(array.as_string::<i64>().iter().collect()),
            DataType::Binary => Self::Text(array.as_binary::<i32>().iter().map(|bytes| bytes.map(String::from_utf8_lossy)).collect()),
            DataType::LargeBinary => Self::Text(array.as_binary::<i64>().iter().map(|bytes| bytes.map(String::from_utf8_lossy)).collect()),
            DataType::BinaryView => Self::Text(array.as_binary_view().iter().map(|bytes| bytes.map(String::from_utf8_lossy)).collect()),
            DataType::Int8 => Self::int::<Int8Type>(array),
            DataType::Int16 => Self::int::<Int16Type>(array),
            DataType::Int32 => Self::int::<Int32Type>(array),
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>().clone()),
            DataType::UInt8 => Self::int::<UInt8Type>(array),
            DataType::UInt16 => Self::int::<UInt16Type>(array),
            DataType::UInt32 => Self::int::<UInt32Type>(array),
            DataType::UInt64 => Self::Decimal(array.as_primitive::<UInt64Type>().unary(i128::from), 0),
            DataType::Float16 => Self::Float(array.as_primitive::<Float16Type>().unary(f64::from)),
            // Through the shortest text, so that 12.9 stays 12.9.
            DataType::Float32 => {
                Self::Float(array.as_primitive::<Float32Type>().unary(|number| number.to_string().parse().unwrap_or(f64::NAN)))
            }
            DataType::Float64 => Self::Float(array.as_primitive::<Float64Type>().clone()),
            DataType::Decimal128(_, scale) => Self::Decimal(array.as_primitive::<Decimal128Type>().clone(), *scale),
            DataType::Boolean => Self::Bool(array.as_boolean().clone()),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>().clone()),
            DataType::Date64 => Self::Time(scaled(array.as_primitive::<Date64Type>(), |ms| ms.saturating_mul(1000)), false),
            DataType::Timestamp(unit, zone) => Self::Time(
                match unit {
                    TimeUnit::Second => scaled(array.as_primitive::<TimestampSecondType>(), |s| s.saturating_mul(1_000_000)),
                    TimeUnit::Millisecond => scaled(array.as_primitive::<TimestampMillisecondType>(), |ms| ms.saturating_mul(1000)),
                    TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().reinterpret_cast::<Int64Type>(),
                    TimeUnit::Nanosecond => scaled(array.as_primitive::<TimestampNanosecondType>(), |ns| ns.div_euclid(1000)),
                },
                zone.is_some(),
            ),
            DataType::Null => Self::Absent,
            _ => return None,
        })
    }

    fn int<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &ArrayRef) -> Self {
        Self::Int(array.as_primitive::<T>().unary(Into::into))
    }

    /// Ids written as numbers become text, once per batch.
    fn into_text(self, n_rows: usize) -> Self {
        match self {
            Self::Text(_) | Self::Coded(_) | Self::Absent => self,
            other => Self::Text((0..n_rows).map(|row| other.cell(row).display().map(std::borrow::Cow::into_owned)).collect()),
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        match self {
            Self::Text(array) if array.is_valid(row) => Cell::text(array.value(row)),
            Self::Coded(coded) => coded.cell(row),
            Self::Int(array) if array.is_valid(row) => Cell::Int(array.value(row)),
            Self::Float(array) if array.is_valid(row) && !array.value(row).is_nan() => Cell::Float(array.value(row)),
            Self::Decimal(array, scale) if array.is_valid(row) => Cell::Decimal { unscaled: array.value(row), scale: *scale },
            Self::Bool(array) if array.is_valid(row) => Cell::Bool(array.value(row)),
            Self::Date(array) if array.is_valid(row) => {
                let day = i64::from(array.value(row)) + 719_163;
                i32::try_from(day).ok().and_then(NaiveDate::from_num_days_from_ce_opt).map_or(Cell::Local(i64::MAX), Cell::Date)
            }
            Self::Time(array, true) if array.is_valid(row) => Cell::Instant(Timestamp(array.value(row))),
            Self::Time(array, false) if array.is_valid(row) => Cell::Local(array.value(row)),
            _ => Cell::Null,
        }
    }
}

fn scaled<T: ArrowPrimitiveType<Native = i64>>(array: &PrimitiveArray<T>, to_us: impl Fn(i64) -> i64) -> Int64Array {
    array.unary(to_us)
}

struct Row<'b> {
    columns: &'b Columns<'b>,
    row: usize,
}

impl Fields for Row<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.columns.known[column].cell(self.row)
    }

    fn clean_text(&self, column: usize) -> Option<&str> {
        if let Column::Coded(coded) = &self.columns.known[column] { coded.clean(self.row) } else { None }
    }

    fn extras(&self) -> impl Iterator<Item = (&str, Cell<'_>)> {
        self.columns.extras.iter().map(|(name, column)| (*name, column.cell(self.row)))
    }
}
