//! `relance init`: a project that works at once, with invented people.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use relance::error::Result;
use relance::project::starter::write_starter;
use serde_json::json;

use super::args::Globals;
use super::out::{Out, bold};

/// An instant at which the invented data has something to show.
const STARTER_NOW: &str = "2026-03-05T09:00";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder to write into; it is made when it does not exist.
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The project's name, shown in the mails; the folder's name when absent.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

pub(crate) fn run(args: &Args, _globals: &Globals, out: &Out) -> Result<ExitCode> {
    let name = args.name.clone().unwrap_or_else(|| folder_name(&args.dir));
    let written = write_starter(&args.dir, &name)?;
    let files: Vec<String> = written.iter().map(|path| path.strip_prefix(&args.dir).unwrap_or(path).display().to_string()).collect();
    if out.json {
        out.value(&json!({ "name": name, "folder": args.dir, "files": files }));
    }
    for file in &files {
        out.did("Wrote", file);
    }
    out.say("");
    out.say(format!("A project with 30 invented people is in `{}`; nothing in it can reach anybody. Next:", args.dir.display()));
    out.say("");
    if args.dir != Path::new(".") {
        out.say(format!("  {}", bold(format!("cd {}", args.dir.display()))));
    }
    out.say(format!("  {}", bold("relance check")));
    out.say(format!("  {}", bold(format!("relance plan newsletter --now {STARTER_NOW}"))));
    out.say(format!("  {}", bold(format!("relance preview newsletter --recipient c01 --now {STARTER_NOW}"))));
    out.say(format!("  {}", bold(format!("relance run newsletter --now {STARTER_NOW}"))));
    out.say("");
    out.say("The last one asks, then writes the mails as files into `outbox`.");
    Ok(ExitCode::SUCCESS)
}

/// Names a project after its folder: `my-shop` gives `My shop`.
fn folder_name(dir: &Path) -> String {
    let full = if dir == Path::new(".") { std::env::current_dir().unwrap_or_default() } else { dir.to_owned() };
    let folder = full.file_name().map(|name| name.to_string_lossy().replace(['-', '_', '"', '\\'], " ")).unwrap_or_default();
    let mut letters = folder.trim().chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Shop".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_named_after_its_folder() {
        for (dir, name) in [("/srv/my-shop", "My shop"), ("boutique", "Boutique"), ("/", "Shop"), ("été_2026", "Été 2026")] {
            assert_eq!(folder_name(Path::new(dir)), name, "{dir}");
        }
    }
}
