//! Certificates that are right, and that are not; `tls/make.sh` makes them.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The authority that signed all but the self-signed one.
pub(crate) const CA_PEM: &[u8] = include_bytes!("../tls/ca.pem");

/// A certificate; all but one are for `localhost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    Good,
    SelfSigned,
    /// Ended in 2020.
    Expired,
    /// For `mail.other.example`.
    WrongHost,
}

pub(super) fn acceptor(certificate: Certificate) -> TlsAcceptor {
    let pem: &[u8] = match certificate {
        Certificate::Good => include_bytes!("../tls/server.pem"),
        Certificate::SelfSigned => include_bytes!("../tls/self_signed.pem"),
        Certificate::Expired => include_bytes!("../tls/expired.pem"),
        Certificate::WrongHost => include_bytes!("../tls/wrong_host.pem"),
    };
    let certificate = CertificateDer::from_pem_slice(pem).expect("a certificate");
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../tls/server.key")).expect("a key");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a pair")))
}
