//! Commands out, replies in, with a limit on time and on size.

use std::fmt::Display;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use lettre::transport::smtp::response::Response;
use tokio::io::{AsyncRead as _, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;

use super::offers::Offers;
use super::options::{Phase, Timeouts};
use super::stream::Stream;
use crate::delivery::reply;

/// Bytes of one reply; longer ones end the connection.
const REPLY_BYTES_MAX: usize = 64 * 1024;
/// Bytes of one line of a reply (RFC 5321 section 4.5.3.1.5 says 512; servers exceed it).
const LINE_BYTES_MAX: usize = 2_048;

/// A conversation that broke, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) phase: Phase,
    pub(crate) why: String,
}

impl Broken {
    /// Says whether the server is there and has too much to do (421, RFC 5321 section 4.2.3).
    pub(crate) fn is_too_busy(&self) -> bool {
        matches!(self.phase, Phase::Banner | Phase::Ehlo) && self.why.starts_with("the server answered `421")
    }
}

impl Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.why, self.phase)
    }
}

/// An open connection to a server.
pub(crate) struct Conversation {
    stream: Option<Stream>,
    unread: Vec<u8>,
    pub(super) timeouts: Timeouts,
    pub(super) offers: Offers,
    /// Mails begun on this connection.
    pub(crate) n_mails: u32,
    /// Counts it among those that are open.
    pub(super) open: Option<Arc<()>>,
    /// False when no further mail can be begun.
    pub(crate) is_usable: bool,
}

impl Conversation {
    pub(super) fn new(stream: Stream, timeouts: Timeouts) -> Self {
        Self { stream: Some(stream), unread: Vec::new(), timeouts, offers: Offers::default(), n_mails: 0, open: None, is_usable: true }
    }

    /// Sends one command and reads its reply, whatever it says.
    pub(super) async fn command(&mut self, phase: Phase, command: impl Display) -> Result<Response, Broken> {
        self.write(phase, command.to_string().as_bytes()).await?;
        self.reply(phase, self.timeouts.command).await
    }

    pub(super) async fn write(&mut self, phase: Phase, bytes: &[u8]) -> Result<(), Broken> {
        let patience = if phase == Phase::Body { self.timeouts.body } else { self.timeouts.command };
        let stream = self.stream(phase)?;
        let writing = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        match timeout(patience, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Broken { phase, why: format!("the connection broke ({})", error.kind()) }),
            Err(_) => Err(Broken { phase, why: "the server stopped reading".to_owned() }),
        }
    }

    /// Reads one reply, of any number of lines.
    pub(super) async fn reply(&mut self, phase: Phase, patience: Duration) -> Result<Response, Broken> {
        timeout(patience, self.read_reply(phase))
            .await
            .unwrap_or_else(|_| Err(Broken { phase, why: format!("no answer in {} s", patience.as_secs()) }))
    }

    async fn read_reply(&mut self, phase: Phase) -> Result<Response, Broken> {
        let mut line_start = 0;
        loop {
            while let Some(length) = self.unread[line_start..].iter().position(|&byte| byte == b'\n') {
                let line_end = line_start + length + 1;
                let is_last = self.unread[line_start..line_end].get(3) != Some(&b'-');
                line_start = line_end;
                if is_last {
                    let bytes: Vec<u8> = self.unread.drain(..line_end).collect();
                    return parse(&bytes).ok_or_else(|| Broken {
                        phase,
                        why: format!(
                            "the server does not speak SMTP: `{}`",
                            crate::ledger::printable(String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).trim_end())
                        ),
                    });
                }
            }
            if self.unread.len() > REPLY_BYTES_MAX || self.unread.len() - line_start > LINE_BYTES_MAX {
                return Err(Broken { phase, why: "the server's reply is too long".to_owned() });
            }
            let mut buffer = [0_u8; 4_096];
            let n_read = match self.stream(phase)?.read(&mut buffer).await {
                Ok(n_read) => n_read,
                Err(error) => return Err(Broken { phase, why: format!("the connection broke ({})", error.kind()) }),
            };
            if n_read == 0 {
                return Err(Broken { phase, why: "the server closed the connection".to_owned() });
            }
            self.unread.extend_from_slice(&buffer[..n_read]);
        }
    }

    /// Says whether the server has already hung up or spoken out of turn, without waiting: the last moment at which stopping is safe.
    pub(super) async fn is_interrupted(&mut self) -> bool {
        if !self.unread.is_empty() {
            return true;
        }
        let Some(stream) = self.stream.as_mut() else { return true };
        let mut bytes = [0_u8; 512];
        let mut buffer = ReadBuf::new(&mut bytes);
        let ready = poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_read(cx, &mut buffer))).await;
        match ready {
            Poll::Pending => false,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                self.unread.extend_from_slice(buffer.filled());
                true
            }
            Poll::Ready(_) => true,
        }
    }

    /// Gives the stream away for a TLS handshake; fails when the server sent anything after its answer (injection before encryption).
    pub(super) fn take_stream(&mut self, phase: Phase) -> Result<Stream, Broken> {
        if !self.unread.is_empty() {
            return Err(Broken { phase, why: "the server spoke before encryption began".to_owned() });
        }
        self.stream.take().ok_or(Broken { phase, why: "the connection is closed".to_owned() })
    }

    pub(super) fn put_stream(&mut self, stream: Stream) {
        self.stream = Some(stream);
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.stream.as_ref().is_some_and(Stream::is_encrypted)
    }

    /// Says goodbye without waiting for an answer.
    pub(crate) async fn quit(mut self) {
        if let Some(stream) = self.stream.as_mut() {
            let _ = timeout(Duration::from_secs(1), async {
                stream.write_all(b"QUIT\r\n").await?;
                stream.shutdown().await
            })
            .await;
        }
    }

    fn stream(&mut self, phase: Phase) -> Result<&mut Stream, Broken> {
        self.stream.as_mut().ok_or(Broken { phase, why: "the connection is closed".to_owned() })
    }
}

/// Reads a complete reply; bare line feeds and bytes that are not UTF-8 are tolerated.
fn parse(bytes: &[u8]) -> Option<Response> {
    let text = String::from_utf8_lossy(bytes);
    let mut clean = String::with_capacity(text.len() + 8);
    for line in text.lines() {
        clean.push_str(line);
        if line.len() == 3 {
            clean.push(' ');
        }
        clean.push_str("\r\n");
    }
    clean.parse().ok()
}

/// Says what a server that refuses to begin said.
pub(super) fn refused(phase: Phase, response: &Response) -> Broken {
    Broken { phase, why: format!("the server answered `{}`", reply::words(response)) }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn replies_of_untidy_servers_are_read() {
        for (bytes, code) in [
            (&b"250 ok\r\n"[..], Some(250)),
            (b"250\r\n", Some(250)),
            (b"250-a\r\n250 b\r\n", Some(250)),
            (b"250-a\n250 b\n", Some(250)),
            (b"550 caf\xe9\r\n", Some(550)),
            (b"HTTP/1.1 400 Bad Request\r\n", None),
            (b"\r\n", None),
        ] {
            assert_eq!(parse(bytes).map(|response| u16::from(response.code())), code, "{bytes:?}");
        }
    }
}
