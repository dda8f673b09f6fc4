//! The records of the contract: which columns they have, and how a row becomes one.

mod accounts;
mod contacts;
mod contracts;
mod events;
mod identities;
mod orders;
mod payment_methods;
mod prices;
mod products;
mod reading;
mod suppressions;

pub use accounts::Accounts;
pub use contacts::Contacts;
pub use contracts::Contracts;
pub use events::Events;
pub use identities::Identities;
pub use orders::Orders;
pub use payment_methods::PaymentMethods;
pub use prices::Prices;
pub use products::Products;
pub(in crate::source) use reading::clean;
pub use reading::{Part, Reading, Refusal, Rules, Why};
pub use suppressions::Suppressions;

use super::cell::Fields;
use super::columns::Column;
use crate::clock::Timestamp;

/// A kind of row: its columns and how one is read. Implemented by markers named as in `[sources]`.
pub trait Record: 'static {
    /// The typed row, borrowing its text from the batch.
    type Row<'a>;
    /// The columns understood.
    const COLUMNS: &'static [Column];
    /// Columns of which a file must have at least one.
    const ONE_OF: &'static [&'static str] = &[];
    /// Whether other columns are kept.
    const KEEPS_EXTRAS: bool = false;

    /// Reads one row.
    fn read<'a, F: Fields>(reading: &mut Reading<'_, 'a, F>) -> Result<Self::Row<'a>, Refusal>;

    /// Returns the instant before which the row does not exist, when it has one.
    fn dated(row: &Self::Row<'_>) -> Option<Timestamp> {
        let _ = row;
        None
    }
}

/// Declares the columns of a record: a constant per position, and `COLUMNS`.
macro_rules! columns {
    ($($name:ident: $need:ident $shape:ident $text:literal),+ $(,)?) => {
        #[allow(clippy::upper_case_acronyms, non_camel_case_types, reason = "only counts the positions below")]
        enum Position { $($name),+ }
        $(const $name: usize = Position::$name as usize;)+
        const COLUMNS: &[$crate::source::columns::Column] = &[
            $($crate::source::columns::Column { name: $text, required: columns!(@$need), text: columns!(@$shape) }),+
        ];
    };
    (@required) => { true };
    (@optional) => { false };
    (@text) => { true };
    (@value) => { false };
}
use columns;
