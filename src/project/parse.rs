//! TOML into typed values, with every mistake of a file reported at once and at its place.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Deserializer};

use super::Text;
use crate::error::Diagnostic;

/// Most mistakes of shape reported for one file.
const MISTAKES_MAX: usize = 50;

/// A parsed TOML document whose spans are offsets in the text it came from.
pub(super) type Document<'a> = Spanned<DeTable<'a>>;

/// A mistake of shape: what is wrong, where, in the coordinates of the document.
pub(super) struct Mistake {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) span: Range<usize>,
    pub(super) label: String,
    pub(super) help: Option<String>,
}

impl Mistake {
    /// Turns the mistake into a diagnostic on a text.
    pub(super) fn at(self, text: &Text, offset: usize) -> Diagnostic {
        let start = self.span.start.saturating_sub(offset).min(text.inner().len());
        let mut end = self.span.end.saturating_sub(offset).clamp(start, text.inner().len());
        if self.code == "toml::missing-key" {
            // A table spans many lines; its first one is enough to show what lacks the key.
            end = text.inner().get(start..end).and_then(|table| table.find('\n')).map_or(end, |n| start + n);
        }
        if let Some(key) = self.secret_key(text.inner(), start) {
            let help = format!("write `{key} = {{ env = \"NAME\" }}`, and keep the value out of the file");
            return Diagnostic::error("config::secret-in-file", format!("`{key}` does not name a place: its value is not shown"))
                .help(help);
        }
        let diagnostic = Diagnostic::error(self.code, self.message).at(text, start..end, self.label);
        match self.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

/// Keys whose values are secrets, which no message may show.
const SECRET_KEYS: [&str; 3] = ["password", "token", "key"];

impl Mistake {
    /// Returns the key when what is wrong is the value of a secret, or a key that is one but for a slip.
    fn secret_key(&self, text: &str, start: usize) -> Option<&'static str> {
        let is_value = matches!(self.code, "toml::unknown-value" | "toml::wrong-type");
        let before = text.get(..start).unwrap_or_default().trim_end().strip_suffix('=').unwrap_or_default().trim_end();
        let key = before.rsplit(|letter: char| !(letter.is_alphanumeric() || letter == '_')).next().unwrap_or_default();
        let is_slip = |secret: &str| self.help.as_deref() == Some(&format!("did you mean `{secret}`?"));
        SECRET_KEYS.into_iter().find(|secret| (is_value && key == *secret) || (self.code == "toml::unknown-key" && is_slip(secret)))
    }
}

/// Reads the syntax of a TOML text.
pub(super) fn document(toml: &str) -> Result<Document<'_>, Mistake> {
    let mut table = DeTable::parse(toml).map_err(|error| Mistake {
        code: "toml::syntax",
        message: "the TOML cannot be read".to_owned(),
        span: error.span().unwrap_or(0..0),
        label: error.message().trim_end_matches('.').lines().collect::<Vec<_>>().join("; "),
        help: Some("text values stand between double quotes, lists between square brackets".to_owned()),
    })?;
    dates_to_text(table.get_mut());
    Ok(table)
}

