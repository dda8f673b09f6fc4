//! `relance profile`: one person's whole profile, or the building of all of them.

mod export;

use std::path::Path;
use std::process::ExitCode;

use relance::error::{Error, Result};
use relance::ledger::{Followed, Held, SuppressionRow};
use relance::plan::Rules;
use relance::profile::{Fact, Memberships, Person, Profile, Reading};
use relance::snapshot::Snapshot;
use serde_json::{Value, json};

use super::access;
use super::app::{App, block_on, schema_of};
use super::args::Globals;
use super::explain::find;
use super::out::{Out, bold, count, dim, with_instants};

/// Things of a kind shown to people.
const SHOWN: usize = 8;
/// States of mails that reached nobody.
pub(crate) const GIVEN_UP: [&str; 4] = ["bounced", "failed", "cancelled", "expired"];

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
        /// Write all that is held about the person, their rows and mails included, to `person.json` in a folder; `-` prints it.
        #[arg(long, value_name = "DIR")]
        export: Option<std::path::PathBuf>,
        /// Why you look; kept with who and when in `.relance/access.jsonl`.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Read every source and keep the profiles.
    Build,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    match &args.command {
        Command::Show { recipient, export, reason } => show(&app, recipient, export.as_deref(), reason.as_deref(), out),
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
            "unknown_accounts": report.n_unknown_accounts, "contradictory_accounts": report.contradictory_accounts,
            "unknown_priced": report.n_unknown_priced, "contradictory_prices": report.contradictory_prices,
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

fn show(app: &App, recipient: &str, export: Option<&Path>, reason: Option<&str>, out: &Out) -> Result<ExitCode> {
    let snapshot = app.snapshot_for_one(out)?;
    let profile = &find(&snapshot, recipient)?;
    let id = profile.contact.id.as_str();
    access::note(app, if export.is_some() { "profile show --export" } else { "profile show" }, id, reason)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    let Kept { mails, suppressions, said, followed } = kept(app, profile)?;
    let reading = Reading::of(&app.project, app.now);
    let truths = rules.segments.decide(profile, &snapshot.catalogue, reading);
    let names = rules.segments.names();
    let person = Person { profile, catalogue: &snapshot.catalogue, reading, segments: Memberships { names, truths: &truths } };
    let segments: Vec<&str> = names.iter().zip(&truths).filter(|(_, truth)| truth.is_true()).map(|(name, _)| name.as_str()).collect();
    if out.json || export.is_some() {
        let reached = mails.iter().filter(|mail| !GIVEN_UP.contains(&mail.state.as_str()));
        let past: Vec<Value> = reached.map(|mail| json!({ "campaign": mail.campaign, "edition": mail.edition, "at": mail.planned_for.to_string(), "products": products(mail), "offer": mail.offer })).collect();
        let history: Vec<Value> = mails.iter().map(|mail| json!({ "campaign": mail.campaign, "edition": mail.edition, "state": mail.state, "planned_at": mail.planned_for.to_string(), "ended_at": mail.ended_at, "because": mail.because(), "reply": mail.reply, "feedback": mail.feedback })).collect();
        let shown = with_instants(json!({
            "contact": profile.contact, "lifecycle": person.lifecycle(), "segments": segments,
            "orders": profile.orders, "activity": profile.activity, "affinities": affinities(profile, &snapshot),
            "cart": person.cart().map(|cart| cart.lines.iter().map(|line| json!({ "product": snapshot.catalogue.product(line.product).id, "quantity": line.quantity, "added_at": line.added_at.to_string() })).collect::<Vec<_>>()),
            "purchased": profile.purchased.iter().map(|bought| json!({ "product": snapshot.catalogue.product(bought.product).id, "days": bought.n_days, "last_at": bought.last_at.to_string() })).collect::<Vec<_>>(),
            "searches": profile.searches, "possessions": profile.possessions, "same_address_as": profile.same_address_as, "mails": past, "history": history,
            "suppressions": suppressions.iter().map(|row| json!({ "reason": row.reason, "at": row.at.to_string(), "source": row.source })).collect::<Vec<_>>(),
            "said": said, "followed": followed,
        }));
        match export {
            Some(to) => {
                export::write(app, id, &shown, &serde_json::to_value(&mails).unwrap_or_default(), to, out)?;
                answered(app, id)?;
            }
            None => out.value(&shown),
        }
        return Ok(ExitCode::SUCCESS);
    }
    print(app, &person, &segments, &Kept { mails, suppressions, said, followed }, out);
    Ok(ExitCode::SUCCESS)
}

/// What the ledger holds of a person.
struct Kept {
    /// Every mail, oldest first.
    mails: Vec<Held>,
    /// Why their address is not written to.
    suppressions: Vec<SuppressionRow>,
    /// What they said on the public pages.
    said: Vec<Fact>,
    /// Links of their mails that were followed.
    followed: Vec<Followed>,
}

/// Whoever asked for their data has it now.
fn answered(app: &App, id: &str) -> Result<()> {
    block_on(async {
        match app.ledger(false).await? {
            Some(ledger) => ledger.answer_request(id, app.now.at).await,
            None => Ok(()),
        }
    })
}

fn kept(app: &App, profile: &Profile) -> Result<Kept> {
    block_on(async {
        let nothing = Kept { mails: Vec::new(), suppressions: Vec::new(), said: Vec::new(), followed: Vec::new() };
        let Some(ledger) = app.ledger(false).await? else { return Ok(nothing) };
        let id = profile.contact.id.as_str();
        let (said, followed) = (ledger.said_by(id).await?, ledger.followed_by(id).await?);
        Ok(Kept { mails: ledger.held(id).await?, suppressions: ledger.suppressed(&profile.contact.email).await?, said, followed })
    })
}

/// The products that a mail showed.
fn products(mail: &Held) -> Vec<&str> {
    let slots = mail.draft.pointer("/context/slots").and_then(Value::as_object).into_iter().flatten();
    let items = slots.filter_map(|(_, slot)| slot.get("items")?.as_array()).flatten();
    items.filter_map(|item| item.get("id")?.as_str()).collect()
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

fn print(app: &App, person: &Person<'_>, segments: &[&str], kept: &Kept, out: &Out) {
    let Profile { contact, orders, activity, .. } = person.profile;
    let catalogue = person.catalogue;
    let name = [contact.first_name.as_deref(), contact.last_name.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let day = |at: Option<relance::clock::Timestamp>| at.map_or_else(|| "never".to_owned(), |at| at.date(app.project.zone).to_string());
    let money = |minor: i64| relance::money::Money { minor, currency: app.project.currency }.to_string();
    let line = |what: &str, value: String| out.data(format!("  {what:<12} {value}"));
    out.data(format!("{}  {name}  {}\n", bold(&contact.id), contact.email));
    if let Some(id) = &contact.account_id {
        let known = contact.account.as_ref().map(|account| [&account.name, &account.industry, &account.plan].map(|text| text.as_deref()));
        let words: Vec<&str> = known.into_iter().flatten().flatten().chain(contact.role.as_deref()).collect();
        line("account", format!("{id}  {}", words.join(", ")));
    }
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
    let stopped: Vec<String> =
        kept.suppressions.iter().map(|row| format!("suppressed: {}, since {}, by {}", row.reason, day(Some(row.at)), row.source)).collect();
    let objected = contact.objection.then(|| "objected to commercial use".to_owned());
    let stopped: Vec<String> = stopped.into_iter().chain(objected).collect();
    line("stopped by", if stopped.is_empty() { "nothing".to_owned() } else { stopped.join("; ") });
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
    for contract in &person.profile.possessions.contracts {
        let price = contract.price.map(|price| format!(", {price}")).unwrap_or_default();
        line("contract", format!("{} ends on {}{price}", contract.id, contract.ends_on));
    }
    for fact in &kept.said {
        line("said", format!("{} {}, on {}", fact.key, fact.value, day(Some(fact.at))));
    }
    out.data(format!("\n  {}", bold("mails")));
    if kept.mails.is_empty() {
        out.data("  none");
    }
    for mail in kept.mails.iter().rev().take(SHOWN) {
        let shown = products(mail).into_iter().take(SHOWN).collect::<Vec<_>>().join(" ");
        let because = mail.because();
        let because = if because.is_empty() { "nothing about them".to_owned() } else { because.join(", ") };
        out.data(format!(
            "  {}  {} {}  {}  {}",
            mail.planned_for.date(app.project.zone),
            mail.campaign,
            mail.edition,
            mail.state,
            dim(shown)
        ));
        out.data(format!("              {}", dim(format!("because of {because}"))));
        for back in &mail.feedback {
            out.data(format!("              {} on {}", back.kind, day(Some(back.at))));
        }
    }
}
