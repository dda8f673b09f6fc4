//! The bytes of a mail as they come, up to the dot that ends it (RFC 5321 section 4.5.2).
//!
//! Only CRLF `.` CRLF ends a mail: a bare line feed is a byte like another, so that no mail hides in another.

use memchr::memchr;

use super::session::MAIL_BYTES_MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    LineStart,
    /// After a dot that began a line.
    Dot,
    /// After such a dot and a carriage return.
    DotReturn,
    Middle,
    /// After a carriage return.
    Return,
}

/// A mail on its way.
#[derive(Debug)]
pub(super) struct Coming {
    at: At,
    bytes: Vec<u8>,
    is_too_large: bool,
}

impl Coming {
    pub(super) fn new() -> Self {
        Self { at: At::LineStart, bytes: Vec::with_capacity(16 * 1024), is_too_large: false }
    }

    /// Takes what came; returns how much of it belonged to the mail once it is whole.
    pub(super) fn feed(&mut self, chunk: &[u8]) -> Option<usize> {
        let mut next = 0;
        while next < chunk.len() {
            let byte = chunk[next];
            self.at = match (self.at, byte) {
                (At::Middle, _) => {
                    let end = memchr(b'\r', &chunk[next..]).map_or(chunk.len(), |at| next + at + 1);
                    self.push(&chunk[next..end]);
                    let is_return = chunk[end - 1] == b'\r';
                    next = end;
                    self.at = if is_return { At::Return } else { At::Middle };
                    continue;
                }
                (At::LineStart, b'.') => At::Dot,
                (At::Dot, b'\r') => At::DotReturn,
                (At::DotReturn, b'\n') => return Some(next + 1),
                (At::DotReturn, _) => {
                    // The dot was stuffing, and the carriage return a bare one.
                    self.push(b"\r");
                    self.at = At::Return;
                    continue;
                }
                (At::Return, b'\n') => {
                    self.push(b"\n");
                    At::LineStart
                }
                (_, b'\r') => {
                    self.push(b"\r");
                    At::Return
                }
                _ => {
                    self.push(&[byte]);
                    At::Middle
                }
            };
            next += 1;
        }
        None
    }

    /// Returns the mail; `None` when it was too large to be kept.
    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        (!self.is_too_large).then_some(self.bytes)
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.is_too_large || self.bytes.len() + bytes.len() > MAIL_BYTES_MAX {
            self.is_too_large = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_unstuffed_and_only_a_whole_line_of_one_ends_the_mail() {
        for (sent, kept) in [
            (&b"a\r\n.\r\n"[..], &b"a\r\n"[..]),
            (b".\r\n", b""),
            (b"..\r\n...\r\n.a\r\n.\r\n", b".\r\n..\r\na\r\n"),
            (b"a\n.\nb\r\n.\r\n", b"a\n.\nb\r\n"),
            (b"a\r\n.\nb\r\n.\r\n", b"a\r\n\nb\r\n"),
            (b"a\n.\r\nb\r\n.\r\n", b"a\n.\r\nb\r\n"),
            (b"a\r.\r\nb\r\n.\r\n", b"a\r.\r\nb\r\n"),
            (b"a\r\r\n.\r\r\n.\r\n", b"a\r\r\n\r\r\n"),
        ] {
            for size in 1..=sent.len() {
                let mut coming = Coming::new();
                let chunks: Vec<&[u8]> = sent.chunks(size).collect();
                let (last, before) = chunks.split_last().expect("chunks");
                assert!(before.iter().all(|chunk| coming.feed(chunk).is_none()), "{sent:?} by {size}");
                assert_eq!(coming.feed(last), Some(last.len()), "{sent:?} by {size}");
                assert_eq!(coming.into_bytes().as_deref(), Some(kept), "{sent:?} by {size}");
            }
        }
        assert_eq!(Coming::new().feed(b"a\r\n.\r\nQUIT\r\n"), Some(6));
    }

    #[test]
    fn a_mail_that_is_too_large_is_read_to_its_end_and_not_kept() {
        let mut coming = Coming::new();
        let chunk = vec![b'x'; 1024 * 1024];
        assert!((0..26).all(|_| coming.feed(&chunk).is_none()));
        assert_eq!(coming.feed(b"\r\n.\r\n"), Some(5));
        assert_eq!(coming.into_bytes(), None);
    }
}
