//! Who was assigned to which arm of an experiment, and when: held-out people too.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use sqlx::{AssertSqlSafe, Row as _};

use super::database::Ledger;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{CampaignName, ContactId, Edition};

/// Rows written by one statement.
pub const ASSIGN_ROWS_MAX: usize = 5_000;

/// One person's first assignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The person.
    pub recipient: ContactId,
    /// Their arm: the word of [`Place::word`](crate::holdout::Place::word), or the name of an arm that is declared no more.
    pub arm: String,
    /// When they were assigned.
    pub at: Timestamp,
    /// The shares of all arms at that instant, as [`Draw::shares`](crate::holdout::Draw::shares) writes them; absent when they are not
    /// known, or not those by which the person was drawn.
    pub shares: Option<Arc<str>>,
}

/// The draw that people are assigned by.
#[derive(Debug, Clone, Copy)]
pub struct Drawing<'a> {
    /// Campaign.
    pub campaign: &'a CampaignName,
    /// Its experiment.
    pub experiment: &'a str,
    /// The edition of their first assignment.
    pub edition: &'a Edition,
    /// The shares of all arms.
    pub shares: &'a str,
    /// People who had a place before: it is not these shares that they were drawn by.
    pub before: Option<&'a HashMap<ContactId, String>>,
    /// The instant.
    pub at: Timestamp,
}

/// What came back of the mails of a campaign, each mail once per kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Returns {
    /// Mails handed over, whatever came back.
    pub sent: u64,
    /// Refused for good, at once or later.
    pub bounced: u64,
    /// Complained of.
    pub complaints: u64,
    /// Answered by an unsubscription.
    pub unsubscribed: u64,
}

impl Ledger {
    /// Keeps assignments; a person who has one in this experiment keeps it. Returns how many were new.
    pub async fn assign(&self, drawing: &Drawing<'_>, people: &[(ContactId, impl AsRef<str> + Sync)]) -> Result<u64> {
        let mut n_new = 0;
        let sql = format!(
            "INSERT INTO assignment (campaign, experiment, recipient, edition, arm, at, shares)
             SELECT CAST($2 AS TEXT), CAST($3 AS TEXT), value->>'recipient', CAST($4 AS TEXT), value->>'arm', CAST($5 AS BIGINT),
                    value->>'shares'
             FROM {} WHERE TRUE ON CONFLICT (campaign, experiment, recipient) DO NOTHING",
            self.rows_of_first_parameter()
        );
        for group in people.chunks(ASSIGN_ROWS_MAX) {
            let row = |(recipient, arm): &(ContactId, _)| {
                let shares = drawing.before.is_none_or(|before| !before.contains_key(recipient)).then_some(drawing.shares);
                json!({ "recipient": recipient, "arm": AsRef::<str>::as_ref(arm), "shares": shares })
            };
            let rows: Vec<_> = group.iter().map(row).collect();
            let mut transaction = self.begin().await?;
            let done = sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(serde_json::Value::from(rows).to_string())
                .bind(drawing.campaign.as_str())
                .bind(drawing.experiment)
                .bind(drawing.edition.as_str())
                .bind(drawing.at.0)
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.explain(error))?;
            self.commit(transaction).await?;
            n_new += done.rows_affected();
        }
        Ok(n_new)
    }

    /// Returns the arm that each person of an experiment was assigned to, whenever that was.
    ///
    /// A holdout without a name is another experiment when its share changes: who was drawn for an earlier one after `running_since`
    /// is still being measured, and keeps that place.
    pub async fn assigned(
        &self,
        campaign: &CampaignName,
        experiment: &str,
        running_since: Timestamp,
    ) -> Result<HashMap<ContactId, String>> {
        // The first place of a person is read last, and stays.
        let sql = "SELECT recipient, arm FROM assignment WHERE campaign = $1 AND (experiment = $2
                   OR ($2 LIKE 'holdout-%' AND experiment LIKE 'holdout-%' AND at > $3)) ORDER BY at DESC";
        let rows = sqlx::query(sql).bind(campaign.as_str()).bind(experiment).bind(running_since.0).fetch_all(&self.pool).await;
        let rows = rows.map_err(|error| self.explain(error))?;
        let read = |row: sqlx::any::AnyRow| Ok((ContactId(row.try_get(0)?), row.try_get(1)?));
        rows.into_iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Returns the assignments of an experiment made until an instant, in the order in which they were made, then of the ids.
    pub async fn assignments(&self, campaign: &CampaignName, experiment: &str, until: Timestamp) -> Result<Vec<Assignment>> {
        let sql = "SELECT recipient, arm, at, shares FROM assignment
                   WHERE campaign = $1 AND experiment = $2 AND at <= $3 ORDER BY at, recipient";
        let rows = sqlx::query(sql).bind(campaign.as_str()).bind(experiment).bind(until.0).fetch_all(&self.pool).await;
        // The same few words for everybody.
        let mut known: HashSet<Arc<str>> = HashSet::new();
        let mut read = |row: sqlx::any::AnyRow| -> Result<Assignment, sqlx::Error> {
            let shares = row.try_get::<Option<String>, _>(3)?.map(|shares| {
                if let Some(known) = known.get(shares.as_str()) {
                    return Arc::clone(known);
                }
                let shares: Arc<str> = shares.into();
                known.insert(Arc::clone(&shares));
                shares
            });
            Ok(Assignment { recipient: ContactId(row.try_get(0)?), arm: row.try_get(1)?, at: Timestamp(row.try_get(2)?), shares })
        };
        let rows = rows.map_err(|error| self.explain(error))?;
        rows.into_iter().map(&mut read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Counts what came back of a campaign's mails that were planned until an instant.
    pub async fn returns(&self, campaign: &CampaignName, until: Timestamp) -> Result<Returns> {
        let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN state = 'bounced' THEN 1 ELSE 0 END), 0)
                   FROM message WHERE campaign = $1 AND planned_for <= $2 AND state IN ('sent', 'bounced')";
        let row = sqlx::query(sql).bind(campaign.as_str()).bind(until.0).fetch_one(&self.pool).await;
        let row = row.map_err(|error| self.explain(error))?;
        let number = |row: &sqlx::any::AnyRow, at: usize| -> Result<u64> {
            row.try_get::<i64, _>(at).map(i64::unsigned_abs).map_err(|error| self.explain(error))
        };
        let mut returns = Returns { sent: number(&row, 0)?, bounced: number(&row, 1)?, ..Returns::default() };
        let sql = "SELECT feedback.kind, COUNT(DISTINCT feedback.message) FROM feedback JOIN message ON message.id = feedback.message
                   WHERE message.campaign = $1 AND message.planned_for <= $2 AND feedback.at <= $2 GROUP BY feedback.kind";
        let rows = sqlx::query(sql).bind(campaign.as_str()).bind(until.0).fetch_all(&self.pool).await;
        for row in rows.map_err(|error| self.explain(error))? {
            let kind: String = row.try_get(0).map_err(|error| self.explain(error))?;
            match kind.as_str() {
                "complaint" => returns.complaints = number(&row, 1)?,
                "unsubscribe" => returns.unsubscribed = number(&row, 1)?,
                _ => {}
            }
        }
        Ok(returns)
    }
}
