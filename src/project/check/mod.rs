//! The checks of meaning, made on files whose shape is right; each mistake is noted and checking goes on.

mod blur;
pub(super) mod campaign;
pub(super) mod config;
pub(super) mod claims;
pub(super) mod coherence;
pub(super) mod content;
pub(super) mod trigger;
mod delivery;
mod dkim;
pub(super) mod experiment;
mod hours;
pub(super) mod length;
pub(super) mod offer;
mod pressure;
mod privacy;
pub(super) mod public;
pub(super) mod scores;
pub(super) mod unused;

use std::ops::Range;

use toml::Spanned;

use super::hours::Hours;
use super::layer::Layers;
use super::parse;
use crate::clock::Span;
use crate::error::{Diagnostic, closest};

/// Mistakes noted on one file (or on the layers of the configuration).
pub(super) struct Notes<'a> {
    layers: &'a Layers,
    found: &'a mut Vec<Diagnostic>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(layers: &'a Layers, found: &'a mut Vec<Diagnostic>) -> Self {
        Self { layers, found }
    }

    /// Notes an error at a range of the file.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Range<usize>,
        message: String,
        label: impl Into<String>,
        help: impl Into<String>,
    ) {
        let (text, span) = self.layers.place(span);
        self.found.push(Diagnostic::error(code, message).at(text, span, label).help(help));
    }

    /// Notes a warning at a range of the file.
    pub(super) fn warning(&mut self, code: &'static str, span: Range<usize>, message: String, help: impl Into<String>) {
        let (text, span) = self.layers.place(span);
        self.found.push(Diagnostic::warning(code, message).at(text, span, "").help(help));
    }

    /// Notes an error that has no place to show, or whose place holds a secret.
    pub(super) fn error_unplaced(&mut self, code: &'static str, message: String, help: impl Into<String>) {
        self.found.push(Diagnostic::error(code, message).help(help));
    }

    /// Returns the range of the entry at a path, or of the nearest table above it.
    pub(super) fn locate(&self, path: &[&str]) -> Range<usize> {
        self.layers.locate(path)
    }

    /// Reads a length of time greater than zero.
    pub(super) fn span(&mut self, written: &Spanned<String>) -> Option<Span> {
        self.span_or_zero(written).filter(|span| {
            let positive = span.0 > 0;
            if !positive {
                let message = format!("`{}` is no time at all", written.get_ref());
                self.error("time::zero", written.span(), message, "must be longer than zero", "write for example `12h` or `30d`");
            }
            positive
        })
    }

    /// Reads a length of time.
    pub(super) fn span_or_zero(&mut self, written: &Spanned<String>) -> Option<Span> {
        let span = Span::parse(written.get_ref());
        if span.is_none() {
            let message = format!("`{}` is not a length of time", written.get_ref());
            self.error(
                "time::not-a-duration",
                written.span(),
                message,
                "a number and a unit",
                "write for example `12h`, `30d` or `2 weeks`",
            );
        }
        span
    }

    /// Reads hours of a day.
    pub(super) fn hours(&mut self, written: &Spanned<String>) -> Option<Hours> {
        let hours = Hours::parse(written.get_ref());
        if hours.is_none() {
            let message = format!("`{}` are no hours of a day", written.get_ref());
            let label = "two times of a clock that differ";
            self.error("time::not-hours", written.span(), message, label, "write for example `09:00-19:00` or `21:00-08:00`");
        }
        hours
    }

    /// Checks that a name is known, and says which are when it is not.
    pub(super) fn known(&mut self, code: &'static str, what: &str, name: &Spanned<String>, known: &[String]) -> bool {
        let wrong = name.get_ref();
        if known.iter().any(|word| word == wrong) {
            return true;
        }
        let label = match known.len() {
            0 => format!("there is no {what} yet"),
            n if n > 12 => format!("{} and {} others exist", parse::list(&known[..12]), n - 12),
            _ => format!("{what}s are {}", parse::list(known)),
        };
        let help = match closest(wrong, known.iter().map(String::as_str)) {
            Some(guess) => format!("did you mean `{guess}`?"),
            None => format!("write the name of a {what} that exists, or create it"),
        };
        self.error(code, name.span(), format!("{what} `{wrong}` does not exist"), label, help);
        false
    }
}

/// Says whether a name can stand in a file name, a header and a URL: lower-case letters, digits, `-` and `_`.
pub(super) fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
}

/// The languages of a project: its own locale and those of `locales/`.
pub(super) struct Languages {
    /// The project's locale, e.g. `fr-FR`.
    pub(super) default: Option<String>,
    /// Names of the files of `locales/`, without the extension.
    pub(super) files: Vec<String>,
}

/// Returns the language of a tag: `fr` of `fr-FR`.
pub(super) fn language(tag: &str) -> &str {
    tag.split(['-', '_']).next().unwrap_or(tag)
}

impl Languages {
    /// Checks that a text has the project's language.
    pub(super) fn check_default(&self, notes: &mut Notes<'_>, text: &super::campaign::Localized, place: Range<usize>, what: &str) {
        let Some(default) = &self.default else { return };
        if !text.keys().any(|tag| tag == default || tag == language(default)) {
            let short = language(default);
            let message = format!("the {what} is missing in the project's language, `{default}`");
            notes.error("text::no-default-language", place, message, format!("`{short}` belongs here"), format!("add `{short} = \"...\"`"));
        }
    }

    /// Checks that each language of a text is a language tag and has a file of words.
    pub(super) fn check_files(&self, notes: &mut Notes<'_>, text: &super::campaign::Localized) {
        for (tag, written) in text {
            if tag.parse::<icu_locale_core::LanguageIdentifier>().is_err() {
                let message = format!("`{tag}` is not a language");
                notes.error(
                    "text::not-a-language",
                    written.span(),
                    message,
                    "belongs to a language tag",
                    "write for example `fr` or `fr-BE`",
                );
            } else if !self.files.iter().any(|file| file == tag || file == language(tag) || language(file) == tag) {
                let message = format!("the language `{tag}` has no file of words");
                notes.error(
                    "text::no-locale-file",
                    written.span(),
                    message,
                    "a text in this language",
                    format!("create `locales/{tag}.ftl`"),
                );
            }
        }
    }
}
