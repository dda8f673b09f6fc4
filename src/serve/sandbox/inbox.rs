//! The pages of the inbox. They work by reloading; a script only makes them live.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;

use super::Shared;
use super::api::{find, in_background};
use super::chaos::Chaos;
use super::frame;
use super::mail::{Opened, open};
use super::store::{Kept, News};
use crate::clock::Timestamp;
use crate::serve::Lang;
use crate::serve::guard::is_own_page;

/// Mails of one page of the list.
const PAGE: usize = 50;
/// Bytes of a source that a page shows; the whole can be downloaded.
const SOURCE_BYTES_MAX: usize = 512 * 1024;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/", get(list))
        .route("/messages/{id}", get(show))
        .route("/messages/{id}/html", get(html))
        .route("/messages/{id}/parts/{n}", get(part))
        .route("/messages/{id}/download", get(download))
        .route("/messages/{id}/delete", post(delete))
        .route("/messages/{id}/release", post(release))
        .route("/empty", post(empty))
        .route("/chaos", post(chaos))
        .route("/events", get(events))
        .fallback(nothing)
}

/// What an address of the inbox may say after `?`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    query: String,
    before: Option<String>,
    part: Option<Tab>,
    images: bool,
    /// What was just done, to be said.
    done: Option<Done>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Tab {
    Html,
    Text,
    Headers,
    Source,
    Attachments,
}

#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Done {
    Deleted,
    Emptied,
    Released,
    Chaos,
}

/// What went wrong with what was asked, as a key of the words and what was said.
#[derive(Debug, Serialize)]
struct Wrong {
    key: &'static str,
    detail: String,
}

#[derive(Debug, Serialize)]
struct Line {
    id: String,
    from: String,
    to: String,
    subject: String,
    snippet: String,
    at: String,
    instant: String,
    n_attachments: usize,
    is_open: bool,
}

#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    subject: String,
    from: String,
    to: String,
    envelope_from: String,
    envelope_to: String,
    at: String,
    kib: usize,
    tab: Tab,
    tabs: Vec<Tab>,
    with_images: bool,
    wants_images: bool,
    text: String,
    headers: Vec<Header>,
    source: String,
    is_source_cut: bool,
    parts: Vec<File>,
    troubles: Vec<&'static str>,
    release_to: String,
}

#[derive(Debug, Serialize)]
struct Header {
    name: String,
    value: String,
}

#[derive(Debug, Serialize)]
struct File {
    n: usize,
    name: String,
    kind: String,
    kib: usize,
}

async fn list(State(shared): State<Arc<Shared>>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    page(shared, asked, headers, None, None).await
}

async fn show(State(shared): State<Arc<Shared>>, Path(id): Path<String>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    match find(&shared, &id).await {
        Some((kept, raw)) => {
            let mail = shown(&shared, &kept, &raw, &asked);
            page(shared, asked, headers, Some(mail), None).await
        }
        None => gone(&shared, &headers),
    }
}

