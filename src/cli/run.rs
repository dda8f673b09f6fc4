//! `relance run`: plan, confirm, send, record.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use relance::clock::Now;
use relance::delivery::{Destination, Render, Summary};
use relance::error::{Error, Kind, Result};
use relance::id::Edition;
use relance::ledger::{Dropped, ENQUEUE_ROWS_MAX, Lease, Ledger, PlanSummary, PlannedMessage, RunNo, Sharing, system_now};
use relance::plan::{Admission, Decision, Draft, Planner, Rules, ScoreCard, Totals, short_of_codes};
use relance::project::checked::Campaign;
use relance::project::content::Level;
use relance::selection::Filling;
use relance::snapshot::Snapshot;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::accounts::settled;
use super::app::{App, Memory, block_on, schema_of, world};
use super::args::Globals;
use super::campaigns::{Chosen, all_due, edition_words, named, summary_edition};
use super::errors;
use super::gate::{self, Basis, Moved, Opened};
use super::mailer::{Mailer, destination, destination_words};
use super::missed;
use super::out::{Out, bold, count, dim};
use super::plan::{CHUNK, MaxLevel, for_each, freeze_all};
use super::recheck::{self, Recheck, Seen};
use super::rehearse::Rehearsal;
use super::send::{dispatch, incomplete, stop_on_signals, take_lease, tell_held_back, tell_last_stop, worst};
use super::{secrets, summary};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The campaign: the name of a file of `campaigns/`, without `.toml`.
    #[arg(required_unless_present_any = ["due", "plan"], conflicts_with_all = ["due", "plan"])]
    campaign: Option<String>,
    /// Every campaign whose time has come.
    #[arg(long)]
    due: bool,
    /// Exactly what is in a file of `plan --out`, as long as its inputs stand.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["due", "only", "max_level"])]
    plan: Option<PathBuf>,
    /// Rehearse: send into the sandbox on a copy of the ledger; nobody is written to and nothing counts.
    #[arg(long)]
    sandbox: bool,
    /// Do not ask; required without a terminal.
    #[arg(long)]
    yes: bool,
    /// Mails to send at most, per campaign; the others stay planned.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Only people in this segment.
    #[arg(long, value_name = "SEGMENT")]
    only: Option<String>,
    #[command(flatten)]
    accepted: Accepted,
    /// Send although a lever of the score card is red: the name of the person who answers for it, kept in the ledger.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    override_red: Option<String>,
    /// The most precise level of block.
    #[arg(long, value_enum, default_value_t = MaxLevel::Individual, value_name = "LEVEL")]
    max_level: MaxLevel,
}

/// What is accepted of a plan that would be refused.
#[derive(Debug, clap::Args)]
struct Accepted {
    /// Accept a plan more than twice the size of the edition before.
    #[arg(long)]
    allow_growth: bool,
    /// Send a plan from which more people dropped out than `max_drift` allows.
    #[arg(long, requires = "plan")]
    accept_drift: bool,
}

/// What became of one campaign.
enum Came {
    Ended(Box<Ended>),
    /// A person said no.
    Declined,
    /// Its plan grew too much to be sent without a word; the other campaigns go on.
    Refused(Error),
}

/// Whether a plan is to be sent.
enum Wanted {
    Yes,
    No,
    Grown(Error),
}

/// What one campaign's run came to.
struct Ended {
    totals: Totals,
    summary: Summary,
    dropped: Dropped,
    /// People of a plan's file who were not written to, by why.
    dropped_before: BTreeMap<String, u64>,
    run: RunNo,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let mut app = App::open(globals)?;
    if !args.sandbox {
        return run_in(&app, None, args, globals, out);
    }
    asked(args)?;
    let rehearsal = Rehearsal::prepare(&mut app, out)?;
    let code = run_in(&app, Some(&rehearsal), args, globals, out);
    rehearsal.end(code, &app, out)
}

