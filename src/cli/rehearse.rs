//! `run --sandbox`: the run as it would be, on a copy of the ledger and into the sandbox.
//!
//! The real ledger is read once and never written, the real servers are not reached, and no link or Message-ID means anything to the
//! project. The copy is kept while something of the rehearsal waits (a greylisted mail, an interruption), so that the next one takes it
//! up as a real run would; it is thrown away once nothing does.

use std::path::PathBuf;
use std::process::ExitCode;

use relance::delivery::{Destination, Routes};
use relance::error::{Result, io_error};
use relance::ledger::FLEETING;
use relance::private::make_folder;
use relance::project::config::Secret;

use super::app::{App, block_on};
use super::out::Out;
use super::sandbox::Catcher;

/// A rehearsal under way.
pub(crate) struct Rehearsal {
    folder: PathBuf,
    catcher: Catcher,
    /// It goes on with what an earlier one left.
    goes_on: bool,
}

impl Rehearsal {
    /// Turns an app to a copy of its ledger, and finds the sandbox.
    pub(crate) fn prepare(app: &mut App, out: &Out) -> Result<Self> {
        let catcher = Catcher::find_or_start(app, out)?;
        let folder = app.project.root.join(".relance").join("rehearsal");
        let file = folder.join("ledger.db");
        let goes_on = file.exists();
        if goes_on {
            out.did("Rehearsing", "goes on from the last rehearsal, of which mails wait");
        } else {
            make_folder(&folder)?;
            let copied = block_on(async {
                let Some(ledger) = app.ledger(false).await? else { return Ok(true) };
                let copied = ledger.copy_to(&file).await?;
                ledger.close().await;
                Ok(copied)
            })?;
            if !copied {
                out.warn("the ledger is on a server and is not copied: who was written to before, and suppressions, are not known to the rehearsal");
            }
            out.did("Rehearsing", "on a copy of the ledger; nothing of it counts");
        }
        let config = &mut app.project.config;
        config.ledger.database = Some(Secret::Url(format!("sqlite://{}?{FLEETING}", file.display())));
        // The sandbox shows who would get what, at once.
        config.delivery.redirect_to = None;
        config.delivery.warm_up = None;
        Ok(Self { folder, catcher, goes_on })
    }

    /// Returns where its mails go.
    pub(crate) fn destination(&self) -> Destination {
        let mut routes: Routes = self.catcher.options().into();
        for route in &mut routes.routes {
            "the sandbox".clone_into(&mut route.name);
        }
        Destination::Smtp(Box::new(routes))
    }

    /// Throws the copy away unless something waits, and says how to look.
    pub(crate) fn end(self, code: Result<ExitCode>, app: &App, out: &Out) -> Result<ExitCode> {
        let waits = match &code {
            Ok(code) => *code != ExitCode::SUCCESS,
            // What went wrong before anything was sent says nothing of an earlier rehearsal.
            Err(_) => self.goes_on,
        };
        if waits {
            let (program, folder) = (&app.program, self.folder.strip_prefix(&app.project.root).unwrap_or(&self.folder));
            out.say(format!(
                "\nThe rehearsal goes on with the next `{program} run --sandbox`; to begin a new one, delete `{}`",
                folder.display()
            ));
        } else {
            std::fs::remove_dir_all(&self.folder).map_err(|error| io_error("delete", &self.folder, error))?;
        }
        if !out.json {
            self.catcher.say_where(app, out);
        }
        code
    }
}
