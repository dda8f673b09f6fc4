//! One connection, command by command.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::conduct::{Conduct, Encryption, Hello};
use super::fault::Step;
use super::log::Event;
use super::server::Shared;
use super::tls::acceptor;
use super::transaction::Transaction;
use super::wire::{Stream, Wire};

/// Bytes of a command line with its end (RFC 5321 section 4.5.3.1.4), and of one of AUTH (RFC 4954 section 4).
const COMMAND_BYTES_MAX: usize = 512;
const AUTH_BYTES_MAX: usize = 12_288;

#[allow(clippy::struct_excessive_bools, reason = "each is told by one command")]
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) conduct: Arc<Conduct>,
    pub(super) connection: u64,
    pub(super) encrypted: bool,
    pub(super) wire: Wire,
    /// Mails stored on this connection.
    pub(super) n_mails: u32,
    pub(super) logged_in: bool,
    /// EHLO, rather than HELO, was said.
    pub(super) extended: bool,
    pub(super) transaction: Transaction,
    /// A mail was answered, and nothing came since.
    pub(super) is_idle: bool,
}

/// Talks until the end; true when the client said goodbye.
pub(super) async fn run(shared: Arc<Shared>, stream: TcpStream, connection: u64) -> bool {
    let conduct = Arc::clone(&shared.conduct.lock().expect("conduct"));
    if shared.told(&conduct, Step::Connect, connection, false, "").await.is_some_and(|act| !act.is_ordinary()) {
        let _ = stream.set_zero_linger();
        return false;
    }
    let (stream, encrypted) = match conduct.encryption {
        Encryption::Implicit(certificate) => match acceptor(certificate).accept(stream).await {
            Ok(stream) => (Stream::Tls(Box::new(stream)), true),
            Err(_) => return false,
        },
        _ => (Stream::Clear(stream), false),
    };
    let mut session = Session {
        shared,
        conduct,
        connection,
        encrypted,
        wire: Wire::new(stream),
        n_mails: 0,
        logged_in: false,
        extended: false,
        transaction: Transaction::default(),
        is_idle: false,
    };
    session.talk().await.is_some()
}

impl Session {
    /// Talks; `Some` when the client said goodbye, `None` when the connection ended otherwise.
    async fn talk(&mut self) -> Option<()> {
        let refusal = self.shared.usage.lock().expect("usage").refuse_connection(&self.conduct);
        if let Some(refusal) = refusal {
            return self.leave(refusal).await;
        }
        self.answer(Step::Banner, "", "220 rogue.example ESMTP").await?;
        loop {
            let line = self.command().await?;
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            if self.wire.has_more()
                && !(self.conduct.offers_word("PIPELINING") && matches!(verb.as_str(), "MAIL" | "RCPT" | "RSET" | "QUIT"))
            {
                self.illegal("spoke before the answer");
            }
            match verb.as_str() {
                "EHLO" => self.ehlo().await?,
                "HELO" => {
                    (self.extended, self.transaction) = (false, Transaction::default());
                    self.answer(Step::Helo, "", "250 rogue.example").await?;
                }
                "STARTTLS" => self.starttls().await?,
                "AUTH" => self.auth(&line).await?,
                "MAIL" => self.mail(&line).await?,
                "RCPT" => self.rcpt(&line).await?,
                "DATA" => self.data().await?,
                "RSET" => {
                    self.transaction = Transaction::default();
                    self.answer(Step::Rset, "", "250 2.0.0 ok").await?;
                }
                "NOOP" => {
                    self.answer(Step::Noop, "", "250 2.0.0 ok").await?;
                }
                "QUIT" => {
                    self.answer(Step::Quit, "", "221 2.0.0 goodbye").await;
                    return Some(());
                }
                _ => self.wire.say("500 5.5.1 what").await?,
            }
        }
    }

    async fn ehlo(&mut self) -> Option<()> {
        self.transaction = Transaction::default();
        if self.conduct.hello == Hello::HeloOnly {
            return self.wire.say("502 5.5.1 not implemented").await;
        }
        let mut lines = self.conduct.offers(self.encrypted);
        lines.insert(0, "rogue.example".to_owned());
        let last = lines.pop().unwrap_or_default();
        let mut text: Vec<String> = lines.iter().map(|line| format!("250-{line}")).collect();
        text.push(format!("250 {last}"));
        self.extended = true;
        self.answer(Step::Ehlo, "", &text.join("\r\n")).await.map(|_| ())
    }

