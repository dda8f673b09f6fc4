//! Settling mails whose fate is unknown, by a person or by a list of what arrived.

use sqlx::{AssertSqlSafe, Row as _};

use super::database::Ledger;
use super::outcome::MessageNo;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{CampaignName, ContactId, Edition};

/// Rows settled by one statement.
const ROWS_MAX: usize = 500;

/// How a person settles a mail whose fate is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It arrived.
    Sent,
    /// It did not, and is not to be sent any more.
    NotSent,
    /// Send it again, with the same Message-ID; what is too late by then expires.
    Resend,
}

/// Which mails in doubt are meant; an absent part means all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Doubts {
    /// Of this campaign.
    pub campaign: Option<CampaignName>,
    /// Of this edition.
    pub edition: Option<Edition>,
    /// To this person.
    pub recipient: Option<ContactId>,
}

/// A mail in doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its row.
    pub no: MessageNo,
    /// Its Message-ID, without angle brackets.
    pub message_id: Option<String>,
}

impl Ledger {
    /// Lists the mails in doubt that are meant, oldest first.
    pub async fn doubts(&self, which: &Doubts) -> Result<Vec<Doubt>> {
        let rows = sqlx::query(
            "SELECT id, message_id FROM message WHERE state = 'uncertain' AND campaign = COALESCE($1, campaign)
             AND edition = COALESCE($2, edition) AND recipient = COALESCE($3, recipient) ORDER BY id",
        )
        .bind(which.campaign.as_ref().map(CampaignName::as_str))
        .bind(which.edition.as_ref().map(Edition::as_str))
        .bind(which.recipient.as_ref().map(ContactId::as_str))
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        let read = |row: &sqlx::any::AnyRow| Ok(Doubt { no: MessageNo(row.try_get(0)?), message_id: row.try_get(1)? });
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Settles mails in doubt; one that was settled meanwhile is left as it is. Returns how many.
    pub async fn resolve(&self, these: &[MessageNo], how: Resolution, at: Timestamp) -> Result<u64> {
        let (state, words) = match how {
            Resolution::Sent => ("sent", "settled by a person: it arrived"),
            Resolution::NotSent => ("failed", "settled by a person: it did not arrive"),
            Resolution::Resend => ("planned", "settled by a person: send again"),
        };
        let number = self.number_of_value();
        let sql = format!(
            "UPDATE message SET state = $2, reply = $3, ended_at = $4, lease = NULL
             WHERE state = 'uncertain' AND id IN (SELECT {number} FROM {})",
            self.rows_of_first_parameter()
        );
        let mut n_settled = 0;
        for group in these.chunks(ROWS_MAX) {
            let ids: Vec<i64> = group.iter().map(|no| no.0).collect();
            let mut transaction = self.begin().await?;
            let done = sqlx::query(AssertSqlSafe(sql.clone()))
                .bind(serde_json::json!(ids).to_string())
                .bind(state)
                .bind(words)
                .bind((how != Resolution::Resend).then_some(at.0))
                .execute(&mut *transaction)
                .await
                .map_err(|error| self.explain(error))?;
            self.commit(transaction).await?;
            n_settled += done.rows_affected();
        }
        Ok(n_settled)
    }
}
