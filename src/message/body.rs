//! The two bodies of a message, text first, and the transfer encoding of each (RFC 2046 section 5.1.4, RFC 2045 section 6).

use std::borrow::Cow;

use mail_builder::mime::{BodyPart, MimePart};

use super::header::base64;
use super::quoted::{self, Refused};

/// Longest line, with its LF, of a part that needs no transfer encoding.
const PLAIN_LINE_MAX: usize = 77;
/// Bytes of which a line of base64 is made: 76 characters.
const BASE64_LINE: usize = 57;

/// Writes the Content-Type of a `multipart/alternative`, its end of headers and its parts, 7-bit, lines ended by CR LF.
pub(super) fn alternative(out: &mut Vec<u8>, boundary: &str, text: &str, html: &str) {
    put(out, &["Content-Type: multipart/alternative;\r\n boundary=\"", boundary, "\"\r\n"]);
    for (kind, body) in [("text/plain", text), ("text/html", html)] {
        put(out, &["\r\n--", boundary, "\r\n"]);
        part(out, kind, body);
    }
    put(out, &["\r\n--", boundary, "--\r\n"]);
}

/// Writes one part, without its control characters, in the shortest encoding: 7bit where it is legal, else quoted-printable or base64.
fn part(out: &mut Vec<u8>, kind: &'static str, body: &str) {
    if !must_encode(body) {
        return MimePart::new(kind, BodyPart::Text(without_controls(body))).write_part(out);
    }
    let start = out.len();
    head(out, kind, "quoted-printable");
    let encoded = quoted::encode(body, base64_len(body.len()) - 1, out);
    if encoded.is_ok() {
        return;
    }
    out.truncate(start);
    if encoded == Err(Refused::Control) {
        return part(out, kind, &without_controls(body));
    }
    head(out, kind, "base64");
    for line in without_controls(body).as_bytes().chunks(BASE64_LINE) {
        put(out, &[&base64(line), "\r\n"]);
    }
}

fn head(out: &mut Vec<u8>, kind: &str, encoding: &str) {
    put(out, &["Content-Type: ", kind, "; charset=\"utf-8\"\r\nContent-Transfer-Encoding: ", encoding, "\r\n\r\n"]);
}

fn put(out: &mut Vec<u8>, pieces: &[&str]) {
    for piece in pieces {
        out.extend_from_slice(piece.as_bytes());
    }
}

fn must_encode(body: &str) -> bool {
    let is_plain = |line: &str| line.len() <= PLAIN_LINE_MAX && !line.strip_suffix('\n').unwrap_or(line).ends_with([' ', '\t']);
    !body.split_inclusive('\n').all(is_plain) || !body.is_ascii()
}

/// Returns the length of `n` bytes in base64, in lines of 76 characters (RFC 2045 section 6.8).
fn base64_len(n: usize) -> usize {
    n.div_ceil(3) * 4 + n.div_ceil(BASE64_LINE) * 2
}

/// Removes the control characters no body needs.
fn without_controls(text: &str) -> Cow<'_, str> {
    let is_unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.contains(is_unwanted) { text.replace(is_unwanted, "").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};
    use proptest::prelude::*;

    use super::*;

    const FIXED: [&str; 17] =
        [".", "=", " ", "\t", "\n", " \n", "\t\n", "\n\n", ".\n", "-- \n", "é", "=é=", "日本", "👩‍👩‍👧", "\u{a0}", "~", "\u{ff}"];

    /// Texts made of what encoders get wrong: long runs, blanks at line ends, escapes in a row, characters of two to four bytes.
    fn bodies() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => proptest::sample::select(FIXED.as_slice()).prop_map(str::to_owned),
            3 => (1_usize..90).prop_map(|n| "x".repeat(n)),
            1 => (70_usize..80).prop_map(|n| "y".repeat(n)),
            1 => "\\PC{0,40}",
            1 => any::<String>(),
        ];
        proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.split("\r\n")
    }

    proptest! {
        #[test]
        fn any_body_comes_back_whole_in_short_lines(body in bodies()) {
            let mut out = Vec::new();
            part(&mut out, "text/html", &body);
            let body = without_controls(&body);
            let written = std::str::from_utf8(&out).expect("ASCII");
            prop_assert!(written.is_ascii() && !lines(written).any(|line| line.contains(['\r', '\n'])));
            prop_assert!(lines(written).all(|line| line.len() <= PLAIN_LINE_MAX));
            let parsed = MessageParser::new().parse(&out).expect("parses");
            prop_assert_eq!(parsed.body_html(0).unwrap_or_default().replace("\r\n", "\n"), body.as_ref());
            // The library encodes in three passes what is encoded in one here, but for dots that begin a line.
            let mut theirs = Vec::new();
            MimePart::new("text/html", BodyPart::Text(body)).write_part(&mut theirs);
            let has_dot = |bytes: &[u8]| bytes.windows(2).any(|two| two == b"\n.");
            prop_assert!(has_dot(&theirs) || out == theirs);
            if out.windows(16).any(|word| word == b"quoted-printable") {
                prop_assert!(!has_dot(&out), "a dot begins a line");
                let longest = written.split("\r\n").max_by_key(|line| line.len()).unwrap_or_default();
                prop_assert!(longest.len() <= 76, "{} {longest}", longest.len());
            }
        }
    }

    #[test]
    fn the_shortest_encoding_is_taken() {
        let encoding = |body: &str| {
            let mut out = Vec::new();
            part(&mut out, "text/plain", body);
            MessageParser::new().parse(&out).expect("parses").content_transfer_encoding().map(str::to_owned)
        };
        assert_eq!(encoding("short\nlines\n").as_deref(), Some("7bit"));
        assert_eq!(encoding(&"long line ".repeat(20)).as_deref(), Some("quoted-printable"));
        assert_eq!(encoding("-- \n").as_deref(), Some("quoted-printable"));
        assert_eq!(encoding("café au lait pour tous").as_deref(), Some("quoted-printable"));
        assert_eq!(encoding("日本語の本文").as_deref(), Some("base64"));
    }
}
