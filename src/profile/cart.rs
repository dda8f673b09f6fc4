//! The cart a person left open.

use serde::{Deserialize, Serialize};

use super::tally::Tally;
use crate::clock::{Span, Timestamp};
use crate::id::ProductIx;

/// Open lines kept per person, the latest.
const CART_LINES_MAX: usize = 50;

/// Lines put in a cart, not taken out, with no order since.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Latest first.
    pub lines: Vec<CartLine>,
    /// The last cart that a purchase emptied.
    pub bought: Option<BoughtCart>,
}

/// A cart as it was when a purchase emptied it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoughtCart {
    /// Latest first.
    pub lines: Vec<CartLine>,
    /// When it was bought.
    pub at: Timestamp,
}

/// One product waiting in a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// The product.
    pub product: ProductIx,
    /// Pieces.
    pub quantity: i64,
    /// When it was last put in.
    pub added_at: Timestamp,
}

impl Cart {
    /// Finds the open lines. An order, or a purchase told by the site, empties the cart, whatever it holds; so no sorted input is needed.
    pub fn from_tally(tally: &Tally) -> Self {
        let last_order = tally.orders.iter().filter(|order| order.n_placed > 0).map(|order| order.at).max().max(tally.purchased_at);
        let open = |line: &super::tally::Line| {
            let (added_at, quantity) = line.carted?;
            let closed_at = line.removed_at.max(last_order);
            (Some(added_at) > closed_at).then_some(CartLine { product: line.product, quantity, added_at })
        };
        let mut lines: Vec<CartLine> = tally.lines.iter().filter_map(open).collect();
        lines.sort_by_key(|line| (std::cmp::Reverse(line.added_at), line.product));
        lines.truncate(CART_LINES_MAX);
        Self { lines, bought: bought(tally) }
    }

    /// Returns the cart as it stands at an instant: lines older than `expires_after` are forgotten.
    pub fn open_at(&self, now: Timestamp, expires_after: Span) -> Option<Self> {
        let lines: Vec<CartLine> = self.lines.iter().filter(|line| line.added_at > now.minus(expires_after)).copied().collect();
        (!lines.is_empty()).then_some(Self { lines, bought: None })
    }

    /// Returns when the oldest open line was put in: what names this cart.
    pub fn opened_at(&self) -> Option<Timestamp> {
        self.lines.last().map(|line| line.added_at)
    }

    /// Returns when the cart was last filled.
    pub fn touched_at(&self) -> Option<Timestamp> {
        self.lines.first().map(|line| line.added_at)
    }
}

/// Finds the last lines that a purchase closed, and the purchase: the first one after the last of them was put in.
fn bought(tally: &Tally) -> Option<BoughtCart> {
    let orders = || tally.orders.iter().filter(|order| order.n_placed > 0).map(|order| order.at).chain(tally.purchased_at);
    let last = orders().max()?;
    let closed = |line: &super::tally::Line| {
        let (added_at, quantity) = line.carted?;
        (added_at <= last && Some(added_at) > line.removed_at).then_some(CartLine { product: line.product, quantity, added_at })
    };
    let mut lines: Vec<CartLine> = tally.lines.iter().filter_map(closed).collect();
    lines.sort_by_key(|line| (std::cmp::Reverse(line.added_at), line.product));
    let touched_at = lines.first()?.added_at;
    let earlier = orders().filter(|at| *at < touched_at).max();
    lines.retain(|line| Some(line.added_at) > earlier);
    lines.truncate(CART_LINES_MAX);
    Some(BoughtCart { at: orders().filter(|at| *at >= touched_at).min()?, lines })
}
