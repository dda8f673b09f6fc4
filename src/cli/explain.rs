//! `relance explain`: one decision with every reason.

use std::fmt::Write as _;
use std::process::ExitCode;

use relance::error::{Error, Kind, Result};
use relance::plan::{Explanation, Planner, Rules};
use relance::profile::Profile;
use relance::project::content::Level;
use relance::propensity::Scorer;
use relance::selection::{Claims, Filling, Intrusion, Length};
use relance::snapshot::Snapshot;
use serde_json::{Value, json};

use super::accounts::settled;
use super::app::{App, schema_of, world};
use super::args::Globals;
use super::campaigns::named;
use super::out::{Out, bold, dim, green, red};

/// Products passed over that are shown.
const PASSED_OVER_SHOWN: usize = 6;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign: the name of a file of `campaigns/`, without `.toml`.
    campaign: String,
    /// The person, by id or by address.
    recipient: String,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    app.rules()?;
    let (campaign, edition) = named(&app, &args.campaign)?;
    let snapshot = app.snapshot_for_one(out)?;
    let profile = find(&snapshot, &args.recipient)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let memory = app.remembered()?;
    let planner = Planner::new(world(&app.project, &rules, &snapshot, &memory, Level::Individual), campaign, edition)?;
    let planner = settled(planner, &snapshot)?;
    let explanation = planner.explain(&profile);
    if out.json {
        let mut value = serde_json::to_value(&explanation).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            fields.insert("campaign".to_owned(), campaign.name.as_str().into());
            fields.insert("scores".to_owned(), scores(&profile, &snapshot).iter().map(Scored::json).collect());
        }
        out.value(&value);
    } else {
        let locale = profile.contact.locale.as_deref().unwrap_or(&app.project.locale);
        out.data(format!("{}  {}  {locale}", bold(&profile.contact.id), profile.contact.email));
        out.data(written(&explanation, &snapshot, &scores(&profile, &snapshot)));
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds one person by id, or by an address that only one person has.
pub(crate) fn find(snapshot: &Snapshot, whom: &str) -> Result<Profile> {
    if let Some(profile) = snapshot.profiles.find_by_id(whom)? {
        return Ok(profile);
    }
    let mut found = snapshot.profiles.find_by_address(whom)?;
    match found.as_slice() {
        [_] => Ok(found.remove(0)),
        [] => {
            Err(Error::new(Kind::Usage, "there is no such recipient")
                .help("give an id of the contacts source, or an address written there"))
        }
        many => {
            let ids = many.iter().map(|profile| profile.contact.id.as_str()).collect::<Vec<_>>().join(", ");
            Err(Error::new(Kind::Usage, format!("{} contacts have this address", many.len())).help(format!("give one of their ids: {ids}")))
        }
    }
}

/// A score of the person, and where it comes from.
struct Scored<'a> {
    name: &'a str,
    value: Option<f64>,
    band: Option<&'static str>,
    model: Option<(&'a str, chrono::NaiveDate)>,
}

impl Scored<'_> {
    fn json(&self) -> Value {
        let (version, learned_until) = self.model.unzip();
        json!({ "score": self.name, "value": self.value, "band": self.band, "model": version, "learned_until": learned_until })
    }

    fn words(&self) -> String {
        let value = self.value.map_or_else(|| "unknown".to_owned(), |value| format!("{value:.3}"));
        let band = self.band.map(|band| format!(" {band}")).unwrap_or_default();
        let model = self.model.map(|(version, day)| format!("model {version}, learned until {day}")).unwrap_or_default();
        format!("{:<24} {value}{band}  {}", self.name, dim(model))
    }
}

/// Lists every score of the project as it is of a person.
fn scores<'a>(profile: &Profile, snapshot: &'a Snapshot) -> Vec<Scored<'a>> {
    let value = |name: &str| profile.scores.iter().find(|scored| *scored.name == *name).map(|scored| scored.value);
    let scored = |scorer: &'a Scorer| {
        let value = value(scorer.name());
        let band = scorer.band().zip(value).map(|(band, value)| band.word(value));
        let model = scorer.model().map(|model| (model.version.as_str(), model.learned_until));
        Scored { name: scorer.name(), value, band, model }
    };
    snapshot.profiles.scorers().all().iter().map(scored).collect()
}

