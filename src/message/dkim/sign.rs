//! The DKIM-Signature field: which fields are signed, and the text that carries the signature (RFC 6376 sections 3.5 and 3.7).

use super::canon;
use super::key::SigningKey;
use crate::clock::Timestamp;
use crate::message::header::{FOLD_AT, base64};

/// The fields that are signed when present, in the order of `h=`, and whether each is named once more than it is there.
///
/// A field named once more than present cannot be added on the way without breaking the signature (RFC 6376 section 8.15): a second
/// From or Subject would be shown to the reader under our name. One-click needs both List-Unsubscribe fields signed (RFC 8058 section 4).
pub const SIGNED_FIELDS: [(&str, bool); 13] = [
    ("from", true),
    ("to", true),
    ("cc", true),
    ("subject", true),
    ("date", true),
    ("reply-to", true),
    ("message-id", false),
    ("mime-version", false),
    ("content-type", false),
    ("list-id", false),
    ("list-unsubscribe", false),
    ("list-unsubscribe-post", false),
    ("feedback-id", false),
];

/// Signs mails for one domain, with one key or several.
#[derive(Debug)]
pub struct Signer {
    domain: String,
    keys: Vec<(String, SigningKey)>,
}

impl Signer {
    /// Builds a signer from its domain, in ASCII, and its keys by selector; the first signature of a mail is the first key's.
    pub fn new(domain: &str, keys: Vec<(String, SigningKey)>) -> Self {
        Self { domain: domain.to_ascii_lowercase(), keys }
    }

    /// Returns the domain that takes responsibility (`d=`).
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Returns the keys by selector.
    pub fn keys(&self) -> &[(String, SigningKey)] {
        &self.keys
    }

    /// Puts one signature a key in front of a message with CR LF line ends; equal messages and instants give equal bytes.
    ///
    /// `at` is the instant of the mail, not of the attempt; signatures do not expire, since a mail may wait (no `x=`), and cover the
    /// whole body (no `l=`, RFC 6376 section 8.2).
    pub fn sign(&self, message: &mut Vec<u8>, at: Timestamp) {
        let (header, body) = canon::split(message);
        let body_hash = base64(&canon::relaxed_body_hash(body));
        let (names, signed) = chosen(&canon::fields(header));
        let mut out = Vec::with_capacity(message.len() + self.keys.len() * 1024);
        for (selector, key) in &self.keys {
            out.extend(self.field(selector, key, &names, &signed, &body_hash, at));
        }
        out.append(message);
        *message = out;
    }

    /// Writes one field with its line end.
    fn field(&self, selector: &str, key: &SigningKey, names: &[&str], signed: &[u8], body_hash: &str, at: Timestamp) -> Vec<u8> {
        let mut field = Folded::new("DKIM-Signature:");
        field.word("v=1;");
        field.word(&format!("a={};", key.algorithm().signature_name()));
        field.word("c=relaxed/relaxed;");
        field.word(&format!("d={};", self.domain));
        field.word(&format!("s={selector};"));
        field.word(&format!("t={};", at.0.div_euclid(1_000_000).max(0)));
        for (n, name) in names.iter().enumerate() {
            let before = if n == 0 { "h=" } else { "" };
            let after = if n + 1 == names.len() { ';' } else { ':' };
            field.part(&format!("{before}{name}{after}"), n == 0);
        }
        field.word(&format!("bh={body_hash};"));
        field.word("b=");
        // The signature covers the field itself with an empty `b=` and without its line end (RFC 6376 section 3.7).
        let mut data = Vec::with_capacity(signed.len() + field.text.len());
        data.extend_from_slice(signed);
        canon::relaxed_field(field.text.as_bytes(), &mut data);
        field.letters(&base64(&key.sign(&data)));
        field.text.push_str("\r\n");
        field.text.into_bytes()
    }
}

/// Returns the names for `h=`, and the relaxed forms of the fields they choose: of fields of one name the lowest first (RFC 6376 section 5.4.2).
fn chosen(fields: &[&[u8]]) -> (Vec<&'static str>, Vec<u8>) {
    let (mut names, mut signed) = (Vec::new(), Vec::new());
    for (name, once_more) in SIGNED_FIELDS {
        let present = fields.iter().rev().filter(|field| canon::name(field).eq_ignore_ascii_case(name.as_bytes()));
        for field in present {
            names.push(name);
            canon::relaxed_field(field, &mut signed);
            signed.extend_from_slice(b"\r\n");
        }
        if once_more {
            names.push(name);
        }
    }
    (names, signed)
}

/// A field that is folded as it grows.
struct Folded {
    text: String,
    column: usize,
}

impl Folded {
    fn new(start: &str) -> Self {
        Self { text: start.to_owned(), column: start.len() }
    }

    /// Adds a word after a space.
    fn word(&mut self, word: &str) {
        self.part(word, true);
    }

    /// Adds a piece, after a fold when the line is full, else after a space when it wants one.
    fn part(&mut self, piece: &str, spaced: bool) {
        if self.column + usize::from(spaced) + piece.len() > FOLD_AT {
            self.fold();
        } else if spaced {
            self.text.push(' ');
            self.column += 1;
        }
        self.text.push_str(piece);
        self.column += piece.len();
    }

    /// Adds letters that may be folded anywhere.
    fn letters(&mut self, letters: &str) {
        for letter in letters.chars() {
            if self.column >= FOLD_AT {
                self.fold();
            }
            self.text.push(letter);
            self.column += 1;
        }
    }

    fn fold(&mut self) {
        self.text.push_str("\r\n ");
        self.column = 1;
    }
}
