//! `relance completions` and `relance man`: what a shell and a manual reader need.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use relance::error::{Error, Kind, Result, io_error};

use super::out::Out;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Write one page per command into this folder instead, e.g. man/man1.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn completions(args: &Args, command: &mut Command, out: &Out) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "relance", &mut script);
    out.bytes(&script);
    ExitCode::SUCCESS
}

pub(crate) fn man(args: &ManArgs, command: Command, out: &Out) -> Result<ExitCode> {
    match &args.out {
        Some(folder) => write_pages(command, folder, out)?,
        None => out.bytes(&one_page(&command).map_err(|error| Error::new(Kind::Io, format!("cannot write the manual page: {error}")))?),
    }
    Ok(ExitCode::SUCCESS)
}

fn write_pages(command: Command, folder: &Path, out: &Out) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| io_error("create", folder, error))?;
    clap_mangen::generate_to(command, folder).map_err(|error| io_error("write", folder, error))?;
    out.did("Wrote", format!("manual pages in `{}`", folder.display()));
    Ok(())
}

/// Puts the page of every command behind the program's own.
fn one_page(command: &Command) -> std::io::Result<Vec<u8>> {
    let program = Man::new(command.clone());
    let mut page = Vec::new();
    program.render_title(&mut page)?;
    program.render_name_section(&mut page)?;
    program.render_synopsis_section(&mut page)?;
    program.render_description_section(&mut page)?;
    program.render_options_section(&mut page)?;
    for sub in command.get_subcommands() {
        let name = format!("relance {}", sub.get_name());
        let part = Man::new(sub.clone().bin_name(name.clone()).disable_help_flag(true));
        let mut section = Vec::new();
        part.render_synopsis_section(&mut section)?;
        part.render_description_section(&mut section)?;
        if sub.get_arguments().next().is_some() {
            part.render_options_section(&mut section)?;
        }
        let section = String::from_utf8_lossy(&section).replace("\n.SH ", "\n.SS ");
        let section = section.strip_prefix(".SH ").map_or(section.clone(), |rest| format!(".SS {rest}"));
        page.extend_from_slice(format!(".SH {}\n{section}", name.to_uppercase()).as_bytes());
    }
    program.render_extra_section(&mut page)?;
    program.render_version_section(&mut page)?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Cli;
    use clap::CommandFactory as _;

    #[test]
    fn the_page_has_every_command_and_the_environment() {
        let page = String::from_utf8(one_page(&Cli::command()).expect("a page")).expect("UTF-8");
        for sub in Cli::command().get_subcommands() {
            assert!(page.contains(&format!("\n.SH RELANCE {}\n", sub.get_name().to_uppercase())), "{}", sub.get_name());
        }
        assert!(page.contains("RELANCE_LOG"));
    }
}
