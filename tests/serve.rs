//! The web server: who is answered, what every answer carries, what slow clients hold, and how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use relance::serve::guard::{Hosts, guarded};
use relance::serve::http::{Bounds, bind, serve};
use relance::serve::pages::assets;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

async fn started(router: Router, bounds: Bounds) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (end, ended) = oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, router, bounds, async move { _ = ended.await }));
    (address, end, server)
}

/// Sends the bytes of a request that asks to close, and returns the whole answer.
async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn small() -> Router {
    let client = |ConnectInfo(client): ConnectInfo<SocketAddr>| async move { client.ip().to_string() };
    let router = Router::new().route("/", get(client)).route("/", post(|body: String| async move { body })).merge(assets());
    guarded(router, Hosts::loopback([]), 1000)
}

#[tokio::test]
async fn only_known_names_are_answered_and_every_answer_is_sealed() {
    let (address, _end, _server) = started(small(), Bounds::default()).await;
    let known = ask(address, "GET / HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n").await;
    assert!(known.starts_with("HTTP/1.1 200") && known.ends_with("127.0.0.1"), "{known}");
    for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff", "referrer-policy: no-referrer"] {
        assert!(known.contains(header), "{header} is missing from {known}");
    }
    let unknown = ask(address, "GET / HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n").await;
    assert!(unknown.starts_with("HTTP/1.1 421") && !unknown.contains("127.0.0.1"), "{unknown}");
    let nameless = ask(address, "GET / HTTP/1.0\r\n\r\n").await;
    assert!(nameless.starts_with("HTTP/1.0 421"), "{nameless}");
}

#[tokio::test]
async fn bodies_and_heads_are_bounded_and_paths_stay_inside() {
    let (address, _end, _server) = started(small(), Bounds::default()).await;
    let body = "x".repeat(1001);
    let large =
        ask(address, &format!("POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 1001\r\n\r\n{body}")).await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    let head = ask(address, &format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(200_000))).await;
    assert!(head.is_empty() || head.starts_with("HTTP/1.1 431"), "{}", &head[..head.len().min(200)]);
    let style = ask(address, "GET /assets/style.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(style.starts_with("HTTP/1.1 200") && style.contains("text/css") && style.contains("--ink"), "{style}");
    for path in ["/assets/../style.css", "/assets/%2e%2e%2fCargo.toml", "/assets/..%2f..%2flib.rs", "/assets/shell.html", "/assets/"] {
        let answer = ask(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_let_go() {
    let (address, _end, _server) = started(small(), Bounds { connections: 1, head: Duration::from_millis(200), ..Bounds::default() }).await;
    let mut slow = TcpStream::connect(address).await.expect("it listens");
    slow.write_all(b"GET / HTTP/1.1\r\nHost: local").await.expect("it reads");
    // The only seat is taken: this one is answered once the slow client has lost it.
    let answer = ask(address, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let mut rest = Vec::new();
    _ = slow.read_to_end(&mut rest).await;
    assert!(!rest.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_under_way_is_finished_before_the_end() {
    let (asked, go) = (std::sync::Arc::new(Notify::new()), std::sync::Arc::new(Notify::new()));
    let handler = {
        let (asked, go) = (asked.clone(), go.clone());
        move || async move {
            asked.notify_one();
            go.notified().await;
            "finished"
        }
    };
    let (address, end, server) = started(Router::new().route("/", get(handler)), Bounds::default()).await;
    let answer = tokio::spawn(async move { ask(address, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await });
    asked.notified().await;
    end.send(()).expect("it runs");
    go.notify_one();
    assert!(answer.await.expect("no panic").ends_with("finished"));
    server.await.expect("no panic");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
