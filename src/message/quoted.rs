//! Quoted-printable (RFC 2045 section 6.7) in one pass, eight bytes at a time: most of the cost of a message is here.

/// Longest content of an encoded line: 76 characters with the `=` of a soft line break (RFC 2045 section 6.7 (5)).
const CONTENT_MAX: usize = 75;
const SOFT_BREAK: &[u8] = b"=\r\n";
const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);

/// Why a text was not encoded to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// It takes more bytes than it may.
    TooLong,
    /// It holds a control character other than LF and tab.
    Control,
}

/// Appends the encoding of a text whose lines end in LF; no line begins with a dot, which some relays lose (RFC 5321 section 4.5.2). What was written before a refusal is left to the caller to remove.
pub(super) fn encode(text: &str, limit: usize, out: &mut Vec<u8>) -> Result<(), Refused> {
    let end = out.len().saturating_add(limit);
    let mut rest = text.as_bytes();
    let mut column = 0;
    while out.len() <= end {
        if let ([b'.', after @ ..], 0) = (rest, column) {
            escape(b'.', out, &mut column);
            rest = after;
            continue;
        }
        let mut n = literal_len(rest);
        while n > CONTENT_MAX - column {
            let (line, after) = rest.split_at(CONTENT_MAX - column);
            out.extend_from_slice(line);
            out.extend_from_slice(SOFT_BREAK);
            n -= line.len();
            rest = after;
            column = 0;
            if let [b'.', after @ ..] = rest {
                escape(b'.', out, &mut column);
                n -= 1;
                rest = after;
            }
        }
        let (literal, after) = rest.split_at(n);
        out.extend_from_slice(literal);
        column += n;
        rest = after;
        match rest {
            [] => {
                protect_blank(out, &mut column);
                break;
            }
            [b'\n', ..] => {
                protect_blank(out, &mut column);
                out.extend_from_slice(b"\r\n");
                column = 0;
            }
            [b'\t', ..] => {
                make_room(1, out, &mut column);
                out.push(b'\t');
            }
            // In UTF-8, U+0080 to U+009F begin with the byte C2.
            [0..b' ' | 0x7f, ..] | [0xc2, 0x80..0xa0, ..] => return Err(Refused::Control),
            [byte, ..] => escape(*byte, out, &mut column),
        }
        rest = &rest[1..];
    }
    if out.len() <= end { Ok(()) } else { Err(Refused::TooLong) }
}

/// Encodes a blank that ends a line: it would be lost on the way (rule 3).
fn protect_blank(out: &mut Vec<u8>, column: &mut usize) {
    if let (1.., Some(&blank @ (b' ' | b'\t'))) = (*column, out.last()) {
        out.pop();
        *column -= 1;
        escape(blank, out, column);
    }
}

fn escape(byte: u8, out: &mut Vec<u8>, column: &mut usize) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    make_room(3, out, column);
    out.extend_from_slice(&[b'=', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
}

/// Begins a new line unless `n` more characters fit, and counts them.
fn make_room(n: usize, out: &mut Vec<u8>, column: &mut usize) {
    if *column + n > CONTENT_MAX {
        out.extend_from_slice(SOFT_BREAK);
        *column = 0;
    }
    *column += n;
}

/// Counts the bytes before the first that is not written as it is: a control, `=`, or anything past `~`.
fn literal_len(bytes: &[u8]) -> usize {
    let (pairs, tail) = bytes.as_chunks::<16>();
    for (i, pair) in pairs.iter().enumerate() {
        let (words, _) = pair.as_chunks::<8>();
        let [low, high] = [words[0], words[1]].map(|word| marks(u64::from_le_bytes(word)));
        if low | high != 0 {
            let bits = if low == 0 { 64 + high.trailing_zeros() } else { low.trailing_zeros() };
            return i * 16 + bits as usize / 8;
        }
    }
    let is_marked = |&byte: &u8| byte < b' ' || byte == b'=' || byte > b'~';
    bytes.len() - tail.len() + tail.iter().position(is_marked).unwrap_or(tail.len())
}

/// Sets the highest bit of each of eight bytes that is not literal.
///
/// The first one set is exact; a carry may wrongly set those after it, which the caller does not look at.
fn marks(word: u64) -> u64 {
    let below_space = word.wrapping_sub(ONES * u64::from(b' '));
    let equals = (word ^ (ONES * u64::from(b'='))).wrapping_sub(ONES);
    let past_tilde = word | word.wrapping_add(ONES);
    (below_space | equals | past_tilde) & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        let mut out = Vec::new();
        assert_eq!(encode(text, usize::MAX, &mut out), Ok(()));
        String::from_utf8(out).expect("7-bit")
    }

    #[test]
    fn every_byte_is_found_at_every_place() {
        for byte in 0..=u8::MAX {
            for at in 0..40 {
                for follower in [b'a', b'=', 0x20, 0x1f, 0x7f, 0x80, 0xff, 0] {
                    let mut bytes = [b'~'; 41];
                    (bytes[at], bytes[at + 1]) = (byte, follower);
                    let is_marked = |&byte: &u8| byte < b' ' || byte == b'=' || byte > b'~';
                    assert_eq!(literal_len(&bytes), bytes.iter().position(is_marked).unwrap_or(bytes.len()), "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn lines_are_short_blanks_at_their_ends_encoded_and_line_ends_kept() {
        assert_eq!(encoded(""), "");
        assert_eq!(encoded("a=b\né\n"), "a=3Db\r\n=C3=A9\r\n");
        assert_eq!(encoded("a \nb\t\n-- \n \n\t"), "a=20\r\nb=09\r\n--=20\r\n=20\r\n=09");
        assert_eq!(encoded("a\tb c"), "a\tb c");
        assert_eq!(encoded(".\n..a\n.=\na."), "=2E\r\n=2E.a\r\n=2E=3D\r\na.");
        let line = "x".repeat(CONTENT_MAX);
        assert_eq!(encoded(&format!("{line}.{line}.")), format!("{line}=\r\n=2E{}=\r\nxxx.", &line[3..]));
        assert_eq!(encoded(&format!("{line}\n.")), format!("{line}\r\n=2E"));
        assert_eq!(encoded(&format!(".{line}")), format!("=2E{}=\r\nxxx", &line[3..]));
        assert_eq!(encoded(&".".repeat(80)), format!("=2E{}=\r\n=2E......", &".".repeat(72)));
        assert_eq!(encoded(&line), line);
        assert_eq!(encoded(&format!("{line}\n{line}y")), format!("{line}\r\n{line}=\r\ny"));
        assert_eq!(encoded(&format!("{} \n", &line[2..])), format!("{}=\r\n=20\r\n", &line[2..]));
        assert_eq!(encoded(&format!("{}=", &line[2..])), format!("{}=\r\n=3D", &line[2..]));
    }

    #[test]
    fn it_stops_at_its_limit_and_at_a_control_character() {
        let mut out = b"before".to_vec();
        assert_eq!(encode("é", 6, &mut out), Ok(()));
        assert_eq!(out, b"before=C3=A9");
        assert_eq!(encode("é", 5, &mut out), Err(Refused::TooLong));
        for text in ["a\rb", "\0", "a\u{7f}", "\u{80}", "é\u{9f}"] {
            assert_eq!(encode(text, usize::MAX, &mut out), Err(Refused::Control), "{text:?}");
        }
        assert_eq!(encode("\u{a0}\u{ff}\u{a00}", usize::MAX, &mut out), Ok(()));
    }
}
