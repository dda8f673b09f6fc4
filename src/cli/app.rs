//! What most commands start from: the project, its rules, the instant, the data.

use std::collections::{BTreeSet, HashMap};

use relance::audience::history::{SendHistory, Suppressions};
use relance::clock::{Now, Timestamp};
use relance::condition::Schema;
use relance::error::{Error, Kind, Result, plural};
use relance::id::{CampaignName, ContactId};
use relance::ledger::{Ledger, SoftBounces};
use relance::plan::{Rules, Used, World};
use relance::project::checked::Campaign;
use relance::project::config::Secret;
use relance::project::content::Level;
use relance::project::{self, Project};
use relance::selection::Offered;
use relance::snapshot::{self, Folder, Inputs, Snapshot};
use secrecy::ExposeSecret as _;

use super::args::Globals;
use super::hear::hear;
use super::out::{Out, count};
use super::{noted, scored, secrets};

/// An open project at an instant.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) project: Project,
    pub(crate) now: Now,
    /// The wall clock, whatever `--now` says: the age of files and leases is counted with it.
    pub(crate) wall_clock: Timestamp,
    /// How a next command begins.
    pub(crate) program: String,
}

impl App {
    /// Loads the project and settles the instant.
    pub(crate) fn open(globals: &Globals) -> Result<Self> {
        let (project, _) = project::load(&globals.project, globals.env.as_deref())?;
        let wall_clock = relance::ledger::system_now();
        let now = instant(globals, &project, wall_clock)?;
        Ok(Self { project, now, wall_clock, program: globals.program() })
    }

    /// Compiles every condition without knowing the data: enough to refuse a typo.
    pub(crate) fn rules(&self) -> Result<Rules> {
        Rules::compile(&self.project, Schema::default()).map(|(rules, _)| rules).map_err(Error::project)
    }

    /// As [`Self::rules`], for a command that decides: the scores that conditions name have models, and old ones are told, each once.
    pub(crate) fn rules_with_models(&self, out: &Out) -> Result<()> {
        let schema = Schema { scores: scored::states(&self.project, self.now)?, ..Schema::default() };
        let (_, found) = Rules::compile(&self.project, schema).map_err(Error::project)?;
        let old = found.iter().filter(|warning| warning.code == "condition::old-model");
        let told: BTreeSet<String> =
            old.map(|warning| format!("{}: {}", warning.message, warning.help.clone().unwrap_or_default())).collect();
        for line in told {
            out.warn(line);
        }
        Ok(())
    }

    /// Returns the data as it stands, from the snapshot when it still holds; says what was read.
    pub(crate) fn snapshot(&self, out: &Out) -> Result<Snapshot> {
        self.refuse_stale()?;
        if let Some(snapshot) = self.kept()? {
            out.did("Reading", format!("{} profiles from the snapshot", count(snapshot.profiles.len() as u64)));
            say_nobody(&snapshot, out);
            return hear(&self.project, snapshot);
        }
        self.build(out).and_then(|(snapshot, _)| hear(&self.project, snapshot))
    }

    /// As [`Self::snapshot`], for a command about one person: nothing is said of the others.
    pub(crate) fn snapshot_for_one(&self, out: &Out) -> Result<Snapshot> {
        self.refuse_stale()?;
        match self.kept()? {
            Some(snapshot) => hear(&self.project, snapshot),
            None => self.build(out).and_then(|(snapshot, _)| hear(&self.project, snapshot)),
        }
    }

    /// Opens the snapshot when it is what reading every source would give.
    pub(crate) fn kept(&self) -> Result<Option<Snapshot>> {
        let secrets = secrets::of_blur(&self.project)?;
        Ok(Folder::of(&self.project).under(&self.project, &secrets).read(&self.project, self.now))
    }

