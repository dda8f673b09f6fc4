//! What the mails of an experiment cost, by arm.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::database::Ledger;
use crate::clock::{Span, Timestamp};
use crate::error::Result;
use crate::id::CampaignName;

/// What the people of an arm were sent within their horizon.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Mails handed over, those that came back later included.
    pub mails: u64,
    /// What their offers cost at most, in minor units of the project's currency.
    pub offers: i64,
    /// Mails with an offer whose cost cannot be counted.
    pub uncounted: u64,
}

/// Whose mails are counted: people assigned within `since..until`, whose horizon is over at `now`.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    /// First instant of an assignment.
    pub since: Timestamp,
    /// End of the assignments, not counted.
    pub until: Timestamp,
    /// How long after the assignment mails count.
    pub horizon: Span,
    /// The instant of the report.
    pub now: Timestamp,
}

impl Ledger {
    /// Counts by the word of the arm what the people of an experiment were sent from their assignment to the end of their horizon.
    pub async fn spent(&self, campaign: &CampaignName, experiment: &str, counted: Counted) -> Result<BTreeMap<String, Spent>> {
        // The edition of the assignment may have been due a moment before it was planned.
        let sql = "SELECT assignment.arm, COUNT(*), CAST(COALESCE(SUM(message.cost), 0) AS BIGINT),
                          CAST(COALESCE(SUM(CASE WHEN message.offer IS NOT NULL AND message.cost IS NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
                   FROM assignment JOIN message ON message.campaign = assignment.campaign AND message.recipient = assignment.recipient
                   WHERE assignment.campaign = $1 AND assignment.experiment = $2 AND assignment.at >= $3 AND assignment.at < $4
                     AND assignment.at + $5 <= $6 AND message.state IN ('sent', 'bounced')
                     AND (message.planned_for >= assignment.at OR message.edition = assignment.edition)
                     AND message.planned_for < assignment.at + $5
                   GROUP BY assignment.arm";
        let rows = sqlx::query(sql)
            .bind(campaign.as_str())
            .bind(experiment)
            .bind(counted.since.0)
            .bind(counted.until.0)
            .bind(counted.horizon.0)
            .bind(counted.now.0)
            .fetch_all(&self.pool)
            .await;
        let read = |row: sqlx::any::AnyRow| -> Result<(String, Spent), sqlx::Error> {
            let number = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs);
            Ok((row.try_get(0)?, Spent { mails: number(1)?, offers: row.try_get(2)?, uncounted: number(3)? }))
        };
        let rows = rows.map_err(|error| self.explain(error))?;
        rows.into_iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }
}
