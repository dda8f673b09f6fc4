//! What is used up of offers: their cost over all campaigns, and the codes of their pools. No code stands in an error.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::database::{Dialect, Ledger};
use super::enqueue::PlannedMessage;
use crate::error::{Error, Kind, Result};
use crate::plan::UsedUp;

/// Codes written by one statement.
const STOCK_ROWS_MAX: usize = 5_000;

/// Key of the advisory lock under which PostgreSQL gives codes; SQLite has one writer at a time.
const LOCK: i64 = 0x7265_6c61_6e63_6543;

impl Ledger {
    /// Returns what the mails that reached or may reach a person carry of each offer, over all campaigns and all time.
    pub async fn used_up(&self) -> Result<BTreeMap<String, UsedUp>> {
        let sql = "SELECT offer, COUNT(*), CAST(COALESCE(SUM(cost), 0) AS BIGINT) FROM message
                   WHERE offer IS NOT NULL AND state NOT IN ('bounced', 'failed', 'cancelled', 'expired') GROUP BY offer";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let read = |row: sqlx::any::AnyRow| -> Result<(String, UsedUp), sqlx::Error> {
            let mails = row.try_get::<i64, _>(1)?.unsigned_abs();
            Ok((row.try_get(0)?, UsedUp { mails, cost: row.try_get(2)? }))
        };
        rows.into_iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Counts the codes of a pool that nobody has, and that are of no other pool.
    pub async fn codes_left(&self, pool: &str, codes: &[String]) -> Result<u64> {
        let sql = "SELECT code FROM coupon WHERE taken_at IS NOT NULL OR pool <> $1";
        let gone: Vec<String> = sqlx::query_scalar(sql).bind(pool).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let gone: HashSet<&str> = gone.iter().map(String::as_str).collect();
        Ok(codes.iter().filter(|code| !gone.contains(code.as_str())).count() as u64)
    }

    /// Makes the free codes of a pool those of its file, in their order; what was given stays given.
    pub async fn stock(&self, pool: &str, codes: &[String]) -> Result<()> {
        let sql = format!(
            "INSERT INTO coupon (code, pool, no) SELECT value->>'code', CAST($2 AS TEXT), CAST(value->>'no' AS BIGINT)
             FROM {} WHERE TRUE ON CONFLICT (code) DO NOTHING",
            self.rows_of_first_parameter()
        );
        let mut transaction = self.begin().await?;
        self.lock_codes(&mut transaction).await?;
        let dropped = sqlx::query("DELETE FROM coupon WHERE pool = $1 AND taken_at IS NULL").bind(pool).execute(&mut *transaction).await;
        dropped.map_err(|error| self.explain(error))?;
        let numbered: Vec<_> = codes.iter().enumerate().map(|(no, code)| json!({ "code": code, "no": no })).collect();
        for group in numbered.chunks(STOCK_ROWS_MAX) {
            let rows = serde_json::Value::from(group.to_vec()).to_string();
            let done = sqlx::query(AssertSqlSafe(sql.clone())).bind(rows).bind(pool).execute(&mut *transaction).await;
            done.map_err(|error| self.explain(error))?;
        }
        self.commit(transaction).await
    }

    /// Returns mails with their codes in their drafts: the one that a mail has, or the first that is free.
    ///
    /// # Errors
    /// `Usage` when a pool has none left; those of the database.
    pub(super) async fn with_codes(
        &self,
        transaction: &mut Transaction<'static, Any>,
        group: &[PlannedMessage],
    ) -> Result<Vec<PlannedMessage>> {
        self.lock_codes(transaction).await?;
        let mut coded = group.to_vec();
        for planned in &mut coded {
            let Some(pool) = &planned.pool else { continue };
            let it = &planned.draft;
            let known: Option<String> =
                sqlx::query_scalar("SELECT code FROM coupon WHERE recipient = $1 AND campaign = $2 AND edition = $3")
                    .bind(it.recipient.as_str())
                    .bind(it.campaign.as_str())
                    .bind(it.edition.as_str())
                    .fetch_optional(&mut **transaction)
                    .await
                    .map_err(|error| self.explain(error))?;
            let code = match known {
                Some(code) => code,
                None => self.take(transaction, pool, planned).await?,
            };
            if let Some(place) = planned.draft.context.pointer_mut("/offer/code") {
                *place = code.into();
            }
        }
        Ok(coded)
    }

    async fn take(&self, transaction: &mut Transaction<'static, Any>, pool: &str, planned: &PlannedMessage) -> Result<String> {
        let it = &planned.draft;
        let sql = "UPDATE coupon SET campaign = $2, edition = $3, recipient = $4, taken_at = $5 WHERE code =
                   (SELECT code FROM coupon WHERE pool = $1 AND taken_at IS NULL ORDER BY no LIMIT 1) RETURNING code";
        let code: Option<String> = sqlx::query_scalar(sql)
            .bind(pool)
            .bind(it.campaign.as_str())
            .bind(it.edition.as_str())
            .bind(it.recipient.as_str())
            .bind(it.at.0)
            .fetch_optional(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        code.ok_or_else(|| {
            Error::new(Kind::Usage, format!("no code of `{pool}` is left"))
                .help("another run took the last ones: add codes to the file, then type the same command again")
        })
    }

    /// Keeps other processes from giving codes until the transaction ends.
    async fn lock_codes(&self, transaction: &mut Transaction<'static, Any>) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            return Ok(());
        }
        let locked = sqlx::query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)").bind(LOCK).execute(&mut **transaction).await;
        locked.map(|_| ()).map_err(|error| self.explain(error))
    }
}
