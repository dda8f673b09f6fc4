//! Addresses that must not be written to, each for one reason or several.

use std::collections::HashSet;

use serde_json::json;
use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::database::Ledger;
use crate::audience::history::Suppressions;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::profile::canonical_address;
pub use crate::source::record::SuppressionReason;

/// Rows written by one statement, and read at once.
const ROWS_MAX: usize = 500;

/// Whom a suppression is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suppressed<'a> {
    /// An address, in any spelling.
    Address(&'a str),
    /// The keyed hash of the canonical address of a person whose data was forgotten.
    Hash(u64),
}

impl<'a> Suppressed<'a> {
    /// Reads what an export wrote: an address, or `#` and sixteen digits of a hash.
    pub fn parse(text: &'a str) -> Self {
        let hash = text.strip_prefix('#').filter(|digits| digits.len() == 16);
        hash.and_then(|digits| u64::from_str_radix(digits, 16).ok()).map_or(Self::Address(text), Self::Hash)
    }

    fn key(self) -> String {
        match self {
            Self::Address(address) => canonical_address(address),
            Self::Hash(hash) => hash_key(hash),
        }
    }
}

/// One reason not to write to one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionRow {
    /// Canonical address, or `#` and the hash of a forgotten one.
    pub key: String,
    /// Why: a word of [`SuppressionReason`].
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// By what means: `smtp`, `dsn`, `cli`, the name of a provider, ...
    pub source: String,
}

/// A reason to be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSuppression<'a> {
    /// Whom it is about.
    pub whom: Suppressed<'a>,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    pub at: Timestamp,
}

/// Returns how a keyed hash is stored beside addresses, which never begin with `#` and hold no `@`.
pub(super) fn hash_key(hash: u64) -> String {
    format!("#{hash:016x}")
}

impl Ledger {
    /// Returns under what an address would stand that was forgotten: a hash for each key.
    pub(super) fn hash_keys(&self, address: &str) -> Vec<String> {
        self.address_keys.iter().map(|key| hash_key(key.hash(address))).collect()
    }

    /// Says whether an address is suppressed as that of a person who was forgotten.
    pub(super) async fn is_forgotten(&self, transaction: &mut Transaction<'static, Any>, address: &str) -> Result<bool> {
        Ok(!self.known_keys(transaction, &self.hash_keys(address)).await?.is_empty())
    }

