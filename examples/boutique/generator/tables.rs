//! The committed `orders.parquet`: written from the base, and read back as a base.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Decimal128Array, Int32Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use super::Result;
use super::base::{Base, Line};

/// Rows written at a time, and rows of a row group.
const ROWS: usize = 131_072;

/// Returns the writer settings of every Parquet file: dictionaries, zstd, statistics per chunk, no machine-dependent text.
pub(crate) fn properties(level: i32) -> Result<WriterProperties> {
    Ok(WriterProperties::builder()
        .set_created_by("relance boutique generator".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(level)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROWS))
        .build())
}

/// Returns instants in UTC microseconds.
pub(crate) fn instants(seconds: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(seconds.map(|at| at.map(|at| at * 1_000_000)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// Returns amounts of pence as a decimal of pounds.
pub(crate) fn amounts(pence: impl Iterator<Item = Option<i64>>) -> Result<ArrayRef> {
    Ok(Arc::new(pence.map(|pence| pence.map(i128::from)).collect::<Decimal128Array>().with_precision_and_scale(9, 2)?))
}

fn batch(base: &Base, lines: &[Line]) -> Result<RecordBatch> {
    let text = |get: &dyn Fn(&Line) -> Option<String>| -> ArrayRef { Arc::new(lines.iter().map(get).collect::<StringArray>()) };
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("order_id", text(&|line| Some(base.orders.text(line.order).to_owned())), false),
        ("contact_id", text(&|line| line.contact.map(|contact| base.contacts.text(contact).to_owned())), true),
        ("at", instants(lines.iter().map(|line| Some(line.at))), false),
        ("product_id", text(&|line| Some(base.products.text(line.product).to_owned())), false),
        (
            "quantity",
            Arc::new(lines.iter().map(|line| i32::try_from(line.quantity)).collect::<std::result::Result<Int32Array, _>>()?) as ArrayRef,
            false,
        ),
        ("unit_price", amounts(lines.iter().map(|line| Some(line.pence)))?, false),
        ("currency", text(&|_| Some("GBP".to_owned())), false),
        ("status", text(&|line| Some(if line.returned { "returned" } else { "placed" }.to_owned())), false),
        ("country", text(&|line| Some(base.countries.text(line.country).to_owned())), false),
    ])?)
}

/// Writes every order line, guests and returns included.
pub(crate) fn write_orders(base: &Base, path: &Path) -> Result<()> {
    let mut writer: Option<ArrowWriter<File>> = None;
    for lines in base.lines.chunks(ROWS) {
        let batch = batch(base, lines)?;
        if writer.is_none() {
            writer = Some(ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties(19)?))?);
        }
        if let Some(writer) = writer.as_mut() {
            writer.write(&batch)?;
        }
    }
    writer.ok_or("the base holds no order line")?.close()?;
    Ok(())
}

/// Reads a file written by [`write_orders`].
pub(crate) fn read_orders(path: &Path) -> Result<Base> {
    let file = File::open(path).map_err(|error| format!("cannot open `{}`: {error}", path.display()))?;
    let mut base = Base::default();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(ROWS).build()? {
        let batch = batch?;
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| format!("`{}` has no column `{name}`", path.display()));
        let texts = |name: &str| -> Result<&StringArray> { Ok(column(name)?.as_string_opt::<i32>().ok_or("not a text column")?) };
        let (orders, contacts, products) = (texts("order_id")?, texts("contact_id")?, texts("product_id")?);
        let (status, countries) = (texts("status")?, texts("country")?);
        let at = column("at")?.as_primitive_opt::<TimestampMicrosecondType>().ok_or("`at` is not an instant")?;
        let quantity = column("quantity")?.as_primitive_opt::<Int32Type>().ok_or("`quantity` is not a whole number")?;
        let price = column("unit_price")?.as_primitive_opt::<Decimal128Type>().ok_or("`unit_price` is not a decimal")?;
        for row in 0..batch.num_rows() {
            let contact = if contacts.is_null(row) { None } else { Some(base.contacts.position(contacts.value(row))?) };
            base.lines.push(Line {
                contact,
                product: base.products.position(products.value(row))?,
                at: at.value(row) / 1_000_000,
                returned: status.value(row) == "returned",
                order: base.orders.position(orders.value(row))?,
                quantity: i64::from(quantity.value(row)),
                pence: i64::try_from(price.value(row))?,
                country: base.countries.position(countries.value(row))?,
            });
        }
    }
    Ok(base)
}
