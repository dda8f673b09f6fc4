//! A frozen decision: all that a sender needs to render one mail, whatever happens to the data afterwards.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{CampaignName, ContactId, Edition, ProductId, SlotName};
use crate::project::hours::OpenHours;

/// What a look at a mail shows where the person's own code will stand.
pub const CODE_TO_COME: &str = "CODE-TO-COME";

/// When a mail may leave, on its recipient's own clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaves {
    /// The hours.
    pub hours: OpenHours,
    /// The zone they are counted in, of the IANA list.
    pub zone: String,
}

impl Leaves {
    /// Returns the first instant from `now` on at which the mail may leave; `now` itself when nothing is known against it.
    pub fn opens_at(&self, now: Timestamp) -> Timestamp {
        self.zone.parse().ok().and_then(|zone| self.hours.opens_at(zone, now)).unwrap_or(now)
    }
}

/// A product shown that was drawn by lot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explored {
    /// The slot.
    pub slot: SlotName,
    /// The product.
    pub product: ProductId,
    /// The probability with which this mail shows it, above 0 and up to 1: an estimate weighs what followed by its inverse.
    pub propensity: f64,
}

/// One mail, decided and not yet rendered; stored in the ledger as compressed JSON. `C` is the form in which a program holds what the
/// template sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft<C = serde_json::Value> {
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
    /// When it may leave, when it may not at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Leaves>,
    /// What was drawn by lot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub explored: Vec<Explored>,
    /// What the template sees; its shape is in ARCHITECTURE.md.
    pub context: C,
}

impl<C> Draft<C> {
    /// Gives what the template sees another form.
    pub fn with<D>(self, form: impl FnOnce(C) -> D) -> Draft<D> {
        let Self { campaign, edition, step, recipient, address, name, locale, at, variant, hours, explored, context } = self;
        let context = form(context);
        Draft { campaign, edition, step, recipient, address, name, locale, at, variant, hours, explored, context }
    }
}
