//! What people said of themselves, and the mails that their tokens name.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::database::Ledger;
use super::door::{EXPORT, PUBLIC};
use super::packed::decompress;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::ContactId;
use crate::plan::draft::Draft;
use crate::profile::Fact;

/// A mail that a token names.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Its row.
    pub no: i64,
    /// Its state: a word of [`State`](super::State).
    pub state: String,
    /// Instant it was planned for.
    pub planned_for: Timestamp,
    /// When its sending began.
    pub sending_at: Option<Timestamp>,
    /// The frozen decision; none once it is kept no longer.
    pub draft: Option<Draft>,
}

/// Somebody who asked for their data and has no answer yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenRequest {
    /// CRM id.
    pub recipient: ContactId,
    /// Since when.
    pub asked_at: Timestamp,
}

const FACTS: &str = "SELECT key, value, at, source, recipient FROM preference";
const MAIL: &str = "SELECT id, state, planned_for, sending_at, bytes FROM message LEFT JOIN draft ON draft.message = message.id";

impl Ledger {
    /// Returns the names of all campaigns that were ever run.
    pub async fn campaigns(&self) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT campaign FROM run ORDER BY campaign";
        sqlx::query_scalar(sql).fetch_all(&self.pool).await.map_err(|error| self.explain(error))
    }

    /// Returns all that a person ever said, oldest first.
    pub async fn said_by(&self, recipient: &str) -> Result<Vec<Fact>> {
        let sql = both(FACTS, "WHERE recipient = $1 ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(recipient).fetch_all(&self.pool).await;
        let rows = rows.map_err(|error| self.explain(error))?;
        rows.iter().map(fact).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Returns what people said, the last of each key, by person: like a suppression it counts whatever instant a command works at.
    pub async fn said(&self) -> Result<BTreeMap<ContactId, Vec<Fact>>> {
        let sql = both(FACTS, "ORDER BY id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let mut all: BTreeMap<ContactId, Vec<Fact>> = BTreeMap::new();
        for row in &rows {
            let read = || -> Result<_, sqlx::Error> { Ok((ContactId(row.try_get(4)?), fact(row)?)) };
            let (recipient, fact) = read().map_err(|error| self.explain(error))?;
            let theirs = all.entry(recipient).or_default();
            theirs.retain(|known| known.key != fact.key);
            theirs.push(fact);
        }
        Ok(all)
    }

    /// Returns who asked for their data and has no answer yet, oldest first.
    pub async fn open_requests(&self) -> Result<Vec<OpenRequest>> {
        let sql = "SELECT recipient, at FROM preference WHERE key = $1 AND value = 'asked'
                   AND id IN (SELECT MAX(id) FROM preference WHERE key = $1 GROUP BY recipient) ORDER BY at, recipient";
        let rows = sqlx::query(sql).bind(EXPORT).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
        let read = |row: &AnyRow| Ok(OpenRequest { recipient: ContactId(row.try_get(0)?), asked_at: Timestamp(row.try_get(1)?) });
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Writes down that a person who asked for their data has it; nothing when nobody asked.
    pub async fn answer_request(&self, recipient: &str, at: Timestamp) -> Result<()> {
        if self.open_requests().await?.iter().any(|open| open.recipient.as_str() == recipient) {
            let mut transaction = self.begin().await?;
            self.note(&mut transaction, &[(recipient, EXPORT, "answered")], "cli", at).await?;
            self.commit(transaction).await?;
        }
        Ok(())
    }

    /// Returns the last mail of a campaign that went to a person.
    pub async fn last_mail(&self, campaign: &str, recipient: &str) -> Result<Option<Named>> {
        let sql = both(MAIL, "WHERE recipient = $1 AND campaign = $2 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(recipient).bind(campaign).fetch_optional(&self.pool).await;
        self.named(row)
    }

    /// Returns the mail whose Message-ID begins with twenty letters.
    pub async fn mail_of(&self, id_start: &str) -> Result<Option<Named>> {
        // The condition is that of the index.
        let sql = both(MAIL, "WHERE substr(message_id, 1, 20) = $1 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id_start).fetch_optional(&self.pool).await;
        self.named(row)
    }

    fn named(&self, row: Result<Option<AnyRow>, sqlx::Error>) -> Result<Option<Named>> {
        let Some(row) = row.map_err(|error| self.explain(error))? else { return Ok(None) };
        let read = || -> Result<_, sqlx::Error> {
            let sending_at: Option<i64> = row.try_get(3)?;
            Ok((
                row.try_get(0)?,
                row.try_get(1)?,
                Timestamp(row.try_get(2)?),
                sending_at.map(Timestamp),
                row.try_get::<Option<Vec<u8>>, _>(4)?,
            ))
        };
        let (no, state, planned_for, sending_at, draft) = read().map_err(|error| self.explain(error))?;
        let draft = draft.map(|draft| decompress(&draft)).transpose().map_err(|why| Error::new(Kind::Io, why))?;
        Ok(Some(Named { no, state, planned_for, sending_at, draft }))
    }

    /// Returns whether somebody unsubscribed on the public pages, and did not take it back.
    pub async fn is_unsubscribed(&self, recipient: &str) -> Result<bool> {
        let sql = "SELECT value FROM preference WHERE recipient = $1 AND key = 'unsubscribed' AND source = $2 ORDER BY id DESC LIMIT 1";
        let last: Option<String> =
            sqlx::query_scalar(sql).bind(recipient).bind(PUBLIC).fetch_optional(&self.pool).await.map_err(|error| self.explain(error))?;
        Ok(last.as_deref() == Some("yes"))
    }
}

fn both(select: &str, rest: &str) -> String {
    format!("{select} {rest}")
}

fn fact(row: &AnyRow) -> Result<Fact, sqlx::Error> {
    Ok(Fact { key: row.try_get(0)?, value: row.try_get(1)?, at: Timestamp(row.try_get(2)?), source: row.try_get(3)? })
}
