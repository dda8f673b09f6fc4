//! Queries over SQLite and PostgreSQL, on connections that can only read.

use std::future::poll_fn;
use std::path::Path;
use std::str::FromStr as _;

use sqlx::postgres::{PgConnectOptions, PgRow, PgValueFormat};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Database, Decode, Executor as _, PgConnection, Postgres, Row as _, Sqlite,
    SqliteConnection, TypeInfo as _, ValueRef as _,
};

use super::cell::Cell;
use super::pipeline::{Context, FileName, Work};
use super::report::SourceReport;
use super::rows::Why;
use super::slots::{Batch, Row};
use crate::error::{Error, Kind, Result};

const BATCH_ROWS: usize = 1024;

/// A connection that can only read.
enum Reader {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// Runs a query and sends its rows; blocks the calling thread.
pub(super) fn read(
    context: &Context,
    query: &str,
    url: &str,
    root: &Path,
    report: &mut SourceReport,
    send: &mut dyn FnMut(Work) -> bool,
) -> Result<()> {
    runtime()?.block_on(async {
        match connect(&context.contract.source, url, root).await? {
            Reader::Sqlite(connection) => rows(context, connection, query, report, send, sqlite_row).await,
            Reader::Postgres(connection) => rows(context, connection, query, report, send, postgres_row).await,
        }
    })
}

/// Runs a query and returns its first value as text; blocks the calling thread.
pub(super) fn ask(source: &str, query: &str, url: &str, root: &Path) -> Result<String> {
    let query = format!("SELECT CAST(({}) AS TEXT)", query.trim().trim_end_matches(';'));
    let answer: Option<String> = runtime()?.block_on(async {
        match connect(source, url, root).await? {
            Reader::Sqlite(mut connection) => sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await,
            Reader::Postgres(mut connection) => sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await,
        }
        .map_err(|error| failed(source, "changed", error))
    })?;
    Ok(answer.unwrap_or_default())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Io, format!("cannot start the database client: {error}")))
}

async fn connect(source: &str, url: &str, root: &Path) -> Result<Reader> {
    let misread = || Error::new(Kind::Project, format!("source `{source}`: the URL of its database cannot be understood"));
    if url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(url).map_err(|_| misread().help("write `sqlite://data/shop.db`"))?;
        let file = root.join(options.get_filename());
        let options = options.filename(&file).read_only(true).create_if_missing(false);
        options.connect().await.map(Reader::Sqlite).map_err(|error| unreachable(source, &file.display().to_string(), &error))
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        let options = PgConnectOptions::from_str(url).map_err(|_| misread().help("write `postgres://USER@HOST/DATABASE`"))?;
        let server = format!("{}:{}", options.get_host(), options.get_port());
        let options = options.options([("default_transaction_read_only", "on")]).application_name("relance");
        options.connect().await.map(Reader::Postgres).map_err(|error| unreachable(source, &server, &error))
    } else {
        Err(misread().help("it begins with `sqlite:` or `postgres:`"))
    }
}

fn failed(source: &str, key: &str, error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::WorkerCrashed => {
            Error::new(Kind::Unavailable, format!("source `{source}`: the database went away: {error}"))
        }
        error => Error::new(Kind::Project, format!("source `{source}`: the query fails: {error}"))
            .help(format!("correct `{key}` in [sources.{source}]")),
    }
}

fn unreachable(source: &str, what: &str, error: &sqlx::Error) -> Error {
    Error::new(Kind::Unavailable, format!("source `{source}`: cannot connect to `{what}`: {error}"))
        .help(format!("check `database` of [sources.{source}] and that the database runs"))
}

