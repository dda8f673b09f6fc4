//! Links from visitors to contacts.

use super::{Reading, Record, Refusal, columns};
use crate::clock::Timestamp;
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::Identity;

columns! {
    VISITOR_ID: required text "visitor_id",
    CONTACT_ID: required text "contact_id",
    LINKED_AT: optional value "linked_at",
}

/// `[sources.identities]`.
#[derive(Debug)]
pub struct Identities;

impl Record for Identities {
    type Row<'a> = Identity<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Identity<'a>, Refusal> {
        Ok(Identity {
            visitor_id: row.required_id(VISITOR_ID)?,
            contact_id: row.required_id(CONTACT_ID)?,
            linked_at: row.instant(LINKED_AT)?,
        })
    }

    fn dated(row: &Identity<'_>) -> Option<Timestamp> {
        row.linked_at
    }
}
