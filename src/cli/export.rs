//! `relance export`: a campaign's mails into files; nothing is recorded.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use relance::delivery::{Destination, FileFormat, Options, deliver};
use relance::error::{Error, Kind, Result, io_error};
use relance::ledger::{ENQUEUE_ROWS_MAX, Holder, Ledger, PlannedMessage, Redo, Sharing, system_now};
use relance::plan::{Draft, Planner, Rules, Totals};
use serde_json::json;

use super::accounts::settled;
use super::app::{App, block_on, schema_of, world};
use super::args::Globals;
use super::campaigns::named;
use super::everybody::{CHUNK, freeze_all};
use super::mailer::Mailer;
use super::out::{Out, count};
use super::plan::MaxLevel;
use super::progress::Bar;
use super::send::stop_on_signals;
use super::whole::beside;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign: the name of a file of `campaigns/`, without `.toml`.
    campaign: String,
    /// Kind of files.
    #[arg(long, value_enum, default_value_t = Format::Eml, value_name = "FORMAT")]
    format: Format,
    /// The folder (eml, maildir) or file (mbox, jsonl) to write; it must not exist yet.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Mails to write at most.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// The most precise level of block.
    #[arg(long, value_enum, default_value_t = MaxLevel::Individual, value_name = "LEVEL")]
    max_level: MaxLevel,
}

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One `.eml` file a mail.
    Eml,
    /// A Maildir.
    Maildir,
    /// One mbox file.
    Mbox,
    /// One JSON object a line.
    Jsonl,
}

impl From<Format> for FileFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Eml => Self::Eml,
            Format::Maildir => Self::Maildir,
            Format::Mbox => Self::Mbox,
            Format::Jsonl => Self::Jsonl,
        }
    }
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let render = Mailer::open(&app, &app.rules()?)?.into_render(&app)?;
    let chosen = named(&app, &args.campaign)?;
    if args.out.exists() {
        return Err(Error::new(Kind::Usage, format!("`{}` exists", args.out.display())).help("name a new folder or file in `--out`"));
    }
    let codes_of = |name: &String| app.project.offers.get(name)?.spec.codes.as_ref();
    if let Some(codes) = chosen.0.steps.iter().flat_map(|step| &step.offers).find_map(codes_of) {
        let message = format!("{} gives codes of `{}`, and an export gives none", chosen.0.name, codes.pool());
        return Err(Error::new(Kind::Usage, message).help("send it with `run`, or give the offer one `code` for all"));
    }
    let snapshot = app.snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let unfinished = Unfinished::of(&args.out);
    // The files are delivered through a ledger of their own, thrown away at the end.
    let folder = app.project.root.join(".relance").join(format!("export-{}", std::process::id()));
    relance::private::make_folder(&folder)?;
    let done = block_on(async {
        let memory_ledger = app.ledger(false).await?;
        let memory = app.memory(memory_ledger.as_ref()).await?;
        let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, args.max_level.into()), chosen.0, chosen.1.clone())?;
        let planner = settled(planner, &snapshot)?;
        let ledger = Ledger::open(&format!("sqlite://{}", folder.join("ledger.db").display()), true).await?;
        let campaign = &chosen.0.name;
        let lease = ledger.take_lease(campaign, &Holder::this(), Sharing::Alone, Redo::Again, system_now(), app.project.zone).await?;
        let run = ledger.start_run(campaign, app.now.at).await?;
        let mut totals = Totals::default();
        let mut messages = Vec::new();
        for group in snapshot.profiles.groups() {
            let people = group?;
            let frozen = people.chunks(CHUNK).flat_map(|people| freeze_all(&planner, people, |_| ()));
            for (profile, (decision, draft, ())) in people.iter().zip(frozen) {
                totals.add(&decision, planner.arm(profile, &decision));
                let wanted = args.limit.is_none_or(|limit| (messages.len() as u64) < limit);
                messages.extend(draft.filter(|_| wanted).map(|draft| PlannedMessage {
                    compulsory: true,
                    not_before: draft.at,
                    expires_at: None,
                    products: Vec::new(),
                    offer: None,
                    cost: None,
                    n_personal_blocks: 0,
                    pool: None,
                    // An export is another tool's to send.
                    draft: Draft { hours: None, ..draft },
                }));
            }
        }
        for batch in messages.chunks(ENQUEUE_ROWS_MAX) {
            ledger.enqueue(run, batch).await?;
        }
        drop(messages);
        let destination = Destination::Files { format: args.format.into(), path: unfinished.path.clone() };
        let mut bar = Bar::start(out, "Writing", 0);
        let summary = deliver(&ledger, &lease, &destination, &render, &Options::at(app.now.at), stop_on_signals(), &mut |progress| {
            bar.delivered(progress);
        })
        .await;
        bar.end();
        let troubles = ledger.troubles().await;
        ledger.release(lease, Redo::Again, system_now()).await?;
        ledger.close().await;
        Ok((totals, summary?, troubles?))
    });
    _ = std::fs::remove_dir_all(&folder);
    let (totals, summary, troubles) = done?;
    unfinished.finish(&args.out)?;
    if out.json {
        out.value(&json!({ "campaign": chosen.0.name, "planned": totals.planned, "skipped": totals.skipped, "written": summary.counts.sent, "failed": summary.counts.failed, "interrupted": summary.interrupted }));
    } else {
        out.did("Wrote", format!("{} mails to {}; nothing was recorded", count(summary.counts.sent), args.out.display()));
        if summary.counts.failed > 0 {
            out.warn(format!("{} mails could not be made", count(summary.counts.failed)));
            for trouble in &troubles {
                out.warn(super::status::trouble_words(trouble));
            }
        }
    }
    Ok(super::send::worst(ExitCode::SUCCESS, &summary))
}

/// What is being written, beside its final name: an export is there whole or not at all.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn of(out: &Path) -> Self {
        Self { path: beside(out) }
    }

    /// Gives it its name.
    fn finish(self, out: &Path) -> Result<()> {
        std::fs::rename(&self.path, out).map_err(|error| io_error("write", out, error))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // An mbox keeps its sound length beside it, which only an unfinished one needs.
        let mut length = self.path.clone().into_os_string();
        length.push(".length");
        _ = std::fs::remove_file(length);
        _ = std::fs::remove_dir_all(&self.path);
        _ = std::fs::remove_file(&self.path);
    }
}
