//! Where a condition stands in the author's file, and how its own positions become places there.

use std::ops::Range;
use std::sync::Arc;

use miette::NamedSource;
use sqlparser::tokenizer::{Location, Span as SqlSpan};

use crate::error::Diagnostic;

/// A condition's text and its place in a file.
pub(super) struct Origin<'a> {
    pub(super) text: &'a str,
    file: Arc<NamedSource<String>>,
    /// Byte range of the text in the file, or of the literal around it.
    range: Range<usize>,
    /// The bytes of the range are the text itself; otherwise escapes stand between and only the whole range can be shown.
    exact: bool,
}

impl<'a> Origin<'a> {
    /// Places a text whose bytes stand as they are in a file.
    pub(super) fn exact(text: &'a str, file: &Arc<NamedSource<String>>, offset: usize) -> Self {
        Self { text, file: Arc::clone(file), range: offset..offset + text.len(), exact: true }
    }

    /// Places a text that belongs to no file.
    pub(super) fn alone(text: &'a str) -> Self {
        Self::exact(text, &Arc::new(NamedSource::new("condition", text.to_owned())), 0)
    }

    /// Places the value of a TOML string: its literal, quotes included, takes up `literal` in the file.
    pub(super) fn toml(value: &'a str, file: &Arc<NamedSource<String>>, literal: Range<usize>) -> Self {
        let raw = file.inner().get(literal.clone()).unwrap_or_default();
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
        let start = raw.get(quotes..).map_or(0, |rest| {
            // A line end right after three quotes is not part of the value (TOML 1.0, "String").
            if quotes == 1 {
                quotes
            } else {
                quotes + rest.len() - rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest).len()
            }
        });
        match raw.get(start..raw.len().saturating_sub(quotes)) {
            Some(inside) if inside == value => Self::exact(value, file, literal.start + start),
            _ => Self { text: value, file: Arc::clone(file), range: literal, exact: false },
        }
    }

    /// Adds to a diagnostic a byte range of the text, with a short note.
    pub(super) fn place(&self, diagnostic: Diagnostic, range: Range<usize>, label: impl Into<String>) -> Diagnostic {
        let range = if self.exact { self.range.start + range.start..self.range.start + range.end } else { self.range.clone() };
        diagnostic.at(&self.file, range, label)
    }

    /// Returns the whole text.
    pub(super) fn whole(&self) -> Range<usize> {
        0..self.text.len()
    }

    /// Converts a span of lines and columns to bytes; an empty one is the whole text.
    pub(super) fn bytes(&self, span: SqlSpan) -> Range<usize> {
        match (self.byte(span.start), self.byte(span.end)) {
            (Some(start), Some(end)) if start < end => start..end,
            (Some(start), _) => start..self.next_char(start),
            _ => self.whole(),
        }
    }

    /// Converts a line and a column, both from 1 and in characters, to a byte offset.
    pub(super) fn byte(&self, at: Location) -> Option<usize> {
        let line = usize::try_from(at.line).ok()?.checked_sub(1)?;
        let column = usize::try_from(at.column).ok()?.checked_sub(1)?;
        let line_start = if line == 0 { 0 } else { self.text.match_indices('\n').nth(line - 1)?.0 + 1 };
        let rest = &self.text[line_start..];
        Some(line_start + rest.char_indices().nth(column).map_or(rest.len(), |(offset, _)| offset))
    }

    fn next_char(&self, start: usize) -> usize {
        self.text[start..].chars().next().map_or(start, |letter| start + letter.len_utf8())
    }
}
