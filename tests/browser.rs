//! The pages of the web server in a real browser: what they show, what they do, and that everybody can use them.

#[path = "support/browser.rs"]
mod browser;

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
