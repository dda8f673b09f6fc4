//! The certificate of STARTTLS: made once for `localhost`, kept beside the mails so that a client can be told to trust it.

use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::error::{Error, Kind, Result, io_error};
use crate::private::write_then_rename;

/// The file to trust.
pub const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

/// Reads the certificate of a folder, or makes it there.
pub(super) fn acceptor(folder: &Path) -> Result<TlsAcceptor> {
    let (certificate_path, key_path) = (folder.join(CERTIFICATE), folder.join(KEY));
    let unusable = |why: String| {
        Error::new(Kind::Data, format!("the sandbox's certificate in `{}` cannot be used: {why}", folder.display()))
            .help(format!("delete `{CERTIFICATE}` and `{KEY}` there; they are made again"))
    };
    if !certificate_path.exists() || !key_path.exists() {
        let (certificate, key) = made().map_err(|error| unusable(error.to_string()))?;
        write_then_rename(&folder.join(format!("{KEY}.new")), &key_path, key.as_bytes())?;
        write_then_rename(&folder.join(format!("{CERTIFICATE}.new")), &certificate_path, certificate.as_bytes())?;
    }
    let read = |path: &Path| std::fs::read(path).map_err(|error| io_error("read", path, error));
    let certificate = CertificateDer::from_pem_slice(&read(&certificate_path)?).map_err(|error| unusable(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_slice(&read(&key_path)?).map_err(|error| unusable(error.to_string()))?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate], key))
        .map_err(|error| unusable(error.to_string()))?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn made() -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(["localhost", "127.0.0.1", "::1"].map(str::to_owned))?;
    parameters.distinguished_name.push(DnType::CommonName, "relance sandbox");
    Ok((parameters.self_signed(&key)?.pem(), key.serialize_pem()))
}
