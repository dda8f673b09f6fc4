//! The text part: derived from a template once, at load, and laid out per mail.

use std::borrow::Cow;

use super::markup::{self, Event};
use super::tags::TagKind;
use super::tokens::Tokenised;

/// Columns of the text part; URLs are never broken.
pub const TEXT_COLUMNS: usize = 72;

/// What `right()` leaves in a line: what comes after stands at its right end. It is no letter (ASCII's unit separator).
pub(super) const RIGHT: char = '\u{1f}';

/// Elements that begin on a new line.
const LINES: &str = "tr li br mj-social-element mj-navbar-link";
/// Elements that begin a new paragraph.
const PARAGRAPHS: &str = "p h1 h2 h3 h4 h5 h6 ul ol table div blockquote mj-text mj-button mj-table mj-section mj-column mj-hero mj-divider mj-social mj-navbar mj-raw";
/// Elements whose content is not shown as text.
const HIDDEN: &str = "style script mj-style mj-title mj-preview title";

/// Derives a text template from a tokenised MJML template: words, links after their labels, the same conditions and loops.
pub(super) fn derive(tokenised: &Tokenised) -> String {
    let text = &tokenised.text.text;
    let mut out = String::new();
    let mut links: Vec<(String, String, usize)> = Vec::new();
    let mut hidden = 0_usize;
    let mut in_head = false;
    let is = |list: &str, name: &str| list.split_whitespace().any(|word| word == name);
    for (event, range) in markup::scan(text) {
        match event {
            Event::Open { name, attributes, empty } => {
                in_head |= name == "mj-head" && !empty;
                if in_head {
                    continue;
                }
                hidden += usize::from(!empty && is(HIDDEN, &name));
                if is(PARAGRAPHS, &name) {
                    out.push_str("\n\n");
                } else if is(LINES, &name) {
                    out.push('\n');
                    out.push_str(if name == "li" { "- " } else { "" });
                } else if matches!(name.as_str(), "td" | "th") {
                    out.push(' ');
                }
                let href = markup::attribute(text, &attributes, "href").filter(|href| !href.is_empty() && !href.starts_with('#'));
                if let (Some(href), true) = (href, !empty && is("a mj-button mj-navbar-link mj-social-element", &name)) {
                    links.push((name, href.to_owned(), out.len()));
                }
            }
            Event::Close { name } => {
                in_head &= name != "mj-head";
                if in_head || name == "mj-head" {
                    continue;
                }
                hidden = hidden.saturating_sub(usize::from(is(HIDDEN, &name)));
                if links.last().is_some_and(|(element, ..)| *element == name) {
                    let (_, href, from) = links.pop().unwrap_or_default();
                    let label = out[from..].trim().to_owned();
                    if label.is_empty() {
                        out.truncate(from);
                    } else if name == "a" {
                        out.extend([" <", &unescape(&href), ">"]);
                    } else {
                        out.extend(["\n", &unescape(&href)]);
                    }
                }
                if is(PARAGRAPHS, &name) {
                    out.push_str("\n\n");
                }
            }
            Event::Text if in_head || hidden > 0 => {
                for (word, n) in tokenised.words(range) {
                    let kept = &tokenised.tags[n];
                    if in_head && kept.kind == Some(TagKind::Control) {
                        out.push_str(&text[word]);
                    }
                }
            }
            Event::Text => {
                let words = unescape(&text[range]);
                let starts = words.starts_with(char::is_whitespace);
                let ends = words.ends_with(char::is_whitespace);
                let joined = words.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
                if starts || joined.is_empty() {
                    out.push(' ');
                }
                out.push_str(&joined);
                if ends && !joined.is_empty() {
                    out.push(' ');
                }
            }
            Event::Comment | Event::Declaration => {}
        }
    }
    let trimmed: Vec<&str> = out.lines().map(str::trim).collect();
    tokenised.restore(&trimmed.join("\n")).0
}

