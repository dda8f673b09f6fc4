//! What is kept no longer than `[retention]` says; what was sent is never sent again for it.
//!
//! The row of a mail stays, with its key `(campaign, edition, recipient)`, what a report and a budget count, and the canonical address that a
//! late bounce, an unsubscription and `forget` need. Suppressions, codes, and fingerprints of what came back stay whole.

use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

use super::database::Ledger;
use crate::clock::{Span, Timestamp};
use crate::error::Result;
use crate::holdout::ALL_MARKETING;
use crate::project::privacy::Retention;

/// Rows changed by one transaction, and held in memory.
pub const PRUNE_ROWS_MAX: usize = 1_000;

/// States out of which no sender takes a mail.
const ENDED: &str = "state IN ('sent', 'bounced', 'failed', 'cancelled', 'expired')";

/// What was removed, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Mails of which what they said, their address as written and the words of the server are gone.
    pub mails: u64,
    /// Things that came back and no longer say of which mail.
    pub events: u64,
    /// People of experiments that are over, and their arms.
    pub assignments: u64,
}

/// An experiment that is over.
struct Over {
    campaign: String,
    experiment: String,
    n: u64,
}

impl Ledger {
    /// Counts what [`Self::prune`] would remove, and removes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn prunable(&self, keep: Retention, now: Timestamp) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        if let Some(before) = cutoff(keep.mails, now) {
            let sql = format!("SELECT COUNT(*) FROM message WHERE {}", whole_and_ended(1));
            pruned.mails = self.counted(sql, before).await?;
        }
        if let Some(before) = cutoff(keep.events, now) {
            let sql = "SELECT COUNT(*) FROM feedback WHERE message IS NOT NULL AND at < $1";
            pruned.events = self.counted(sql.to_owned(), before).await?;
        }
        if let Some(before) = cutoff(keep.assignments, now) {
            pruned.assignments = self.over(before).await?.iter().map(|over| over.n).sum();
        }
        Ok(pruned)
    }

    /// Removes what is older than what is kept, [`PRUNE_ROWS_MAX`] rows a transaction: an interrupted call can simply be repeated.
    ///
    /// # Errors
    /// Those of the database; what was removed before stays so.
    pub async fn prune(&self, keep: Retention, now: Timestamp) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        if let Some(before) = cutoff(keep.mails, now) {
            pruned.mails = self.prune_mails(before).await?;
        }
        if let Some(before) = cutoff(keep.events, now) {
            pruned.events = self.prune_events(before).await?;
        }
        if let Some(before) = cutoff(keep.assignments, now) {
            for over in self.over(before).await? {
                pruned.assignments += self.prune_experiment(&over).await?;
            }
        }
        Ok(pruned)
    }

    async fn prune_mails(&self, before: Timestamp) -> Result<u64> {
        let some = format!("SELECT id FROM message WHERE id > $2 AND {} ORDER BY id LIMIT {PRUNE_ROWS_MAX}", whole_and_ended(1));
        let these = format!("SELECT {} FROM {}", self.number_of_value(), self.rows_of_first_parameter());
        let drop = format!("DELETE FROM draft WHERE message IN (SELECT id FROM message WHERE {ENDED} AND id IN ({these}))");
        let empty = format!("UPDATE message SET address = '', reply = NULL WHERE {ENDED} AND id IN ({these})");
        let (mut n, mut last) = (0, i64::MIN);
        loop {
            let mut n_changed = 0;
            let asked = sqlx::query_scalar(AssertSqlSafe(some.clone())).bind(before.0).bind(last).fetch_all(&self.pool).await;
            let ids: Vec<i64> = asked.map_err(|error| self.explain(error))?;
            let Some(highest) = ids.last() else { return Ok(n) };
            last = *highest;
            let mut transaction = self.begin().await?;
            for sql in [&empty, &drop] {
                let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(json!(ids).to_string());
                n_changed = query.execute(&mut *transaction).await.map_err(|error| self.explain(error))?.rows_affected();
            }
            n += n_changed;
            self.commit(transaction).await?;
        }
    }

    /// The fingerprint stays: the same file read again counts nothing twice.
    async fn prune_events(&self, before: Timestamp) -> Result<u64> {
        let sql = format!(
            "UPDATE feedback SET message = NULL, class = NULL WHERE fingerprint IN
             (SELECT fingerprint FROM feedback WHERE message IS NOT NULL AND at < $1 LIMIT {PRUNE_ROWS_MAX})"
        );
        let mut n = 0;
        loop {
            let mut transaction = self.begin().await?;
            let done = sqlx::query(AssertSqlSafe(sql.clone())).bind(before.0).execute(&mut *transaction).await;
            let n_now = done.map_err(|error| self.explain(error))?.rows_affected();
            self.commit(transaction).await?;
            if n_now == 0 {
                return Ok(n);
            }
            n += n_now;
        }
    }

    /// Lists experiments to which nobody came since, of campaigns that planned nothing since: everybody of a living campaign keeps their arm.
    /// The holdout of all marketing lives as long as any campaign does.
    async fn over(&self, before: Timestamp) -> Result<Vec<Over>> {
        let sql = "SELECT campaign, experiment, COUNT(*) FROM assignment
                   WHERE NOT EXISTS (SELECT 1 FROM message
                                     WHERE (message.campaign = assignment.campaign OR assignment.campaign = $2) AND message.planned_for >= $1)
                   GROUP BY campaign, experiment HAVING MAX(at) < $1 ORDER BY campaign, experiment";
        let rows = sqlx::query(sql).bind(before.0).bind(ALL_MARKETING).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let read = |row: &sqlx::any::AnyRow| -> Result<Over, sqlx::Error> {
            Ok(Over { campaign: row.try_get(0)?, experiment: row.try_get(1)?, n: row.try_get::<i64, _>(2)?.unsigned_abs() })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    async fn prune_experiment(&self, over: &Over) -> Result<u64> {
        let sql = format!(
            "DELETE FROM assignment WHERE campaign = $1 AND experiment = $2 AND recipient IN
             (SELECT recipient FROM assignment WHERE campaign = $1 AND experiment = $2 LIMIT {PRUNE_ROWS_MAX})"
        );
        let mut n = 0;
        loop {
            let mut transaction = self.begin().await?;
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(&over.campaign).bind(&over.experiment);
            let n_now = query.execute(&mut *transaction).await.map_err(|error| self.explain(error))?.rows_affected();
            self.commit(transaction).await?;
            if n_now == 0 {
                return Ok(n);
            }
            n += n_now;
        }
    }

    async fn counted(&self, sql: String, before: Timestamp) -> Result<u64> {
        let n: i64 =
            sqlx::query_scalar(AssertSqlSafe(sql)).bind(before.0).fetch_one(&self.pool).await.map_err(|error| self.explain(error))?;
        Ok(n.unsigned_abs())
    }
}

fn cutoff(kept_for: Option<Span>, now: Timestamp) -> Option<Timestamp> {
    kept_for.map(|span| now.minus(span))
}

/// The condition of a mail that ended before an instant and still says something.
fn whole_and_ended(parameter: usize) -> String {
    format!("{ENDED} AND COALESCE(ended_at, planned_for) < ${parameter} AND EXISTS (SELECT 1 FROM draft WHERE draft.message = message.id)")
}