/// Writes the page aside: mails that nobody looked at yet are read for it.
async fn page(shared: Arc<Shared>, asked: Asked, headers: HeaderMap, mail: Option<Shown>, wrong: Option<Wrong>) -> Response {
    let written = tokio::task::spawn_blocking(move || write(&shared, &asked, &headers, mail.as_ref(), wrong.as_ref())).await;
    written.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn write(shared: &Shared, asked: &Asked, headers: &HeaderMap, mail: Option<&Shown>, wrong: Option<&Wrong>) -> Response {
    let lang = Lang::wanted(headers, Lang::En);
    let found = shared.store.before(asked.before.as_deref(), &asked.query, PAGE + 1);
    let older = found.get(PAGE).and(found.get(PAGE - 1)).map(|kept| kept.id.clone());
    let lines: Vec<Line> = found.iter().take(PAGE).map(|kept| line(shared, kept, mail.map(|mail| mail.id.as_str()))).collect();
    let chaos = shared.weather().chaos;
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (n_kept, n_found) = (shared.store.len(), shared.store.count(&asked.query));
    let values = json!({
        "n_kept": n_kept,
        "kept_words": grouped(n_kept, lang),
        "n_found": n_found,
        "found_words": grouped(n_found, lang),
        "query": asked.query,
        "encoded": encoded(&asked.query),
        "lines": lines,
        "older": older,
        "is_first": asked.before.is_none(),
        "mail": mail,
        "chaos": chaos.to_string(),
        "is_calm": chaos == Chaos::default(),
        "may_release": shared.release.is_possible(),
        "smtp": shared.smtp.to_string(),
        "done": asked.done,
        "wrong": wrong,
    });
    (status, shared.pages.page(lang, "sandbox.html", &values)).into_response()
}

/// Writes a count with its thousands apart, as the language does.
fn grouped(n: usize, lang: Lang) -> String {
    let separator = match lang {
        Lang::En => ',',
        Lang::Fr => '\u{202f}',
    };
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

fn line(shared: &Shared, kept: &Kept, open: Option<&str>) -> Line {
    let summary = kept.summary();
    Line {
        id: kept.id.clone(),
        from: summary.from.clone(),
        to: if summary.to.is_empty() { kept.envelope_to.join(", ") } else { summary.to.join(", ") },
        subject: summary.subject.clone(),
        snippet: summary.snippet.clone(),
        at: words(shared, kept.received_at),
        instant: kept.received_at.to_string(),
        n_attachments: summary.n_attachments,
        is_open: open == Some(kept.id.as_str()),
    }
}

fn words(shared: &Shared, at: Timestamp) -> String {
    at.local(shared.zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

fn shown(shared: &Shared, kept: &Kept, raw: &[u8], asked: &Asked) -> Shown {
    let Opened { headers, text, html, parts, troubles } = open(raw);
    let mut tabs = Vec::new();
    tabs.extend(html.is_some().then_some(Tab::Html));
    tabs.extend(text.is_some().then_some(Tab::Text));
    tabs.extend([Tab::Headers, Tab::Source]);
    tabs.extend((!parts.is_empty()).then_some(Tab::Attachments));
    let tab = asked.part.filter(|tab| tabs.contains(tab)).unwrap_or(tabs[0]);
    let source = &raw[..raw.len().min(SOURCE_BYTES_MAX)];
    Shown {
        id: kept.id.clone(),
        subject: kept.summary().subject.clone(),
        from: kept.summary().from.clone(),
        to: kept.summary().to.join(", "),
        envelope_from: kept.envelope_from.clone(),
        envelope_to: kept.envelope_to.join(", "),
        at: words(shared, kept.received_at),
        kib: kept.bytes.div_ceil(1024),
        tab,
        wants_images: html.as_ref().is_some_and(|html| frame::wants_remote(&frame::with_pictures(html, &parts, shared.assets.as_ref()))),
        with_images: asked.images,
        tabs,
        text: text.unwrap_or_default(),
        headers: headers.into_iter().map(|(name, value)| Header { name, value }).collect(),
        source: if tab == Tab::Source { String::from_utf8_lossy(source).into_owned() } else { String::new() },
        is_source_cut: source.len() < raw.len(),
        parts: parts
            .into_iter()
            .enumerate()
            .map(|(n, part)| File { n, name: part.name, kind: part.kind, kib: part.bytes.len().div_ceil(1024) })
            .collect(),
        troubles,
        release_to: kept.envelope_to.first().cloned().unwrap_or_default(),
    }
}

/// The HTML of a mail for its frame.
async fn html(State(shared): State<Arc<Shared>>, Path(id): Path<String>, Query(asked): Query<Asked>) -> Response {
    let Some((_, raw)) = find(&shared, &id).await else { return StatusCode::NOT_FOUND.into_response() };
    let opened = open(&raw);
    let Some(html) = opened.html else { return StatusCode::NOT_FOUND.into_response() };
    let html = frame::with_base(&frame::with_pictures(&html, &opened.parts, shared.assets.as_ref()));
    let Ok(policy) = HeaderValue::from_str(&frame::policy(asked.images)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
}

async fn part(State(shared): State<Arc<Shared>>, Path((id, n)): Path<(String, usize)>) -> Response {
    let found = find(&shared, &id).await.and_then(|(_, raw)| open(&raw).parts.into_iter().nth(n));
    match found {
        Some(part) => file(&part.name, part.bytes),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn download(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    match find(&shared, &id).await {
        Some((kept, raw)) => file(&format!("{}.eml", kept.id), raw),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Answers with a file to be kept, never shown: whatever it says it is, a browser sees bytes (RFC 6266, RFC 8187).
fn file(name: &str, bytes: Vec<u8>) -> Response {
    let ascii: String = name.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).collect();
    let encoded = encoded(name);
    let disposition = format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}");
    let Ok(disposition) = HeaderValue::from_str(&disposition) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let kind = HeaderValue::from_static("application/octet-stream");
    let policy = HeaderValue::from_static("sandbox; default-src 'none'");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition), (header::CONTENT_SECURITY_POLICY, policy)], bytes)
        .into_response()
}

/// Writes a text so that it can stand in a URL (RFC 3986 section 2.1).
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&crate::id::hex(&[byte]).to_ascii_uppercase());
        }
    }
    out
}

