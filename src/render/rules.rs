//! Refuses, at load, what would not survive being compiled once.

use std::ops::Range;

use super::markup::{Attribute, Event, VOID};
use super::tags::TagKind;
use super::tokens::Tokenised;
use crate::error::Diagnostic;

/// Attributes whose value decides widths, fonts or structure while the template is compiled.
const LITERAL_ATTRIBUTES: [&str; 17] = [
    "width",
    "height",
    "padding",
    "padding-left",
    "padding-right",
    "inner-padding",
    "font-family",
    "mj-class",
    "name",
    "mode",
    "full-width",
    "hamburger",
    "icon-size",
    "icon-height",
    "background-width",
    "background-height",
    "stack-on-mobile",
];
/// Attributes that hold a URL.
const URL_ATTRIBUTES: [&str; 4] = ["href", "src", "background-url", "background"];
/// Elements whose direct children cannot be chosen or repeated by a tag.
const STATIC_PARENTS: [&str; 8] =
    ["mj-social", "mj-carousel", "mj-navbar", "mj-accordion", "mj-accordion-element", "mj-head", "mj-attributes", "mjml"];
const UNSUPPORTED: [&str; 2] = ["mj-html-attributes", "mj-selector"];

struct Open {
    name: String,
    range: Range<usize>,
    /// Control tags open inside this element: keyword and place.
    controls: Vec<(String, Range<usize>)>,
}

/// Checks a tokenised template.
pub(super) fn check(tokenised: &Tokenised, events: &[(Event, Range<usize>)], diagnostics: &mut Vec<Diagnostic>) {
    let root = Open { name: String::new(), range: 0..0, controls: Vec::new() };
    let mut checker = Checker { tokenised, open: vec![root], diagnostics };
    for (event, range) in events {
        match event {
            Event::Open { name, attributes, empty } => checker.element(name, attributes, *empty, range),
            Event::Close { name } => checker.close(name, range),
            Event::Text => checker.controls(range),
            Event::Comment => checker.comment(range),
            Event::Declaration => checker.declaration(range),
        }
    }
    while checker.open.len() > 1 {
        checker.leave();
    }
    checker.leave();
}

