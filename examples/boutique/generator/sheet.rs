//! One table written row by row, as CSV or as Parquet, in bounded memory.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;

use super::tables::{amounts, instants, properties};
use super::{Result, pounds, rfc3339};

/// What a column holds.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    /// Seconds since 1970.
    Instant,
    /// Days since 1970.
    Day,
    Whole,
    /// Pence.
    Money,
    /// Millionths of a degree.
    Degrees,
    Flag,
}

/// A value; numbers are in the unit of their column's kind.
#[derive(Clone)]
pub(crate) enum Cell {
    Empty,
    Text(String),
    Number(i64),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Number(i64::from(flag))
    }
}

impl Cell {
    fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn write(&self, kind: Kind) -> String {
        match (self, kind) {
            (Self::Empty, _) => String::new(),
            (Self::Text(text), _) => text.clone(),
            (Self::Number(at), Kind::Instant) => rfc3339(*at),
            (Self::Number(day), Kind::Day) => rfc3339(day * super::DAY)[..10].to_owned(),
            (Self::Number(pence), Kind::Money) => pounds(*pence),
            (Self::Number(flag), Kind::Flag) => (*flag == 1).to_string(),
            (Self::Number(millionths), Kind::Degrees) => degrees(*millionths).to_string(),
            (Self::Number(number), Kind::Text | Kind::Whole) => number.to_string(),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // below 360 million
fn degrees(millionths: i64) -> f64 {
    millionths as f64 / 1e6
}

/// Rows kept before they are written.
const ROWS: usize = 32_768;

/// Where the rows go.
enum Output {
    Csv(csv::Writer<File>),
    Parquet(Option<ArrowWriter<File>>, File),
}

/// A table being written.
pub(crate) struct Sheet {
    columns: &'static [(&'static str, Kind)],
    rows: Vec<Vec<Cell>>,
    output: Output,
}

impl Sheet {
    /// Creates `NAME.csv` or `NAME.parquet`.
    pub(crate) fn create(folder: &Path, name: &str, parquet: bool, columns: &'static [(&'static str, Kind)]) -> Result<Self> {
        let file = File::create(folder.join(format!("{name}.{}", if parquet { "parquet" } else { "csv" })))?;
        let output = if parquet {
            Output::Parquet(None, file)
        } else {
            let mut out = csv::WriterBuilder::new().buffer_capacity(1 << 20).from_writer(file);
            out.write_record(columns.iter().map(|(name, _)| name))?;
            Output::Csv(out)
        };
        Ok(Self { columns, rows: Vec::new(), output })
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<Cell>) -> Result<()> {
        self.rows.push(row);
        if self.rows.len() == ROWS { self.flush() } else { Ok(()) }
    }

    fn batch(&self) -> Result<RecordBatch> {
        let mut columns: Vec<(&str, ArrayRef, bool)> = Vec::new();
        for (at, (name, kind)) in self.columns.iter().enumerate() {
            let numbers = || self.rows.iter().map(|row| row[at].number());
            let whole = || numbers().map(|number| number.and_then(|number| i32::try_from(number).ok()));
            let array: ArrayRef = match kind {
                Kind::Text => Arc::new(self.rows.iter().map(|row| row[at].text()).collect::<StringArray>()),
                Kind::Instant => instants(numbers()),
                Kind::Money => amounts(numbers())?,
                Kind::Day => Arc::new(whole().collect::<Date32Array>()),
                Kind::Whole => Arc::new(numbers().collect::<Int64Array>()),
                Kind::Degrees => Arc::new(numbers().map(|number| number.map(degrees)).collect::<Float64Array>()),
                Kind::Flag => Arc::new(numbers().map(|number| number.map(|flag| flag == 1)).collect::<BooleanArray>()),
            };
            columns.push((name, array, true));
        }
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }

    fn flush(&mut self) -> Result<()> {
        let batch = if matches!(self.output, Output::Parquet(..)) { Some(self.batch()?) } else { None };
        match (&mut self.output, batch) {
            (Output::Parquet(writer, file), Some(batch)) => {
                if writer.is_none() {
                    *writer = Some(ArrowWriter::try_new(file.try_clone()?, batch.schema(), Some(properties(3)?))?);
                }
                if let Some(writer) = writer {
                    writer.write(&batch)?;
                }
            }
            (Output::Csv(out), _) => {
                for row in &self.rows {
                    out.write_record(row.iter().zip(self.columns).map(|(cell, (_, kind))| cell.write(*kind)))?;
                }
            }
            (Output::Parquet(..), None) => {}
        }
        self.rows.clear();
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn close(mut self) -> Result<()> {
        self.flush()?;
        match self.output {
            Output::Csv(mut out) => out.flush()?,
            Output::Parquet(writer, _) => {
                if let Some(writer) = writer {
                    writer.close()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cell, Kind, Sheet};

    #[test]
    fn a_row_is_written_in_the_unit_of_its_column() {
        const COLUMNS: &[(&str, Kind)] = &[
            ("text", Kind::Text),
            ("at", Kind::Instant),
            ("day", Kind::Day),
            ("price", Kind::Money),
            ("lat", Kind::Degrees),
            ("yes", Kind::Flag),
            ("none", Kind::Whole),
        ];
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut sheet = Sheet::create(folder.path(), "t", false, COLUMNS).expect("a file");
        let row = vec!["a,b".into(), 1_321_261_200.into(), 15_292.into(), 255.into(), 48_859_400.into(), true.into(), Cell::Empty];
        sheet.push(row).expect("a row");
        sheet.close().expect("an end");
        let text = std::fs::read_to_string(folder.path().join("t.csv")).expect("a file");
        assert_eq!(text, "text,at,day,price,lat,yes,none\n\"a,b\",2011-11-14T09:00:00Z,2011-11-14,2.55,48.8594,true,\n");
    }
}
