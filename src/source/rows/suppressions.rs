//! Addresses not to be written to, as relance or another system exported them.

use super::{Reading, Record, Refusal, Why, columns};
use crate::source::cell::Fields;
use crate::source::columns::Column;
use crate::source::record::{Suppression, SuppressionReason};

columns! {
    EMAIL: required text "email",
    REASON: optional text "reason",
    AT: optional value "at",
}

/// A list of suppressions; no source of a project, so it is read only when it is imported.
#[derive(Debug)]
pub struct Suppressions;

impl Record for Suppressions {
    type Row<'a> = Suppression<'a>;
    const COLUMNS: &'static [Column] = COLUMNS;

    fn read<'a, F: Fields>(row: &mut Reading<'_, 'a, F>) -> Result<Suppression<'a>, Refusal> {
        let reason =
            row.text(REASON)?.map(|word| SuppressionReason::parse(word).ok_or(Refusal::of(REASON, Why::NotAReason))).transpose()?;
        let email = without_formula_guard(row.required_id(EMAIL)?);
        if !email.contains('@') && !email.starts_with('#') {
            return Err(Refusal::of(EMAIL, Why::NotAnAddress));
        }
        Ok(Suppression { email, reason, at: row.instant(AT)? })
    }
}

/// Takes off the quote that an export puts before what a spreadsheet would take for a formula.
fn without_formula_guard(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(text)
}