/// Refuses to ask where nobody is there to answer.
fn asked(args: &Args) -> Result<()> {
    if !args.yes && !std::io::stdin().is_terminal() {
        return Err(Error::new(Kind::Usage, "there is no terminal to ask on").help("add `--yes` to say that the mails are to be sent"));
    }
    Ok(())
}

fn run_in(app: &App, rehearsal: Option<&Rehearsal>, args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let mailer = Mailer::open(app, &app.rules()?)?;
    let (mailer, destination) = match rehearsal {
        Some(rehearsal) => (mailer.for_rehearsal(), rehearsal.destination()),
        None => (mailer, destination(app)?),
    };
    let render = mailer.into_render(app)?;
    let plan = args.plan.as_deref().map(|path| Planned::open(app, globals, path)).transpose()?;
    let chosen = match (&args.campaign, &plan) {
        (Some(name), _) => vec![named(app, name)?],
        (None, Some(plan)) => vec![named(&plan.then, plan.opened.header.campaign.as_str())?],
        (None, None) => all_due(app),
    };
    asked(args)?;
    let n_missed = if args.due { block_on(missed::note(app, out))? } else { 0 };
    let code = if n_missed > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS };
    if chosen.is_empty() {
        out.say("Nothing is due.");
        return Ok(code);
    }
    // Looked at before they are read: what changes while they are read is seen too.
    let seen = recheck::look(&app.project, &secrets::source_urls(&app.project)?)?;
    let snapshot = plan.as_ref().map_or(app, |plan| &plan.then).snapshot(out)?;
    let (rules, _) = Rules::compile(&app.project, schema_of(&snapshot)).map_err(Error::project)?;
    if let Some(segment) = args.only.as_deref().filter(|segment| rules.segments.position(segment).is_none()) {
        return Err(Error::new(Kind::Usage, format!("there is no segment `{segment}`")));
    }
    let plan = plan.as_ref();
    let work = Work { app, args, out, plan, rules: &rules, snapshot: &snapshot, seen: &seen, render: &render, destination: &destination };
    block_on(work.run_all(&chosen, code))
}

/// A plan that was written before, which still stands.
struct Planned {
    opened: Opened,
    /// The project at the plan's instant.
    then: App,
    /// Who approved it, where somebody has to.
    by: Option<String>,
}

impl Planned {
    fn open(app: &App, globals: &Globals, path: &Path) -> Result<Self> {
        let opened = Opened::open(path)?;
        gate::allowed(app, &opened, &Basis::of(&app.project, globals.env.as_deref())?)?;
        let by = gate::approved(&app.project, &opened)?;
        let mut then = App::open(globals)?;
        then.now = Now { at: opened.header.now, zone: opened.header.zone };
        Ok(Self { opened, then, by })
    }
}

struct Work<'a> {
    app: &'a App,
    plan: Option<&'a Planned>,
    args: &'a Args,
    out: &'a Out,
    rules: &'a Rules,
    snapshot: &'a Snapshot,
    seen: &'a Seen,
    render: &'a Render,
    destination: &'a Destination,
}

