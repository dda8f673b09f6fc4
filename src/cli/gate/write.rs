//! Writing a plan down while it is decided.

use std::path::{Path, PathBuf};

use relance::error::Result;
use relance::plan::{Change, Decision, Draft, ScoreCard, Totals};
use relance::profile::Profile;
use relance::project::checked::Campaign;
use serde_json::json;

use super::file::{Header, Line, Trailer, Writer};
use crate::cli::run::planned;

/// The file of a plan in the making.
pub(crate) struct Plan {
    path: PathBuf,
    header: Header,
    writer: Writer,
}

/// What is said of a plan that was written.
#[derive(serde::Serialize)]
pub(crate) struct Sealed {
    pub(crate) file: String,
    pub(crate) sha256: String,
    owner: Option<String>,
    pub(crate) approval: Vec<String>,
    pub(crate) warnings: Vec<String>,
}

impl Plan {
    pub(crate) fn create(path: &Path, header: Header) -> Result<Self> {
        Ok(Self { path: path.to_owned(), writer: Writer::create(path, &header)?, header })
    }

    /// Writes what was decided for one contact.
    pub(crate) fn add(
        &mut self,
        campaign: &Campaign,
        profile: &Profile,
        arm: Option<&str>,
        decided: (Decision, Option<Draft>),
    ) -> Result<()> {
        self.writer.write(&line(campaign, profile, arm, decided))
    }

    /// Seals the plan.
    pub(crate) fn finish(self, totals: &Totals, card: &ScoreCard, since: Option<&(&str, Vec<Change>)>) -> Result<Sealed> {
        let red: Vec<String> = card.red().into_iter().map(str::to_owned).collect();
        let unknown = &self.header.basis.unknown;
        let mut warnings: Vec<String> = unknown
            .iter()
            .map(|name| format!("{name} is a query without `changed`: that it changed cannot be seen before the plan is run"))
            .collect();
        warnings.extend((!red.is_empty()).then(|| format!("red levers: {}", red.join(", "))));
        let since = since.map(|(edition, changes)| ((*edition).to_owned(), changes.clone()));
        let trailer = Trailer { totals: totals.clone(), score: json!(card), red, since, warnings: warnings.clone() };
        let sha256 = self.writer.finish(&trailer)?;
        let Header { owner, approval, .. } = self.header;
        Ok(Sealed { file: self.path.display().to_string(), sha256, owner, approval, warnings })
    }
}

fn line(campaign: &Campaign, profile: &Profile, arm: Option<&str>, decided: (Decision, Option<Draft>)) -> Line {
    let (recipient, arm) = (profile.contact.id.clone(), arm.map(str::to_owned));
    let (mail, skip) = match decided {
        (Decision::Admitted(admission), draft) => (draft.map(|draft| planned(campaign, &admission, draft)), None),
        (Decision::Skipped(skip), _) => (None, Some(skip)),
    };
    Line { recipient, mail, skip, arm }
}
