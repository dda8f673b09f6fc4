//! JSON Lines: one object per line; blank lines are passed over.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::ROW_MAX_BYTES;
use super::cell::Cell;
use super::columns::Contract;
use super::encoding::Transcoder;
use super::files::{self, Compression};
use super::pipeline::{Context, FileName, Sink, Work};
use super::report::Place;
use super::rows::{Record, Why};
use super::slots::{Row, Target};
use crate::error::Result;

const BUFFER_BYTES: usize = 64 << 10;
const BATCH_ROWS: usize = 2048;
const BATCH_BYTES: usize = 512 << 10;

/// Lines of one file, not yet parsed.
pub(super) struct Batch {
    file: FileName,
    data: Vec<u8>,
    /// Line number, start and end in `data`; an end before the start marks a line too long to be kept.
    lines: Vec<(u64, usize, usize)>,
}

/// Cuts one file into batches of lines.
pub(super) fn read(
    context: &Context,
    file: &FileName,
    path: &Path,
    compression: Compression,
    send: &mut dyn FnMut(Work) -> bool,
) -> Result<()> {
    let broken = |error| files::broken(&context.contract.source, &file.name, compression, error);
    let input = files::open(path, compression)?;
    let input: Box<dyn Read> = match context.encoding {
        Some(encoding) => Box::new(Transcoder::new(input, encoding)),
        None => input,
    };
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut line = 0;
    loop {
        let mut batch = Batch { file: file.clone(), data: Vec::new(), lines: Vec::new() };
        let mut more = true;
        while more && batch.lines.len() < BATCH_ROWS && batch.data.len() < BATCH_BYTES {
            line += 1;
            more = next_line(&mut input, &mut batch, line).map_err(broken)?;
        }
        if !batch.lines.is_empty() && !send(Work::Jsonl(batch)) || !more {
            return Ok(());
        }
    }
}

/// Appends one line unless it is blank; returns whether there was any.
fn next_line(input: &mut impl BufRead, batch: &mut Batch, line: u64) -> io::Result<bool> {
    let start = batch.data.len();
    let n = input.by_ref().take(ROW_MAX_BYTES as u64).read_until(b'\n', &mut batch.data)?;
    if n == 0 {
        return Ok(false);
    }
    if n == ROW_MAX_BYTES && batch.data.last() != Some(&b'\n') {
        batch.data.truncate(start);
        input.skip_until(b'\n')?;
        batch.lines.push((line, start + 1, start));
        return Ok(true);
    }
    if line == 1 && batch.data[start..].starts_with(b"\xef\xbb\xbf") {
        batch.data.drain(start..start + 3);
    }
    let trimmed = batch.data[start..].trim_ascii_end().len();
    batch.data.truncate(start + trimmed);
    if !batch.data[start..].trim_ascii_start().is_empty() {
        batch.lines.push((line, start, batch.data.len()));
    }
    Ok(true)
}

impl Batch {
    pub(super) fn run<R: Record, S>(self, sink: &mut Sink<'_, R, S>) {
        let contract = &sink.context.contract;
        let is_transcoded = sink.context.encoding.is_some();
        let mut columns = sink.tally.columns.remove(&self.file.number).unwrap_or_default();
        let mut row = Row::new(contract);
        for (line, start, end) in &self.lines {
            let place = Place::Line(*line);
            let Some(bytes) = self.data.get(*start..*end) else {
                sink.refuse(&self.file, place, "", "", Why::RowTooLong);
                continue;
            };
            let shown = |bytes| String::from_utf8_lossy(bytes);
            let text = std::str::from_utf8(bytes).ok().filter(|text| !is_transcoded || !text.contains('\u{fffd}'));
            let Some(text) = text else {
                sink.refuse(&self.file, place, "line", &shown(bytes), Why::NotInEncoding);
                continue;
            };
            row.clear();
            let mut parser = serde_json::Deserializer::from_str(text);
            let object = Object { row: &mut row, contract, columns: &mut columns };
            match object.deserialize(&mut parser).and_then(|()| parser.end()) {
                Err(_) => sink.refuse(&self.file, place, "line", text, Why::NotAnObject),
                Ok(()) => match &row.trouble {
                    Some((why, column)) => sink.refuse(&self.file, place, column, "", *why),
                    None => sink.row(&row, &self.file, place),
                },
            }
        }
        sink.tally.columns.insert(self.file.number, columns);
    }
}

/// Fills a row from an object.
struct Object<'s> {
    row: &'s mut Row,
    contract: &'s Contract,
    columns: &'s mut BTreeSet<String>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(target) = map.next_key_seed(Key(&mut self))? {
            map.next_value_seed(Member { row: self.row, target })?;
        }
        Ok(())
    }
}

struct Key<'s, 'o>(&'s mut Object<'o>);

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = Target;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Target, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = Target;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }
    fn visit_str<E>(self, name: &str) -> Result<Target, E> {
        if !self.0.columns.contains(name) {
            self.0.columns.insert(name.to_owned());
        }
        Ok(self.0.row.target(self.0.contract, name))
    }
}

struct Member<'s> {
    row: &'s mut Row,
    target: Target,
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Member<'_> {
    #[expect(clippy::unnecessary_wraps, reason = "what a visitor returns")]
    fn set<E>(self, cell: Cell<'_>) -> Result<(), E> {
        self.row.set(self.target, cell);
        Ok(())
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        self.set(Cell::Null)
    }
    fn visit_bool<E>(self, yes: bool) -> Result<(), E> {
        self.set(Cell::Bool(yes))
    }
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.set(Cell::Int(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.set(i64::try_from(number).map_or(Cell::Decimal { unscaled: number.into(), scale: 0 }, Cell::Int))
    }
    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.set(Cell::Float(number))
    }
    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.set(Cell::text(text))
    }
    /// A list of words in a column of the contract (tags) is read as if separated by `|`; other lists stay JSON.
    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        let value = Value::deserialize(SeqAccessDeserializer::new(items))?;
        let words: Option<Vec<&str>> = value.as_array().and_then(|items| items.iter().map(Value::as_str).collect());
        match (self.target, words) {
            (Target::Column(..), Some(words)) => self.set(Cell::text(&words.join("|"))),
            _ => self.set(Cell::text(&value.to_string())),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let value = Value::deserialize(MapAccessDeserializer::new(members))?;
        self.set(Cell::text(&value.to_string()))
    }
}
