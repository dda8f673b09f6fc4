//! A frozen decision: all that a sender needs to render one mail, whatever happens to the data afterwards.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{CampaignName, ContactId, Edition};

/// One mail, decided and not yet rendered; stored in the ledger as compressed JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Campaign.
    pub campaign: CampaignName,
    /// Edition; with campaign and recipient, the send key.
    pub edition: Edition,
    /// Step of a sequence.
    pub step: Option<String>,
    /// Recipient's CRM id.
    pub recipient: ContactId,
    /// Recipient's address, valid, exactly as it is to be written to.
    pub address: String,
    /// Recipient's name for the To header.
    pub name: Option<String>,
    /// Language of the mail, e.g. `fr-FR`.
    pub locale: String,
    /// Instant of the edition: the Date header, the same at every attempt.
    pub at: Timestamp,
    /// Arm of an experiment.
    pub variant: Option<String>,
    /// What the template sees; its shape is in ARCHITECTURE.md.
    pub context: serde_json::Value,
}
