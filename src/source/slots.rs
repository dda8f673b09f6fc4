//! Rows gathered value by value, as JSON objects and query results come: one text per row and slots into it.

use super::FIELD_MAX_BYTES;
use super::cell::{Cell, Fields};
use super::columns::Contract;
use super::pipeline::{FileName, Sink};
use super::report::Place;
use super::rows::{Record, Why};

/// A value whose text, if any, lies in the row's.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Text(usize, usize),
    Other(Cell<'static>),
}

/// One row.
#[derive(Debug)]
pub(super) struct Row {
    text: String,
    slots: Vec<Slot>,
    /// Name (a range of `text`) and value.
    extras: Vec<((usize, usize), Slot)>,
    /// Why the row cannot be used, found while it was gathered, and its column where that is known.
    pub(super) trouble: Option<(Why, String)>,
}

/// Where a value goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Target {
    /// A column of the contract; text whatever its type when `true`.
    Column(usize, bool),
    /// Another column, by its name's range.
    Extra(usize, usize),
}

impl Row {
    pub(super) fn new(contract: &Contract) -> Self {
        Self { text: String::new(), slots: vec![Slot::Other(Cell::Null); contract.columns.len()], extras: Vec::new(), trouble: None }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.slots.fill(Slot::Other(Cell::Null));
        self.extras.clear();
        self.trouble = None;
    }

    /// Finds where the values of a column go.
    pub(super) fn target(&mut self, contract: &Contract, theirs: &str) -> Target {
        if let Some(position) = contract.position(theirs) {
            return Target::Column(position, contract.columns[position].text);
        }
        let (start, end) = self.push(contract.extra_name(theirs));
        Target::Extra(start, end)
    }

    pub(super) fn set(&mut self, target: Target, cell: Cell<'_>) {
        let slot = match cell {
            Cell::Text(text) => self.slot(text),
            Cell::Null => Slot::Other(Cell::Null),
            Cell::Int(number) => Slot::Other(Cell::Int(number)),
            Cell::Float(number) => Slot::Other(Cell::Float(number)),
            Cell::Decimal { unscaled, scale } => Slot::Other(Cell::Decimal { unscaled, scale }),
            Cell::Bool(yes) => Slot::Other(Cell::Bool(yes)),
            Cell::Date(date) => Slot::Other(Cell::Date(date)),
            Cell::Instant(at) => Slot::Other(Cell::Instant(at)),
            Cell::Local(us) => Slot::Other(Cell::Local(us)),
        };
        match target {
            Target::Column(position, is_text) => {
                self.slots[position] = match slot {
                    Slot::Other(other) if is_text => other.display().map_or(slot, |text| self.slot(&text)),
                    slot => slot,
                };
            }
            Target::Extra(start, end) => self.extras.push(((start, end), slot)),
        }
    }

    fn slot(&mut self, text: &str) -> Slot {
        if text.len() > FIELD_MAX_BYTES {
            self.trouble = Some((Why::TooLong, String::new()));
            return Slot::Other(Cell::Null);
        }
        let (start, end) = self.push(text);
        Slot::Text(start, end)
    }

    fn push(&mut self, text: &str) -> (usize, usize) {
        let start = self.text.len();
        self.text.push_str(text);
        (start, self.text.len())
    }

    fn get(&self, slot: Slot) -> Cell<'_> {
        match slot {
            Slot::Text(start, end) => Cell::text(&self.text[start..end]),
            Slot::Other(cell) => cell,
        }
    }
}

impl Fields for Row {
    fn cell(&self, column: usize) -> Cell<'_> {
        self.get(self.slots[column])
    }

    fn extras(&self) -> impl Iterator<Item = (&str, Cell<'_>)> {
        self.extras.iter().map(|((start, end), slot)| (&self.text[*start..*end], self.get(*slot)))
    }
}

/// Consecutive rows of a query's result.
pub(super) struct Batch {
    pub(super) file: FileName,
    pub(super) first_row: u64,
    pub(super) rows: Vec<Row>,
}

impl Batch {
    pub(super) fn run<R: Record, S>(self, sink: &mut Sink<'_, R, S>) {
        for (row, number) in self.rows.iter().zip(self.first_row..) {
            match &row.trouble {
                Some((why, column)) => sink.refuse(&self.file, Place::Row(number), column, "", *why),
                None => sink.row(row, &self.file, Place::Row(number)),
            }
        }
    }
}