/// Turns character references of an author's text into characters.
fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end <= 32);
        if let Some(c) = end.and_then(|end| character(&rest[1..end])) {
            out.push_str(&c);
            rest = &rest[end.unwrap_or(0) + 1..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Returns the character of a reference without `&` and `;`.
fn character(name: &str) -> Option<String> {
    if let Some(code) = name.strip_prefix('#') {
        let code = code.strip_prefix(['x', 'X']).map_or_else(|| code.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
        return char::from_u32(code).map(String::from);
    }
    match name {
        "nbsp" => return Some("\u{a0}".to_owned()),
        "zwnj" | "shy" | "zwj" => return Some(String::new()),
        "lt" => return Some("<".to_owned()),
        _ => {}
    }
    // The HTML reader knows the 2,231 names; this runs once per template.
    let shown = html2text::from_read(format!("&{name};").as_bytes(), 20).ok()?;
    let shown = shown.trim();
    (!shown.is_empty() && !shown.starts_with('&') || name == "amp").then(|| shown.to_owned())
}

/// Lays out a filled text part: no run of blank lines, lines of at most 72 columns but for long URLs, prices at their right end.
pub(super) fn lay_out(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut blank = true;
    for line in text.lines() {
        if line == "-- " {
            out.push_str("-- \n");
            blank = false;
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let sides = line.split_once(RIGHT).filter(|(_, right)| !right.trim().is_empty());
        if let Some((left, right)) = sides {
            aligned(&visible(left.trim()), &visible(right.trim()), indent.min(8), &mut out);
            blank = false;
            continue;
        }
        let line = visible(line.trim());
        if line.is_empty() {
            if !blank {
                out.push('\n');
            }
            blank = true;
            continue;
        }
        blank = false;
        wrap(&line, indent.min(8), &mut out);
    }
    let kept = out.trim_end().len();
    out.truncate(kept);
    out.push('\n');
    out
}

/// Removes control characters; a line that can hold none is not copied (in UTF-8 those past ASCII begin with the byte C2).
fn visible(line: &str) -> Cow<'_, str> {
    if line.bytes().any(|b| b < b' ' || b == 0x7f || b == 0xc2) { line.replace(char::is_control, "").into() } else { line.into() }
}

/// Writes a line with something at its right end; words that do not fit beside it go to lines above.
fn aligned(left: &str, right: &str, indent: usize, out: &mut String) {
    let width = right.chars().count();
    let room = TEXT_COLUMNS.saturating_sub(width + 2).max(TEXT_COLUMNS / 2);
    let mut lines = String::new();
    wrap_at(left, indent, room, &mut lines);
    let lines = lines.trim_end_matches('\n');
    let last = lines.rsplit('\n').next().unwrap_or_default().chars().count();
    out.push_str(lines);
    out.extend(std::iter::repeat_n(' ', TEXT_COLUMNS.saturating_sub(last + width).max(2)));
    out.push_str(right);
    out.push('\n');
}

fn wrap(line: &str, indent: usize, out: &mut String) {
    wrap_at(line, indent, TEXT_COLUMNS, out);
}

fn wrap_at(line: &str, indent: usize, columns: usize, out: &mut String) {
    if indent + line.len() <= columns && !line.contains("  ") && !line.starts_with(' ') && !line.ends_with(' ') {
        out.extend(std::iter::repeat_n(' ', indent));
        out.push_str(line);
        out.push('\n');
        return;
    }
    let mut column = 0;
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let width = word.chars().count();
        if column > 0 && column + 1 + width > columns {
            out.push('\n');
            column = 0;
        }
        if column == 0 {
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += width;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_short_and_urls_whole() {
        let url = format!("https://shop.example/{}", "x".repeat(90));
        let text = format!("\n\n\n  un  deux\n\n\n\n{} {url} fin\n-- \nfooter\u{7}  \n\n", "mot ".repeat(30));
        let laid = lay_out(&text);
        assert!(laid.starts_with("  un deux\n\nmot mot"));
        assert!(laid.contains(&format!("\n{url}\nfin\n-- \nfooter\n")));
        assert!(laid.lines().all(|line| line.chars().count() <= TEXT_COLUMNS || line == url));
    }

    #[test]
    fn what_is_at_the_right_ends_at_the_last_column() {
        let laid = lay_out(&format!(
            "Tea{RIGHT}8,50\u{202f}€\n  {} {RIGHT} 12,00\u{202f}€ \n{RIGHT}1\nx{RIGHT}{}",
            "word ".repeat(20),
            "y".repeat(90)
        ));
        let lines: Vec<&str> = laid.lines().collect();
        let width = |at: usize| lines[at].chars().count();
        assert_eq!([width(0), width(2), width(3)], [TEXT_COLUMNS; 3], "{laid}");
        assert!(lines[0].starts_with("Tea   ") && lines[0].ends_with("  8,50\u{202f}€"), "{laid}");
        assert!(lines[1].starts_with("  word word") && width(1) <= TEXT_COLUMNS - 9 && lines[2].starts_with("  word "), "{laid}");
        assert_eq!(lay_out(&format!("Tea{RIGHT}\n\n {RIGHT} \n\nx")), "Tea\n\nx\n", "nothing at the right");
        assert_eq!(lines[4], format!("x  {}", "y".repeat(90)), "what is too long is not cut");
    }

    #[test]
    fn references_become_characters() {
        assert_eq!(unescape("caf&eacute; &amp; th&#233; &#x41;&nbsp;&lt;b&gt; &unknown; & &quot;"), "café & thé A\u{a0}<b> &unknown; & \"");
    }
}
