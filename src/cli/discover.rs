//! `relance discover`: segments that buy more or less than the others, as conditions to paste into `segments.toml`.

use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::survey::candidates::{Candidate, Gathered};
use relance::survey::discover::{By, Findings, Found, Search, Table};
use relance::survey::interval::Interval;
use serde_json::{Value, json};

use super::app::{App, schema_of};
use super::args::Globals;
use super::out::{Out, count};
use super::past::Past;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// People are sorted by what was known this long ago, and judged by their orders since.
    #[arg(long, default_value = "60d", value_name = "TIME")]
    horizon: String,
    /// Fewest people of a segment in each half of the base; of buyers, to judge a basket.
    #[arg(long, default_value_t = 50, value_name = "N")]
    support: u64,
    /// Chance, in percent, that anything is found where there is nothing to find.
    #[arg(long, default_value_t = 5.0, value_name = "PERCENT")]
    error: f64,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    if !(args.error > 0.0 && args.error < 100.0) || args.support < 2 {
        return Err(
            Error::new(Kind::Usage, "`--error` is above 0 and under 100, `--support` at least 2").help("try `--error 5 --support 50`")
        );
    }
    let app = App::open(globals)?;
    app.rules()?;
    let past = Past::read(&app, &args.horizon)?;
    let asks = past.snapshot.inputs.asks_profiling();
    let mut gathered = Gathered::default();
    let mut left_out = 0_u64;
    past.each(&app, |person, _| {
        // Nobody who did not agree to be profiled is looked at.
        if person.profile.contact.may_be_profiled(asks, person.reading.consents_expired) { gathered.see(person) } else { left_out += 1 }
    })?;
    let candidates = gathered.conditions(2 * args.support, &schema_of(&past.snapshot));
    let mut table = Table::new(candidates.iter().map(|candidate| candidate.about.clone()).collect());
    past.each(&app, |person, _| {
        if person.profile.contact.may_be_profiled(asks, person.reading.consents_expired) {
            let meets = candidates.iter().map(|candidate| candidate.condition.eval(person).is_true());
            let id = person.profile.contact.id.as_str();
            table.add(id, meets, past.outcomes.of(id));
        }
    })?;
    let findings = table.search(Search { support: args.support, error: args.error / 100.0 });
    if out.json {
        out.value(&as_json(&app, args, &past, &candidates, &findings, left_out));
        return Ok(ExitCode::SUCCESS);
    }
    let people: u64 = findings.people.iter().sum();
    let day = |at: relance::clock::Timestamp| at.date(app.project.zone);
    out.say(format!(
        "{} people as known on {}, judged by their orders until {}; {} who did not agree to be profiled left out",
        count(people),
        day(past.horizon.after),
        day(past.horizon.until),
        count(left_out)
    ));
    out.say(format!(
        "{} conditions tried on one half, {} judged on the other; chance to find anything where there is nothing: at most {} %\n",
        count(findings.tried),
        findings.proposed,
        args.error
    ));
    for (n, found) in findings.found.iter().enumerate() {
        out.data(pasted(&app, n + 1, found, &candidates));
    }
    if findings.found.is_empty() {
        out.say("nothing stands out: use larger groups, a longer `--horizon`, or more data");
    } else {
        out.say("what people did is no proof of what a mail will do: keep a holdout");
    }
    Ok(ExitCode::SUCCESS)
}

/// A segment as `segments.toml` writes it, with what was found above it.
fn pasted(app: &App, n: usize, found: &Found, candidates: &[Candidate]) -> String {
    let conditions: Vec<String> = conditions(found, candidates).iter().map(|text| toml::Value::String(text.clone()).to_string()).collect();
    let word = if found.higher { "higher" } else { "lower" };
    let (what, name) = match found.by {
        By::Conversion => ("conversion", "conversion"),
        By::Basket => ("basket", "mean basket"),
    };
    format!(
        "# {name} {} against {} of the others; {} people of one half, {} buyers; p {}\n[segments.{what}_{word}_{n}]\nall = [{}]\n",
        shown(app, found.by, found.inside),
        shown(app, found.by, found.others),
        count(found.people),
        count(found.buyers),
        if found.chance < 0.0001 { "under 0.0001".to_owned() } else { format!("{:.4}", found.chance) },
        conditions.join(", ")
    )
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of amounts")]
fn shown(app: &App, by: By, value: Option<Interval>) -> String {
    let Some(value) = value else { return "unknown".to_owned() };
    let one = |value: f64| match by {
        By::Conversion => format!("{:.1} %", value * 100.0),
        By::Basket => relance::money::Money { minor: value.round() as i64, currency: app.project.currency }.to_string(),
    };
    format!("{} ({} to {})", one(value.value), one(value.low), one(value.high))
}

fn conditions(found: &Found, candidates: &[Candidate]) -> Vec<String> {
    found.candidates.iter().map(|at| candidates[*at].condition.to_string()).collect()
}

fn as_json(app: &App, args: &Args, past: &Past, candidates: &[Candidate], findings: &Findings, left_out: u64) -> Value {
    let found: Vec<Value> = findings
        .found
        .iter()
        .map(|found| {
            let mut value = serde_json::to_value(found).unwrap_or_default();
            value["all"] = conditions(found, candidates).into();
            value
        })
        .collect();
    json!({
        "after": past.horizon.after.to_string(), "until": past.horizon.until.to_string(), "error": args.error / 100.0,
        "support": args.support, "currency": app.project.currency, "people": findings.people, "left_out": left_out,
        "tried": findings.tried, "proposed": findings.proposed, "found": found,
    })
}
