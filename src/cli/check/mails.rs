//! `relance check --mails`: every mail that would go out now, looked at as it would leave, and the score card of each campaign.

use std::fmt::Write as _;
use std::process::ExitCode;

use relance::error::{Error, Result};
use relance::id::stable_hash;
use relance::inspect::{Level, Noted, Report};
use relance::plan::{Draft, Planner, Rules, ScoreCard};
use relance::project::checked::Campaign;
use relance::project::content::Level as Reach;
use serde_json::{Value, json};

use crate::cli::accounts::settled;
use crate::cli::app::{App, schema_of, world};
use crate::cli::args::Globals;
use crate::cli::campaigns::{Chosen, named};
use crate::cli::everybody::freeze_all;
use crate::cli::inspector::Inspector;
use crate::cli::mailer::Mailer;
use crate::cli::out::{Out, bold, count, dim, green, red};
use crate::cli::summary;

/// Exit code of mails that must not leave as they are.
const FAULTS: u8 = 1;

/// Looks at the mails of one campaign, or of all; `sample` bounds how many of each.
pub(super) fn run(campaign: Option<&str>, sample: Option<usize>, notes: bool, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let mailer = Mailer::open(&app, &app.rules()?)?.signing(&app)?;
    let inspector = Inspector::open(&app.project, &mailer)?;
    let chosen: Vec<Chosen<'_>> = match campaign {
        Some(name) => vec![named(&app, name)?],
        None => app.project.campaigns.keys().filter_map(|name| named(&app, name.as_str()).ok()).collect(),
    };
    let snapshot = app.snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let memory = app.remembered()?;
    let (mut told, mut n_must) = (Vec::new(), 0);
    for chosen in chosen {
        let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, Reach::Individual), chosen.0, chosen.1.clone())?;
        let planner = settled(planner, &snapshot)?;
        let (mut report, mut totals) = (Report::default(), planner.totals());
        let mut drawn: Vec<(u64, Draft)> = Vec::new();
        for group in snapshot.profiles.groups() {
            let people = group?;
            let mut drafts: Vec<Draft> = Vec::new();
            for (profile, (decision, draft, ())) in people.iter().zip(freeze_all(&planner, &people, |_| ())) {
                totals.add(&decision, planner.arm(profile, &decision));
                drafts.extend(draft);
            }
            match sample {
                None => inspector.look_at_all(chosen.0, &mailer, &drafts, &mut report),
                Some(n) => {
                    drawn.extend(drafts.into_iter().map(|draft| (stable_hash(&["check", draft.recipient.as_str()]), draft)));
                    drawn.sort_by_key(|(hash, _)| *hash);
                    drawn.truncate(n);
                }
            }
        }
        let drawn: Vec<Draft> = drawn.into_iter().map(|(_, draft)| draft).collect();
        inspector.look_at_all(chosen.0, &mailer, &drawn, &mut report);
        let card = ScoreCard::of(&app.project, &rules.schema, &rules.segments, chosen.0, &totals);
        // `run` refuses a red lever as well.
        n_must += report.n(Level::Must) + card.red().len();
        if out.json {
            told.push(as_json(chosen.0, &report, &card));
        } else {
            out.data(written(chosen.0, &report, notes));
            out.data(summary::score(&card));
        }
    }
    if notes && !out.json {
        out.data(little_known(&inspector));
    }
    if out.json {
        out.value(&json!({ "clients_as_of": inspector.clients_as_of(), "clients": inspector.known(), "campaigns": told }));
    }
    Ok(if n_must == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAULTS) })
}

fn as_json(campaign: &Campaign, report: &Report, card: &ScoreCard) -> Value {
    json!({ "campaign": campaign.name, "mails": report.n_mails, "findings": report.noted(), "score": card })
}

fn written(campaign: &Campaign, report: &Report, with_notes: bool) -> String {
    let mut text = format!("{}  {} mails looked at\n", bold(&campaign.name), count(report.n_mails));
    let noted = report.noted();
    if noted.is_empty() {
        _ = writeln!(text, "  {}", green("nothing found"));
    }
    let (shown, hidden): (Vec<&Noted>, Vec<&Noted>) = noted.into_iter().partition(|noted| with_notes || noted.level < Level::Note);
    for finding in shown {
        text.push_str(&line(finding, report.n_mails));
    }
    if !hidden.is_empty() {
        let words = format!("{} of what mail programs do not support, and other remarks: `--notes` says which", hidden.len());
        _ = writeln!(text, "  {}", dim(words));
    }
    text
}

/// Says of which mail programs little is known: no finding about them does not mean that all is well there.
fn little_known(inspector: &Inspector) -> String {
    let partly = inspector.known().iter().filter(|known| known.features < known.of);
    let partly: Vec<String> = partly.map(|known| format!("{} {} of {}", known.client, known.features, known.of)).collect();
    let day = inspector.clients_as_of();
    match partly.as_slice() {
        [] => format!("mail programs: as caniemail.com knew them on {day}"),
        partly => {
            format!("mail programs: as caniemail.com knew them on {day}; features known: {}; nothing is said of others", partly.join(", "))
        }
    }
}

fn line(noted: &Noted, n_mails: u64) -> String {
    let level = match noted.level {
        Level::Must => red("must  "),
        Level::Should => bold("should"),
        Level::Note => dim("note  "),
    };
    let share = if noted.mails == n_mails { "all".to_owned() } else { count(noted.mails) };
    let whom = noted.recipients.join(", ");
    let about = if noted.about.is_empty() || noted.message.contains(&noted.about) { String::new() } else { format!(" ({})", noted.about) };
    format!("  {level} {share:>7}  {}{about}\n{:>18}{}\n", noted.message, "", dim(format!("{}; {}; e.g. {whom}", noted.code, noted.help)))
}
