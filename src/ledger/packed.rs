//! Planned messages in the form in which they are stored: a draft is compressed once, wherever it waits.

use std::cell::RefCell;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zstd::bulk::Decompressor;

use super::enqueue::PlannedMessage;
use super::slim::{Slim, widen};
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::{CampaignName, ContactId, Edition, ProductId};
use crate::plan::draft::Draft;
use crate::render::Values;

/// Bytes of a draft for which room is made at once; more is read bit by bit, as a damaged row may claim any length.
const DRAFT_BYTES_MAX: u64 = 1 << 20;

/// Level of zstd for drafts: they are small and written once.
const COMPRESSION: i32 = 3;

/// A decided mail, its draft compressed; what the other columns of its row hold stands beside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Packed {
    pub(super) campaign: CampaignName,
    pub(super) edition: Edition,
    /// Recipient's CRM id.
    pub recipient: ContactId,
    pub(super) address: String,
    pub(super) locale: String,
    pub(super) at: Timestamp,
    /// Service mail, which counts against no cap.
    pub compulsory: bool,
    /// Not before this instant.
    pub not_before: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) products: Vec<ProductId>,
    /// Offer carried.
    pub offer: Option<String>,
    pub(super) cost: Option<i64>,
    pub(super) n_personal_blocks: u32,
    pub(super) pool: Option<String>,
    /// The draft as compressed JSON, without what it says twice.
    pub(super) draft: Vec<u8>,
}

impl Packed {
    /// Reads the draft back.
    pub(super) fn unpack(&self) -> Result<PlannedMessage> {
        let draft = decompress(&self.draft).map_err(|why| Error::new(Kind::Io, why))?;
        Ok(PlannedMessage {
            draft,
            compulsory: self.compulsory,
            not_before: self.not_before,
            expires_at: self.expires_at,
            products: self.products.clone(),
            offer: self.offer.clone(),
            cost: self.cost,
            n_personal_blocks: self.n_personal_blocks,
            pool: self.pool.clone(),
        })
    }
}

/// Compresses the drafts of some messages, whose order is kept.
///
/// # Errors
/// `Io` when a draft cannot be written, which is a mistake of the program.
pub fn pack(messages: &[PlannedMessage]) -> Result<Vec<Packed>> {
    let unable = |error: &dyn std::fmt::Display| Error::new(Kind::Io, format!("a draft cannot be compressed: {error}"));
    let mut compressor = zstd::bulk::Compressor::new(COMPRESSION).map_err(|error| unable(&error))?;
    let mut json = Vec::new();
    messages
        .iter()
        .map(|planned| {
            json.clear();
            serde_json::to_writer(&mut json, &Slim::from(&planned.draft)).map_err(|error| unable(&error))?;
            let draft = compressor.compress(&json).map_err(|error| unable(&error))?;
            let it = &planned.draft;
            Ok(Packed {
                campaign: it.campaign.clone(),
                edition: it.edition.clone(),
                recipient: it.recipient.clone(),
                address: it.address.clone(),
                locale: it.locale.clone(),
                at: it.at,
                compulsory: planned.compulsory,
                not_before: planned.not_before,
                expires_at: planned.expires_at,
                products: planned.products.clone(),
                offer: planned.offer.clone(),
                cost: planned.cost,
                n_personal_blocks: planned.n_personal_blocks,
                pool: planned.pool.clone(),
                draft,
            })
        })
        .collect()
}

/// The draft of a claimed message as it is stored: it is read where it is rendered, by whom has it to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDraft(pub(super) Vec<u8>);

impl StoredDraft {
    /// Reads it; one that is damaged says why.
    pub fn read(&self) -> Result<Draft<Values>, String> {
        decompress_as(&self.0)
    }
}

/// Reads stored drafts back, in order and on all cores. Blocks until it is done. The rows of a slot are the number of items in each.
pub(super) fn decompress_all(stored: &[Vec<u8>]) -> Vec<Result<Draft, String>> {
    stored.par_iter().map(|stored| decompress_as(stored)).collect()
}

/// Reads a stored draft back.
pub(super) fn decompress(stored: &[u8]) -> Result<Draft, String> {
    let mut draft: Draft = decompress_as(stored)?;
    widen(&mut draft.context);
    Ok(draft)
}

fn decompress_as<C: DeserializeOwned>(stored: &[u8]) -> Result<Draft<C>, String> {
    let damaged = |error: std::io::Error| format!("the stored draft is damaged: {error}");
    let json = match zstd::zstd_safe::get_frame_content_size(stored) {
        Ok(Some(n_bytes)) if n_bytes <= DRAFT_BYTES_MAX => {
            decompress_bytes(stored, usize::try_from(n_bytes).unwrap_or_default()).map_err(damaged)?
        }
        _ => zstd::stream::decode_all(stored).map_err(damaged)?,
    };
    serde_json::from_slice(&json).map_err(|error| format!("the stored draft is not one of this version: {error}"))
}

/// Decompresses with the tables of the thread.
fn decompress_bytes(stored: &[u8], n_bytes: usize) -> std::io::Result<Vec<u8>> {
    thread_local!(static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) });
    DECOMPRESSOR.with_borrow_mut(|known| {
        let decompressor = match known {
            Some(known) => known,
            None => known.insert(Decompressor::new()?),
        };
        decompressor.decompress(stored, n_bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            explored: Vec::new(),
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
        let group: Vec<_> = (0..50).map(planned).collect();
        let packed = pack(&group).expect("drafts compress");
        assert_eq!(packed[1].unpack().as_ref().ok(), Some(&group[1]));
        let mut stored: Vec<Vec<u8>> = packed.into_iter().map(|packed| packed.draft).collect();
        // A stream does not know its length when it begins.
        stored[1] =
            zstd::stream::encode_all(serde_json::to_vec(&group[1].draft).expect("a draft").as_slice(), COMPRESSION).expect("a stream");
        let drafts: Vec<_> = decompress_all(&stored).into_iter().map(|draft| draft.expect("a draft")).collect();
        assert_eq!(drafts, group.into_iter().map(|planned| planned.draft).collect::<Vec<_>>());
    }

    #[test]
    fn a_damaged_draft_says_so_and_spoils_no_other() {
        let whole = pack(&[planned(0)]).expect("a draft compresses").remove(0).draft;
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
