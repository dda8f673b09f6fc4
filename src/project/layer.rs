//! `relance.ENV.toml` laid over `relance.toml`: a table merge, and where each value came from.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Text;
use super::config::Config;
use super::parse::{self, Document};
use crate::error::Diagnostic;

/// The layers of the configuration; one coordinate system runs through both texts, the overlay's offsets come after the base's.
#[derive(Debug, Clone)]
pub struct Layers {
    /// `relance.toml`.
    pub base: Text,
    /// `relance.ENV.toml`.
    pub overlay: Option<Text>,
}

impl Layers {
    /// Returns the text that holds an offset of the merged configuration, and the range in that text.
    pub fn place(&self, span: Range<usize>) -> (&Text, Range<usize>) {
        let n_base = self.base.inner().len();
        match &self.overlay {
            Some(overlay) if span.start > n_base => {
                let n = overlay.inner().len();
                (overlay, (span.start - n_base - 1).min(n)..(span.end.saturating_sub(n_base + 1)).min(n))
            }
            _ => (&self.base, span.start.min(n_base)..span.end.min(n_base)),
        }
    }

    /// Reads and merges the layers; mistakes point into the layer that has them.
    pub(super) fn read(&self, found: &mut Vec<Diagnostic>) -> Option<Config> {
        let padded = self.padded_overlay();
        let document = self.merged(padded.as_deref(), found)?;
        match parse::typed(&document) {
            Ok(config) => Some(config),
            Err(mistakes) => {
                for mistake in mistakes {
                    let (text, span) = self.place(mistake.span.clone());
                    let (text, offset) = (text.clone(), mistake.span.start.saturating_sub(span.start));
                    found.push(mistake.at(&text, offset));
                }
                None
            }
        }
    }

    /// Returns the range of the entry at a path, in the coordinates of the merged document; the nearest table above when it is not there.
    pub fn locate(&self, path: &[&str]) -> Range<usize> {
        let padded = self.padded_overlay();
        let Some(document) = self.merged(padded.as_deref(), &mut Vec::new()) else { return 0..0 };
        let Some((first, rest)) = path.split_first() else { return 0..0 };
        let Some(mut found) = document.get_ref().get(*first) else { return 0..0 };
        for key in rest {
            let inner = match found.get_ref() {
                DeValue::Table(table) => table.get(*key),
                DeValue::Array(items) => key.parse::<usize>().ok().and_then(|n| items.get(n)),
                _ => None,
            };
            let Some(inner) = inner else { break };
            found = inner;
        }
        found.span()
    }

    /// Returns the keys of the table at a path, with their ranges; empty when there is none.
    pub(super) fn keys(&self, path: &[&str]) -> Vec<(String, Range<usize>)> {
        let padded = self.padded_overlay();
        let Some(document) = self.merged(padded.as_deref(), &mut Vec::new()) else { return Vec::new() };
        let mut table = document.get_ref();
        for key in path {
            let Some(DeValue::Table(inner)) = table.get(*key).map(Spanned::get_ref) else { return Vec::new() };
            table = inner;
        }
        table.keys().map(|key| (key.get_ref().to_string(), key.span())).collect()
    }

    /// Lists every value: its dotted key, the value as TOML, and the file it came from; secrets show where they are kept only.
    pub fn origins(&self) -> Vec<(String, String, String)> {
        let padded = self.padded_overlay();
        let mut rows = Vec::new();
        if let Some(document) = self.merged(padded.as_deref(), &mut Vec::new()) {
            self.rows("", document.get_ref(), &mut rows);
        }
        rows
    }

    fn rows(&self, above: &str, table: &DeTable<'_>, rows: &mut Vec<(String, String, String)>) {
        for (key, value) in table {
            let path = if above.is_empty() { key.get_ref().to_string() } else { format!("{above}.{}", key.get_ref()) };
            if let DeValue::Table(inner) = value.get_ref() {
                self.rows(&path, inner, rows);
                continue;
            }
            let (text, span) = self.place(value.span());
            let written = text.inner().get(span).unwrap_or_default();
            let shown = match key.get_ref().as_ref() {
                "url" => super::config::url_without_password(written),
                _ => written.to_owned(),
            };
            rows.push((path, shown, text.name().to_owned()));
        }
    }

    /// Returns the overlay behind as many line ends as the base has bytes, plus one, so that its spans follow the base's.
    fn padded_overlay(&self) -> Option<String> {
        self.overlay.as_ref().map(|overlay| "\n".repeat(self.base.inner().len() + 1) + overlay.inner())
    }

    fn merged<'a>(&'a self, padded: Option<&'a str>, found: &mut Vec<Diagnostic>) -> Option<Document<'a>> {
        let base = parse::document(self.base.inner()).map_err(|mistake| found.push(mistake.at(&self.base, 0)));
        let overlay = padded
            .zip(self.overlay.as_ref())
            .map(|(toml, text)| parse::document(toml).map_err(|mistake| found.push(mistake.at(text, self.base.inner().len() + 1))));
        let mut base = base.ok()?;
        if let Some(overlay) = overlay {
            merge(base.get_mut(), overlay.ok()?.into_inner());
        }
        Some(base)
    }
}

/// Lays one table over another: tables merge, everything else is replaced.
///
/// A secret and the two kinds of input (`files`, `sql`) are one choice: the overlay's replaces the base's.
fn merge<'a>(base: &mut DeTable<'a>, overlay: DeTable<'a>) {
    for (key, value) in overlay {
        let one_choice = matches!(key.get_ref().as_ref(), "password" | "key" | "database");
        match (base.get_mut(key.get_ref().as_ref()).map(Spanned::get_mut), value.into_parts()) {
            (Some(DeValue::Table(below)), (_, DeValue::Table(above))) if !one_choice => merge(below, above),
            (_, (span, value)) => {
                base.remove(key.get_ref().as_ref());
                base.insert(key, Spanned::new(span, value));
            }
        }
    }
}

/// Takes a spanned value apart.
trait IntoParts<T> {
    fn into_parts(self) -> (Range<usize>, T);
}

impl<T> IntoParts<T> for Spanned<T> {
    fn into_parts(self) -> (Range<usize>, T) {
        (self.span(), self.into_inner())
    }
}
