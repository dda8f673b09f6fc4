//! The command line: one file per command; this one declares them all.

mod access;
mod accounts;
mod app;
mod args;
mod audit;
mod backtest;
mod bubble;
mod campaigns;
mod chart;
mod check;
mod checks;
mod config;
mod covered;
mod discover;
mod dkim;
mod door;
mod errors;
mod everybody;
mod explain;
mod export;
mod feedback;
mod forget;
mod french;
mod gate;
mod hear;
mod images;
mod init;
mod inspector;
mod limit;
mod ledger;
mod mailer;
mod measurable;
mod missed;
mod noted;
mod out;
mod past;
mod plan;
mod preview;
mod profile;
mod progress;
mod recheck;
mod rehearse;
mod report;
mod run;
mod sandbox;
mod schema;
mod score;
mod scored;
mod secrets;
mod send;
mod shell;
mod status;
mod studio;
mod summary;
mod suppress;
mod test;
mod try_out;
mod whole;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use args::Globals;
use out::Out;
use relance::error::Result;

/// E-mail personalisation in batches: decides for each person whether to write and what to show, renders, sends once, remembers.
#[derive(Debug, Parser)]
#[command(name = "relance", version, max_term_width = 100, after_long_help = args::ENVIRONMENT)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a starter project with invented data, and say what to type next.
    Init(init::Args),
    /// Validate the whole project, all problems at once.
    Check(check::Args),
    /// Keep what is known of mail programs up to date.
    Checks(checks::Args),
    /// Run the expectations of `tests/*.toml`.
    Test(test::Args),
    /// Decide and print totals; nothing is sent.
    Plan(plan::Args),
    /// Show one decision with every reason.
    Explain(explain::Args),
    /// Render one mail and show it.
    Preview(preview::Args),
    /// Plan, confirm, send and record.
    Run(run::Args),
    /// Send what was planned and did not go out yet; several may work at once.
    Send(send::Args),
    /// Catch mails instead of delivering them, and look at them in a browser.
    Sandbox(sandbox::Args),
    /// Render to files; nothing is recorded.
    Export(export::Args),
    /// Look at mails in the browser while you write them; with `--public`, answer the links of those that were sent.
    Serve(studio::Args),
    /// Show the last runs, who is sending, why mails did not go out, and which are in doubt.
    Status,
    /// Say what mails brought against writing nothing, and what cannot be known.
    Report(report::Args),
    /// Take back what receivers, people and providers say of the mails that were sent.
    Feedback(feedback::Args),
    /// Settle mails in doubt, and remove what is kept long enough.
    Ledger(ledger::Args),
    /// Addresses not to be written to: add, import, export, check, remove.
    Suppress(suppress::Args),
    /// Forget a person: purge what is kept of them, and never write to them again.
    Forget(forget::Args),
    /// Show one person's whole profile, or build the profiles.
    Profile(profile::Args),
    /// Learn from the past what people will want, and judge it by what they then bought.
    Score(score::Args),
    /// Say what the data holds and lacks; `delivery`: what receivers will look at.
    Audit(audit::Args),
    /// Find segments that buy more or less than the others, as conditions to paste into `segments.toml`.
    Discover(discover::Args),
    /// Simulate past days: mails a person, collisions of campaigns, caps, offers, and picks judged by what was bought after.
    Backtest(backtest::Args),
    /// Make the keys that mails are signed with.
    Dkim(dkim::Args),
    /// Print the merged configuration with the origin of each value.
    Config,
    /// Print the JSON schema of a project file or of an output.
    Schema(schema::Args),
    /// Print the completions of a shell.
    Completions(shell::Args),
    /// Print the manual page.
    Man(shell::ManArgs),
}

/// Parses the command line, runs the command, and turns its end into an exit code.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            return match error.print() {
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(74),
                _ => ExitCode::from(code),
            };
        }
    };
    limit::fail_when_reached();
    let out = Out::new(&cli.globals);
    let ended = run_command(cli, &out).and_then(|code| out.check().map(|()| code));
    match ended {
        Ok(code) => code,
        Err(error) => errors::report(&error, &out),
    }
}

fn run_command(cli: Cli, out: &Out) -> Result<ExitCode> {
    let globals = cli.globals;
    match cli.command {
        Command::Init(args) => init::run(&args, &globals, out),
        Command::Check(args) => check::run(&args, &globals, out),
        Command::Checks(args) => checks::run(&args, &globals, out),
        Command::Test(args) => test::run(&args, &globals, out),
        Command::Plan(args) => plan::run(&args, &globals, out),
        Command::Explain(args) => explain::run(&args, &globals, out),
        Command::Preview(args) => preview::run(&args, &globals, out),
        Command::Run(args) => run::run(&args, &globals, out),
        Command::Send(args) => send::run(&args, &globals, out),
        Command::Sandbox(args) => sandbox::run(&args, &globals, out),
        Command::Export(args) => export::run(&args, &globals, out),
        Command::Serve(args) if args.public => door::run(&args, &globals, out),
        Command::Serve(args) => studio::run(&args, &globals, out),
        Command::Status => status::run(&globals, out),
        Command::Report(args) => report::run(&args, &globals, out),
        Command::Feedback(args) => feedback::run(&args, &globals, out),
        Command::Ledger(args) => ledger::run(&args, &globals, out),
        Command::Suppress(args) => suppress::run(&args, &globals, out),
        Command::Forget(args) => forget::run(&args, &globals, out),
        Command::Profile(args) => profile::run(&args, &globals, out),
        Command::Score(args) => score::run(&args, &globals, out),
        Command::Audit(args) => audit::run(&args, &globals, out),
        Command::Discover(args) => discover::run(&args, &globals, out),
        Command::Backtest(args) => backtest::run(&args, &globals, out),
        Command::Dkim(args) => dkim::run(&args, &globals, out),
        Command::Config => config::run(&globals, out),
        Command::Schema(args) => schema::run(&args, out),
        Command::Completions(args) => Ok(shell::completions(&args, &mut Cli::command(), out)),
        Command::Man(args) => shell::man(&args, Cli::command(), out),
    }
}
