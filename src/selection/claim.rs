//! What a mail may truly say of a product: how many ordered it, how few are left.

use serde::Serialize;

use crate::catalogue::{Catalogue, Models};
use crate::clock::Timestamp;
use crate::id::ProductIx;
use crate::project::checked::{Slot, SocialProof};

/// What holds of one product at one instant; what was not asked for, or does not hold, is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// Orders within the days asked for, when they are enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub social_proof: Option<Count>,
    /// Pieces left, when they are few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<i64>,
}

/// A true count: distinct orders that hold the product, placed within so many days before the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Orders.
    pub n: u32,
    /// Days of 24 hours.
    pub days: u32,
}

/// Returns what a slot may claim of a product.
pub(super) fn of_slot(slot: &Slot, product: ProductIx, catalogue: &Catalogue, models: &Models, now: Timestamp) -> Claims {
    let low_stock = slot.spec.low_stock.and_then(|limit| low_stock(product, limit, catalogue));
    Claims { social_proof: slot.social_proof.and_then(|proof| enough(proof, product, models, now).ok()), low_stock }
}

/// Counts the orders of a product; `Err` holds a count that is under the minimum.
pub(super) fn enough(proof: SocialProof, product: ProductIx, models: &Models, now: Timestamp) -> Result<Count, Count> {
    let count = Count { n: models.sold.orders(product, now, proof.window()), days: proof.days };
    if count.n >= proof.min { Ok(count) } else { Err(count) }
}

/// Returns the pieces left when they are `limit` or fewer; a stock that is not counted is never low.
pub(super) fn low_stock(product: ProductIx, limit: u32, catalogue: &Catalogue) -> Option<i64> {
    catalogue.product(product).stock.filter(|left| (1..=i64::from(limit)).contains(left))
}
