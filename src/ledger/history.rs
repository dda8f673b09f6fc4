//! What was sent before, as decisions need it.

use sqlx::Row as _;

use super::database::Ledger;
use super::packed::decompress;
use crate::audience::history::{Past, SendHistory};
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::{CampaignName, ContactId, Edition};
use crate::plan::draft::Draft;

impl Ledger {
    /// Returns a mail as it was decided: the first of an edition, or of the latest instant when no edition is named; none when nobody has one.
    ///
    /// # Errors
    /// `Io` when the stored draft cannot be read; those of the database otherwise.
    pub async fn a_draft(&self, campaign: &CampaignName, edition: Option<&Edition>) -> Result<Option<Draft>> {
        let sql = "SELECT bytes FROM message JOIN draft ON draft.message = message.id
                   WHERE campaign = $1 AND edition = COALESCE($2, edition)
                   AND state NOT IN ('failed', 'cancelled', 'expired') ORDER BY planned_for DESC, id LIMIT 1";
        let stored: Option<Vec<u8>> = sqlx::query_scalar(sql)
            .bind(campaign.as_str())
            .bind(edition.map(Edition::as_str))
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        stored.map(|stored| decompress(&stored).map_err(|why| Error::new(Kind::Io, why))).transpose()
    }

    /// Returns the mails planned for `since` or later that reached or may reach a person, oldest first, and apart from them those that
    /// reached nobody: bounced, failed, cancelled, expired.
    ///
    /// A mail counts from when it left. One that waits, for the hours of its recipient, for a server or for a ceiling, may leave at any
    /// instant from `now` on, and counts as leaving at the first.
    pub async fn history(&self, since: Timestamp, now: Timestamp) -> Result<SendHistory> {
        let rows = sqlx::query(
            "SELECT recipient, campaign, edition, compulsory, products, offer, n_personal_blocks,
                    CASE WHEN state IN ('planned', 'claimed', 'deferred') AND not_before < $2 AND planned_for < $2 THEN $2
                         WHEN state NOT IN ('planned', 'claimed', 'deferred') AND sending_at IS NOT NULL THEN sending_at
                         WHEN not_before > planned_for THEN not_before ELSE planned_for END AS leaves_at,
                    CASE WHEN state IN ('bounced', 'failed', 'cancelled', 'expired') THEN 1 ELSE 0 END AS given_up
             FROM message
             WHERE planned_for >= $1
             ORDER BY planned_for, id",
        )
        .bind(since.0)
        .bind(now.0)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        let mut history = SendHistory::default();
        for row in rows {
            let read = || -> Result<(String, Past, bool), sqlx::Error> {
                let products: String = row.try_get("products")?;
                let past = Past {
                    campaign: CampaignName(row.try_get("campaign")?),
                    edition: Edition(row.try_get("edition")?),
                    at: Timestamp(row.try_get("leaves_at")?),
                    compulsory: row.try_get::<i64, _>("compulsory")? != 0,
                    products: serde_json::from_str(&products).map_err(|error| sqlx::Error::Decode(error.into()))?,
                    offer: row.try_get("offer")?,
                    n_personal_blocks: u32::try_from(row.try_get::<i64, _>("n_personal_blocks")?).unwrap_or_default(),
                };
                Ok((row.try_get("recipient")?, past, row.try_get::<i64, _>("given_up")? != 0))
            };
            let (recipient, past, given_up) = read().map_err(|error| self.explain(error))?;
            let recipient = ContactId(recipient);
            if given_up {
                history.given_up.entry(recipient).or_default().push((past.campaign, past.edition));
            } else {
                history.by_recipient.entry(recipient).or_default().push(past);
            }
        }
        Ok(history)
    }
}
