//! `relance audit segments`: how large segments are, how they overlap, and what each is worth beside the one it refines.

use std::process::ExitCode;

use relance::error::{Error, Result};
use relance::plan::Rules;
use relance::profile::Reading;
use relance::survey::interval::Interval;
use relance::survey::segments::{Overlaps, Value as Worth, Values};
use serde_json::{Map, Value, json};

use crate::cli::app::{App, schema_of};
use crate::cli::out::{Out, bold, count, dim};
use crate::cli::past::{Past, members};

/// Columns of the matrix shown on a terminal; JSON has all.
const COLUMNS_SHOWN: usize = 12;

pub(super) fn run(app: &App, horizon: &str, out: &Out) -> Result<ExitCode> {
    let snapshot = app.snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let names = rules.segments.names();
    let mut overlaps = Overlaps::new(names.len());
    let reading = Reading::of(&app.project, app.now);
    for group in snapshot.profiles.groups() {
        group?.iter().for_each(|profile| overlaps.add(&members(&snapshot, &rules, profile, reading).1));
    }
    let values = if app.project.config.sources.orders.is_some() {
        let past = Past::read(app, horizon)?;
        let mut values = Values::new(&past.rules.segments);
        past.each(app, |person, members| values.add(members, past.outcomes.of(person.profile.contact.id.as_str())))?;
        Some((past.horizon, values.values()))
    } else {
        None
    };
    if out.json {
        let worth = values.as_ref().map(|(horizon, values)| json!({ "after": horizon.after.to_string(), "until": horizon.until.to_string(), "currency": app.project.currency, "segments": values }));
        out.value(&as_json(app, names, &overlaps, worth.as_ref()));
        return Ok(ExitCode::SUCCESS);
    }
    print(app, names, &overlaps, out);
    if let Some((horizon, values)) = values {
        let day = |at: relance::clock::Timestamp| at.date(app.project.zone);
        out.data(format!(
            "\n{}  {}",
            bold("worth"),
            dim(format!("people as they were on {}, by their orders until {}; at 95 % each", day(horizon.after), day(horizon.until)))
        ));
        for value in &values {
            print_worth(app, value, out);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn as_json(app: &App, names: &[String], overlaps: &Overlaps, worth: Option<&Value>) -> Value {
    let group = |name: &str| {
        let groups = &app.project.segments.exclusive;
        groups.iter().find(|(_, members)| members.iter().any(|member| member.get_ref() == name)).map(|(group, _)| group.clone())
    };
    let segment = |(at, name): (usize, &String)| {
        let with: Map<String, Value> =
            names.iter().enumerate().map(|(other, name)| (name.clone(), overlaps.both[at][other].into())).collect();
        let depth: Vec<u64> = overlaps.depth[at].clone();
        json!({ "segment": name, "people": overlaps.both[at][at], "alone": overlaps.alone(at), "by_depth": depth, "with": with, "exclusive": group(name) })
    };
    json!({
        "at": app.now.at.to_string(), "people": overlaps.people, "in_none": overlaps.in_none,
        "segments": names.iter().enumerate().map(segment).collect::<Vec<_>>(), "worth": worth,
    })
}

fn print(app: &App, names: &[String], overlaps: &Overlaps, out: &Out) {
    out.data(format!(
        "{}  {}",
        bold("sizes"),
        dim(format!("{} people, {} in no segment", count(overlaps.people), count(overlaps.in_none)))
    ));
    for (at, name) in names.iter().enumerate() {
        let n = overlaps.both[at][at];
        let share = relance::survey::interval::ratio(n, overlaps.people) * 100.0;
        out.data(format!("  {:>2}  {name:<24} {:>9}  {share:>5.1} %  {} in no other", at + 1, count(n), count(overlaps.alone(at))));
    }
    for (group, members) in &app.project.segments.exclusive {
        let names: Vec<&str> = members.iter().map(|member| member.get_ref().as_str()).collect();
        out.data(format!("  {}", dim(format!("exclusive {group}: the first that matches of {}", names.join(", ")))));
    }
    out.data(format!("\n{}  {}", bold("people in both"), dim("columns are numbered as above; the diagonal is the size")));
    let shown = names.len().min(COLUMNS_SHOWN);
    let head = (1..=shown).map(|n| format!("{n:>9}")).collect::<Vec<_>>().concat();
    out.data(format!("  {:<28}{}", "", dim(head)));
    for (at, name) in names.iter().enumerate() {
        let cells = overlaps.both[at][..shown].iter().map(|n| format!("{:>9}", count(*n))).collect::<Vec<_>>().concat();
        out.data(format!("  {:>2}  {name:<24}{cells}", at + 1));
    }
    if shown < names.len() {
        out.data(format!("  {}", dim(format!("and {} columns more: see `--json`", names.len() - shown))));
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of amounts")]
fn print_worth(app: &App, value: &Worth, out: &Out) {
    let percent = |value: f64| format!("{:.1} %", value * 100.0);
    let points = |value: f64| format!("{:+.1} points", value * 100.0);
    let money = |minor: f64| relance::money::Money { minor: minor.round() as i64, currency: app.project.currency }.to_string();
    let three = |interval: Option<Interval>, write: &dyn Fn(f64) -> String| {
        interval.map_or_else(|| "too few".to_owned(), |one| format!("{} ({} to {})", write(one.value), write(one.low), write(one.high)))
    };
    let beside = value.parent.as_ref().map_or_else(|| "everybody else".to_owned(), |parent| format!("the others of {parent}"));
    out.data(format!(
        "  {}  {}",
        value.segment,
        dim(format!("{} people, {} with an order; beside {beside}", count(value.people), count(value.buyers)))
    ));
    out.data(format!("    conversion  {}; difference {}", three(value.conversion, &percent), three(value.conversion_more, &points)));
    out.data(format!("    money       {} a person; difference {}", three(value.spent, &money), three(value.spent_more, &money)));
    match value.margin {
        None => out.data(format!("    margin      {}", dim("the orders do not say it, or too few people"))),
        Some(_) => {
            out.data(format!("    margin      {} a person; difference {}", three(value.margin, &money), three(value.margin_more, &money)));
        }
    }
}
