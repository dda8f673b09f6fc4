//! `relance checks update`: newer data of what mail programs support.

use std::path::PathBuf;
use std::process::ExitCode;

use relance::error::{Result, io_error};
use relance::inspect::Clients;
use relance::project::Project;
use serde_json::json;

use super::app::App;
use super::args::Globals;
use super::out::Out;
use super::whole::Whole;

/// Where a project keeps data of its own.
const DATA: &str = "checks/caniemail.tsv";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Take the data of caniemail's API from a file, `data.json`; kept in `checks/` of the project.
    Update {
        /// The file.
        file: PathBuf,
    },
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let Command::Update { file } = &args.command;
    let text = std::fs::read_to_string(file).map_err(|error| io_error("read", file, error))?;
    let packed = Clients::pack(&text)?;
    let path = app.project.root.join(DATA);
    let folder = path.parent().unwrap_or(&app.project.root);
    std::fs::create_dir_all(folder).map_err(|error| io_error("make", folder, error))?;
    let mut kept = Whole::create(&path)?;
    kept.text(&packed)?;
    kept.finish()?;
    let clients = Clients::read(&packed, &app.project.config.checks.clients)?;
    if out.json {
        out.value(&json!({ "file": DATA, "as_of": clients.date() }));
    } else {
        out.did("Written", format!("{DATA}, of {}", clients.date()));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what is known of the mail programs that a project asks about: by its own data, else by that of the program.
pub(crate) fn clients(project: &Project) -> Result<Clients> {
    let asked = &project.config.checks.clients;
    let path = project.root.join(DATA);
    match std::fs::read_to_string(&path) {
        Ok(data) => Clients::read(&data, asked),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Clients::shipped(asked),
        Err(error) => Err(io_error("read", &path, error)),
    }
}
