//! `relance serve --public` over a project, and a client that says exactly what it is told.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use relance::message::token::Key;

/// A running server; killed on drop.
pub(crate) struct Door {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Door {
    /// Starts the program and waits for its line; the log goes to the test's own.
    pub(crate) fn open(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix('/'));
        let address = address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("it does not listen: `{line}`"));
        Self { child, address }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "").expect("an answer")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", body).expect("an answer")
    }

    /// Sends one request; an error when the server does not answer it whole.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<Answer> {
        ask(self.address, method, path, headers, body)
    }

    /// Asks for a graceful end and returns the exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Sends one request over a connection of its own.
pub(crate) fn ask(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let n_bytes = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: mail.shop.example\r\nConnection: close\r\nContent-Length: {n_bytes}\r\n{headers}\r\n");
    stream.write_all(format!("{head}{body}").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    Ok(Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() })
}

/// The key of a project that made its own.
pub(crate) fn key(project: &Path) -> Key {
    let text = std::fs::read_to_string(project.join(".relance/key")).expect("the project has made its key");
    Key::new("k1", text.trim().as_bytes().to_vec()).expect("a good key")
}
