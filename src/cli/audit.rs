//! `relance audit`: what the data holds; and what receivers will look at, before they do.

mod inputs;
mod segments;

use std::collections::BTreeSet;
use std::process::ExitCode;

use relance::delivery::{Facts, Verdict, audit};
use relance::error::{Kind, Result};
use relance::project::Project;
use relance::project::config::Secret;
use serde_json::json;

use super::app::App;
use super::args::Globals;
use super::check::with_included;
use super::mailer::{signer, signing_domain};
use super::out::{Out, bold, dim, green, red};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print the DNS records to publish, and judge what receivers ask of senders; no network is used.
    Delivery,
    /// Print the size of each segment, how they overlap, and what each is worth beside the one it refines.
    Segments {
        /// People are sorted by what was known this long ago, and judged by their orders since.
        #[arg(long, default_value = "60d", value_name = "TIME")]
        horizon: String,
    },
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    match &args.command {
        None => inputs::run(&app, out),
        Some(Command::Delivery) => delivery(&app, out),
        Some(Command::Segments { horizon }) => segments::run(&app, horizon, out),
    }
}

fn delivery(app: &App, out: &Out) -> Result<ExitCode> {
    let (signer, unreadable) = match signer(app) {
        Ok(signer) => (signer, Vec::new()),
        Err(error) if error.kind() == Kind::Project && !error.diagnostics().is_empty() => {
            (None, error.diagnostics().iter().map(|diagnostic| diagnostic.message.clone()).collect())
        }
        Err(error) => return Err(error),
    };
    let items = audit(&Facts {
        config: &app.project.config,
        signing_domain: &signing_domain(&app.project),
        signer: signer.as_ref(),
        unreadable: &unreadable,
        exposed: &exposed(&app.project),
        without_postal_address: &without_postal_address(&app.project),
    });
    let n_of = |verdict| items.iter().filter(|item| item.verdict == verdict).count();
    let n_wrong = n_of(Verdict::Wrong);
    if out.json {
        out.value(&json!({ "sender": app.project.config.sender.address.get_ref(), "wrong": n_wrong, "items": items }));
    } else {
        for item in &items {
            let word = match item.verdict {
                Verdict::Ok => green(format!("{:<7}", "ok")),
                Verdict::Publish => bold(format!("{:<7}", "publish")),
                Verdict::Ask => dim(format!("{:<7}", "ask")),
                Verdict::Wrong => red(format!("{:<7}", "wrong")),
            };
            out.data(format!("  {word}  {:<19}  {}", item.item, item.found));
            if let Some(record) = &item.record {
                out.data(format!("           {}", record.zone_line()));
            }
            if let Some(help) = &item.help {
                out.data(format!("           {}", dim(help)));
            }
        }
        out.say(format!(
            "\n{} ok, {} to publish, {} to ask about, {n_wrong} wrong; nothing was looked up",
            n_of(Verdict::Ok),
            n_of(Verdict::Publish),
            n_of(Verdict::Ask)
        ));
    }
    Ok(ExitCode::from(u8::from(n_wrong > 0)))
}

/// Lists the selectors whose key file others than its owner may read.
#[cfg(unix)]
fn exposed(project: &Project) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let keys = project.config.dkim.iter().flat_map(|dkim| &dkim.keys);
    keys.filter(|key| match &key.key {
        Secret::File(path) => std::fs::metadata(project.root.join(path)).is_ok_and(|file| file.permissions().mode() & 0o077 != 0),
        Secret::Env(_) | Secret::Credential(_) | Secret::Url(_) => false,
    })
    .map(|key| key.selector.get_ref().clone())
    .collect()
}

#[cfg(not(unix))]
fn exposed(_: &Project) -> Vec<String> {
    Vec::new()
}

/// Lists the campaigns of which a template, with all it includes, does not print the postal address.
fn without_postal_address(project: &Project) -> Vec<String> {
    let prints = |name: &str| {
        let mut texts = Vec::new();
        with_included(project, name, &mut BTreeSet::new(), &mut texts);
        texts.iter().any(|text| text.contains("postal_address"))
    };
    let lacks = project.campaigns.values().filter(|campaign| !campaign.templates().into_iter().all(prints));
    lacks.map(|campaign| campaign.name.to_string()).collect()
}
