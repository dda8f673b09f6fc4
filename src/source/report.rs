//! What reading a source gave: counts, refused rows with their places, the files it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Read as _;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use super::rows::Why;
use crate::clock::{Span, Timestamp};
use crate::error::{Error, Kind, io_error, plural};
use crate::project::config::SourceSpec;

/// Refused rows kept with their place, the first in order of file and line.
pub const REJECTIONS_MAX: usize = 20;
/// Characters of an offending value shown.
const VALUE_MAX_CHARS: usize = 60;
/// Different unknown values counted by name, per column.
const UNKNOWN_MAX: usize = 10_000;

/// What reading a source gave.
#[derive(Debug, Clone, Default)]
pub struct SourceReport {
    /// Rows found, good or not.
    pub n_rows: u64,
    /// Rows refused.
    pub n_rejected: u64,
    /// Rows dated after `now`, which do not exist yet.
    pub n_hidden: u64,
    /// When the first hidden row comes into existence.
    pub next_hidden_at: Option<Timestamp>,
    /// The first refused rows in order of file and line.
    pub rejections: Vec<Rejection>,
    /// The files read, in order.
    pub files: Vec<InputFile>,
    /// Columns found, by the names of the files.
    pub columns_seen: BTreeSet<String>,
    /// Columns outside the contract kept as attributes, by the names the project gives them.
    pub attributes: BTreeSet<String>,
    /// Columns outside the contract that nothing reads.
    pub unused_columns: BTreeSet<String>,
    /// Values let through without being known (custom event kinds, ...): column, value, rows.
    pub unknown_values: BTreeMap<&'static str, BTreeMap<String, u64>>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its name from the project folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was last written.
    pub modified: Option<Timestamp>,
}

impl InputFile {
    /// Reads the file again and returns the SHA-256 of its bytes in hexadecimal.
    pub fn digest(&self) -> Result<String, Error> {
        let failed = |error| io_error("read", &self.path, error);
        let mut file = std::fs::File::open(&self.path).map_err(failed)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match file.read(&mut buffer).map_err(failed)? {
                0 => return Ok(format!("{:x}", hasher.finalize())),
                n => hasher.update(&buffer[..n]),
            }
        }
    }
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of a text file, from 1: that of the row's first character.
    Line(u64),
    /// A row of a columnar file or of a query's result, from 1.
    Row(u64),
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The file, from the project folder, or `query`.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// The column at fault by the name the file gives it; empty when it is the whole row.
    pub column: String,
    /// The offending value, shortened, control characters escaped.
    pub value: String,
    /// Why it was refused.
    pub why: String,
    pub(super) reason: Why,
    pub(super) file_number: usize,
}

impl Rejection {
    /// Shortens a value and escapes its control characters.
    pub(super) fn shown(value: &str) -> String {
        let mut shown: String =
            value.chars().take(VALUE_MAX_CHARS).flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect();
        if value.chars().nth(VALUE_MAX_CHARS).is_some() {
            shown.push('…');
        }
        shown
    }

    fn key(&self) -> (usize, Place) {
        (self.file_number, self.place)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::Line(line) => write!(f, "{}:{line}", self.file)?,
            Place::Row(row) => write!(f, "{} row {row}", self.file)?,
        }
        if !self.column.is_empty() {
            write!(f, "  {}  \"{}\"", self.column, self.value)?;
        }
        write!(f, "  {}", self.why)
    }
}

/// Values let through without being known, counted.
#[derive(Debug, Default)]
pub struct UnknownValues(BTreeMap<&'static str, hashbrown::HashMap<String, u64>>);

impl UnknownValues {
    pub(super) fn count(&mut self, column: &'static str, value: &str) {
        let values = self.0.entry(column).or_default();
        if let Some(n) = values.get_mut(value) {
            *n += 1;
        } else if values.len() < UNKNOWN_MAX {
            values.insert(value.to_owned(), 1);
        }
    }
}

/// The share of the report that one worker gathers.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) n_rows: u64,
    pub(super) n_rejected: u64,
    pub(super) n_hidden: u64,
    pub(super) next_hidden_at: Option<Timestamp>,
    pub(super) unknown: UnknownValues,
    /// Columns met in files without a header, by file.
    pub(super) columns: BTreeMap<usize, BTreeSet<String>>,
    rejections: Vec<Rejection>,
}

impl Tally {
    pub(super) fn reject(&mut self, rejection: Rejection) {
        self.n_rejected += 1;
        self.keep(rejection);
    }

