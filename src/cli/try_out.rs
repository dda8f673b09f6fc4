//! One mail to a server of one's own choice, through the same delivery as a run, and without a trace in the ledger.

use std::io::IsTerminal as _;

use relance::delivery::{Destination, Options, Render, Routes, SmtpOptions, deliver};
use relance::error::{Error, Kind, Result};
use relance::ledger::{Holder, Ledger, PlannedMessage, Redo, Sharing, system_now};
use relance::plan::Draft;
use relance::profile::{canonical_address, sendable};
use relance::project::config::{SmtpSection, Tls};
use tokio_util::sync::CancellationToken;

use super::app::{App, block_on};
use super::mailer::{self, Mailer};
use super::out::Out;

/// Sends a draft to `smtp://HOST[:PORT]`; TLS is required unless the host is this machine.
pub(crate) fn send(app: &App, url: &str, draft: Draft, render: Render, out: &Out) -> Result<()> {
    let wrong = || Error::new(Kind::Usage, format!("`{url}` is not a server")).help("write it as smtp://localhost:1025");
    let parsed = url::Url::parse(url).map_err(|_| wrong())?;
    let host = parsed.host_str().filter(|_| matches!(parsed.scheme(), "smtp" | "smtps")).ok_or_else(wrong)?;
    let tls = if parsed.scheme() == "smtps" { Tls::Implicit } else { Tls::Required };
    let section = SmtpSection::to(host, parsed.port().unwrap_or(25), tls);
    deliver_one(app, SmtpOptions::new(&section, None, None).into(), draft, render)?;
    out.did("Sent", format!("one mail to {host}:{}, recorded nowhere", section.port));
    Ok(())
}

/// Sends a draft through the project's own server to somebody who tests it: one of `test_addresses`, or else whom a person at the
/// terminal confirms. The mail says `[test]` and its links mean nothing.
pub(crate) fn send_test(app: &App, address: &str, draft: Draft, mailer: Mailer, out: &Out) -> Result<()> {
    let sendable = sendable(address).ok_or_else(|| {
        Error::new(Kind::Usage, format!("`{address}` is neither an address nor a server"))
            .help("write an address, ana@shop.example, or a server, smtp://localhost:1025")
    })?;
    let mut routes = mailer::routes(app)?;
    for route in &mut routes.routes {
        route.smtp.connections = 1;
    }
    let server = mailer::route_words(&routes);
    if !is_tester(app, address) {
        if !std::io::stdin().is_terminal() {
            return Err(Error::new(Kind::Usage, format!("`{address}` is not one of the `test_addresses` of [delivery]"))
                .help("add it there, or type the command on a terminal, which asks"));
        }
        if !out.confirm(format!("Send one test mail to {address} through {server}?"))? {
            out.say("Nothing was sent.");
            return Ok(());
        }
    }
    let draft = Draft { address: sendable.address, name: None, hours: None, ..draft };
    deliver_one(app, routes, draft, mailer.for_tests().into_render(app)?)?;
    out.did("Sent", format!("one test mail to {address} through {server}, recorded nowhere"));
    Ok(())
}

/// Sends a draft as [`send_test`] does, to one of `test_addresses` and to nobody else; returns the server it went through.
pub(crate) fn send_to_tester(app: &App, address: &str, draft: Draft, mailer: Mailer) -> Result<String> {
    if !is_tester(app, address) {
        return Err(Error::new(Kind::Usage, "this is not one of the `test_addresses` of [delivery]").help("add it there"));
    }
    let sendable = sendable(address).ok_or_else(|| Error::new(Kind::Project, "this is no address that can be written to"))?;
    let mut routes = mailer::routes(app)?;
    for route in &mut routes.routes {
        route.smtp.connections = 1;
    }
    let server = mailer::route_words(&routes);
    let draft = Draft { address: sendable.address, name: None, hours: None, ..draft };
    deliver_one(app, routes, draft, mailer.for_tests().into_render(app)?)?;
    Ok(server)
}

fn is_tester(app: &App, address: &str) -> bool {
    app.project.config.delivery.test_addresses.iter().any(|known| canonical_address(known.get_ref()) == canonical_address(address))
}

/// Delivers through a ledger of its own, thrown away at the end.
fn deliver_one(app: &App, routes: Routes, draft: Draft, render: Render) -> Result<()> {
    let destination = Destination::Smtp(Box::new(routes));
    let folder = app.project.root.join(".relance").join(format!("try-{}", std::process::id()));
    relance::private::make_folder(&folder)?;
    let sent = block_on(one(app, &format!("sqlite://{}", folder.join("ledger.db").display()), draft, render, &destination));
    _ = std::fs::remove_dir_all(&folder);
    sent
}

async fn one(app: &App, ledger_url: &str, draft: Draft, render: Render, destination: &Destination) -> Result<()> {
    let ledger = Ledger::open(ledger_url, true).await?;
    let campaign = draft.campaign.clone();
    let at = app.now.at;
    let lease = ledger.take_lease(&campaign, &Holder::this(), Sharing::Alone, Redo::Hold, system_now(), app.project.zone).await?;
    let run = ledger.start_run(&campaign, at).await?;
    let message = PlannedMessage {
        compulsory: true,
        not_before: at,
        expires_at: None,
        products: Vec::new(),
        offer: None,
        cost: None,
        n_personal_blocks: 0,
        pool: None,
        draft,
    };
    ledger.enqueue(run, &[message]).await?;
    let summary = deliver(&ledger, &lease, destination, &render, &Options::at(at), CancellationToken::new(), &mut |_| {}).await;
    let summary = summary?;
    let troubles = ledger.troubles().await?;
    ledger.release(lease, Redo::Hold, system_now()).await?;
    ledger.close().await;
    let refused = |message: &str| {
        let error = Error::new(Kind::Unavailable, message);
        Err(troubles.iter().fold(error, |error, trouble| error.detail(trouble.why.clone())))
    };
    match summary.counts {
        counts if counts.sent == 1 => Ok(()),
        counts if counts.bounced == 1 => refused("the server refused the mail for good"),
        counts if counts.failed == 1 => refused("the mail cannot be made"),
        _ => refused("the server did not take the mail now"),
    }
}
