//! Who vouches for a plan: a record beside its file, with a code of the project's key over the plan's own hash.
//!
//! Whoever can read the key can approve under any name: the record ties a name to one plan, it does not prove who typed it.

use std::path::{Path, PathBuf};

use relance::clock::Timestamp;
use relance::error::{Error, Kind, Result, io_error};
use relance::message::token::Approval;
use relance::private;
use relance::project::Project;
use serde::{Deserialize, Serialize};

use super::file::Opened;
use crate::cli::secrets;
use crate::cli::whole::beside;

/// Form of the record.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    relance_approval: u32,
    plan: String,
    by: String,
    at: Timestamp,
    code: String,
}

impl Record {
    fn approval(&self) -> Approval<'_> {
        Approval { plan: &self.plan, by: &self.by, at: self.at.0 }
    }
}

fn place(plan: &Path) -> PathBuf {
    let mut name = plan.file_name().unwrap_or_default().to_owned();
    name.push(".approval");
    plan.with_file_name(name)
}

/// Writes the record of an approval; only who the campaign names may give one.
pub(crate) fn approve(project: &Project, plan: &Opened, by: &str, at: Timestamp) -> Result<PathBuf> {
    let campaign = project.campaign(plan.header.campaign.as_str())?;
    let allowed = campaign.spec.approval.as_ref().map(|approval| approval.by.as_slice()).unwrap_or_default();
    if allowed.is_empty() {
        return Err(Error::new(Kind::Usage, format!("{} needs no approval", campaign.name))
            .help(format!("write `approval = {{ by = [\"NAME\"] }}` in `campaigns/{}.toml`", campaign.name)));
    }
    if !allowed.iter().any(|name| name == by) {
        return Err(
            Error::new(Kind::Usage, format!("`{by}` does not approve {}", campaign.name)).help(format!("these do: {}", quoted(allowed)))
        );
    }
    let mut record = Record { relance_approval: FORMAT, plan: plan.sha256.clone(), by: by.to_owned(), at, code: String::new() };
    record.code = secrets::keys(project)?.first().approve(record.approval());
    let path = place(&plan.path);
    let text = serde_json::to_string(&record).map_err(|error| Error::new(Kind::Io, "cannot write the approval").caused_by(error))?;
    private::write_then_rename(&beside(&path), &path, format!("{text}\n").as_bytes())?;
    Ok(path)
}

/// Returns who approved a plan; none where the campaign asks for nobody.
///
/// # Errors
/// `Kind::Usage` when the approval is missing, of another plan or by somebody else; `Kind::Data` when the record was made up.
pub(crate) fn approved(project: &Project, plan: &Opened) -> Result<Option<String>> {
    let campaign = project.campaign(plan.header.campaign.as_str())?;
    let Some(wanted) = &campaign.spec.approval else { return Ok(None) };
    let path = place(&plan.path);
    let help = format!("`relance plan approve {} --by NAME`, where NAME is one of {}", plan.path.display(), quoted(&wanted.by));
    let refused = |why: String| Error::new(Kind::Usage, why).help(help.clone());
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(refused(format!("the plan of {} is not approved", campaign.name)));
        }
        Err(error) => return Err(io_error("read", &path, error)),
    };
    let made_up =
        || Error::new(Kind::Data, format!("`{}` is not an approval made with the key of this project", path.display())).help(help.clone());
    let record: Record = serde_json::from_slice(&text).map_err(|_| made_up())?;
    if !secrets::keys(project)?.has_approved(record.approval(), &record.code) {
        return Err(made_up());
    }
    if record.plan != plan.sha256 {
        return Err(refused(format!("`{}` approves another plan than `{}`", path.display(), plan.path.display())));
    }
    if !wanted.by.contains(&record.by) {
        return Err(refused(format!("`{}`, who approved the plan, does not approve {}", record.by, campaign.name)));
    }
    Ok(Some(record.by))
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
