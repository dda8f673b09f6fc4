//! The HTML of a mail as a list of elements in the order in which they open, each with its parent.

use std::cell::{Cell, RefCell};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer};

use super::colour;

/// Elements that never have content (HTML Living Standard section 13.1.2).
const VOID: [&str; 14] = ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// One element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) tag: String,
    pub(super) attributes: Vec<(String, String)>,
    /// Declarations of its `style`: lower-case properties and values as written.
    pub(super) style: Vec<(String, String)>,
    /// Where its parent is in the list.
    pub(super) parent: Option<usize>,
    /// The text directly in it.
    pub(super) text: String,
}

impl Element {
    /// Returns an attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the last value declared of a property.
    pub(super) fn declared(&self, property: &str) -> Option<&str> {
        self.style.iter().rev().find(|(known, _)| known == property).map(|(_, value)| value.as_str())
    }

    /// Says whether the element hides itself.
    pub(super) fn is_hidden(&self) -> bool {
        let says = |property: &str, word: &str| self.declared(property).is_some_and(|value| value.trim().eq_ignore_ascii_case(word));
        says("display", "none")
            || says("visibility", "hidden")
            || says("mso-hide", "all") && says("max-height", "0")
            || self.attribute("hidden").is_some()
    }
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) elements: Vec<Element>,
    /// What `style` elements hold, one after the other.
    pub(super) css: String,
}

impl Document {
    /// Reads any text; what is no HTML is text.
    pub(super) fn parse(html: &str) -> Self {
        let sink = Sink::default();
        let tokenizer = Tokenizer::new(sink, html5ever::tokenizer::TokenizerOpts::default());
        let input = BufferQueue::default();
        input.push_back(StrTendril::from_slice(html));
        _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.document.into_inner()
    }

    /// Returns an element and those around it, innermost first.
    pub(super) fn around(&self, element: usize) -> impl Iterator<Item = &Element> {
        let mut next = Some(element);
        std::iter::from_fn(move || {
            let element = self.elements.get(next?)?;
            next = element.parent;
            Some(element)
        })
    }

    /// Says whether an element is shown at all.
    pub(super) fn is_shown(&self, element: usize) -> bool {
        !self.around(element).any(|element| element.is_hidden() || matches!(element.tag.as_str(), "head" | "style" | "title" | "script"))
    }

    /// Returns everything that is shown as text, words apart.
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        for (at, element) in self.elements.iter().enumerate() {
            if !element.text.trim().is_empty() && self.is_shown(at) {
                words.push_str(element.text.trim());
                words.push(' ');
            }
        }
        words
    }

    /// Returns the text of every heading of the first three levels, white space collapsed.
    pub(super) fn headings(&self) -> Vec<String> {
        let is_heading = |element: &Element| matches!(element.tag.as_str(), "h1" | "h2" | "h3");
        let mut headings: Vec<(usize, String)> = Vec::new();
        for (at, element) in self.elements.iter().enumerate().filter(|(_, element)| !element.text.trim().is_empty()) {
            let Some(depth) = self.around(at).position(is_heading) else { continue };
            let heading = (0..depth).try_fold(at, |at, _| self.elements[at].parent).unwrap_or(at);
            match headings.last_mut().filter(|(known, _)| *known == heading) {
                Some((_, text)) => text.extend([" ", &element.text]),
                None => headings.push((heading, element.text.clone())),
            }
        }
        headings.into_iter().map(|(_, text)| text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")).collect()
    }
}

#[derive(Default)]
struct Sink {
    document: RefCell<Document>,
    open: RefCell<Vec<usize>>,
    in_style: Cell<bool>,
}

impl Sink {
    fn start(&self, tag: &Tag) {
        let (mut document, mut open) = (self.document.borrow_mut(), self.open.borrow_mut());
        let name = tag.name.to_string();
        let attributes: Vec<(String, String)> =
            tag.attrs.iter().map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string())).collect();
        let style = attributes.iter().find(|(name, _)| name == "style").map(|(_, style)| colour::declarations(style)).unwrap_or_default();
        let is_void = tag.self_closing || VOID.contains(&name.as_str());
        self.in_style.set(name == "style");
        document.elements.push(Element { tag: name, attributes, style, parent: open.last().copied(), text: String::new() });
        if !is_void {
            open.push(document.elements.len() - 1);
        }
    }

    fn end(&self, name: &str) {
        let (document, mut open) = (self.document.borrow(), self.open.borrow_mut());
        self.in_style.set(false);
        if let Some(at) = open.iter().rposition(|element| document.elements[*element].tag == name) {
            open.truncate(at);
        }
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                self.start(&tag);
                if &*tag.name == "style" {
                    return TokenSinkResult::RawData(html5ever::tokenizer::states::RawKind::Rawtext);
                }
            }
            Token::TagToken(tag) => self.end(&tag.name),
            Token::CharacterTokens(text) if self.in_style.get() => {
                let mut document = self.document.borrow_mut();
                document.css.push_str(&text);
                document.css.push('\n');
            }
            Token::CharacterTokens(text) => {
                if let Some(at) = self.open.borrow().last() {
                    self.document.borrow_mut().elements[*at].text.push_str(&text);
                }
            }
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_know_their_parents_and_styles() {
        let document =
            Document::parse("<style>a{color:red}</style><div style='COLOR: #FFF; background:#000'><p>Bonjour <b>Zoé</b><br>!</p></div>");
        let tags: Vec<&str> = document.elements.iter().map(|element| element.tag.as_str()).collect();
        assert_eq!(tags, ["style", "div", "p", "b", "br"]);
        assert_eq!(document.css.trim(), "a{color:red}");
        assert_eq!(document.elements[1].declared("color"), Some("#FFF"));
        assert_eq!(document.elements[3].parent, Some(2));
        assert_eq!(document.words(), "Bonjour ! Zoé ");
    }

    #[test]
    fn what_is_broken_is_read_all_the_same() {
        for html in ["", "<", "</p></p>", "<p", "<!--", "<style>", "<a href='", "\u{0}<p>\u{fffd}"] {
            _ = Document::parse(html).words();
        }
    }
}
