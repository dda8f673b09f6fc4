//! Whether planned mails are still wanted: the sources are watched while mails go out, and read again when they change.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use relance::audience::Skip;
use relance::clock::{Now, Span};
use relance::delivery::StillWanted;
use relance::error::{Error, Result, io_error};
use relance::id::CampaignName;
use relance::ledger::{MessageNo, Waiting};
use relance::plan::{Planner, Rules};
use relance::profile::Profile;
use relance::project::Project;
use relance::project::content::Level;
use relance::snapshot::{self, Folder, Snapshot};
use relance::source;

use super::app::{App, Memory, schema_of, world};
use super::hear::hear;
use super::secrets;

/// How often a query is run again when nothing cheaper tells that its answer changed.
const QUERY_EVERY: Duration = Duration::from_mins(1);
/// How often a query that tells of changes is run, at most.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// What the sources looked like, by name.
pub(crate) type Seen = BTreeMap<&'static str, Look>;

/// How one source looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// Path, size, time of the last change in nanoseconds, and the file itself: one that replaces another is a change.
    Files(Vec<(PathBuf, u64, i128, u64)>),
    /// What the query that tells of changes answered.
    Answer(String),
    /// A query without one.
    Query,
}

/// Looks at every source of a project; must be done before they are read.
pub(crate) fn look(project: &Project, urls: &BTreeMap<String, String>) -> Result<Seen> {
    project.config.sources.each().into_iter().map(|(name, _)| Ok((name, look_at(name, project, urls)?))).collect()
}

fn look_at(name: &'static str, project: &Project, urls: &BTreeMap<String, String>) -> Result<Look> {
    let Some((_, spec)) = project.config.sources.each().into_iter().find(|(known, _)| *known == name) else { return Ok(Look::Query) };
    if spec.files.is_none() {
        let asked = spec.changed.as_ref().zip(urls.get(name));
        return asked.map_or(Ok(Look::Query), |(query, url)| Ok(Look::Answer(source::ask(name, query.get_ref(), url, &project.root)?)));
    }
    let files = source::list(name, spec, &project.root)?.into_iter().map(|file| {
        let metadata = std::fs::metadata(&file.path).map_err(|error| io_error("read", &file.path, error))?;
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = modified.and_then(|since| i128::try_from(since.as_nanos()).ok()).unwrap_or(-1);
        #[cfg(unix)]
        let itself = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let itself = 0;
        Ok((file.path, metadata.len(), modified, itself))
    });
    Ok(Look::Files(files.collect::<Result<_>>()?))
}

/// Watches the sources of one campaign.
#[derive(Debug)]
pub(crate) struct Recheck {
    project: Project,
    campaign: CampaignName,
    urls: BTreeMap<String, String>,
    /// The instant of the command; time goes on from `started`.
    now: Now,
    started: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How the sources looked when they were last read; none when they were not.
    seen: Option<Seen>,
    read_at: Instant,
    asked_at: Instant,
    /// How long reading took: no more than half of the time is spent on it.
    took: Duration,
}

impl Recheck {
    /// Watches from how the sources looked when the mails were planned; none makes the first look read them.
    pub(crate) fn of(app: &App, campaign: &CampaignName, seen: Option<Seen>) -> Result<Arc<dyn StillWanted>> {
        let started = Instant::now();
        Ok(Arc::new(Self {
            project: app.project.clone(),
            campaign: campaign.clone(),
            urls: secrets::source_urls(&app.project)?,
            now: app.now,
            started,
            state: Mutex::new(State { seen, read_at: started, asked_at: started, took: Duration::ZERO }),
        }))
    }

