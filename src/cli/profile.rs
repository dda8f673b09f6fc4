//! `relance profile`: one person's whole profile, or the building of all of them.

use std::process::ExitCode;

use relance::error::{Error, Result};
use relance::plan::Rules;
use relance::profile::{Memberships, Person, Profile, Reading};
use relance::snapshot::Snapshot;
use serde_json::{Value, json};

use super::app::{App, schema_of};
use super::args::Globals;
use super::explain::find;
use super::out::{Out, bold, count, dim, with_instants};

/// Things of a kind shown to people.
const SHOWN: usize = 8;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show what is known of one person, and what was sent to them.
    Show {
        /// The person, by id or by address.
        recipient: String,
    },
    /// Read every source and keep the profiles.
    Build,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    match &args.command {
        Command::Show { recipient } => show(&app, recipient, out),
        Command::Build => build(&app, out),
    }
}

fn build(app: &App, out: &Out) -> Result<ExitCode> {
    let (snapshot, report) = app.build_or(out, Err)?;
    let refused: u64 = report.sources.values().map(|source| source.n_rejected).sum();
    let sources: serde_json::Map<String, Value> = report
        .sources
        .iter()
        .map(|(name, source)| ((*name).to_owned(), json!({ "rows": source.n_rows, "refused": source.n_rejected, "hidden": source.n_hidden, "unused_columns": source.unused_columns, "unknown_values": source.unknown_values })))
        .collect();
    let join =
        |join: relance::source::join::JoinReport| json!({ "matched": join.matched, "orphan": join.orphan, "ambiguous": join.ambiguous });
    if out.json {
        out.value(&json!({
            "people": snapshot.profiles.len(), "products": snapshot.catalogue.products.len(), "sources": sources, "refused": refused,
            "events": join(report.events), "orders": join(report.orders), "ambiguous_visitors": report.n_ambiguous_visitors,
            "unknown_products": report.n_unknown_products, "contradictory_contacts": report.contradictory_contacts,
            "duplicate_products": report.duplicate_products, "repeated_order_lines": report.n_repeated_order_lines,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    for (name, source) in &report.sources {
        let notes = [(source.n_rejected, "refused"), (source.n_hidden, "dated after now, not seen")];
        let notes: Vec<String> = notes.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{} {what}", count(*n))).collect();
        let notes = if notes.is_empty() { String::new() } else { format!("  {}", dim(notes.join(", "))) };
        out.data(format!("  {name:<16} {:>10} rows{notes}", count(source.n_rows)));
    }
    let (events, orders) = (report.events, report.orders);
    out.data(format!(
        "\n  events   {} matched, {} orphan, {} ambiguous ({} visitors)",
        count(events.matched),
        count(events.orphan),
        count(events.ambiguous),
        count(report.n_ambiguous_visitors as u64)
    ));
    out.data(format!(
        "  orders   {} matched, {} of guests or unknown contacts, {} of products not in the catalogue",
        count(orders.matched),
        count(orders.orphan),
        count(report.n_unknown_products)
    ));
    Ok(ExitCode::SUCCESS)
}

fn show(app: &App, recipient: &str, out: &Out) -> Result<ExitCode> {
    let snapshot = app.snapshot_for_one(out)?;
    let profile = &find(&snapshot, recipient)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let memory = app.remembered()?;
    let reading = Reading::of(&app.project, app.now);
    let truths = rules.segments.decide(profile, &snapshot.catalogue, reading);
    let names = rules.segments.names();
    let person = Person { profile, catalogue: &snapshot.catalogue, reading, segments: Memberships { names, truths: &truths } };
    let segments: Vec<&str> = names.iter().zip(&truths).filter(|(_, truth)| truth.is_true()).map(|(name, _)| name.as_str()).collect();
    let past = memory.history.of(profile.contact.id.as_str());
    if out.json {
        let mails: Vec<Value> = past.iter().map(|past| json!({ "campaign": past.campaign, "edition": past.edition, "at": past.at.to_string(), "products": past.products, "offer": past.offer })).collect();
        out.value(&with_instants(json!({
            "contact": profile.contact, "lifecycle": person.lifecycle(), "segments": segments,
            "orders": profile.orders, "activity": profile.activity, "affinities": affinities(profile, &snapshot),
            "cart": person.cart().map(|cart| cart.lines.iter().map(|line| json!({ "product": snapshot.catalogue.product(line.product).id, "quantity": line.quantity, "added_at": line.added_at.to_string() })).collect::<Vec<_>>()),
            "purchased": profile.purchased.iter().map(|bought| json!({ "product": snapshot.catalogue.product(bought.product).id, "days": bought.n_days, "last_at": bought.last_at.to_string() })).collect::<Vec<_>>(),
            "searches": profile.searches, "possessions": profile.possessions, "same_address_as": profile.same_address_as, "mails": mails,
        })));
        return Ok(ExitCode::SUCCESS);
    }
    print(app, &person, &segments, past, out);
    Ok(ExitCode::SUCCESS)
}

fn affinities(profile: &Profile, snapshot: &Snapshot) -> Vec<Value> {
    profile
        .affinities
        .iter()
        .map(
            |affinity| json!({ "topic": snapshot.catalogue.topics[affinity.topic.at()].slug, "share": affinity.share, "acts": affinity.n }),
        )
        .collect()
}

fn print(app: &App, person: &Person<'_>, segments: &[&str], past: &[relance::audience::history::Past], out: &Out) {
    let Profile { contact, orders, activity, .. } = person.profile;
    let catalogue = person.catalogue;
    let name = [contact.first_name.as_deref(), contact.last_name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let day = |at: Option<relance::clock::Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.date(app.project.zone).to_string());
    let money = |minor: i64| relance::money::Money { minor, currency: app.project.currency }.to_string();
    let line = |what: &str, value: String| out.data(format!("  {what:<12} {value}"));
    out.data(format!("{}  {name}  {}\n", bold(&contact.id), contact.email));
    line("lifecycle", person.lifecycle().word().to_owned());
    line("segments", segments.join(", "));
    let rhythm = orders.rhythm_days.map(|days| format!(", every {days:.0} days")).unwrap_or_default();
    line("orders", format!("{} for {}, last {}{rhythm}", orders.n, money(orders.spent), day(orders.last_at)));
    line("activity", format!("{} acts on {} days, last {}", count(u64::from(activity.n_events)), activity.n_visits, day(activity.last_at)));
    let device = activity.device.as_deref().unwrap_or("unknown");
    line("device", activity.hour.map_or_else(|| device.to_owned(), |hour| format!("{device}, mostly at {hour} h")));
    let words = |consent: &relance::profile::Consent| consent.words(person.reading.consents_expired, app.project.zone);
    let consents: Vec<String> = contact.consents.iter().map(|(purpose, consent)| format!("{purpose} {}", words(consent))).collect();
    line("consent", if consents.is_empty() { "none recorded".to_owned() } else { consents.join("; ") });
    if contact.objection {
        line("objection", "to commercial use".to_owned());
    }
    let liked = person
        .profile
        .affinities
        .iter()
        .take(SHOWN)
        .map(|affinity| format!("{} {:.2}", catalogue.topics[affinity.topic.at()].slug, affinity.share));
    line("likes", liked.collect::<Vec<_>>().join("   "));
    if let Some(cart) = person.cart() {
        let lines: Vec<String> =
            cart.lines.iter().take(SHOWN).map(|line| format!("{} x{}", catalogue.product(line.product).id, line.quantity)).collect();
        line("cart", format!("{}, since {}", lines.join("   "), day(cart.opened_at())));
    }
    let searched: Vec<&str> = person.profile.searches.iter().take(SHOWN).map(|search| &*search.text).collect();
    if !searched.is_empty() {
        line("searched", searched.join(", "));
    }
    for card in &person.profile.possessions.payment_methods {
        line("card", format!("{} ends on {}", card.id, card.ends_on));
    }
    out.data(format!("\n  {}", bold("mails")));
    if past.is_empty() {
        out.data("  none");
    }
    for mail in past.iter().rev().take(SHOWN) {
        let products = mail.products.iter().take(SHOWN).map(ToString::to_string).collect::<Vec<_>>().join(" ");
        out.data(format!("  {}  {} {}  {}", mail.at.date(app.project.zone), mail.campaign, mail.edition, dim(products)));
    }
}
