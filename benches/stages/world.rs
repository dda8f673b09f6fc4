//! The world that a bench plans in: a project at an instant, its snapshot, and a history in which nobody was written to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use relance::audience::Triggered;
use relance::audience::history::{SendHistory, Suppressions};
use relance::clock::{Now, Timestamp};
use relance::condition::Schema;
use relance::error::Error;
use relance::id::{CampaignName, ContactId};
use relance::plan::{DueCampaign, Planner, Rules, Used, World, due};
use relance::project::checked::Campaign;
use relance::project::content::Level;
use relance::project::{self, Project};
use relance::selection::Offered;
use relance::snapshot::{self, Folder, Snapshot};

pub(crate) type Failure = Box<dyn std::error::Error>;

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub(crate) fn told(error: Error) -> Failure {
    format!("{error:?}").into()
}

/// Loads a project, to work at an instant.
pub(crate) fn load(root: &Path, instant: &str) -> Result<(Project, Now), Failure> {
    let (project, _) = project::load(root, None).map_err(told)?;
    let at = Timestamp::parse(instant, project.zone).ok_or("`--now` is not an instant")?;
    let now = Now { at, zone: project.zone };
    Ok((project, now))
}

/// Opens the snapshot of an instant, made first where it is not there.
pub(crate) fn open(project: &Project, now: Now) -> Result<Snapshot, Failure> {
    let folder = Folder::of(project);
    if let Some(snapshot) = folder.read(project, now) {
        return Ok(snapshot);
    }
    let (snapshot, report) = snapshot::build(project, now, &BTreeMap::new(), Some(&folder), &mut |_| ()).map_err(told)?;
    folder.write(project, &snapshot, &report).map_err(told)?;
    Ok(snapshot)
}

/// What planning looks at besides the snapshot.
pub(crate) struct Ground {
    rules: Rules,
    history: SendHistory,
    suppressions: Suppressions,
    taken: HashMap<ContactId, CampaignName>,
    offered: Offered,
    used: Used,
}

impl Ground {
    /// Compiles the rules of a project over what its snapshot knows.
    pub(crate) fn of(project: &Project, snapshot: &Snapshot) -> Result<Self, Failure> {
        let topics: BTreeSet<String> = snapshot.catalogue.topics.iter().map(|topic| topic.slug.clone()).collect();
        let schema = Schema { attributes: Some(snapshot.inputs.attributes.clone()), topics: Some(topics), ..Schema::default() };
        let (rules, _) = Rules::compile(project, schema).map_err(|found| format!("{found:?}"))?;
        let (history, suppressions) = (SendHistory::default(), Suppressions::default());
        let (taken, offered, used) = Default::default();
        Ok(Self { rules, history, suppressions, taken, offered, used })
    }

    pub(crate) fn world<'a>(&'a self, project: &'a Project, snapshot: &'a Snapshot) -> World<'a> {
        World {
            project,
            schema: &self.rules.schema,
            catalogue: &snapshot.catalogue,
            models: &snapshot.models,
            recommender: &snapshot.recommender,
            segments: &self.rules.segments,
            blocks: &self.rules.blocks,
            offers: &self.rules.offers,
            history: &self.history,
            suppressions: &self.suppressions,
            taken: &self.taken,
            offered: &self.offered,
            used: &self.used,
            now: snapshot.now,
            max_level: Level::Individual,
            asks_profiling: snapshot.inputs.asks_profiling(),
        }
    }
}

/// Plans the edition that is due at the instant, or where `anyway` is said the last one before it; `None` where there is none.
pub(crate) fn planner<'a>(world: World<'a>, campaign: &'a Campaign, anyway: bool) -> Result<Option<Planner<'a>>, Failure> {
    let occasion = match due(campaign, world.now, anyway) {
        DueCampaign::List(edition @ Triggered::Due(_)) => Some(edition),
        DueCampaign::PerPerson => None,
        DueCampaign::List(_) | DueCampaign::No => return Ok(None),
    };
    Planner::new(world, campaign, occasion).map(Some).map_err(told)
}
