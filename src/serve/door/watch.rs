//! What surrounds every answer: how much a client may ask, how long it may take, a line of log without names, and health.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::client::client;
use super::{Door, Here};

/// Longest time for an answer, its body's arrival included.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// Longest time the ledger may take to answer that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);

/// `/healthz`: the process lives; `/readyz`: it can do its work.
pub(super) fn health() -> Router<Arc<Door>> {
    Router::new().route("/healthz", get(|| async { "ok\n" })).route("/readyz", get(ready))
}

async fn ready(here: Here) -> Response {
    match tokio::time::timeout(READY_WITHIN, here.ledger.is_reachable()).await {
        Ok(true) => "ready\n".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the ledger does not answer\n").into_response(),
    }
}

/// Bounds and logs one answer. The log has the form of the path, never a token or an address.
pub(super) async fn watched(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    // Providers unsubscribe many people from few addresses: only bad tokens count there.
    let is_free = route.ends_with("/healthz") || route.ends_with("/readyz") || (method == Method::POST && route.ends_with("/u/{token}"));
    let answer = if !is_free && !door.may_ask(&request) {
        door.too_many(request.headers())
    } else {
        match tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await {
            Ok(answer) => answer,
            Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
        }
    };
    let (status, ms) = (answer.status().as_u16(), started.elapsed().as_millis());
    tracing::info!(status, route, %method, %ms, "answered");
    answer
}

impl Door {
    fn may_ask(&self, request: &Request) -> bool {
        request.extensions().get::<ConnectInfo<SocketAddr>>().is_none_or(|peer| self.may_try(peer.0, request.headers()))
    }

    /// Takes one request of whoever asks; false when they asked too much.
    pub(super) fn may_try(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        self.limiter.takes(client(peer.ip(), headers, &self.trusted), Instant::now())
    }

    pub(super) fn too_many(&self, headers: &HeaderMap) -> Response {
        let page = self.page(self.lang(headers, None), "door-busy.html", serde_json::json!({}));
        (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], page).into_response()
    }
}
