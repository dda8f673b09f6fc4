//! A record together with which of its columns hold something: what an audit counts and a fold has no use for.

use std::marker::PhantomData;

use super::cell::{Cell, Fields};
use super::columns::Column;
use super::rows::{Reading, Record, Refusal};
use crate::clock::Timestamp;

/// The columns of one row that hold something: bit `n` is column `n` of [`Record::COLUMNS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Columns(u64);

impl Columns {
    /// Says whether a column holds something.
    pub fn has(self, column: usize) -> bool {
        column < 64 && self.0 >> column & 1 == 1
    }
}

/// Reads what `R` reads, and the columns that were filled; a blank text is nothing.
#[derive(Debug)]
pub struct Filled<R>(PhantomData<R>);

impl<R: Record> Record for Filled<R> {
    type Row<'a> = (R::Row<'a>, Columns);
    const COLUMNS: &'static [Column] = R::COLUMNS;
    const ONE_OF: &'static [&'static str] = R::ONE_OF;
    const KEEPS_EXTRAS: bool = R::KEEPS_EXTRAS;

    fn read<'a, F: Fields>(reading: &mut Reading<'_, 'a, F>) -> Result<Self::Row<'a>, Refusal> {
        const { assert!(R::COLUMNS.len() <= 64, "one bit a column") }
        let holds = |column: &usize| match reading.fields.cell(*column) {
            Cell::Null => false,
            Cell::Text(text) => !text.trim().is_empty(),
            _ => true,
        };
        let filled = (0..R::COLUMNS.len()).filter(holds).fold(0, |bits, column| bits | 1 << column);
        Ok((R::read(reading)?, Columns(filled)))
    }

    fn dated(row: &Self::Row<'_>) -> Option<Timestamp> {
        R::dated(&row.0)
    }
}
