//! The relaxed canonical forms of a header field and of a body (RFC 6376 sections 3.4.2 and 3.4.4).
//!
//! Receivers undo what servers on the way do to white space: both sides hash these forms, not the bytes of the wire.

use ring::digest::{Context, SHA256};

/// Splits a message at its first empty line: the header with its line ends, and the body, empty when there is none.
pub(super) fn split(message: &[u8]) -> (&[u8], &[u8]) {
    match message.windows(4).position(|window| window == b"\r\n\r\n") {
        Some(at) => (&message[..at + 2], &message[at + 4..]),
        None => (message, &[]),
    }
}

/// Lists the fields of a header, each from its name to its last line end, continuation lines included.
pub(super) fn fields(header: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in 0..header.len() {
        let ends_line = header[at] == b'\n';
        let goes_on = header.get(at + 1).is_some_and(|&next| is_wsp(next));
        if (ends_line && !goes_on) || at + 1 == header.len() {
            found.push(&header[start..=at]);
            start = at + 1;
        }
    }
    found
}

/// Returns the name of a field as it is written, without the white space that may stand before the colon.
pub(super) fn name(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&b| b == b':').unwrap_or(field.len());
    trim_end(&field[..end])
}

/// Writes a field in its relaxed form, without a final line end: name in lower case, unfolded, each run of white space one space,
/// none around the colon nor at the end.
pub(super) fn relaxed_field(field: &[u8], out: &mut Vec<u8>) {
    out.extend(name(field).iter().map(u8::to_ascii_lowercase));
    out.push(b':');
    let value = field.iter().position(|&b| b == b':').map_or(&[][..], |at| &field[at + 1..]);
    let start = out.len();
    // A fold is a line end followed by white space: with the line ends gone, the white space remains.
    for &byte in value.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        match byte {
            b' ' | b'\t' if out.len() == start || out.last() == Some(&b' ') => {}
            b' ' | b'\t' => out.push(b' '),
            _ => out.push(byte),
        }
    }
    if out.len() > start && out.last() == Some(&b' ') {
        out.pop();
    }
}

/// Returns SHA-256 of a body in its relaxed form: white space at line ends gone, other runs one space, empty lines at the end gone.
///
/// What a line's relaxed form says otherwise is rare: the stretches between such lines are hashed as they are.
pub(super) fn relaxed_body_hash(body: &[u8]) -> [u8; 32] {
    let body = without_empty_end(body);
    let mut hash = Context::new(&SHA256);
    let mut reduced = Vec::new();
    let (mut as_is, mut start) = (0, 0);
    while start < body.len() {
        let end = memchr::memchr(b'\n', &body[start..]).map_or(body.len(), |n| start + n + 1);
        let line = &body[start..end];
        if !is_relaxed(line) {
            hash.update(&body[as_is..start]);
            reduced.clear();
            reduce(content(line), &mut reduced);
            reduced.extend_from_slice(b"\r\n");
            hash.update(&reduced);
            as_is = end;
        }
        start = end;
    }
    hash.update(&body[as_is..]);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.finish().as_ref());
    bytes
}

/// Leaves out the lines at the end that are empty but for white space.
fn without_empty_end(body: &[u8]) -> &[u8] {
    let mut end = body.len();
    while end > 0 {
        let start = memchr::memrchr(b'\n', &body[..end - 1]).map_or(0, |at| at + 1);
        if !content(&body[start..end]).is_empty() {
            break;
        }
        end = start;
    }
    &body[..end]
}

/// Returns a line without its end and the white space before it.
fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    trim_end(line.strip_suffix(b"\r").unwrap_or(line))
}

/// Says whether a line with its end is its own relaxed form; one pass without a branch, sixteen bytes or more at a time.
#[expect(clippy::needless_bitwise_bool, reason = "the loop has no branch, so that it is done for many bytes at a time")]
fn is_relaxed(line: &[u8]) -> bool {
    let is_odd = |(&byte, &next): (&u8, &u8)| {
        let is_run = (byte == b' ') & ((next == b' ') | (next == b'\r'));
        is_run | (byte == b'\t')
    };
    line.ends_with(b"\r\n") && line.iter().zip(&line[1..]).fold(0, |odd, pair| odd | u8::from(is_odd(pair))) == 0
}

