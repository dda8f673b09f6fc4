//! `relance serve`: the studio, a page in the browser where mails are looked at while they are written.

mod files;
mod frame;
mod look;
mod pages;
mod parts;
mod people;
mod person;
mod send;
mod shop;
mod survey;
mod watch;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use relance::error::{Error, Kind, Result};
use relance::serve::Lang;
use relance::serve::guard::{Hosts, guarded};
use relance::serve::http::{Bounds, bind, serve};
use relance::serve::pages::{Pages, assets};
use serde_json::json;

use super::app::block_on;
use super::args::Globals;
use super::out::Out;
use super::send::stop_on_signals;
use shop::Bench;

/// The largest form that is read.
const MAX_BODY_BYTES: usize = 64 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where to listen; only this machine may look, so it is an address of the loopback.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4040")]
    listen: SocketAddr,
    /// Show it in the browser.
    #[arg(long)]
    open: bool,
}

/// What every page has at hand.
#[derive(Debug)]
struct Studio {
    bench: Bench,
    pages: Pages,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    if !args.listen.ip().is_loopback() {
        return Err(Error::new(Kind::Usage, format!("{} can be reached from other machines", args.listen))
            .help("the studio shows customers' data: listen on 127.0.0.1, and reach it from elsewhere by `ssh -L`"));
    }
    let pages = Pages::compile()?;
    let studio = Arc::new(Studio { bench: Bench::open(globals, out)?, pages });
    block_on(async {
        let listener = bind(args.listen).await?;
        let address = listener.local_addr().map_err(|error| Error::new(Kind::Io, "the socket has no address").caused_by(error))?;
        let url = format!("http://{address}/");
        if out.json {
            out.value(&json!({ "listening": url }));
        } else {
            out.data(format!("listening on {url}"));
            out.say("Pages follow the files as you save them. Stop with ctrl-c.");
        }
        if args.open
            && let Err(error) = open::that_detached(&url)
        {
            out.warn(format!("no browser could be started ({error}); open {url}"));
        }
        let end = stop_on_signals();
        tokio::spawn(watch::watch(studio.clone(), globals.project.clone(), end.clone()));
        let router = guarded(router(studio.clone()), Hosts::loopback([]), MAX_BODY_BYTES);
        let ended = end.clone();
        serve(listener, router, Bounds::default(), async move { ended.cancelled().await }).await;
        Ok(ExitCode::SUCCESS)
    })
}

fn router(studio: Arc<Studio>) -> Router {
    Router::new()
        .route("/", get(pages::home))
        .route("/c/{campaign}", get(pages::first))
        .route("/c/{campaign}/r/{id}", get(pages::person))
        .route("/c/{campaign}/r/{id}/mail", get(pages::mail))
        .route("/c/{campaign}/r/{id}/pair", get(pages::pair))
        .route("/c/{campaign}/r/{id}/send", post(send::send))
        .route("/c/{campaign}/people", get(people::people))
        .route("/c/{campaign}/sheet", get(people::sheet))
        .route("/c/{campaign}/random", get(people::random))
        .route("/c/{campaign}/worst/{kind}", get(people::worst))
        .route("/c/{campaign}/next/{reason}", get(people::next_skipped))
        .route("/find", post(people::find))
        .route("/changes", get(pages::changes))
        .route("/files/{*path}", get(files::file))
        .fallback(pages::nowhere)
        .with_state(studio)
        .merge(assets())
}

/// The language of a page: of its address, else the browser's.
fn lang(look: &look::Look, headers: &axum::http::HeaderMap) -> Lang {
    if look.lang.is_empty() { Lang::wanted(headers, Lang::En) } else { Lang::of_tag(&look.lang) }
}
