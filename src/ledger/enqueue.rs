//! Writing planned messages, once each.

use std::fmt::Write as _;

use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;
use sqlx::any::AnyArguments;
use sqlx::{Any, AssertSqlSafe};

use super::database::Ledger;
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

/// Drafts read back by one decompressor.
const DRAFTS_OF_THREAD: usize = 16;
/// Bytes of a draft for which room is made at once; more is read bit by bit, as a damaged row may claim any length.
const DRAFT_BYTES_MAX: u64 = 1 << 20;

/// Level of zstd for drafts: they are small and written once.
const COMPRESSION: i32 = 3;

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
            let (drafts, mut transaction) = if group.iter().any(|planned| planned.pool.is_some()) {
                let mut transaction = self.begin().await?;
                let coded = self.with_codes(&mut transaction, group).await?;
                (compress(&coded)?, transaction)
            } else {
                (compress(group)?, self.begin().await?)
            };
            let mut rows = group.iter().zip(drafts);
            while rows.len() > 0 {
                let n_rows = rows.len().min(ROWS_OF_STATEMENT);
                let mut query = sqlx::query(AssertSqlSafe(insert(n_rows)));
                for (planned, draft) in rows.by_ref().take(n_rows) {
                    let address_hash = self.address_keys.first().map(|key| hash_key(key.hash(&planned.draft.address)));
                    query = bound(query, run, planned, address_hash, draft);
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
fn bound<'q>(query: Insert<'q>, run: RunNo, planned: &'q PlannedMessage, address_hash: Option<String>, draft: Vec<u8>) -> Insert<'q> {
    let it = &planned.draft;
    query
        .bind(run.0)
        .bind(it.campaign.as_str())
        .bind(it.edition.as_str())
        .bind(it.recipient.as_str())
        .bind(it.address.as_str())
        .bind(canonical_address(&it.address))
        .bind(address_hash)
        .bind(it.locale.as_str())
        .bind(i64::from(planned.compulsory))
        .bind(it.at.0)
        .bind(planned.not_before.0)
        .bind(planned.expires_at.map(|at| at.0))
        .bind(draft)
        .bind(serde_json::json!(planned.products).to_string())
        .bind(planned.offer.as_deref())
        .bind(planned.cost)
        .bind(i64::from(planned.n_personal_blocks))
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
    let mut json = Vec::new();
    group
        .iter()
        .map(|planned| {
            json.clear();
            serde_json::to_writer(&mut json, &planned.draft).map_err(|error| unable(&error))?;
            compressor.compress(&json).map_err(|error| unable(&error))
        })
        .collect()
}

/// Reads stored drafts back, in order and on all cores; one that is damaged says why. Blocks until it is done.
pub(super) fn decompress_all(stored: &[Vec<u8>]) -> Vec<Result<Draft, String>> {
    let read_some = |some: &[Vec<u8>]| {
        let mut decompressor = zstd::bulk::Decompressor::new();
        some.iter().map(|stored| decompress_with(&mut decompressor, stored)).collect::<Vec<_>>()
    };
    stored.par_chunks(DRAFTS_OF_THREAD).flat_map_iter(read_some).collect()
}

/// Reads a stored draft back.
pub(super) fn decompress(stored: &[u8]) -> Result<Draft, String> {
    decompress_with(&mut zstd::bulk::Decompressor::new(), stored)
}

fn decompress_with(decompressor: &mut std::io::Result<zstd::bulk::Decompressor<'_>>, stored: &[u8]) -> Result<Draft, String> {
    let json = match (decompressor, zstd::zstd_safe::get_frame_content_size(stored)) {
        (Ok(decompressor), Ok(Some(n_bytes))) if n_bytes <= DRAFT_BYTES_MAX => {
            decompressor.decompress(stored, usize::try_from(n_bytes).unwrap_or_default())
        }
        _ => zstd::stream::decode_all(stored),
    };
    let json = json.map_err(|error| format!("the stored draft is damaged: {error}"))?;
    serde_json::from_slice(&json).map_err(|error| format!("the stored draft is not one of this version: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CampaignName, ContactId, Edition};

    fn planned(n: usize) -> PlannedMessage {
        let draft = Draft {
            campaign: CampaignName("weekly".to_owned()),
            edition: Edition("2011-W46".to_owned()),
            step: None,
            recipient: ContactId(format!("c{n}")),
            address: format!("c{n}@shop.example"),
            name: None,
            locale: "fr-FR".to_owned(),
            at: Timestamp(0),
            variant: None,
            hours: None,
            context: serde_json::json!({ "n": n, "text": "à lire ".repeat(100) }),
        };
        PlannedMessage {
            draft,
            compulsory: false,
            not_before: Timestamp(0),
            expires_at: None,
            products: Vec::new(),
            offer: None,
            cost: None,
            n_personal_blocks: 0,
            pool: None,
        }
    }

    #[test]
    fn drafts_read_back_in_their_order_whatever_wrote_their_length() {
        let group: Vec<_> = (0..=DRAFTS_OF_THREAD * 3).map(planned).collect();
        let mut stored = compress(&group).expect("drafts compress");
        // A stream does not know its length when it begins.
        stored[1] =
            zstd::stream::encode_all(serde_json::to_vec(&group[1].draft).expect("a draft").as_slice(), COMPRESSION).expect("a stream");
        let drafts: Vec<_> = decompress_all(&stored).into_iter().map(|draft| draft.expect("a draft")).collect();
        assert_eq!(drafts, group.into_iter().map(|planned| planned.draft).collect::<Vec<_>>());
    }

    #[test]
    fn a_damaged_draft_says_so_and_spoils_no_other() {
        let whole = compress(&[planned(0)]).expect("a draft compresses").remove(0);
        let cut = whole[..whole.len() / 2].to_vec();
        // A frame of one empty block that claims 2^62 bytes (RFC 8878 section 3.1.1).
        let boastful = [&[0x28, 0xb5, 0x2f, 0xfd, 0xe0][..], &(1_u64 << 62).to_le_bytes(), &[1, 0, 0]].concat();
        let drafts = decompress_all(&[cut, Vec::new(), boastful, b"no frame".to_vec(), whole]);
        for damaged in &drafts[..4] {
            assert!(damaged.as_ref().is_err_and(|why| why.starts_with("the stored draft is")), "{damaged:?}");
        }
        assert!(drafts[4].is_ok());
    }
}