fn written(explanation: &Explanation, snapshot: &Snapshot, scores: &[Scored<'_>]) -> String {
    let mut text = match &explanation.skipped {
        None => format!("{}\n", green("admitted")),
        Some(skip) => format!("{}: {}, {}\n", red("skipped"), skip.reason.words(), skip.detail),
    };
    if let Some(edition) = &explanation.edition {
        _ = writeln!(text, "{}", dim(format!("edition {edition}")));
    }
    text.push('\n');
    for check in &explanation.checks {
        let sign = if check.passed { green("ok") } else { red("no") };
        _ = writeln!(text, "  {sign}  {:<58} {}", check.what, dim(&check.value));
    }
    if !explanation.segments.is_empty() {
        _ = writeln!(text, "\n  in segments  {}", explanation.segments.join(", "));
    }
    for (at, scored) in scores.iter().enumerate() {
        let head = if at == 0 { "\n  scores       " } else { "               " };
        _ = writeln!(text, "{head}{}", scored.words());
    }
    let Some(composition) = &explanation.composition else { return text };
    if explanation.skipped.is_some() {
        _ = writeln!(text, "\n  {}", dim("the mail would be:"));
    }
    for (slot, filling) in &composition.slots {
        _ = writeln!(text, "\n  {}", bold(slot));
        write_filling(&mut text, filling, snapshot);
    }
    if let Some(offer) = &composition.offer {
        _ = writeln!(text, "\n  {}  {}", bold("offer"), offer.name);
    }
    if let Some(length) = &composition.length {
        write_length(&mut text, length);
    }
    write_intrusion(&mut text, &composition.intrusion);
    let kinds: Vec<&str> = composition.because.iter().copied().collect();
    _ = writeln!(text, "\n  data used  {}", if kinds.is_empty() { "none about the person".to_owned() } else { kinds.join(", ") });
    text
}

/// How long the mail is, and what it does without.
fn write_length(text: &mut String, length: &Length) {
    let whole = if length.left_out.is_empty() { String::new() } else { format!("; {} with all of it", length.whole) };
    _ = writeln!(text, "\n  length  {} of {} things to read{whole}", length.things, length.max);
    for left_out in &length.left_out {
        let what = left_out.what();
        _ = writeln!(
            text,
            "      {}",
            dim(format!("left out {what}: the mail was too long, and `{}` has priority {}", left_out.slot, left_out.priority))
        );
    }
}

/// What the mail lets its reader see, in points.
fn write_intrusion(text: &mut String, intrusion: &Intrusion) {
    let of = intrusion.budget.map(|budget| format!(" of {budget}")).unwrap_or_default();
    _ = writeln!(text, "\n  intrusion  {}{of} points", intrusion.points);
    for seen in &intrusion.seen {
        let fresh = if seen.is_fresh { ", within a day" } else { "" };
        let sensitive = if seen.is_sensitive { ", sensitive" } else { "" };
        _ = writeln!(text, "    {:>2}  {:<12} {}{fresh}{sensitive}  {}", seen.points, seen.slot, seen.what.word(), dim(&seen.which));
    }
    for dropped in &intrusion.dropped {
        _ = writeln!(text, "      {}", dim(format!("dropped {} of `{}`: over the budget", dropped.block, dropped.slot)));
    }
}

/// What may be said of a product, after what was said of it before.
fn claimed(claims: Claims) -> String {
    let count = claims.social_proof.map(|count| format!("; {} orders in {} d", count.n, count.days));
    let left = claims.low_stock.map(|left| format!("; {left} left"));
    count.into_iter().chain(left).collect()
}

/// The probability of a product that was drawn, after why it is shown.
fn lot(propensity: Option<f64>) -> String {
    let digits = |propensity: f64| if propensity < 0.01 { format!("{propensity:.1e}") } else { format!("{propensity:.2}") };
    propensity.map(|propensity| format!(", probability {}", digits(propensity))).unwrap_or_default()
}

fn write_filling(text: &mut String, filling: &Filling, snapshot: &Snapshot) {
    match filling {
        Filling::Block(choice) => {
            let level = format!("{:?}", choice.level).to_lowercase();
            _ = writeln!(text, "    {}  {}  {}", choice.block, dim(level), choice.because);
            if let Some(product) = choice.product {
                let id = &snapshot.catalogue.product(product).id;
                _ = writeln!(text, "      {}", dim(format!("shows {id}{}", claimed(choice.claims))));
            }
            for (block, why) in &choice.passed_over {
                _ = writeln!(text, "      {}", dim(format!("passed over {block}: {why}")));
            }
        }
        Filling::Products { picks, passed_over, likeness } => {
            for pick in picks {
                let title: String = snapshot.catalogue.product(pick.ix).title.chars().take(36).collect();
                _ = writeln!(
                    text,
                    "    {:>2}  {:<8}  {title:<36}  {:.2}  {}",
                    pick.rank,
                    pick.product,
                    pick.score,
                    dim(pick.because.clone() + &lot(pick.propensity) + &claimed(pick.claims))
                );
            }
            if let Some(likeness) = likeness {
                _ = writeln!(text, "        {}", dim(format!("likeness of two picks  {likeness:.2}")));
            }
            let shown = passed_over.iter().take(PASSED_OVER_SHOWN).map(|passed| format!("{} {}", passed.product, passed.why));
            let more = passed_over.len().saturating_sub(PASSED_OVER_SHOWN);
            if !passed_over.is_empty() {
                let more = if more > 0 { format!("; and {more} more") } else { String::new() };
                _ = writeln!(text, "        {}", dim(format!("passed over  {}{more}", shown.collect::<Vec<_>>().join("; "))));
            }
        }
        Filling::Categories { items } => {
            let words = items
                .iter()
                .map(|item| if item.affinity > 0.0 { format!("{} {:.2}", item.topic, item.affinity) } else { item.topic.clone() });
            _ = writeln!(text, "    {}", words.collect::<Vec<_>>().join("   "));
        }
        Filling::Cart { lines, n, .. } => {
            let ids: Vec<String> =
                lines.iter().map(|line| format!("{} x{}", snapshot.catalogue.product(line.product).id, line.quantity)).collect();
            _ = writeln!(text, "    {}  {}", ids.join("   "), dim(format!("{n} in the cart")));
        }
        Filling::Subject { owned } => _ = writeln!(text, "    {}  ends on {}", owned.id, owned.ends_on),
    }
}
