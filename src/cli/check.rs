//! `relance check`: everything that can be known to be wrong before a mail is sent, all at once.

mod mails;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum;
use relance::condition::Schema;
use relance::error::{Diagnostic, Result, Severity, plural};
use relance::plan::Rules;
use relance::profile::PROFILING;
use relance::project::campaign::{Fill, SlotMode};
use relance::project::checked::Campaign;
use relance::project::privacy::Profiling;
use relance::project::{self, Examined, Project};
use relance::snapshot::Snapshot;
use serde_json::json;

use super::app::{self, App};
use super::args::Globals;
use super::out::{Out, count, green};
use super::{errors, mailer, scored};

/// Exit code of a project that cannot be used.
const INVALID: u8 = 78;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Also fail on these.
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,
    /// Read the sources too, and check the conditions against the columns and topics that exist.
    #[arg(long)]
    data: bool,
    /// Make every mail that would go out now, of one campaign or of all, and look at each as it would leave: headers, size, links,
    /// contrast, and what mail programs do not support.
    #[arg(long, value_name = "CAMPAIGN", num_args = 0..=1, default_missing_value = "", conflicts_with = "data")]
    mails: Option<String>,
    /// Look at this many mails of each campaign, drawn by hash.
    #[arg(long, value_name = "N", requires = "mails", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Say also what some mail programs do not support, and other remarks.
    #[arg(long, requires = "mails")]
    notes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Remarks that stop nothing.
    Warnings,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    if let Some(campaign) = &args.mails {
        return mails::run(
            Some(campaign.as_str()).filter(|name| !name.is_empty()),
            args.sample.map(|n| n as usize),
            args.notes,
            globals,
            out,
        );
    }
    let examined = project::examine(&globals.project, globals.env.as_deref())?;
    let n_files = match &examined.project {
        Some(project) if !project::is_refused(&examined.found) => project.n_files(),
        _ => n_texts(&globals.project, globals.env.as_deref()),
    };
    if examined.project.is_none() {
        out.warn("conditions and templates are looked at once `relance.toml` can be read");
    }
    let found = look(examined, args, globals, out)?;
    let n_errors = found.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    let n_warnings = found.len() - n_errors;
    for diagnostic in &found {
        out.error(errors::drawn(diagnostic));
    }
    if out.json {
        let diagnostics: Vec<_> = found.iter().map(errors::diagnostic_json).collect();
        out.value(&json!({ "errors": n_errors, "warnings": n_warnings, "files": n_files, "diagnostics": diagnostics }));
    }
    let is_good = n_errors == 0 && (n_warnings == 0 || args.deny != Some(Deny::Warnings));
    out.say(summary(n_errors, n_warnings, n_files));
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(INVALID) })
}

/// Compiles all that could be read of a project and lists what is wrong with it.
///
/// What could not be read is not held against the rest: a mistake is told once, where it is.
fn look(examined: Examined, args: &Args, globals: &Globals, out: &Out) -> Result<Vec<Diagnostic>> {
    let Examined { project, mut found, has_segments, has_texts } = examined;
    let Some(project) = project else { return Ok(found) };
    let refused = project::is_refused(&found);
    let now = app::instant(globals, &project, relance::ledger::system_now())?;
    found.extend(project.out_of_date(now.today()));
    found.extend(pools(&project));
    found.extend(project.campaigns.values().filter_map(|campaign| explicit_only(&project, campaign)));
    let mut unasked = Vec::new();
    let schema = if args.data && !refused {
        let snapshot = App::open(globals)?.build(out)?.0;
        unasked = no_column(&project, &snapshot);
        app::schema_of(&snapshot)
    } else {
        Schema { scores: scored::states(&project, now)?, ..Schema::default() }
    };
    found.extend(unasked);
    let (rules, mut later) = Rules::examine(&project, schema);
    later.retain(|diagnostic| has_segments || diagnostic.code != "condition::unknown-segment");
    if has_texts {
        later.extend(mailer::designs(&project, &rules).1);
    }
    later.retain(|diagnostic| !found.iter().any(|earlier| same_place(earlier, diagnostic)));
    found.extend(later);
    Ok(found)
}

/// Lists the pools of codes that cannot be read or hold nothing.
fn pools(project: &Project) -> Vec<Diagnostic> {
    let mistake = |message: String| Diagnostic::error("offer::no-codes", message);
    match project.codes() {
        Ok(pools) => {
            let empty = pools.into_iter().filter(|(_, codes)| codes.is_empty());
            empty.map(|(pool, _)| mistake(format!("`{pool}` holds no code")).help("write one code a line")).collect()
        }
        Err(error) => {
            vec![mistake(error.to_string()).help("an offer takes its codes from there: write one code a line, or name the `column`")]
        }
    }
}

