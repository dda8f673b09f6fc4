//! `relance ledger prune`: what the ledger holds longer than `[retention]` says goes.

use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::ledger::Pruned;
use serde_json::json;

use crate::cli::app::{App, block_on};
use crate::cli::args::Globals;
use crate::cli::out::{Out, count};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Count what would be removed, and remove nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let keep = app.project.settings.retention;
    if keep.keeps_all() {
        return Err(Error::new(Kind::Usage, "nothing says how long things are kept")
            .help("write for example `mails = \"180d\"` in `[retention]` of `relance.toml`"));
    }
    let pruned = block_on(async {
        let Some(ledger) = app.ledger(false).await? else { return Ok(Pruned::default()) };
        let pruned = if args.dry_run {
            ledger.prunable(keep, app.now.at).await?
        } else {
            let pruned = ledger.prune(keep, app.now.at).await?;
            ledger.scrub().await?;
            pruned
        };
        ledger.close().await;
        Ok::<_, Error>(pruned)
    })?;
    if out.json {
        let Pruned { mails, events, assignments } = pruned;
        out.value(&json!({ "dry_run": args.dry_run, "mails": mails, "events": events, "assignments": assignments }));
        return Ok(ExitCode::SUCCESS);
    }
    let verb = if args.dry_run { "Would prune" } else { "Pruned" };
    out.did(
        verb,
        format!(
            "the contents of {} mails, {} links to mails of what came back, {} places in arms",
            count(pruned.mails),
            count(pruned.events),
            count(pruned.assignments)
        ),
    );
    Ok(ExitCode::SUCCESS)
}
