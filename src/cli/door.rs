//! `relance serve --public`: the pages that recipients reach by the links of their mails.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use relance::clock::{Span, Timestamp};
use relance::error::{Error, Kind, Result};
use relance::serve::door::{self, Network, Setup};
use relance::serve::http::{Bounds, bind, serve};
use serde_json::json;

use super::app::{App, block_on};
use super::args::Globals;
use super::mailer::Mailer;
use super::out::Out;
use super::secrets;
use super::send::stop_on_signals;
use super::studio::Args;

/// Where the door listens when nothing is said.
const USUAL: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 8080));

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let trusted = args.trust_proxy.iter().map(|text| Network::parse(text)).collect::<Result<Vec<_>>>()?;
    let mailer = Mailer::open(&app, &app.rules()?)?;
    let keys = secrets::keys(&app.project)?;
    let (from, started) = (app.now.at, Instant::now());
    let clock = move || -> Timestamp { from.plus(Span(i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX))) };
    block_on(async {
        let Some(ledger) = app.ledger(true).await? else { return Ok(ExitCode::SUCCESS) };
        let view = Arc::new(move |draft| mailer.render(&draft).map(|rendered| rendered.html));
        let setup =
            Setup { project: app.project.clone(), keys, ledger: ledger.clone(), view, trusted: trusted.clone(), clock: Arc::new(clock) };
        let router = door::router(setup).await?;
        let listener = bind(args.listen.unwrap_or(USUAL)).await?;
        let address = listener.local_addr().map_err(|error| Error::new(Kind::Io, "cannot listen").caused_by(error))?;
        let stop = stop_on_signals();
        tokio::spawn(ledger.clone().keep_folded(stop.clone()));
        if out.json {
            out.value(&json!({ "listening": format!("http://{address}/") }));
        } else {
            out.data(format!("listening on http://{address}/"));
        }
        serve(listener, router, Bounds::default(), stop.cancelled()).await;
        ledger.close().await;
        Ok(ExitCode::SUCCESS)
    })
}
