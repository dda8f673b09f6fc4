//! DKIM signatures: what a domain says of a mail it sent, in a header that receivers verify with a key from DNS
//! (RFC 6376; RFC 8301 for the algorithms and key sizes, RFC 8463 for Ed25519).
//!
//! Owns canonical forms, keys, the header field and the DNS record. Knows no file, no clock and no DNS.

mod canon;
mod key;
mod record;
mod sign;

pub use key::{Algorithm, KeyError, RSA_BITS_MIN, SigningKey};
pub use record::Record;
pub use sign::{SIGNED_FIELDS, Signer};
