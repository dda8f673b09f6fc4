//! `relance send`: deliver what the ledger holds; and the delivery that `run` ends with.

use std::process::ExitCode;

use relance::clock::Timestamp;
use relance::delivery::{Destination, Options, Render, Summary, deliver};
use relance::error::{Error, Kind, Result};
use relance::id::CampaignName;
use relance::ledger::{Holder, Lease, Ledger, Sharing, system_now};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::app::{App, block_on};
use super::args::Globals;
use super::mailer::{Mailer, destination, retry, warm_up};
use super::out::{Out, count};
use super::progress::Bar;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign; all of them when absent.
    campaign: Option<String>,
    /// Mails to send at most, per campaign.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let rules = app.rules()?;
    let render = Mailer::open(&app, &rules)?.into_render();
    let destination = destination(&app)?;
    let campaigns: Vec<CampaignName> = match &args.campaign {
        Some(name) => vec![app.project.campaign(name)?.name.clone()],
        None => app.project.campaigns.keys().cloned().collect(),
    };
    block_on(async {
        let Some(ledger) = app.ledger(false).await? else {
            return Err(Error::new(Kind::Usage, "there is no ledger yet").help("plan mails first: `relance run CAMPAIGN`"));
        };
        let cancel = stop_on_signals();
        let mut code = ExitCode::SUCCESS;
        for campaign in campaigns {
            let lease = take_lease(&app, &ledger, &campaign, &destination, Sharing::Shared).await?;
            tell_last_stop(&app, &ledger, &campaign, out).await?;
            let summary = dispatch(&app, &ledger, &lease, &destination, &render, args.limit, &cancel, out).await;
            ledger.release(lease, destination.redo(app.project.config.delivery.on_uncertain), system_now()).await?;
            if let Err(error) = &summary {
                // Kept as a run, so that `status` and the next one can say it.
                let run = ledger.start_run(&campaign, app.now.at).await?;
                ledger.finish_run(run, system_now(), &json!(null), &json!({ "stopped": error.to_string() })).await?;
            }
            let summary = summary?;
            if out.json {
                out.value(&json!({ "campaign": campaign, "sent": summary.counts.sent, "counts": summary.counts, "interrupted": summary.interrupted }));
            } else if summary.counts.done > 0 {
                out.did("Sent", format!("{} of {campaign}", count(summary.counts.sent)));
            }
            code = worst(code, &summary);
            if summary.interrupted {
                break;
            }
        }
        Ok(code)
    })
}

/// Takes the right to send a campaign; another holder is the error `Busy`.
pub(crate) async fn take_lease(
    app: &App,
    ledger: &Ledger,
    campaign: &CampaignName,
    destination: &Destination,
    sharing: Sharing,
) -> Result<Lease> {
    let redo = destination.redo(app.project.config.delivery.on_uncertain);
    ledger.take_lease(campaign, &Holder::this(), sharing, redo, system_now(), app.project.zone).await
}

/// Delivers all that is due of a campaign, with a bar.
#[expect(clippy::too_many_arguments, reason = "one call that joins everything a delivery needs")]
pub(crate) async fn dispatch(
    app: &App,
    ledger: &Ledger,
    lease: &Lease,
    destination: &Destination,
    render: &Render,
    limit: Option<u64>,
    cancel: &CancellationToken,
    out: &Out,
) -> Result<Summary> {
    let compulsory = app.project.campaigns.get(lease.campaign()).is_some_and(|campaign| campaign.spec.compulsory);
    let on_uncertain = if compulsory { relance::project::config::OnUncertain::Resend } else { app.project.config.delivery.on_uncertain };
    let options = Options { on_uncertain, limit, retry: retry(app), warm_up: warm_up(app), ..Options::at(delivery_time(app)) };
    let mut bar = Bar::start(out, "Sending", 0);
    let summary = deliver(ledger, lease, destination, render, &options, cancel.clone(), &mut |progress| bar.delivered(progress)).await;
    bar.end();
    summary
}

/// Says why the last run of a campaign was stopped, if it was.
pub(crate) async fn tell_last_stop(app: &App, ledger: &Ledger, campaign: &CampaignName, out: &Out) -> Result<()> {
    if let Some((at, why)) = ledger.last_stop(campaign).await? {
        out.say(format!("The last run of {campaign}, {}, was stopped: {why}", at.local(app.project.zone).format("%Y-%m-%d %H:%M")));
    }
    Ok(())
}

/// Deliveries happen at the command's instant.
fn delivery_time(app: &App) -> Timestamp {
    app.now.at
}

/// Returns a token that ctrl-c and SIGTERM cancel; a second signal ends the program at once.
pub(crate) fn stop_on_signals() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        signal().await;
        cancelled.cancel();
        signal().await;
        std::process::exit(130);
    });
    token
}

async fn signal() {
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    _ = tokio::signal::ctrl_c().await;
}

/// Keeps the exit code that matters more: interrupted, then incomplete, then done.
pub(crate) fn worst(so_far: ExitCode, summary: &Summary) -> ExitCode {
    let counts = summary.counts;
    if summary.interrupted {
        ExitCode::from(130)
    } else if counts.deferred + counts.failed + counts.uncertain > 0 && so_far != ExitCode::from(130) {
        ExitCode::from(1)
    } else {
        so_far
    }
}
