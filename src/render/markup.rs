//! Reads MJML and the HTML inside it as a flat list of events, for checks and for the text part; never builds a tree.

use std::ops::Range;

/// One attribute: byte ranges of its name and of its value without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: Range<usize>,
    pub(super) value: Range<usize>,
}

/// A piece of markup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// `<name a="b">` or `<name/>`.
    Open { name: String, attributes: Vec<Attribute>, empty: bool },
    /// `</name>`.
    Close { name: String },
    /// Text between tags.
    Text,
    /// `<!-- ... -->`, Outlook conditions included.
    Comment,
    /// `<!doctype>`, `<?xml ?>`, `<![CDATA[`.
    Declaration,
}

/// An event and the bytes it covers.
pub(super) type Placed = (Event, Range<usize>);

/// HTML elements that never have content (HTML Living Standard section 13.1.2).
pub(super) const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Lists the events of a text; a `<` that opens nothing is text.
pub(super) fn scan(text: &str) -> Vec<Placed> {
    let bytes = text.as_bytes();
    let mut events = Vec::new();
    let (mut at, mut text_from) = (0, 0);
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        let Some((event, end)) = read(text, bytes, start) else {
            at = start + 1;
            continue;
        };
        if text_from < start {
            events.push((Event::Text, text_from..start));
        }
        let raw = match &event {
            Event::Open { name, empty: false, .. } if matches!(name.as_str(), "mj-style" | "style" | "script") => Some(format!("</{name}")),
            _ => None,
        };
        events.push((event, start..end));
        at = end;
        text_from = end;
        if let Some(close) = raw {
            at = text[end..].find(&close).map_or(text.len(), |n| end + n);
        }
    }
    if text_from < text.len() {
        events.push((Event::Text, text_from..text.len()));
    }
    events
}

fn read(text: &str, bytes: &[u8], start: usize) -> Option<(Event, usize)> {
    let rest = &text[start..];
    if rest.starts_with("<!--") {
        let end = rest.find("-->").map_or(text.len(), |n| start + n + 3);
        return Some((Event::Comment, end));
    }
    if rest.starts_with("<!") || rest.starts_with("<?") {
        let end = rest.find('>').map_or(text.len(), |n| start + n + 1);
        return Some((Event::Declaration, end));
    }
    let closing = rest.starts_with("</");
    let name_at = start + 1 + usize::from(closing);
    if !bytes.get(name_at).is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    let name_end = end_of_name(bytes, name_at);
    let name = text[name_at..name_end].to_ascii_lowercase();
    if closing {
        let end = text[name_end..].find('>').map_or(text.len(), |n| name_end + n + 1);
        return Some((Event::Close { name }, end));
    }
    let mut attributes = Vec::new();
    let mut at = name_end;
    loop {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        match bytes.get(at) {
            None => return Some((Event::Open { name, attributes, empty: false }, text.len())),
            Some(b'>') => return Some((Event::Open { name, attributes, empty: false }, at + 1)),
            Some(b'/') if bytes.get(at + 1) == Some(&b'>') => return Some((Event::Open { name, attributes, empty: true }, at + 2)),
            Some(_) => {
                let (attribute, end) = read_attribute(text, bytes, at);
                attributes.extend(attribute);
                at = end.max(at + 1);
                while !text.is_char_boundary(at) {
                    at += 1;
                }
            }
        }
    }
}

fn end_of_name(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':')) {
        at += 1;
    }
    at
}

fn read_attribute(text: &str, bytes: &[u8], start: usize) -> (Option<Attribute>, usize) {
    let name_end = end_of_name(bytes, start);
    let mut at = name_end;
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    if name_end == start || bytes.get(at) != Some(&b'=') {
        return ((name_end > start).then_some(Attribute { name: start..name_end, value: name_end..name_end }), name_end);
    }
    at += 1;
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let (value, end) = if let Some(&quote @ (b'"' | b'\'')) = bytes.get(at) {
        let value_end = bytes[at + 1..].iter().position(|&b| b == quote).map_or(text.len(), |n| at + 1 + n);
        (at + 1..value_end, (value_end + 1).min(text.len()))
    } else {
        let value_end = bytes[at..].iter().position(|b| b.is_ascii_whitespace() || *b == b'>').map_or(text.len(), |n| at + n);
        (at..value_end, value_end)
    };
    (Some(Attribute { name: start..name_end, value }), end)
}

/// Returns the value of an attribute of an opening tag.
pub(super) fn attribute<'a>(text: &'a str, attributes: &[Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|a| text[a.name.clone()].eq_ignore_ascii_case(name)).map(|a| &text[a.value.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_cover_the_text_once() {
        let text = "<?xml?><mj-text a='1' b=\"x > y\" c>hé < <br/>é</mj-text><!-- <p> --><mj-style>a > b { } <i></mj-style>";
        let events = scan(text);
        let mut at = 0;
        for (_, range) in &events {
            assert_eq!(range.start, at);
            at = range.end;
        }
        assert_eq!(at, text.len());
        let Event::Open { attributes, .. } = &events[1].0 else { panic!("{events:?}") };
        assert_eq!(attribute(text, attributes, "b"), Some("x > y"));
        assert_eq!(attributes.len(), 3);
        assert_eq!(events.iter().filter(|(e, _)| *e == Event::Comment).count(), 1);
        assert!(!events.iter().any(|(e, _)| matches!(e, Event::Open { name, .. } if name == "i")));
    }

    #[test]
    fn broken_markup_never_panics() {
        for text in
            ["<", "<a", "<a b", "<a b=", "<a b='", "<a é=1>", "</", "<!--", "<![CDATA[ <x> ]]>", "<a b=é", "<a\u{a0}>", "<mj-style>"]
        {
            let events = scan(text);
            assert_eq!(events.iter().map(|(_, r)| r.len()).sum::<usize>(), text.len(), "{text}");
        }
    }
}
