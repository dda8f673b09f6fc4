//! A sandbox in this process, and conversations with it byte by byte.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::path::Path;

use relance::serve::sandbox::{Chaos, Release, Sandbox, Settings};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A sandbox that runs until it is ended.
pub(crate) struct Running {
    pub(crate) smtp: SocketAddr,
    pub(crate) web: SocketAddr,
    end: CancellationToken,
    task: JoinHandle<()>,
}

/// Ports that are free, nothing wrong, nobody to release to.
pub(crate) fn settings(folder: &Path) -> Settings {
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        smtp: free,
        listen: Some(free),
        folder: folder.to_owned(),
        keep: None,
        chaos: Chaos::default(),
        release: Release::default(),
        names: Vec::new(),
        zone: chrono_tz::UTC,
        assets: None,
    }
}

impl Running {
    pub(crate) async fn start(settings: Settings) -> Self {
        let sandbox = Sandbox::open(settings).await.expect("it opens");
        let (smtp, web) = (sandbox.smtp_address(), sandbox.inbox_address().expect("an inbox"));
        let end = CancellationToken::new();
        let task = tokio::spawn(sandbox.run(end.clone()));
        Self { smtp, web, end, task }
    }

    pub(crate) async fn end(self) {
        self.end.cancel();
        self.task.await.expect("no panic");
    }

    /// Sends the bytes of a request and returns the whole answer.
    pub(crate) async fn ask(&self, method: &str, path: &str, more: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.web).await.expect("it listens");
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}Content-Length: {}\r\n\r\n", self.web, body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.expect("it answers");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Asks the JSON API; returns the status and the value.
    pub(crate) async fn api(&self, method: &str, path: &str, body: &str) -> (u16, serde_json::Value) {
        let answer = self.ask(method, path, "", body).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}")))
    }
}

/// A client that says what it is told.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    /// Connects and reads the greeting.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let mut client = Self { stream: BufReader::new(TcpStream::connect(address).await.expect("it listens")) };
        assert_eq!(client.hear().await, "220");
        client
    }

    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).await.expect("it reads");
    }

    /// Reads one answer and returns its code; empty when the connection is over.
    pub(crate) async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return String::new();
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return line[..3].to_owned();
            }
        }
    }

    /// Says lines together and returns the code of each answer.
    pub(crate) async fn together(&mut self, lines: &[&str]) -> Vec<String> {
        self.say(format!("{}\r\n", lines.join("\r\n")).as_bytes()).await;
        let mut codes = Vec::new();
        for _ in lines {
            codes.push(self.hear().await);
        }
        codes
    }

    /// Sends a mail as it is, its final dot aside; returns the code of the last answer.
    pub(crate) async fn mail(&mut self, to: &str, mail: &[u8]) -> String {
        let codes = self.together(&["MAIL FROM:<shop@shop.example>", &format!("RCPT TO:<{to}>"), "DATA"]).await;
        if codes != ["250", "250", "354"] {
            return codes.into_iter().find(|code| !code.starts_with('2')).unwrap_or_default();
        }
        self.say(mail).await;
        self.say(b"\r\n.\r\n").await;
        self.hear().await
    }
}
