//! The turn of one campaign after another: decided, wanted, enqueued, sent, recorded.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use relance::error::{Error, Result};
use relance::id::Edition;
use relance::ledger::{Dropped, ENQUEUE_ROWS_MAX, Lease, Ledger, PlanSummary, RunNo, Sharing, system_now};
use relance::plan::{ScoreCard, Totals};
use relance::project::checked::Campaign;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::ahead::{Ahead, Kept};
use super::places::Places;
use super::spool::{Entry, Spool};
use super::wanted::Wanted;
use super::{Ended, Work};
use crate::cli::app::Memory;
use crate::cli::campaigns::{Chosen, summary_edition, warn_of_ended_offers};
use crate::cli::errors;
use crate::cli::everybody::CHUNK;
use crate::cli::gate::{self, Moved};
use crate::cli::recheck::Recheck;
use crate::cli::send::{dispatch, incomplete, stop_on_signals, take_lease, tell_last_stop, worst};

/// What became of one campaign.
enum Came {
    Ended(Box<Ended>),
    /// A person said no.
    Declined,
    /// Its plan is not to be sent without a word; the other campaigns go on.
    Refused(Error),
}

/// What is to be enqueued.
enum Mails {
    Decided(Spool),
    /// Of a plan's file, without those of people who dropped out.
    OfFile(Moved),
}

/// A run of several campaigns, in the order in which they may write to people.
pub(super) struct Turns<'w> {
    work: &'w Work<'w>,
    chosen: &'w [Chosen<'w>],
    ledger: Ledger,
    memory: Memory,
    ahead: Ahead,
    cancel: CancellationToken,
}

