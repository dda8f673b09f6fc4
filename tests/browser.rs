//! The pages of the web server in a real browser: what they show, what they do, and that everybody can use them.

#[path = "support/browser.rs"]
mod browser;
#[path = "support/catcher.rs"]
mod catcher;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;
use relance::serve::Lang;
use relance::serve::guard::{Hosts, guarded};
use relance::serve::http::{Bounds, bind, serve};
use relance::serve::pages::{Pages, assets};

use browser::browse;
use catcher::{Client, Running, settings};

#[tokio::test(flavor = "multi_thread")]
async fn the_frame_of_every_page_suits_every_screen_and_reader() {
    let pages = Arc::new(Pages::compile().expect("the pages compile"));
    let page = move |headers: HeaderMap| async move {
        pages.page(Lang::wanted(&headers, Lang::En), "message.html", &serde_json::json!({ "key": "no-such-page" }))
    };
    let router = guarded(Router::new().route("/", get(page)).merge(assets()), Hosts::loopback([]), 1000);
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let server = tokio::spawn(serve(listener, router, Bounds::default(), std::future::pending()));
    tokio::task::spawn_blocking(move || browse("shell", &url, 16)).await.expect("no failure");
    server.abort();
}

/// A mail with all that a page of it can show, and a script that must not run.
const RICH: &str = "From: Shop <shop@shop.example>\r\nTo: Ana <ana@post.example>\r\nDate: Thu, 5 Mar 2026 09:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n\
    Subject: =?utf-8?q?=C3=89t=C3=A9_=3A_soldes?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n\
    --m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
    --a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nIn the rain: a raincoat.\r\n\
    --a\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<!doctype html><html lang=\"en\"><head><title>Sale</title></head><body><h2>Raincoats</h2>\r\n\
    <script>document.querySelector('h2').dataset.run = 'yes'</script><img id=\"inline\" alt=\"\" src=\"cid:dot\">\r\n\
    <img id=\"remote\" alt=\"\" src=\"https://elsewhere.example/a.png\"><p>In the rain, <a href=\"https://shop.example/\">see them</a>.</p></body></html>\r\n\
    --a--\r\n--r\r\nContent-Type: image/gif\r\nContent-ID: <dot>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n\
    R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\r\n--r--\r\n\
    --m\r\nContent-Type: application/pdf; name=\"bill.pdf\"\r\nContent-Disposition: attachment; filename=\"bill.pdf\"\r\n\r\nx\r\n--m--";

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_of_the_sandbox_shows_mails_as_they_come() {
    let folder = tempfile::tempdir().expect("a folder");
    let running = Running::start(settings(folder.path())).await;
    let mut client = Client::connect(running.smtp).await;
    assert_eq!(client.together(&["EHLO x"]).await, ["250"]);
    let odd = "From: \"<script>\" <x@evil.example>\r\nSubject: <img src=x onerror=alert(1)>\r\n\r\nodd";
    for mail in ["Subject: First\r\n\r\nOne", RICH, odd] {
        assert_eq!(client.mail("ana@post.example", mail.as_bytes()).await, "250");
    }
    let url = format!("http://{}/?smtp={}", running.web, running.smtp.port());
    tokio::task::spawn_blocking(move || browse("sandbox", &url, 43)).await.expect("no failure");
    running.end().await;
}
