//! Writing planned messages, once each.

use std::fmt::Write as _;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::{Any, AssertSqlSafe, Row as _, Transaction};

use super::database::Ledger;
use super::packed::{Packed, pack};
use super::run::RunNo;
use super::suppression::hash_key;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::ProductId;
use crate::plan::draft::Draft;
use crate::profile::canonical_address;

/// Rows written by one transaction.
pub const ENQUEUE_ROWS_MAX: usize = 500;

/// Rows written by one statement: SQLite looks each parameter up among all of its statement, so that few rows are cheaper than many.
const ROWS_OF_STATEMENT: usize = 20;

/// A decided mail, ready to be kept.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlannedMessage {
    /// The frozen decision; its campaign, edition and recipient are the send key.
    pub draft: Draft,
    /// Service mail, which counts against no cap.
    pub compulsory: bool,
    /// Not before this instant.
    pub not_before: Timestamp,
    /// Of no use after this instant.
    pub expires_at: Option<Timestamp>,
    /// Products shown, for the memory of what a person has seen.
    pub products: Vec<ProductId>,
    /// Offer carried.
    pub offer: Option<String>,
    /// What the offer costs at most, in minor units of the project's currency.
    pub cost: Option<i64>,
    /// Blocks shown that are above the general level.
    #[serde(default)]
    pub n_personal_blocks: u32,
    /// The pool to take a code of the person's own from; it stands in the stored draft.
    pub pool: Option<String>,
}

const COLUMNS: &[&str] = &[
    "run",
    "campaign",
    "edition",
    "recipient",
    "address",
    "canonical",
    "address_hash",
    "locale",
    "compulsory",
    "planned_for",
    "not_before",
    "expires_at",
    "products",
    "offer",
    "cost",
    "n_personal_blocks",
];

impl Ledger {
    /// Keeps planned messages; one whose key is already there is left as it is. Returns how many were new.
    ///
    /// Each [`ENQUEUE_ROWS_MAX`] rows are one durable transaction, so an interrupted call can simply be repeated.
    ///
    /// A code of a pool is given in the same transaction: whoever has a code has the mail with it.
    ///
    /// # Errors
    /// `Usage` when a pool has no code left, and nothing of the transaction is kept; those of the database.
    pub async fn enqueue(&self, run: RunNo, messages: &[PlannedMessage]) -> Result<u64> {
        let mut n_new = 0;
        for group in messages.chunks(ENQUEUE_ROWS_MAX) {
            n_new += self.enqueue_packed(run, &pack(group)?).await?;
        }
        Ok(n_new)
    }

    /// Keeps planned messages as [`Self::enqueue`] does, of which the drafts are compressed already.
    ///
    /// # Errors
    /// As [`Self::enqueue`]; `Io` when a draft that is to hold a code cannot be read back.
    pub async fn enqueue_packed(&self, run: RunNo, messages: &[Packed]) -> Result<u64> {
        let mut n_new = 0;
        for group in messages.chunks(ENQUEUE_ROWS_MAX) {
            let mut transaction = self.begin().await?;
            let coded = if group.iter().any(|packed| packed.pool.is_some()) {
                let planned = group.iter().map(Packed::unpack).collect::<Result<Vec<_>>>()?;
                pack(&self.with_codes(&mut transaction, &planned).await?)?
            } else {
                Vec::new()
            };
            let group = if coded.is_empty() { group } else { &coded };
            for rows in group.chunks(ROWS_OF_STATEMENT) {
                let mut query = sqlx::query(AssertSqlSafe(insert(rows.len())));
                for packed in rows {
                    let address_hash = self.address_keys.first().map(|key| hash_key(key.hash(&packed.address)));
                    query = bound(query, run, packed, address_hash);
                }
                let kept = query.fetch_all(&mut *transaction).await.map_err(|error| self.explain(error))?;
                n_new += kept.len() as u64;
                self.keep_drafts(&mut transaction, rows, &kept).await?;
            }
            self.commit(transaction).await?;
        }
        Ok(n_new)
    }

    /// Writes the drafts of the rows that are new.
    async fn keep_drafts(&self, transaction: &mut Transaction<'static, Any>, rows: &[Packed], kept: &[AnyRow]) -> Result<()> {
        if kept.is_empty() {
            return Ok(());
        }
        let sql = format!("INSERT INTO draft (message, bytes) VALUES {}", values(kept.len(), 2));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in kept {
            let read = || -> Result<(i64, String, String, String), sqlx::Error> {
                Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
            };
            let (id, recipient, edition, campaign) = read().map_err(|error| self.explain(error))?;
            let is_it = |it: &&Packed| it.recipient.0 == recipient && it.edition.0 == edition && it.campaign.0 == campaign;
            let packed = rows.iter().find(is_it).ok_or_else(|| Error::new(Kind::Io, "the ledger kept a mail that nobody gave it"))?;
            query = query.bind(id).bind(packed.draft.as_slice());
        }
        query.execute(&mut **transaction).await.map(|_| ()).map_err(|error| self.explain(error))
    }
}

type Insert<'q> = sqlx::query::Query<'q, Any, AnyArguments>;

/// Adds the values of a row, in the order of [`COLUMNS`].
fn bound<'q>(query: Insert<'q>, run: RunNo, it: &'q Packed, address_hash: Option<String>) -> Insert<'q> {
    query
        .bind(run.0)
        .bind(it.campaign.as_str())
        .bind(it.edition.as_str())
        .bind(it.recipient.as_str())
        .bind(it.address.as_str())
        .bind(canonical_address(&it.address))
        .bind(address_hash)
        .bind(it.locale.as_str())
        .bind(i64::from(it.compulsory))
        .bind(it.at.0)
        .bind(it.not_before.0)
        .bind(it.expires_at.map(|at| at.0))
        .bind(serde_json::json!(it.products).to_string())
        .bind(it.offer.as_deref())
        .bind(it.cost)
        .bind(i64::from(it.n_personal_blocks))
}

fn insert(n_rows: usize) -> String {
    format!(
        "INSERT INTO message ({}) VALUES {} ON CONFLICT (campaign, edition, recipient) DO NOTHING RETURNING id, recipient, edition, campaign",
        COLUMNS.join(", "),
        values(n_rows, COLUMNS.len())
    )
}

/// Writes the parameters of some rows: `($1, $2), ($3, $4)`.
fn values(n_rows: usize, n_columns: usize) -> String {
    let mut sql = String::new();
    for parameter in 0..n_rows * n_columns {
        let before = match (parameter, parameter % n_columns) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        };
        let _ = write!(sql, "{before}${}", parameter + 1);
    }
    sql.push(')');
    sql
}
