//! The DNS record that holds the public half of a key (RFC 6376 section 3.6).

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use super::key::SigningKey;
use crate::message::header::base64;

/// Longest character-string of a TXT record (RFC 1035 section 3.3.14).
const STRING_MAX: usize = 255;

/// A TXT record to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whole name, without a final dot.
    pub name: String,
    /// Value, as verifiers read it: its strings joined.
    pub value: String,
}

impl Record {
    /// Returns the record of a key: `SELECTOR._domainkey.DOMAIN`.
    pub fn of(key: &SigningKey, selector: &str, domain: &str) -> Self {
        let value = format!("v=DKIM1; k={}; p={}", key.algorithm().record_name(), base64(&key.public()));
        Self { name: format!("{selector}._domainkey.{domain}"), value }
    }

    /// Splits the value in strings of at most 255 bytes, as DNS carries it.
    pub fn strings(&self) -> Vec<&str> {
        let mut rest = self.value.as_str();
        let mut strings = Vec::new();
        while !rest.is_empty() {
            let mut end = rest.len().min(STRING_MAX);
            while !rest.is_char_boundary(end) {
                end -= 1;
            }
            let (string, after) = rest.split_at(end);
            strings.push(string);
            rest = after;
        }
        strings
    }

    /// Writes the record as a line of a zone file (RFC 1035 section 5.1).
    pub fn zone_line(&self) -> String {
        let mut line = format!("{}. IN TXT", self.name);
        for string in self.strings() {
            // A `;` inside quotes begins no comment.
            _ = write!(line, " \"{}\"", string.replace('\\', "\\\\").replace('"', "\\\""));
        }
        line
    }
}

impl Serialize for Record {
    /// Writes `name`, `type`, `value` and `strings`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Record", 4)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("type", "TXT")?;
        fields.serialize_field("value", &self.value)?;
        fields.serialize_field("strings", &self.strings())?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_split_at_255_bytes_and_lose_nothing() {
        for n in [0, 1, 254, 255, 256, 400, 510, 511, 2000] {
            let record = Record { name: "s._domainkey.shop.example".to_owned(), value: "x".repeat(n) };
            let strings = record.strings();
            assert_eq!(strings.concat(), record.value);
            assert!(strings.iter().all(|string| (1..=255).contains(&string.len())), "{n}");
            assert_eq!(strings.len(), n.div_ceil(255));
        }
    }
}
