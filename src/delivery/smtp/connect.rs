//! From a host name to a connection on which mail may be sent. Nothing refused here says anything of a recipient.

use std::net::IpAddr;
use std::sync::Arc;

use lettre::transport::smtp::commands::{Ehlo, Starttls};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Severity;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use super::conversation::{Broken, Conversation, refused};
use super::login::log_in;
use super::offers::Offers;
use super::options::{Phase, SmtpOptions};
use super::stream::{Stream, tls_config};
use crate::error::Result;
use crate::project::config::Tls;

/// Makes connections to one server.
pub(crate) struct Connector {
    options: SmtpOptions,
    tls: Arc<ClientConfig>,
    hello: ClientId,
    /// As many references as connections are open, and one.
    open: Arc<()>,
}

impl Connector {
    pub(crate) fn new(options: SmtpOptions) -> Result<Self> {
        let tls = tls_config(options.ca_pem.as_deref())?;
        let hello = options.hello.clone().map_or_else(ClientId::default, ClientId::Domain);
        Ok(Self { options, tls, hello, open: Arc::new(()) })
    }

    pub(crate) fn options(&self) -> &SmtpOptions {
        &self.options
    }

    /// Returns how many connections to the server are open.
    pub(crate) fn n_open(&self) -> usize {
        Arc::strong_count(&self.open) - 1
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
        let banner = conversation.reply(Phase::Banner, options.timeouts.greeting).await?;
        if !banner.is_positive() {
            return Err(refused(Phase::Banner, &banner));
        }
        self.ehlo(&mut conversation).await?;

        if wants_encryption(options.tls, conversation.offers.starttls, is_loopback)? {
            self.starttls(&mut conversation).await?;
        }
        if let Some(credentials) = &options.credentials {
            if !conversation.is_encrypted() && !is_loopback && options.tls != Tls::None {
                return Err(Broken { phase: Phase::Auth, why: "the password is not sent in clear".to_owned() });
            }
            log_in(&mut conversation, credentials).await?;
        }
        conversation.open = Some(Arc::clone(&self.open));
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

    /// Says EHLO, or HELO to a server that knows no EHLO (RFC 5321 section 3.2).
    async fn ehlo(&self, conversation: &mut Conversation) -> Result<(), Broken> {
        let mut response = conversation.command(Phase::Ehlo, Ehlo::new(self.hello.clone())).await?;
        if response.is_positive() {
            conversation.offers = Offers::read(&response);
            return Ok(());
        }
        conversation.offers = Offers::default();
        if response.code().severity == Severity::PermanentNegativeCompletion {
            response = conversation.command(Phase::Ehlo, format!("HELO {}\r\n", self.hello)).await?;
        }
        if response.is_positive() { Ok(()) } else { Err(refused(Phase::Ehlo, &response)) }
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
}

/// Says whether to encrypt a connection that is in clear; an error when it must be and cannot.
fn wants_encryption(tls: Tls, offered: bool, is_loopback: bool) -> Result<bool, Broken> {
    let wanted = match tls {
        Tls::None | Tls::Implicit => false,
        Tls::Required => offered || !is_loopback,
        Tls::Always => true,
        Tls::Opportunistic => offered,
    };
    if wanted && !offered {
        return Err(Broken { phase: Phase::Starttls, why: "the server does not offer encryption".to_owned() });
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encryption_is_left_out_only_where_it_was_written_down_or_never_leaves_the_machine() {
        for (tls, offered, is_loopback, expected) in [
            (Tls::Required, true, false, Some(true)),
            (Tls::Required, false, false, None),
            (Tls::Required, true, true, Some(true)),
            (Tls::Required, false, true, Some(false)),
            (Tls::Always, false, true, None),
            (Tls::Opportunistic, true, false, Some(true)),
            (Tls::Opportunistic, false, false, Some(false)),
            (Tls::None, true, false, Some(false)),
        ] {
            assert_eq!(wants_encryption(tls, offered, is_loopback).ok(), expected, "{tls:?} {offered} {is_loopback}");
        }
    }
}
