//! A text that a rule gives to all whom it stops: written once, shared by as many as there are.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text, cheap to copy.
#[derive(Clone)]
pub struct Detail(Text);

#[derive(Clone)]
enum Text {
    Known(&'static str),
    Shared(Arc<str>),
}

impl Detail {
    /// Returns a copy of the text.
    pub fn into_owned(self) -> String {
        self.to_string()
    }
}

impl Deref for Detail {
    type Target = str;
    fn deref(&self) -> &str {
        match &self.0 {
            Text::Known(text) => text,
            Text::Shared(text) => text,
        }
    }
}

impl AsRef<str> for Detail {
    fn as_ref(&self) -> &str {
        self
    }
}

impl Default for Detail {
    fn default() -> Self {
        Self(Text::Known(""))
    }
}

impl From<&'static str> for Detail {
    fn from(text: &'static str) -> Self {
        Self(Text::Known(text))
    }
}

impl From<String> for Detail {
    fn from(text: String) -> Self {
        Self(Text::Shared(text.into()))
    }
}

impl From<&Arc<str>> for Detail {
    fn from(text: &Arc<str>) -> Self {
        Self(Text::Shared(Arc::clone(text)))
    }
}

impl PartialEq for Detail {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Detail {}

impl PartialEq<&str> for Detail {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Detail {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
