//! What was sent before, as decisions need it; the ledger fills it.

use std::collections::{HashMap, HashSet};

use crate::clock::Timestamp;
use crate::id::{CampaignName, ContactId, Edition, ProductId};
use crate::profile::AddressKey;

/// Mails of the past, by recipient.
#[derive(Debug, Clone, Default)]
pub struct SendHistory {
    /// Mails claimed or sent within the window that was asked for, oldest first.
    pub by_recipient: HashMap<ContactId, Vec<Past>>,
    /// Editions of mails that reached nobody: bounced, failed, cancelled, expired. They count for nothing, and are not planned again.
    pub given_up: HashMap<ContactId, Vec<(CampaignName, Edition)>>,
    /// The arm that each person was assigned to in the experiment of a campaign as it is now; `control` of the held out.
    pub assigned: HashMap<CampaignName, HashMap<ContactId, String>>,
}

/// One mail of the past, planned or sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Campaign.
    pub campaign: CampaignName,
    /// Edition.
    pub edition: Edition,
    /// Instant it was planned for, or at which it leaves when that is later.
    pub at: Timestamp,
    /// Service mail, which counts against no cap.
    pub compulsory: bool,
    /// Products shown.
    pub products: Vec<ProductId>,
    /// Offer carried.
    pub offer: Option<String>,
    /// Blocks shown that were above the general level.
    pub n_personal_blocks: u32,
}

impl SendHistory {
    /// Returns what was sent to one person, oldest first.
    pub fn of(&self, recipient: &str) -> &[Past] {
        self.by_recipient.get(recipient).map_or(&[], Vec::as_slice)
    }

    /// Says whether a mail of an edition was planned for a person and reached nobody.
    pub fn gave_up(&self, recipient: &str, campaign: &CampaignName, edition: &Edition) -> bool {
        let given_up = self.given_up.get(recipient).map_or(&[][..], Vec::as_slice);
        given_up.iter().any(|(known, of)| known == campaign && of == edition)
    }
}

/// Addresses that must not be written to, in canonical form, with the reason.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    /// Canonical address to reason (`unsubscribed`, `hard_bounce`, `complaint`, `manual`).
    pub by_address: HashMap<String, String>,
    /// Keyed hashes of forgotten addresses and ids.
    pub hashes: HashSet<u64>,
    /// The keys that made them: all of the project, so that a new one does not bring people back.
    pub keys: Vec<AddressKey>,
}

impl Suppressions {
    /// Says whether the person behind an id or an address, in any spelling, was forgotten.
    pub fn is_forgotten(&self, id: &str, address: &str) -> bool {
        let knows = |key: &AddressKey| self.hashes.contains(&key.hash(address)) || self.hashes.contains(&key.hash_id(id));
        !self.hashes.is_empty() && self.keys.iter().any(knows)
    }
}