struct Checker<'a> {
    tokenised: &'a Tokenised,
    open: Vec<Open>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn element(&mut self, name: &str, attributes: &[Attribute], empty: bool, range: &Range<usize>) {
        if UNSUPPORTED.contains(&name) {
            self.refuse(
                range,
                "mjml::unsupported",
                &format!("`{name}` is not supported"),
                "write the attributes on the elements themselves",
            );
        }
        let text = &self.tokenised.text.text;
        let value = |wanted: &str| super::markup::attribute(text, attributes, wanted);
        if name == "mj-style" && value("inline").is_some() {
            self.refuse(
                range,
                "mjml::inline-style",
                "inline styles are not inlined",
                "remove `inline`, and set colours and sizes by attributes",
            );
        }
        let parent = self.open.last();
        let is_chosen = parent.is_some_and(|parent| !parent.controls.is_empty());
        if name == "mj-column" && is_chosen && value("width").is_none() {
            self.refuse(
                range,
                "mjml::column-width",
                "a column that a tag repeats or chooses needs a width",
                "add `width=\"50%\"` or another literal width",
            );
        }
        let is_nested = self.open.iter().any(|open| !open.controls.is_empty());
        if is_nested && (name == "mj-carousel" || (name == "mj-navbar" && value("hamburger").is_some())) {
            self.refuse(
                range,
                "mjml::static-element",
                &format!("`{name}` cannot be repeated or chosen by a tag"),
                "move it out of `{% if %}`, `{% for %}` and blocks",
            );
        }
        for attribute in attributes {
            self.attribute(name, attribute);
        }
        if !empty && !VOID.contains(&name) {
            self.open.push(Open { name: name.to_owned(), range: range.clone(), controls: Vec::new() });
        }
    }

    fn attribute(&mut self, element: &str, attribute: &Attribute) {
        let tokenised = self.tokenised;
        let text = &tokenised.text.text;
        let name = text[attribute.name.clone()].to_ascii_lowercase();
        let words = tokenised.words(attribute.value.clone());
        let tags: Vec<_> = words.iter().filter(|(_, n)| tokenised.tags[*n].kind.is_some()).collect();
        if tags.is_empty() {
            return;
        }
        let is_border_width =
            (name.starts_with("border") && name != "border-color" && name != "border-radius") && tags[0].0.start == attribute.value.start;
        if element.starts_with("mj-") && (LITERAL_ATTRIBUTES.contains(&name.as_str()) || is_border_width) {
            let help = "write the value out: it is needed when the template is compiled; use `{% if %}` around two elements to choose";
            self.refuse(&attribute.value, "mjml::literal-attribute", &format!("`{name}` cannot hold a tag"), help);
        }
        let mut depth = 0_i32;
        for (word, n) in &tags {
            let hidden = &tokenised.tags[*n];
            depth += step(&hidden.keyword);
            let has_scheme = text[attribute.value.start..word.start].contains(':');
            if hidden.kind == Some(TagKind::Output)
                && URL_ATTRIBUTES.contains(&name.as_str())
                && !has_scheme
                && !is_checked_url(&hidden.text)
            {
                let (filter, what) = if name == "href" { ("link", "link") } else { ("image", "image") };
                self.refuse(
                    word,
                    "template::unchecked-url",
                    &format!("this {what} comes from data unchecked"),
                    &format!("end the tag with `| {filter}`"),
                );
            }
        }
        if depth != 0 {
            self.refuse(
                &attribute.value,
                "template::unbalanced",
                "a tag opened in an attribute must be closed in it",
                "put `{% endif %}` before the closing quote",
            );
        }
    }

    fn controls(&mut self, range: &Range<usize>) {
        let tokenised = self.tokenised;
        for (word, n) in tokenised.words(range.clone()) {
            let hidden = &tokenised.tags[n];
            let Some(open) = self.open.last() else { continue };
            if STATIC_PARENTS.contains(&open.name.as_str()) {
                let message = format!("a tag cannot stand directly inside `{}`", open.name);
                let help = match open.name.as_str() {
                    "mj-head" => "put the condition inside `mj-style`, `mj-title` or `mj-preview`",
                    "mj-social" => "write the icons out, or build the row as an `mj-table`",
                    _ => "write its children out; tags may stand in their attributes and texts",
                };
                self.refuse(&word, "mjml::static-parent", &message, help);
                continue;
            }
            match step(&hidden.keyword) {
                1 => {
                    if let Some(open) = self.open.last_mut() {
                        open.controls.push((hidden.keyword.clone(), word));
                    }
                }
                -1 => self.end(&hidden.keyword, &word),
                _ if matches!(hidden.keyword.as_str(), "else" | "elif") && open.controls.is_empty() => self.end(&hidden.keyword, &word),
                _ => {}
            }
        }
    }

    fn end(&mut self, keyword: &str, word: &Range<usize>) {
        let Some(open) = self.open.last_mut() else { return };
        if open.controls.pop().is_none() {
            let message = format!("`{keyword}` stands inside `{}`, its beginning does not", open.name);
            self.refuse(word, "template::crossing", &message, "open and close a tag in the same element");
        }
    }

    fn close(&mut self, name: &str, range: &Range<usize>) {
        if VOID.contains(&name) {
            return;
        }
        if !self.open.iter().any(|open| open.name == name) {
            self.refuse(
                range,
                "mjml::unopened",
                &format!("`{name}` is closed but never opened"),
                "remove it, or open it in the same file and branch",
            );
            return;
        }
        while self.open.last().is_some_and(|open| open.name != name) {
            if let Some(open) = self.open.last() {
                let (message, place) = (format!("`{}` is never closed", open.name), open.range.clone());
                self.refuse(
                    &place,
                    "mjml::unclosed",
                    &message,
                    &format!(
                        "add `</{}>`; every element is closed in MJML, `<p>` and `<li>` too",
                        self.open.last().map_or("", |o| o.name.as_str()).to_owned()
                    ),
                );
            }
            self.leave();
        }
        self.leave();
    }

    fn leave(&mut self) {
        let Some(open) = self.open.pop() else { return };
        for (keyword, word) in open.controls {
            let place = if open.name.is_empty() { "the template".to_owned() } else { format!("`{}`", open.name) };
            self.refuse(
                &word,
                "template::crossing",
                &format!("`{keyword}` is not closed inside {place}"),
                &format!("add `{{% end{keyword} %}}` in the same element"),
            );
        }
    }

    fn comment(&mut self, range: &Range<usize>) {
        let tokenised = self.tokenised;
        let depth: i32 = tokenised.words(range.clone()).iter().map(|(_, n)| step(&tokenised.tags[*n].keyword)).sum();
        if depth != 0 {
            self.refuse(
                range,
                "template::crossing",
                "a tag in a comment must be closed in it",
                "use `{# ... #}` to comment out template code",
            );
        }
    }

    fn declaration(&mut self, range: &Range<usize>) {
        let text = &self.tokenised.text.text[range.clone()];
        if text.starts_with("<![CDATA[") {
            self.refuse(range, "mjml::cdata", "CDATA is not supported", "write `&lt;` and `&amp;` instead");
        } else if text.starts_with("<?") {
            self.refuse(range, "mjml::prolog", "an XML prolog is not supported", "begin the template with `<mjml>`");
        }
    }

    fn refuse(&mut self, range: &Range<usize>, code: &'static str, message: &str, help: &str) {
        let diagnostic = Diagnostic::error(code, message).help(help);
        self.diagnostics.push(self.tokenised.text.point(diagnostic, range.clone(), ""));
    }
}

/// Returns 1 for a keyword that opens, -1 for one that closes.
fn step(keyword: &str) -> i32 {
    match keyword {
        "if" | "for" | "filter" => 1,
        "endif" | "endfor" | "endfilter" => -1,
        _ => 0,
    }
}

/// Whether an output tag ends in a filter that checks URLs, is one of the mail's own links, or is the author's own message.
fn is_checked_url(tag: &str) -> bool {
    let inner = tag.trim_start_matches("{{").trim_end_matches("}}").trim_matches('-').trim();
    let last = inner.rsplit('|').next().unwrap_or_default().trim();
    (inner.contains('|') && (last == "link" || last == "image"))
        || is_own_link(inner)
        || (inner.starts_with("t(") && inner.ends_with(')') && !inner.contains(','))
}

fn is_own_link(inner: &str) -> bool {
    inner.strip_prefix("links.").is_some_and(|name| matches!(name, "home" | "unsubscribe" | "preferences" | "view"))
}