    /// Sources that can end the wish for a mail: all for a trigger, but the catalogue where it starts none; the contacts for a list.
    fn watched(&self) -> Vec<&'static str> {
        let is_triggered = self.is_urgent();
        let trigger = self.project.campaigns.get(&self.campaign).and_then(|campaign| campaign.trigger.as_ref());
        let wants_products = trigger.is_some_and(|trigger| trigger.on.rests_on_catalogue());
        let names = self.project.config.sources.each().into_iter().map(|(name, _)| name);
        names.filter(|name| if is_triggered { wants_products || *name != "products" } else { *name == "contacts" }).collect()
    }

    /// Says whether a source looks different; one that cannot be looked at does.
    fn differs(&self, name: &'static str, seen: &Seen, state: &State) -> bool {
        match seen.get(name) {
            Some(Look::Query) => {
                let every = self.project.settings.recheck_every.get(name).and_then(|span| u64::try_from(span.0).ok());
                state.read_at.elapsed() >= every.map_or(QUERY_EVERY, Duration::from_micros)
            }
            Some(Look::Answer(_)) if state.asked_at.elapsed() < ASK_EVERY => false,
            Some(look) => look_at(name, &self.project, &self.urls).map_or(true, |now| now != *look),
            None => true,
        }
    }

    /// Reads the sources as they stand now; the snapshot serves when nothing changed since it was made.
    fn read(&self) -> Result<Snapshot> {
        let elapsed = Span(i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX));
        let now = Now { at: self.now.at.plus(elapsed), zone: self.now.zone };
        let folder = Folder::of(&self.project).under(&self.project, &self.urls);
        let snapshot = match folder.read(&self.project, now) {
            Some(snapshot) => snapshot,
            None => snapshot::build(&self.project, now, &self.urls, Some(&folder), &mut |_| {}).map(|(snapshot, _)| snapshot)?,
        };
        hear(&self.project, snapshot)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StillWanted for Recheck {
    fn is_urgent(&self) -> bool {
        self.project.campaigns.get(&self.campaign).is_some_and(|campaign| campaign.spec.trigger.is_some())
    }

    fn has_changed(&self) -> bool {
        let mut state = self.state();
        if state.read_at.elapsed() < state.took {
            return false;
        }
        let Some(seen) = &state.seen else { return true };
        let has_changed = self.watched().into_iter().any(|name| self.differs(name, seen, &state));
        if state.asked_at.elapsed() >= ASK_EVERY {
            state.asked_at = Instant::now();
        }
        has_changed
    }

    fn unwanted(&self, waiting: &[Waiting]) -> Result<Vec<(MessageNo, String)>> {
        let begun = Instant::now();
        let seen = look(&self.project, &self.urls)?;
        let snapshot = self.read()?;
        let unwanted = decide(&self.project, &self.campaign, &snapshot, waiting)?;
        let mut state = self.state();
        state.seen = Some(seen);
        state.read_at = Instant::now();
        state.took = begun.elapsed();
        Ok(unwanted)
    }
}

/// Decides again for those who wait; the ledger itself looks at suppressions, when it lets a mail be claimed.
fn decide(project: &Project, campaign: &CampaignName, snapshot: &Snapshot, waiting: &[Waiting]) -> Result<Vec<(MessageNo, String)>> {
    let Some(campaign) = project.campaigns.get(campaign) else { return Ok(Vec::new()) };
    let (rules, _) = Rules::compile(project, schema_of(snapshot)).map_err(Error::project)?;
    let nothing = Memory::default();
    let planner = Planner::new(world(project, &rules, snapshot, &nothing, Level::Individual), campaign, None)?;
    let words = |skip: &Skip| format!("{}: {}", skip.reason.words(), skip.detail);
    let mut by_recipient: HashMap<&str, Vec<&Waiting>> = HashMap::new();
    for mail in waiting {
        by_recipient.entry(mail.recipient.as_str()).or_default().push(mail);
    }
    let mut unwanted = Vec::new();
    for people in snapshot.profiles.groups() {
        let people = people?;
        let theirs: Vec<_> =
            people.iter().filter_map(|profile| Some((profile, by_recipient.remove(profile.contact.id.as_str())?))).collect();
        let judge =
            |(profile, mail): (&Profile, &Waiting)| planner.not_wanted_any_more(profile, &mail.edition).map(|skip| (mail.no, words(&skip)));
        unwanted.par_extend(theirs.par_iter().flat_map_iter(|(profile, mails)| mails.iter().filter_map(|mail| judge((profile, mail)))));
    }
    let gone = by_recipient.into_values().flatten().map(|mail| (mail.no, "not in audience: no contact any more".to_owned()));
    unwanted.extend(gone);
    unwanted.sort_by_key(|(no, _)| *no);
    Ok(unwanted)
}
