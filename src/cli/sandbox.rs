//! `relance sandbox`: catch mails and look at them; and the sandbox that `run --sandbox` and `preview --to sandbox` send to.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use relance::delivery::SmtpOptions;
use relance::error::{Error, Kind, Result, io_error};
use relance::project::Project;
use relance::project::config::{SmtpSection, Tls};
use relance::serve::sandbox::{BANNER, CERTIFICATE, Chaos, LISTEN, Release, SMTP, Sandbox, Settings};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::app::{App, block_on};
use super::args::Globals;
use super::mailer::routes;
use super::out::{Out, count};
use super::send::stop_on_signals;
use super::try_out::server;

/// How long a sandbox that listens takes to say so.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Connections of a rehearsal: more than a small machine has hands.
const CONNECTIONS: usize = 8;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Where mails are taken: an address of this machine and a port, 0 for any that is free [default: 127.0.0.1:1025].
    #[arg(long, value_name = "ADDRESS:PORT")]
    smtp: Option<SocketAddr>,
    /// Where the inbox is [default: 127.0.0.1:8025].
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Another name under which a browser may ask for the inbox; may be repeated.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// The folder of the mails, a Maildir in it [default: .relance/sandbox in the project].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Mails kept at most: the oldest make room.
    #[arg(long, value_name = "N")]
    keep: Option<NonZeroUsize>,
    /// What goes wrong on purpose, e.g. greylist=10%,4xx=5%,5xx=2%,drop=1%,slow=1s,seed=7; the inbox can change it.
    #[arg(long, value_name = "FAULTS", default_value = "off")]
    chaos: Chaos,
    /// The server that takes mails one releases: smtp://HOST:PORT or smtps://HOST:PORT; the project's own when absent.
    #[arg(long, value_name = "SMTP-URL")]
    release_to: Option<String>,
    /// To whom mails may be released: an address or @DOMAIN; may be repeated. The project's `test_addresses` always may.
    #[arg(long, value_name = "ADDRESS|@DOMAIN")]
    release_allow: Vec<String>,
}

pub(crate) fn run(args: &Args, globals: &Globals, out: &Out) -> Result<ExitCode> {
    let app = if globals.project.join("relance.toml").exists() { Some(App::open(globals)?) } else { None };
    let mut settings = settings(app.as_ref().map(|app| &app.project), &globals.project);
    settings.listen = args.listen.or(settings.listen);
    settings.smtp = args.smtp.unwrap_or(settings.smtp);
    settings.folder = args.dir.clone().unwrap_or(settings.folder);
    settings.keep = args.keep.map(NonZeroUsize::get).or(settings.keep);
    settings.names.clone_from(&args.host);
    settings.chaos = args.chaos;
    settings.release = release(args, app.as_ref())?;
    block_on(async {
        let folder = settings.folder.clone();
        let sandbox = Sandbox::open(settings).await?;
        let (smtp, n_kept) = (sandbox.smtp_address(), sandbox.n_kept());
        let inbox = sandbox.inbox_address().map(|address| format!("http://{address}/")).unwrap_or_default();
        let end = stop_on_signals();
        if out.json {
            out.value(&json!({ "listening": inbox, "smtp": format!("smtp://{smtp}"), "dir": folder, "kept": n_kept }));
        } else {
            out.data(format!("listening on {inbox}"));
            out.did("Catching", format!("mails sent to smtp://{smtp}; none is delivered"));
            out.did("Keeping", format!("them in {}, {} so far", folder.display(), count(n_kept as u64)));
        }
        for address in [Some(smtp), sandbox.inbox_address()].into_iter().flatten().filter(|address| !address.ip().is_loopback()) {
            out.warn(format!("{address} is open to other machines, and whoever reaches it reads every mail"));
        }
        sandbox.run(end).await;
        out.say("The sandbox ended; its mails are kept.");
        Ok(ExitCode::SUCCESS)
    })
}

/// Deletes what the sandbox caught of people, by their canonical addresses, and the ledger of a rehearsal under way.
pub(crate) fn forget(project: &Project, addresses: &std::collections::BTreeSet<String>) -> Result<()> {
    relance::serve::sandbox::forget(&settings(Some(project), &project.root).folder, |address| addresses.contains(address))?;
    let rehearsal = project.root.join(".relance").join("rehearsal");
    match std::fs::remove_dir_all(&rehearsal) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error("delete", &rehearsal, error)),
        _ => Ok(()),
    }
}

