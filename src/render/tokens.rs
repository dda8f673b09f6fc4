//! Replaces template tags by opaque words before MJML is read, and puts them back into the HTML.

use std::ops::Range;

use super::mapped::Mapped;
use super::markup::{self, Attribute, Event};
use super::tags::{Tag, TagKind};

/// A text in which every tag is one opaque word.
#[derive(Debug)]
pub(super) struct Tokenised {
    /// The text with words instead of tags.
    pub(super) text: Mapped,
    /// What stands for each word, in the order of their numbers.
    pub(super) tags: Vec<Hidden>,
    prefix: String,
}

/// What a word stands for.
#[derive(Debug, Clone)]
pub(super) struct Hidden {
    /// The tag, or a character MJML would write wrongly.
    pub(super) text: String,
    /// `None` for a character.
    pub(super) kind: Option<TagKind>,
    /// First word of a control tag.
    pub(super) keyword: String,
    /// Where it stands in the text that was tokenised.
    pub(super) at: usize,
}

/// Replaces tags by words; comments without white-space marks vanish.
pub(super) fn tokenise(source: &Mapped, tags: &[Tag]) -> Tokenised {
    let mut prefix = "Tgq".to_owned();
    while source.text.contains(&prefix) {
        prefix.push('q');
    }
    let mut out = Tokenised { text: Mapped::default(), tags: Vec::new(), prefix };
    let mut at = 0;
    for tag in tags {
        out.text.copy_from(source, at..tag.range.start);
        at = tag.range.end;
        let text = &source.text[tag.range.clone()];
        if tag.kind == TagKind::Comment && !text.starts_with("{#-") && !text.ends_with("-#}") {
            continue;
        }
        let keyword = if tag.kind == TagKind::Control { tag.keyword(&source.text) } else { "" };
        let word = out.hide(text, Some(tag.kind), keyword, tag.range.start);
        out.text.made_from(&word, source, tag.range.clone());
    }
    out.text.copy_from(source, at..source.text.len());
    out
}

impl Tokenised {
    fn hide(&mut self, text: &str, kind: Option<TagKind>, keyword: &str, at: usize) -> String {
        let word = format!("{}{}z", self.prefix, self.tags.len());
        self.tags.push(Hidden { text: text.to_owned(), kind, keyword: keyword.to_owned(), at });
        word
    }

    /// Lists the words inside a range of the text: their bytes and numbers.
    pub(super) fn words(&self, range: Range<usize>) -> Vec<(Range<usize>, usize)> {
        words(&self.text.text[range.clone()], &self.prefix)
            .into_iter()
            .map(|(word, n)| (word.start + range.start..word.end + range.start, n))
            .collect()
    }

    /// Takes tags out of the `mj-raw` that holds nothing else: other MJML compilers want it around `{% if %}`, here it would split the pair.
    #[must_use]
    pub(super) fn unwrap_controls(mut self) -> Self {
        let text = std::mem::take(&mut self.text);
        let events = markup::scan(&text.text);
        let mut bare = Mapped::default();
        let mut copied = 0;
        for window in events.windows(3) {
            let [(Event::Open { name, empty: false, .. }, open), (Event::Text, inside), (Event::Close { .. }, close)] = window else {
                continue;
            };
            if name == "mj-raw" && self.holds_only_controls(&text.text, inside) {
                bare.copy_from(&text, copied..open.start);
                bare.copy_from(&text, inside.clone());
                copied = close.end;
            }
        }
        bare.copy_from(&text, copied..text.text.len());
        self.text = bare;
        self
    }

    fn holds_only_controls(&self, text: &str, inside: &Range<usize>) -> bool {
        let found = words(&text[inside.clone()], &self.prefix);
        let covered: usize = found.iter().map(|(word, _)| word.len()).sum();
        let n_other = text[inside.clone()].bytes().filter(|byte| !byte.is_ascii_whitespace()).count();
        let is_branch = |n: usize| matches!(self.tags[n].keyword.as_str(), "if" | "elif" | "else" | "endif" | "for" | "endfor");
        !found.is_empty() && covered == n_other && found.iter().all(|(_, n)| self.tags.get(*n).is_some() && is_branch(*n))
    }

