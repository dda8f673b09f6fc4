//! The project folder that is sent, and the program that sends it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use sqlx::{Connection as _, Row as _};

use super::Case;

/// First instant of the story, a Thursday; each start of the program is [`STEP_H`] hours later, so that retries are due.
const START: (i32, u32, u32) = (2026, 3, 5);
const STEP_H: usize = 6;

/// What becomes of a mail in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Policy {
    Hold,
    Resend,
}

impl Policy {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Resend => "resend",
        }
    }
}

/// A project made by `relance init`, with as many people as the case wants.
#[derive(Debug)]
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    program: PathBuf,
    ledger: String,
}

impl Shop {
    /// Makes the project; `port` is the server's.
    pub(crate) fn new(case: &Case, program: PathBuf, port: u16) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("shop");
        let made = Command::new(&program).arg("init").arg(&home).arg("-q").output().expect("the program starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

        let mut contacts = "id,email,first_name,locale,consent_newsletter\n".to_owned();
        for person in 0..case.n_people {
            let _ = writeln!(contacts, "p{person:04},p{person:04}@people.example,Léa,fr-FR,yes");
        }
        fs::write(home.join("data/contacts.csv"), contacts).expect("writes");

        let ledger = case.postgres.clone().unwrap_or_else(|| format!("sqlite://{}", home.join(".relance/ledger.db").display()));
        let config = fs::read_to_string(home.join("relance.toml")).expect("the starter's configuration");
        let (before, _) = config.split_once("# Mails are written to files").expect("the starter's delivery");
        let config = format!(
            "{before}[delivery]\nto = \"smtp\"\non_uncertain = \"{}\"\n\n[delivery.smtp]\nhost = \"127.0.0.1\"\nport = {port}\nconnections = {}\n\
             hello = \"sender.example\"\n\n[ledger]\ndatabase = {{ url = \"{ledger}\" }}\n",
            case.policy.as_str(),
            case.connections,
        );
        fs::write(home.join("relance.toml"), config).expect("writes");

        let campaign = home.join("campaigns/newsletter.toml");
        let spec = fs::read_to_string(&campaign).expect("the starter's campaign");
        let spec = spec.replace("schedule = \"0 9 * * 4\"", "schedule = \"0 9 * * 4\"\nlate = \"90d\"").replace("holdout = \"10%\"", "");
        fs::write(&campaign, spec).expect("writes");
        Self { folder, program, ledger }
    }

    /// Decides and keeps every mail; sends none.
    pub(crate) fn plan(&self) {
        let planned = self.command(0, &["run", "newsletter", "--yes", "--limit", "0"]).output().expect("the program starts");
        assert!(planned.status.success(), "{}", said(&planned));
    }

    /// Starts the program, which sends what is due at the `round`-th instant.
    pub(crate) fn send(&self, round: usize) -> Child {
        self.command(round, &["send", "newsletter"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// As [`Self::send`], until it ends.
    pub(crate) fn send_to_the_end(&self, round: usize) -> Output {
        self.command(round, &["send", "newsletter"]).output().expect("the program starts")
    }

    fn command(&self, round: usize, words: &[&str]) -> Command {
        let (year, month, day) = START;
        let start = chrono::NaiveDate::from_ymd_opt(year, month, day).and_then(|day| day.and_hms_opt(9, 0, 0)).expect("an instant");
        let now = start + chrono::Duration::hours(i64::try_from(round * STEP_H).expect("few rounds"));
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(self.folder.path().join("shop")).args(words).args(["--now", &now.format("%Y-%m-%dT%H:%M:%SZ").to_string()]);
        command.arg("-q").stdin(Stdio::null());
        command
    }

    /// Returns the state of each mail, by address.
    pub(crate) fn states(&self) -> BTreeMap<String, String> {
        sqlx::any::install_default_drivers();
        let url = self.ledger.clone();
        let read = async move {
            let mut connection = sqlx::AnyConnection::connect(&url).await?;
            let rows = sqlx::query("SELECT address, state FROM message").fetch_all(&mut connection).await?;
            let states = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, sqlx::Error>>()?;
            connection.close().await?;
            Ok::<_, sqlx::Error>(states)
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(read).expect("the ledger can be read")
    }
}

/// Returns what a program said, for messages of failed tests.
pub(crate) fn said(output: &Output) -> String {
    format!("{:?}: {}{}", output.status, String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