    /// Returns which of some keys are suppressed.
    pub(super) async fn known_keys(&self, transaction: &mut Transaction<'static, Any>, keys: &[String]) -> Result<HashSet<String>> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let sql =
            format!("SELECT key FROM suppression WHERE key IN (SELECT {} FROM {})", self.text_of_value(), self.rows_of_first_parameter());
        let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(json!(keys).to_string())
            .fetch_all(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(found.into_iter().collect())
    }

    fn hash_keys_of(&self, whom: Suppressed<'_>) -> Vec<String> {
        match whom {
            Suppressed::Address(address) => self.hash_keys(address),
            Suppressed::Hash(_) => Vec::new(),
        }
    }

    /// Writes down one reason under a key; returns how many were new.
    pub(super) async fn suppress_in(
        &self,
        transaction: &mut Transaction<'static, Any>,
        key: &str,
        reason: SuppressionReason,
        source: &str,
        at: Timestamp,
    ) -> Result<u64> {
        let done = sqlx::query("INSERT INTO suppression (key, reason, at, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(key)
            .bind(reason.as_str())
            .bind(at.0)
            .bind(source)
            .execute(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(done.rows_affected())
    }

    /// Suppresses an address from now on; returns false when it was already, for the same reason. `source` says by what means.
    pub async fn suppress(&self, whom: Suppressed<'_>, reason: SuppressionReason, source: &str, at: Timestamp) -> Result<bool> {
        Ok(self.suppress_all(&[NewSuppression { whom, reason, at }], source).await? == 1)
    }

    /// Writes down many reasons; one that is known keeps its instant and source, and an address that was forgotten is not written down
    /// again. Returns how many were new.
    pub async fn suppress_all(&self, all: &[NewSuppression<'_>], source: &str) -> Result<u64> {
        // SQLite needs the condition, to tell the conflict clause from a join.
        let sql = format!(
            "INSERT INTO suppression (key, reason, at, source)
             SELECT value->>'key', value->>'reason', CAST(value->>'at' AS BIGINT), $2 FROM {} WHERE 1 = 1 ON CONFLICT DO NOTHING",
            self.rows_of_first_parameter()
        );
        let mut n_new = 0;
        for group in all.chunks(ROWS_MAX) {
            let mut transaction = self.begin().await?;
            let hashes: Vec<Vec<String>> = group.iter().map(|new| self.hash_keys_of(new.whom)).collect();
            let forgotten = self.known_keys(&mut transaction, &hashes.concat()).await?;
            let to_write = group.iter().zip(&hashes).filter(|(_, hashes)| !hashes.iter().any(|hash| forgotten.contains(hash)));
            let rows: Vec<_> =
                to_write.map(|(new, _)| json!({ "key": new.whom.key(), "reason": new.reason.as_str(), "at": new.at.0 })).collect();
            let done = sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(serde_json::Value::from(rows).to_string())
                .bind(source)
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.explain(error))?;
            self.commit(transaction).await?;
            n_new += done.rows_affected();
        }
        Ok(n_new)
    }

    /// Lifts a suppression, for one reason or for all; returns how many reasons there were.
    pub async fn unsuppress(&self, whom: Suppressed<'_>, only: Option<SuppressionReason>) -> Result<u64> {
        let done = sqlx::query("DELETE FROM suppression WHERE key = $1 AND reason = COALESCE($2, reason)")
            .bind(whom.key())
            .bind(only.map(SuppressionReason::as_str))
            .execute(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(done.rows_affected())
    }

    /// Returns every reason not to write to an address, in any spelling, also when its owner was forgotten; none when there is none.
    pub async fn suppressed(&self, address: &str) -> Result<Vec<SuppressionRow>> {
        let keys: Vec<String> = self.hash_keys(address).into_iter().chain([canonical_address(address)]).collect();
        let sql = format!(
            "SELECT key, reason, at, source FROM suppression WHERE key IN (SELECT {} FROM {}) ORDER BY at, reason",
            self.text_of_value(),
            self.rows_of_first_parameter()
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json!(keys).to_string())
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Returns a page of suppressions in the order of their keys and reasons; `after` is the last row of the page before.
    pub async fn suppression_page(&self, after: Option<&SuppressionRow>) -> Result<Vec<SuppressionRow>> {
        let (key, reason) = after.map_or(("", ""), |row| (row.key.as_str(), row.reason.as_str()));
        let rows = sqlx::query(
            "SELECT key, reason, at, source FROM suppression WHERE key > $1 OR (key = $1 AND reason > $2) ORDER BY key, reason LIMIT $3",
        )
        .bind(key)
        .bind(reason)
        .bind(i64::try_from(ROWS_MAX).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Returns all suppressions, as decisions need them.
    pub async fn suppressions(&self) -> Result<Suppressions> {
        let rows = sqlx::query("SELECT key, reason FROM suppression").fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let mut all = Suppressions { keys: self.address_keys.to_vec(), ..Suppressions::default() };
        for row in rows {
            let read = || -> Result<(String, String), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
            let (key, reason) = read().map_err(|error| self.explain(error))?;
            match key.strip_prefix('#').and_then(|hash| u64::from_str_radix(hash, 16).ok()) {
                Some(hash) => {
                    all.hashes.insert(hash);
                }
                // Of several reasons, the one that stops service mails too.
                None if reason == SuppressionReason::Unsubscribed.as_str() => {
                    all.by_address.entry(key).or_insert(reason);
                }
                None => {
                    all.by_address.insert(key, reason);
                }
            }
        }
        Ok(all)
    }
}

fn read(row: &AnyRow) -> Result<SuppressionRow, sqlx::Error> {
    Ok(SuppressionRow { key: row.try_get(0)?, reason: row.try_get(1)?, at: Timestamp(row.try_get(2)?), source: row.try_get(3)? })
}
