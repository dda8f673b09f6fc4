//! "Send test": one mail to somebody of `test_addresses`, marked, and recorded nowhere.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use relance::error::{Error, Kind};
use relance::serve::guard::is_own_page;
use serde::Deserialize;
use serde_json::json;

use super::look::Look;
use super::pages::{address, refused, work};
use super::person::Seen;
use super::{Studio, lang};
use crate::cli::mailer::Mailer;
use crate::cli::try_out;

/// The form.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    to: String,
}

pub(super) async fn send(
    State(studio): State<Arc<Studio>>,
    Path((campaign, id)): Path<(String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Response {
    if !is_own_page(&headers) {
        return (StatusCode::FORBIDDEN, "only a page of the studio may send\n").into_response();
    }
    let (asked, back) = (look.clone(), address(&campaign, &id, &look.with(|_| {})));
    let sent = work(&studio, move |studio| {
        let shop = studio.bench.shop(Some(&asked.now))?;
        let draft = Seen::of(&shop, &campaign, &id, &asked)?.draft.ok_or_else(|| Error::new(Kind::Usage, "there is no mail to send"))?;
        let mailer = Mailer::open(&shop.app, &shop.app.rules()?)?;
        try_out::send_to_tester(&shop.app, &wanted.to, draft, mailer)
    });
    match sent.await {
        Ok(server) => studio.pages.page(lang(&look, &headers), "studio-sent.html", &json!({ "server": server, "back": back })),
        Err(error) => refused(&studio, lang(&look, &headers), &error),
    }
}
