//! Contracts that can end.

use super::{Reading, Record, Refusal, Why, columns};
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::Contract;

columns! {
    CONTACT_ID: required text "contact_id",
    CONTRACT_ID: required text "contract_id",
    ENDS_ON: required value "ends_on",
    STARTED_ON: optional value "started_on",
    PRODUCT_ID: optional text "product_id",
    PRICE: optional value "price",
    AUTO_RENEW: optional value "auto_renew",
    STATUS: optional text "status",
    CURRENCY: optional text "currency",
}

/// `[sources.contracts]`.
#[derive(Debug)]
pub struct Contracts;

impl Record for Contracts {
    type Row<'a> = Contract<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Contract<'a>, Refusal> {
        let currency = row.currency(CURRENCY)?;
        Ok(Contract {
            contact_id: row.required_id(CONTACT_ID)?,
            contract_id: row.required_id(CONTRACT_ID)?,
            ends_on: row.day(ENDS_ON)?.ok_or(Refusal::of(ENDS_ON, Why::Missing))?,
            started_on: row.day(STARTED_ON)?,
            product_id: row.id(PRODUCT_ID)?,
            price: row.price(PRICE, currency)?,
            auto_renew: row.boolean(AUTO_RENEW)?.unwrap_or(false),
            active: row.text(STATUS)?.is_none_or(|status| status.eq_ignore_ascii_case("active")),
        })
    }
}
