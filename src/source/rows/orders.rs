//! Order lines.
//!
//! An order dated by a day only is of that day's midnight in the zone of the source; a cart filled on that day is closed by it.

use super::{Reading, Record, Refusal, Why, columns};
use crate::clock::Timestamp;
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::{OrderLine, OrderStatus};

columns! {
    ORDER_ID: required text "order_id",
    CONTACT_ID: required text "contact_id",
    AT: required value "at",
    PRODUCT_ID: required text "product_id",
    QUANTITY: required value "quantity",
    UNIT_PRICE: required value "unit_price",
    STATUS: optional text "status",
    DISCOUNT: optional value "discount",
    MARGIN: optional value "margin",
    CURRENCY: optional text "currency",
}

/// `[sources.orders]`.
#[derive(Debug)]
pub struct Orders;

impl Record for Orders {
    type Row<'a> = OrderLine<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;

    /// A negative quantity without a status is a return of as many pieces.
    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<OrderLine<'a>, Refusal> {
        let currency = row.currency(CURRENCY)?;
        let status = match row.text(STATUS)? {
            Some(text) => Some(status(text).ok_or(Refusal::of(STATUS, Why::NotAStatus))?),
            None => None,
        };
        let quantity = row.whole(QUANTITY)?.ok_or(Refusal::of(QUANTITY, Why::Missing))?;
        let (quantity, status) = match (status, quantity) {
            (None, ..=-1) => (quantity.saturating_neg(), OrderStatus::Returned),
            (status, 1..) => (quantity, status.unwrap_or(OrderStatus::Placed)),
            (Some(OrderStatus::Returned | OrderStatus::Cancelled), ..=-1) => {
                (quantity.saturating_neg(), status.unwrap_or(OrderStatus::Returned))
            }
            _ => return Err(Refusal::of(QUANTITY, Why::BelowOne)),
        };
        Ok(OrderLine {
            order_id: row.required_id(ORDER_ID)?,
            contact_id: row.id(CONTACT_ID)?,
            at: row.instant(AT)?.ok_or(Refusal::of(AT, Why::Missing))?,
            product_id: row.required_id(PRODUCT_ID)?,
            quantity,
            unit_price: row.price(UNIT_PRICE, currency)?.ok_or(Refusal::of(UNIT_PRICE, Why::Missing))?,
            status,
            discount: row.price(DISCOUNT, currency)?,
            margin: row.money(MARGIN, currency)?,
        })
    }

    fn dated(row: &OrderLine<'_>) -> Option<Timestamp> {
        Some(row.at)
    }
}

fn status(text: &str) -> Option<OrderStatus> {
    Some(match text.to_ascii_lowercase().as_str() {
        "placed" | "paid" | "complete" | "completed" | "shipped" | "delivered" => OrderStatus::Placed,
        "cancelled" | "canceled" => OrderStatus::Cancelled,
        "returned" | "refunded" => OrderStatus::Returned,
        _ => return None,
    })
}
