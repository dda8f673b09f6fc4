//! What became of a campaign's decisions: totals of its plans, states of its mails, mails per person.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::database::Ledger;
use super::run::PlanSummary;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::{CampaignName, Edition};

/// Mails of a campaign, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Became {
    /// Mails per state, those without mails left out.
    pub states: BTreeMap<String, u64>,
    /// People per number of mails handed over to them, bounced ones included; nobody with none is counted.
    pub people_by_mails: BTreeMap<u64, u64>,
}

impl Ledger {
    /// Returns the totals of the campaign's plans made until an instant, oldest first: the first plan of each edition.
    pub async fn plan_summaries(&self, campaign: &CampaignName, until: Timestamp) -> Result<Vec<PlanSummary>> {
        let sql = "SELECT edition, at, totals FROM plan_summary WHERE campaign = $1 AND at <= $2 ORDER BY at, edition";
        let rows = sqlx::query(sql).bind(campaign.as_str()).bind(until.0).fetch_all(&self.pool).await;
        let mut summaries = Vec::new();
        for row in rows.map_err(|error| self.explain(error))? {
            let read = || -> Result<(String, i64, String), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)) };
            let (edition, at, totals) = read().map_err(|error| self.explain(error))?;
            let totals = serde_json::from_str(&totals)
                .map_err(|error| Error::new(Kind::Io, format!("the totals of the plan of `{edition}` are damaged")).caused_by(error))?;
            summaries.push(PlanSummary { edition: Edition(edition), at: Timestamp(at), totals });
        }
        Ok(summaries)
    }

    /// Counts the campaign's mails that were planned until an instant.
    pub async fn became(&self, campaign: &CampaignName, until: Timestamp) -> Result<Became> {
        let mut became = Became::default();
        let sql = "SELECT state, COUNT(*) FROM message WHERE campaign = $1 AND planned_for <= $2 GROUP BY state";
        let rows = sqlx::query(sql).bind(campaign.as_str()).bind(until.0).fetch_all(&self.pool).await;
        for row in rows.map_err(|error| self.explain(error))? {
            let read = || -> Result<(String, i64), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
            let (state, n) = read().map_err(|error| self.explain(error))?;
            became.states.insert(state, n.unsigned_abs());
        }
        let sql = "SELECT mails, COUNT(*) FROM (SELECT COUNT(*) AS mails FROM message
                   WHERE campaign = $1 AND planned_for <= $2 AND state IN ('sent', 'bounced') GROUP BY recipient) AS person GROUP BY mails";
        let rows = sqlx::query(sql).bind(campaign.as_str()).bind(until.0).fetch_all(&self.pool).await;
        for row in rows.map_err(|error| self.explain(error))? {
            let read = || -> Result<(i64, i64), sqlx::Error> { Ok((row.try_get(0)?, row.try_get(1)?)) };
            let (mails, people) = read().map_err(|error| self.explain(error))?;
            became.people_by_mails.insert(mails.unsigned_abs(), people.unsigned_abs());
        }
        Ok(became)
    }
}
