//! What people do on the public pages: written down together, in one durable transaction for all who wait.

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::database::Ledger;
use super::suppression::hash_key;
use crate::clock::Timestamp;
use crate::error::Result;

/// What stands beside what comes from the public pages.
pub const PUBLIC: &str = "public";
/// The fact that is written beside a suppression: it holds for addresses that no mail went to yet.
pub const UNSUBSCRIBED: &str = "unsubscribed";
/// The fact that somebody asked for their data: `asked`, then `answered`.
pub const EXPORT: &str = "export";

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// They want no marketing any more.
    Unsubscribe {
        /// Campaign of the mail that they hold.
        campaign: String,
        /// CRM id.
        recipient: String,
    },
    /// They take that back.
    Resubscribe {
        /// CRM id.
        recipient: String,
    },
    /// They say something of themselves.
    Declare {
        /// CRM id.
        recipient: String,
        /// Keys and values.
        facts: Vec<(String, String)>,
        /// Campaigns whose waiting mails they do not want any more.
        cancels: Vec<String>,
    },
    /// They followed a link.
    Click {
        /// Row of the mail.
        message: i64,
        /// Where to.
        url: String,
        /// Whether it rather was a program.
        automatic: bool,
    },
}

impl Act {
    fn recipient(&self) -> Option<&str> {
        match self {
            Self::Unsubscribe { recipient, .. } | Self::Resubscribe { recipient } | Self::Declare { recipient, .. } => Some(recipient),
            Self::Click { .. } => None,
        }
    }
}

impl Ledger {
    /// Writes down what people did, in their order; all of it is durable when this returns, or nothing is.
    ///
    /// Doing a thing twice changes nothing. Of a person who was forgotten nothing is written.
    pub async fn admit(&self, acts: &[Act], at: Timestamp) -> Result<()> {
        let mut transaction = self.begin().await?;
        let forgotten = self.forgotten_of(&mut transaction, acts).await?;
        let wanted: Vec<&Act> = acts.iter().filter(|act| act.recipient().is_none_or(|who| !forgotten.contains(who))).collect();
        for run in wanted.chunk_by(|a, b| matches!((a, b), (Act::Unsubscribe { .. }, Act::Unsubscribe { .. }))) {
            match run[0] {
                Act::Unsubscribe { .. } => self.unsubscribe(&mut transaction, run, at).await?,
                Act::Resubscribe { recipient } => self.resubscribe(&mut transaction, recipient, at).await?,
                Act::Declare { recipient, facts, cancels } => {
                    let facts: Vec<_> = facts.iter().map(|(key, value)| (recipient.as_str(), key.as_str(), value.as_str())).collect();
                    self.note(&mut transaction, &facts, PUBLIC, at).await?;
                    self.cancel_of(&mut transaction, recipient, cancels, at).await?;
                }
                Act::Click { message, url, automatic } => self.click(&mut transaction, *message, url, *automatic, at).await?,
            }
        }
        self.commit(transaction).await
    }

    /// Returns whose ids are among those of the forgotten.
    async fn forgotten_of(&self, transaction: &mut Transaction<'static, Any>, acts: &[Act]) -> Result<HashSet<String>> {
        let ids: HashSet<&str> = acts.iter().filter_map(Act::recipient).collect();
        let of = |id: &str| self.address_keys.iter().map(|key| hash_key(key.hash_id(id))).collect::<Vec<_>>();
        let keys: Vec<String> = ids.iter().flat_map(|id| of(id)).collect();
        let known = self.known_keys(transaction, &keys).await?;
        Ok(ids.into_iter().filter(|id| of(id).iter().any(|key| known.contains(key))).map(str::to_owned).collect())
    }

    async fn unsubscribe(&self, transaction: &mut Transaction<'static, Any>, acts: &[&Act], at: Timestamp) -> Result<()> {
        let pairs = acts.iter().filter_map(|act| match act {
            Act::Unsubscribe { campaign, recipient } => Some((campaign.as_str(), recipient.as_str())),
            _ => None,
        });
        let rows: Vec<_> = pairs.clone().map(|(campaign, recipient)| json!({ "campaign": campaign, "recipient": recipient })).collect();
        let rows = serde_json::Value::from(rows).to_string();
        let from = self.rows_of_first_parameter();
        // CROSS makes SQLite go from the few to their mails, by the index.
        let suppress = format!(
            "INSERT INTO suppression (key, reason, at, source)
             SELECT DISTINCT canonical, 'unsubscribed', CAST($2 AS BIGINT), $3
             FROM {from} CROSS JOIN message WHERE message.recipient = value->>'recipient' AND canonical <> '' ON CONFLICT DO NOTHING"
        );
        let feedback = format!(
            "INSERT INTO feedback (fingerprint, kind, message, at)
             SELECT 'public/' || MAX(message.id), 'unsubscribe', MAX(message.id), CAST($2 AS BIGINT)
             FROM {from} CROSS JOIN message
             WHERE message.recipient = value->>'recipient' AND message.campaign = value->>'campaign' AND message_id IS NOT NULL
             GROUP BY message.recipient, message.campaign ON CONFLICT DO NOTHING"
        );
        let done = sqlx::query(AssertSqlSafe(suppress)).bind(rows.as_str()).bind(at.0).bind(PUBLIC).execute(&mut **transaction).await;
        done.map_err(|error| self.explain(error))?;
        let done = sqlx::query(AssertSqlSafe(feedback)).bind(rows.as_str()).bind(at.0).execute(&mut **transaction).await;
        done.map_err(|error| self.explain(error))?;
        let facts: Vec<_> = pairs.map(|(_, recipient)| (recipient, UNSUBSCRIBED, "yes")).collect();
        self.note(transaction, &facts, PUBLIC, at).await
    }

