//! Taking due messages for sending, each by one sender only.

use std::collections::HashSet;

use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::database::{Dialect, Ledger};
use super::lease::{Lease, system_now};
use super::outcome::{MessageNo, Outcome};
use super::packed::StoredDraft;
use crate::clock::Timestamp;
use crate::error::Result;

/// Having unsubscribed is about marketing: a service mail still goes out, but never to a dead or forgotten address.
const SUPPRESSION_APPLIES: &str =
    "s.key IN (message.canonical, message.address_hash) AND NOT (message.compulsory <> 0 AND s.reason = 'unsubscribed')";

/// A message taken for sending.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Its row.
    pub no: MessageNo,
    /// The frozen decision, to be read and rendered.
    pub draft: StoredDraft,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When the first attempt ended; none before.
    pub first_at: Option<Timestamp>,
}

/// How many mails may go out from an instant on, over all campaigns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// The instant, that at which a day began.
    pub since: Timestamp,
    /// How many.
    pub most: u64,
}

/// Plans again what a lease has claimed and not begun to send; that was no attempt.
pub(super) const GIVE_BACK: &str =
    "UPDATE message SET state = 'planned', lease = NULL, attempt = attempt - 1 WHERE lease = $1 AND state = 'claimed'";

impl Ledger {
    /// Takes up to `n` messages of the lease's campaign that are due at `now`, oldest first.
    ///
    /// In the same transaction, messages to addresses suppressed meanwhile are cancelled and those past their use are expired;
    /// neither is returned. An empty answer means that nothing is due.
    ///
    /// # Errors
    /// `Busy` when the lease was lost; those of the database otherwise.
    pub async fn claim(&self, lease: &Lease, now: Timestamp, n: usize) -> Result<Vec<Claimed>> {
        self.claim_within(lease, now, n, None).await
    }

    /// As [`Self::claim`], and no more than a ceiling leaves: what other senders have sent or claimed is counted in the same transaction.
    pub async fn claim_within(&self, lease: &Lease, now: Timestamp, n: usize, ceiling: Option<Ceiling>) -> Result<Vec<Claimed>> {
        let wanted = i64::try_from(n).unwrap_or(i64::MAX);
        loop {
            let mut transaction = self.begin().await?;
            self.assert_held(&mut transaction, lease).await?;
            let n = match ceiling {
                Some(ceiling) => wanted.min(self.left_of(&mut transaction, lease, ceiling).await?),
                None => wanted,
            };
            let rows = sqlx::query(self.claim_sql())
                .bind(lease.token())
                .bind(now.0)
                .bind(lease.campaign().as_str())
                .bind(n)
                .fetch_all(&mut *transaction)
                .await
                .map_err(|error| self.explain(error))?;
            if rows.is_empty() {
                self.commit(transaction).await?;
                return Ok(Vec::new());
            }
            let ids: Vec<i64> = rows.iter().map(|row| row.try_get("id")).collect::<Result<_, _>>().map_err(|error| self.explain(error))?;
            let mut dropped = self.drop_unwanted(&mut transaction, &ids, now).await?;

            self.commit(transaction).await?;

            let mut claimed = Vec::with_capacity(rows.len());
            for row in rows {
                let mut read = || -> Result<(), sqlx::Error> {
                    let id: i64 = row.try_get("id")?;
                    if !dropped.remove(&id) {
                        claimed.push(Claimed {
                            no: MessageNo(id),
                            draft: StoredDraft(row.try_get::<Option<_>, _>("draft")?.unwrap_or_default()),
                            attempt: u32::try_from(row.try_get::<i64, _>("attempt")?).unwrap_or(u32::MAX),
                            first_at: row.try_get::<Option<_>, _>("first_at")?.map(Timestamp),
                        });
                    }
                    Ok(())
                };
                read().map_err(|error| self.explain(error))?;
            }
            claimed.sort_by_key(|claimed| claimed.no);
            if !claimed.is_empty() {
                return Ok(claimed);
            }
        }
    }

