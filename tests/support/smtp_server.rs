//! An SMTP server inside the test's process, which misbehaves as told.
//!
//! A script is asked at each step of each mail (`connect`, `ehlo`, `starttls`, `auth`, `mail`, `rcpt`, `data`, `dot`) and answers what to do
//! instead of the ordinary thing. It is given the recipient once known and how many times that step was reached for it.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The authority that signed the server's certificate for `localhost`.
pub(crate) const CA_PEM: &[u8] = include_bytes!("tls/ca.pem");

/// What to do instead of the ordinary thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Do {
    /// Answer this line.
    Say(&'static str),
    /// Answer this line and hang up.
    SayAndClose(&'static str),
    /// Hang up.
    Close,
    /// At the dot: keep the mail and hang up without an answer.
    StoreAndClose,
}

/// A step, the recipient when known, and how many times that pair was reached before.
pub(crate) type Script = dyn Fn(&str, &str, usize) -> Option<Do> + Send + Sync;

/// What the server saw.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Connections accepted.
    pub(crate) connections: usize,
    /// Command lines, of all connections, `tls:` before those that were encrypted.
    pub(crate) commands: Vec<String>,
    /// Mails kept: recipient and bytes, dots unstuffed.
    pub(crate) stored: Vec<(String, Vec<u8>)>,
    reached: HashMap<(String, String), usize>,
}

/// A server on a loopback port; it stops with the runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) log: Arc<Mutex<Log>>,
}

impl Server {
    /// Starts a server that announces `extensions`.
    pub(crate) async fn start(
        extensions: &'static [&'static str],
        script: impl Fn(&str, &str, usize) -> Option<Do> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let log = Arc::new(Mutex::new(Log::default()));
        let (shared, script): (_, Arc<Script>) = (Arc::clone(&log), Arc::new(script));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                shared.lock().expect("log").connections += 1;
                let mut session = Session { log: Arc::clone(&shared), script: Arc::clone(&script), extensions, encrypted: false };
                tokio::spawn(async move {
                    let Some(Upgrade(stream)) = session.talk(stream, true).await else { return };
                    let Ok(stream) = acceptor().accept(stream).await else { return };
                    session.encrypted = true;
                    session.talk(stream, false).await;
                });
            }
        });
        Self { address, log }
    }

    /// Returns the recipients of kept mails, sorted.
    pub(crate) fn recipients(&self) -> Vec<String> {
        let mut all: Vec<_> = self.log.lock().expect("log").stored.iter().map(|(to, _)| to.clone()).collect();
        all.sort();
        all
    }

    /// Counts command lines that begin with a word.
    pub(crate) fn count(&self, word: &str) -> usize {
        self.log.lock().expect("log").commands.iter().filter(|line| line.trim_start_matches("tls:").starts_with(word)).count()
    }
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key")).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a pair")))
}

/// The stream, given back for a TLS handshake.
struct Upgrade<S>(S);

struct Session {
    log: Arc<Mutex<Log>>,
    script: Arc<Script>,
    extensions: &'static [&'static str],
    encrypted: bool,
}

impl Session {
    fn told(&self, step: &str, recipient: &str) -> Option<Do> {
        let mut log = self.log.lock().expect("log");
        let times = log.reached.entry((step.to_owned(), recipient.to_owned())).or_default();
        *times += 1;
        (self.script)(step, recipient, *times - 1)
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&mut self, stream: S, greet: bool) -> Option<Upgrade<S>> {
        let mut stream = BufReader::new(stream);
        let mut recipient = String::new();
        if greet {
            self.answer(&mut stream, "connect", "", "220 test ESMTP").await?;
        }
        loop {
            let line = read_line(&mut stream).await?;
            self.log.lock().expect("log").commands.push(format!("{}{line}", if self.encrypted { "tls:" } else { "" }));
            let upper = line.to_ascii_uppercase();
            let verb = upper.split([' ', ':']).next().unwrap_or_default().to_owned();
            match verb.as_str() {
                "EHLO" => {
                    let mut lines: Vec<String> = self.extensions.iter().map(|extension| format!("250-{extension}")).collect();
                    if self.encrypted {
                        lines.retain(|line| line != "250-STARTTLS");
                    }
                    lines.insert(0, "250-test".to_owned());
                    lines.push("250 HELP".to_owned());
                    self.answer(&mut stream, "ehlo", "", &lines.join("\r\n")).await?;
                }
                "STARTTLS" => {
                    self.answer(&mut stream, "starttls", "", "220 go ahead").await?;
                    return Some(Upgrade(stream.into_inner()));
                }
                "AUTH" => {
                    self.answer(&mut stream, "auth", "", "235 2.7.0 welcome").await?;
                }
                "MAIL" => {
                    recipient.clear();
                    self.answer(&mut stream, "mail", "", "250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    recipient =
                        line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(to, _)| to.to_owned()).unwrap_or_default();
                    self.answer(&mut stream, "rcpt", &recipient, "250 2.1.5 ok").await?;
                }
                "DATA" => {
                    if self.answer(&mut stream, "data", &recipient, "354 go on").await? {
                        let bytes = read_message(&mut stream).await?;
                        let told = self.told("dot", &recipient);
                        if matches!(told, None | Some(Do::StoreAndClose)) {
                            self.log.lock().expect("log").stored.push((recipient.clone(), bytes));
                        }
                        act(&mut stream, told, "250 2.0.0 queued").await?;
                    }
                }
                "RSET" => {
                    self.answer(&mut stream, "rset", "", "250 2.0.0 ok").await?;
                }
                "QUIT" => return None,
                _ => {
                    act(&mut stream, None, "500 5.5.1 what").await?;
                }
            }
        }
    }

    /// Answers as told or ordinarily; true when ordinarily, `None` when the connection is over.
    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        step: &str,
        recipient: &str,
        ordinary: &str,
    ) -> Option<bool> {
        let told = self.told(step, recipient);
        act(stream, told, ordinary).await?;
        Some(told.is_none())
    }
}

async fn act<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufReader<S>, told: Option<Do>, ordinary: &str) -> Option<()> {
    let line = match told {
        None => ordinary,
        Some(Do::Say(line) | Do::SayAndClose(line)) => line,
        Some(Do::Close | Do::StoreAndClose) => return None,
    };
    stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.get_mut().flush().await.ok()?;
    (!matches!(told, Some(Do::SayAndClose(_)))).then_some(())
}

async fn read_line<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<String> {
    let mut line = String::new();
    let n_bytes = stream.read_line(&mut line).await.ok()?;
    (n_bytes > 0).then(|| line.trim_end().to_owned())
}

async fn read_message<S: AsyncRead + Unpin>(stream: &mut BufReader<S>) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        assert!(line.ends_with(b"\r\n"), "a bare line feed on the wire");
        if line == b".\r\n" {
            return Some(message);
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
