//! Writing planned messages, once each.

use std::fmt::Write as _;

use sqlx::AssertSqlSafe;

use super::database::Ledger;
use super::run::RunNo;
use super::suppression::hash_key;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::ProductId;
use crate::plan::draft::Draft;
use crate::profile::canonical_address;

/// Rows written by one statement.
pub const ENQUEUE_ROWS_MAX: usize = 500;

/// Level of zstd for drafts: they are small and written once.
const COMPRESSION: i32 = 3;

/// A decided mail, ready to be kept.
#[derive(Debug, Clone, PartialEq)]
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
];

impl Ledger {
    /// Keeps planned messages; one whose key is already there is left as it is. Returns how many were new.
    ///
    /// Each [`ENQUEUE_ROWS_MAX`] rows are one durable transaction, so an interrupted call can simply be repeated.
    pub async fn enqueue(&self, run: RunNo, messages: &[PlannedMessage]) -> Result<u64> {
        let mut n_new = 0;
        for group in messages.chunks(ENQUEUE_ROWS_MAX) {
            let drafts = compress(group)?;
            let mut query = sqlx::query(AssertSqlSafe(insert(group.len())));
            for (planned, draft) in group.iter().zip(drafts) {
                let it = &planned.draft;
                query = query
                    .bind(run.0)
                    .bind(it.campaign.as_str())
                    .bind(it.edition.as_str())
                    .bind(it.recipient.as_str())
                    .bind(it.address.as_str())
                    .bind(canonical_address(&it.address))
                    .bind(self.address_keys.first().map(|key| hash_key(key.hash(&it.address))))
                    .bind(it.locale.as_str())
                    .bind(i64::from(planned.compulsory))
                    .bind(it.at.0)
                    .bind(planned.not_before.0)
                    .bind(planned.expires_at.map(|at| at.0))
                    .bind(draft)
                    .bind(serde_json::json!(planned.products).to_string())
                    .bind(planned.offer.as_deref());
            }
            let mut transaction = self.begin().await?;
            let done = query.execute(&mut *transaction).await.map_err(|error| self.explain(error))?;
            self.commit(transaction).await?;
            n_new += done.rows_affected();
        }
        Ok(n_new)
    }
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

fn compress(group: &[PlannedMessage]) -> Result<Vec<Vec<u8>>> {
    let unable = |error: &dyn std::fmt::Display| Error::new(Kind::Io, format!("a draft cannot be compressed: {error}"));
    let mut compressor = zstd::bulk::Compressor::new(COMPRESSION).map_err(|error| unable(&error))?;
    group
        .iter()
        .map(|planned| {
            let json = serde_json::to_vec(&planned.draft).map_err(|error| unable(&error))?;
            compressor.compress(&json).map_err(|error| unable(&error))
        })
        .collect()
}

/// Reads a stored draft back.
pub(super) fn decompress(stored: &[u8]) -> Result<Draft, String> {
    let json = zstd::stream::decode_all(stored).map_err(|error| format!("the stored draft is damaged: {error}"))?;
    serde_json::from_slice(&json).map_err(|error| format!("the stored draft is not one of this version: {error}"))
}
