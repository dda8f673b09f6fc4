//! Input tables: files or queries in, typed rows out, every refused row located.
//!
//! Owns formats, encodings, column names, types and the visitor-to-contact join. Knows rows, not people: two rows with
//! one id, or an order of an unknown contact, are its callers' affair.
//!
//! ```text
//! files (csv, jsonl, parquet, rss; gz, zst) ─┐
//!                                            ├─> bounded batches ─> workers: Cell ─> Record ─> each(row)
//! sql (SQLite, PostgreSQL) ──────────────────┘                              └─> rejected, hidden, counted: SourceReport
//! ```

pub mod cell;
pub mod columns;
pub mod join;
pub mod record;
pub mod report;
pub mod rows;

mod columnar;
mod convert;
mod csv;
mod dictionary;
mod encoding;
mod feed;
mod files;
mod filled;
mod jsonl;
mod pipeline;
mod raw;
mod slots;
mod sql;

pub use filled::{Columns, Filled};
pub use pipeline::{ReadSettings, read, read_with};
pub use raw::{Cells, Raw};
pub use report::{InputFile, Place, Rejection, SourceReport, stale};
pub use rows::{Accounts, Contacts, Contracts, Events, Identities, Orders, PaymentMethods, Prices, Products, Record, Suppressions};

/// Longest text a column may hold, in bytes; a longer one is a rejection.
pub const FIELD_MAX_BYTES: usize = 1 << 20;

/// Longest row of a text file, in bytes; a longer one (a quote never closed, most often) is skipped and is a rejection.
pub const ROW_MAX_BYTES: usize = 16 << 20;

/// Asks a database one question and returns the first value of the first row as text, empty when there is none; blocks.
///
/// # Errors
/// `Kind::Project` when the query fails; `Kind::Unavailable` when the database cannot be reached.
pub fn ask(name: &str, query: &str, url: &str, root: &std::path::Path) -> Result<String, crate::error::Error> {
    sql::ask(name, query, url, root)
}

/// Lists the files a source would be read from, in order of path; none for a query.
///
/// # Errors
/// `Kind::Data` when no file matches; `Kind::Io` when a folder cannot be read.
pub fn list(name: &str, spec: &crate::project::config::SourceSpec, root: &std::path::Path) -> Result<Vec<InputFile>, crate::error::Error> {
    spec.files.as_ref().map_or_else(|| Ok(Vec::new()), |pattern| files::list(name, pattern.get_ref(), root))
}
