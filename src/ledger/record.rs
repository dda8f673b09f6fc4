//! Writing what happened: `sending` before the final dot, the outcome right after, in groups.

use std::time::{Duration, Instant};

use serde_json::json;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::database::{Dialect, Ledger};
use super::lease::{Lease, lost};
use super::outcome::{MessageNo, Outcome, printable};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::CampaignName;

/// How long a connection is kept for the next transaction without being asked whether it still answers.
const KEPT_FOR: Duration = Duration::from_secs(1);

/// Writes like [`Ledger::write`], on a connection that is kept while it is busy: taking one from the pool asks the server first, which
/// is a round trip more for each transaction.
#[derive(Debug)]
pub struct Pen {
    ledger: Ledger,
    kept: Option<(PoolConnection<Any>, Instant)>,
}

impl Pen {
    /// Records outcomes, then marks messages as being sent, all in one durable transaction.
    pub async fn write(
        &mut self,
        lease: &Lease,
        sending: &[(MessageNo, &str)],
        outcomes: &[(MessageNo, Outcome)],
        at: Timestamp,
    ) -> Result<()> {
        let ledger = &self.ledger;
        let mut connection = match self.kept.take() {
            Some((connection, used_at)) if used_at.elapsed() < KEPT_FOR => connection,
            stale => {
                // Given back first: the pool may have no other.
                drop(stale);
                ledger.pool.acquire().await.map_err(|error| ledger.explain(error))?
            }
        };
        let mut transaction = ledger.begin_on(&mut connection).await?;
        if !outcomes.is_empty() {
            ledger.write_outcomes(&mut transaction, lease, outcomes, at).await?;
        }
        if !sending.is_empty() {
            ledger.write_sending(&mut transaction, lease, sending, at).await?;
        }
        ledger.commit(transaction).await?;
        self.kept = Some((connection, Instant::now()));
        Ok(())
    }
}

impl Ledger {
    /// Marks messages as being sent, with their Message-IDs; must have returned before their final dots are sent.
    ///
    /// # Errors
    /// `Busy` when another sender has taken them over: then nothing is marked and nothing may be sent.
    pub async fn mark_sending(&self, lease: &Lease, messages: &[(MessageNo, &str)], at: Timestamp) -> Result<()> {
        self.write(lease, messages, &[], at).await
    }

    /// Records how attempts ended. A hard bounce also suppresses the address, and so does the last of several soft ones.
    pub async fn record(&self, lease: &Lease, outcomes: &[(MessageNo, Outcome)], at: Timestamp) -> Result<()> {
        self.write(lease, &[], outcomes, at).await
    }

    /// Records outcomes, then marks messages as being sent, all in one durable transaction.
    pub async fn write(
        &self,
        lease: &Lease,
        sending: &[(MessageNo, &str)],
        outcomes: &[(MessageNo, Outcome)],
        at: Timestamp,
    ) -> Result<()> {
        self.pen().write(lease, sending, outcomes, at).await
    }

    /// Returns a pen, for whoever writes one transaction after another.
    pub fn pen(&self) -> Pen {
        Pen { ledger: self.clone(), kept: None }
    }

    // In both statements each row is looked up by its id. The statistics of a database do not know that a campaign is being sent: asked
    // for a lease or a state as such, SQLite starts at the index of the lease, and PostgreSQL reads the whole table for the one row that it
    // expects. `CASE message.id WHEN v.id` can be asked of a row only when its id is known. [`Ledger::id_among`] says why ids are named twice.

