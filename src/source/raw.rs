//! A record together with everything its row says: what a person may ask to see of themselves.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::cell::Fields;
use super::columns::Column;
use super::rows::{Reading, Record, Refusal};
use crate::clock::Timestamp;

/// The cells of a row that hold something, as people would write them: column, by its name in the contract or else in the file, and text.
pub type Cells<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// Reads what `R` reads, and every cell of the row, those that nothing else reads included.
#[derive(Debug)]
pub struct Raw<R>(PhantomData<R>);

impl<R: Record> Record for Raw<R> {
    type Row<'a> = (R::Row<'a>, Cells<'a>);
    const COLUMNS: &'static [Column] = R::COLUMNS;
    const ONE_OF: &'static [&'static str] = R::ONE_OF;
    const KEEPS_EXTRAS: bool = true;

    fn read<'a, F: Fields>(reading: &mut Reading<'_, 'a, F>) -> Result<Self::Row<'a>, Refusal> {
        let fields = reading.fields;
        let known = R::COLUMNS.iter().enumerate().map(|(at, column)| (column.name, fields.cell(at)));
        let cells = known.chain(fields.extras()).filter_map(|(name, cell)| Some((name, cell.display()?))).collect();
        Ok((R::read(reading)?, cells))
    }

    fn dated(row: &Self::Row<'_>) -> Option<Timestamp> {
        R::dated(&row.0)
    }
}
