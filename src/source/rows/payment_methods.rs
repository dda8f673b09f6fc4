//! Means of payment that can expire.

use super::{Reading, Record, Refusal, Why, columns};
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::PaymentMethod;

columns! {
    CONTACT_ID: required text "contact_id",
    METHOD_ID: required text "method_id",
    EXPIRES_ON: required value "expires_on",
    BRAND: optional text "brand",
    LAST4: optional text "last4",
    REPLACED_BY: optional text "replaced_by",
    STATUS: optional text "status",
}

/// `[sources.payment_methods]`.
#[derive(Debug)]
pub struct PaymentMethods;

impl Record for PaymentMethods {
    type Row<'a> = PaymentMethod<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<PaymentMethod<'a>, Refusal> {
        Ok(PaymentMethod {
            contact_id: row.required_id(CONTACT_ID)?,
            method_id: row.required_id(METHOD_ID)?,
            expires_on: row.last_day(EXPIRES_ON)?.ok_or(Refusal::of(EXPIRES_ON, Why::Missing))?,
            brand: row.text(BRAND)?,
            last4: row.id(LAST4)?,
            replaced_by: row.id(REPLACED_BY)?,
            active: row.text(STATUS)?.is_none_or(|status| status.eq_ignore_ascii_case("active")),
        })
    }
}
