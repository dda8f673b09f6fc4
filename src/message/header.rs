//! Header fields safe against any value: one line of text in, folded 7-bit lines out (RFC 5322 section 2.2.3, RFC 2047).

use std::borrow::Cow;

/// Column at which lines are folded where a space allows it (RFC 5322 section 2.1.1).
pub(super) const FOLD_AT: usize = 78;
/// Longest line a message may have, without CR LF.
pub(super) const LINE_MAX: usize = 998;
/// Longest encoded-word (RFC 2047 section 2).
const WORD_MAX: usize = 75;
/// Longest text a header carries, in characters; the rest is cut.
const TEXT_MAX: usize = 1000;

/// Writes `Name: value` with an unstructured value: plain where it can be, encoded-words where it must.
pub(super) fn text(out: &mut Vec<u8>, name: &'static str, value: &str) {
    let value = clean(value);
    let mut line = Line::begin(out, name);
    if must_encode(&value) || value.split(' ').any(|word| word.len() > FOLD_AT) {
        line.words(encoded_words(&value, name.len() + 2).iter().map(String::as_str));
    } else {
        line.words(value.split(' '));
    }
    line.end();
}

/// Writes `Name: "display name" <address>`; the address is already checked.
pub(super) fn mailbox(out: &mut Vec<u8>, name: &'static str, display: Option<&str>, address: &str) {
    let display = display.map(clean).unwrap_or_default();
    let mut line = Line::begin(out, name);
    if display.is_empty() {
        line.word(&[address]);
        return line.end();
    }
    if must_encode(&display) || display.len() > FOLD_AT - 20 {
        line.words(encoded_words(&display, name.len() + 2).iter().map(String::as_str));
    } else if display.bytes().all(|b| b.is_ascii_alphanumeric() || b" !#$%&'*+-/=?^_`{|}~".contains(&b)) {
        line.words(display.split(' '));
    } else {
        line.word(&["\"", &display.replace('\\', "\\\\").replace('"', "\\\""), "\""]);
    }
    line.word(&["<", address, ">"]);
    line.end();
}

/// Writes `Name: value` with a value that is already 7-bit and structured; folded at spaces.
pub(super) fn structured(out: &mut Vec<u8>, name: &'static str, value: &str) {
    let mut line = Line::begin(out, name);
    line.words(clean(value).split(' '));
    line.end();
}

/// Removes control characters, line separators and marks that change the direction of what follows; collapses white space.
pub(super) fn clean(value: &str) -> Cow<'_, str> {
    if value.len() <= TEXT_MAX && value.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !value.contains("  ") && value.trim() == value {
        return value.into();
    }
    let unsafe_mark = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{2028}' | '\u{2029}');
    let visible: String = value.chars().map(|c| if c.is_control() || unsafe_mark(c) { ' ' } else { c }).take(TEXT_MAX).collect();
    visible.split_ascii_whitespace().collect::<Vec<_>>().join(" ").into()
}

fn must_encode(value: &str) -> bool {
    !value.is_ascii() || value.contains("=?")
}

/// Splits a text into encoded-words, Q for Latin texts and B for others, never inside a character.
fn encoded_words(value: &str, first_column: usize) -> Vec<String> {
    let n_wide = value.chars().filter(|c| !c.is_ascii()).count();
    let use_q = n_wide * 3 <= value.chars().count();
    let room = |is_first: bool| WORD_MAX - "=?UTF-8?Q??=".len() - if is_first { first_column.min(30) } else { 1 };
    let mut words = Vec::new();
    let mut held = String::new();
    let mut length = 0;
    for c in value.chars() {
        let cost = if use_q { q(c).len() } else { c.len_utf8() };
        let used = if use_q { length + cost } else { (length + cost).div_ceil(3) * 4 };
        if used > room(words.is_empty()) {
            words.push(finish(&held, use_q));
            held.clear();
            length = 0;
        }
        held.push(c);
        length += cost;
    }
    words.push(finish(&held, use_q));
    words
}

