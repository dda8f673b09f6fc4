//! Text assembled from several files that still knows where each byte came from.

use std::ops::Range;
use std::sync::Arc;

use miette::{NamedSource, SourceSpan};

use crate::error::Diagnostic;

/// An author's file, named by its path inside the project.
pub type Source = Arc<NamedSource<String>>;

/// A text and, for each of its pieces, the file and byte offset it was copied or made from.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapped {
    pub(super) text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    at: usize,
    source: Source,
    offset: usize,
    made_len: Option<usize>,
}

impl Mapped {
    /// Returns a whole piece of a file.
    pub(super) fn of(text: &str, source: &Source, offset: usize) -> Self {
        let mut mapped = Self::default();
        mapped.copy(text, source, offset);
        mapped
    }

    /// Appends a verbatim copy of `source[offset..]`.
    pub(super) fn copy(&mut self, text: &str, source: &Source, offset: usize) {
        self.pieces.push(Piece { at: self.text.len(), source: Arc::clone(source), offset, made_len: None });
        self.text.push_str(text);
    }

    /// Appends a generated text that stands for `source[range]`.
    pub(super) fn made(&mut self, text: &str, source: &Source, range: Range<usize>) {
        self.pieces.push(Piece { at: self.text.len(), source: Arc::clone(source), offset: range.start, made_len: Some(range.len()) });
        self.text.push_str(text);
    }

    /// Appends a range of another mapped text, origins kept.
    pub(super) fn copy_from(&mut self, other: &Self, range: Range<usize>) {
        let first = other.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        for (i, piece) in other.pieces.iter().enumerate().skip(first) {
            let piece_end = other.pieces.get(i + 1).map_or(other.text.len(), |next| next.at);
            let (start, end) = (piece.at.max(range.start), piece_end.min(range.end));
            if start >= end {
                if piece.at >= range.end {
                    break;
                }
                continue;
            }
            let skipped = if piece.made_len.is_some() { 0 } else { start - piece.at };
            self.pieces.push(Piece { at: self.text.len(), offset: piece.offset + skipped, ..piece.clone() });
            self.text.push_str(&other.text[start..end]);
        }
    }

    /// Appends a generated text that stands for a range of another mapped text.
    pub(super) fn made_from(&mut self, text: &str, other: &Self, range: Range<usize>) {
        if let Some((source, span)) = other.origin(range) {
            let source = Arc::clone(source);
            self.made(text, &source, span.offset()..span.offset() + span.len());
        } else {
            self.text.push_str(text);
        }
    }

    /// Returns the file and byte range a range of this text came from.
    pub(super) fn origin(&self, range: Range<usize>) -> Option<(&Source, SourceSpan)> {
        let i = self.pieces.partition_point(|piece| piece.at <= range.start).checked_sub(1)?;
        let piece = &self.pieces[i];
        let piece_end = self.pieces.get(i + 1).map_or(self.text.len(), |next| next.at);
        let (offset, len) = match piece.made_len {
            Some(len) => (piece.offset, len),
            None => (piece.offset + (range.start - piece.at), range.end.min(piece_end).saturating_sub(range.start)),
        };
        let len = if range.end > piece_end {
            self.end_in(&piece.source, range.end).map_or(len, |end| end.saturating_sub(offset).max(len))
        } else {
            len
        };
        let size = piece.source.inner().len();
        let offset = offset.min(size);
        Some((&piece.source, SourceSpan::new(offset.into(), len.min(size - offset))))
    }

    /// Returns where, in a file, the text before `end` stops, when it comes from that file.
    fn end_in(&self, source: &Source, end: usize) -> Option<usize> {
        let piece = &self.pieces[self.pieces.partition_point(|piece| piece.at < end).checked_sub(1)?];
        Arc::ptr_eq(&piece.source, source).then(|| piece.offset + piece.made_len.unwrap_or(end - piece.at))
    }

    /// Returns the file of that name, when part of this text came from it, and the offset it first appears at.
    pub(super) fn source_named(&self, name: &str) -> Option<(Source, usize)> {
        self.pieces.iter().find(|piece| piece.source.name() == name).map(|piece| (Arc::clone(&piece.source), piece.at))
    }

    /// Points a diagnostic at the file a range of this text came from.
    pub(super) fn point(&self, diagnostic: Diagnostic, range: Range<usize>, label: &str) -> Diagnostic {
        match self.origin(range) {
            Some((source, span)) => diagnostic.at(source, span, label),
            None => diagnostic,
        }
    }

    /// Returns `file:line:column` of an offset, columns counted in characters from 1.
    pub(super) fn line_column(&self, at: usize) -> Option<String> {
        let (source, span) = self.origin(at..at)?;
        let before = source.inner().get(..span.offset())?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Some(format!("{}:{line}:{column}", source.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_finds_its_way_home_through_two_assemblies() {
        let a: Source = Arc::new(NamedSource::new("a.mjml", "one\ntwo three".to_owned()));
        let b: Source = Arc::new(NamedSource::new("b.mjml", "BLOCK".to_owned()));
        let mut first = Mapped::of("one\n", &a, 0);
        first.copy("BLOCK", &b, 0);
        first.copy("three", &a, 8);
        let mut second = Mapped::default();
        second.made_from("TOKEN", &first, 0..4);
        second.copy_from(&first, 4..14);
        assert_eq!(second.text, "TOKENBLOCKthree");
        assert_eq!(second.line_column(12).as_deref(), Some("a.mjml:2:7"));
        assert_eq!(second.line_column(6).as_deref(), Some("b.mjml:1:2"));
        let (_, span) = second.origin(2..3).expect("known");
        assert_eq!((span.offset(), span.len()), (0, 4));
    }
}
