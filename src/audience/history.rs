//! What was sent before, as decisions need it; the ledger fills it.

use std::collections::{HashMap, HashSet};

use crate::clock::Timestamp;
use crate::id::{CampaignName, ContactId, Edition, ProductId};

/// Mails of the past, by recipient.
#[derive(Debug, Clone, Default)]
pub struct SendHistory {
    /// Mails claimed or sent within the window that was asked for, oldest first.
    pub by_recipient: HashMap<ContactId, Vec<Past>>,
}

/// One mail of the past, planned or sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Campaign.
    pub campaign: CampaignName,
    /// Edition.
    pub edition: Edition,
    /// Instant it was planned for.
    pub at: Timestamp,
    /// Service mail, which counts against no cap.
    pub compulsory: bool,
    /// Products shown.
    pub products: Vec<ProductId>,
    /// Offer carried.
    pub offer: Option<String>,
}

impl SendHistory {
    /// Returns what was sent to one person, oldest first.
    pub fn of(&self, recipient: &str) -> &[Past] {
        self.by_recipient.get(recipient).map_or(&[], Vec::as_slice)
    }
}

/// Addresses that must not be written to, in canonical form, with the reason.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    /// Canonical address to reason (`unsubscribed`, `hard_bounce`, `complaint`, `manual`).
    pub by_address: HashMap<String, String>,
    /// Keyed hashes of forgotten addresses.
    pub hashes: HashSet<u64>,
}
