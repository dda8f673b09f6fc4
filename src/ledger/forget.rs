//! Forgetting a person: what is kept of them goes, what reports count stays, and whoever brings them back is told no.
//!
//! A row of a mail stays as a count, with pseudonyms for the person and for what set it off. Nothing in it finds the person again:
//! no address, draft, product, reply or Message-ID. What stays of the address is its keyed hash among the suppressions.

use serde_json::json;
use sqlx::{Any, AssertSqlSafe, Executor as _, Row as _, Transaction};

use super::database::{Dialect, Ledger};
use super::suppression::{SuppressionReason, hash_key};
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::profile::{AddressKey, canonical_address};

/// What stands beside the suppression of a forgotten address.
const SOURCE: &str = "forget";

/// What was purged of one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Addresses that are suppressed by their hash from now on and were not.
    pub addresses: u64,
    /// Mails whose row is now a count.
    pub messages: u64,
    /// Of those, mails that were planned and will not be sent.
    pub cancelled: u64,
    /// Things that had come back.
    pub feedback: u64,
    /// Suppressions that named the address, and are its hash now.
    pub suppressions: u64,
}

impl Purged {
    /// Adds up two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            addresses: self.addresses + other.addresses,
            messages: self.messages + other.messages,
            cancelled: self.cancelled + other.cancelled,
            feedback: self.feedback + other.feedback,
            suppressions: self.suppressions + other.suppressions,
        }
    }
}

/// A mail of the person.
struct Row {
    id: i64,
    recipient: String,
    edition: String,
    state: String,
}

