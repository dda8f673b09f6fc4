//! Writing planned messages, once each.

use std::fmt::Write as _;

use sqlx::any::AnyArguments;
use sqlx::{Any, AssertSqlSafe};

use super::database::Ledger;
use super::packed::{Packed, pack};
use super::run::RunNo;
use super::suppression::hash_key;
use crate::clock::Timestamp;
use crate::error::Result;
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
    "draft",
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
                let done = query.execute(&mut *transaction).await.map_err(|error| self.explain(error))?;
                n_new += done.rows_affected();
            }
            self.commit(transaction).await?;
        }
        Ok(n_new)
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
        .bind(it.draft.as_slice())
        .bind(serde_json::json!(it.products).to_string())
        .bind(it.offer.as_deref())
        .bind(it.cost)
        .bind(i64::from(it.n_personal_blocks))
}

fn insert(n_rows: usize) -> String {
    let mut sql = format!("INSERT INTO message ({}) VALUES ", COLUMNS.join(", "));
    let mut parameter = 0;
    for row in 0..n_rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..COLUMNS.len() {
            parameter += 1;
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(sql, "{comma}${parameter}");
        }
        sql.push(')');
    }
    sql.push_str(" ON CONFLICT (campaign, edition, recipient) DO NOTHING");
    sql
}