    /// Gives back all that a lease has claimed and not begun to send; returns how many.
    pub async fn give_back(&self, lease: &Lease) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(GIVE_BACK).bind(lease.token()).execute(&mut *transaction).await.map_err(|error| self.explain(error))?;
        self.commit(transaction).await?;
        Ok(done.rows_affected())
    }

    /// Plans again, for a later instant each, messages that a lease has claimed and that may not leave now; that was no attempt.
    pub async fn put_off(&self, lease: &Lease, until: &[(MessageNo, Timestamp)]) -> Result<()> {
        if until.is_empty() {
            return Ok(());
        }
        let mut transaction = self.begin().await?;
        for (no, at) in until {
            sqlx::query(
                "UPDATE message SET state = 'planned', lease = NULL, attempt = attempt - 1, not_before = $3
                 WHERE id = $1 AND lease = $2 AND state = 'claimed'",
            )
            .bind(no.0)
            .bind(lease.token())
            .bind(at.0)
            .execute(&mut *transaction)
            .await
            .map_err(|error| self.explain(error))?;
        }
        self.commit(transaction).await
    }

    /// Counts the lease's campaign's messages that are due at `now`.
    pub async fn count_due(&self, lease: &Lease, now: Timestamp) -> Result<u64> {
        let n: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM message WHERE campaign = $1 AND state IN ('planned', 'deferred') AND not_before <= $2",
        )
        .bind(lease.campaign().as_str())
        .bind(now.0)
        .fetch_one(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        Ok(n.unsigned_abs())
    }

    /// Counts the lease's campaign's messages that are due at `now` and of no use any more at `then`.
    pub async fn count_late(&self, lease: &Lease, now: Timestamp, then: Timestamp) -> Result<u64> {
        let n: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM message
             WHERE campaign = $1 AND state IN ('planned', 'deferred') AND not_before <= $2 AND expires_at < $3",
        )
        .bind(lease.campaign().as_str())
        .bind(now.0)
        .bind(then.0)
        .fetch_one(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        Ok(n.unsigned_abs())
    }

    /// Returns what became of a claimed message whose address was suppressed since, or whose use has ended; nothing when it is still wanted.
    pub async fn unwanted(&self, no: MessageNo, now: Timestamp) -> Result<Option<Outcome>> {
        let row = sqlx::query(AssertSqlSafe(format!(
            "SELECT (SELECT MIN(s.reason) FROM suppression s WHERE {SUPPRESSION_APPLIES}) AS reason, expires_at FROM message WHERE id = $1"
        )))
        .bind(no.0)
        .fetch_optional(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        let Some(row) = row else { return Ok(None) };
        let read = || -> Result<(Option<String>, Option<i64>), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
        let (reason, expires_at) = read().map_err(|error| self.explain(error))?;
        Ok(match reason {
            Some(reason) => Some(Outcome::Cancelled { why: format!("suppressed: {reason}") }),
            None if expires_at.is_some_and(|expires_at| expires_at < now.0) => Some(Outcome::Expired),
            None => None,
        })
    }

    /// Counts the messages of all campaigns that were sent, or may have been, at an instant or later.
    pub async fn count_sent_since(&self, since: Timestamp) -> Result<u64> {
        let n: i64 = sqlx::query_scalar(
            // What came back later was sent all the same.
            "SELECT COUNT(*) FROM message WHERE state IN ('sending', 'sent', 'uncertain', 'bounced') AND sending_at >= $1",
        )
        .bind(since.0)
        .fetch_one(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        Ok(n.unsigned_abs())
    }

    /// Returns how many mails a ceiling leaves; other senders that ask wait until this transaction ends.
    async fn left_of(&self, transaction: &mut Transaction<'static, Any>, lease: &Lease, ceiling: Ceiling) -> Result<i64> {
        if self.dialect == Dialect::Postgres {
            // The number is an arbitrary constant of relance.
            let lock = sqlx::query("SELECT pg_advisory_xact_lock(7298412307)").execute(&mut **transaction).await;
            lock.map_err(|error| self.explain(error))?;
        }
        // What a sender that is gone had claimed will be claimed again, and counts then.
        let sql = "SELECT (SELECT COUNT(*) FROM message WHERE sending_at >= $1 AND state IN ('sending', 'sent', 'uncertain', 'bounced'))
                        + (SELECT COUNT(*) FROM message WHERE state = 'claimed' AND (lease = $3 OR lease IN (SELECT id FROM lease WHERE expires_at >= $2)))";
        let n: i64 = sqlx::query_scalar(sql)
            .bind(ceiling.since.0)
            .bind(system_now().0)
            .bind(lease.token())
            .fetch_one(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(i64::try_from(ceiling.most).unwrap_or(i64::MAX).saturating_sub(n).max(0))
    }

    fn claim_sql(&self) -> AssertSqlSafe<String> {
        let skip_locked = if self.dialect == Dialect::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
        let due = format!(
            "SELECT id FROM message WHERE campaign = $3 AND state IN ('planned', 'deferred') AND not_before <= $2
             ORDER BY not_before, id LIMIT $4 {skip_locked}"
        );
        AssertSqlSafe(format!(
            "UPDATE message SET state = 'claimed', lease = $1, claimed_at = $2, attempt = attempt + 1
             WHERE {} RETURNING id, attempt, first_at,
                                 (SELECT bytes FROM draft WHERE draft.message = message.id) AS draft",
            self.id_among(&due)
        ))
    }

    /// Cancels the suppressed and expires the late among rows just claimed; returns which.
    async fn drop_unwanted(&self, transaction: &mut Transaction<'static, Any>, ids: &[i64], now: Timestamp) -> Result<HashSet<i64>> {
        let these = self.id_among(&format!("SELECT {} FROM {}", self.number_of_value(), self.rows_of_first_parameter()));
        let ids = serde_json::json!(ids).to_string();
        let late = format!(
            "UPDATE message SET state = 'expired', ended_at = $2 WHERE {these} AND expires_at IS NOT NULL AND expires_at < $2 RETURNING id"
        );
        let applies = SUPPRESSION_APPLIES;
        // Why `|| ''`: see the statements of `record`.
        let suppressed = format!(
            "UPDATE message SET state = 'cancelled', ended_at = $2,
                    reply = (SELECT 'suppressed: ' || MIN(s.reason) FROM suppression s WHERE {applies})
             WHERE {these} AND state || '' = 'claimed' AND EXISTS (SELECT 1 FROM suppression s WHERE {applies})
             RETURNING id"
        );
        let mut dropped = HashSet::new();
        for sql in [late, suppressed] {
            let rows: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(ids.as_str())
                .bind(now.0)
                .fetch_all(&mut **transaction)
                .await
                .map_err(|error| self.explain(error))?;
            dropped.extend(rows);
        }
        Ok(dropped)
    }
}