    /// Lifts what unsubscribing wrote; complaints, bounces and what people at the company wrote down stay.
    async fn resubscribe(&self, transaction: &mut Transaction<'static, Any>, recipient: &str, at: Timestamp) -> Result<()> {
        let done = sqlx::query(
            "DELETE FROM suppression WHERE reason = 'unsubscribed' AND source = $2
             AND key IN (SELECT canonical FROM message WHERE recipient = $1)",
        )
        .bind(recipient)
        .bind(PUBLIC)
        .execute(&mut **transaction)
        .await;
        done.map_err(|error| self.explain(error))?;
        self.note(transaction, &[(recipient, UNSUBSCRIBED, "no")], PUBLIC, at).await
    }

    /// Adds facts, without those that say what the last one of their key said.
    pub(super) async fn note(
        &self,
        transaction: &mut Transaction<'static, Any>,
        facts: &[(&str, &str, &str)],
        source: &str,
        at: Timestamp,
    ) -> Result<()> {
        let from = self.rows_of_first_parameter();
        let pairs: Vec<_> = facts.iter().map(|(recipient, key, _)| json!({ "recipient": recipient, "key": key })).collect();
        let known = format!(
            "SELECT preference.recipient, preference.key, preference.value FROM {from} AS asked CROSS JOIN preference
             WHERE preference.recipient = asked.value->>'recipient' AND preference.key = asked.value->>'key' ORDER BY preference.id"
        );
        let known = sqlx::query(AssertSqlSafe(known)).bind(json!(pairs).to_string()).fetch_all(&mut **transaction).await;
        let mut last: BTreeMap<(String, String), String> = BTreeMap::new();
        for row in known.map_err(|error| self.explain(error))? {
            let read = || -> Result<_, sqlx::Error> { Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?)) };
            let (key, value) = read().map_err(|error| self.explain(error))?;
            last.insert(key, value);
        }
        let mut rows = Vec::new();
        for (recipient, key, value) in facts {
            let place = last.entry(((*recipient).to_owned(), (*key).to_owned())).or_default();
            if place != value {
                (*value).clone_into(place);
                rows.push(json!({ "recipient": recipient, "key": key, "value": value }));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "INSERT INTO preference (recipient, key, value, at, source)
             SELECT value->>'recipient', value->>'key', value->>'value', CAST($2 AS BIGINT), $3 FROM {from}"
        );
        let done = sqlx::query(AssertSqlSafe(sql)).bind(json!(rows).to_string()).bind(at.0).bind(source).execute(&mut **transaction).await;
        done.map(|_| ()).map_err(|error| self.explain(error))
    }

    /// Cancels mails that no sender has in its hands; what must be told is told all the same.
    async fn cancel_of(
        &self,
        transaction: &mut Transaction<'static, Any>,
        recipient: &str,
        campaigns: &[String],
        at: Timestamp,
    ) -> Result<()> {
        for campaign in campaigns {
            let done = sqlx::query(
                "UPDATE message SET state = 'cancelled', reply = 'no consent: said on the public pages', ended_at = $3
                 WHERE recipient = $1 AND campaign = $2 AND compulsory = 0 AND state IN ('planned', 'deferred')",
            )
            .bind(recipient)
            .bind(campaign.as_str())
            .bind(at.0)
            .execute(&mut **transaction)
            .await;
            done.map_err(|error| self.explain(error))?;
        }
        Ok(())
    }

    async fn click(
        &self,
        transaction: &mut Transaction<'static, Any>,
        message: i64,
        url: &str,
        automatic: bool,
        at: Timestamp,
    ) -> Result<()> {
        let done = sqlx::query("INSERT INTO click (message, url, at, automatic) VALUES ($1, $2, $3, $4)")
            .bind(message)
            .bind(url)
            .bind(at.0)
            .bind(i64::from(automatic))
            .execute(&mut **transaction)
            .await;
        done.map(|_| ()).map_err(|error| self.explain(error))
    }

    /// Says whether the database answers.
    pub async fn is_reachable(&self) -> bool {
        sqlx::query("SELECT 1").fetch_one(&self.pool).await.is_ok()
    }
}
