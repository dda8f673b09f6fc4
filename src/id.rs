//! Names of things: text newtypes, and the stable keyed hash that replaces chance.

mod index;

use std::fmt;
use std::hash::Hasher as _;

use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

pub use index::{Index, Wanted};

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )+};
}

text_id! {
    /// A CRM record's id.
    ContactId,
    /// A product's, article's or service's id.
    ProductId,
    /// A campaign's name: its file name without the extension.
    CampaignName,
    /// One occurrence of a campaign: `2011-W46`, a date, or a trigger's key.
    Edition,
    /// A segment's name.
    SegmentName,
    /// A slot's name.
    SlotName,
    /// A block's name: its file name without the extension.
    BlockName,
}

/// Position of a contact in the list of contacts sorted by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContactIx(pub u32);

/// Position of a product in the catalogue sorted by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductIx(pub u32);

impl ContactIx {
    /// Returns the position as an index of a slice.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl ProductIx {
    /// Returns the position as an index of a slice.
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// Hashes named parts with SipHash-2-4; stable across runs, machines and releases.
///
/// Each part is preceded by its length, so `("ab", "c")` and `("a", "bc")` differ.
pub fn stable_hash(parts: &[&str]) -> u64 {
    let mut hasher = SipHasher24::new_with_keys(0x7265_6c61_6e63_6531, 0x6265_7265_6c61_6e63);
    for part in parts {
        hasher.write_u64(part.len() as u64);
        hasher.write(part.as_bytes());
    }
    hasher.finish()
}

/// Writes bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Maps the same parts to a number in `0..1` with 53 bits, in place of a random draw.
#[expect(clippy::cast_precision_loss, reason = "53 bits fit an f64 exactly")]
pub fn stable_unit(parts: &[&str]) -> f64 {
    (stable_hash(parts) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(stable_hash(&["ab", "c"]), stable_hash(&["a", "bc"]));
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(stable_hash(&["newsletter", "42"]), stable_hash(&["newsletter", "42"]));
        assert!((0.0..1.0).contains(&stable_unit(&["x"])));
    }
}
