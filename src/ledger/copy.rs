//! A copy of the ledger to rehearse on.

use std::path::Path;

use super::database::{Dialect, Ledger};
use crate::error::{Result, io_error};
use crate::private::create_new;

impl Ledger {
    /// Copies a ledger that is a file into another, as it stands at one instant; returns false for one on a server, which is not copied.
    ///
    /// # Errors
    /// `Io` when there is a file at `path` already, or it cannot be written.
    pub async fn copy_to(&self, path: &Path) -> Result<bool> {
        if self.dialect != Dialect::Sqlite {
            return Ok(false);
        }
        // SQLite fills an empty file that is there, and leaves its permissions (https://www.sqlite.org/lang_vacuum.html).
        create_new(path).map_err(|error| io_error("make the copy of the ledger", path, error))?;
        let copied = sqlx::query("VACUUM INTO $1").bind(path.to_string_lossy().into_owned()).execute(&self.pool).await;
        copied.map(|_| true).map_err(|error| {
            _ = std::fs::remove_file(path);
            self.explain(error)
        })
    }
}
