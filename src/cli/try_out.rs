//! One mail to a server of one's own choice, through the same delivery as a run, and without a trace in the ledger.

use relance::delivery::{Destination, Options, Render, SmtpOptions, deliver};
use relance::error::{Error, Kind, Result};
use relance::ledger::{Holder, Ledger, PlannedMessage, Redo, Sharing, system_now};
use relance::plan::Draft;
use relance::project::config::{SmtpSection, Tls};
use tokio_util::sync::CancellationToken;

use super::app::{App, block_on};
use super::out::Out;

/// Sends a draft to `smtp://HOST[:PORT]`; TLS is required unless the host is this machine.
pub(crate) fn send(app: &App, url: &str, draft: Draft, render: Render, out: &Out) -> Result<()> {
    let wrong = || Error::new(Kind::Usage, format!("`{url}` is not a server")).help("write it as smtp://localhost:1025");
    let parsed = url::Url::parse(url).map_err(|_| wrong())?;
    let host = parsed.host_str().filter(|_| matches!(parsed.scheme(), "smtp" | "smtps")).ok_or_else(wrong)?;
    let tls = if parsed.scheme() == "smtps" { Tls::Implicit } else { Tls::Required };
    let section = SmtpSection::to(host, parsed.port().unwrap_or(25), tls);
    let destination = Destination::from(SmtpOptions::new(&section, None, None));
    let folder = app.project.root.join(".relance").join(format!("try-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| relance::error::io_error("create", &folder, error))?;
    let sent = block_on(one(app, &format!("sqlite://{}", folder.join("ledger.db").display()), draft, render, &destination));
    _ = std::fs::remove_dir_all(&folder);
    sent?;
    out.did("Sent", format!("one mail to {host}:{}, recorded nowhere", section.port));
    Ok(())
}

async fn one(app: &App, ledger_url: &str, draft: Draft, render: Render, destination: &Destination) -> Result<()> {
    let ledger = Ledger::open(ledger_url, true).await?;
    let campaign = draft.campaign.clone();
    let at = app.now.at;
    let lease = ledger.take_lease(&campaign, &Holder::this(), Sharing::Alone, Redo::Hold, system_now(), app.project.zone).await?;
    let run = ledger.start_run(&campaign, at).await?;
    let message =
        PlannedMessage { compulsory: true, not_before: at, expires_at: None, products: Vec::new(), offer: None, address_hash: None, draft };
    ledger.enqueue(run, &[message]).await?;
    let summary = deliver(&ledger, &lease, destination, &render, &Options::at(at), CancellationToken::new(), &mut |_| {}).await;
    ledger.release(lease, Redo::Hold, system_now()).await?;
    ledger.close().await;
    match summary?.counts {
        counts if counts.sent == 1 => Ok(()),
        counts if counts.bounced == 1 => Err(Error::new(Kind::Unavailable, "the server refused the mail for good")),
        _ => Err(Error::new(Kind::Unavailable, "the server did not take the mail now")),
    }
}
