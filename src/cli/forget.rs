//! `relance forget`: what the ledger and the caches hold of a person goes; they are not written to again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal as _;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result, io_error};
use relance::ledger::{Ledger, Purged};
use relance::profile::{canonical_address, is_like_address};
use relance::snapshot::{Folder, Snapshot};
use serde_json::json;

use super::app::{App, block_on};
use super::args::Globals;
use super::out::{Out, count};
use super::suppress::addresses;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The person: an id of the contacts, an address in any spelling, or `-` to read addresses from standard input, one a line.
    #[arg(value_name = "WHOM", allow_hyphen_values = true)]
    whom: String,
    /// Do not ask; required without a terminal, and with `-`.
    #[arg(long)]
    yes: bool,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    if !args.yes && (args.whom == "-" || !std::io::stdin().is_terminal()) {
        return Err(Error::new(Kind::Usage, "there is no terminal to ask on").help("add `--yes` to say that the person is to be forgotten"));
    }
    let typed = if args.whom == "-" || is_like_address(&args.whom) { addresses(&args.whom)? } else { Vec::new() };
    let mut person = Whom { addresses: typed.iter().map(|address| canonical_address(address)).collect(), ..Whom::default() };
    if args.whom != "-" {
        person.ids.insert(args.whom.clone());
    }
    let snapshot = app.snapshot_for_one(out).inspect_err(|error| out.warn(format!("the contacts are not looked at: {error}"))).ok();
    let purged = block_on(async {
        let Some(ledger) = app.ledger(true).await? else { return Ok(None) };
        person.complete(&ledger, snapshot.as_ref()).await?;
        let whom: Vec<String> = person.addresses.iter().cloned().collect();
        if whom.is_empty() {
            return Err(Error::new(Kind::Usage, "there is no such recipient, neither among the contacts nor in the ledger")
                .help("give an id of the contacts, or write the address to `relance forget - --yes`"));
        }
        if !args.yes && !out.confirm(format!("Forget {} for good?", addresses_words(whom.len() as u64)))? {
            out.say("Nobody was forgotten.");
            return Ok(None);
        }
        let purged = forget_all(&ledger, &person, &app).await;
        super::sandbox::forget(&app.project, &person.addresses)?;
        ledger.close().await;
        purged.map(Some)
    })?;
    let Some(purged) = purged else { return Ok(ExitCode::SUCCESS) };
    Folder::of(&app.project).remove()?;
    remove_previews(&app)?;
    tell(purged, person.n_contacts, &app, out);
    Ok(ExitCode::SUCCESS)
}

/// All that names the people to forget: one address leads to an id, an id to the other addresses it had.
#[derive(Default)]
struct Whom {
    addresses: BTreeSet<String>,
    ids: BTreeSet<String>,
    /// Contacts that the sources still hold.
    n_contacts: usize,
}

impl Whom {
    /// Looks in the contacts and in the ledger until nothing new is found.
    async fn complete(&mut self, ledger: &Ledger, snapshot: Option<&Snapshot>) -> Result<()> {
        loop {
            let before = (self.addresses.len(), self.ids.len());
            let mut contacts = Vec::new();
            for id in &self.ids {
                self.addresses.extend(ledger.addresses_of(id).await?);
                if let Some(snapshot) = snapshot {
                    contacts.extend(snapshot.profiles.find_by_id(id)?);
                }
            }
            for address in &self.addresses {
                self.ids.extend(ledger.recipients_at(address).await?);
                if let Some(snapshot) = snapshot {
                    contacts.extend(snapshot.profiles.find_by_address(address)?);
                }
            }
            let contacts: BTreeMap<String, String> =
                contacts.into_iter().map(|profile| (profile.contact.id.to_string(), profile.contact.email)).collect();
            self.n_contacts = contacts.len();
            for (id, address) in contacts {
                self.ids.insert(id);
                self.addresses.insert(canonical_address(&address));
            }
            // A row of a person who was forgotten before has no address.
            self.addresses.remove("");
            if before == (self.addresses.len(), self.ids.len()) {
                return Ok(());
            }
        }
    }
}

/// Forgets each, then takes all of it out of the files: also when one of them could not be forgotten.
async fn forget_all(ledger: &Ledger, whom: &Whom, app: &App) -> Result<Purged> {
    let mut all = Purged::default();
    let mut failed = Ok(());
    for address in &whom.addresses {
        match ledger.forget(address, app.now.at).await {
            Ok(purged) => all = all.plus(purged),
            Err(error) => {
                failed = Err(error);
                break;
            }
        }
    }
    if failed.is_ok() {
        for id in &whom.ids {
            ledger.forget_id(id, app.now.at).await?;
        }
    }
    ledger.scrub().await?;
    failed.map(|()| all)
}

/// Deletes the pages of `preview --open`: they hold whole mails.
fn remove_previews(app: &App) -> Result<()> {
    let folder = app.project.root.join(".relance").join("preview");
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error("delete", &folder, error)),
        _ => Ok(()),
    }
}

fn tell(purged: Purged, n_contacts: usize, app: &App, out: &Out) {
    if out.json {
        out.value(&json!({
            "addresses": purged.addresses,
            "messages": purged.messages,
            "cancelled": purged.cancelled,
            "feedback": purged.feedback,
            "suppressions": purged.suppressions,
            "contacts": n_contacts,
        }));
        return;
    }
    out.did("Forgot", format!("{}, not written to again", addresses_words(purged.addresses)));
    for (verb, n, what) in [
        ("Purged", purged.messages, "mails: each row stays as a count"),
        ("Cancelled", purged.cancelled, "of them were still to be sent"),
        ("Deleted", purged.feedback, "things that had come back"),
        ("Hashed", purged.suppressions, "suppressions"),
    ] {
        if n > 0 {
            out.did(verb, format!("{}  {what}", count(n)));
        }
    }
    if n_contacts > 0 {
        out.say("The sources still hold this person: take them out there too.");
    }
    if app.project.config.delivery.path.is_some() {
        out.say("Mails that were written to files are not looked for.");
    }
}

fn addresses_words(n: u64) -> String {
    if n == 1 { "1 address".to_owned() } else { format!("{} addresses", count(n)) }
}
