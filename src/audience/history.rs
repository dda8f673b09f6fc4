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

/// Returns the form in which addresses are compared for suppression: trimmed, lower case, dots and tags of Gmail removed.
///
/// Wider than equality on purpose: a suppressed person must not be reached through a twin spelling.
pub fn canonical_address(address: &str) -> String {
    let lower = address.trim().to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower };
    let local = local.trim_matches('"');
    if matches!(domain, "gmail.com" | "googlemail.com") {
        let bare = local.split('+').next().unwrap_or(local).replace('.', "");
        return format!("{bare}@gmail.com");
    }
    format!("{local}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_of_an_address_are_one() {
        assert_eq!(canonical_address(" Ana@Shop.EXAMPLE"), "ana@shop.example");
        assert_eq!(canonical_address("a.n.a+x@googlemail.com"), "ana@gmail.com");
        assert_eq!(canonical_address("no address"), "no address");
    }
}
