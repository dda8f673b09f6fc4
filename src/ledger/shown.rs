//! What the mails of a campaign showed to whom: slot by slot as long as they are whole, products alone once `ledger prune` has emptied them.

use serde_json::Value;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::database::Ledger;
use super::packed::decompress_all;
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::id::{CampaignName, ContactId, ProductId};
use crate::plan::Draft;

/// Mails held in memory at once.
const PAGE: usize = 1_000;

/// A mail that was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownMail {
    /// Who got it.
    pub recipient: ContactId,
    /// When it left.
    pub at: Timestamp,
    /// Products shown, whatever is left of the mail.
    pub products: Vec<ProductId>,
    /// What filled each slot; `None` of a mail that was emptied.
    pub slots: Option<Vec<ShownSlot>>,
}

/// What filled a slot.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownSlot {
    /// The slot.
    pub slot: String,
    /// The block that filled it, if one did.
    pub block: Option<String>,
    /// The products it showed.
    pub picks: Vec<ShownPick>,
}

/// A product shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownPick {
    /// The product.
    pub product: ProductId,
    /// The strategy that found it, by its word; `pinned` of the product of a block.
    pub strategy: String,
    /// Of a product drawn by lot, the probability with which the mail showed it.
    pub propensity: Option<f64>,
}

impl Ledger {
    /// Calls `each` with the mails of a campaign that left from `since` on and before `until`, and did not come back; a recipient's mails
    /// come in any order.
    ///
    /// # Errors
    /// `Io` when a stored draft cannot be read; those of the database.
    pub async fn shown(
        &self,
        campaign: &CampaignName,
        (since, until): (Timestamp, Timestamp),
        each: &mut dyn FnMut(ShownMail),
    ) -> Result<()> {
        let sql = format!(
            "SELECT edition, recipient, COALESCE(sending_at, planned_for) AS left_at, products,
                    (SELECT bytes FROM draft WHERE draft.message = message.id) AS draft
             FROM message
             WHERE campaign = $1 AND state = 'sent' AND COALESCE(sending_at, planned_for) >= $2 AND COALESCE(sending_at, planned_for) < $3
               AND (edition > $4 OR (edition = $4 AND recipient > $5))
             ORDER BY edition, recipient LIMIT {PAGE}"
        );
        let (mut edition, mut recipient) = (String::new(), String::new());
        loop {
            let asked = sqlx::query(sqlx::AssertSqlSafe(sql.clone())).bind(campaign.as_str()).bind(since.0).bind(until.0);
            let rows = asked.bind(&edition).bind(&recipient).fetch_all(&self.pool).await.map_err(|error| self.explain(error))?;
            let rows = rows.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(|error| self.explain(error))?;
            let Some(last) = rows.last() else { return Ok(()) };
            (edition, recipient) = (last.edition.clone(), last.recipient.clone());
            let whole: Vec<Vec<u8>> = rows.iter().filter(|row| !row.draft.is_empty()).map(|row| row.draft.clone()).collect();
            let mut drafts = decompress_all(&whole).into_iter();
            for row in rows {
                let draft = if row.draft.is_empty() { None } else { drafts.next() };
                let draft = draft.transpose().map_err(|why| Error::new(Kind::Io, why))?;
                each(ShownMail {
                    recipient: ContactId(row.recipient),
                    at: Timestamp(row.at),
                    products: row.products,
                    slots: draft.as_ref().map(slots_of),
                });
            }
        }
    }
}

/// A row as it is stored.
struct Row {
    edition: String,
    recipient: String,
    at: i64,
    products: Vec<ProductId>,
    draft: Vec<u8>,
}

fn read(row: &AnyRow) -> Result<Row, sqlx::Error> {
    let products: String = row.try_get("products")?;
    Ok(Row {
        edition: row.try_get("edition")?,
        recipient: row.try_get("recipient")?,
        at: row.try_get("left_at")?,
        products: serde_json::from_str(&products).map_err(|error| sqlx::Error::Decode(error.into()))?,
        draft: row.try_get::<Option<_>, _>("draft")?.unwrap_or_default(),
    })
}

/// Reads what filled the slots from what the template saw.
fn slots_of(draft: &Draft) -> Vec<ShownSlot> {
    let slots = draft.context.get("slots").and_then(Value::as_object);
    let shown = |(slot, value): (&String, &Value)| {
        let items = value.get("items").and_then(Value::as_array).into_iter().flatten();
        let of_block = value.get("product").filter(|product| !product.is_null());
        let picks = items.chain(of_block).filter_map(|item| pick(slot, item, draft)).collect();
        ShownSlot { slot: slot.clone(), block: value.get("block").and_then(Value::as_str).map(str::to_owned), picks }
    };
    slots.into_iter().flatten().map(shown).collect()
}

fn pick(slot: &str, item: &Value, draft: &Draft) -> Option<ShownPick> {
    let (product, strategy) = (item.get("id")?.as_str()?, item.get("label")?.as_str()?);
    let is_it = |it: &&crate::plan::Explored| it.slot.as_str() == slot && it.product.as_str() == product;
    Some(ShownPick {
        product: ProductId::from(product),
        strategy: strategy.to_owned(),
        propensity: draft.explored.iter().find(is_it).map(|it| it.propensity),
    })
}