/// Reads a typed value; each mistake is noted, its entry left out, and reading starts again, so that all are seen.
pub(super) fn typed<T: DeserializeOwned>(document: &Document<'_>) -> Result<T, Vec<Mistake>> {
    let mut document = document.clone();
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut removed: Vec<String> = Vec::new();
    while mistakes.len() < MISTAKES_MAX {
        let error = match T::deserialize(Deserializer::from(document.clone())) {
            Ok(value) if mistakes.is_empty() => return Ok(value),
            Ok(_) => break,
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let mistake = explain(error.message(), span.clone(), &path_of(document.get_ref(), &span).unwrap_or_default());
        // A key taken out, or misspelt, is missed by the next reading: that is not a second mistake.
        let follows = mistake.code == "toml::missing-key" && removed.iter().any(|key| mistake.message.contains(&format!("`{key}`")));
        if !follows {
            removed.extend(
                mistake.help.as_deref().and_then(|help| help.strip_prefix("did you mean `")?.strip_suffix("`?")).map(str::to_owned),
            );
            mistakes.push(mistake);
        }
        match remove(document.get_mut(), &span) {
            Some(key) => removed.push(key),
            None => break,
        }
    }
    Err(mistakes)
}

/// Reads a whole text into a typed value.
pub(super) fn read<T: DeserializeOwned>(text: &Text, found: &mut Vec<Diagnostic>) -> Option<T> {
    read_padded(text, text.inner(), found)
}

/// Reads a TOML of which the offsets are those of `text`.
pub(super) fn read_padded<T: DeserializeOwned>(text: &Text, toml: &str, found: &mut Vec<Diagnostic>) -> Option<T> {
    let document = match document(toml) {
        Ok(document) => document,
        Err(mistake) => {
            found.push(mistake.at(text, 0));
            return None;
        }
    };
    match typed(&document) {
        Ok(value) => Some(value),
        Err(mistakes) => {
            found.extend(mistakes.into_iter().map(|mistake| mistake.at(text, 0)));
            None
        }
    }
}

/// Words the library's message for the author.
fn explain(message: &str, span: Range<usize>, path: &str) -> Mistake {
    let message = message.trim_end_matches('.');
    let mut quoted = message.split('`').skip(1).step_by(2);
    let in_table = if path.is_empty() { String::new() } else { format!(" in `{path}`") };
    if message.starts_with("unknown field") {
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let help = match crate::error::closest(wrong, known.iter().copied()) {
            Some(guess) => format!("did you mean `{guess}`?"),
            None => "remove the line".to_owned(),
        };
        return Mistake {
            code: "toml::unknown-key",
            message: format!("unknown key `{wrong}`"),
            span,
            label: if known.is_empty() { "no key is known here".to_owned() } else { format!("keys are {}", list(&known)) },
            help: Some(help),
        };
    }
    if message.starts_with("unknown variant") {
        let wrong = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let guess = crate::error::closest(wrong, known.iter().copied()).map(|guess| format!("did you mean `{guess}`?"));
        return Mistake {
            code: "toml::unknown-value",
            message: format!("`{wrong}` is not a value of this key"),
            span,
            label: format!("values are {}", list(&known)),
            help: Some(guess.unwrap_or_else(|| format!("write one of {}", list(&known)))),
        };
    }
    if message.starts_with("missing field") {
        let key = quoted.next().unwrap_or_default();
        return Mistake {
            code: "toml::missing-key",
            message: format!("the key `{key}` is missing{in_table}"),
            span,
            label: format!("`{key}` belongs here"),
            help: Some(example(key)),
        };
    }
    Mistake {
        code: "toml::wrong-type",
        message: "a value of the wrong type".to_owned(),
        span,
        label: message.to_owned(),
        help: Some("`relance schema` prints the shape of each file".to_owned()),
    }
}

/// Returns what to type for a key that is missing.
fn example(key: &str) -> String {
    match key {
        "objective" => "add `objective = \"convert\"`: one of `acquire`, `convert`, `retain`, `reactivate`, `service`".to_owned(),
        "kind" => "add `kind = \"newsletter\"`: one of `newsletter`, `relance`, `reminder`".to_owned(),
        "level" => "add `level = \"general\"`: one of `general`, `many`, `few`, `individual`".to_owned(),
        "fill" => "add `fill = \"block\"`: one of `block`, `products`, `categories`, `cart`, `subject`".to_owned(),
        "to" => "add `to = \"eml\"`: one of `eml`, `maildir`, `mbox`, `jsonl`, `smtp`".to_owned(),
        "subject" => "add `subject = { fr = \"...\" }`".to_owned(),
        "all" => "add `all = [\"orders_count >= 1\"]`".to_owned(),
        _ => format!("add `{key} = ...`"),
    }
}

/// Writes a list of words in backticks.
pub(super) fn list<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// Turns TOML dates into their text, so that `until = 2011-12-31` and `until = "2011-12-31"` are the same.
fn dates_to_text(table: &mut DeTable<'_>) {
    fn walk(value: &mut Spanned<DeValue<'_>>) {
        match value.get_mut() {
            DeValue::Datetime(at) => {
                let written = at.to_string();
                *value.get_mut() = DeValue::String(DeString::Owned(written));
            }
            DeValue::Array(items) => items.iter_mut().for_each(walk),
            DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| walk(value)),
            _ => {}
        }
    }
    table.iter_mut().for_each(|(_, value)| walk(value));
}

/// Removes the entry whose key or value has this span; returns its key.
fn remove(table: &mut DeTable<'_>, span: &Range<usize>) -> Option<String> {
    let here = table.iter().find(|(key, value)| key.span() == *span || value.span() == *span).map(|(key, _)| key.clone());
    if let Some(key) = here {
        table.remove(key.get_ref().as_ref());
        return Some(key.into_inner().into_owned());
    }
    table.iter_mut().find_map(|(key, value)| remove_in(value, key.get_ref(), span))
}

fn remove_in(value: &mut Spanned<DeValue<'_>>, key: &str, span: &Range<usize>) -> Option<String> {
    match value.get_mut() {
        DeValue::Table(table) => remove(table, span),
        DeValue::Array(items) => {
            if let Some(position) = items.iter().position(|item| item.span() == *span) {
                *items = items.iter().enumerate().filter(|(at, _)| *at != position).map(|(_, item)| item.clone()).collect();
                return Some(key.to_owned());
            }
            items.iter_mut().find_map(|item| remove_in(item, key, span))
        }
        _ => None,
    }
}

/// Returns the dotted path of the table that has this span.
fn path_of(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, value)| match value.get_ref() {
        DeValue::Table(_) if value.span() == *span => Some(key.get_ref().to_string()),
        DeValue::Table(inner) => path_of(inner, span).map(|rest| format!("{}.{rest}", key.get_ref())),
        DeValue::Array(items) => items.iter().any(|item| item.span() == *span).then(|| key.get_ref().to_string()),
        _ => None,
    })
}
