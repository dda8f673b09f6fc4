//! Flags that every command takes, and every environment variable that is read.

use std::path::{Path, PathBuf};

use clap::{ArgAction, ValueEnum};

/// Printed at the end of `relance --help`.
pub(crate) const ENVIRONMENT: &str = "\
Environment:
  RELANCE_PROJECT       same as --project
  RELANCE_ENV           same as --env
  RELANCE_NOW           same as --now
  RELANCE_LOG           what to log, e.g. relance=debug
  RELANCE_NO_PROGRESS   no progress bars
  CHROMIUM              the browser of `preview --png`
  NO_COLOR, CLICOLOR_FORCE
  Secrets are read from the variables that the project names by `{ env = \"...\" }`.

Exit codes:
  0 done   1 some mails deferred or failed, some expectations not met, some rows not read,
  suppressed, an audit finds fault   2 wrong command line
  65 data unreadable or stale   69 database or server unreachable   74 read or write error   75 busy
  78 project invalid   130 interrupted";

/// Flags of all commands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct Globals {
    /// The project folder.
    #[arg(short = 'C', long, global = true, value_name = "DIR", env = "RELANCE_PROJECT", default_value = ".", hide_env = true)]
    pub(crate) project: PathBuf,
    /// A layer of configuration: `relance.NAME.toml` over `relance.toml`.
    #[arg(long, global = true, value_name = "NAME", env = "RELANCE_ENV", hide_env = true)]
    pub(crate) env: Option<String>,
    /// Work as if it were this instant, e.g. 2011-11-14T09:00:00Z; what is dated after it does not exist.
    #[arg(long, global = true, value_name = "TIME", env = "RELANCE_NOW", hide_env = true)]
    pub(crate) now: Option<String>,
    /// Print JSON on standard output.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say less; twice, say nothing but errors.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) quiet: u8,
    /// Say more; twice, log every step.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// When to colour.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
    /// Form of the log on standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,
}

impl Globals {
    /// Returns how a next command begins for the same project: the program, and `-C DIR` when it was given.
    pub(crate) fn program(&self) -> String {
        if self.project == Path::new(".") { "relance".to_owned() } else { format!("relance -C {}", self.project.display()) }
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}
