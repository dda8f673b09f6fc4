//! Text columns of few different values, as Parquet keeps them: each value is looked at once a row group, not once a row.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int32Type;
use arrow_array::{Array as _, ArrayRef, Int32Array, StringArray};
use arrow_schema::DataType;
use parquet::basic::Encoding;
use parquet::file::metadata::ParquetMetaData;

use super::cell::Cell;
use super::rows::clean;

/// A text column of one batch: keys into the values of its row group.
pub(super) struct Coded {
    keys: Int32Array,
    values: Arc<Values>,
}

/// The different values of a column in a row group.
pub(super) struct Values {
    array: ArrayRef,
    texts: StringArray,
    /// Those that need no trimming and hold no control character.
    clean: Vec<bool>,
}

/// Returns the type in which a column kept as [`Coded`] is asked of the decoder.
pub(super) fn data_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Says whether every page of a column refers to a dictionary; where some do not, the decoder would have to make one.
pub(super) fn is_coded(metadata: &ParquetMetaData, root: usize) -> bool {
    let schema = metadata.file_metadata().schema_descr();
    let mut leaves = (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == root);
    let (Some(leaf), None) = (leaves.next(), leaves.next()) else { return false };
    metadata.row_groups().iter().all(|group| {
        let is_code = |encoding| matches!(encoding, Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY);
        let pages = group.column(leaf).page_encoding_stats_mask();
        pages.is_some_and(|pages| pages.encodings().next().is_some() && pages.encodings().all(is_code))
    })
}

impl Coded {
    /// Reads a column of a batch; `known` holds the values of the batch before, which are mostly the same.
    pub(super) fn new(array: &ArrayRef, known: &mut Option<Arc<Values>>) -> Option<Self> {
        let array = array.as_dictionary_opt::<Int32Type>()?;
        let values = match known {
            Some(values) if Arc::ptr_eq(&values.array, array.values()) => Arc::clone(values),
            _ => {
                let texts = array.values().as_string_opt::<i32>()?.clone();
                let clean = texts.iter().map(|text| text.is_some_and(clean)).collect();
                Arc::clone(known.insert(Arc::new(Values { array: Arc::clone(array.values()), texts, clean })))
            }
        };
        Some(Self { keys: array.keys().clone(), values })
    }

    /// Returns the value of a row.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        match self.key(row) {
            Some(key) if self.values.texts.is_valid(key) => Cell::text(self.values.texts.value(key)),
            _ => Cell::Null,
        }
    }

    /// Returns the value of a row when it can be used as it is.
    pub(super) fn clean(&self, row: usize) -> Option<&str> {
        let key = self.key(row)?;
        self.values.clean.get(key)?.then(|| self.values.texts.value(key))
    }

    fn key(&self, row: usize) -> Option<usize> {
        self.keys.is_valid(row).then(|| usize::try_from(self.keys.value(row)).ok()).flatten()
    }
}