/// Writes a line with each run of white space as one space.
fn reduce(line: &[u8], out: &mut Vec<u8>) {
    for &byte in line {
        match byte {
            b' ' | b'\t' if out.last() == Some(&b' ') => {}
            b' ' | b'\t' => out.push(b' '),
            _ => out.push(byte),
        }
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|&b| !is_wsp(b)).map_or(0, |at| at + 1);
    &line[..end]
}

fn is_wsp(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(written: &str) -> String {
        let mut out = Vec::new();
        relaxed_field(written.as_bytes(), &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    fn hash_of(canonical: &[u8]) -> [u8; 32] {
        ring::digest::digest(&SHA256, canonical).as_ref().try_into().expect("32 bytes")
    }

    #[test]
    fn the_example_of_the_standard_comes_out_as_it_says() {
        // RFC 6376 section 3.4.5, example 1.
        let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
        let (header, body) = split(message);
        let found = fields(header);
        assert_eq!(found, [b"A: X\r\n".as_slice(), b"B : Y\t\r\n\tZ  \r\n"]);
        assert_eq!(found.iter().map(|written| field(std::str::from_utf8(written).expect("UTF-8"))).collect::<Vec<_>>(), ["a:X", "b:Y Z"]);
        assert_eq!(relaxed_body_hash(body), hash_of(b" C\r\nD E\r\n"));
    }

    #[test]
    fn every_form_of_body_has_its_relaxed_form() {
        for (body, relaxed) in [
            ("", ""),
            ("\r\n", ""),
            ("\r\n\r\n\r\n", ""),
            (" \t \r\n \r\n", ""),
            ("a", "a\r\n"),
            ("a\r\n", "a\r\n"),
            ("a\r\n\r\n \r\n", "a\r\n"),
            ("\r\n\r\na  b\t\tc \t\r\n\r\nd", "\r\n\r\na b c\r\n\r\nd\r\n"),
            ("  a\r\n\tb", " a\r\n b\r\n"),
            ("a b c\r\n", "a b c\r\n"),
        ] {
            assert_eq!(relaxed_body_hash(body.as_bytes()), hash_of(relaxed.as_bytes()), "{body:?}");
        }
    }

    /// The relaxed form, line by line as the standard tells it.
    fn relaxed(body: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let mut n_empty = 0;
        for line in body.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
            let line = line.trim_end_matches([' ', '\t']);
            if line.is_empty() {
                n_empty += 1;
                continue;
            }
            out.extend(b"\r\n".repeat(std::mem::take(&mut n_empty)));
            let mut reduced = Vec::new();
            reduce(line.as_bytes(), &mut reduced);
            out.extend(reduced);
            out.extend(b"\r\n");
        }
        out
    }

    proptest::proptest! {
        #[test]
        fn stretches_are_hashed_as_lines_would_be(pieces in proptest::collection::vec("[ab]|[ab]|\r\n|\r\n| |\t|\r|\n|a b\r\n", 0..24)) {
            let body = pieces.concat();
            proptest::prop_assert_eq!(relaxed_body_hash(body.as_bytes()), hash_of(&relaxed(&body)));
        }
    }

    #[test]
    fn lines_as_we_write_them_are_hashed_as_they_are() {
        assert!(is_relaxed(b"a b\r\n") && is_relaxed(b"\r\n") && is_relaxed(b" a\r\n") && is_relaxed(b"a\rb\r\n"));
        for line in ["", "a", "a \r\n", "a  b\r\n", "a\tb\r\n", "a\n", "\n", " \r\n", "\t\r\n", "a\r"] {
            assert!(!is_relaxed(line.as_bytes()), "{line:?}");
        }
    }

    #[test]
    fn fields_lose_what_servers_change() {
        assert_eq!(field("SUBJECT \t:  a \r\n\t b\r\n   c \r\n"), "subject:a b c");
        assert_eq!(field("X:\r\n"), "x:");
        assert_eq!(field("X: \r\n \r\n"), "x:");
        assert_eq!(fields(b"A: 1\r\nB: 2"), [b"A: 1\r\n".as_slice(), b"B: 2"]);
        assert_eq!(split(b"A: 1\r\n"), (b"A: 1\r\n".as_slice(), b"".as_slice()));
        assert_eq!(split(b"A: 1\r\n\r\n"), (b"A: 1\r\n".as_slice(), b"".as_slice()));
    }
}
