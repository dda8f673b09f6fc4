//! `relance serve`: the studio, a page in the browser where mails are looked at while they are written.

mod desk;
mod files;
mod frame;
mod inputs;
mod look;
mod pages;
mod parts;
mod people;
mod person;
mod plan;
mod send;
mod shop;
mod survey;
mod watch;

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
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
    /// Where to listen: 127.0.0.1:4040, or with `--public` 127.0.0.1:8080, when absent; port 0 takes any that is free. Only this machine
    /// may look at mails, which is an address of the loopback.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<SocketAddr>,
    /// Show it in the browser.
    #[arg(long, conflicts_with = "public")]
    open: bool,
    /// The pages that recipients reach by the links of their mails, and nothing else.
    #[arg(long)]
    pub(super) public: bool,
    /// A proxy, or a network of them, that is believed about whom it asks for (X-Forwarded-For).
    #[arg(long, value_name = "ADDRESS[/BITS]", requires = "public")]
    pub(super) trust_proxy: Vec<String>,
}

/// Where the studio listens when nothing is said.
const USUAL: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 4040));

/// What every page has at hand.
#[derive(Debug)]
struct Studio {
    bench: Bench,
    pages: Pages,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let listen = args.listen.unwrap_or(USUAL);
    if !listen.ip().is_loopback() {
        return Err(Error::new(Kind::Usage, format!("{listen} can be reached from other machines"))
            .help("the studio shows customers' data: listen on 127.0.0.1, and reach it from elsewhere by `ssh -L`"));
    }
    let pages = Pages::compile()?;
    let before = watch::Print::of(&globals.project);
    let studio = Arc::new(Studio { bench: Bench::open(globals, out)?, pages });
    block_on(async {
        let listener = bind(listen).await?;
        let address = listener.local_addr().map_err(|error| Error::new(Kind::Io, "the socket has no address").caused_by(error))?;
        let url = format!("http://{address}/");
        let end = stop_on_signals();
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
        tokio::spawn(watch::watch(studio.clone(), globals.project.clone(), before, end.clone()));
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
        .route("/plan/{campaign}", get(plan::plan))
        .route("/plan/{campaign}/state", get(plan::plan_state))
        .route("/plan/{campaign}/again", post(plan::plan_again))
        .route("/report", get(plan::report))
        .route("/report/state", get(plan::report_state))
        .route("/report/again", post(plan::report_again))
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