/// Lists the campaigns that need a consent about which the contacts say nothing at all.
fn no_column(project: &Project, snapshot: &Snapshot) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, campaign) in project.campaigns.iter().filter(|(_, campaign)| !campaign.spec.compulsory) {
        let mut missing = |purpose: &str, place: std::ops::Range<usize>, why: &str, or: &str| {
            if !snapshot.inputs.purposes.contains(purpose) {
                let message = format!("campaign `{name}` needs the consent to `{purpose}`, and no contact says yes or no to it");
                let help = format!("add the column `consent_{purpose}` to `contacts`, with `_at`, `_basis` and `_source`{or}");
                found.push(Diagnostic::error("consent::no-column", message).at(&campaign.text, place, why).help(help));
            }
        };
        let written = campaign.spec.consent.as_ref();
        let place = written.map_or_else(|| campaign.spec.template.span(), toml::Spanned::span);
        missing(written.map_or("newsletter", |purpose| purpose.get_ref()), place, "so nobody would get it", "");
        let follows = |slot: &relance::project::checked::Slot| {
            slot.spec.mode == SlotMode::Automatic && matches!(slot.spec.fill, Fill::Products | Fill::Categories | Fill::Cart)
        };
        if project.config.consents.profiling == Profiling::Consent && campaign.slots.values().any(follows) {
            let or = "; or write `profiling = \"not_asked\"` in `[consents]` if the use of what people do rests on another basis";
            missing(PROFILING, campaign.spec.template.span(), "its slots follow what people did", or);
        }
    }
    found
}

/// Says whether two remarks are about the same words of the same file.
fn same_place(a: &Diagnostic, b: &Diagnostic) -> bool {
    let (Some(a), Some(b)) = (&a.place, &b.place) else { return false };
    let (from, until) = (a.span.offset(), a.span.offset() + a.span.len());
    let is_words = a.text.inner().get(from..until).is_some_and(|words| !words.contains('\n'));
    is_words && a.text.name() == b.text.name() && (from..until).contains(&b.span.offset())
}

/// Warns of a campaign in which nothing but a name differs from reader to reader.
fn explicit_only(project: &Project, campaign: &Campaign) -> Option<Diagnostic> {
    if campaign.slots.values().any(|slot| slot.spec.mode == SlotMode::Automatic) {
        return None;
    }
    let mut texts: Vec<&str> = Vec::new();
    for name in campaign.templates() {
        with_included(project, name, &mut BTreeSet::new(), &mut texts);
    }
    let subjects = campaign.spec.subject.values().chain(campaign.spec.preheader.values());
    let steps = campaign.steps.iter().flat_map(|step| step.spec.subject.values().chain(step.spec.preheader.values()));
    texts.extend(subjects.chain(steps).map(|text| text.get_ref().as_str()));
    let used: BTreeSet<&str> = texts.iter().flat_map(|text| recipient_fields(text)).collect();
    let greets = !used.is_empty() && used.iter().all(|field| matches!(*field, "first_name" | "last_name"));
    greets.then(|| {
        let message = format!("campaign `{}` is personalised by a name alone: explicit only", campaign.name);
        Diagnostic::warning("campaign::explicit-only", message)
            .at(&campaign.text, campaign.spec.template.span(), "nothing here follows what the reader did or likes")
            .help("add a slot that is filled for the reader, for example `[slots.picks]` with `fill = \"products\"`")
    })
}

/// Gathers the text of a template and of all it includes.
pub(crate) fn with_included<'a>(project: &'a Project, name: &'a str, seen: &mut BTreeSet<&'a str>, texts: &mut Vec<&'a str>) {
    if !seen.insert(name) {
        return;
    }
    let Some(text) = project.templates.get(name) else { return };
    texts.push(text.inner());
    let included: Vec<&str> =
        project.templates.keys().map(String::as_str).filter(|other| text.inner().contains(&format!("\"{other}\""))).collect();
    for other in included {
        with_included(project, other, seen, texts);
    }
}

/// Lists the fields of `recipient` that a text names.
fn recipient_fields(text: &str) -> impl Iterator<Item = &str> {
    text.split("recipient.")
        .skip(1)
        .map(|rest| rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default())
}

/// Counts the texts of a project that could not be loaded.
fn n_texts(root: &Path, env: Option<&str>) -> usize {
    let overlay = env.map(|env| format!("relance.{env}.toml"));
    let single = ["relance.toml", "segments.toml", "offers.toml"].into_iter().chain(overlay.as_deref());
    let in_folder = |(folder, extensions): (&str, &[&str])| n_below(&root.join(folder), extensions);
    let folders: [(&str, &[&str]); 4] =
        [("campaigns", &["toml"]), ("blocks", &["mjml"]), ("templates", &["mjml", "txt", "html"]), ("locales", &["ftl"])];
    single.filter(|name| root.join(name).is_file()).count() + folders.into_iter().map(in_folder).sum::<usize>()
}

fn n_below(folder: &Path, extensions: &[&str]) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => n_below(&entry.path(), extensions),
            _ => usize::from(entry.path().extension().is_some_and(|found| extensions.iter().any(|extension| found == *extension))),
        })
        .sum()
}

fn summary(n_errors: usize, n_warnings: usize, n_files: usize) -> String {
    let files = format!("{} {}", count(n_files as u64), plural(n_files, "file"));
    let part = |n: usize, word: &str| (n > 0).then(|| format!("{} {}", count(n as u64), plural(n, word)));
    let parts: Vec<String> = [part(n_errors, "error"), part(n_warnings, "warning")].into_iter().flatten().collect();
    if parts.is_empty() { format!("{} in {files}", green("no mistake")) } else { format!("{} in {files}", parts.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_what_there_is() {
        assert_eq!(summary(2, 1, 14), "2 errors, 1 warning in 14 files");
        assert_eq!(summary(0, 3, 1), "3 warnings in 1 file");
        assert!(summary(0, 0, 9).ends_with(" in 9 files"));
    }

    #[test]
    fn the_fields_a_text_names_are_found() {
        let fields: Vec<&str> = recipient_fields("{{ recipient.first_name }}, {% if recipient.city == 'Paris' %}").collect();
        assert_eq!(fields, ["first_name", "city"]);
    }
}