    async fn write_sending(
        &self,
        transaction: &mut Transaction<'_, Any>,
        lease: &Lease,
        sending: &[(MessageNo, &str)],
        at: Timestamp,
    ) -> Result<()> {
        let rows: Vec<_> = sending.iter().map(|(no, message_id)| json!({ "id": no.0, "message_id": message_id })).collect();
        let sql = format!(
            "WITH v AS (SELECT CAST(value->>'id' AS BIGINT) AS id, value->>'message_id' AS message_id FROM {})
             UPDATE message SET state = 'sending', message_id = v.message_id, sending_at = $2
             FROM v WHERE message.id = v.id{} AND CASE message.id WHEN v.id THEN message.lease END = $3
               AND CASE message.id WHEN v.id THEN message.state END IN ('claimed', 'sending')",
            self.rows_of_first_parameter(),
            self.and_id_of_v()
        );
        let done = sqlx::query(AssertSqlSafe(sql))
            .bind(serde_json::Value::from(rows).to_string())
            .bind(at.0)
            .bind(lease.token())
            .execute(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        if done.rows_affected() == sending.len() as u64 { Ok(()) } else { Err(lost(lease)) }
    }

    async fn write_outcomes(
        &self,
        transaction: &mut Transaction<'_, Any>,
        lease: &Lease,
        outcomes: &[(MessageNo, Outcome)],
        at: Timestamp,
    ) -> Result<()> {
        let rows: Vec<_> = outcomes.iter().map(|(no, outcome)| row_of(*no, outcome)).collect();
        let rows = serde_json::Value::from(rows).to_string();
        // A row that was taken over and held as `uncertain` still accepts the truth from the sender that knows it.
        let sql = format!(
            "WITH v AS (SELECT CAST(value->>'id' AS BIGINT) AS id, value->>'state' AS state, value->>'reply' AS reply,
                               value->>'class' AS class, CAST(value->>'not_before' AS BIGINT) AS not_before FROM {})
             UPDATE message SET state = v.state, reply = v.reply, reply_class = v.class, ended_at = $2,
                                first_at = COALESCE(message.first_at, $2),
                                not_before = COALESCE(v.not_before, message.not_before)
             FROM v WHERE message.id = v.id{} AND CASE message.id WHEN v.id THEN message.lease END = $3
               AND CASE message.id WHEN v.id THEN message.state END IN ('claimed', 'sending', 'uncertain')",
            self.rows_of_first_parameter(),
            self.and_id_of_v()
        );
        let done = sqlx::query(AssertSqlSafe(sql))
            .bind(rows.as_str())
            .bind(at.0)
            .bind(lease.token())
            .execute(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        if done.rows_affected() != outcomes.len() as u64 {
            return Err(lost(lease));
        }
        for (no, outcome) in outcomes {
            if let Outcome::Bounced { class, .. } = outcome {
                self.suppress_for_bounce(transaction, *no, *class, "smtp", at).await?;
            }
        }
        Ok(())
    }

    /// Returns what is added to `message.id = v.id`; SQLite looks each row of `v` up anyway.
    fn and_id_of_v(&self) -> String {
        match self.dialect {
            Dialect::Sqlite => String::new(),
            Dialect::Postgres => format!(" AND {}", self.id_among("SELECT id FROM v")),
        }
    }

    /// Cancels what is planned or deferred of a campaign, all editions or one; returns how many.
    pub async fn cancel(&self, campaign: &CampaignName, edition: Option<&str>, why: &str, at: Timestamp) -> Result<u64> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(
            "UPDATE message SET state = 'cancelled', reply = $3, ended_at = $4
             WHERE campaign = $1 AND edition = COALESCE($2, edition) AND state IN ('planned', 'deferred')",
        )
        .bind(campaign.as_str())
        .bind(edition)
        .bind(printable(why))
        .bind(at.0)
        .execute(&mut *transaction)
        .await
        .map_err(|error| self.explain(error))?;
        self.commit(transaction).await?;
        Ok(done.rows_affected())
    }
}

fn row_of(no: MessageNo, outcome: &Outcome) -> serde_json::Value {
    let class = match outcome {
        Outcome::Bounced { class, .. } => Some(class.as_str()),
        _ => None,
    };
    let not_before = match outcome {
        Outcome::Deferred { retry_at, .. } => Some(retry_at.0),
        _ => None,
    };
    json!({ "id": no.0, "state": outcome.state().as_str(), "reply": printable(outcome.words()), "class": class, "not_before": not_before })
}
