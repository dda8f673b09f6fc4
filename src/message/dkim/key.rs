//! Private keys of signatures: RSA of 2048 to 4096 bits (RFC 8301 section 3.2) and Ed25519 (RFC 8463), read from PEM.

use std::fmt;

use aws_lc_rs::rand as chance;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

/// Fewest bits of an RSA key: verifiers need not accept less (RFC 8301 section 3.2).
pub const RSA_BITS_MIN: usize = 2048;
/// `rsaEncryption` and its NULL parameters, as an `AlgorithmIdentifier` in DER (RFC 3279 section 2.3.1).
const RSA_IDENTIFIER: [u8; 15] = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with SHA-256: understood by every receiver.
    Rsa,
    /// Ed25519 with SHA-256: small and quick, not understood by every receiver.
    Ed25519,
}

impl Algorithm {
    /// Returns the value of `a=` (RFC 6376 section 3.3, RFC 8463 section 3).
    pub fn signature_name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }

    /// Returns the value of `k=` in DNS (RFC 6376 section 3.6.1, RFC 8463 section 4).
    pub fn record_name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// Why a key cannot sign; shows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no private key between `-----BEGIN` and `-----END`.
    #[error("it is not a private key in PEM")]
    NotPem,
    /// Another algorithm, or a curve of its own.
    #[error("it is neither an RSA nor an Ed25519 key")]
    OtherAlgorithm,
    /// An RSA key too short to be believed, or longer than receivers verify.
    #[error("it is an RSA key of fewer than 2048 or more than 4096 bits")]
    WrongSize,
    /// Its numbers do not belong together.
    #[error("it is damaged")]
    Damaged,
}

/// A private key, parsed once; never shown.
pub struct SigningKey(Kind);

enum Kind {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, {} bits)", self.algorithm().record_name(), self.bits())
    }
}

impl SigningKey {
    /// Reads a key from PEM: PKCS #8 (RFC 5958; `BEGIN PRIVATE KEY`) or PKCS #1 (`BEGIN RSA PRIVATE KEY`).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| KeyError::NotPem)? {
            PrivateKeyDer::Pkcs1(der) => {
                let der = der.secret_pkcs1_der();
                ring::signature::RsaKeyPair::from_der(der).map_err(|error| refusal(&error))?;
                Self::rsa(RsaKeyPair::from_der(der))
            }
            PrivateKeyDer::Pkcs8(der) => Self::from_pkcs8(der.secret_pkcs8_der()),
            _ => Err(KeyError::OtherAlgorithm),
        }
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        // Ed25519 keys come with their public half (version 2) or without it (version 1, RFC 8410 section 7).
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self(Kind::Ed25519(pair)));
        }
        ring::signature::RsaKeyPair::from_pkcs8(der).map_err(|error| refusal(&error))?;
        Self::rsa(RsaKeyPair::from_pkcs8(der))
    }

    /// Takes an RSA key that ring has examined: ring says why it refuses one, aws-lc signs in less than half the time (AVX-512, RSAZ).
    fn rsa(pair: Result<RsaKeyPair, aws_lc_rs::error::KeyRejected>) -> Result<Self, KeyError> {
        let pair = pair.map_err(|_| KeyError::Damaged)?;
        if pair.public_modulus_len() * 8 < RSA_BITS_MIN {
            return Err(KeyError::WrongSize);
        }
        Ok(Self(Kind::Rsa(Box::new(pair))))
    }

    /// Returns how it signs.
    pub fn algorithm(&self) -> Algorithm {
        match self.0 {
            Kind::Rsa(_) => Algorithm::Rsa,
            Kind::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// Returns its size in bits.
    pub fn bits(&self) -> usize {
        match &self.0 {
            Kind::Rsa(pair) => pair.public_modulus_len() * 8,
            Kind::Ed25519(_) => 256,
        }
    }

    /// Returns the public half as DNS holds it: 32 bytes for Ed25519 (RFC 8463 section 4), `SubjectPublicKeyInfo` in DER for RSA.
    ///
    /// RFC 6376 section 3.6.1 names `RSAPublicKey`; its appendix C makes `SubjectPublicKeyInfo`, and that is what is published and verified.
    pub fn public(&self) -> Vec<u8> {
        match &self.0 {
            Kind::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let mut bits = vec![0];
                bits.extend_from_slice(pair.public_key().as_ref());
                let mut inner = RSA_IDENTIFIER.to_vec();
                inner.extend(der(3, &bits));
                der(0x30, &inner)
            }
        }
    }

    /// Signs; the same bytes give the same signature: PKCS #1 version 1.5 and Ed25519 draw no chance (RFC 8017 section 8.2, RFC 8032).
    ///
    /// For Ed25519 what is signed is the SHA-256 of the data (RFC 8463 section 3).
    pub(super) fn sign(&self, data: &[u8]) -> Vec<u8> {
        match &self.0 {
            Kind::Ed25519(pair) => pair.sign(ring::digest::digest(&ring::digest::SHA256, data).as_ref()).as_ref().to_vec(),
            Kind::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                // The interface asks for a source of chance whatever the padding; this padding draws none.
                pair.sign(&RSA_PKCS1_SHA256, &chance::SystemRandom::new(), data, &mut signature)
                    .expect("a key that was accepted signs, and the signature is as long as its modulus");
                signature
            }
        }
    }
}

/// Says why ring refuses an RSA key.
fn refusal(error: &ring::error::KeyRejected) -> KeyError {
    match error.to_string().as_str() {
        "TooSmall" | "TooLarge" => KeyError::WrongSize,
        "WrongAlgorithm" | "VersionNotSupported" => KeyError::OtherAlgorithm,
        _ => KeyError::Damaged,
    }
}

/// Writes a DER value of less than 64 KiB: tag, length, content (X.690 section 8.1).
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("a public key is far shorter than 64 KiB").to_be_bytes();
    let mut out = vec![tag];
    match length {
        [0, low @ 0..=127] => out.push(low),
        [0, low] => out.extend([0x81, low]),
        [high, low] => out.extend([0x82, high, low]),
    }
    out.extend_from_slice(content);
    out
}
