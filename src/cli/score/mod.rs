//! `relance score`: learn from the past what people will do and want, judge it by what they then did, and write scores out.

mod alike;
mod apply;
mod blur;
mod evaluate;
mod moved;
mod picks;
mod rows;
mod train;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use relance::error::{Error, Kind, Result, closest};
use relance::project::checked::Score;

use super::app::App;
use super::args::Globals;
use super::out::Out;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Learn the scores of `[scores]` from this shop's past, and keep their models.
    Train(Train),
    /// Learn from what was known before a day, and judge it by what people did after: picks of products, or a score.
    Evaluate(Evaluate),
    /// Write everybody's score: a CSV of `contact_id`, `score` and `band`.
    Apply(Apply),
}

#[derive(Debug, clap::Args)]
struct Train {
    /// Scores of `relance.toml`; all that are learned when none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Debug, clap::Args)]
struct Evaluate {
    /// Judge this score of `[scores]`, instead of picks.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["horizon", "export", "track", "diversity", "blur"])]
    score: Option<String>,
    /// The first day that is not known (UTC for picks, the project's zone for scores); by default so long ago that the horizon ends today.
    #[arg(long, value_name = "DATE")]
    at: Option<NaiveDate>,
    /// How long after it purchases count, in whole days.
    #[arg(long, value_name = "SPAN", default_value = "28d")]
    horizon: String,
    /// Write the picks of the blend: a CSV of user, rank and item.
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// The track of the picks that are written.
    #[arg(long, value_enum, default_value_t = picks::Tracked::All, value_name = "TRACK", requires = "export")]
    track: picks::Tracked,
    /// What difference weighs in the row "blend, re-ranked", 0 to 1; by default as in slots where nothing is written.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    diversity: Option<f64>,
    /// Say what each step of `[privacy.blur]` costs, of the usual one where it is not written.
    #[arg(long)]
    blur: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share from 0 to 1, for example 0.2".to_owned())
}

#[derive(Debug, clap::Args)]
struct Apply {
    /// A score of `relance.toml`.
    #[arg(value_name = "NAME")]
    name: String,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    match &args.command {
        Command::Train(args) => train::run(&app, args, out),
        Command::Evaluate(args) => match &args.score {
            Some(name) => evaluate::run(&app, find(&app, name)?, args.at, out),
            None => picks::run(&app, args, out),
        },
        Command::Apply(args) => apply::run(&app, find(&app, &args.name)?, args.output.as_deref(), out),
    }
}

/// Finds a score by its name.
fn find<'a>(app: &'a App, name: &str) -> Result<&'a Score> {
    let scores = &app.project.settings.scores;
    scores.iter().find(|score| score.name == name).ok_or_else(|| {
        let error = Error::new(Kind::Usage, format!("there is no score `{name}`"));
        match closest(name, scores.iter().map(|score| score.name.as_str())) {
            Some(guess) => error.help(format!("did you mean `{guess}`?")),
            None => error.help(format!("declare it in relance.toml: [scores.{name}] with kind = \"purchase\" and within = \"14d\"")),
        }
    })
}
