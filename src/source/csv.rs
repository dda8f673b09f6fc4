//! Separated values (RFC 4180): a scanner that knows its lines, and batches of rows.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use csv_core::ReadRecordResult;

use super::cell::{Cell, Fields};
use super::columns::Layout;
use super::encoding::Transcoder;
use super::files::{self, Compression};
use super::pipeline::{Context, FileName, Sink, Work};
use super::report::Place;
use super::rows::{Record, Why};
use super::{FIELD_MAX_BYTES, ROW_MAX_BYTES};
use crate::error::{Error, Kind, Result};

const BUFFER_BYTES: usize = 64 << 10;
const BATCH_ROWS: usize = 4096;
const BATCH_BYTES: usize = 512 << 10;
/// Fields beyond which a row is taken for a broken one.
const FIELDS_MAX: usize = 10_000;

/// Rows of one file, cut into fields but not yet read.
pub(super) struct Batch {
    file: FileName,
    layout: Arc<Layout>,
    rows: Rows,
}

/// Fields one after the other, and where they end.
#[derive(Default)]
struct Rows {
    data: Vec<u8>,
    n_bytes: usize,
    /// Ends of fields, counted from the start of their row.
    ends: Vec<usize>,
    places: Vec<RowAt>,
}

struct RowAt {
    line: u64,
    start: usize,
    end: usize,
    first_field: usize,
    n_fields: usize,
    too_long: bool,
}

/// Cuts one file into batches; returns its columns.
pub(super) fn read(
    context: &Context,
    file: &FileName,
    path: &Path,
    compression: Compression,
    delimiter: Option<char>,
    send: &mut dyn FnMut(Work) -> bool,
) -> Result<Vec<String>> {
    let source = &context.contract.source;
    let broken = |error| files::broken(source, &file.name, compression, error);
    let input = files::open(path, compression)?;
    let input: Box<dyn Read> = match context.encoding {
        Some(encoding) => Box::new(Transcoder::new(input, encoding)),
        None => input,
    };
    let delimiter = match delimiter.map(u8::try_from) {
        None => None,
        Some(Ok(byte)) if byte.is_ascii() => Some(byte),
        Some(_) => return Err(Error::new(Kind::Project, format!("source `{source}`: `delimiter` must be one ASCII character"))),
    };
    let mut scanner = Scanner::open(input, delimiter).map_err(broken)?;
    let mut rows = Rows::default();
    if !scanner.next_row(&mut rows).map_err(broken)? {
        return Err(Error::new(Kind::Data, format!("source `{source}`: `{}` is empty, even of a header line", file.name)));
    }
    let names = rows.header().ok_or_else(|| {
        Error::new(Kind::Data, format!("source `{source}`: the header line of `{}` is not readable text", file.name))
            .help(format!("set `encoding` or `format` in [sources.{source}]"))
    })?;
    context.contract.check(&file.name, names.iter().map(String::as_str))?;
    let layout = Arc::new(context.contract.layout(&names));
    loop {
        let mut rows = Rows::default();
        while rows.places.len() < BATCH_ROWS && rows.n_bytes < BATCH_BYTES && scanner.next_row(&mut rows).map_err(broken)? {}
        if rows.places.is_empty() || !send(Work::Csv(Batch { file: file.clone(), layout: Arc::clone(&layout), rows })) {
            return Ok(names);
        }
    }
}

struct Scanner {
    input: Box<dyn Read>,
    core: csv_core::Reader,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    line: u64,
}

impl Scanner {
    /// Reads the first line, drops a byte order mark, finds the delimiter.
    fn open(input: Box<dyn Read>, delimiter: Option<u8>) -> io::Result<Self> {
        let mut scanner = Self { input, core: csv_core::Reader::new(), buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, line: 1 };
        while scanner.end < BUFFER_BYTES && !scanner.buffer[..scanner.end].trim_ascii_start().contains(&b'\n') {
            match retrying(&mut *scanner.input, &mut scanner.buffer[scanner.end..])? {
                0 => break,
                n => scanner.end += n,
            }
        }
        if scanner.buffer[..scanner.end].starts_with(b"\xef\xbb\xbf") {
            scanner.start = 3;
        }
        let delimiter = delimiter.unwrap_or_else(|| detect(&scanner.buffer[scanner.start..scanner.end]));
        scanner.core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Ok(scanner)
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.start = 0;
        self.end = retrying(&mut *self.input, &mut self.buffer)?;
        Ok(self.end > 0)
    }

