//! Prices of a company's own, in B2B.

use super::{Reading, Record, Refusal, Why, columns};
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::OwnPrice;

columns! {
    ACCOUNT_ID: required text "account_id",
    PRODUCT_ID: required text "product_id",
    PRICE: required value "price",
    CURRENCY: optional text "currency",
    VALID_FROM: optional value "valid_from",
    VALID_UNTIL: optional value "valid_until",
}

/// `[sources.prices]`.
#[derive(Debug)]
pub struct Prices;

impl Record for Prices {
    type Row<'a> = OwnPrice<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<OwnPrice<'a>, Refusal> {
        let currency = row.currency(CURRENCY)?;
        Ok(OwnPrice {
            account_id: row.required_id(ACCOUNT_ID)?,
            product_id: row.required_id(PRODUCT_ID)?,
            price: row.price(PRICE, currency)?.ok_or(Refusal::of(PRICE, Why::Missing))?,
            valid_from: row.instant(VALID_FROM)?,
            valid_until: row.end(VALID_UNTIL)?,
        })
    }
}
