//! `relance audit potential`: what is worth doing first, by whom it reaches, what they spend, and what data it lacks.

use std::process::ExitCode;

use relance::error::Result;
use relance::money::Money;
use relance::plan::Planner;
use relance::project::campaign::TriggerKind;
use relance::project::content::Level;
use relance::project::trigger::Trigger;
use relance::survey::inventory::take;
use relance::survey::potential::{CANDIDATES, Potential, agreed, as_it_stands, is_in_reach, missing_of, sort, word};
use relance::survey::readiness::missing;
use serde_json::json;

use crate::cli::app::{App, Memory, world};
use crate::cli::out::{Out, bold, count, dim, money};
use crate::cli::past::Past;
use crate::cli::secrets;

pub(super) fn run(app: &App, horizon: &str, out: &Out) -> Result<ExitCode> {
    let inventory = take(&app.project, app.now, &secrets::source_urls(&app.project)?)?;
    let past = Past::with_or_without_orders(app, horizon)?;
    let has_orders = app.project.config.sources.orders.is_some();
    let memory = Memory::default();
    let mut planners = Vec::new();
    for campaign in app.project.campaigns.values() {
        let world = world(&app.project, &past.rules, &past.snapshot, &memory, Level::Individual);
        planners.push((campaign, Planner::new(world, campaign, None)?));
    }
    let has = |kind: TriggerKind| planners.iter().any(|(campaign, _)| campaign.trigger.as_ref().is_some_and(|trigger| trigger.on == kind));
    let candidates: Vec<Trigger> = CANDIDATES.into_iter().filter(|kind| !has(*kind)).filter_map(as_it_stands).collect();
    let mut reached = vec![(0_u64, 0_i64); planners.len() + candidates.len()];
    let asks = past.snapshot.inputs.asks_profiling();
    past.each(app, |person, _| {
        let spent = past.outcomes.of(person.profile.contact.id.as_str()).spent;
        let of_campaigns = planners.iter().map(|(campaign, planner)| {
            campaign.trigger.as_ref().is_none_or(|trigger| is_in_reach(trigger, person)) && planner.is_for(person.profile)
        });
        let may_profile = person.profile.contact.may_be_profiled(asks, person.reading.consents_expired);
        let of_candidates =
            candidates.iter().map(|it| agreed(person) && (may_profile || !it.on.rests_on_behaviour()) && is_in_reach(it, person));
        for (counted, _) in reached.iter_mut().zip(of_campaigns.chain(of_candidates)).filter(|(_, is_reached)| *is_reached) {
            *counted = (counted.0 + 1, counted.1.saturating_add(spent));
        }
    })?;
    let campaigns = planners.iter().map(|(campaign, _)| (campaign.name.to_string(), false, missing(&past.rules, campaign, &inventory)));
    let triggers = candidates.iter().map(|it| (word(it.on), true, missing_of(it, &inventory)));
    let mut all: Vec<Potential> = campaigns
        .chain(triggers)
        .zip(&reached)
        .map(|((name, is_candidate, missing), (reach, spent))| {
            Potential::new(name, is_candidate, *reach, has_orders.then_some(*spent), &missing)
        })
        .collect();
    sort(&mut all);
    if out.json {
        out.value(&json!({
            "after": past.horizon.after.to_string(), "until": past.horizon.until.to_string(), "currency": app.project.currency,
            "potentials": all,
        }));
    } else {
        print(app, &past, &all, out);
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::cast_possible_truncation, reason = "amounts for reading")]
fn print(app: &App, past: &Past, all: &[Potential], out: &Out) {
    let day = |at: relance::clock::Timestamp| at.date(app.project.zone);
    // Without orders there is no money to show.
    let money = |minor: Option<f64>| {
        minor.map_or_else(|| "-".to_owned(), |minor| money(Money { minor: minor.round() as i64, currency: app.project.currency }))
    };
    let then = day(past.horizon.after);
    let how = match app.project.config.sources.orders {
        Some(_) => {
            format!("people as they were on {then}, by their orders until {}: reach x value x readiness", day(past.horizon.until))
        }
        None => format!("people as they were on {then}; no orders are read: sorted by reach x readiness"),
    };
    out.data(format!("{}  {}", bold("potential"), dim(how)));
    out.data(dim(format!("  {:<20} {:>9} {:>14} {:>6} {:>16}", "", "reach", "value each", "ready", "potential")));
    for one in all {
        let kind = if one.is_candidate { "  no campaign yet" } else { "" };
        out.data(format!(
            "  {:<20} {:>9} {:>14} {:>5.0}% {:>16}{}",
            one.name,
            count(one.reach),
            money(one.value),
            one.readiness * 100.0,
            money(one.potential),
            dim(kind)
        ));
        one.missing.iter().for_each(|missing| out.data(format!("  {:<20} {}", "", dim(missing))));
    }
    if app.project.config.sources.orders.is_none() {
        out.say("\nWithout orders nobody knows what these people are worth: declare [sources.orders] in relance.toml for the money.");
        return;
    }
    out.say("\nThe value is what these people spend anyway, not what a mail adds: only a test with a holdout can say that.");
}