    async fn starttls(&mut self) -> Option<()> {
        let Encryption::Starttls(certificate) = self.conduct.encryption else {
            return self.wire.say("502 5.5.1 not implemented").await;
        };
        if self.answer(Step::Starttls, "", "220 2.0.0 go ahead").await? != 220 {
            return Some(());
        }
        if let Some(act) = self.told(Step::Handshake, "").await {
            self.wire.perform(&act, "").await?;
        }
        let placeholder = Wire::new(Stream::Clear(dead_end().await?));
        let Stream::Clear(stream) = std::mem::replace(&mut self.wire, placeholder).into_stream() else { return None };
        let stream = acceptor(certificate).accept(stream).await.ok()?;
        self.wire = Wire::new(Stream::Tls(Box::new(stream)));
        self.encrypted = true;
        Some(())
    }

    /// Reads a command line, without its end.
    pub(super) async fn command(&mut self) -> Option<String> {
        self.conduct = Arc::clone(&self.shared.conduct.lock().expect("conduct"));
        if self.is_idle && !self.wire.has_more() {
            self.is_idle = false;
            if let Some(act) = self.told(Step::Idle, "").await {
                self.wire.perform(&act, "421 4.4.2 idle").await?;
            }
        }
        self.is_idle = false;
        let bytes = match self.conduct.idle_for {
            None => self.wire.line().await?,
            Some(patience) => match timeout(patience, self.wire.line()).await {
                Ok(line) => line?,
                Err(_) => return self.leave("421 4.4.2 idle for too long").await.map(|()| String::new()),
            },
        };
        let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
        self.shared.note(self.connection, self.encrypted, Event::Command(line.clone()));
        self.check_line(&bytes, if line.starts_with("AUTH") { AUTH_BYTES_MAX } else { COMMAND_BYTES_MAX });
        if !bytes.is_ascii() && !line.to_ascii_uppercase().contains("SMTPUTF8") && !self.transaction.utf8 {
            self.illegal("8-bit command");
        }
        Some(line)
    }

    /// Says why, and ends the connection.
    pub(super) async fn leave(&mut self, why: &str) -> Option<()> {
        self.wire.perform(&super::fault::Act::say_and_close(why), "").await
    }

    /// Answers as told or ordinarily; returns the code that was said, 0 when it was none, `None` when the connection is over.
    pub(super) async fn answer(&mut self, step: Step, recipient: &str, ordinary: &str) -> Option<u16> {
        let told = self.told(step, recipient).await;
        self.answer_as(told.as_ref(), step, recipient, ordinary).await
    }

    pub(super) async fn answer_as(&mut self, told: Option<&super::fault::Act>, step: Step, recipient: &str, ordinary: &str) -> Option<u16> {
        use super::fault::Act;
        let line = match told {
            Some(Act::Say(line) | Act::SayAndClose(line)) => line.clone(),
            Some(Act::Close | Act::Reset | Act::Hang | Act::Garbage | Act::LongLine(_) | Act::Huge(_)) => String::new(),
            _ => ordinary.to_owned(),
        };
        let code = line.get(..3).and_then(|code| code.parse().ok()).unwrap_or(0);
        let done = match told {
            None => self.wire.say(ordinary).await,
            Some(act) => self.wire.perform(act, ordinary).await,
        };
        let is_verdict = matches!(step, Step::Dot | Step::Stored) || code >= 400;
        let is_said = done.is_some() || matches!(told, Some(Act::SayAndClose(_)));
        if is_said && is_verdict && code > 0 && !recipient.is_empty() && step != Step::Mail {
            let event = Event::Answered { step, recipient: recipient.to_owned(), line };
            self.shared.note(self.connection, self.encrypted, event);
        }
        done?;
        Some(code)
    }

    pub(super) async fn told(&self, step: Step, recipient: &str) -> Option<super::fault::Act> {
        self.shared.told(&self.conduct, step, self.connection, self.encrypted, recipient).await
    }

    pub(super) fn illegal(&self, what: &'static str) {
        self.shared.note(self.connection, self.encrypted, Event::Illegal(what));
    }

    /// Notes what may not be in any line (RFC 5321 sections 2.3.8 and 4.5.3.1).
    pub(super) fn check_line(&self, bytes: &[u8], bytes_max: usize) {
        match bytes.strip_suffix(b"\r\n") {
            None => self.illegal("bare line feed"),
            Some(line) if line.contains(&b'\r') => self.illegal("bare carriage return"),
            Some(line) if line.contains(&0) => self.illegal("NUL"),
            Some(_) => {}
        }
        if bytes.len() > bytes_max {
            self.illegal("line too long");
        }
    }
}

/// Makes a stream that leads nowhere, to stand where one was taken out.
async fn dead_end() -> Option<TcpStream> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.ok()?;
    TcpStream::connect(listener.local_addr().ok()?).await.ok()
}