impl<'w> Turns<'w> {
    pub(super) async fn run_all(work: &'w Work<'w>, chosen: &'w [Chosen<'w>], code: ExitCode) -> Result<ExitCode> {
        let Some(ledger) = work.app.ledger(true).await? else { return Ok(ExitCode::SUCCESS) };
        let memory = work.app.memory(Some(&ledger)).await?;
        let turns = Self { work, chosen, ledger, memory, ahead: Ahead::default(), cancel: stop_on_signals() };
        turns.all(code).await
    }

    async fn all(mut self, mut code: ExitCode) -> Result<ExitCode> {
        let (mut n_sent, mut most): (u64, Option<(u64, &Campaign)>) = (0, None);
        let work = self.work;
        for (at, campaign) in self.chosen.iter().enumerate() {
            let started = Instant::now();
            let ended = match self.one(at).await? {
                Came::Ended(ended) => ended,
                Came::Declined => continue,
                Came::Refused(error) if !work.args.due => return Err(error),
                Came::Refused(error) => {
                    errors::report(&error, work.out);
                    code = incomplete(code);
                    continue;
                }
            };
            work.tell(campaign, &ended, started.elapsed().as_secs_f64());
            n_sent += ended.summary.counts.sent;
            if most.is_none_or(|(n, _)| n < ended.totals.planned.max(ended.summary.counts.sent)) {
                most = Some((ended.totals.planned.max(ended.summary.counts.sent), campaign.0));
            }
            code = worst(code, &ended.summary);
            if ended.dropped.expired > 0 {
                code = incomplete(code);
            }
            if ended.summary.interrupted {
                break;
            }
        }
        if !work.out.json {
            work.next(most, n_sent);
        }
        Ok(code)
    }

    async fn one(&mut self, at: usize) -> Result<Came> {
        let (work, campaign) = (self.work, self.chosen[at].0);
        let lease = take_lease(work.app, &self.ledger, &campaign.name, work.destination, Sharing::Alone).await?;
        let came = self.held(&lease, at).await;
        // Whatever happened: the next run must not find the campaign held by this one.
        let redo = work.destination.redo(work.app.project.config.delivery.on_uncertain);
        let released = self.ledger.release(lease, redo, system_now()).await;
        let came = came?;
        released.map(|()| came)
    }

    async fn held(&mut self, lease: &Lease, at: usize) -> Result<Came> {
        let (work, chosen) = (self.work, &self.chosen[at]);
        let campaign = chosen.0;
        if let Some(error) = work.unapproved(campaign) {
            return Ok(Came::Refused(error));
        }
        let edition = work.edition(chosen);
        let before = self.ledger.previous_plan_summary(&campaign.name, &edition).await?;
        let before: Option<(Edition, Totals)> =
            before.and_then(|before| Some((before.edition, serde_json::from_value(before.totals).ok()?)));

        // Another campaign of this run, or another process, may have used up some of an offer since.
        self.memory.used = work.app.used(Some(&self.ledger)).await?;
        let (totals, mails) = if let Some(plan) = work.plan {
            let moved = gate::moved(&plan.opened, &work.planner(chosen, &self.memory)?, work.snapshot)?;
            if let Some(error) = moved.refused(work.app, &plan.opened).filter(|_| !work.args.accepted.accept_drift) {
                return Ok(Came::Refused(error));
            }
            (plan.opened.trailer.totals.clone(), Mails::OfFile(moved))
        } else {
            let Kept { totals, entries } = self.ahead.take(at, self.chosen, work, &mut self.memory)?;
            (totals, Mails::Decided(entries))
        };
        warn_of_ended_offers(work.app, campaign, work.out);
        let red = ScoreCard::of(&work.app.project, &work.rules.schema, &work.rules.segments, campaign, &totals).red();
        let refused = work.too_red(campaign, &red).or_else(|| work.short_of_codes(campaign, &totals, &self.memory));
        let wanted = match refused {
            Some(error) => Wanted::Refused(error),
            None => work.is_wanted(campaign, edition.as_str(), &totals, before.as_ref())?,
        };
        match wanted {
            Wanted::Yes => {}
            // Those after it were decided as if it were sent.
            Wanted::No => {
                self.ahead.give_up();
                return Ok(Came::Declined);
            }
            Wanted::Refused(error) => {
                self.ahead.give_up();
                return Ok(Came::Refused(error));
            }
        }
        let still_wanted = Recheck::of(work.app, &campaign.name, Some(work.seen.clone()))?;
        tell_last_stop(work.app, &self.ledger, &campaign.name, work.out).await?;
        let run = self.ledger.start_run(&campaign.name, work.app.now.at).await?;
        let dropped_before = self.enqueue(run, at, mails).await?;
        // A part of an edition is no measure for the next one. (`--limit` plans the whole edition and sends a part.)
        if work.args.only.is_none() {
            let json = serde_json::to_value(&totals).unwrap_or_default();
            self.ledger.save_plan_summary(&campaign.name, &PlanSummary { edition, at: work.app.now.at, totals: json }).await?;
        }

        let (limit, wanted) = (work.args.limit, Some(still_wanted));
        let summary = dispatch(work.app, &self.ledger, lease, work.destination, work.render, limit, wanted, &self.cancel, work.out).await;
        let kept = async {
            let dropped = self.ledger.dropped(lease).await?;
            let counts = summary.as_ref().map(|summary| with_dropped(json!(summary.counts), dropped)).unwrap_or_default();
            let mut told = json!({ "planned": totals.planned, "skipped": totals.skipped });
            if let Some(name) = work.args.override_red.as_ref().filter(|_| !red.is_empty()) {
                told["override_red"] = json!({ "by": name, "levers": red });
            }
            if let Some(plan) = work.plan {
                told["plan"] = json!({ "sha256": plan.opened.sha256, "approved_by": plan.by, "dropped": dropped_before });
            }
            if let Err(error) = &summary {
                told["stopped"] = error.to_string().into();
            }
            self.ledger.finish_run(run, system_now(), &counts, &told).await?;
            Ok(dropped)
        };
        // What stopped the delivery explains why the ledger could not be told.
        let kept = kept.await;
        let summary = summary?;
        Ok(Came::Ended(Box::new(Ended { totals, summary, dropped: kept?, dropped_before, run })))
    }

    /// Writes the mails into the ledger; returns how many of a plan's file dropped out, by why.
    async fn enqueue(&mut self, run: RunNo, at: usize, mails: Mails) -> Result<BTreeMap<String, u64>> {
        let chosen = &self.chosen[at];
        match (mails, self.work.plan) {
            (Mails::OfFile(moved), Some(plan)) => {
                let edition = self.work.edition(chosen);
                let places = Places::of(self.work.app, &self.memory, chosen.0, &edition);
                self.work.enqueue_plan(&self.ledger, run, &places, plan, &moved).await?;
                return Ok(moved.counts);
            }
            (Mails::Decided(mut entries), _) => {
                self.enqueue_decided(run, chosen, &mut entries).await?;
                self.ahead.done(at, entries);
            }
            (Mails::OfFile(_), None) => {}
        }
        Ok(BTreeMap::new())
    }

    async fn enqueue_decided(&self, run: RunNo, chosen: &Chosen<'_>, entries: &mut Spool) -> Result<()> {
        for (pool, codes) in self.work.app.project.codes()? {
            self.ledger.stock(&pool, &codes).await?;
        }
        let (campaign, app) = (chosen.0, self.work.app);
        let edition = summary_edition(app, chosen);
        let places = Places::of(app, &self.memory, campaign, &edition);
        let mut entries = entries.entries()?;
        loop {
            let (mut people, mut waiting) = (Vec::new(), Vec::new());
            while waiting.len() < ENQUEUE_ROWS_MAX && people.len() < CHUNK {
                let Some(Entry { recipient, arm, is_of_all, mail }) = entries.next()? else { break };
                people.push((recipient, arm, is_of_all));
                waiting.extend(mail);
            }
            if people.is_empty() {
                return Ok(());
            }
            // Before their mails: nobody is written to whose arm is not remembered.
            places.keep(&self.ledger, people).await?;
            self.ledger.enqueue_packed(run, &waiting).await?;
        }
    }
}

/// Adds what was not wanted any more to the counts that the ledger keeps of a run.
fn with_dropped(mut counts: Value, dropped: Dropped) -> Value {
    counts["expired"] = dropped.expired.into();
    counts["cancelled"] = dropped.cancelled.into();
    counts
}
