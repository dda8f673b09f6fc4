//! From a host name to a connection on which mail may be sent. Nothing refused here says anything of a recipient.

use std::net::IpAddr;
use std::sync::Arc;

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::commands::{Auth, Ehlo, Starttls};
use lettre::transport::smtp::extension::{ClientId, Extension, ServerInfo};
use secrecy::ExposeSecret as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use super::conversation::{Broken, Conversation, refused};
use super::options::{Phase, SmtpOptions};
use super::stream::{Stream, tls_config};
use crate::error::Result;
use crate::project::config::Tls;

/// Challenges answered in one AUTH.
const CHALLENGES_MAX: usize = 4;

/// Makes connections to one server.
pub(crate) struct Connector {
    options: SmtpOptions,
    tls: Arc<ClientConfig>,
    hello: ClientId,
}

impl Connector {
    pub(crate) fn new(options: SmtpOptions) -> Result<Self> {
        let tls = tls_config(options.ca_pem.as_deref())?;
        let hello = options.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
        Ok(Self { options, tls, hello })
    }

    pub(crate) fn options(&self) -> &SmtpOptions {
        &self.options
    }

    /// Connects, encrypts as the policy says, and authenticates.
    pub(crate) async fn connect(&self) -> Result<Conversation, Broken> {
        let options = &self.options;
        let (stream, is_loopback) = self.dial().await?;
        let mut stream = Stream::Clear(stream);
        if options.tls == Tls::Implicit {
            stream = self.handshake(stream, Phase::Connect).await?;
        }
        let mut conversation = Conversation::new(stream, options.timeouts);
        let banner = conversation.reply(Phase::Banner, options.timeouts.command).await?;
        if !banner.is_positive() {
            return Err(refused(Phase::Banner, &banner));
        }
        self.ehlo(&mut conversation).await?;

        let offered = conversation.server.supports_feature(Extension::StartTls);
        let wanted = match options.tls {
            Tls::None | Tls::Implicit => false,
            Tls::Required => offered || !is_loopback,
            Tls::Opportunistic => offered,
        };
        if wanted {
            if !offered {
                return Err(Broken { phase: Phase::Starttls, why: "the server does not offer encryption".to_owned() });
            }
            self.starttls(&mut conversation).await?;
        }
        if options.credentials.is_some() {
            if !conversation.is_encrypted() && !is_loopback && options.tls != Tls::None {
                return Err(Broken { phase: Phase::Auth, why: "the password is not sent in clear".to_owned() });
            }
            self.authenticate(&mut conversation).await?;
        }
        Ok(conversation)
    }

    async fn dial(&self) -> Result<(TcpStream, bool), Broken> {
        let broken = |why: String| Broken { phase: Phase::Connect, why };
        let address = (self.options.host.as_str(), self.options.port);
        let stream = timeout(self.options.timeouts.connect, TcpStream::connect(address))
            .await
            .map_err(|_| broken("no answer".to_owned()))?
            .map_err(|error| broken(error.to_string()))?;
        // Without it, the body and the final dot wait for each other: 40 ms a mail.
        stream.set_nodelay(true).map_err(|error| broken(error.to_string()))?;
        let is_loopback = stream.peer_addr().is_ok_and(|peer| match peer.ip() {
            IpAddr::V6(ip) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
            IpAddr::V4(ip) => ip.is_loopback(),
        });
        Ok((stream, is_loopback))
    }

    async fn handshake(&self, stream: Stream, phase: Phase) -> Result<Stream, Broken> {
        let handshake = stream.encrypt(Arc::clone(&self.tls), &self.options.host);
        match timeout(self.options.timeouts.connect, handshake).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(Broken { phase, why: format!("encryption failed: {error}") }),
            Err(_) => Err(Broken { phase, why: "encryption did not begin".to_owned() }),
        }
    }

    async fn ehlo(&self, conversation: &mut Conversation) -> Result<(), Broken> {
        let response = conversation.command(Phase::Ehlo, Ehlo::new(self.hello.clone())).await?;
        if !response.is_positive() {
            return Err(refused(Phase::Ehlo, &response));
        }
        conversation.server = ServerInfo::from_response(&response)
            .map_err(|_| Broken { phase: Phase::Ehlo, why: "the server's list of extensions cannot be read".to_owned() })?;
        Ok(())
    }

    async fn starttls(&self, conversation: &mut Conversation) -> Result<(), Broken> {
        let response = conversation.command(Phase::Starttls, Starttls).await?;
        if !response.has_code(220) {
            return Err(refused(Phase::Starttls, &response));
        }
        let stream = conversation.take_stream(Phase::Starttls)?;
        conversation.put_stream(self.handshake(stream, Phase::Starttls).await?);
        self.ehlo(conversation).await
    }

    async fn authenticate(&self, conversation: &mut Conversation) -> Result<(), Broken> {
        let broken = |why: &str| Broken { phase: Phase::Auth, why: why.to_owned() };
        let Some((user, password)) = &self.options.credentials else { return Ok(()) };
        let mechanism = conversation
            .server
            .get_auth_mechanism(DEFAULT_MECHANISMS)
            .ok_or_else(|| broken("the server offers neither PLAIN nor LOGIN"))?;
        let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
        let first = Auth::new(mechanism, credentials.clone(), None).map_err(|_| broken("the first step cannot be made"))?;
        let mut response = conversation.command(Phase::Auth, first).await?;
        for _ in 0..CHALLENGES_MAX {
            if !response.has_code(334) {
                break;
            }
            let answer = Auth::new_from_response(mechanism, credentials.clone(), &response)
                .map_err(|_| broken("the server's challenge cannot be read"))?;
            response = conversation.command(Phase::Auth, answer).await?;
        }
        if response.has_code(235) { Ok(()) } else { Err(refused(Phase::Auth, &response)) }
    }
}
