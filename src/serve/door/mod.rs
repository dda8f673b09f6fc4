//! The door: pages that recipients reach by the links of their mails, and nothing else of the project.
//!
//! A link carries all the right there is: its token names one person and one purpose, and says neither to whoever looks at it. `GET`
//! shows and changes nothing, so that programs that follow links do no harm; `POST` writes, and answers once it is durable. Whatever is
//! wrong with a link, the answer is the same page.

mod answer;
mod click;
mod client;
mod holder;
mod preferences;
mod rate;
mod unsubscribe;
mod view;
mod watch;
mod why;
mod writer;

pub use client::Network;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use self::rate::Limiter;
use self::writer::Writer;
use super::Lang;
use super::guard::{Hosts, guarded};
use super::pages::{Pages, assets};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ledger::Ledger;
use crate::message::token::Keyring;
use crate::plan::Draft;
use crate::project::Project;
use crate::project::checked::Rate;

/// Largest body that is read; forms of these pages have a few hundred bytes.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Writes the HTML of a mail as it was sent.
pub type View = Arc<dyn Fn(Draft) -> Result<String, String> + Send + Sync>;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the door opens on.
pub struct Setup {
    /// The project.
    pub project: Project,
    /// Keys of tokens.
    pub keys: Keyring,
    /// Where it is written.
    pub ledger: Ledger,
    /// Makes mails again.
    pub view: View,
    /// Proxies that are believed when they say for whom they ask.
    pub trusted: Vec<Network>,
    /// The time.
    pub clock: Clock,
}

/// The door, open.
struct Door {
    project: Project,
    base: String,
    keys: Keyring,
    ledger: Ledger,
    writer: Writer,
    pages: Pages,
    campaigns: holder::Campaigns,
    limiter: Limiter,
    trusted: Vec<Network>,
    clock: Clock,
    view: View,
}

/// Returns the routes, guarded; must be called within a runtime, which keeps the writer.
///
/// # Errors
/// Those of the ledger, and of pages that do not compile.
pub async fn router(setup: Setup) -> Result<Router> {
    let Setup { project, keys, ledger, view, trusted, clock } = setup;
    let public = project.config.public.clone().unwrap_or_default();
    let rate = public.rate.as_ref().and_then(|rate| Rate::parse(rate.get_ref())).unwrap_or(Limiter::USUAL);
    let door = Arc::new(Door {
        base: public.base(),
        campaigns: holder::Campaigns::of(&project, &ledger).await?,
        writer: Writer::start(ledger.clone(), clock.clone()),
        pages: Pages::compile()?,
        limiter: Limiter::new(rate),
        project,
        keys,
        ledger,
        trusted,
        clock,
        view,
    });
    let pages = Router::new()
        .route("/u/{token}", get(unsubscribe::ask).post(unsubscribe::unsubscribe))
        .route("/u/{token}/undo", post(unsubscribe::undo))
        .route("/p/{token}", get(preferences::show).post(preferences::save))
        .route("/p/{token}/export", post(preferences::export))
        .route("/q/{token}", get(answer::show).post(answer::answer))
        .route("/v/{token}", get(view::show))
        .route("/c/{token}", get(click::follow))
        .merge(assets())
        .merge(watch::health());
    let base = door.base.clone();
    let all = if base.is_empty() { pages } else { Router::new().nest(&base, pages).merge(watch::health()) };
    let all = all.fallback(nothing).layer(axum::middleware::from_fn_with_state(door.clone(), watch::watched)).with_state(door);
    Ok(guarded(all, Hosts::any(), BODY_BYTES_MAX))
}

type Here = axum::extract::State<Arc<Door>>;

async fn nothing(here: Here, headers: HeaderMap) -> Response {
    here.gone(&headers)
}

impl Door {
    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The language of a reader: what their browser asks for, else that of their mail, else that of the project.
    fn lang(&self, headers: &HeaderMap, draft: Option<&Draft>) -> Lang {
        let usual = draft.map_or(self.project.locale.as_str(), |draft| draft.locale.as_str());
        Lang::wanted(headers, Lang::of_tag(usual))
    }

    /// Writes a page; `values` is a map.
    fn page(&self, lang: Lang, name: &str, mut values: Value) -> Response {
        let sender = &self.project.config.sender;
        values["base"] = self.base.clone().into();
        values["shop"] =
            json!({ "name": sender.name, "postal_address": sender.postal_address, "home": self.project.config.links.home.get_ref() });
        self.pages.page(lang, name, &values)
    }

    /// The answer to a link that does not work, whatever is wrong with it.
    fn gone(&self, headers: &HeaderMap) -> Response {
        (StatusCode::NOT_FOUND, self.page(self.lang(headers, None), "door-gone.html", json!({}))).into_response()
    }

    /// The answer when nothing could be written: nothing is acknowledged.
    fn busy(&self, headers: &HeaderMap) -> Response {
        let page = self.page(self.lang(headers, None), "door-busy.html", json!({}));
        (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "30")], page).into_response()
    }
}
