//! Suppressions as a table: read from a file of any kind a source may have, written as CSV.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use relance::clock::Timestamp;
use relance::error::{Error, Kind, Result};
use relance::ledger::{Ledger, NewSuppression, Suppressed, SuppressionReason, SuppressionRow};
use relance::profile::is_like_address;
use relance::project::config::SourceSpec;
use relance::source::{self, ReadSettings};
use serde_json::json;

use super::super::app::{App, block_on};
use super::super::out::{Out, count};
use super::super::whole::Whole;

/// Adds the addresses of a file; refused rows are told with their place, and stop nothing.
pub(super) fn import(app: &App, file: &Path, reason: SuppressionReason, out: &Out) -> Result<ExitCode> {
    let spec = spec_of(file)?;
    let settings = ReadSettings {
        root: Path::new("."),
        zone: app.project.zone,
        currency: app.project.currency,
        database_url: None,
        now: app.now.at,
        threads: 0,
    };
    let rows: Mutex<Vec<(String, SuppressionReason, Timestamp)>> = Mutex::default();
    let odd = Mutex::new(0_u64);
    let report = source::read::<source::Suppressions>("suppressions", &spec, &settings, &|row| {
        if is_like_address(row.email) || matches!(Suppressed::parse(row.email), Suppressed::Hash(_)) {
            let row = (row.email.to_owned(), row.reason.unwrap_or(reason), row.at.unwrap_or(app.now.at));
            rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
        } else {
            *odd.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
    })?;
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    let n_refused = report.n_rejected + odd.into_inner().unwrap_or_else(PoisonError::into_inner);
    // The same file gives the same ledger: of twins, the earliest.
    rows.sort_by(|a, b| (a.2, &a.0).cmp(&(b.2, &b.0)));
    let new: Vec<_> =
        rows.iter().map(|(email, reason, at)| NewSuppression { whom: Suppressed::parse(email), reason: *reason, at: *at }).collect();
    let n_new = block_on(async {
        let Some(ledger) = app.ledger(true).await? else { return Ok(0) };
        let n_new = ledger.suppress_all(&new, "import").await?;
        ledger.close().await;
        Ok(n_new)
    })?;
    for rejection in &report.rejections {
        out.warn(format!("row refused: {rejection}"));
    }
    let n_known = rows.len() as u64 - n_new;
    if out.json {
        let refused: Vec<_> = report.rejections.iter().map(ToString::to_string).collect();
        out.value(
            &json!({ "action": "import", "rows": report.n_rows, "added": n_new, "known": n_known, "refused": n_refused, "rejections": refused }),
        );
    } else {
        out.did("Added", format!("{} of {} rows, {} known already", count(n_new), count(report.n_rows), count(n_known)));
        if n_refused > 0 {
            out.did("Refused", format!("{} rows", count(n_refused)));
        }
    }
    Ok(if n_refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Describes the file as a source, so that it is read as every other input is.
fn spec_of(file: &Path) -> Result<SourceSpec> {
    let Some(name) = file.to_str() else { return Err(Error::new(Kind::Usage, "the name of the file is not UTF-8")) };
    if !file.exists() {
        return Err(Error::new(Kind::Usage, format!("there is no file `{name}`")).help("name a CSV file with a column `email`"));
    }
    let known = [".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".pq", ".gz", ".zst"];
    let mut described = toml::Table::new();
    described.insert("files".to_owned(), glob::Pattern::escape(name).into());
    described.insert("max_bad_rows".to_owned(), i64::MAX.into());
    if !known.iter().any(|end| name.to_ascii_lowercase().ends_with(end)) {
        described.insert("format".to_owned(), "csv".into());
    }
    // Written and read again: the places of a configuration are known to its reader only.
    let described = toml::to_string(&described).unwrap_or_default();
    toml::from_str(&described).map_err(|error| Error::new(Kind::Io, "the file cannot be described").caused_by(error))
}

/// Writes all suppressions, page by page, in the order of their keys.
pub(super) fn export(app: &App, file: Option<&Path>, out: &Out) -> Result<ExitCode> {
    let mut writer = file.map(Whole::create).transpose()?;
    let mut n_rows: u64 = 0;
    let header = "email,reason,at,source\r\n";
    block_on(async {
        let ledger = app.ledger(false).await?;
        let mut write = |text: &str| {
            if let Some(writer) = &mut writer {
                return writer.text(text);
            }
            out.bytes(text.as_bytes());
            Ok(())
        };
        if file.is_some() || !out.json {
            write(header)?;
        }
        let Some(ledger) = ledger else { return Ok(()) };
        let mut last: Option<SuppressionRow> = None;
        loop {
            let page = ledger.suppression_page(last.as_ref()).await?;
            for row in &page {
                n_rows += 1;
                if file.is_none() && out.json {
                    out.value(
                        &json!({ "action": "export", "email": row.key, "reason": row.reason, "at": row.at.to_string(), "source": row.source }),
                    );
                } else {
                    write(&line(row))?;
                }
            }
            match page.into_iter().next_back() {
                Some(row) => last = Some(row),
                None => return close(&ledger).await,
            }
        }
    })?;
    if let Some((writer, path)) = writer.zip(file) {
        writer.finish()?;
        let path = path.display().to_string();
        if out.json {
            out.value(&json!({ "action": "export", "rows": n_rows, "file": path }));
        } else {
            out.did("Wrote", format!("{} rows to {path}", count(n_rows)));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn close(ledger: &Ledger) -> Result<()> {
    ledger.close().await;
    Ok(())
}

fn line(row: &SuppressionRow) -> String {
    let at = row.at.to_string();
    let cells = [row.key.as_str(), row.reason.as_str(), at.as_str(), row.source.as_str()].map(cell);
    format!("{}\r\n", cells.join(","))
}

/// Writes a cell of CSV (RFC 4180); one that a spreadsheet would take for a formula gets a quote in front.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    let mut cell = format!("{guard}{text}");
    if cell.contains([',', '"', '\r', '\n']) {
        cell = cell.replace('"', "\"\"");
        cell.insert(0, '"');
        cell.push('"');
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_neither_formulas_nor_broken() {
        for (text, expected) in [
            ("ana@shop.example", "ana@shop.example"),
            ("=cmd|' /c calc'!a0@b.example", "'=cmd|' /c calc'!a0@b.example"),
            ("+x@b.example", "'+x@b.example"),
            ("-x@b.example", "'-x@b.example"),
            ("@sum(1)", "'@sum(1)"),
            ("a,b\"c", "\"a,b\"\"c\""),
            ("=a,b", "\"'=a,b\""),
            ("\tx", "'\tx"),
        ] {
            assert_eq!(cell(text), expected, "{text}");
        }
    }
}
