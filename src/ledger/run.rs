//! Runs and the totals of plans, for summaries and for the difference with the edition before.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use super::database::Ledger;
use super::lease::Lease;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::{CampaignName, ContactId, Edition};

/// A run's row in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct RunNo(pub i64);

/// Mails that a sender took up and that were no longer to be sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Past their use.
    pub expired: u64,
    /// To an address suppressed meanwhile, or withdrawn.
    pub cancelled: u64,
}

/// The totals of one edition's plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanSummary {
    /// Edition.
    pub edition: Edition,
    /// When it was planned.
    pub at: Timestamp,
    /// Totals, as the planner wrote them.
    pub totals: Value,
}

/// What the summary of a missed edition holds, as JSON writes it.
const MISSED: &str = r#""too_late":true"#;

impl Ledger {
    /// Notes that a run of a campaign begins.
    pub async fn start_run(&self, campaign: &CampaignName, at: Timestamp) -> Result<RunNo> {
        let id: i64 = sqlx::query_scalar("INSERT INTO run (campaign, started_at) VALUES ($1, $2) RETURNING id")
            .bind(campaign.as_str())
            .bind(at.0)
            .fetch_one(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(RunNo(id))
    }

    /// Notes that a run ends, with its counts and its summary (JSON objects).
    pub async fn finish_run(&self, run: RunNo, at: Timestamp, counts: &Value, summary: &Value) -> Result<()> {
        sqlx::query("UPDATE run SET ended_at = $2, counts = $3, summary = $4 WHERE id = $1")
            .bind(run.0)
            .bind(at.0)
            .bind(counts.to_string())
            .bind(summary.to_string())
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(|error| self.explain(error))
    }

    /// Notes as an ended run that the time of an edition passed without one; false when that was noted before.
    pub async fn note_missed(&self, campaign: &CampaignName, edition: &Edition, at: Timestamp) -> Result<bool> {
        let summary = json!({ "edition": edition, "too_late": true }).to_string();
        let sql = "INSERT INTO run (campaign, started_at, ended_at, summary)
                   SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS TEXT)
                   WHERE NOT EXISTS (SELECT 1 FROM run WHERE campaign = $1 AND summary = $3)";
        let done = sqlx::query(sql).bind(campaign.as_str()).bind(at.0).bind(summary).execute(&self.pool).await;
        Ok(done.map_err(|error| self.explain(error))?.rows_affected() == 1)
    }

    /// Counts what the holder of a lease cancelled or let expire, claimed or not; ask before the lease is released.
    pub async fn dropped(&self, lease: &Lease) -> Result<Dropped> {
        let sql =
            "SELECT state, COUNT(*) FROM message WHERE campaign = $1 AND lease = $2 AND state IN ('expired', 'cancelled') GROUP BY state";
        let rows = sqlx::query(sql).bind(lease.campaign().as_str()).bind(lease.token()).fetch_all(&self.pool).await;
        let mut dropped = Dropped::default();
        for row in rows.map_err(|error| self.explain(error))? {
            let read = || -> Result<(String, i64), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
            let (state, n) = read().map_err(|error| self.explain(error))?;
            if state == "expired" {
                dropped.expired = n.unsigned_abs();
            } else {
                dropped.cancelled = n.unsigned_abs();
            }
        }
        Ok(dropped)
    }

    /// Returns when and why the last run of a campaign was stopped; nothing when it was not. That an edition was missed is noted as a run,
    /// and is none.
    pub async fn last_stop(&self, campaign: &CampaignName) -> Result<Option<(Timestamp, String)>> {
        let sql = "SELECT started_at, summary FROM run WHERE campaign = $1 AND summary NOT LIKE $2 ORDER BY id DESC LIMIT 1";
        let row = sqlx::query(sql)
            .bind(campaign.as_str())
            .bind(format!("%{MISSED}%"))
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        let Some(row) = row else { return Ok(None) };
        let read = || -> Result<(i64, String), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
        let (started_at, summary) = read().map_err(|error| self.explain(error))?;
        let summary: Value = serde_json::from_str(&summary).unwrap_or_default();
        Ok(summary.get("stopped").and_then(Value::as_str).map(|why| (Timestamp(started_at), why.to_owned())))
    }

    /// Returns whether an edition has any message, whatever became of it.
    pub async fn has(&self, campaign: &CampaignName, edition: &Edition) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar("SELECT id FROM message WHERE campaign = $1 AND edition = $2 LIMIT 1")
            .bind(campaign.as_str())
            .bind(edition.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(found.is_some())
    }

    /// Returns whether one send key is taken, whatever became of the message.
    pub async fn has_message(&self, campaign: &CampaignName, edition: &Edition, recipient: &ContactId) -> Result<bool> {
        let found: Option<i64> = sqlx::query_scalar("SELECT id FROM message WHERE campaign = $1 AND edition = $2 AND recipient = $3")
            .bind(campaign.as_str())
            .bind(edition.as_str())
            .bind(recipient.as_str())
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        Ok(found.is_some())
    }

    /// Keeps the totals of an edition's first plan: those of a second run, with nothing left to send, are not kept.
    pub async fn save_plan_summary(&self, campaign: &CampaignName, summary: &PlanSummary) -> Result<()> {
        sqlx::query(
            "INSERT INTO plan_summary (campaign, edition, at, totals) VALUES ($1, $2, $3, $4)
             ON CONFLICT (campaign, edition) DO NOTHING",
        )
        .bind(campaign.as_str())
        .bind(summary.edition.as_str())
        .bind(summary.at.0)
        .bind(summary.totals.to_string())
        .execute(&self.pool)
        .await
        .map(|_| ())
        .map_err(|error| self.explain(error))
    }

    /// Returns the totals kept for one edition of the campaign.
    pub async fn plan_summary(&self, campaign: &CampaignName, edition: &Edition) -> Result<Option<PlanSummary>> {
        self.summary_where("edition = $2", campaign, edition).await
    }

    /// Returns the latest totals kept for another edition of the campaign.
    pub async fn previous_plan_summary(&self, campaign: &CampaignName, edition: &Edition) -> Result<Option<PlanSummary>> {
        self.summary_where("edition <> $2", campaign, edition).await
    }

    async fn summary_where(&self, rule: &'static str, campaign: &CampaignName, edition: &Edition) -> Result<Option<PlanSummary>> {
        let sql =
            format!("SELECT edition, at, totals FROM plan_summary WHERE campaign = $1 AND {rule} ORDER BY at DESC, edition DESC LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(campaign.as_str()).bind(edition.as_str()).fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(|error| self.explain(error))? else { return Ok(None) };
        let read = || -> Result<(String, i64, String), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)) };
        let (edition, at, totals) = read().map_err(|error| self.explain(error))?;
        let totals = serde_json::from_str(&totals)
            .map_err(|error| Error::new(Kind::Io, "the totals of the plan before are damaged").caused_by(error))?;
        Ok(Some(PlanSummary { edition: Edition(edition), at: Timestamp(at), totals }))
    }
}
