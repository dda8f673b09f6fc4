//! `/u/TOKEN`: no marketing any more, in one click (RFC 8058), and back again.

use std::net::SocketAddr;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::holder::Holder;
use super::{Door, Here};
use crate::ledger::Act;
use crate::message::token::Purpose;

/// What a mail program sends in the body (RFC 8058 section 3.1).
const ONE_CLICK: &[u8] = b"List-Unsubscribe=One-Click";

/// Shows a button; a program that follows the link changes nothing.
pub(super) async fn ask(here: Here, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(found) = here.holder(Purpose::Unsubscribe, &token).await else { return here.busy(&headers) };
    let Some(holder) = found else { return here.gone(&headers) };
    let Ok(is_done) = here.ledger.is_unsubscribed(&holder.recipient).await else { return here.busy(&headers) };
    let name = if is_done { "door-unsubscribed.html" } else { "door-unsubscribe.html" };
    here.page_of(&headers, name, &holder, &token)
}

/// Unsubscribes; the answer is given once it is in the ledger. Twice is once.
pub(super) async fn unsubscribe(
    here: Here,
    Path(token): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(found) = here.holder_only(Purpose::Unsubscribe, &token).await else { return here.busy(&headers) };
    let Some(holder) = found else {
        return if here.may_try(peer, &headers) { here.gone(&headers) } else { here.too_many(&headers) };
    };
    let act = Act::Unsubscribe { campaign: holder.campaign.clone(), recipient: holder.recipient.clone() };
    if !here.writer.write(act).await {
        return here.busy(&headers);
    }
    // A form may come as `multipart/form-data` too, which holds both words on lines of their own.
    let is_program = body.starts_with(ONE_CLICK) || body.windows(9).any(|word| word == b"One-Click");
    if is_program { "unsubscribed\n".into_response() } else { here.page_of(&headers, "door-unsubscribed.html", &holder, &token) }
}

/// Takes it back.
pub(super) async fn undo(here: Here, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(found) = here.holder(Purpose::Unsubscribe, &token).await else { return here.busy(&headers) };
    let Some(holder) = found else { return here.gone(&headers) };
    if !here.writer.write(Act::Resubscribe { recipient: holder.recipient.clone() }).await {
        return here.busy(&headers);
    }
    here.page_of(&headers, "door-resubscribed.html", &holder, &token)
}

impl Door {
    /// Writes a page about unsubscribing; the way to the preference centre is a token of its own.
    fn page_of(&self, headers: &HeaderMap, name: &str, holder: &Holder, token: &str) -> Response {
        let draft = holder.mail.as_ref().and_then(|mail| mail.draft.as_ref());
        let first_name = draft.and_then(|draft| draft.context.pointer("/recipient/first_name")).unwrap_or(&Value::Null);
        let preferences = self.keys.first().seal(Purpose::Preferences, &holder.campaign, &holder.recipient);
        self.page(self.lang(headers, draft), name, json!({ "token": token, "preferences": preferences, "first_name": first_name }))
    }
}
