//! Companies, in B2B.

use super::{Reading, Record, Refusal, columns};
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::Account;

columns! {
    ID: required text "id",
    NAME: optional text "name",
    INDUSTRY: optional text "industry",
    PLAN: optional text "plan",
    EMPLOYEES: optional value "employees",
    SEATS: optional value "seats",
    CUSTOMER_SINCE: optional value "customer_since",
}

/// `[sources.accounts]`.
#[derive(Debug)]
pub struct Accounts;

impl Record for Accounts {
    type Row<'a> = Account<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;
    const KEEPS_EXTRAS: bool = true;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Account<'a>, Refusal> {
        Ok(Account {
            id: row.required_id(ID)?,
            name: row.text(NAME)?,
            industry: row.text(INDUSTRY)?,
            plan: row.text(PLAN)?,
            employees: row.whole(EMPLOYEES)?,
            seats: row.whole(SEATS)?,
            customer_since: row.day(CUSTOMER_SINCE)?,
            attributes: row.fields.extras().filter_map(|(name, cell)| Some((name, cell.display()?))).collect(),
        })
    }
}
