//! Links that were followed: counted by campaign, listed for the person who asks.

use serde::Serialize;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::database::Ledger;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::CampaignName;

/// Mails of a campaign whose links were followed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Clicks {
    /// By a person, as far as can be told.
    pub people: u64,
    /// By programs only: scanners of links, browsers that look ahead.
    pub programs: u64,
}

/// A link that a person followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followed {
    /// Campaign of the mail.
    pub campaign: String,
    /// Its edition.
    pub edition: String,
    /// Where to.
    pub url: String,
    /// When.
    pub at: Timestamp,
    /// Whether it rather was a program.
    pub automatic: bool,
}

impl Ledger {
    /// Counts the mails of a campaign, planned until an instant, of which a link was followed until then.
    pub async fn clicks(&self, campaign: &CampaignName, until: Timestamp) -> Result<Clicks> {
        // A sum is of another type in one database than in the other.
        let sql = "SELECT CAST(COALESCE(SUM(1 - is_automatic), 0) AS BIGINT), CAST(COALESCE(SUM(is_automatic), 0) AS BIGINT) FROM
                   (SELECT MIN(click.automatic) AS is_automatic FROM message JOIN click ON click.message = message.id
                    WHERE message.campaign = $1 AND message.planned_for <= $2 AND click.at <= $2 GROUP BY message.id) AS followed";
        let row = sqlx::query(sql).bind(campaign.as_str()).bind(until.0).fetch_one(&self.pool).await;
        let row = row.map_err(|error| self.explain(error))?;
        let number = |at: usize| row.try_get::<i64, _>(at).map(i64::unsigned_abs).map_err(|error| self.explain(error));
        Ok(Clicks { people: number(0)?, programs: number(1)? })
    }

    /// Returns the links of their mails that a person followed, oldest first.
    pub async fn followed_by(&self, recipient: &str) -> Result<Vec<Followed>> {
        let sql = "SELECT message.campaign, message.edition, click.url, click.at, click.automatic FROM message
                   JOIN click ON click.message = message.id WHERE message.recipient = $1 ORDER BY click.at, click.id";
        let rows = sqlx::query(sql).bind(recipient).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }
}

fn read(row: &AnyRow) -> Result<Followed, sqlx::Error> {
    Ok(Followed {
        campaign: row.try_get(0)?,
        edition: row.try_get(1)?,
        url: row.try_get(2)?,
        at: Timestamp(row.try_get(3)?),
        automatic: row.try_get::<i64, _>(4)? != 0,
    })
}
