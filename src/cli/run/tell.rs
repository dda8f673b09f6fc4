//! What a run says of each campaign, and what to type next.

use relance::project::checked::Campaign;
use serde_json::json;

use super::{Ended, Work};
use crate::cli::campaigns::{Chosen, edition_words};
use crate::cli::mailer::destination_words;
use crate::cli::out::{bold, count, dim};
use crate::cli::send::tell_held_back;
use crate::cli::summary;

impl Work<'_> {
    pub(super) fn tell(&self, chosen: &Chosen<'_>, ended: &Ended, seconds: f64) {
        let counts = ended.summary.counts;
        let edition = edition_words(chosen.1.as_ref());
        if self.out.json {
            return self.out.value(&json!({
                "run": ended.run.0,
                "campaign": chosen.0.name,
                "edition": edition,
                "started_at": self.app.now.at.to_string(),
                "planned": ended.totals.planned,
                "later": ended.totals.later,
                "skipped": ended.totals.skipped,
                "sent": counts.sent,
                "bounced": counts.bounced,
                "deferred": counts.deferred,
                "failed": counts.failed,
                "uncertain": counts.uncertain,
                "expired": ended.dropped.expired,
                "cancelled": ended.dropped.cancelled,
                "dropped": ended.dropped_before,
                "held_back": ended.summary.held_back,
                "held_until": ended.summary.held_until.map(|at| at.to_string()),
                "held_too_late": ended.summary.held_too_late,
                "interrupted": ended.summary.interrupted,
                "seconds": (seconds * 10.0).round() / 10.0,
            }));
        }
        self.out.say(format!("\n{}  {}  {}\n", bold(&chosen.0.name), edition, dim(&chosen.0.spec.title)));
        self.out.say(summary::totals(&ended.totals, None));
        if counts.done > 0 {
            self.out.did("Sent", format!("{} in {seconds:.1} s to {}", count(counts.sent), destination_words(self.destination, self.app)));
        }
        let status = format!("see `{} status`", self.app.program);
        let held = format!("held: {status}");
        for (why, n) in &ended.dropped_before {
            self.out.did("Dropped", format!("{}  {why} since the plan", count(*n)));
        }
        for (verb, n, why) in [
            ("Bounced", counts.bounced, "refused for good"),
            ("Deferred", counts.deferred, "run again to take them up"),
            ("Failed", counts.failed, status.as_str()),
            ("In doubt", counts.uncertain, held.as_str()),
            ("Expired", ended.dropped.expired, "past the `late` of their campaign, not sent"),
            ("Cancelled", ended.dropped.cancelled, "not wanted any more: bought, unsubscribed, suppressed, or no consent"),
        ] {
            if n > 0 {
                self.out.did(verb, format!("{}  {why}", count(n)));
            }
        }
        tell_held_back(self.app, &ended.summary, self.out);
        if ended.summary.interrupted {
            self.out.did("Stopped", "as asked; what was not sent stays planned: run the same command again");
        }
    }

    /// Says what to type next, about the campaign that sent most.
    pub(super) fn next(&self, most: Option<(u64, &Campaign)>, n_sent: u64) {
        let Some((_, campaign)) = most else { return };
        let program = &self.app.program;
        let (name, at) = (&campaign.name, self.app.now.at);
        let what = if n_sent == 0 { "Nothing new to send.".to_owned() } else { format!("{} mails sent.", count(n_sent)) };
        self.out.say(format!("\n{what} Next:\n  {program} preview {name} --now {at} --open\n  {program} explain {name} RECIPIENT --now {at}\n  {program} status"));
    }
}