async fn rows<C, D>(
    context: &Context,
    mut connection: C,
    query: &str,
    report: &mut SourceReport,
    send: &mut dyn FnMut(Work) -> bool,
    fill: fn(&D::Row, &Context, &mut Row),
) -> Result<()>
where
    D: Database,
    C: sqlx::Connection<Database = D>,
    for<'c> &'c mut C: sqlx::Executor<'c, Database = D>,
{
    let source = &context.contract.source;
    let failed = |error: sqlx::Error| failed(source, "sql", error);
    let origin = FileName { number: 0, name: "query".into() };
    let mut names: Vec<String> = Vec::new();
    let mut batch = Vec::new();
    let mut n_sent = 0;
    let mut stream = (&mut connection).fetch(sqlx::raw_sql(AssertSqlSafe(query.to_owned())));
    while let Some(found) = poll_fn(|waker| stream.as_mut().poll_next(waker)).await.transpose().map_err(failed)? {
        if names.is_empty() {
            names = found.columns().iter().map(|column| column.name().to_owned()).collect();
            context.contract.check("query", names.iter().map(String::as_str))?;
            report.columns_seen.extend(names.iter().cloned());
        }
        let mut row = Row::new(&context.contract);
        fill(&found, context, &mut row);
        batch.push(row);
        if batch.len() == BATCH_ROWS {
            let rows = std::mem::replace(&mut batch, Vec::with_capacity(BATCH_ROWS));
            if !send(Work::Sql(Batch { file: origin.clone(), first_row: n_sent + 1, rows })) {
                return Ok(());
            }
            n_sent += BATCH_ROWS as u64;
        }
    }
    drop(stream);
    if !batch.is_empty() {
        send(Work::Sql(Batch { file: origin, first_row: n_sent + 1, rows: batch }));
    }
    let _ = connection.close().await;
    Ok(())
}

fn sqlite_row(found: &SqliteRow, context: &Context, row: &mut Row) {
    for (index, column) in found.columns().iter().enumerate() {
        let target = row.target(&context.contract, column.name());
        let Ok(value) = found.try_get_raw(index) else { continue };
        if value.is_null() {
            row.set(target, Cell::Null);
            continue;
        }
        let class = value.type_info().name().to_owned();
        match class.as_str() {
            "INTEGER" | "BOOLEAN" => match <i64 as Decode<Sqlite>>::decode(value) {
                Ok(number) => row.set(target, Cell::Int(number)),
                Err(_) => row.trouble = Some((Why::NotANumber, column.name().to_owned())),
            },
            "REAL" => match <f64 as Decode<Sqlite>>::decode(value) {
                Ok(number) if number.is_nan() => row.set(target, Cell::Null),
                Ok(number) => row.set(target, Cell::Float(number)),
                Err(_) => row.trouble = Some((Why::NotANumber, column.name().to_owned())),
            },
            _ => match <&str as Decode<Sqlite>>::decode(value) {
                Ok(text) => row.set(target, Cell::text(text)),
                Err(_) => row.trouble = Some((Why::NotText, column.name().to_owned())),
            },
        }
    }
}

/// The simple query protocol gives every value as text, whatever its type.
fn postgres_row(found: &PgRow, context: &Context, row: &mut Row) {
    for (index, column) in found.columns().iter().enumerate() {
        let target = row.target(&context.contract, column.name());
        let Ok(value) = found.try_get_raw(index) else { continue };
        debug_assert_eq!(value.format(), PgValueFormat::Text);
        if value.is_null() {
            row.set(target, Cell::Null);
            continue;
        }
        let class = column.type_info().name().to_owned();
        let Ok(text) = <&str as Decode<Postgres>>::decode(value) else {
            row.trouble = Some((Why::NotText, column.name().to_owned()));
            continue;
        };
        let cell = match class.as_str() {
            "BOOL" => Some(Cell::Bool(text == "t")),
            "INT2" | "INT4" | "INT8" => text.parse().ok().map(Cell::Int),
            "FLOAT4" | "FLOAT8" => text.parse().ok().map(|number: f64| if number.is_nan() { Cell::Null } else { Cell::Float(number) }),
            "NUMERIC" if text == "NaN" => Some(Cell::Null),
            "NUMERIC" => decimal(text),
            _ => Some(Cell::text(text)),
        };
        match cell {
            Some(cell) => row.set(target, cell),
            None => row.trouble = Some((Why::NotANumber, column.name().to_owned())),
        }
    }
}

/// Reads `-12.90` exactly.
fn decimal(text: &str) -> Option<Cell<'static>> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Some(Cell::Decimal { unscaled: format!("{whole}{fraction}").parse().ok()?, scale: i8::try_from(fraction.len()).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerics_are_exact() {
        assert_eq!(decimal("-12.90"), Some(Cell::Decimal { unscaled: -1290, scale: 2 }));
        assert_eq!(decimal("-0.05"), Some(Cell::Decimal { unscaled: -5, scale: 2 }));
        assert_eq!(decimal("7"), Some(Cell::Decimal { unscaled: 7, scale: 0 }));
        assert_eq!(decimal("Infinity"), None);
    }
}