    fn keep(&mut self, rejection: Rejection) {
        let at = self.rejections.partition_point(|kept| kept.key() <= rejection.key());
        if at < REJECTIONS_MAX {
            self.rejections.insert(at, rejection);
            self.rejections.truncate(REJECTIONS_MAX);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.n_rows += other.n_rows;
        self.n_rejected += other.n_rejected;
        self.n_hidden += other.n_hidden;
        self.next_hidden_at = [self.next_hidden_at, other.next_hidden_at].into_iter().flatten().min();
        for rejection in other.rejections {
            self.keep(rejection);
        }
        for (column, values) in other.unknown.0 {
            let ours = self.unknown.0.entry(column).or_default();
            for (value, n) in values {
                *ours.entry(value).or_default() += n;
            }
        }
        for (file, columns) in other.columns {
            self.columns.entry(file).or_default().extend(columns);
        }
    }

    pub(super) fn fill(self, report: &mut SourceReport) {
        report.n_rows = self.n_rows;
        report.n_rejected = self.n_rejected;
        report.n_hidden = self.n_hidden;
        report.next_hidden_at = self.next_hidden_at;
        report.rejections = self.rejections;
        report.unknown_values = self.unknown.0.into_iter().map(|(column, values)| (column, values.into_iter().collect())).collect();
    }
}

/// Says that too many rows were refused, where, and what to type.
pub(super) fn too_many_rejected(source: &str, report: &SourceReport, decimal: char) -> Error {
    let n = report.n_rejected;
    let rows = plural(usize::try_from(n).unwrap_or(usize::MAX), "row");
    let have = if n == 1 { "has" } else { "have" };
    let first = report.rejections.first();
    let column = first.map_or("", |rejection| rejection.column.as_str());
    let message = if column.is_empty() || report.rejections.iter().any(|rejection| rejection.column != column) {
        format!("{n} {rows} of `{source}` cannot be read")
    } else {
        format!("{n} {rows} of `{source}` {have} an unreadable `{column}`")
    };
    let tolerate = format!("`max_bad_rows = {n}` in [sources.{source}] to go on without {}", if n == 1 { "it" } else { "them" });
    let any = |test: &dyn Fn(&Rejection) -> bool| report.rejections.iter().any(test);
    let number = |rejection: &Rejection| matches!(rejection.reason, Why::NotANumber | Why::NotWhole);
    let help = if decimal == '.' && any(&|rejection| number(rejection) && rejection.value.contains(',')) {
        format!("set `decimal = \",\"` in [sources.{source}], or {tolerate}")
    } else if decimal == ',' && any(&|rejection| number(rejection) && rejection.value.contains('.')) {
        format!("set `decimal = \".\"` in [sources.{source}], or {tolerate}")
    } else if any(&|rejection| rejection.reason == Why::NotInEncoding) {
        format!("set `encoding = \"windows-1252\"` (or the right one) in [sources.{source}], or {tolerate}")
    } else if any(&|rejection| matches!(rejection.reason, Why::WrongWidth { .. })) {
        format!("quote the values that contain the separator or set `delimiter` in [sources.{source}], or {tolerate}")
    } else {
        format!("correct the rows, or set {tolerate}")
    };
    let mut error = Error::new(Kind::Data, message);
    for rejection in &report.rejections {
        error = error.detail(rejection.to_string());
    }
    let n_shown = report.rejections.len() as u64;
    if n > n_shown {
        error = error.detail(format!("and {} more", n - n_shown));
    }
    error.help(help)
}

/// Returns the error of a source whose newest file is older than its `max_age` on the wall clock; `found` are the files it has now.
pub fn stale(source: &str, found: &[InputFile], spec: &SourceSpec, wall_clock: Timestamp) -> Option<Error> {
    let limit = spec.max_age.as_ref().and_then(|age| Span::parse(age.get_ref()))?;
    let age = wall_clock.since(found.iter().filter_map(|file| file.modified).max()?);
    let files = spec.files.as_ref().map_or("", |files| files.get_ref());
    (age > limit).then(|| {
        Error::new(Kind::Data, format!("source `{source}` is {age} old; the limit is {limit}"))
            .help(format!("check the job that writes `{files}`, or raise `max_age` in [sources.{source}]"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejection(line: u64) -> Rejection {
        let (column, value) = ("total".to_owned(), "12,90".to_owned());
        let (why, reason) = (Why::NotANumber.to_string(), Why::NotANumber);
        Rejection { file: "data/orders.csv".to_owned(), place: Place::Line(line), column, value, why, reason, file_number: 0 }
    }

    #[test]
    fn the_first_rejections_are_kept_whatever_the_order() {
        let mut forward = Tally::default();
        let mut backward = Tally::default();
        for line in 1..=50 {
            forward.reject(rejection(line));
            backward.reject(rejection(51 - line));
        }
        forward.merge(backward);
        assert_eq!(forward.n_rejected, 100);
        let lines: Vec<Place> = forward.rejections.iter().map(|rejection| rejection.place).collect();
        assert_eq!(lines, (1..=10).flat_map(|line| [Place::Line(line), Place::Line(line)]).collect::<Vec<_>>());
    }

    #[test]
    fn the_error_says_what_to_type() {
        let report = SourceReport { n_rejected: 3, rejections: vec![rejection(1843)], ..SourceReport::default() };
        let error = too_many_rejected("orders", &report, '.');
        assert_eq!(error.to_string(), "3 rows of `orders` have an unreadable `total`");
        assert_eq!(error.details(), ["data/orders.csv:1843  total  \"12,90\"  not a number", "and 2 more"]);
        assert!(error.help_text().is_some_and(|help| help.starts_with("set `decimal = \",\"` in [sources.orders], or `max_bad_rows = 3`")));
    }

    #[test]
    fn values_are_shown_short_and_printable() {
        assert_eq!(Rejection::shown("a\0b\n"), "a\\u{0}b\\n");
        assert_eq!(Rejection::shown(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
