//! Addresses that must not be written to.

use sqlx::Row as _;

use super::database::Ledger;
use crate::audience::history::Suppressions;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::profile::canonical_address;

/// Whom a suppression is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suppressed<'a> {
    /// An address, in any spelling.
    Address(&'a str),
    /// The keyed hash of the canonical address of a person whose data was forgotten.
    Hash(u64),
}

impl Suppressed<'_> {
    fn key(self) -> String {
        match self {
            Self::Address(address) => canonical_address(address),
            Self::Hash(hash) => hash_key(hash),
        }
    }
}

/// Why an address must not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionReason {
    /// The person unsubscribed.
    Unsubscribed,
    /// The address does not exist.
    HardBounce,
    /// The person complained to their mail provider.
    Complaint,
    /// A person of the company asked for it.
    Manual,
}

impl SuppressionReason {
    /// Returns the word stored and printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::HardBounce => "hard_bounce",
            Self::Complaint => "complaint",
            Self::Manual => "manual",
        }
    }
}

/// Returns how a keyed hash is stored beside addresses, which never begin with `#` and hold no `@`.
pub(super) fn hash_key(hash: u64) -> String {
    format!("#{hash:016x}")
}

impl Ledger {
    /// Suppresses an address from now on; returns false when it was already, which keeps the first reason. `source` says by what means.
    pub async fn suppress(&self, whom: Suppressed<'_>, reason: SuppressionReason, source: &str, at: Timestamp) -> Result<bool> {
        let done = sqlx::query("INSERT INTO suppression (key, reason, at, source) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING")
            .bind(whom.key())
            .bind(reason.as_str())
            .bind(at.0)
            .bind(source)
            .execute(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(done.rows_affected() == 1)
    }

    /// Lifts a suppression; returns false when there was none.
    pub async fn unsuppress(&self, whom: Suppressed<'_>) -> Result<bool> {
        let done = sqlx::query("DELETE FROM suppression WHERE key = $1")
            .bind(whom.key())
            .execute(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(done.rows_affected() == 1)
    }

    /// Returns all suppressions.
    pub async fn suppressions(&self) -> Result<Suppressions> {
        let rows = sqlx::query("SELECT key, reason FROM suppression").fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let mut all = Suppressions::default();
        for row in rows {
            let read = || -> Result<(String, String), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
            let (key, reason) = read().map_err(|error| self.explain(error))?;
            match key.strip_prefix('#').and_then(|hash| u64::from_str_radix(hash, 16).ok()) {
                Some(hash) => {
                    all.hashes.insert(hash);
                }
                None => {
                    all.by_address.insert(key, reason);
                }
            }
        }
        Ok(all)
    }
}
