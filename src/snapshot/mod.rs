//! Profiles, catalogue and models on disk, valid for the inputs named in a manifest.
//!
//! A snapshot is a cache in `.relance/profiles/`: safe to delete, built again when an input, the definition of a
//! profile or the day changes. Reading one gives what building would have given, byte for byte.

mod build;
mod looks;
mod mailboxes;
mod manifest;
mod people;
mod profiles;
mod reader;
mod store;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use build::{BLUR_KEY, BuildReport, Read, build};
pub use manifest::Folder;
pub use profiles::Profiles;
pub use table::{Table, table};

use crate::catalogue::{Catalogue, Models};
use crate::clock::{Now, Timestamp};
use crate::profile::PROFILING;
use crate::recommend::Recommender;

/// Everything that decisions rest on, at one instant.
#[derive(Debug)]
pub struct Snapshot {
    /// When.
    pub now: Now,
    /// Products.
    pub catalogue: Catalogue,
    /// What was learned from orders.
    pub models: Models,
    /// What was learned from them of what a person may want next.
    pub recommender: Recommender,
    /// Everybody, in id order.
    pub profiles: Profiles,
    /// What the inputs hold besides.
    pub inputs: Inputs,
}

/// What is known of the inputs as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Purposes that the contacts have a consent column for.
    pub purposes: BTreeSet<String>,
    /// Extra columns of the contacts.
    pub attributes: BTreeSet<String>,
    /// Extra columns of the companies.
    pub account_attributes: BTreeSet<String>,
    /// Rows per source.
    pub counts: BTreeMap<String, u64>,
    /// When the first row that was dated after `now` comes into existence.
    pub next_hidden_at: Option<Timestamp>,
    /// A fingerprint of the key that the models are blurred under, where they are: it tells another key, and gives none away.
    pub blur_key: Option<String>,
}

impl Inputs {
    /// Says whether the contacts say anything about the consent to profiling.
    pub fn asks_profiling(&self) -> bool {
        self.purposes.contains(PROFILING)
    }
}
