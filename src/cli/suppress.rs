//! `relance suppress`: addresses not to be written to, added, exchanged, asked for and lifted.

mod table;

use std::io::{BufRead as _, Read as _};
use std::path::PathBuf;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::ledger::{Ledger, NewSuppression, Suppressed, SuppressionReason};
use relance::profile::is_like_address;
use serde_json::json;

use super::app::{App, block_on};
use super::args::Globals;
use super::out::{Out, count};

/// Addresses read from standard input by one command.
const STDIN_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Never write to an address again.
    Add {
        /// The address; `-` reads addresses from standard input, one a line, so that none is seen in the list of processes.
        #[arg(value_name = "ADDRESS", allow_hyphen_values = true)]
        address: String,
        /// Why.
        #[arg(long, value_enum, default_value_t = Reason::Manual, value_name = "REASON")]
        reason: Reason,
    },
    /// Add the addresses of a file: CSV, JSON Lines or Parquet with the columns email, reason and at.
    Import {
        /// The file; only the column email is needed.
        file: PathBuf,
        /// Reason of rows that say none.
        #[arg(long, value_enum, default_value_t = Reason::Manual, value_name = "REASON")]
        reason: Reason,
    },
    /// Write all of them as CSV, ready for `import` and safe for spreadsheets.
    Export {
        /// The file to write, readable by its owner only; standard output when absent.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Say whether an address is suppressed: exit code 0 when it is not, 1 when it is.
    Check {
        /// The address, in any spelling; `-` reads it from standard input.
        #[arg(value_name = "ADDRESS", allow_hyphen_values = true)]
        address: String,
    },
    /// Allow writing to an address again.
    Remove {
        /// The address, in any spelling; `-` reads it from standard input.
        #[arg(value_name = "ADDRESS", allow_hyphen_values = true)]
        address: String,
        /// Lift this reason only; the others stay.
        #[arg(long, value_enum, value_name = "REASON")]
        reason: Option<Reason>,
    },
}

/// Why an address must not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Reason {
    /// The person unsubscribed: service mails still go out.
    #[value(name = "unsubscribed")]
    Unsubscribed,
    /// The address does not exist.
    #[value(name = "hard_bounce")]
    HardBounce,
    /// The person complained to their mail provider.
    #[value(name = "complaint")]
    Complaint,
    /// Somebody asked for it.
    #[value(name = "manual")]
    Manual,
}

impl From<Reason> for SuppressionReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Unsubscribed => Self::Unsubscribed,
            Reason::HardBounce => Self::HardBounce,
            Reason::Complaint => Self::Complaint,
            Reason::Manual => Self::Manual,
        }
    }
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    match &args.action {
        Action::Add { address, reason } => add(&app, &addresses(address)?, (*reason).into(), out),
        Action::Import { file, reason } => table::import(&app, file, (*reason).into(), out),
        Action::Export { out: file } => table::export(&app, file.as_deref(), out),
        Action::Check { address } => check(&app, &one(address)?, out),
        Action::Remove { address, reason } => remove(&app, &one(address)?, reason.map(Into::into), out),
    }
}

fn add(app: &App, addresses: &[String], reason: SuppressionReason, out: &Out) -> Result<ExitCode> {
    let at = app.now.at;
    let new: Vec<_> = addresses.iter().map(|address| NewSuppression { whom: Suppressed::Address(address), reason, at }).collect();
    let n_new = block_on(async {
        let Some(ledger) = app.ledger(true).await? else { return Ok(0) };
        let n_new = ledger.suppress_all(&new, "cli").await?;
        ledger.close().await;
        Ok(n_new)
    })?;
    let n_known = addresses.len() as u64 - n_new;
    if out.json {
        out.value(&json!({ "action": "add", "reason": reason.as_str(), "added": n_new, "known": n_known }));
    } else {
        out.did("Added", format!("{} as {}, {} known already", count(n_new), reason.as_str(), count(n_known)));
    }
    Ok(ExitCode::SUCCESS)
}

fn check(app: &App, address: &str, out: &Out) -> Result<ExitCode> {
    let found = block_on(async {
        match app.ledger(false).await? {
            None => Ok(Vec::new()),
            Some(ledger) => ledger.suppressed(address).await,
        }
    })?;
    if out.json {
        let reasons: Vec<_> =
            found.iter().map(|row| json!({ "reason": row.reason, "since": row.at.to_string(), "source": row.source })).collect();
        out.value(&json!({ "action": "check", "suppressed": !found.is_empty(), "reasons": reasons }));
    } else if found.is_empty() {
        out.data("not suppressed");
    }
    for row in found.iter().filter(|_| !out.json) {
        let since = row.at.local(app.project.zone).format("%Y-%m-%d %H:%M");
        out.data(format!("suppressed: {}, since {since}, by {}", row.reason, row.source));
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn remove(app: &App, address: &str, reason: Option<SuppressionReason>, out: &Out) -> Result<ExitCode> {
    let n_removed = block_on(async {
        match app.ledger(false).await? {
            None => Ok(0),
            Some(ledger) => lift(&ledger, address, reason).await,
        }
    })?;
    if out.json {
        out.value(&json!({ "action": "remove", "removed": n_removed }));
    } else if n_removed == 0 {
        out.say("Nothing to remove: it was not suppressed.");
    } else {
        out.did("Removed", format!("{} of its reasons", count(n_removed)));
    }
    Ok(ExitCode::SUCCESS)
}

async fn lift(ledger: &Ledger, address: &str, reason: Option<SuppressionReason>) -> Result<u64> {
    if let Some(row) = ledger.suppressed(address).await?.into_iter().find(|row| row.key.starts_with('#')) {
        let message = "the person behind this address asked to be forgotten";
        return Err(Error::new(Kind::Usage, message).detail(format!("since {}", row.at)).help("that wish cannot be lifted by a command"));
    }
    let n_removed = ledger.unsuppress(Suppressed::Address(address), reason).await?;
    ledger.close().await;
    Ok(n_removed)
}

fn one(written: &str) -> Result<String> {
    let mut all = addresses(written)?;
    match (all.pop(), all.is_empty()) {
        (Some(address), true) => Ok(address),
        _ => Err(Error::new(Kind::Usage, "more than one address").help("ask for one at a time")),
    }
}

/// Returns the address that was typed, or those of standard input; no error repeats one.
pub(crate) fn addresses(written: &str) -> Result<Vec<String>> {
    let wrong = |what: String| Error::new(Kind::Usage, what).help("write it as name@shop.example");
    if written != "-" {
        return if is_like_address(written) { Ok(vec![written.to_owned()]) } else { Err(wrong("that is not an address".to_owned())) };
    }
    let mut all = Vec::new();
    for (n, line) in std::io::stdin().lock().take(STDIN_BYTES_MAX).lines().enumerate() {
        let line = line.map_err(|error| Error::new(Kind::Io, format!("cannot read standard input: {error}")).caused_by(error))?;
        match line.trim() {
            "" => {}
            address if is_like_address(address) => all.push(address.to_owned()),
            _ => return Err(wrong(format!("line {} of standard input is not an address", n + 1))),
        }
    }
    if all.is_empty() { Err(wrong("there is no address on standard input".to_owned())) } else { Ok(all) }
}