/// What is said of the sandbox in relance.toml, or else usual.
fn settings(project: Option<&Project>, root: &Path) -> Settings {
    let section = project.map(|project| project.config.sandbox.clone()).unwrap_or_default();
    let root = project.map_or(root, |project| &project.root);
    let assets =
        project.and_then(|project| project.config.assets.as_ref().map(|assets| (assets.url.get_ref().clone(), root.join(&assets.folder))));
    Settings {
        smtp: section.smtp.unwrap_or(SMTP),
        listen: Some(section.listen.unwrap_or(LISTEN)),
        folder: root.join(section.dir.unwrap_or_else(|| PathBuf::from(".relance/sandbox"))),
        keep: section.keep.map(NonZeroUsize::get),
        chaos: Chaos::default(),
        release: Release::default(),
        names: Vec::new(),
        zone: project.map_or(chrono_tz::UTC, |project| project.zone),
        assets,
    }
}

fn release(args: &Args, app: Option<&App>) -> Result<Release> {
    let mut allowed = args.release_allow.clone();
    allowed.extend(app.iter().flat_map(|app| &app.project.config.delivery.test_addresses).map(|address| address.get_ref().clone()));
    let relay = match (&args.release_to, app) {
        (Some(url), _) => Some(server(url, None)?),
        (None, Some(app)) if !allowed.is_empty() && !app.project.config.delivery.servers().is_empty() => {
            routes(app)?.routes.into_iter().next().map(|route| route.smtp)
        }
        _ => None,
    };
    Ok(Release { relay, allowed })
}

/// Where mails to look at go: a sandbox that listens, or one of this program's own for as long as it lasts.
pub(crate) struct Catcher {
    address: SocketAddr,
    /// The certificate to trust.
    certificate: PathBuf,
    own: Option<(CancellationToken, std::thread::JoinHandle<()>)>,
}

impl Catcher {
    /// Finds the sandbox of the project, or starts one that keeps mails in the same folder.
    pub(crate) fn find_or_start(app: &App, out: &Out) -> Result<Self> {
        let settings = settings(Some(&app.project), &app.project.root);
        let certificate = settings.folder.join(CERTIFICATE);
        let address = settings.smtp;
        if !address.ip().is_loopback() {
            return Err(Error::new(Kind::Usage, format!("the sandbox at {address} is not of this machine"))
                .help("mails go there in clear: name an address such as 127.0.0.1:1025 in `[sandbox]`"));
        }
        if listens(address) {
            let catcher = Self { address, certificate, own: None };
            out.did("Catching", format!("in the sandbox that listens on {address}"));
            return Ok(catcher);
        }
        let settings = Settings { smtp: SocketAddr::from(([127, 0, 0, 1], 0)), listen: None, ..settings };
        let end = CancellationToken::new();
        let (started, ended) = (std::sync::mpsc::channel(), end.clone());
        let (tell, told) = started;
        let thread = std::thread::spawn(move || {
            let served = block_on(async {
                let sandbox = Sandbox::open(settings).await?;
                _ = tell.send(Ok(sandbox.smtp_address()));
                sandbox.run(ended).await;
                Ok(())
            });
            if let Err(error) = served {
                _ = tell.send(Err(error));
            }
        });
        let address = told.recv().unwrap_or_else(|_| Err(Error::new(Kind::Io, "the sandbox could not be started")))?;
        out.did("Catching", format!("no sandbox listens on {}: in one of this command's own", settings_words(app)));
        Ok(Self { address, certificate, own: Some((end, thread)) })
    }

    /// Returns how delivery reaches it.
    pub(crate) fn options(&self) -> SmtpOptions {
        // In clear: it never leaves this machine.
        let section = SmtpSection::to(&self.address.ip().to_string(), self.address.port(), Tls::None);
        SmtpOptions { connections: CONNECTIONS, messages_per_connection: 1_000, ..SmtpOptions::new(&section, None, None) }
    }

    /// Returns its URL.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Returns the certificate that it encrypts with.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// Says how to look at what was caught.
    pub(crate) fn say_where(&self, app: &App, out: &Out) {
        let inbox = app.project.config.sandbox.listen.unwrap_or(LISTEN);
        if self.own.is_some() {
            out.say(format!("\nTo look at the mails: `{} sandbox`, then http://{inbox}/", app.program));
        } else {
            out.say(format!("\nTo look at the mails: http://{inbox}/"));
        }
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.own.take() {
            end.cancel();
            _ = thread.join();
        }
    }
}

fn settings_words(app: &App) -> String {
    app.project.config.sandbox.smtp.unwrap_or(SMTP).to_string()
}

/// Says whether a sandbox listens: another server there delivers, perhaps.
fn listens(address: SocketAddr) -> bool {
    let Ok(stream) = TcpStream::connect_timeout(&address, ANSWER_WITHIN) else { return false };
    if stream.set_read_timeout(Some(ANSWER_WITHIN)).is_err() {
        return false;
    }
    let mut line = String::new();
    let read = BufReader::new(std::io::Read::take(stream, 512)).read_line(&mut line);
    read.is_ok() && line.trim_end() == BANNER
}
