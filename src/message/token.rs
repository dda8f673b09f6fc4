//! Opaque signed tokens for links and return paths: no address inside, forgery detected.
//!
//! A token is `KEYID.MAC.ID` in lower-case base 32 (RFC 4648 alphabet, safe in a URL and in a local part): `ID` is the
//! ledger's or CRM's own id of the recipient, hidden by a keyed stream; `MAC` is HMAC-SHA256 (RFC 2104) cut to 160 bits.
//!
//! The token of a return path must fit in a local part of 64 bytes: `KEYID.` and 46 letters, of which the first 20 begin the
//! message's Message-ID, by which the ledger finds it, and 26 are a code of those (128 bits).
//!
//! Codes are compared in constant time (`subtle`, within `hmac`).

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::Sha256;

use crate::profile::AddressKey;

type HmacSha256 = Hmac<Sha256>;

/// Bytes kept of the code: 160 bits.
const MAC_BYTES: usize = 20;
/// Letters of the Message-ID that the token of a return path carries: 100 bits.
const BOUNCE_ID_LETTERS: usize = 20;
/// Bytes of the code in the token of a return path: 128 bits.
const BOUNCE_MAC_BYTES: usize = 16;
/// Letters of that code.
const BOUNCE_MAC_LETTERS: usize = 26;
/// Longest local part (RFC 5321 section 4.5.3.1.1).
const LOCAL_PART_MAX: usize = 64;
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
    /// The mail as a page.
    View,
    /// The answer to a question.
    Answer,
    /// A link that passes by the sender.
    Click,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Unsubscribe => "unsubscribe",
            Self::Preferences => "preferences",
            Self::Bounce => "bounce",
            Self::Cart => "cart",
            Self::View => "view",
            Self::Answer => "answer",
            Self::Click => "click",
        }
    }
}

/// Who vouches for which plan, and when.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    /// SHA-256 of the plan in hexadecimal.
    pub plan: &'a str,
    /// The person.
    pub by: &'a str,
    /// When, in microseconds of Unix time.
    pub at: i64,
}

