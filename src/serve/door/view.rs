//! `/v/TOKEN`: the mail as a page, made again from the decision that was stored.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse as _, Response};

use super::Here;
use crate::message::token::Purpose;

/// What the mail may do: show pictures and its own style, and be followed. No script, no form, no frame, no origin.
const POLICY: &str = "default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline' https:; font-src https:; form-action 'none'; \
                      frame-ancestors 'none'; base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox \
                      allow-top-navigation-by-user-activation";

/// Shows the mail.
pub(super) async fn show(here: Here, Path(token): Path<String>, headers: HeaderMap) -> Response {
    let Ok(found) = here.mail(Purpose::View, "", &token).await else { return here.busy(&headers) };
    let Some(draft) = found.and_then(|mail| mail.draft) else { return here.gone(&headers) };
    let view = Arc::clone(&here.view);
    let made = tokio::task::spawn_blocking(move || view(draft)).await;
    match made {
        Ok(Ok(html)) => ([(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY))], Html(html)).into_response(),
        Ok(Err(why)) => {
            tracing::warn!(why, "a mail cannot be made again");
            here.gone(&headers)
        }
        Err(_) => here.gone(&headers),
    }
}