    /// Makes attributes and the title safe for the MJML renderer: it writes them as Rust literals and does not read a bare `0` in paddings.
    #[must_use]
    pub(super) fn protect_attributes(mut self) -> Self {
        let text = std::mem::take(&mut self.text);
        let mut safe = Mapped::default();
        let mut copied = 0;
        let mut is_title = false;
        for (event, range) in markup::scan(&text.text) {
            let mut places = Vec::new();
            match event {
                Event::Open { name, attributes, .. } => {
                    is_title = name == "mj-title";
                    let is_padding =
                        |attribute: &Attribute| name.starts_with("mj-") && text.text[attribute.name.clone()].contains("padding");
                    places.extend(attributes.into_iter().map(|attribute| (is_padding(&attribute), attribute.value)));
                }
                Event::Text if is_title => places.push((false, range)),
                Event::Text => {}
                _ => is_title = false,
            }
            for (is_padding, place) in places {
                if let Some(written) = self.protected(&text.text[place.clone()], is_padding, place.start) {
                    safe.copy_from(&text, copied..place.start);
                    copied = place.end;
                    safe.made_from(&written, &text, place);
                }
            }
        }
        safe.copy_from(&text, copied..text.text.len());
        self.text = safe;
        self
    }

    /// Returns what stands for a value that the MJML renderer would write wrongly; `None` when it is safe as it is.
    fn protected(&mut self, value: &str, is_padding: bool, at: usize) -> Option<String> {
        if is_padding && value.split_whitespace().any(|length| length == "0") {
            let lengths: Vec<_> = value.split_whitespace().map(|length| if length == "0" { "0px" } else { length }).collect();
            return Some(lengths.join(" "));
        }
        if !value.chars().any(is_written_wrongly) {
            return None;
        }
        let mut written = String::with_capacity(value.len());
        for c in value.chars() {
            if is_written_wrongly(c) {
                let mut buffer = [0; 4];
                let kept = if c == '"' { "&quot;" } else { c.encode_utf8(&mut buffer) };
                written.push_str(&self.hide(kept, None, "", at));
            } else {
                written.push(c);
            }
        }
        Some(written)
    }

    /// Puts everything back into a text made from this one; returns where each hidden thing landed and where it came from.
    pub(super) fn restore(&self, made: &str) -> (String, Vec<(usize, usize)>) {
        let mut out = String::with_capacity(made.len() + made.len() / 4);
        let mut landed = Vec::new();
        let mut at = 0;
        for (word, n) in words(made, &self.prefix) {
            out.push_str(&made[at..word.start]);
            at = word.end;
            if let Some(hidden) = self.tags.get(n) {
                landed.push((out.len(), hidden.at));
                out.push_str(&hidden.text);
            }
        }
        out.push_str(&made[at..]);
        (out, landed)
    }
}

/// Whether Rust's debug form of a string would escape this character.
fn is_written_wrongly(c: char) -> bool {
    c != '\'' && c.escape_debug().len() > 1
}

fn words(text: &str, prefix: &str) -> Vec<(Range<usize>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(prefix).map(|n| at + n) {
        let digits = start + prefix.len();
        let end = text[digits..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |n| digits + n);
        at = digits;
        if let (Ok(n), true) = (text[digits..end].parse(), text[end..].starts_with('z')) {
            found.push((start..end + 1, n));
            at = end + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use miette::NamedSource;

    use super::*;
    use crate::render::tags;

    #[test]
    fn what_is_hidden_comes_back() {
        let text = "Tgq0z <mj-text padding='0 24px' alt='a\u{a0}b\\ \"c\" 👨‍👩‍👧'>{{ a }}{# gone #}{%- if b -%}x{% endif %}</mj-text>";
        let source = Arc::new(NamedSource::new("a", text.to_owned()));
        let mapped = Mapped::of(text, &source, 0);
        let tokenised = tokenise(&mapped, &tags::scan(text).expect("closed")).protect_attributes();
        assert!(!tokenised.text.text.contains(['{', '\\', '\u{a0}', '\u{200d}']));
        let (back, landed) = tokenised.restore(&tokenised.text.text);
        assert_eq!(back, text.replace("{# gone #}", "").replace("'0 24px'", "'0px 24px'").replace("\"c\"", "&quot;c&quot;"));
        assert!(landed.iter().any(|(at, from)| back[*at..].starts_with("{{ a }}") && text[*from..].starts_with("{{ a }}")));
    }
}
