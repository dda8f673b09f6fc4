//! The sandbox: an SMTP server that takes every mail and delivers none, and an inbox to look at them.
//!
//! ```text
//! smtp (sockets) -> session (what is said), dots (what a mail is) -> store (Maildir, index) -> inbox, api (pages, JSON)
//!                   chaos (what goes wrong on purpose)                                     \-> release (one mail, on request)
//! ```
//!
//! It is ours rather than a kept crate's: `mailin-embedded` holds a thread per connection, and no other lets a fault be made at each step.

mod api;
mod certificate;
mod chaos;
mod dots;
mod frame;
mod inbox;
mod mail;
mod release;
mod session;
mod smtp;
mod store;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono_tz::Tz;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::guard::{Hosts, guarded};
use super::http::{self, Bounds};
use super::pages::{Pages, assets};
use crate::error::{Error, Kind, Result};
use crate::private::make_folder;

pub use certificate::CERTIFICATE;
pub use chaos::Chaos;
use chaos::Weather;
pub use release::Release;
pub use session::Envelope;
use store::Store;
pub use store::forget;

/// Where mails are caught when nothing else is said.
pub const SMTP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 1025);
/// Where the inbox is when nothing else is said.
pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8025);
/// The first line of every conversation, by which a client knows a sandbox from a server that delivers.
pub const BANNER: &str = "220 relance-sandbox ESMTP: mails end here";

/// Bytes of the body of a request; forms and searches are small.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How a sandbox is to be.
#[derive(Debug)]
pub struct Settings {
    /// Where mails are taken.
    pub smtp: SocketAddr,
    /// Where the inbox is; no inbox when absent.
    pub listen: Option<SocketAddr>,
    /// The folder of the Maildir and of the certificate; made when missing.
    pub folder: PathBuf,
    /// Mails kept at most; the oldest make room. All are kept when absent.
    pub keep: Option<usize>,
    /// What goes wrong from the start.
    pub chaos: Chaos,
    /// Where mails may be released to.
    pub release: Release,
    /// Names other than the loopback's under which the inbox answers.
    pub names: Vec<String>,
    /// The clock of the pages.
    pub zone: Tz,
    /// The URL prefix of pictures in mails, and the folder where the same files are.
    pub assets: Option<(String, PathBuf)>,
}

/// What connections and pages share.
struct Shared {
    store: Store,
    weather: Mutex<Weather>,
    tls: TlsAcceptor,
    release: Release,
    pages: Pages,
    zone: Tz,
    assets: Option<(String, PathBuf)>,
    smtp: SocketAddr,
    end: CancellationToken,
}

impl Shared {
    fn weather(&self) -> MutexGuard<'_, Weather> {
        self.weather.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sandbox that listens; nothing is answered before [`Sandbox::run`].
pub struct Sandbox {
    shared: Arc<Shared>,
    smtp: TcpListener,
    web: Option<(TcpListener, SocketAddr)>,
    names: Vec<String>,
}

impl Sandbox {
    /// Opens the folder and the ports.
    ///
    /// # Errors
    ///
    /// `Unavailable` when a port is taken, `Io` when the folder cannot be read or written, `Data` when its certificate is unusable.
    pub async fn open(settings: Settings) -> Result<Self> {
        make_folder(&settings.folder)?;
        let smtp = TcpListener::bind(settings.smtp).await.map_err(|error| {
            Error::new(Kind::Unavailable, format!("cannot take mails on {}: {error}", settings.smtp))
                .help("choose another port with `--smtp`, for example `--smtp 127.0.0.1:0` for any that is free")
                .caused_by(error)
        })?;
        let address = |listener: &TcpListener| {
            listener.local_addr().map_err(|error| Error::new(Kind::Io, format!("cannot tell the port: {error}")).caused_by(error))
        };
        let web = match settings.listen {
            None => None,
            Some(listen) => {
                let listener = http::bind(listen).await?;
                let address = address(&listener)?;
                Some((listener, address))
            }
        };
        let shared = Shared {
            store: Store::open(&settings.folder.join("mails"), settings.keep)?,
            weather: Mutex::new(Weather::new(settings.chaos)),
            tls: certificate::acceptor(&settings.folder)?,
            release: settings.release,
            pages: Pages::compile()?,
            zone: settings.zone,
            assets: settings.assets,
            smtp: address(&smtp)?,
            end: CancellationToken::new(),
        };
        Ok(Self { shared: Arc::new(shared), smtp, web, names: settings.names })
    }

    /// Returns where mails are taken.
    pub fn smtp_address(&self) -> SocketAddr {
        self.shared.smtp
    }

    /// Returns where the inbox is.
    pub fn inbox_address(&self) -> Option<SocketAddr> {
        self.web.as_ref().map(|(_, address)| *address)
    }

    /// Returns how many mails are kept.
    pub fn n_kept(&self) -> usize {
        self.shared.store.len()
    }

    /// Takes mails and shows them until `end` is cancelled; mails under way arrive first.
    pub async fn run(self, end: CancellationToken) {
        let Self { shared, smtp, web, names } = self;
        let own_end = shared.end.clone();
        let taking = smtp::listen(smtp, Arc::clone(&shared), end.clone());
        let showing = async {
            if let Some((listener, _)) = web {
                let router = inbox::routes().merge(api::routes()).merge(assets()).with_state(shared);
                let router = guarded(router, Hosts::loopback(names), BODY_BYTES_MAX);
                http::serve(listener, router, Bounds::default(), end.cancelled()).await;
            }
        };
        let hanging_up = async {
            end.cancelled().await;
            // Live pages would otherwise hold their connections to the last moment.
            own_end.cancel();
        };
        tokio::join!(taking, showing, hanging_up);
    }
}
