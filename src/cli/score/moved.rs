//! People of a campaign who were written to and people who were held out: what an uplift is learned from.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use relance::clock::{Span, Timestamp};
use relance::error::{Error, Kind, Result};
use relance::holdout::Arm;
use relance::ledger::Assignment;
use relance::project::checked::Score;
use relance::propensity::{Told, figures};
use relance::survey::outcome::Horizon;

use super::rows::Past;
use crate::cli::app::{App, block_on};
use crate::cli::scored::may;

/// Days of assignment that are read again, those with most people.
const DAYS_MAX: usize = 6;

/// Reads who was drawn for a campaign long enough ago, what was known of them then, and whether they ordered since.
pub(super) fn told(app: &App, score: &Score, past: &Past<'_>, on: &mut dyn FnMut(NaiveDate)) -> Result<Vec<Told>> {
    let span = Span::days(score.horizon_days.unwrap_or(1).into());
    let mut by_day: BTreeMap<NaiveDate, Vec<Assignment>> = BTreeMap::new();
    for person in assigned(app, score, app.now.at.minus(span))? {
        by_day.entry(person.at.date(app.now.zone)).or_default().push(person);
    }
    let mut days: Vec<(NaiveDate, Vec<Assignment>)> = by_day.into_iter().collect();
    days.sort_by_key(|(day, people)| (std::cmp::Reverse(people.len()), *day));
    days.truncate(DAYS_MAX);
    days.sort_by_key(|(day, _)| *day);
    let mut told = Vec::new();
    for (day, people) in days {
        on(day);
        let first = people.iter().map(|person| person.at).min().unwrap_or(app.now.at);
        // What was known before anybody of that day was written to.
        let snapshot = past.known(Timestamp(first.0 - 1))?;
        let may = may(&app.project, &snapshot);
        let drawn: HashMap<&str, &Assignment> = people.iter().map(|person| (person.recipient.as_str(), person)).collect();
        for group in snapshot.profiles.groups() {
            for profile in group?.iter().filter(|profile| may.score(profile)) {
                let id = profile.contact.id.as_str();
                let Some(person) = drawn.get(id) else { continue };
                let Some(figures) = figures(profile, first) else { continue };
                let horizon = Horizon { after: Timestamp(person.at.0 - 1), until: person.at.plus(span) };
                told.push(Told { figures, is_treated: person.arm != Arm::Control.as_str(), happened: past.ordered(id, horizon) });
            }
        }
    }
    Ok(told)
}

fn assigned(app: &App, score: &Score, until: Timestamp) -> Result<Vec<Assignment>> {
    let name = score.campaign.as_deref().unwrap_or_default();
    let campaign = app.project.campaigns.get(name).filter(|campaign| campaign.held_out().is_some());
    let Some((campaign, experiment)) = campaign.and_then(|campaign| Some((campaign, campaign.experiment()?))) else {
        return Err(Error::new(Kind::Project, format!("`{}` cannot be learned: campaign `{name}` holds nobody out", score.name))
            .help(format!("write `holdout = \"20%\"` under [audience] of campaigns/{name}.toml, and wait for a horizon after its mails")));
    };
    block_on(async {
        let Some(ledger) = app.ledger(false).await? else { return Ok(Vec::new()) };
        let found = ledger.assignments(&campaign.name, &experiment, until).await;
        ledger.close().await;
        found
    })
}