async fn delete(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if !is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match in_background(&shared, move |shared| shared.store.delete(&id)).await {
        Ok(true) => Redirect::to("/?done=deleted").into_response(),
        Ok(false) => gone(&shared, &headers),
        Err(error) => {
            let wrong = Wrong { key: "sandbox-not-deleted", detail: error.to_string() };
            page(shared, Asked::default(), headers, None, Some(wrong)).await
        }
    }
}

async fn empty(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if !is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match in_background(&shared, |shared| shared.store.empty()).await {
        Ok(_) => Redirect::to("/?done=emptied").into_response(),
        Err(error) => {
            let wrong = Wrong { key: "sandbox-not-deleted", detail: error.to_string() };
            page(shared, Asked::default(), headers, None, Some(wrong)).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct ReleaseForm {
    to: String,
}

async fn release(State(shared): State<Arc<Shared>>, Path(id): Path<String>, headers: HeaderMap, Form(form): Form<ReleaseForm>) -> Response {
    if !is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let Some((kept, raw)) = find(&shared, &id).await else { return gone(&shared, &headers) };
    match shared.release.release(&kept, raw.clone(), form.to.trim()).await {
        Ok(_) => Redirect::to(&format!("/messages/{id}?done=released")).into_response(),
        Err(error) => {
            let asked = Asked::default();
            let mail = shown(&shared, &kept, &raw, &asked);
            page(shared, asked, headers, Some(mail), Some(Wrong { key: "sandbox-not-released", detail: error.to_string() })).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct ChaosForm {
    chaos: String,
}

async fn chaos(State(shared): State<Arc<Shared>>, headers: HeaderMap, Form(form): Form<ChaosForm>) -> Response {
    if !is_own_page(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match form.chaos.parse::<Chaos>() {
        Ok(chaos) => {
            shared.weather().chaos = chaos;
            Redirect::to("/?done=chaos").into_response()
        }
        Err(error) => {
            let wrong = Wrong { key: "sandbox-no-chaos", detail: error.to_string() };
            page(shared, Asked::default(), headers, None, Some(wrong)).await
        }
    }
}

/// Tells what arrives and what goes, as it happens.
async fn events(State(shared): State<Arc<Shared>>) -> Response {
    let (news, end) = (shared.store.news.subscribe(), shared.end.clone());
    let stream = futures_util::stream::unfold((news, end), |(mut news, end)| async move {
        let told = tokio::select! {
            () = end.cancelled() => return None,
            told = news.recv() => told,
        };
        let event = match told {
            Ok(News::Arrived(id)) => Event::default().event("arrived").data(id),
            Ok(News::Deleted(id)) => Event::default().event("deleted").data(id),
            // Whoever reads slowly is told to look anew.
            Ok(News::Emptied) | Err(RecvError::Lagged(_)) => Event::default().event("changed").data(""),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok::<_, Infallible>(event), (news, end)))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(20))).into_response()
}

async fn nothing(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    message(&shared, &headers, "no-such-page")
}

fn gone(shared: &Shared, headers: &HeaderMap) -> Response {
    message(shared, headers, "sandbox-gone")
}

fn message(shared: &Shared, headers: &HeaderMap, key: &str) -> Response {
    let lang = Lang::wanted(headers, Lang::En);
    (StatusCode::NOT_FOUND, shared.pages.page(lang, "message.html", &json!({ "key": key }))).into_response()
}
