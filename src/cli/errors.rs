//! Errors as people read them, and the exit code each kind has.

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use miette::{GraphicalReportHandler, GraphicalTheme};
use relance::error::{Diagnostic, Error, Kind};
use serde_json::json;

use super::out::Out;

/// Prints an error and returns its exit code.
pub(crate) fn report(error: &Error, out: &Out) -> ExitCode {
    for diagnostic in error.diagnostics() {
        out.error(drawn(diagnostic));
    }
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let help = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
    let mut text = format!("{style}error{style:#}: {error}\n");
    for line in error.details() {
        _ = writeln!(text, "  {line}");
    }
    if let Some(line) = error.help_text() {
        _ = writeln!(text, "  {help}help{help:#}: {line}");
    }
    out.error(text);
    if out.json {
        let diagnostics: Vec<_> = error.diagnostics().iter().map(diagnostic_json).collect();
        out.value(&json!({ "error": error.to_string(), "kind": kind_word(error.kind()), "details": error.details(), "help": error.help_text(), "diagnostics": diagnostics }));
    }
    ExitCode::from(code(error.kind()))
}

/// Draws a diagnostic with its place in the author's text.
pub(crate) fn drawn(diagnostic: &Diagnostic) -> String {
    let unicode = GraphicalTheme::unicode();
    let theme = if anstream::stderr().is_terminal() { unicode } else { GraphicalTheme::unicode_nocolor() };
    let mut text = String::new();
    match GraphicalReportHandler::new_themed(theme).with_links(false).render_report(&mut text, diagnostic) {
        Ok(()) => text,
        Err(_) => format!("{diagnostic}\n"),
    }
}

/// A diagnostic as data: the place is a file, and a line and column from 1.
pub(crate) fn diagnostic_json(diagnostic: &Diagnostic) -> serde_json::Value {
    let place = diagnostic.place.as_ref().map(|place| {
        let before = place.text.inner().get(..place.span.offset()).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        json!({ "file": place.text.name(), "line": line, "column": column, "offset": place.span.offset(), "length": place.span.len() })
    });
    json!({
        "severity": format!("{:?}", diagnostic.severity).to_lowercase(),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "place": place,
        "help": diagnostic.help,
    })
}

/// The exit code of each kind of error: sysexits where one fits.
fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Usage => 2,
        Kind::Data => 65,
        Kind::Unavailable => 69,
        Kind::Io => 74,
        Kind::Busy => 75,
        Kind::Project => 78,
        Kind::Interrupted => 130,
    }
}

fn kind_word(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}
