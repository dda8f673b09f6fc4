//! `relance audit`: one page on what the data holds, how far visitors get, and what each campaign lacks.

use std::process::ExitCode;

use relance::clock::Timestamp;
use relance::condition::Schema;
use relance::error::{Error, Result};
use relance::plan::Rules;
use relance::project::config::{Format, SourceSpec};
use relance::survey::interval::Interval;
use relance::survey::inventory::{Holding, Inventory, take};
use relance::survey::readiness::{Gravity, Missing, missing};
use serde_json::{Map, Value, json};

use crate::cli::app::App;
use crate::cli::out::{Out, bold, count, dim, red};
use crate::cli::secrets;

/// Sources a project can declare, and what does not work without each.
const WITHOUT: [(&str, &str); 6] = [
    ("identities", "acts of visitors who did not log in stay nobody's"),
    ("events", "no views, searches and carts: no relance of a cart, no liking from browsing, no funnel"),
    ("orders", "no revenue, margin or conversion can be measured; nothing is known to be bought"),
    ("products", "no picks, no prices, no categories"),
    ("payment_methods", "no reminder of a card that expires"),
    ("contracts", "no reminder of a contract that ends"),
];

pub(super) fn run(app: &App, out: &Out) -> Result<ExitCode> {
    let (rules, _) = Rules::compile(&app.project, Schema::default()).map_err(Error::project)?;
    let inventory = take(&app.project, app.now, &secrets::source_urls(&app.project)?)?;
    let readiness: Vec<(&str, Vec<Missing>)> =
        app.project.campaigns.values().map(|campaign| (campaign.name.as_str(), missing(&rules, campaign, &inventory))).collect();
    if out.json {
        out.value(&as_json(app, &inventory, &readiness));
    } else {
        print(app, &inventory, &readiness, out);
    }
    Ok(ExitCode::SUCCESS)
}

/// What the adapter of a source can do, in words.
fn adapter(holding: &Holding, spec: &SourceSpec) -> (String, String) {
    let kind = if spec.sql.is_some() { "sql".to_owned() } else { formats(holding, spec) };
    let watched = match (&spec.sql, &spec.changed, &spec.recheck_every) {
        (None, ..) => "seen again while mails go out when a file changes; kept in the snapshot".to_owned(),
        (Some(_), Some(_), _) => "asked by `changed` while mails go out; never kept in the snapshot".to_owned(),
        (Some(_), None, Some(every)) => format!("run again every {} while mails go out; never kept in the snapshot", every.get_ref()),
        (Some(_), None, None) => "run again every minute while mails go out; never kept in the snapshot".to_owned(),
    };
    (kind, watched)
}

fn formats(holding: &Holding, spec: &SourceSpec) -> String {
    if let Some(format) = spec.format {
        return match format {
            Format::Csv => "csv",
            Format::Jsonl => "jsonl",
            Format::Parquet => "parquet",
            Format::Rss => "rss",
        }
        .to_owned();
    }
    let bare = |name: &str| name.trim_end_matches(".gz").trim_end_matches(".zst").rsplit('.').next().unwrap_or_default().to_owned();
    let mut found: Vec<String> = holding.report.files.iter().map(|file| bare(&file.name)).collect();
    found.sort_unstable();
    found.dedup();
    found.join(" ")
}

/// Age of what a source holds: of its freshest row, or of its newest file when rows carry no date.
fn freshest(holding: &Holding) -> Option<(Timestamp, &'static str)> {
    let file = || holding.report.files.iter().filter_map(|file| file.modified).max();
    holding.freshest_at.map(|at| (at, "row")).or_else(|| file().map(|at| (at, "file")))
}

fn as_json(app: &App, inventory: &Inventory, readiness: &[(&str, Vec<Missing>)]) -> Value {
    let sources: Map<String, Value> = app.project.config.sources.each().into_iter().filter_map(|(name, spec)| {
        let holding = inventory.sources.get(name)?;
        let (adapter, watched) = adapter(holding, spec);
        let fields: Map<String, Value> = holding
            .filled
            .iter()
            .map(|(field, n)| (field.clone(), json!({ "filled": n, "share": relance::survey::interval::ratio(*n, holding.rows) })))
            .collect();
        Some((name.to_owned(), json!({
            "adapter": adapter, "watched": watched, "rows": holding.rows, "refused": holding.report.n_rejected,
            "hidden": holding.report.n_hidden, "freshest_at": freshest(holding).map(|(at, _)| at.to_string()),
            "freshest": freshest(holding).map(|(_, of)| of), "max_age": spec.max_age.as_ref().map(toml::Spanned::get_ref), "fields": fields,
        })))
    }).collect();
    let join =
        |join: relance::source::join::JoinReport| json!({ "matched": join.matched, "orphan": join.orphan, "ambiguous": join.ambiguous });
    let undeclared: Vec<Value> = undeclared(inventory).map(|(source, without)| json!({ "source": source, "without": without })).collect();
    let contacts = inventory.rows("contacts");
    json!({
        "at": app.now.at.to_string(),
        "sources": sources,
        "undeclared": undeclared,
        "keys": { "events": join(inventory.events), "orders": join(inventory.orders), "ambiguous_visitors": inventory.ambiguous_visitors },
        "funnel": inventory.funnel,
        "orders": {
            "n": inventory.n_orders, "buyers": inventory.n_buyers,
            "buyers_share": relance::survey::interval::share(inventory.n_buyers, contacts),
            "mean_basket": inventory.baskets.mean, "mean_basket_interval": inventory.baskets.interval(),
            "currency": app.project.currency,
        },
        "campaigns": readiness.iter().map(|(name, missing)| json!({ "campaign": name, "missing": missing })).collect::<Vec<_>>(),
    })
}

