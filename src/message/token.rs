//! Opaque signed tokens for links and return paths: no address inside, forgery detected.
//!
//! A token is `KEYID.MAC.ID` in lower-case base 32 (RFC 4648 alphabet, safe in a URL and in a local part): `ID` is the
//! ledger's or CRM's own id of the recipient, hidden by a keyed stream; `MAC` is HMAC-SHA256 (RFC 2104) cut to 160 bits.

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

type HmacSha256 = Hmac<Sha256>;

/// Bytes kept of the code: 160 bits.
const MAC_BYTES: usize = 20;
/// Longest recipient id a token can carry, in bytes.
pub const TOKEN_ID_MAX: usize = 128;
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What a token may be used for; a token of one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// One-click unsubscription (RFC 8058).
    Unsubscribe,
    /// The preference centre.
    Preferences,
    /// The return path of one message (VERP).
    Bounce,
    /// The cart page.
    Cart,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Unsubscribe => "unsubscribe",
            Self::Preferences => "preferences",
            Self::Bounce => "bounce",
            Self::Cart => "cart",
        }
    }
}

/// The project's secret, and the short public id that lets it be changed while old mails still work.
#[derive(Debug, Clone)]
pub struct Key {
    id: String,
    secret: SecretSlice<u8>,
}

impl Key {
    /// Builds a key; the id is 1 to 8 lower-case letters or digits, the secret at least 16 bytes; otherwise `None`.
    pub fn new(id: &str, secret: Vec<u8>) -> Option<Self> {
        let id_is_good = (1..=8).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        (id_is_good && secret.len() >= 16).then(|| Self { id: id.to_owned(), secret: secret.into() })
    }

    /// Returns the public id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the key of mails that are only tried out: what it seals opens nothing with the project's key, so that a link clicked
    /// in such a mail, or its bounce, changes nothing for the person it was made for. Its id is `test`.
    #[must_use]
    pub fn of_tests(&self) -> Self {
        Self { id: "test".to_owned(), secret: self.code(&[b"test mails"]).to_vec().into() }
    }

    /// Returns HMAC-SHA256 over parts, each preceded by its length.
    pub(super) fn code(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.mac(parts).finalize().into_bytes().into()
    }

    fn mac(&self, parts: &[&[u8]]) -> HmacSha256 {
        let mut mac = HmacSha256::new_from_slice(self.secret.expose_secret()).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// Makes the token of one recipient of one campaign; the same inputs always give the same token.
    pub fn seal(&self, purpose: Purpose, campaign: &str, recipient: &str) -> String {
        let code = self.code(&[b"token", purpose.name().as_bytes(), self.id.as_bytes(), campaign.as_bytes(), recipient.as_bytes()]);
        let code = &code[..MAC_BYTES];
        let hidden = self.hide(purpose, code, recipient.as_bytes());
        format!("{}.{}.{}", self.id, base32(code), base32(&hidden))
    }

    /// Returns the recipient a token was made for, or `None` when it is forged, altered, of another purpose, campaign or key.
    pub fn open(&self, purpose: Purpose, campaign: &str, token: &str) -> Option<String> {
        let mut parts = token.split('.');
        let (id, code, hidden) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || id != self.id || hidden.len() > TOKEN_ID_MAX * 2 {
            return None;
        }
        let code = unbase32(code).filter(|code| code.len() == MAC_BYTES)?;
        let recipient = self.hide(purpose, &code, &unbase32(hidden)?);
        let parts = [b"token".as_slice(), purpose.name().as_bytes(), self.id.as_bytes(), campaign.as_bytes(), &recipient];
        self.mac(&parts).verify_truncated_left(&code).ok()?;
        String::from_utf8(recipient).ok()
    }

    /// Hides or shows an id: a stream of keyed blocks, started by the code, which differs for every recipient.
    fn hide(&self, purpose: Purpose, code: &[u8], id: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(id.len());
        for (n, chunk) in id.chunks(32).enumerate() {
            let block = self.code(&[b"hide", purpose.name().as_bytes(), code, &n.to_be_bytes()]);
            out.extend(chunk.iter().zip(block).map(|(a, b)| a ^ b));
        }
        out
    }
}

/// Writes bytes in lower-case base 32 without padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut n_bits) = (0_u32, 0_u32);
    for &byte in bytes {
        held = (held << 8) | u32::from(byte);
        n_bits += 8;
        while n_bits >= 5 {
            n_bits -= 5;
            out.push(char::from(ALPHABET[(held >> n_bits) as usize & 31]));
        }
        held &= (1 << n_bits) - 1;
    }
    if n_bits > 0 {
        out.push(char::from(ALPHABET[(held << (5 - n_bits)) as usize & 31]));
    }
    out
}

