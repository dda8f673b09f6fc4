//! The real part: order lines of UCI Online Retail, from its cleaned CSV or from the committed `orders.parquet`.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use super::{Result, pence, seconds};

/// Position of a text in an [`Ids`].
pub(crate) type Position = u32;

/// Texts numbered by first appearance.
#[derive(Default, Debug, PartialEq)]
pub(crate) struct Ids {
    texts: Vec<String>,
    positions: HashMap<String, Position>,
}

impl Ids {
    /// Returns the position of a text, adding it when it is new.
    pub(crate) fn position(&mut self, text: &str) -> Result<Position> {
        if let Some(position) = self.positions.get(text) {
            return Ok(*position);
        }
        let position = Position::try_from(self.texts.len())?;
        self.texts.push(text.to_owned());
        self.positions.insert(text.to_owned(), position);
        Ok(position)
    }

    /// Returns the position of a text already there.
    pub(crate) fn find(&self, text: &str) -> Option<Position> {
        self.positions.get(text).copied()
    }

    /// Returns the text at a position.
    pub(crate) fn text(&self, position: Position) -> &str {
        &self.texts[position as usize]
    }
}

/// One real order line; amounts in pence, instants in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    pub(crate) order: Position,
    /// Absent for a guest.
    pub(crate) contact: Option<Position>,
    pub(crate) at: i64,
    pub(crate) product: Position,
    /// Pieces, at least 1, also of a return.
    pub(crate) quantity: i64,
    pub(crate) pence: i64,
    pub(crate) returned: bool,
    pub(crate) country: Position,
}

/// Every order line, in the order of the source (by time).
#[derive(Default, Debug, PartialEq)]
pub(crate) struct Base {
    pub(crate) lines: Vec<Line>,
    pub(crate) orders: Ids,
    pub(crate) contacts: Ids,
    pub(crate) products: Ids,
    pub(crate) countries: Ids,
}

/// One item of the real catalogue; the price is absent when it was never sold.
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) pence: Option<i64>,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
}

/// Opens a CSV file, `.gz` or plain.
pub(crate) fn open_csv(path: &Path, delimiter: u8) -> Result<csv::Reader<Box<dyn Read>>> {
    let file = File::open(path).map_err(|error| format!("cannot open `{}`: {error}", path.display()))?;
    let gz = path.extension().is_some_and(|extension| extension == "gz");
    let read: Box<dyn Read> = if gz { Box::new(GzDecoder::new(file)) } else { Box::new(file) };
    Ok(csv::ReaderBuilder::new().delimiter(delimiter).from_reader(read))
}

/// Reads the cleaned events file: `user,item,ts,type,order,qty,price,country`.
pub(crate) fn read_events(path: &Path) -> Result<Base> {
    let mut base = Base::default();
    for (n, record) in open_csv(path, b',')?.records().enumerate() {
        let record = record?;
        let bad = || format!("`{}` line {}: unreadable order line", path.display(), n + 2);
        let cell = |column: usize| record.get(column).ok_or_else(bad);
        let contact = match cell(0)? {
            "" => None,
            id => Some(base.contacts.position(id)?),
        };
        base.lines.push(Line {
            contact,
            product: base.products.position(cell(1)?)?,
            at: seconds(cell(2)?).ok_or_else(bad)?,
            returned: cell(3)? == "return",
            order: base.orders.position(cell(4)?)?,
            quantity: cell(5)?.parse::<i64>()?.abs().max(1),
            pence: pence(cell(6)?).ok_or_else(bad)?,
            country: base.countries.position(cell(7)?)?,
        });
    }
    Ok(base)
}

/// Reads the cleaned catalogue: `item,title,price,first_ts,last_ts,lines`.
pub(crate) fn read_catalogue(path: &Path) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    for record in open_csv(path, b',')?.records() {
        let record = record?;
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let (pence, first, last) = (pence(cell(2)), seconds(cell(3)), seconds(cell(4)));
        items.push(Item { id: cell(0).to_owned(), title: cell(1).to_owned(), pence, first, last });
    }
    Ok(items)
}