    /// Refuses files older than their `max_age`, which grow old while nothing else changes: a snapshot made of them holds no longer.
    fn refuse_stale(&self) -> Result<()> {
        for (name, spec) in self.project.config.sources.each() {
            // Files that cannot be listed are the reader's affair, which says more.
            let found = relance::source::list(name, spec, &self.project.root).unwrap_or_default();
            if let Some(error) = relance::source::stale(name, &found, spec, self.wall_clock) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Reads every source and keeps the snapshot when it can: the work at hand goes on without.
    pub(crate) fn build(&self, out: &Out) -> Result<(Snapshot, snapshot::BuildReport)> {
        self.build_or(out, |error| {
            out.warn(format!("{error}; going on without it"));
            Ok(())
        })
    }

    /// Reads every source and keeps the snapshot; `unkept` says whether it matters that it cannot be kept.
    pub(crate) fn build_or(&self, out: &Out, unkept: impl FnOnce(Error) -> Result<()>) -> Result<(Snapshot, snapshot::BuildReport)> {
        self.refuse_stale()?;
        let started = std::time::Instant::now();
        let urls = secrets::source_urls(&self.project)?;
        let bar = super::progress::Spinner::start(out, "Reading");
        let folder = Folder::of(&self.project);
        let (snapshot, report) = snapshot::build(&self.project, self.now, &urls, Some(&folder), &mut |read| {
            bar.say(&format!("{} {} rows", read.source, count(read.n_rows)));
        })?;
        bar.end();
        for (name, source) in &report.sources {
            for rejection in &source.rejections {
                out.warn(format!("{name}: row refused: {rejection}"));
            }
        }
        let contradictory = "on several rows that contradict one another: these people get nothing";
        for (source, ids, what) in [
            ("contacts", &report.contradictory_contacts, contradictory),
            (
                "accounts",
                &report.contradictory_accounts,
                "on several rows that contradict one another: nothing is known of these companies",
            ),
            (
                "prices",
                &report.contradictory_prices,
                "on several rows that contradict one another: these companies see the price of the catalogue",
            ),
            ("products", &report.duplicate_products, "on several rows: one of them is used"),
        ] {
            if !ids.is_empty() {
                let shown = ids.iter().map(|id| format!("`{id}`")).collect();
                out.warn(format!("{source}: {} {} {what}: {}", count(ids.len() as u64), plural(ids.len(), "id"), noted::listed(shown)));
            }
        }
        if let Err(error) = folder.write(&self.project, &snapshot, &report) {
            unkept(error)?;
        }
        let rows: u64 = report.sources.values().map(|source| source.n_rows).sum();
        out.did(
            "Reading",
            format!(
                "{} sources, {} rows, {} {}  ({:.1} s)",
                report.sources.len(),
                count(rows),
                count(snapshot.profiles.len() as u64),
                if snapshot.profiles.len() == 1 { "person" } else { "people" },
                started.elapsed().as_secs_f64()
            ),
        );
        for line in noted::lines(&report) {
            out.did("Noted", line);
        }
        say_nobody(&snapshot, out);
        Ok((snapshot, report))
    }

    /// Opens the ledger; `create` makes one when there is none.
    pub(crate) async fn ledger(&self, create: bool) -> Result<Option<Ledger>> {
        open_ledger(&self.project, create).await
    }

    /// Returns what decisions remember, for a command that only looks.
    pub(crate) fn remembered(&self) -> Result<Memory> {
        block_on(async {
            let ledger = self.ledger(false).await?;
            self.memory(ledger.as_ref()).await
        })
    }

    /// Returns what the ledger knows that decisions look at; nothing when there is no ledger yet.
    pub(crate) async fn memory(&self, ledger: Option<&Ledger>) -> Result<Memory> {
        let used = self.used(ledger).await?;
        let Some(ledger) = ledger else { return Ok(Memory { used, ..Memory::default() }) };
        let history = ledger.history(self.now.at.minus(self.memory_span()), self.now.at).await?;
        let mut memory = Memory { suppressions: ledger.suppressions().await?, used, ..Memory::default() };
        for (recipient, past) in &history.by_recipient {
            let today = past.iter().filter(|past| !past.compulsory && past.at.date(self.now.zone) == self.now.today());
            for past in today {
                memory.take(&self.project, recipient.clone(), &past.campaign);
            }
        }
        memory.history = history;
        for campaign in self.project.campaigns.values() {
            if let Some(experiment) = campaign.experiment() {
                let assigned = ledger.assigned(&campaign.name, &experiment, self.running_since(campaign)).await?;
                memory.history.assigned.insert(campaign.name.clone(), assigned);
            }
        }
        Ok(memory)
    }

    /// Returns the instant after which an assignment is still being measured.
    fn running_since(&self, campaign: &Campaign) -> Timestamp {
        self.now.at.minus(campaign.horizon.unwrap_or(relance::clock::Span(0)))
    }

    /// Returns what is used up of the offers, and the codes that are left.
    pub(crate) async fn used(&self, ledger: Option<&Ledger>) -> Result<Used> {
        let mut used = Used::default();
        if let Some(ledger) = ledger.filter(|_| !self.project.offers.is_empty()) {
            used.offers = ledger.used_up().await?;
        }
        for (pool, codes) in self.project.codes()? {
            let left = match ledger {
                Some(ledger) => ledger.codes_left(&pool, &codes).await?,
                None => codes.len() as u64,
            };
            used.codes_left.insert(pool, left);
        }
        Ok(used)
    }

    /// How far back any rule of the project looks at what was sent.
    fn memory_span(&self) -> relance::clock::Span {
        let settings = &self.project.settings;
        let slowest = settings.slower.iter().map(|slower| slower.factor).fold(1.0, f64::max);
        let for_all =
            settings.caps.iter().chain(&settings.account_caps).chain(&settings.personal_blocks).map(|cap| cap.stretched(slowest).window);
        let besides = settings.slower.iter().flat_map(|slower| slower.caps.iter().map(|cap| cap.window));
        // A day more: a window of calendar days may begin in another zone's day.
        let caps = for_all.chain(besides).map(|window| relance::clock::Span(window.0.saturating_add(relance::clock::DAY_US)));
        let slots = self.project.campaigns.values().flat_map(|campaign| campaign.slots.values().filter_map(|slot| slot.not_shown_within));
        let offers = self.project.offers.values().flat_map(|offer| [offer.once_per, offer.not_again_within]).flatten();
        // A triggered edition is never repeated while its trigger can still stand.
        let trigger = std::iter::once(relance::clock::Span::days(400));
        caps.chain(slots).chain(offers).chain(trigger).max().unwrap_or(relance::clock::Span::days(400))
    }
}

/// Opens the ledger of a project; `create` makes one when there is none.
pub(crate) async fn open_ledger(project: &Project, create: bool) -> Result<Option<Ledger>> {
    let secret = project.config.ledger.database.clone().unwrap_or(Secret::Url("sqlite://.relance/ledger.db".to_owned()));
    let url = secrets::within(secrets::read(&secret, &project.root)?.expose_secret(), &project.root);
    let file = url.strip_prefix("sqlite://").map(|rest| std::path::Path::new(rest.split_once('?').map_or(rest, |(path, _)| path)));
    if !create && file.is_some_and(|file| !file.exists()) {
        return Ok(None);
    }
    let ledger = Ledger::open(&url, create).await?;
    let soft = project.settings.soft_bounces.map_or(SoftBounces::DEFAULT, |cap| SoftBounces { n: cap.n, window: cap.window });
    Ok(Some(ledger.with_soft_bounces(soft).with_address_keys(secrets::keys(project)?.of_addresses())))
}

/// Returns the instant a command works at: `--now`, or the wall clock.
pub(crate) fn instant(globals: &Globals, project: &Project, wall_clock: Timestamp) -> Result<Now> {
    let at = match &globals.now {
        None => wall_clock,
        Some(text) => Timestamp::parse(text, project.zone).ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{text}` is not an instant"))
                .help("write it as 2011-11-14T09:00:00Z, or 2011-11-14T10:00 in the project's zone")
        })?,
    };
    Ok(Now { at, zone: project.zone })
}

/// A list of contacts without a row is more likely an export that failed than a shop without customers.
fn say_nobody(snapshot: &Snapshot, out: &Out) {
    if snapshot.profiles.is_empty() {
        out.warn("`contacts` has nobody: no mail can be sent; check the job that writes it");
    }
}

/// What decisions look at besides the project and the snapshot.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) history: SendHistory,
    pub(crate) suppressions: Suppressions,
    pub(crate) taken: HashMap<ContactId, CampaignName>,
    /// Offers given by this run, which the history does not hold yet.
    pub(crate) offered: Offered,
    /// What is used up of the offers.
    pub(crate) used: Used,
}

impl Memory {
    /// Notes that a campaign writes to a person today; the one of highest priority is remembered.
    pub(crate) fn take(&mut self, project: &Project, recipient: ContactId, campaign: &CampaignName) {
        let known = self.taken.entry(recipient).or_insert_with(|| campaign.clone());
        if project.writes_before(campaign, known) {
            known.clone_from(campaign);
        }
    }
}

/// Puts together what a planner needs.
pub(crate) fn world<'a>(project: &'a Project, rules: &'a Rules, snapshot: &'a Snapshot, memory: &'a Memory, max_level: Level) -> World<'a> {
    World {
        project,
        schema: &rules.schema,
        catalogue: &snapshot.catalogue,
        models: &snapshot.models,
        recommender: &snapshot.recommender,
        segments: &rules.segments,
        blocks: &rules.blocks,
        offers: &rules.offers,
        history: &memory.history,
        suppressions: &memory.suppressions,
        taken: &memory.taken,
        offered: &memory.offered,
        used: &memory.used,
        now: snapshot.now,
        max_level,
        asks_profiling: snapshot.inputs.asks_profiling(),
    }
}

/// The names that conditions may use once the data has been read.
pub(crate) fn schema_of(snapshot: &Snapshot) -> Schema {
    let topics: BTreeSet<String> = snapshot.catalogue.topics.iter().map(|topic| topic.slug.clone()).collect();
    let Inputs { attributes, account_attributes, .. } = snapshot.inputs.clone();
    let scores = snapshot.profiles.scorers().states(snapshot.now).collect();
    Schema { scores, attributes: Some(attributes), account_attributes: Some(account_attributes), topics: Some(topics), ..Schema::default() }
}

/// Runs an asynchronous piece of work to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::new(Kind::Io, format!("cannot start the runtime: {error}")).caused_by(error))?;
    runtime.block_on(work)
}