/// Reads base 32; refuses every other spelling of the same bytes, so that a token has one form.
fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut held, mut n_bits) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = ALPHABET.iter().position(|&letter| letter == byte)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        n_bits += 5;
        if n_bits >= 8 {
            n_bits -= 8;
            out.push(u8::try_from(held >> n_bits & 0xff).ok()?);
            held &= (1 << n_bits) - 1;
        }
    }
    (n_bits < 5 && held == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::new("k1", b"0123456789abcdef0123456789abcdef".to_vec()).expect("a good key")
    }

    #[test]
    fn a_token_opens_for_its_own_purpose_campaign_and_key_only() {
        let token = key().seal(Purpose::Unsubscribe, "newsletter", "C-1042");
        assert_eq!(key().open(Purpose::Unsubscribe, "newsletter", &token).as_deref(), Some("C-1042"));
        assert_eq!(key().open(Purpose::Bounce, "newsletter", &token), None);
        assert_eq!(key().open(Purpose::Unsubscribe, "cart", &token), None);
        let other = Key::new("k1", b"another secret, as long as this".to_vec()).expect("a good key");
        assert_eq!(other.open(Purpose::Unsubscribe, "newsletter", &token), None);
    }

    #[test]
    fn a_token_of_a_test_mail_opens_nothing() {
        let token = key().of_tests().seal(Purpose::Unsubscribe, "newsletter", "C-1042");
        assert!(token.starts_with("test."));
        assert_eq!(key().open(Purpose::Unsubscribe, "newsletter", &token), None);
        // Nor when somebody writes the id of the project's key in front of it.
        assert_eq!(key().open(Purpose::Unsubscribe, "newsletter", &token.replace("test.", "k1.")), None);
        assert_eq!(key().of_tests().open(Purpose::Unsubscribe, "newsletter", &token).as_deref(), Some("C-1042"));
    }

    #[test]
    fn a_token_shows_no_id() {
        let token = key().seal(Purpose::Unsubscribe, "newsletter", "ana@client.example");
        assert!(!token.contains("ana") && !token.contains(&base32(b"ana@client.example")) && !token.contains('@'));
        assert!(token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.'));
    }

    #[test]
    fn no_mutation_is_accepted() {
        let token = key().seal(Purpose::Unsubscribe, "newsletter", "C-1042");
        let letters = b"abcdefghijklmnopqrstuvwxyz234567.A=";
        let mut accepted = 0;
        for n in 0..100_000_u64 {
            let mut bytes = token.clone().into_bytes();
            let draw = crate::id::stable_hash(&["mutation", &n.to_string()]);
            let at = usize::try_from(draw >> 32).expect("64 bits") % bytes.len();
            let letter = letters[usize::try_from(draw & 0xffff).expect("small") % letters.len()];
            match draw >> 16 & 3 {
                0 => bytes.insert(at, letter),
                1 => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ if bytes[at] == letter => bytes[at] = b'!',
                _ => bytes[at] = letter,
            }
            let mutated = String::from_utf8(bytes).expect("ASCII");
            accepted += usize::from(mutated != token && key().open(Purpose::Unsubscribe, "newsletter", &mutated).is_some());
        }
        assert_eq!(accepted, 0);
    }

    #[test]
    fn weak_keys_are_refused() {
        assert!(Key::new("k1", vec![0; 15]).is_none());
        assert!(Key::new("K 1", vec![0; 32]).is_none());
        assert!(Key::new("", vec![0; 32]).is_none());
    }
}
