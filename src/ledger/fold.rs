//! Folding SQLite's write-ahead log into its file aside, so that no commit waits for it (<https://www.sqlite.org/wal.html#ckpt>).

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::database::{Dialect, Ledger};
use crate::error::Result;

/// How often the log is folded at most, and after how many commits: little at a time, since commits share the disk with it.
const FOLD_EVERY: Duration = Duration::from_millis(100);
const FOLD_AFTER: u64 = 32;

impl Ledger {
    /// Folds what is committed into the file, without making anybody wait; what is being read or written meanwhile stays in the log.
    ///
    /// # Errors
    /// Those of the database. PostgreSQL does this by itself.
    pub async fn fold(&self) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            let folded = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").fetch_one(&self.pool).await;
            folded.map_err(|error| self.explain(error))?;
        }
        Ok(())
    }

    /// Folds the log again and again until `stop`, as long as this handle, or a clone of it, writes.
    ///
    /// A fold that fails costs nothing but time: a commit folds a log that has become long.
    pub async fn keep_folded(self, stop: CancellationToken) {
        let mut n_folded = 0;
        while stop.run_until_cancelled(tokio::time::sleep(FOLD_EVERY)).await.is_some() {
            let n_commits = self.n_commits.load(Ordering::Relaxed);
            if n_commits - n_folded >= FOLD_AFTER {
                n_folded = n_commits;
                if let Err(error) = self.fold().await {
                    tracing::debug!(%error, "the log of the ledger is not folded");
                }
            }
        }
    }
}