    /// Appends the next row; blank lines are passed over. Returns whether there was one.
    fn next_row(&mut self, rows: &mut Rows) -> io::Result<bool> {
        loop {
            match self.buffer[self.start..self.end].first().copied() {
                None if self.fill()? => {}
                None => return Ok(false),
                Some(b'\n') => (self.start, self.line) = (self.start + 1, self.line + 1),
                Some(b'\r') => self.start += 1,
                Some(_) => break,
            }
        }
        let mut row = RowAt { line: self.line, start: rows.n_bytes, end: 0, first_field: rows.ends.len(), n_fields: 0, too_long: false };
        let mut ends = [0; 64];
        loop {
            if rows.data.len() < rows.n_bytes + BUFFER_BYTES {
                rows.data.resize((rows.n_bytes + BUFFER_BYTES).next_power_of_two(), 0);
            }
            let input = &self.buffer[self.start..self.end];
            let (result, n_read, n_written, n_ends) = self.core.read_record(input, &mut rows.data[rows.n_bytes..], &mut ends);
            self.line += input[..n_read].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            self.start += n_read;
            rows.n_bytes += n_written;
            row.n_fields += n_ends;
            rows.ends.extend_from_slice(&ends[..n_ends]);
            row.too_long |= rows.n_bytes - row.start > ROW_MAX_BYTES || row.n_fields > FIELDS_MAX;
            if row.too_long {
                // The rest is passed over without being kept.
                rows.n_bytes = row.start;
                rows.ends.truncate(row.first_field);
            }
            match result {
                // At the end an empty input tells the scanner so, and it gives the last row.
                ReadRecordResult::InputEmpty => _ = self.fill()?,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
            }
        }
        row.end = rows.n_bytes;
        rows.places.push(row);
        Ok(true)
    }
}

fn retrying(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Returns the separator seen most often outside quotes on the first line; `,` when there is none.
fn detect(start: &[u8]) -> u8 {
    let mut n = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in start.trim_ascii_start() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            _ if !is_quoted => n.iter_mut().filter(|(separator, _)| separator == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    n.into_iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(separator, _)| separator)
}

impl Rows {
    /// Returns the names of the only row, `None` when it is not text.
    fn header(&self) -> Option<Vec<String>> {
        let row = self.places.first().filter(|row| !row.too_long)?;
        let text = std::str::from_utf8(&self.data[row.start..row.end]).ok().filter(|text| !text.contains(['\0', '\u{fffd}']))?;
        fields(text, &self.ends[row.first_field..row.first_field + row.n_fields]).map(|name| Some(name?.trim().to_owned())).collect()
    }
}

fn fields<'a>(text: &'a str, ends: &'a [usize]) -> impl Iterator<Item = Option<&'a str>> {
    ends.iter().scan(0, |start, end| Some(text.get(std::mem::replace(start, *end)..*end)))
}

impl Batch {
    pub(super) fn run<R: Record, S>(self, sink: &mut Sink<'_, R, S>) {
        let names = &self.layout.names;
        let is_transcoded = sink.context.encoding.is_some();
        for row in &self.rows.places {
            let place = Place::Line(row.line);
            let ends = &self.rows.ends[row.first_field..row.first_field + if row.too_long { 0 } else { row.n_fields }];
            let bytes = &self.rows.data[row.start..row.end];
            if row.too_long {
                sink.refuse(&self.file, place, "", "", Why::RowTooLong);
                continue;
            }
            let text = std::str::from_utf8(bytes).ok().filter(|text| ends.iter().all(|end| text.is_char_boundary(*end)));
            let Some(text) = text.filter(|text| !is_transcoded || !text.contains('\u{fffd}')) else {
                let (column, value) = undecodable(bytes, ends, names);
                sink.refuse(&self.file, place, column, &value, Why::NotInEncoding);
                continue;
            };
            if row.n_fields != names.len() {
                let why = Why::WrongWidth { found: row.n_fields, expected: names.len() };
                sink.refuse(&self.file, place, "", "", why);
                continue;
            }
            let longest = if bytes.len() > FIELD_MAX_BYTES { too_long(text, ends) } else { None };
            if let Some((index, value)) = longest {
                sink.refuse(&self.file, place, &names[index], value, Why::TooLong);
                continue;
            }
            sink.row(&Row { text, ends, layout: &self.layout }, &self.file, place);
        }
    }
}

/// Finds the first field that is not text in the declared encoding.
fn undecodable<'a>(bytes: &[u8], ends: &[usize], names: &'a [String]) -> (&'a str, String) {
    let mut start = 0;
    for (index, end) in ends.iter().enumerate() {
        let field = String::from_utf8_lossy(&bytes[start..*end]);
        if field.contains('\u{fffd}') {
            return (names.get(index).map_or("", String::as_str), field.into_owned());
        }
        start = *end;
    }
    ("", String::new())
}

