//! `relance config`: every value in force and the file it came from.

use std::collections::HashMap;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::project::config::url_without_password;
use relance::project::{self, Project};
use serde_json::{Value, json};

use super::args::Globals;
use super::out::{Out, dim};

/// Origin of a value that no file sets.
const DEFAULT: &str = "default";

/// One value in force.
struct Row {
    key: String,
    value: Value,
    /// As a person wrote it, or as they would.
    text: String,
    origin: String,
}

pub(crate) fn run(globals: &Globals, out: &Out) -> Result<ExitCode> {
    let (project, _) = project::load(&globals.project, globals.env.as_deref())?;
    let rows = rows(&project)?;
    if out.json {
        let values: Vec<Value> = rows.iter().map(|row| json!({ "key": row.key, "value": row.value, "origin": row.origin })).collect();
        out.value(&json!({ "values": values }));
        return Ok(ExitCode::SUCCESS);
    }
    let width = |column: fn(&Row) -> &str, most: usize| rows.iter().map(|row| column(row).chars().count()).max().unwrap_or(0).min(most);
    let (keys, texts) = (width(|row| &row.key, 60), width(|row| &row.text, 60));
    for row in &rows {
        let line = format!("{:<keys$}  {:<texts$}  {}", row.key, row.text, row.origin);
        out.data(if row.origin == DEFAULT { dim(line) } else { line });
    }
    Ok(ExitCode::SUCCESS)
}

fn rows(project: &Project) -> Result<Vec<Row>> {
    let config = serde_json::to_value(&project.config)
        .map_err(|error| Error::new(Kind::Project, format!("cannot show the configuration: {error}")))?;
    let mut values = Vec::new();
    flatten("", config, &mut values);
    let mut written: HashMap<String, (String, String)> =
        project::origins(project).into_iter().map(|(key, text, origin)| (key, (text, origin))).collect();
    Ok(values
        .into_iter()
        .map(|(key, value)| match written.remove(&key) {
            Some((text, origin)) => Row { key, value, text: one_line(&text), origin },
            None => Row { text: value.to_string(), key, value, origin: DEFAULT.to_owned() },
        })
        .collect())
}

/// Lists the leaves of a tree by dotted key; absent values are left out.
fn flatten(above: &str, value: Value, rows: &mut Vec<(String, Value)>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if above.is_empty() { key } else { format!("{above}.{key}") };
                flatten(&path, value, rows);
            }
        }
        Value::String(text) if above.rsplit('.').next() == Some("url") => rows.push((above.to_owned(), url_without_password(&text).into())),
        value => rows.push((above.to_owned(), value)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_have_dotted_keys_and_no_password() {
        let mut rows = Vec::new();
        flatten("", json!({ "a": { "b": [1, 2], "c": null }, "ledger": { "database": { "url": "postgres://u:secret@db/x" } } }), &mut rows);
        assert_eq!(rows, [("a.b".to_owned(), json!([1, 2])), ("ledger.database.url".to_owned(), json!("postgres://u:***@db/x"))]);
    }
}