impl Approval<'_> {
    fn parts(self) -> [Vec<u8>; 4] {
        [b"approval".to_vec(), self.plan.into(), self.by.into(), self.at.to_be_bytes().to_vec()]
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

    /// Returns the key of hashes of addresses that belongs to this key; it opens no token.
    pub fn of_addresses(&self) -> AddressKey {
        AddressKey::new(self.code(&[b"addresses"]))
    }

    /// Returns the key of pseudonyms and noise of the models that belongs to this key; it opens no token.
    pub fn of_blur(&self) -> u128 {
        self.code(&[b"blur"]).iter().take(16).fold(0, |all, byte| all << 8 | u128::from(*byte))
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

    /// Returns the code that vouches for an approval.
    pub fn approve(&self, approval: Approval<'_>) -> String {
        base32(&self.mac(&approval.parts().each_ref().map(Vec::as_slice)).finalize().into_bytes())
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

    /// Makes a token of one mail, bound to what it is `about`: a question, the target of a link, or nothing.
    ///
    /// It is as short as that of a return path: the first letters of the Message-ID, by which the ledger finds the mail, and a code.
    pub fn seal_mail(&self, purpose: Purpose, about: &str, campaign: &str, edition: &str, recipient: &str) -> String {
        let whole = self.message_id(campaign, edition, recipient);
        let id = &whole[..BOUNCE_ID_LETTERS];
        let code = self.mail_mac(purpose, about, id).finalize().into_bytes();
        format!("{}.{id}{}", self.id, base32(&code[..BOUNCE_MAC_BYTES]))
    }

    /// Returns the first letters of the Message-ID of the mail a token of [`Self::seal_mail`] was made for, or `None` when it is forged,
    /// altered, of another purpose or about something else.
    pub fn open_mail(&self, purpose: Purpose, about: &str, token: &str) -> Option<String> {
        let (id, code) = token.strip_prefix(self.id.as_str())?.strip_prefix('.')?.split_at_checked(BOUNCE_ID_LETTERS)?;
        let code = if code.len() == BOUNCE_MAC_LETTERS { unbase32(code)? } else { return None };
        self.mail_mac(purpose, about, id).verify_truncated_left(&code).ok()?;
        Some(id.to_owned())
    }

    fn mail_mac(&self, purpose: Purpose, about: &str, id: &str) -> HmacSha256 {
        self.mac(&[b"mail", purpose.name().as_bytes(), self.id.as_bytes(), id.as_bytes(), about.as_bytes()])
    }

    /// Returns the left part of the Message-ID of a send key: 160 bits of its code.
    pub(super) fn message_id(&self, campaign: &str, edition: &str, recipient: &str) -> String {
        base32(&self.code(&[b"message-id", campaign.as_bytes(), edition.as_bytes(), recipient.as_bytes()])[..20])
    }

    /// Makes the token of a return path (VERP); the same send key always gives the same token.
    pub fn seal_bounce(&self, campaign: &str, edition: &str, recipient: &str) -> String {
        let whole = self.message_id(campaign, edition, recipient);
        let id = &whole[..BOUNCE_ID_LETTERS];
        format!("{}.{id}{}", self.id, base32(&self.bounce_mac(id).finalize().into_bytes()[..BOUNCE_MAC_BYTES]))
    }

    /// Returns the first letters of the Message-ID of the mail a return path was made for, or `None` when the token is forged or altered.
    ///
    /// The token may have passed through servers that changed its case (RFC 5321 section 2.4 lets none, some do).
    pub fn open_bounce(&self, token: &str) -> Option<String> {
        if token.len() > LOCAL_PART_MAX {
            return None;
        }
        let token = token.to_ascii_lowercase();
        let (id, code) = token.strip_prefix(self.id.as_str())?.strip_prefix('.')?.split_at_checked(BOUNCE_ID_LETTERS)?;
        let code = if code.len() == BOUNCE_MAC_LETTERS { unbase32(code)? } else { return None };
        self.bounce_mac(id).verify_truncated_left(&code).ok()?;
        Some(id.to_owned())
    }

    fn bounce_mac(&self, id: &str) -> HmacSha256 {
        self.mac(&[b"bounce", self.id.as_bytes(), id.as_bytes()])
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

/// The keys of a project: the first makes tokens, all open them, so that a key can be changed while old mails still work.
#[derive(Debug, Clone)]
pub struct Keyring(Vec<Key>);

impl Keyring {
    /// Builds a ring of at least one key, no two with the same id; otherwise `None`.
    pub fn new(keys: Vec<Key>) -> Option<Self> {
        let ids: std::collections::BTreeSet<&str> = keys.iter().map(Key::id).collect();
        (!keys.is_empty() && ids.len() == keys.len()).then_some(Self(keys))
    }

    /// Returns the key that makes tokens and Message-IDs.
    pub fn first(&self) -> &Key {
        &self.0[0]
    }

    /// Returns the keys of hashes of addresses, that of the first key first.
    pub fn of_addresses(&self) -> Vec<AddressKey> {
        self.0.iter().map(Key::of_addresses).collect()
    }

    /// Says whether a code was made by [`Key::approve`] with one of the keys.
    pub fn has_approved(&self, approval: Approval<'_>, code: &str) -> bool {
        let Some(code) = unbase32(code) else { return false };
        self.0.iter().any(|key| key.mac(&approval.parts().each_ref().map(Vec::as_slice)).verify_slice(&code).is_ok())
    }

    /// Returns the recipient a token was made for, as [`Key::open`] does, with the key that the token names.
    pub fn open(&self, purpose: Purpose, campaign: &str, token: &str) -> Option<String> {
        self.named(token)?.open(purpose, campaign, token)
    }

    /// Returns the campaign and the recipient a token was made for, when it is one of these campaigns.
    pub fn open_any<'c>(&self, purpose: Purpose, campaigns: impl IntoIterator<Item = &'c str>, token: &str) -> Option<(&'c str, String)> {
        let key = self.named(token)?;
        campaigns.into_iter().find_map(|campaign| Some((campaign, key.open(purpose, campaign, token)?)))
    }

    /// As [`Self::open_any`], in a time that tells a stranger nothing of why a token is refused: every campaign is tried, with the first
    /// key when the token names none of these.
    pub fn open_steadily<'c>(
        &self,
        purpose: Purpose,
        campaigns: impl IntoIterator<Item = &'c str>,
        token: &str,
    ) -> Option<(&'c str, String)> {
        let key = self.named(token).unwrap_or_else(|| self.first());
        campaigns.into_iter().fold(None, |found, campaign| key.open(purpose, campaign, token).map(|who| (campaign, who)).or(found))
    }

    /// Returns the first letters of the Message-ID a token of one mail was made for, as [`Key::open_mail`] does.
    pub fn open_mail(&self, purpose: Purpose, about: &str, token: &str) -> Option<String> {
        self.named(token).unwrap_or_else(|| self.first()).open_mail(purpose, about, token)
    }

    /// Returns the first letters of the Message-ID a return path was made for, as [`Key::open_bounce`] does.
    pub fn open_bounce(&self, token: &str) -> Option<String> {
        let key = self.0.iter().find(|key| token.split_once('.').is_some_and(|(id, _)| id.eq_ignore_ascii_case(&key.id)))?;
        key.open_bounce(token)
    }

    /// Returns the key a token names; ids are public.
    fn named(&self, token: &str) -> Option<&Key> {
        let (id, _) = token.split_once('.')?;
        self.0.iter().find(|key| key.id == id)
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
    fn a_token_of_a_mail_opens_for_its_own_purpose_and_matter_only() {
        let token = key().seal_mail(Purpose::Click, "https://shop.example/p1", "newsletter", "2011-W46", "C-1042");
        let id = key().open_mail(Purpose::Click, "https://shop.example/p1", &token).expect("its own");
        assert!(key().message_id("newsletter", "2011-W46", "C-1042").starts_with(&id));
        assert_eq!(key().open_mail(Purpose::Click, "https://evil.example/", &token), None);
        assert_eq!(key().open_mail(Purpose::Answer, "https://shop.example/p1", &token), None);
        assert_eq!(key().open_bounce(&token), None, "it is no return path");
        let bounce = key().seal_bounce("newsletter", "2011-W46", "C-1042");
        assert_eq!(key().open_mail(Purpose::View, "", &bounce), None);
        let other = Key::new("k1", b"another secret, as long as this".to_vec()).expect("a good key");
        assert_eq!(other.open_mail(Purpose::Click, "https://shop.example/p1", &token), None);
    }

    #[test]
    fn a_thousand_changes_of_a_token_open_nothing() {
        let ring = Keyring::new(vec![key()]).expect("a ring");
        let campaigns = ["cart", "newsletter"];
        let (whole, mail) = (key().seal(Purpose::Unsubscribe, "cart", "C-1042"), key().seal_mail(Purpose::View, "", "cart", "1", "C-1042"));
        assert_eq!(ring.open_steadily(Purpose::Unsubscribe, campaigns, &whole), Some(("cart", "C-1042".to_owned())));
        let mut n = 0_usize;
        while n < 1000 {
            for token in [&whole, &mail] {
                let at = n * 7 % token.len();
                let letter = char::from(b"abcdefghijklmnopqrstuvwxyz234567."[n % 33]);
                let mut changed: Vec<char> = token.chars().collect();
                match n % 3 {
                    0 => drop(changed.remove(at)),
                    1 => changed.insert(at, letter),
                    _ => changed[at] = letter,
                }
                let changed: String = changed.into_iter().collect();
                if changed != *token {
                    assert_eq!(ring.open_steadily(Purpose::Unsubscribe, campaigns, &changed), None, "{changed}");
                    assert_eq!(ring.open_mail(Purpose::View, "", &changed), None, "{changed}");
                }
            }
            n += 1;
        }
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
    fn weak_keys_are_refused() {
        assert!(Key::new("k1", vec![0; 15]).is_none());
        assert!(Key::new("K 1", vec![0; 32]).is_none());
        assert!(Key::new("", vec![0; 32]).is_none());
        assert!(Keyring::new(Vec::new()).is_none());
        assert!(Keyring::new(vec![key(), key()]).is_none());
    }
}
