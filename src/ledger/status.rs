//! What the ledger says of itself: runs, senders at work, counts, doubts.

use serde::Serialize;
use serde_json::Value;
use sqlx::Row as _;

use super::database::Ledger;
use super::outcome::{MessageNo, State};
use super::preference::OpenRequest;
use super::run::RunNo;
use super::trouble::Trouble;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{CampaignName, ContactId, Edition};

/// Runs listed.
const RUNS_MAX: i64 = 20;
/// Uncertain mails listed; the counts tell how many there are.
const UNCERTAIN_MAX: i64 = 1_000;

/// A picture of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// The last runs, newest first.
    pub runs: Vec<RunRow>,
    /// Senders at work, or gone without releasing.
    pub leases: Vec<LeaseRow>,
    /// Messages by campaign, edition and state.
    pub counts: Vec<CountRow>,
    /// Why mails bounced, wait or failed, most frequent first.
    pub troubles: Vec<Trouble>,
    /// Mails whose fate is unknown, oldest first.
    pub uncertain: Vec<UncertainRow>,
    /// People who asked for their data and have no answer yet, oldest first.
    pub requests: Vec<OpenRequest>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunRow {
    /// Its number.
    pub run: RunNo,
    /// Campaign.
    pub campaign: CampaignName,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs, or when it was killed.
    pub ended_at: Option<Timestamp>,
    /// Counts by outcome.
    pub counts: Value,
    /// What the run said at its end.
    pub summary: Value,
}

/// One sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseRow {
    /// Campaign.
    pub campaign: CampaignName,
    /// Machine.
    pub host: String,
    /// Process.
    pub pid: i64,
    /// Since when.
    pub since: Timestamp,
    /// Without a heartbeat until then, it counts as gone.
    pub expires_at: Timestamp,
}

/// How many messages of an edition are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountRow {
    /// Campaign.
    pub campaign: CampaignName,
    /// Edition.
    pub edition: Edition,
    /// State.
    pub state: State,
    /// How many.
    pub n: u64,
}

/// A mail whose fate is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UncertainRow {
    /// Its row.
    pub no: MessageNo,
    /// Campaign.
    pub campaign: CampaignName,
    /// Edition.
    pub edition: Edition,
    /// Recipient's CRM id.
    pub recipient: ContactId,
    /// Message-ID, to look for in the relay's log.
    pub message_id: Option<String>,
    /// When the sending began.
    pub sending_at: Option<Timestamp>,
    /// What happened instead of an answer.
    pub why: Option<String>,
}

impl Ledger {
    /// Returns a picture of the ledger.
    pub async fn status(&self) -> Result<Status> {
        let requests = self.open_requests().await?;
        let status = self.read_status().await.map_err(|error| self.explain(error))?;
        Ok(Status { requests, ..status })
    }

    async fn read_status(&self) -> Result<Status, sqlx::Error> {
        let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::Null);
        let runs = sqlx::query("SELECT id, campaign, started_at, ended_at, counts, summary FROM run ORDER BY id DESC LIMIT $1")
            .bind(RUNS_MAX)
            .fetch_all(&self.pool)
            .await?;
        let leases =
            sqlx::query("SELECT campaign, host, pid, since, expires_at FROM lease ORDER BY campaign, id").fetch_all(&self.pool).await?;
        let counts = sqlx::query(
            "SELECT campaign, edition, state, COUNT(*) AS n FROM message GROUP BY campaign, edition, state ORDER BY campaign, edition, state",
        )
        .fetch_all(&self.pool)
        .await?;
        let uncertain = sqlx::query(
            "SELECT id, campaign, edition, recipient, message_id, sending_at, reply FROM message WHERE state = 'uncertain' ORDER BY id LIMIT $1",
        )
        .bind(UNCERTAIN_MAX)
        .fetch_all(&self.pool)
        .await?;
        Ok(Status {
            runs: runs
                .iter()
                .map(|row| {
                    Ok(RunRow {
                        run: RunNo(row.try_get(0)?),
                        campaign: CampaignName(row.try_get(1)?),
                        started_at: Timestamp(row.try_get(2)?),
                        ended_at: row.try_get::<Option<i64>, _>(3)?.map(Timestamp),
                        counts: json(row.try_get(4)?),
                        summary: json(row.try_get(5)?),
                    })
                })
                .collect::<Result<_, sqlx::Error>>()?,
            leases: leases
                .iter()
                .map(|row| {
                    Ok(LeaseRow {
                        campaign: CampaignName(row.try_get(0)?),
                        host: row.try_get(1)?,
                        pid: row.try_get(2)?,
                        since: Timestamp(row.try_get(3)?),
                        expires_at: Timestamp(row.try_get(4)?),
                    })
                })
                .collect::<Result<_, sqlx::Error>>()?,
            counts: counts
                .iter()
                .map(|row| {
                    let word: String = row.try_get(2)?;
                    let state = State::parse(&word).ok_or_else(|| sqlx::Error::Decode(format!("unknown state `{word}`").into()))?;
                    let n: i64 = row.try_get(3)?;
                    Ok(CountRow { campaign: CampaignName(row.try_get(0)?), edition: Edition(row.try_get(1)?), state, n: n.unsigned_abs() })
                })
                .collect::<Result<_, sqlx::Error>>()?,
            troubles: self.read_troubles().await?,
            uncertain: uncertain
                .iter()
                .map(|row| {
                    Ok(UncertainRow {
                        no: MessageNo(row.try_get(0)?),
                        campaign: CampaignName(row.try_get(1)?),
                        edition: Edition(row.try_get(2)?),
                        recipient: ContactId(row.try_get(3)?),
                        message_id: row.try_get(4)?,
                        sending_at: row.try_get::<Option<i64>, _>(5)?.map(Timestamp),
                        why: row.try_get(6)?,
                    })
                })
                .collect::<Result<_, sqlx::Error>>()?,
            requests: Vec::new(),
        })
    }
}
