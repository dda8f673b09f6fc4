//! The files that data comes from: what they were when they were read, so that it is seen when others stand there.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use relance::project::Project;
use relance::project::config::SourceSpec;
use relance::project::content::CodesSpec;

use super::watch::stamp;

/// The files of a project's sources and codes. What a query would give is not known without asking: of queries, only the words count.
#[derive(Debug)]
pub(super) struct Inputs {
    root: PathBuf,
    sources: Vec<(&'static str, SourceSpec)>,
    codes: Vec<PathBuf>,
}

impl Inputs {
    /// Names the files of a project.
    pub(super) fn of(project: &Project) -> Self {
        let codes = project.offers.values().filter_map(|offer| match offer.spec.codes.as_ref()? {
            CodesSpec::File(file) | CodesSpec::Column { file, .. } => Some(project.root.join(file)),
        });
        Self {
            codes: codes.collect(),
            sources: project.config.sources.each().into_iter().map(|(name, spec)| (name, spec.clone())).collect(),
            root: project.root.clone(),
        }
    }

    /// Names the sources that are queries.
    pub(super) fn queries(&self) -> Vec<&'static str> {
        self.sources.iter().filter(|(_, spec)| spec.sql.is_some()).map(|(name, _)| *name).collect()
    }

    /// Hashes the names, sizes and times of the files as they are now; files that are not there are one more way to be.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (name, spec) in &self.sources {
            // Another query may give younger rows, as other files may hold them.
            spec.sql.as_ref().map(|sql| (name, sql.get_ref())).hash(&mut hasher);
            let files = relance::source::list(name, spec, &self.root).unwrap_or_default();
            for file in files {
                (name, file.path, file.bytes, file.modified).hash(&mut hasher);
            }
        }
        for path in &self.codes {
            (path, std::fs::metadata(path).ok().map(|about| stamp(&about))).hash(&mut hasher);
        }
        hasher.finish()
    }
}
