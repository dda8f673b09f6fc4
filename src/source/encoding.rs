//! Bytes in a declared encoding to UTF-8, on the fly.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding};

const BUFFER_BYTES: usize = 32 << 10;

/// A reader that gives UTF-8; what the encoding does not allow becomes U+FFFD, which refuses its row.
pub(super) struct Transcoder<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_start: usize,
    raw_end: usize,
    ready: Vec<u8>,
    ready_start: usize,
    ready_end: usize,
    finished: bool,
}

impl<R: Read> Transcoder<R> {
    pub(super) fn new(input: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        let (raw, ready) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES * 3]);
        Self { input, decoder, raw, raw_start: 0, raw_end: 0, ready, ready_start: 0, ready_end: 0, finished: false }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.ready_start == self.ready_end && !self.finished {
            if self.raw_start == self.raw_end {
                self.raw_start = 0;
                self.raw_end = self.input.read(&mut self.raw)?;
            }
            let last = self.raw_end == 0;
            let (_, n_read, n_written, _) = self.decoder.decode_to_utf8(&self.raw[self.raw_start..self.raw_end], &mut self.ready, last);
            self.raw_start += n_read;
            (self.ready_start, self.ready_end) = (0, n_written);
            self.finished = last;
        }
        let n = out.len().min(self.ready_end - self.ready_start);
        out[..n].copy_from_slice(&self.ready[self.ready_start..self.ready_start + n]);
        self.ready_start += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_encodings_become_utf8() {
        let cases: [(&[u8], &'static Encoding, &str); 3] = [
            (b"caf\xe9 \x80", encoding_rs::WINDOWS_1252, "café €"),
            (b"\xff\xfeh\0\xe9\0", encoding_rs::UTF_16LE, "hé"),
            (b"\x82\xa0\xff", encoding_rs::SHIFT_JIS, "あ\u{fffd}"),
        ];
        for (bytes, encoding, expected) in cases {
            let mut text = String::new();
            Transcoder::new(bytes, encoding).read_to_string(&mut text).expect("memory can be read");
            assert_eq!(text, expected);
        }
    }
}