fn finish(text: &str, use_q: bool) -> String {
    let (kind, encoded) = if use_q { ('Q', text.chars().map(q).collect()) } else { ('B', base64(text.as_bytes())) };
    format!("=?UTF-8?{kind}?{encoded}?=")
}

/// Returns a character in the Q encoding, limited to what a phrase allows (RFC 2047 section 5 (3)).
fn q(c: char) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |n: u8| char::from(DIGITS[usize::from(n & 15)]);
    match c {
        ' ' => "_".to_owned(),
        c if c.is_ascii_alphanumeric() || "!*+-/".contains(c) => c.to_string(),
        c => c.encode_utf8(&mut [0; 4]).bytes().flat_map(|byte| ['=', digit(byte >> 4), digit(byte)]).collect(),
    }
}

/// Writes bytes in base64 with padding (RFC 4648 section 4).
pub(super) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n = chunk.iter().enumerate().fold(0_u32, |n, (i, &byte)| n | u32::from(byte) << (16 - 8 * i));
        for i in 0..4 {
            out.push(if i > chunk.len() { '=' } else { char::from(LETTERS[(n >> (18 - 6 * i)) as usize & 63]) });
        }
    }
    out
}

/// A header field being written, folded where a word would pass the column.
struct Line<'a> {
    out: &'a mut Vec<u8>,
    column: usize,
    is_first: bool,
}

impl<'a> Line<'a> {
    fn begin(out: &'a mut Vec<u8>, name: &'static str) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Self { out, column: name.len() + 1, is_first: true }
    }

    fn words<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        words.for_each(|word| self.word(&[word]));
    }

    /// Writes one word, made of pieces.
    fn word(&mut self, pieces: &[&str]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if !self.is_first && self.column + 1 + length > FOLD_AT {
            self.out.extend_from_slice(b"\r\n");
            self.column = 0;
        }
        self.is_first = false;
        self.out.push(b' ');
        for piece in pieces {
            self.out.extend_from_slice(piece.as_bytes());
        }
        self.column += 1 + length;
    }

    fn end(self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(value: &str) -> String {
        let mut out = Vec::new();
        text(&mut out, "Subject", value);
        String::from_utf8(out).expect("7-bit")
    }

    #[test]
    fn every_value_gives_short_safe_lines() {
        let long = "x".repeat(10_000);
        let wide = "é".repeat(3000);
        let emoji = "👨‍👩‍👧".repeat(200);
        for value in ["a\r\nBcc: b@c.example", "a\0b", "=?utf-8?q?x?=", "", " ", &long, &wide, &emoji, "שלום \u{202e}txt", "\"q\" \\ <b>"]
        {
            let written = subject(value);
            assert!(written.is_ascii() && written.ends_with("\r\n"), "{written}");
            for (i, line) in written.trim_end_matches("\r\n").split("\r\n").enumerate() {
                assert!(line.len() <= FOLD_AT && (i == 0 || line.starts_with(' ')), "{line}");
                assert!(!line.bytes().any(|b| b < 32));
            }
            assert!(written.split([' ', '\r']).filter(|word| word.starts_with("=?")).all(|word| word.len() <= WORD_MAX));
            assert!(!written.contains("=?utf-8?q?x?="));
        }
    }

    #[test]
    fn names_are_quoted_or_encoded() {
        let write = |display| {
            let mut out = Vec::new();
            mailbox(&mut out, "To", Some(display), "a@b.example");
            String::from_utf8(out).expect("7-bit")
        };
        assert_eq!(write("Ana Lima"), "To: Ana Lima <a@b.example>\r\n");
        assert_eq!(write("Lima, Ana \"x\""), "To: \"Lima, Ana \\\"x\\\"\" <a@b.example>\r\n");
        assert_eq!(write("Zoé"), "To: =?UTF-8?Q?Zo=C3=A9?= <a@b.example>\r\n");
        assert_eq!(write("\r\n"), "To: a@b.example\r\n");
    }
}
