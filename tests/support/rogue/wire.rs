//! Bytes in, bytes out, and the ways in which answers are spoilt.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;

use super::fault::Act;

/// Bytes of a line that are read at most.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// A connection, in clear or not.
pub(super) enum Stream {
    Clear(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Clear(stream) => stream,
            Self::Tls(stream) => stream.get_ref().0,
        }
    }
}

/// Lines in, answers out; answers wait until what was received is dealt with.
pub(super) struct Wire {
    stream: BufReader<Stream>,
    out: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream: BufReader::with_capacity(64 * 1024, stream), out: Vec::new() }
    }

    pub(super) fn into_stream(self) -> Stream {
        self.stream.into_inner()
    }

    /// Says whether more was received than was dealt with.
    pub(super) fn has_more(&self) -> bool {
        !self.stream.buffer().is_empty()
    }

    /// Reads one line with its end; `None` at the end of the connection.
    pub(super) async fn line(&mut self) -> Option<Vec<u8>> {
        if !self.has_more() {
            self.flush().await?;
        }
        let mut line = Vec::new();
        let n_read = (&mut self.stream).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await.ok()?;
        (n_read > 0).then_some(line)
    }

    /// Answers; lines are separated by CRLF, the last one is ended here.
    pub(super) async fn say(&mut self, text: &str) -> Option<()> {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        if self.has_more() { Some(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Option<()> {
        if !self.out.is_empty() {
            self.stream.get_mut().write_all(&self.out).await.ok()?;
            self.stream.get_mut().flush().await.ok()?;
            self.out.clear();
        }
        Some(())
    }

    async fn send(&mut self, bytes: &[u8]) -> Option<()> {
        self.flush().await?;
        self.stream.get_mut().write_all(bytes).await.ok()?;
        self.stream.get_mut().flush().await.ok()
    }

    /// Does something instead of answering `ordinary`; `None` when the connection is over.
    pub(super) async fn perform(&mut self, act: &Act, ordinary: &str) -> Option<()> {
        let code = ordinary.get(..3).unwrap_or("250");
        match act {
            Act::Say(text) => self.say(text).await,
            Act::SayAndClose(text) => {
                self.send(format!("{text}\r\n").as_bytes()).await;
                self.close().await
            }
            Act::Close => self.close().await,
            Act::Reset => {
                self.flush().await;
                let _ = self.stream.get_ref().tcp().set_zero_linger();
                None
            }
            Act::Hang => {
                self.flush().await;
                let mut ignored = [0_u8; 4_096];
                while self.stream.read(&mut ignored).await.is_ok_and(|n_read| n_read > 0) {}
                None
            }
            Act::Wait(pause) => {
                self.flush().await?;
                sleep(*pause).await;
                self.say(ordinary).await
            }
            Act::Drip(pause) => {
                for byte in format!("{ordinary}\r\n").bytes() {
                    self.send(&[byte]).await?;
                    sleep(*pause).await;
                }
                Some(())
            }
            Act::Split => {
                let text = format!("{ordinary}\r\n");
                let (first, rest) = text.as_bytes().split_at(2);
                self.send(first).await?;
                tokio::task::yield_now().await;
                self.send(rest).await
            }
            Act::BareLf => self.send(format!("{}\n", ordinary.replace("\r\n", "\n")).as_bytes()).await,
            Act::Escapes => self.say(&format!("{ordinary} \u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}")).await,
            Act::LongLine(n_bytes) => self.say(&format!("{code} {}", "x".repeat(*n_bytes))).await,
            Act::Huge(n_bytes) => {
                let line = format!("{code}-{}\r\n", "y".repeat(74));
                let text = line.repeat(n_bytes / line.len() + 1);
                self.send(format!("{text}{code} end\r\n").as_bytes()).await
            }
            Act::Garbage => self.send(b"\x00\xff\x16\x03\x01garbage\x1b[31m\r\n").await,
        }
    }

    /// Hangs up after what was said; a reset would take it back, so what the client still sends is read first.
    async fn close(&mut self) -> Option<()> {
        self.flush().await;
        let _ = self.stream.get_mut().shutdown().await;
        let ignored = async {
            let mut ignored = [0_u8; 4_096];
            while self.stream.read(&mut ignored).await.is_ok_and(|n_read| n_read > 0) {}
        };
        let _ = tokio::time::timeout(std::time::Duration::from_millis(200), ignored).await;
        None
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}
