//! `relance status`: the last runs, who is sending, what is in doubt.

use std::collections::BTreeMap;
use std::process::ExitCode;

use relance::error::Result;
use relance::ledger::{RunRow, Trouble};
use serde_json::json;

use super::app::{App, block_on};
use super::args::Globals;
use super::out::{Out, bold, count, dim, with_instants};

/// Runs shown to people.
const RUNS_SHOWN: usize = 8;

pub(crate) fn run(globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = App::open(globals)?;
    let status = block_on(async {
        match app.ledger(false).await? {
            None => Ok(None),
            Some(ledger) => ledger.status().await.map(Some),
        }
    })?;
    let Some(status) = status else {
        if out.json {
            out.value(&json!({ "runs": [], "leases": [], "counts": [], "troubles": [], "uncertain": [], "requests": [] }));
        } else {
            out.data("Nothing was sent yet.");
        }
        return Ok(ExitCode::SUCCESS);
    };
    if out.json {
        out.value(&with_instants(serde_json::to_value(&status).unwrap_or_default()));
        return Ok(ExitCode::SUCCESS);
    }
    let zone = app.project.zone;
    let when = |at: relance::clock::Timestamp| at.local(zone).format("%Y-%m-%d %H:%M").to_string();
    out.data(bold("runs"));
    for run in status.runs.iter().take(RUNS_SHOWN) {
        let state = if run.ended_at.is_some() { outcome_words(run) } else { "not ended".to_owned() };
        out.data(format!("  {:>5}  {}  {:<16} {state}", run.run.0, when(run.started_at), run.campaign.as_str()));
    }
    out.data(format!("\n{}", bold("mails")));
    let mut by_campaign: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
    for row in &status.counts {
        *by_campaign.entry(row.campaign.as_str()).or_default().entry(row.state.as_str()).or_default() += row.n;
    }
    for (campaign, states) in by_campaign {
        let words: Vec<String> = states.iter().map(|(state, n)| format!("{} {state}", count(*n))).collect();
        out.data(format!("  {campaign:<16} {}", words.join("   ")));
    }
    if !status.troubles.is_empty() {
        out.data(format!("\n{}", bold("not sent")));
        for trouble in &status.troubles {
            out.data(format!("  {:<16} {}", trouble.campaign.as_str(), trouble_words(trouble)));
        }
    }
    if !status.leases.is_empty() {
        out.data(format!("\n{}", bold("sending now")));
        for lease in &status.leases {
            out.data(format!("  {:<16} pid {} on {}, since {}", lease.campaign.as_str(), lease.pid, lease.host, when(lease.since)));
        }
    }
    if !status.requests.is_empty() {
        out.data(format!("\n{}", bold("asked for their data")));
        for request in &status.requests {
            out.data(format!("  {}  since {}", request.recipient, when(request.asked_at)));
        }
        out.say(format!("Within a month, answer each: {} profile show RECIPIENT --export DIR", app.program));
    }
    if !status.uncertain.is_empty() {
        out.data(format!("\n{}", bold("in doubt")));
        for row in &status.uncertain {
            let id = row.message_id.as_deref().unwrap_or("-");
            out.data(format!("  {:>6}  {} {} for {}  {}", row.no.0, row.campaign, row.edition, row.recipient, dim(id)));
        }
        out.say("These may have arrived: look for their Message-ID in the server's log, then settle them:");
        out.say("  relance ledger resolve CAMPAIGN --recipient ID --sent | --not-sent | --resend");
        out.say("  relance ledger resolve --all --from-log FILE --sent");
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells one kind of trouble: `3 failed: the recipient's address cannot be used  e.g. c04`.
pub(super) fn trouble_words(trouble: &Trouble) -> String {
    let why = if trouble.why.is_empty() { "no reason was given" } else { &trouble.why };
    format!("{} {}: {why}  {}", count(trouble.n), trouble.state, dim(format!("e.g. {}", trouble.example)))
}

fn outcome_words(run: &RunRow) -> String {
    let (counts, summary) = (&run.counts, &run.summary);
    if summary["too_late"] == true {
        return format!("{} too late, skipped", summary["edition"].as_str().unwrap_or_default());
    }
    if counts.is_null() {
        let why = summary.get("stopped").and_then(serde_json::Value::as_str);
        return why.map_or_else(|| "stopped by an error".to_owned(), |why| format!("stopped: {why}"));
    }
    let told = ["sent", "bounced", "deferred", "failed", "uncertain", "expired", "cancelled"];
    let words: Vec<String> = told
        .iter()
        .filter_map(|key| Some((key, counts.get(key)?.as_u64()?)))
        .filter(|(_, n)| *n > 0)
        .map(|(key, n)| format!("{} {key}", count(n)))
        .collect();
    if words.is_empty() { "nothing to send".to_owned() } else { words.join("   ") }
}