fn undeclared(inventory: &Inventory) -> impl Iterator<Item = (&'static str, &'static str)> {
    WITHOUT.into_iter().filter(|(source, _)| !inventory.sources.contains_key(source))
}

fn print(app: &App, inventory: &Inventory, readiness: &[(&str, Vec<Missing>)], out: &Out) {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let between = |interval: Option<Interval>| {
        interval.map_or_else(
            || "nobody".to_owned(),
            |share| format!("{} ({} to {})", percent(share.value), percent(share.low), percent(share.high)),
        )
    };
    out.data(bold("data"));
    for (name, spec) in app.project.config.sources.each() {
        let Some(holding) = inventory.sources.get(name) else { continue };
        let (adapter, watched) = adapter(holding, spec);
        let fresh = freshest(holding).map_or_else(String::new, |(at, of)| {
            // Files grow old by the wall clock, whatever `--now` says.
            let age = if of == "file" { app.wall_clock } else { app.now.at }.since(at).in_days();
            format!(", freshest {of} {:.1} days old", age.max(0.0))
        });
        out.data(format!("  {name:<16} {:>10} rows  {adapter}{fresh}", count(holding.rows)));
        out.data(format!("  {:<16} {}", "", dim(watched)));
        let known: Vec<String> =
            holding.filled.iter().filter(|(_, n)| **n > 0).map(|(field, n)| format!("{field} {}", whole(*n, holding.rows))).collect();
        let empty: Vec<&str> = holding.filled.iter().filter(|(_, n)| **n == 0).map(|(field, _)| field.as_str()).collect();
        out.data(format!("  {:<16} filled  {}", "", known.join(", ")));
        if !empty.is_empty() {
            out.data(format!("  {:<16} empty   {}", "", dim(empty.join(", "))));
        }
    }
    for (source, without) in undeclared(inventory) {
        out.data(format!("  {source:<16} {}", dim(format!("not declared: {without}"))));
    }
    let (events, orders) = (inventory.events, inventory.orders);
    out.data(format!("\n{}", bold("keys")));
    let of = |n: u64, join: relance::source::join::JoinReport| whole(n, join.matched + join.orphan + join.ambiguous);
    for (what, join) in [("events", events), ("orders", orders)] {
        if join.matched + join.orphan + join.ambiguous > 0 {
            out.data(format!(
                "  {what:<16} {} matched ({}), {} of nobody known, {} ambiguous",
                count(join.matched),
                of(join.matched, join),
                count(join.orphan),
                count(join.ambiguous)
            ));
        }
    }
    if let Some(funnel) = &inventory.funnel {
        out.data(format!(
            "\n{}  {}",
            bold("journey"),
            dim("visitors who did a step and all before it, in any order; of the step before, at 95 %")
        ));
        out.data(format!("  {:<16} {:>10}", "visitors", count(funnel.visitors)));
        for step in &funnel.steps {
            out.data(format!(
                "  {:<16} {:>10}  {}  {}",
                step.step,
                count(step.through),
                between(step.of_before),
                dim(format!("{} did it at all", count(step.did)))
            ));
        }
        let devices: Vec<String> = funnel.devices.iter().map(|device| format!("{} {}", device.device, percent(device.share))).collect();
        out.data(format!("  {:<16} {}", "acts by device", devices.join(", ")));
    }
    if inventory.n_orders > 0 {
        out.data(format!("\n{}", bold("orders")));
        out.data(format!(
            "  {:<16} {} of {} contacts, {}",
            "bought",
            count(inventory.n_buyers),
            count(inventory.rows("contacts")),
            between(relance::survey::interval::share(inventory.n_buyers, inventory.rows("contacts")))
        ));
        #[expect(clippy::cast_possible_truncation, reason = "a mean of amounts")]
        let amount = |minor: f64| relance::money::Money { minor: minor.round() as i64, currency: app.project.currency }.to_string();
        let sure = inventory.baskets.interval().map(|mean| format!(" ({} to {})", amount(mean.low), amount(mean.high))).unwrap_or_default();
        out.data(format!("  {:<16} {}{sure} over {} orders", "mean basket", amount(inventory.baskets.mean), count(inventory.n_orders)));
    }
    out.data(format!("\n{}", bold("campaigns")));
    for (name, missing) in readiness {
        if missing.is_empty() {
            out.data(format!("  {name:<16} ready"));
        }
        for missing in missing {
            let what = match missing.gravity {
                Gravity::Stopped => red(format!("stopped: {}", missing.what)),
                Gravity::Unmeasured => format!("unmeasured: {}", missing.what),
                Gravity::Less => missing.what.clone(),
            };
            out.data(format!("  {name:<16} {what}"));
        }
    }
}

/// A share in whole percents that says 0 and 100 only of none and all.
fn whole(n: u64, of: u64) -> String {
    match relance::survey::interval::ratio(n, of) * 100.0 {
        _ if n == 0 => "0 %".to_owned(),
        _ if n == of => "100 %".to_owned(),
        percent => format!("{:.0} %", percent.clamp(1.0, 99.0)),
    }
}
