//! What the conversation must know of a message's bytes, found where they were just written: it does not read them again.

use std::borrow::Cow;

/// What stands in the way of sending bytes as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wire {
    /// No byte is past ASCII: any server takes it (RFC 6152).
    pub(super) is_seven_bit: bool,
    /// Where lines begin with a dot.
    dots: Vec<usize>,
    is_ended: bool,
}

impl Wire {
    /// Looks at a message.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let first = bytes.starts_with(b".").then_some(0);
        let dots = first.into_iter().chain(memchr::memmem::find_iter(bytes, b"\n.").map(|at| at + 1)).collect();
        Self { is_seven_bit: bytes.is_ascii(), dots, is_ended: bytes.ends_with(b"\r\n") }
    }

    /// Doubles dots that begin a line (RFC 5321 section 4.5.2) and ends the last line.
    pub(super) fn stuffed<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        if self.dots.is_empty() && self.is_ended {
            return bytes.into();
        }
        let mut wire = Vec::with_capacity(bytes.len() + self.dots.len() + 2);
        let mut written = 0;
        for &dot in &self.dots {
            wire.extend_from_slice(&bytes[written..=dot]);
            written = dot;
        }
        wire.extend_from_slice(&bytes[written..]);
        if !self.is_ended {
            wire.extend_from_slice(b"\r\n");
        }
        wire.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_begin_with_a_dot_are_stuffed() {
        for (message, stuffed) in [
            ("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"),
            (".a\r\n..b", "..a\r\n...b\r\n"),
            ("a.b\r\n", "a.b\r\n"),
            ("", "\r\n"),
            (".", "..\r\n"),
            ("..\n.\n.", "...\n..\n..\r\n"),
        ] {
            assert_eq!(Wire::of(message.as_bytes()).stuffed(message.as_bytes()).as_ref(), stuffed.as_bytes());
        }
        assert!(Wire::of(b"a\r\n").is_seven_bit && !Wire::of("é".as_bytes()).is_seven_bit);
    }
}
