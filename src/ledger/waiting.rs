//! What is planned and not yet claimed: looked at again, and cancelled when it is not wanted any more.

use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

use super::database::Ledger;
use super::lease::Lease;
use super::outcome::{MessageNo, printable};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{CampaignName, ContactId, Edition};

/// Rows cancelled by one statement.
const ROWS_MAX: usize = 500;

/// A message that no sender has claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its row.
    pub no: MessageNo,
    /// Its edition.
    pub edition: Edition,
    /// Its recipient.
    pub recipient: ContactId,
}

impl Ledger {
    /// Lists the messages of a campaign that are planned or deferred, due or not, in the order of their rows.
    pub async fn waiting(&self, campaign: &CampaignName) -> Result<Vec<Waiting>> {
        let rows =
            sqlx::query("SELECT id, edition, recipient FROM message WHERE campaign = $1 AND state IN ('planned', 'deferred') ORDER BY id")
                .bind(campaign.as_str())
                .fetch_all(&self.pool)
                .await
                .map_err(|error| self.explain(error))?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(Waiting { no: MessageNo(row.try_get(0)?), edition: Edition(row.try_get(1)?), recipient: ContactId(row.try_get(2)?) })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Cancels messages that are still waiting, each for its reason and by the holder of a lease; one that was claimed meanwhile is left alone. Returns how many.
    pub async fn cancel_waiting(&self, lease: &Lease, unwanted: &[(MessageNo, String)], at: Timestamp) -> Result<u64> {
        let sql = format!(
            "WITH v AS (SELECT CAST(value->>'id' AS BIGINT) AS id, value->>'why' AS why FROM {})
             UPDATE message SET state = 'cancelled', reply = v.why, ended_at = $2, lease = $3
             FROM v WHERE message.id = v.id AND message.state IN ('planned', 'deferred')",
            self.rows_of_first_parameter()
        );
        let mut n_cancelled = 0;
        for group in unwanted.chunks(ROWS_MAX) {
            let rows: Vec<_> = group.iter().map(|(no, why)| json!({ "id": no.0, "why": printable(why) })).collect();
            let mut transaction = self.begin().await?;
            let done = sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(serde_json::Value::from(rows).to_string())
                .bind(at.0)
                .bind(lease.token())
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.explain(error))?;
            self.commit(transaction).await?;
            n_cancelled += done.rows_affected();
        }
        Ok(n_cancelled)
    }
}