fn too_long<'a>(text: &'a str, ends: &'a [usize]) -> Option<(usize, &'a str)> {
    fields(text, ends).map(Option::unwrap_or_default).enumerate().find(|(_, field)| field.len() > FIELD_MAX_BYTES)
}

struct Row<'b> {
    text: &'b str,
    ends: &'b [usize],
    layout: &'b Layout,
}

impl Row<'_> {
    fn field(&self, index: usize) -> Cell<'_> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        Cell::text(&self.text[start..self.ends[index]])
    }
}

impl Fields for Row<'_> {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.layout.columns[column].map_or(Cell::Null, |index| self.field(index))
    }

    fn extras(&self) -> impl Iterator<Item = (&str, Cell<'_>)> {
        self.layout.extras.iter().map(|(name, index)| (name.as_str(), self.field(*index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static [u8]) -> Vec<(u64, Vec<String>)> {
        let mut scanner = Scanner::open(Box::new(text), None).expect("memory can be read");
        let mut rows = Rows::default();
        while scanner.next_row(&mut rows).expect("memory can be read") {}
        let cut = |row: &RowAt| {
            let text = std::str::from_utf8(&rows.data[row.start..row.end]).expect("text");
            fields(text, &rows.ends[row.first_field..row.first_field + row.n_fields]).map(|field| field.expect("text").to_owned()).collect()
        };
        rows.places.iter().map(|row| (row.line, cut(row))).collect()
    }

    #[test]
    fn lines_are_those_of_the_file() {
        let expected: Vec<(u64, Vec<String>)> =
            [(1, ["a", "b"]), (3, ["1", "x\ny"]), (6, ["2", "z"])].map(|(line, row)| (line, row.map(str::to_owned).to_vec())).to_vec();
        assert_eq!(lines(b"a,b\n\n1,\"x\ny\"\n\n2,z"), expected);
        let crlf: Vec<u64> = lines(b"a,b\r\n\r\n1,\"x\ny\"\r\n\r\n2,z\r\n").iter().map(|row| row.0).collect();
        assert_eq!(crlf, [1, 3, 6]);
    }

    #[test]
    fn the_separator_is_found_outside_quotes() {
        for (header, separator) in [("a;b,c;d", b';'), ("\"a;b;c\",d", b','), ("a\tb", b'\t'), ("a", b','), ("a,b;c", b',')] {
            assert_eq!(detect(header.as_bytes()), separator, "{header}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_not_a_name() {
        assert_eq!(lines(b"\xef\xbb\xbfid;email\n1;a"), [(1, vec!["id".into(), "email".into()]), (2, vec!["1".into(), "a".into()])]);
    }
}
