//! `relance plan approve`: somebody vouches for a plan.

use std::path::PathBuf;
use std::process::ExitCode;

use relance::error::Result;
use serde_json::json;

use crate::cli::app::App;
use crate::cli::gate::{self, Opened};
use crate::cli::out::{Out, count};

#[derive(Debug, clap::Args)]
pub(crate) struct Approve {
    /// The plan: a file of `plan --out`.
    plan: PathBuf,
    /// Who approves: a name of the campaign's `approval`.
    #[arg(long, value_name = "NAME")]
    by: String,
}

pub(super) fn approve(app: &App, wanted: &Approve, out: &Out) -> Result<ExitCode> {
    let plan = Opened::open(&wanted.plan)?;
    let record = gate::approve(&app.project, &plan, &wanted.by, app.now.at)?;
    let (totals, name) = (&plan.trailer.totals, &plan.header.campaign);
    if out.json {
        out.value(&json!({
            "campaign": name,
            "edition": plan.header.edition,
            "plan": plan.sha256,
            "planned": totals.planned,
            "by": wanted.by,
            "at": app.now.at.to_string(),
            "record": record.display().to_string(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    out.did("Approved", format!("{name}, edition {}, {} mails, by {}", plan.header.edition, count(totals.planned), wanted.by));
    out.say(format!("Nothing was sent. Next:\n  {} run --plan {}", app.program, wanted.plan.display()));
    Ok(ExitCode::SUCCESS)
}
