//! What people said on the public pages, laid over the profiles that decisions read.

use relance::error::Result;
use relance::profile::Declared;
use relance::project::Project;
use relance::snapshot::Snapshot;

use super::app::{block_on, open_ledger};
use super::scored::know_scores;

/// Lays what the ledger holds of what people said over a snapshot; must not be called within a runtime.
pub(crate) fn hear(project: &Project, mut snapshot: Snapshot) -> Result<Snapshot> {
    know(project, &mut snapshot)?;
    let said = block_on(async {
        match open_ledger(project, false).await? {
            None => Ok(None),
            Some(ledger) => {
                let said = ledger.said().await;
                ledger.close().await;
                said.map(Some)
            }
        }
    })?;
    if let Some(said) = said.filter(|said| !said.is_empty()) {
        snapshot.profiles.hear(Declared::of(&project.config, &snapshot.catalogue, said));
    }
    Ok(snapshot)
}

/// Makes the answers to the project's questions attributes that conditions may name, and lays its scores over the profiles.
pub(crate) fn know(project: &Project, snapshot: &mut Snapshot) -> Result<()> {
    snapshot.inputs.attributes.extend(project.config.questions.keys().cloned());
    know_scores(project, snapshot)
}
