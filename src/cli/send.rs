//! `relance send`: deliver what the ledger holds; and the delivery that `run` ends with.

use std::process::ExitCode;
use std::sync::Arc;

use relance::clock::Timestamp;
use relance::delivery::{Destination, Options, Render, StillWanted, Summary, deliver};
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
use super::recheck::{self, Recheck};
use super::secrets;

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
    let render = Mailer::open(&app, &rules)?.into_render(&app)?;
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
        let at_hand = sources_are_at_hand(&app, out);
        let mut code = ExitCode::SUCCESS;
        for campaign in campaigns {
            tell_last_stop(&app, &ledger, &campaign, out).await?;
            // What happened since the plan is not known: the first look reads the sources.
            let wanted = if at_hand { Some(Recheck::of(&app, &campaign, None)?) } else { None };
            let lease = take_lease(&app, &ledger, &campaign, &destination, Sharing::Shared).await?;
            let summary = dispatch(&app, &ledger, &lease, &destination, &render, args.limit, wanted, &cancel, out).await;
            if let Err(error) = &summary {
                // What stopped the delivery explains why the ledger could not be told.
                _ = note_stop(&ledger, &campaign, app.now.at, error).await;
            }
            let released = ledger.release(lease, destination.redo(app.project.config.delivery.on_uncertain), system_now()).await;
            let summary = summary?;
            released?;
            if out.json {
                out.value(&json!({ "campaign": campaign, "sent": summary.counts.sent, "counts": summary.counts, "held_back": summary.held_back, "held_until": summary.held_until.map(|at| at.to_string()), "held_too_late": summary.held_too_late, "interrupted": summary.interrupted }));
            } else if summary.counts.done > 0 {
                out.did("Sent", format!("{} of {campaign}", count(summary.counts.sent)));
            }
            if !out.json {
                tell_held_back(&app, &summary, out);
            }
            code = worst(code, &summary);
            if summary.interrupted {
                break;
            }
        }
        Ok(code)
    })
}

/// Says whether this machine has the sources of the project, so that what happened since the plan can be honoured.
fn sources_are_at_hand(app: &App, out: &Out) -> bool {
    let looked = secrets::source_urls(&app.project).and_then(|urls| recheck::look(&app.project, &urls));
    if let Err(error) = &looked {
        out.warn(format!("purchases and consents since the plan are not looked at here: {error}"));
    }
    looked.is_ok()
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
    still_wanted: Option<Arc<dyn StillWanted>>,
    cancel: &CancellationToken,
    out: &Out,
) -> Result<Summary> {
    let compulsory = app.project.campaigns.get(lease.campaign()).is_some_and(|campaign| campaign.spec.compulsory);
    let on_uncertain = if compulsory { relance::project::config::OnUncertain::Resend } else { app.project.config.delivery.on_uncertain };
    let redirected = app.project.config.delivery.redirect_to.is_some();
    let usual = Options::at(delivery_time(app));
    let options = Options { on_uncertain, limit, retry: retry(app), warm_up: warm_up(app), redirected, still_wanted, ..usual };
    let mut bar = Bar::start(out, "Sending", 0);
    let summary = deliver(ledger, lease, destination, render, &options, cancel.clone(), &mut |progress| bar.delivered(progress)).await;
    bar.end();
    summary
}

/// Keeps as a run what stopped a delivery, so that `status` and the next one can say it.
async fn note_stop(ledger: &Ledger, campaign: &CampaignName, at: Timestamp, error: &Error) -> Result<()> {
    let run = ledger.start_run(campaign, at).await?;
    ledger.finish_run(run, system_now(), &json!(null), &json!({ "stopped": error.to_string() })).await
}

/// Says why the last run of a campaign was stopped, if it was.
pub(crate) async fn tell_last_stop(app: &App, ledger: &Ledger, campaign: &CampaignName, out: &Out) -> Result<()> {
    if let Some((at, why)) = ledger.last_stop(campaign).await? {
        out.say(format!("The last run of {campaign}, {}, was stopped: {why}", at.local(app.project.zone).format("%Y-%m-%d %H:%M")));
    }
    Ok(())
}

/// Says how many mails the warm-up's ceiling holds back, and until when.
pub(crate) fn tell_held_back(app: &App, summary: &Summary, out: &Out) {
    if let Some(until) = summary.held_until {
        let (n, until) = (count(summary.held_back), until.local(app.project.zone).format("%Y-%m-%d %H:%M"));
        out.did("Held back", format!("{n}  by the warm-up's ceiling of the day, until {until}: run again then"));
        if summary.held_too_late > 0 {
            let n = count(summary.held_too_late);
            out.warn(format!(
                "{n} of them will be too late by then, and expire: give the campaign a longer `late`, such as `late = \"72h\"`"
            ));
        }
    }
}

/// Deliveries happen at the command's instant.
fn delivery_time(app: &App) -> Timestamp {
    app.now.at
}

/// Returns a token that ctrl-c and SIGTERM cancel; a second signal ends the program at once.
pub(crate) fn stop_on_signals() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    // Heard from here on: who is told that the program is ready may stop it at once.
    let mut signals = Signals::heard();
    tokio::spawn(async move {
        signals.next().await;
        cancelled.cancel();
        signals.next().await;
        std::process::exit(130);
    });
    token
}

/// Ctrl-c and SIGTERM.
struct Signals {
    #[cfg(unix)]
    both: Option<[tokio::signal::unix::Signal; 2]>,
}

impl Signals {
    #[cfg(unix)]
    fn heard() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let both = signal(SignalKind::interrupt()).and_then(|interrupt| Ok([interrupt, signal(SignalKind::terminate())?]));
        Self { both: both.ok() }
    }

    #[cfg(not(unix))]
    fn heard() -> Self {
        Self {}
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some([interrupt, terminate]) = &mut self.both {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        _ = tokio::signal::ctrl_c().await;
    }
}

/// Says that something was not done, unless the code so far says more.
pub(crate) fn incomplete(so_far: ExitCode) -> ExitCode {
    if so_far == ExitCode::SUCCESS { ExitCode::from(1) } else { so_far }
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
