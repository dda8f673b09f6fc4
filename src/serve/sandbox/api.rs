//! The JSON of the sandbox, for tests and scripts. `docs/sandbox.md` tells each answer, `docs/schemas/sandbox.json` its form.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::chaos::Chaos;
use super::mail::open;
use super::store::{Kept, Store};
use crate::error::{Error, Kind};
use crate::serve::guard::is_own_page;

/// Messages of one answer, usually and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/api/messages", get(list).delete(empty))
        .route("/api/messages/{id}", get(show).delete(delete))
        .route("/api/messages/{id}/raw", get(raw))
        .route("/api/messages/{id}/release", post(release))
        .route("/api/chaos", get(weather).post(change))
        .route("/api/{*rest}", axum::routing::any(|| async { not_found("there is no such address in the API") }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    query: String,
    after: String,
    limit: usize,
}

impl Default for Asked {
    fn default() -> Self {
        Self { query: String::new(), after: String::new(), limit: LIMIT }
    }
}

async fn list(State(shared): State<Arc<Shared>>, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let Query(asked) = match asked {
        Ok(asked) => asked,
        Err(wrong) => {
            return usage(&format!("the query cannot be read: {}", wrong.body_text()), "`query`, `after` and `limit` may be given");
        }
    };
    match in_background(&shared, move |shared| Ok(listed(&shared.store, &asked))).await {
        Ok(listed) => answer(StatusCode::OK, &listed),
        Err(wrong) => error(StatusCode::INTERNAL_SERVER_ERROR, &wrong),
    }
}

/// Lists mails; those that nobody looked at yet are read.
fn listed(store: &Store, asked: &Asked) -> Value {
    let limit = asked.limit.clamp(1, LIMIT_MAX);
    let found = store.after(&asked.after, &asked.query, limit);
    // Only a full answer may have more behind it.
    let next = if found.len() == limit { found.last().map(|kept| kept.id.clone()) } else { None };
    let messages: Vec<Value> = found.iter().map(|kept| summary(kept)).collect();
    json!({ "messages": messages, "found": store.count(&asked.query), "kept": store.len(), "next": next })
}

async fn show(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let Some((kept, raw)) = find(&shared, &id).await else { return no_mail(&id) };
    let opened = open(&raw);
    let attachments: Vec<Value> = opened
        .parts
        .iter()
        .enumerate()
        .map(|(n, part)| json!({ "n": n, "name": part.name, "type": part.kind, "content_id": part.content_id, "bytes": part.bytes.len() }))
        .collect();
    let mut value = summary(&kept);
    value["headers"] = opened.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    value["text"] = opened.text.into();
    value["html"] = opened.html.into();
    value["attachments"] = attachments.into();
    value["troubles"] = json!(opened.troubles);
    answer(StatusCode::OK, &json!({ "message": value }))
}

async fn raw(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    match find(&shared, &id).await {
        Some((_, raw)) => ([(header::CONTENT_TYPE, "message/rfc822"), (header::CONTENT_DISPOSITION, "attachment")], raw).into_response(),
        None => no_mail(&id),
    }
}

async fn delete(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if !is_own_page(&headers) {
        return foreign();
    }
    match in_background(&shared, move |shared| shared.store.delete(&id).map(|deleted| (deleted, id))).await {
        Ok((true, _)) => answer(StatusCode::OK, &json!({ "deleted": 1 })),
        Ok((false, id)) => no_mail(&id),
        Err(wrong) => error(StatusCode::INTERNAL_SERVER_ERROR, &wrong),
    }
}

async fn empty(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !is_own_page(&headers) {
        return foreign();
    }
    match in_background(&shared, |shared| shared.store.empty()).await {
        Ok(n) => answer(StatusCode::OK, &json!({ "deleted": n })),
        Err(wrong) => error(StatusCode::INTERNAL_SERVER_ERROR, &wrong),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    to: Option<String>,
}

async fn release(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap, body: String) -> Response {
    if !is_own_page(&headers) {
        return foreign();
    }
    let wanted: Wanted = match serde_json::from_str(if body.trim().is_empty() { "{}" } else { &body }) {
        Ok(wanted) => wanted,
        Err(wrong) => return usage(&format!("the body cannot be read: {wrong}"), "send {\"to\": \"ana@shop.example\"}"),
    };
    let Some((kept, raw)) = find(&shared, &id).await else { return no_mail(&id) };
    let to = wanted.to.or_else(|| kept.envelope_to.first().cloned()).unwrap_or_default();
    match shared.release.release(&kept, raw, &to).await {
        Ok(reply) => answer(StatusCode::OK, &json!({ "released_to": to, "reply": reply })),
        Err(wrong) if wrong.kind() == Kind::Usage => error(StatusCode::UNPROCESSABLE_ENTITY, &wrong),
        Err(wrong) => error(StatusCode::BAD_GATEWAY, &wrong),
    }
}

async fn weather(State(shared): State<Arc<Shared>>) -> Response {
    let chaos = shared.weather().chaos;
    answer(StatusCode::OK, &json!({ "chaos": chaos.to_string() }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    chaos: String,
}

async fn change(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    if !is_own_page(&headers) {
        return foreign();
    }
    let change: Change = match serde_json::from_str(&body) {
        Ok(change) => change,
        Err(wrong) => return usage(&format!("the body cannot be read: {wrong}"), "send {\"chaos\": \"greylist=10%,slow=1s\"}"),
    };
    match change.chaos.parse::<Chaos>() {
        Ok(chaos) => {
            shared.weather().chaos = chaos;
            answer(StatusCode::OK, &json!({ "chaos": chaos.to_string() }))
        }
        Err(wrong) => error(StatusCode::UNPROCESSABLE_ENTITY, &wrong),
    }
}

/// Reads a kept mail; `None` when there is none of this id, or its file was taken away.
pub(super) async fn find(shared: &Arc<Shared>, id: &str) -> Option<(Arc<Kept>, Vec<u8>)> {
    let kept = shared.store.get(id)?;
    let found = Arc::clone(&kept);
    let raw = tokio::task::spawn_blocking(move || found.raw()).await.ok()??;
    Some((kept, raw))
}

/// Does what waits for the disk where it keeps nobody else waiting.
pub(super) async fn in_background<T: Send + 'static>(
    shared: &Arc<Shared>,
    work: impl FnOnce(&Shared) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let shared = Arc::clone(shared);
    let done = tokio::task::spawn_blocking(move || work(&shared)).await;
    done.unwrap_or_else(|error| Err(Error::new(Kind::Io, "the sandbox is ending").caused_by(error)))
}

fn summary(kept: &Kept) -> Value {
    let shown = kept.summary();
    json!({
        "id": kept.id,
        "received_at": kept.received_at.to_string(),
        "bytes": kept.bytes,
        "from": shown.from,
        "to": shown.to,
        "subject": shown.subject,
        "snippet": shown.snippet,
        "n_attachments": shown.n_attachments,
        "envelope": { "from": kept.envelope_from, "to": kept.envelope_to },
    })
}

fn answer(status: StatusCode, value: &Value) -> Response {
    let mut framed = serde_json::Map::new();
    framed.insert("schema".to_owned(), 1.into());
    framed.extend(value.as_object().cloned().unwrap_or_default());
    (status, axum::Json(Value::Object(framed))).into_response()
}

fn error(status: StatusCode, error: &Error) -> Response {
    let kind = match error.kind() {
        Kind::Usage => "usage",
        Kind::Unavailable => "unavailable",
        _ => "io",
    };
    answer(
        status,
        &json!({ "error": error.to_string(), "kind": kind, "details": error.details(), "help": error.help_text(), "diagnostics": [] }),
    )
}

fn usage(message: &str, help: &str) -> Response {
    error(StatusCode::BAD_REQUEST, &Error::new(Kind::Usage, message).help(help))
}

fn not_found(message: &str) -> Response {
    error(StatusCode::NOT_FOUND, &Error::new(Kind::Usage, message).help("see `GET /api/messages`"))
}

fn no_mail(id: &str) -> Response {
    not_found(&format!("there is no mail `{}`", crate::ledger::printable(id)))
}

fn foreign() -> Response {
    error(StatusCode::FORBIDDEN, &Error::new(Kind::Usage, "a page of elsewhere may not change anything here"))
}