impl Ledger {
    /// Returns the canonical addresses that mails to a recipient went to.
    pub async fn addresses_of(&self, recipient: &str) -> Result<Vec<String>> {
        sqlx::query_scalar("SELECT DISTINCT canonical FROM message WHERE recipient = $1 ORDER BY 1")
            .bind(recipient)
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.explain(error))
    }

    /// Returns the ids of those to whom mails to an address went; rows of the forgotten have none.
    pub async fn recipients_at(&self, canonical: &str) -> Result<Vec<String>> {
        sqlx::query_scalar("SELECT DISTINCT recipient FROM message WHERE canonical = $1 AND canonical <> '' ORDER BY 1")
            .bind(canonical)
            .fetch_all(&self.pool)
            .await
            .map_err(|error| self.explain(error))
    }

    /// Forgets an id: a pseudonym stands for it among those who were assigned to an arm, and whoever brings it back is told no.
    ///
    /// The orders of a person who has a pseudonym are nobody's: a report counts them in their arm, and what they buy no more.
    ///
    /// # Errors
    /// `Usage` when the ledger was given no key; those of the database.
    pub async fn forget_id(&self, id: &str, at: Timestamp) -> Result<()> {
        let Some(key) = self.address_keys.first() else {
            return Err(Error::new(Kind::Usage, "nobody can be forgotten without the project's key"));
        };
        let mut transaction = self.begin().await?;
        let done = sqlx::query("UPDATE assignment SET recipient = $2 WHERE recipient = $1")
            .bind(id)
            .bind(key.pseudonym(id))
            .execute(&mut *transaction)
            .await;
        done.map_err(|error| self.explain(error))?;
        let done = sqlx::query("DELETE FROM preference WHERE recipient = $1").bind(id).execute(&mut *transaction).await;
        done.map_err(|error| self.explain(error))?;
        for key in self.address_keys.iter() {
            self.suppress_in(&mut transaction, &hash_key(key.hash_id(id)), SuppressionReason::Manual, SOURCE, at).await?;
        }
        self.commit(transaction).await
    }

    /// Forgets the person behind an address, in any spelling: purges their mails and what came back of them, and suppresses the keyed hash.
    ///
    /// All of it is one transaction; [`Self::scrub`] then takes what was purged out of the files. Mails in doubt become `failed`.
    ///
    /// # Errors
    /// `Busy` while a sender has a mail to the person in its hands; `Usage` when the ledger was given no key; those of the database.
    pub async fn forget(&self, address: &str, at: Timestamp) -> Result<Purged> {
        let Some(key) = self.address_keys.first() else {
            return Err(Error::new(Kind::Usage, "nobody can be forgotten without the project's key"));
        };
        let canonical = canonical_address(address);
        let mut transaction = self.begin().await?;
        let rows = self.rows_to(&mut transaction, &canonical).await?;
        if let Some(held) = rows.iter().find(|row| matches!(row.state.as_str(), "claimed" | "sending")) {
            return Err(Error::new(Kind::Busy, format!("a mail to `{}` is being sent", held.recipient))
                .help("wait until `relance status` shows no sender, or run the campaign once more, then type the same command again"));
        }
        let mut purged = Purged { messages: rows.len() as u64, ..Purged::default() };
        purged.cancelled = rows.iter().filter(|row| matches!(row.state.as_str(), "planned" | "deferred")).count() as u64;
        self.drop_said(&mut transaction, &rows).await?;
        purged.feedback = self.drop_feedback(&mut transaction, &rows).await?;
        for row in &rows {
            self.reduce(&mut transaction, key, row, at).await?;
        }
        (purged.addresses, purged.suppressions) = self.hash_suppressions(&mut transaction, &canonical, at).await?;
        self.commit(transaction).await?;
        Ok(purged)
    }

    /// Takes what was deleted out of the database's own files, as far as the database does that on demand.
    ///
    /// SQLite writes its file anew and empties the write-ahead log. PostgreSQL gives the space of old rows back to be written over; its own
    /// write-ahead log and backups are its keeper's.
    pub async fn scrub(&self) -> Result<()> {
        let statements: &[&'static str] = match self.dialect {
            Dialect::Sqlite => &["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"],
            Dialect::Postgres => &[
                "VACUUM message",
                "VACUUM feedback",
                "VACUUM suppression",
                "VACUUM assignment",
                "VACUUM preference",
                "VACUUM click",
                "VACUUM draft",
            ],
        };
        let mut connection = self.pool.acquire().await.map_err(|error| self.explain(error))?;
        for statement in statements {
            connection.execute(*statement).await.map_err(|error| self.explain(error))?;
        }
        Ok(())
    }

    async fn rows_to(&self, transaction: &mut Transaction<'static, Any>, canonical: &str) -> Result<Vec<Row>> {
        // A sender that claims now waits until this ends, and finds nothing.
        let lock = if self.dialect == Dialect::Postgres { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT id, recipient, edition, state FROM message WHERE canonical = $1 ORDER BY id{lock}");
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(canonical).fetch_all(&mut **transaction).await.map_err(|error| self.explain(error))?;
        let read = |row: &sqlx::any::AnyRow| -> Result<Row, sqlx::Error> {
            Ok(Row { id: row.try_get(0)?, recipient: row.try_get(1)?, edition: row.try_get(2)?, state: row.try_get(3)? })
        };
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.explain(error))
    }

    /// Drops what the people of some mails said of themselves, the links they followed, and what the mails said.
    async fn drop_said(&self, transaction: &mut Transaction<'static, Any>, rows: &[Row]) -> Result<()> {
        for row in rows {
            let done = sqlx::query("DELETE FROM preference WHERE recipient = $1").bind(&row.recipient).execute(&mut **transaction).await;
            done.map_err(|error| self.explain(error))?;
            for of_mail in ["DELETE FROM click WHERE message = $1", "DELETE FROM draft WHERE message = $1"] {
                let done = sqlx::query(of_mail).bind(row.id).execute(&mut **transaction).await;
                done.map_err(|error| self.explain(error))?;
            }
        }
        Ok(())
    }

    async fn drop_feedback(&self, transaction: &mut Transaction<'static, Any>, rows: &[Row]) -> Result<u64> {
        let sql =
            format!("DELETE FROM feedback WHERE message IN (SELECT {} FROM {})", self.number_of_value(), self.rows_of_first_parameter());
        let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let done = sqlx::query(AssertSqlSafe(sql)).bind(json!(ids).to_string()).execute(&mut **transaction).await;
        Ok(done.map_err(|error| self.explain(error))?.rows_affected())
    }

    /// Leaves of a mail what reports count.
    async fn reduce(&self, transaction: &mut Transaction<'static, Any>, key: &AddressKey, row: &Row, at: Timestamp) -> Result<()> {
        let (state, why) = match row.state.as_str() {
            "planned" | "deferred" => ("cancelled", Some("forgotten")),
            "uncertain" => ("failed", Some("forgotten before it was known whether it arrived")),
            ended => (ended, None),
        };
        let sql =
            "UPDATE message SET recipient = $2, edition = $3, state = $4, reply = $5, address = '', canonical = '', address_hash = NULL,
                          products = '[]', message_id = NULL, lease = NULL, ended_at = COALESCE(ended_at, $6)
                   WHERE id = $1";
        // The code stays taken.
        let code = "UPDATE coupon SET recipient = NULL, edition = NULL WHERE recipient = $1 AND edition = $2";
        let done = sqlx::query(code).bind(&row.recipient).bind(&row.edition).execute(&mut **transaction).await;
        done.map_err(|error| self.explain(error))?;
        sqlx::query(sql)
            .bind(row.id)
            .bind(key.pseudonym(&row.recipient))
            .bind(without_trigger(key, &row.edition))
            .bind(state)
            .bind(why)
            .bind(at.0)
            .execute(&mut **transaction)
            .await
            .map(|_| ())
            .map_err(|error| self.explain(error))
    }

    /// Turns the suppressions of an address into those of its hash, by every key; returns whether it is new, and how many there were.
    async fn hash_suppressions(&self, transaction: &mut Transaction<'static, Any>, canonical: &str, at: Timestamp) -> Result<(u64, u64)> {
        let mut is_new = 0;
        for hash in self.address_keys.iter().map(|key| hash_key(key.hash(canonical))) {
            let same = "INSERT INTO suppression (key, reason, at, source)
                        SELECT CAST($2 AS TEXT), reason, at, source FROM suppression WHERE key = $1 ON CONFLICT DO NOTHING";
            let done = sqlx::query(same).bind(canonical).bind(hash.as_str()).execute(&mut **transaction).await;
            done.map_err(|error| self.explain(error))?;
            is_new = self.suppress_in(transaction, &hash, SuppressionReason::Manual, SOURCE, at).await?.max(is_new);
        }
        let done = sqlx::query("DELETE FROM suppression WHERE key = $1").bind(canonical).execute(&mut **transaction).await;
        Ok((is_new, done.map_err(|error| self.explain(error))?.rows_affected()))
    }
}

/// Returns an edition without what set it off, which may name a contract or the instant of a cart: `last/#...` of `last/K-1`.
fn without_trigger(key: &AddressKey, edition: &str) -> String {
    match edition.split_once('/') {
        Some((step, _)) => format!("{step}/{}", key.pseudonym(edition)),
        None => edition.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edition_keeps_its_step_and_nothing_of_what_set_it_off() {
        let key = AddressKey::new([1; 32]);
        assert_eq!(without_trigger(&key, "2011-W46"), "2011-W46");
        let reduced = without_trigger(&key, "last/K-1");
        assert!(reduced.starts_with("last/#") && !reduced.contains("K-1"), "{reduced}");
        assert_ne!(reduced, without_trigger(&key, "last/K-2"), "two mails stay two");
    }
}
