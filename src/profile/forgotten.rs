//! The keyed hash of an address: a person who was forgotten is known again without their address being kept.
//!
//! Without the key nobody can try addresses until one fits; with it, the program turns away an import that brings the person back.

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use super::canonical_address;

/// A key of hashes of addresses, derived from the project's secret for this use alone.
#[derive(Debug, Clone)]
pub struct AddressKey(SecretSlice<u8>);

impl AddressKey {
    /// Takes 32 bytes that are secret and used for nothing else.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret.to_vec().into())
    }

    /// Returns the first 64 bits of HMAC-SHA256 (RFC 2104) over the canonical form of an address, in any spelling.
    pub fn hash(&self, address: &str) -> u64 {
        self.code("address", &canonical_address(address))
    }

    /// Returns the hash of an id of the contacts: whoever was forgotten is known again when their address has changed.
    pub fn hash_id(&self, id: &str) -> u64 {
        self.code("id", id)
    }

    /// Returns what stands for an id of a forgotten person: the same for the same id, `#` and sixteen digits.
    pub fn pseudonym(&self, id: &str) -> String {
        format!("#{:016x}", self.hash_id(id))
    }

    fn code(&self, what: &str, text: &str) -> u64 {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).expect("HMAC takes a key of any length");
        mac.update(what.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        let code = mac.finalize().into_bytes();
        code.iter().take(8).fold(0, |all, byte| all << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twin_spellings_have_one_hash_and_another_key_another() {
        let key = AddressKey::new([1; 32]);
        assert_eq!(key.hash("a.n.a+x@googlemail.com"), key.hash(" ANA@gmail.com"));
        assert_ne!(key.hash("ana@shop.example"), key.hash("bob@shop.example"));
        assert_ne!(key.hash("ana@shop.example"), AddressKey::new([2; 32]).hash("ana@shop.example"));
    }

    #[test]
    fn the_pseudonym_of_an_id_is_not_the_hash_of_an_address() {
        let key = AddressKey::new([1; 32]);
        let pseudonym = key.pseudonym("ana@shop.example");
        assert_eq!((pseudonym.len(), pseudonym.starts_with('#')), (17, true));
        assert_ne!(pseudonym, format!("#{:016x}", key.hash("ana@shop.example")));
        assert!(!format!("{key:?}").contains("[1, 1"), "a key is not shown");
    }
}