impl Work<'_> {
    async fn run_all(&self, chosen: &[Chosen<'_>], mut code: ExitCode) -> Result<ExitCode> {
        let Some(ledger) = self.app.ledger(true).await? else { return Ok(ExitCode::SUCCESS) };
        let mut memory = self.app.memory(Some(&ledger)).await?;
        let cancel = stop_on_signals();
        let (mut n_sent, mut most): (u64, Option<(u64, &Campaign)>) = (0, None);
        for campaign in chosen {
            let started = Instant::now();
            let ended = match self.run_one(&ledger, campaign, &mut memory, &cancel).await? {
                Came::Ended(ended) => ended,
                Came::Declined => continue,
                Came::Refused(error) if !self.args.due => return Err(error),
                Came::Refused(error) => {
                    errors::report(&error, self.out);
                    code = incomplete(code);
                    continue;
                }
            };
            self.tell(campaign, &ended, started.elapsed().as_secs_f64());
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
        if !self.out.json {
            self.next(most, n_sent);
        }
        Ok(code)
    }

    async fn run_one(&self, ledger: &Ledger, chosen: &Chosen<'_>, memory: &mut Memory, cancel: &CancellationToken) -> Result<Came> {
        let lease = take_lease(self.app, ledger, &chosen.0.name, self.destination, Sharing::Alone).await?;
        let came = self.run_held(ledger, &lease, chosen, memory, cancel).await;
        // Whatever happened: the next run must not find the campaign held by this one.
        let redo = self.destination.redo(self.app.project.config.delivery.on_uncertain);
        let released = ledger.release(lease, redo, system_now()).await;
        let came = came?;
        released.map(|()| came)
    }

    async fn run_held(
        &self,
        ledger: &Ledger,
        lease: &Lease,
        chosen: &Chosen<'_>,
        memory: &mut Memory,
        cancel: &CancellationToken,
    ) -> Result<Came> {
        let campaign = chosen.0;
        if let Some(error) = self.unapproved(campaign) {
            return Ok(Came::Refused(error));
        }
        let edition = self.edition(chosen);
        let before = ledger.previous_plan_summary(&campaign.name, &edition).await?;
        let before: Option<(Edition, Totals)> =
            before.and_then(|before| Some((before.edition, serde_json::from_value(before.totals).ok()?)));

        // Another campaign of this run, or another process, may have used up some of an offer since.
        memory.used = self.app.used(Some(ledger)).await?;
        // The first pass counts; the second writes, and only once the mails are wanted.
        let mut dropped_before = Moved::default();
        let (totals, taken, offered) = if let Some(plan) = self.plan {
            dropped_before = gate::moved(&plan.opened, &self.planner(chosen, memory)?, self.snapshot)?;
            if let Some(error) = dropped_before.refused(self.app, &plan.opened).filter(|_| !self.args.accepted.accept_drift) {
                return Ok(Came::Refused(error));
            }
            (plan.opened.trailer.totals.clone(), std::mem::take(&mut dropped_before.taken), Vec::new())
        } else {
            let planner = self.planner(chosen, memory)?;
            let mut totals = planner.totals();
            let (mut taken, mut offered) = (Vec::new(), Vec::new());
            for_each(&planner, self.snapshot, |profile, decision| {
                let decision = self.narrowed(campaign, profile, decision);
                if matches!(decision, Decision::Admitted(_)) && !campaign.spec.compulsory {
                    taken.push(profile.contact.id.clone());
                }
                if let Decision::Admitted(admission) = &decision
                    && let Some(offer) = &admission.composition.offer
                {
                    let leaves_at = admission.occasion.not_before.unwrap_or(self.app.now.at);
                    offered.push((profile.contact.id.clone(), (offer.name.clone(), leaves_at)));
                }
                totals.add(&decision);
                Ok(())
            })?;
            (totals, taken, offered)
        };
        let red = ScoreCard::of(&self.app.project, &self.rules.schema, &self.rules.segments, campaign, &totals).red();
        if let Some(error) = self.too_red(campaign, &red) {
            return Ok(Came::Refused(error));
        }
        if let Some(error) = self.short_of_codes(campaign, &totals, memory) {
            return Ok(Came::Refused(error));
        }
        match self.is_wanted(campaign, edition.as_str(), &totals, before.as_ref())? {
            Wanted::Yes => {}
            Wanted::No => return Ok(Came::Declined),
            Wanted::Grown(error) => return Ok(Came::Refused(error)),
        }
        let wanted = Recheck::of(self.app, &campaign.name, Some(self.seen.clone()))?;
        tell_last_stop(self.app, ledger, &campaign.name, self.out).await?;
        let run = ledger.start_run(&campaign.name, self.app.now.at).await?;
        match self.plan {
            Some(plan) => self.enqueue_plan(ledger, run, chosen, plan, &dropped_before).await?,
            None => self.enqueue(ledger, run, chosen, memory).await?,
        }
        for recipient in taken {
            memory.take(&self.app.project, recipient, &campaign.name);
        }
        for (recipient, given) in offered {
            memory.offered.entry(recipient).or_default().push(given);
        }
        // A part of an edition is no measure for the next one. (`--limit` plans the whole edition and sends a part.)
        if self.args.only.is_none() {
            let json = serde_json::to_value(&totals).unwrap_or_default();
            ledger.save_plan_summary(&campaign.name, &PlanSummary { edition, at: self.app.now.at, totals: json }).await?;
        }

        let limit = self.args.limit;
        let summary = dispatch(self.app, ledger, lease, self.destination, self.render, limit, Some(wanted), cancel, self.out).await;
        let kept = async {
            let dropped = ledger.dropped(lease).await?;
            let counts = summary.as_ref().map(|summary| with_dropped(json!(summary.counts), dropped)).unwrap_or_default();
            let mut told = json!({ "planned": totals.planned, "skipped": totals.skipped });
            if let Some(name) = self.args.override_red.as_ref().filter(|_| !red.is_empty()) {
                told["override_red"] = json!({ "by": name, "levers": red });
            }
            if let Some(plan) = self.plan {
                told["plan"] = json!({ "sha256": plan.opened.sha256, "approved_by": plan.by, "dropped": dropped_before.counts });
            }
            if let Err(error) = &summary {
                told["stopped"] = error.to_string().into();
            }
            ledger.finish_run(run, system_now(), &counts, &told).await?;
            Ok(dropped)
        };
        // What stopped the delivery explains why the ledger could not be told.
        let kept = kept.await;
        let summary = summary?;
        let dropped_before = dropped_before.counts;
        Ok(Came::Ended(Box::new(Ended { totals, summary, dropped: kept?, dropped_before, run })))
    }

    fn planner<'m>(&'m self, chosen: &Chosen<'m>, memory: &'m Memory) -> Result<Planner<'m>> {
        let level: Level = self.plan.map_or(self.args.max_level.into(), |plan| plan.opened.header.max_level);
        let planner = Planner::new(world(&self.app.project, self.rules, self.snapshot, memory, level), chosen.0, chosen.1.clone())?;
        settled(planner, self.snapshot)
    }

    fn edition(&self, chosen: &Chosen<'_>) -> Edition {
        self.plan.map_or_else(|| summary_edition(self.app, chosen), |plan| plan.opened.header.edition.clone())
    }

    /// Refuses to plan and send in one go what somebody has to approve in between.
    fn unapproved(&self, campaign: &Campaign) -> Option<Error> {
        let approval = campaign.spec.approval.as_ref().filter(|_| self.plan.is_none())?;
        let (name, program) = (&campaign.name, &self.app.program);
        let help = format!(
            "`{program} plan {name} --out {name}.plan`, `{program} plan approve {name}.plan --by NAME`, `{program} run --plan {name}.plan`"
        );
        let message = format!("the plan of {name} has to be approved by one of {}", approval.by.join(", "));
        Some(Error::new(Kind::Usage, message).help(help))
    }

    /// Keeps the mails of a plan as they are in its file, without those of people who dropped out.
    async fn enqueue_plan(&self, ledger: &Ledger, run: RunNo, chosen: &Chosen<'_>, plan: &Planned, moved: &Moved) -> Result<()> {
        let experiment = chosen.0.experiment();
        let (mut lines, edition) = (plan.opened.lines()?, self.edition(chosen));
        loop {
            let (mut assigned, mut waiting) = (Vec::new(), Vec::new());
            while waiting.len() < ENQUEUE_ROWS_MAX && assigned.len() < CHUNK {
                let Some(line) = lines.next()? else { break };
                let arm = line.arm().filter(|_| experiment.is_some());
                assigned.push((line.recipient.clone(), arm));
                waiting.extend(line.mail.filter(|_| !moved.dropped.contains_key(&line.recipient)));
            }
            if assigned.is_empty() {
                return Ok(());
            }
            // Before their mails: nobody is written to whose arm is not remembered.
            if let Some(experiment) = &experiment {
                let assigned: Vec<_> = assigned.into_iter().filter_map(|(recipient, arm)| Some((recipient, arm?))).collect();
                ledger.assign(&chosen.0.name, experiment, &edition, &assigned, self.app.now.at).await?;
            }
            ledger.enqueue(run, &waiting).await?;
        }
    }

    /// Turns away those outside `--only`.
    fn narrowed(&self, campaign: &Campaign, profile: &relance::profile::Profile, decision: Decision) -> Decision {
        use relance::audience::{Reason, Skip};
        let Some(segment) = &self.args.only else { return decision };
        let reading = relance::profile::Reading::of(&self.app.project, self.app.now);
        let truths = self.rules.segments.decide(profile, &self.snapshot.catalogue, reading);
        let may_profile =
            campaign.spec.compulsory || profile.contact.may_be_profiled(self.snapshot.inputs.asks_profiling(), reading.consents_expired);
        let may_ask = |at: usize| may_profile || !self.rules.segments.rests_on_behaviour(at);
        let inside = self.rules.segments.position(segment).is_some_and(|at| truths[at].is_true() && may_ask(at));
        if inside { decision } else { Decision::Skipped(Skip::new(Reason::NotInAudience, format!("outside --only {segment}"))) }
    }

    async fn enqueue(&self, ledger: &Ledger, run: RunNo, chosen: &Chosen<'_>, memory: &Memory) -> Result<()> {
        for (pool, codes) in self.app.project.codes()? {
            ledger.stock(&pool, &codes).await?;
        }
        let planner = self.planner(chosen, memory)?;
        let experiment = chosen.0.experiment().map(|experiment| (experiment, summary_edition(self.app, chosen)));
        let mut waiting: Vec<PlannedMessage> = Vec::new();
        for group in self.snapshot.profiles.groups() {
            for people in group?.chunks(CHUNK) {
                let mut assigned = Vec::new();
                for (profile, (decision, draft)) in people.iter().zip(freeze_all(&planner, people)) {
                    let decision = self.narrowed(chosen.0, profile, decision);
                    assigned.extend(decision.arm().filter(|_| experiment.is_some()).map(|arm| (profile.contact.id.clone(), arm)));
                    if let (Decision::Admitted(admission), Some(draft)) = (decision, draft) {
                        waiting.push(planned(chosen.0, &admission, draft));
                    }
                }
                // Before their mails: nobody is written to whose arm is not remembered.
                if let Some((experiment, edition)) = &experiment {
                    ledger.assign(&chosen.0.name, experiment, edition, &assigned, self.app.now.at).await?;
                }
                while waiting.len() >= ENQUEUE_ROWS_MAX {
                    let batch: Vec<PlannedMessage> = waiting.drain(..ENQUEUE_ROWS_MAX).collect();
                    ledger.enqueue(run, &batch).await?;
                }
            }
        }
        if !waiting.is_empty() {
            ledger.enqueue(run, &waiting).await?;
        }
        Ok(())
    }

    /// Refuses a plan with a red lever that nobody answers for.
    fn too_red(&self, campaign: &Campaign, red: &[&str]) -> Option<Error> {
        if red.is_empty() || self.args.override_red.is_some() {
            return None;
        }
        let (name, program, levers) = (&campaign.name, &self.app.program, red.join(", "));
        let help = format!("look with `{program} plan {name}`; to send all the same, `{program} run {name} --override-red \"YOUR NAME\"`");
        Some(Error::new(Kind::Usage, format!("the score card of {name} is red: {levers}")).help(help))
    }

    /// Refuses a plan for which there are not codes enough.
    fn short_of_codes(&self, campaign: &Campaign, totals: &Totals, memory: &Memory) -> Option<Error> {
        let short = short_of_codes(&self.app.project, &memory.used, &totals.offers).into_iter().next()?;
        let message =
            format!("{} needs {} codes of `{}` and {} are left", campaign.name, count(short.needed), short.pool, count(short.left));
        let help = "add codes to the file, or write `when_empty = \"skip_offer\"` in the offer to send the rest without it";
        Some(Error::new(Kind::Usage, message).help(help))
    }

    /// Asks, unless `--yes`; an unusual growth needs its own word.
    fn is_wanted(&self, campaign: &Campaign, edition: &str, totals: &Totals, before: Option<&(Edition, Totals)>) -> Result<Wanted> {
        if let Some((earlier, before)) = before
            && campaign.schedule.is_some()
            && before.planned > 0
            && totals.planned > 2 * before.planned
            && !self.args.accepted.allow_growth
        {
            let message = format!(
                "{} would send {}, more than twice the {} of {earlier}",
                campaign.name,
                count(totals.planned),
                count(before.planned)
            );
            let program = &self.app.program;
            let help = format!("look with `{program} plan {0}`, then `{program} run {0} --allow-growth` if it is right", campaign.name);
            return Ok(Wanted::Grown(Error::new(Kind::Usage, message).help(help)));
        }
        if self.args.yes || totals.planned == 0 {
            return Ok(Wanted::Yes);
        }
        self.out.say(format!("{}, edition {edition}\n\n{}", bold(&campaign.name), summary::totals(totals, None)));
        let sender = self.app.project.config.sender.address.get_ref();
        let (n, to) = (count(totals.planned), destination_words(self.destination, self.app));
        let yes = self.out.confirm(format!("Send {n} messages from {sender} by {to}?"))?;
        if !yes {
            self.out.say("Nothing was sent.");
        }
        Ok(if yes { Wanted::Yes } else { Wanted::No })
    }

    fn tell(&self, chosen: &Chosen<'_>, ended: &Ended, seconds: f64) {
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
    fn next(&self, most: Option<(u64, &Campaign)>, n_sent: u64) {
        let Some((_, campaign)) = most else { return };
        let program = &self.app.program;
        let (name, at) = (&campaign.name, self.app.now.at);
        let what = if n_sent == 0 { "Nothing new to send.".to_owned() } else { format!("{} mails sent.", count(n_sent)) };
        self.out.say(format!("\n{what} Next:\n  {program} preview {name} --now {at} --open\n  {program} explain {name} RECIPIENT --now {at}\n  {program} status"));
    }
}

/// Adds what was not wanted any more to the counts that the ledger keeps of a run.
fn with_dropped(mut counts: Value, dropped: Dropped) -> Value {
    counts["expired"] = dropped.expired.into();
    counts["cancelled"] = dropped.cancelled.into();
    counts
}

/// A decided mail as the ledger keeps it.
pub(crate) fn planned(campaign: &Campaign, admission: &Admission, draft: Draft) -> PlannedMessage {
    let shown = admission.composition.slots.values().flat_map(|filling| match filling {
        Filling::Products { picks, .. } => picks.iter().map(|pick| pick.product.clone()).collect::<Vec<_>>(),
        _ => Vec::new(),
    });
    PlannedMessage {
        compulsory: campaign.spec.compulsory,
        not_before: admission.occasion.not_before.unwrap_or(draft.at),
        expires_at: Some(admission.expires_at().max(draft.at)),
        products: shown.collect(),
        offer: admission.composition.offer.as_ref().map(|offer| offer.name.clone()),
        cost: admission.composition.offer.as_ref().and_then(|offer| offer.cost).map(|cost| cost.minor),
        pool: admission.composition.offer.as_ref().and_then(|offer| offer.pool.clone()),
        draft,
    }
}
