//! The listener: sockets, encryption, patience, and what each act of a [`Session`] becomes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Shared;
use super::chaos::Struck;
use super::dots::Coming;
use super::session::{Act, Session};

/// Connections held at once.
const CONNECTIONS_MAX: usize = 256;
/// Bytes of a line of a command, credentials included (RFC 4954 section 4).
const LINE_BYTES_MAX: usize = 12_288;
/// Bytes of a line that is read to its end to refuse it; a longer one ends the connection.
const HUGE_BYTES_MAX: usize = 1024 * 1024;
/// How long a client may say nothing (RFC 5321 section 4.5.3.2.7).
const SILENCE_MAX: Duration = Duration::from_mins(5);
/// Time that conversations under way are given at the end.
const FAREWELL: Duration = Duration::from_secs(5);

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// Listens until the end, then lets mails under way arrive.
pub(super) async fn listen(listener: TcpListener, shared: Arc<Shared>, end: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let talks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = end.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let Ok((mut stream, client)) = accepted else {
            // Out of file handles: wait for a connection to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let Ok(seat) = Arc::clone(&room).try_acquire_owned() else {
            talks.spawn(async move { _ = timeout(FAREWELL, stream.write_all(b"421 4.7.0 too many connections\r\n")).await });
            continue;
        };
        let (shared, end) = (Arc::clone(&shared), end.clone());
        talks.spawn(async move {
            _ = talk(stream, client, &shared, &end).await;
            drop(seat);
        });
    }
    drop(listener);
    talks.close();
    _ = timeout(FAREWELL, talks.wait()).await;
}

/// One line of a client.
enum Heard {
    Line(Vec<u8>),
    TooLong,
}

struct Wire {
    stream: BufReader<Box<dyn Socket>>,
    /// Answers not sent yet: those to commands that came together leave together (RFC 2920).
    out: Vec<u8>,
}

/// Talks to one client; `None` when the connection ended, whoever ended it.
async fn talk(stream: TcpStream, client: SocketAddr, shared: &Arc<Shared>, end: &CancellationToken) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut wire = Wire { stream: BufReader::with_capacity(64 * 1024, Box::new(stream)), out: Vec::new() };
    let mut session = Session::new();
    wire.say(super::BANNER).await?;
    loop {
        let heard = tokio::select! {
            heard = timeout(SILENCE_MAX, wire.line()) => heard,
            () = end.cancelled() => return wire.leave("421 4.3.2 the sandbox ends").await,
        };
        let line = match heard {
            Ok(Some(Heard::Line(line))) => line,
            Ok(Some(Heard::TooLong)) => {
                wire.say("500 5.5.6 the line is too long").await?;
                continue;
            }
            Ok(None) => return None,
            Err(_) => return wire.leave("421 4.4.2 nothing was said for too long").await,
        };
        match session.hear(&line) {
            Act::Say(text) => wire.say(&text).await?,
            Act::Leave(text) => return wire.leave(&text).await,
            Act::Admit(recipient) => {
                let refusal = shared.weather().at_recipient(&recipient);
                let answer = refusal.unwrap_or_else(|| session.admit(recipient));
                wire.say(answer).await?;
            }
            Act::Encrypt(text) => {
                if !wire.stream.buffer().is_empty() {
                    return wire.leave("503 5.5.1 nothing may follow STARTTLS before its answer").await;
                }
                wire.say(&text).await?;
                let clear = wire.stream.into_inner();
                let stream = timeout(SILENCE_MAX, shared.tls.accept(clear)).await.ok()?.ok()?;
                wire = Wire { stream: BufReader::with_capacity(64 * 1024, Box::new(stream)), out: Vec::new() };
                session = Session::encrypted();
            }
            Act::Read => {
                wire.say("354 end it with a dot on a line of its own").await?;
                let bytes = timeout(SILENCE_MAX * 2, wire.mail()).await.ok()??;
                let answer = keep(shared, &mut session, client, bytes).await?;
                wire.say(&answer).await?;
            }
        }
    }
}

/// Keeps a mail and returns what to answer; `None` to hang up instead.
async fn keep(shared: &Arc<Shared>, session: &mut Session, client: SocketAddr, bytes: Option<Vec<u8>>) -> Option<String> {
    let envelope = session.take();
    let Some(bytes) = bytes else { return Some("552 5.3.4 the mail is too large".to_owned()) };
    let (slow, struck) = {
        let weather = shared.weather();
        (weather.chaos.slow, envelope.to.first().and_then(|first| weather.at_dot(first)))
    };
    if !slow.is_zero() {
        tokio::time::sleep(slow).await;
    }
    match struck {
        Some(Struck::Later) => return Some("451 4.3.0 try again later (chaos)".to_owned()),
        Some(Struck::Dropped { is_kept: false }) => return None,
        Some(Struck::Dropped { is_kept: true }) | None => {}
    }
    let keeper = Arc::clone(shared);
    let kept = tokio::task::spawn_blocking(move || keeper.store.put(&envelope, client, &bytes)).await.ok()?;
    match kept {
        Ok(_) if struck.is_some() => None,
        Ok(id) => Some(format!("250 2.0.0 kept as {id}")),
        Err(error) => {
            tracing::error!(%error, "a mail cannot be kept");
            Some("452 4.3.1 the mail cannot be kept: see the log".to_owned())
        }
    }
}

impl Wire {
    /// Reads a line, without its end; a bare line feed ends one too, for people who type.
    async fn line(&mut self) -> Option<Heard> {
        if self.stream.buffer().is_empty() {
            self.flush().await?;
        }
        let (mut line, mut n_bytes) = (Vec::new(), 0);
        loop {
            let buffer = self.stream.fill_buf().await.ok()?;
            if buffer.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', buffer);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            n_bytes += part.len();
            if n_bytes <= LINE_BYTES_MAX {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.stream.consume(used);
            if n_bytes > HUGE_BYTES_MAX {
                return None;
            }
            if end.is_some() {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Some(if n_bytes > LINE_BYTES_MAX { Heard::TooLong } else { Heard::Line(line) });
            }
        }
    }

    /// Reads a mail; the inner `None` is one that was too large.
    async fn mail(&mut self) -> Option<Option<Vec<u8>>> {
        self.flush().await?;
        let mut coming = Coming::new();
        loop {
            let buffer = self.stream.fill_buf().await.ok()?;
            if buffer.is_empty() {
                return None;
            }
            let n_bytes = buffer.len();
            let end = coming.feed(buffer);
            self.stream.consume(end.unwrap_or(n_bytes));
            if end.is_some() {
                return Some(coming.into_bytes());
            }
        }
    }

    /// Answers, at once unless more commands came already.
    async fn say(&mut self, text: &str) -> Option<()> {
        self.out.extend_from_slice(text.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        if self.stream.buffer().is_empty() { self.flush().await } else { Some(()) }
    }

    async fn leave(&mut self, text: &str) -> Option<()> {
        self.out.extend_from_slice(format!("{text}\r\n").as_bytes());
        self.flush().await?;
        timeout(FAREWELL, self.stream.get_mut().shutdown()).await.ok()?.ok()?;
        None
    }

    async fn flush(&mut self) -> Option<()> {
        if self.out.is_empty() {
            return Some(());
        }
        let out = std::mem::take(&mut self.out);
        let stream = self.stream.get_mut();
        let sending = async {
            stream.write_all(&out).await?;
            stream.flush().await
        };
        timeout(SILENCE_MAX, sending).await.ok()?.ok()
    }
}
