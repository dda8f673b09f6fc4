//! The mails of an mbox file (RFC 4155), one at a time and none too large.

use std::io::{self, BufRead, Read as _};

/// Longest mail that is read, in bytes; a report with the whole mail it is about stays far below.
pub const MAIL_BYTES_MAX: usize = 8 << 20;

/// Reads mails from an mbox; one that is too long is an error, and the next follows.
#[derive(Debug)]
pub struct Mbox<R> {
    input: R,
    line: Vec<u8>,
    n_lines: u64,
}

/// A mail of an mbox: the line it begins at, from 1, and its bytes; `None` when it is too long.
pub type Found = (u64, Option<Vec<u8>>);

impl<R: BufRead> Mbox<R> {
    /// Begins to read.
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new(), n_lines: 0 }
    }

    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        // A line without an end must not fill the memory either: the rest of it is the next line.
        let limit = MAIL_BYTES_MAX as u64;
        let n = (&mut self.input).take(limit).read_until(b'\n', &mut self.line)?;
        self.n_lines += u64::from(n > 0);
        Ok(n > 0)
    }

    fn read_mail(&mut self) -> io::Result<Option<Found>> {
        while !self.line.starts_with(b"From ") {
            if !self.read_line()? {
                return Ok(None);
            }
        }
        let first = self.n_lines;
        let mut mail = Some(Vec::new());
        let mut after_empty = false;
        while self.read_line()? {
            if self.line.starts_with(b"From ") && after_empty {
                return Ok(Some((first, mail)));
            }
            after_empty = matches!(self.line.as_slice(), b"\n" | b"\r\n");
            let quoted = self.line.iter().position(|&byte| byte != b'>').is_some_and(|at| at > 0 && self.line[at..].starts_with(b"From "));
            let line = if quoted { &self.line[1..] } else { &self.line };
            match &mut mail {
                Some(bytes) if bytes.len() + line.len() <= MAIL_BYTES_MAX => bytes.extend_from_slice(line),
                _ => mail = None,
            }
        }
        self.line.clear();
        Ok(Some((first, mail)))
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<Found>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read_mail().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Vec<Found> {
        Mbox::new(text).collect::<io::Result<_>>().expect("memory can be read")
    }

    #[test]
    fn mails_are_told_apart_and_unquoted() {
        let found = read(b"noise\nFrom a\nSubject: 1\n\n>From here\nFrom there\n\nFrom b\r\nSubject: 2\r\n\r\n");
        let texts: Vec<_> = found.iter().map(|(line, mail)| (*line, mail.as_deref().map(String::from_utf8_lossy))).collect();
        assert_eq!(
            texts,
            [(2, Some("Subject: 1\n\nFrom here\nFrom there\n\n".into())), (8, Some("Subject: 2\r\n\r\n".into()))],
            "an unquoted line after text is text"
        );
        assert!(read(b"").is_empty() && read(b"no mail").is_empty());
    }

    #[test]
    fn a_mail_that_is_too_long_is_passed_over() {
        let mut text = b"From a\n".to_vec();
        text.resize(MAIL_BYTES_MAX * 2 + 100, b'x');
        text.extend_from_slice(b"\n\nFrom b\nok\n");
        let found = read(&text);
        assert_eq!(found.iter().map(|(_, mail)| mail.is_some()).collect::<Vec<_>>(), [false, true]);
    }
}
