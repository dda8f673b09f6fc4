//! `relance ledger`: settle by hand what the ledger cannot know, and remove what it need not keep.

mod prune;

use std::collections::HashSet;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use relance::error::{Error, Kind, Result, io_error};
use relance::id::{ContactId, Edition};
use relance::ledger::{Doubt, Doubts, Resolution};
use serde_json::json;

use super::app::{App, block_on};
use super::args::Globals;
use super::out::{Out, count};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Settle mails in doubt: those whose final dot was sent and whose answer was never read.
    Resolve(Resolve),
    /// Remove what the ledger holds longer than `[retention]` says; nothing is sent twice for it, and suppressions stay.
    Prune(prune::Args),
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(group(clap::ArgGroup::new("how").required(true).args(["sent", "not_sent", "resend"])))]
struct Resolve {
    /// Only of this campaign.
    #[arg(required_unless_present_any = ["recipient", "all"], conflicts_with = "all")]
    campaign: Option<String>,
    /// Only of this edition.
    #[arg(long, value_name = "EDITION", requires = "campaign")]
    edition: Option<String>,
    /// Only to this person, by id.
    #[arg(long, value_name = "ID", conflicts_with = "all")]
    recipient: Option<String>,
    /// All that are in doubt.
    #[arg(long)]
    all: bool,
    /// They arrived.
    #[arg(long)]
    sent: bool,
    /// They did not arrive, and are not wanted any more.
    #[arg(long)]
    not_sent: bool,
    /// Send them again, with the same Message-ID; those that are too late expire.
    #[arg(long)]
    resend: bool,
    /// Only those whose Message-ID is in this file, for example the lines of the server's log that say `sent`.
    #[arg(long, value_name = "FILE")]
    from_log: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    match &args.action {
        Action::Resolve(args) => resolve(args, globals, out),
        Action::Prune(args) => prune::run(args, globals, out),
    }
}

fn resolve(args: &Resolve, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let campaign = args.campaign.as_deref().map(|name| app.project.campaign(name)).transpose()?;
    let which = Doubts {
        campaign: campaign.map(|campaign| campaign.name.clone()),
        edition: args.edition.clone().map(Edition),
        recipient: args.recipient.clone().map(ContactId),
    };
    let (how, word) = match (args.sent, args.resend) {
        (true, _) => (Resolution::Sent, "sent"),
        (_, true) => (Resolution::Resend, "resend"),
        _ => (Resolution::NotSent, "not_sent"),
    };
    let (n_settled, n_left) = block_on(async {
        let Some(ledger) = app.ledger(false).await? else { return Ok((0, 0)) };
        let mut doubts = ledger.doubts(&which).await?;
        if let Some(path) = &args.from_log {
            let known = named_in(path, &doubts)?;
            doubts.retain(|doubt| doubt.message_id.as_ref().is_some_and(|id| known.contains(id)));
        }
        let these: Vec<_> = doubts.iter().map(|doubt| doubt.no).collect();
        let n_settled = ledger.resolve(&these, how, app.wall_clock).await?;
        let n_left = ledger.doubts(&Doubts::default()).await?.len() as u64;
        ledger.close().await;
        Ok((n_settled, n_left))
    })?;
    if out.json {
        out.value(&json!({ "how": word, "settled": n_settled, "left": n_left }));
        return Ok(ExitCode::SUCCESS);
    }
    let as_words = match how {
        Resolution::Sent => "as sent",
        Resolution::NotSent => "as not sent",
        Resolution::Resend => "to send again",
    };
    out.did("Settled", format!("{} {as_words}, {} still in doubt", count(n_settled), count(n_left)));
    if how == Resolution::Resend && n_settled > 0 {
        out.say(format!("They are planned again. Next: `{} send`", app.program));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns which of the Message-IDs stand in a file, whatever stands around them.
fn named_in(path: &Path, doubts: &[Doubt]) -> Result<HashSet<String>> {
    let wanted: HashSet<&str> = doubts.iter().filter_map(|doubt| doubt.message_id.as_deref()).collect();
    let file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(Kind::Usage, format!("there is no file `{}`", path.display())),
        _ => io_error("read", path, error),
    })?;
    let mut found = HashSet::new();
    for line in std::io::BufReader::new(file).split(b'\n') {
        let line = line.map_err(|error| io_error("read", path, error))?;
        let line = String::from_utf8_lossy(&line);
        let around = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '\'' | '=' | '(' | ')' | '[' | ']');
        found.extend(line.split(around).filter(|word| wanted.contains(word)).map(str::to_owned));
    }
    Ok(found)
}
