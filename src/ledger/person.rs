//! Everything the ledger holds about one person.

use serde::Serialize;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::database::Ledger;
use super::packed::decompress;
use crate::clock::Timestamp;
use crate::error::Result;

/// What stands in the place of a draft that was pruned.
const PRUNED: &str = "not kept any longer: `[retention]` of `relance.toml`";

/// One mail of a person, with what came back of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Held {
    /// Campaign.
    pub campaign: String,
    /// Edition.
    pub edition: String,
    /// State: a word of [`State`](super::State).
    pub state: String,
    /// Instant it was planned for.
    #[serde(rename = "planned_at")]
    pub planned_for: Timestamp,
    /// When the sending began.
    pub sending_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Address it was for.
    pub address: String,
    /// Whether it was a service mail.
    pub compulsory: bool,
    /// Offer carried.
    pub offer: Option<String>,
    /// Products shown: kept when the decision is not.
    pub products: Vec<String>,
    /// Message-ID.
    pub message_id: Option<String>,
    /// Attempts.
    pub attempts: i64,
    /// Last words of the server.
    pub reply: Option<String>,
    /// The frozen decision; its own error as text when it cannot be read.
    pub draft: serde_json::Value,
    /// What came back.
    pub feedback: Vec<CameBack>,
}

/// Something that came back of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameBack {
    /// What: `bounced`, `complained`, `unsubscribed`, ...
    pub kind: String,
    /// Class of a bounce.
    pub class: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Held {
    /// Returns the kinds of data that the mail rested on, as its decision says.
    pub fn because(&self) -> Vec<&str> {
        let kinds = self.draft.pointer("/context/because").and_then(serde_json::Value::as_array);
        kinds.into_iter().flatten().filter_map(serde_json::Value::as_str).collect()
    }
}

impl Ledger {
    /// Returns every mail ever planned for a person, by CRM id, oldest first.
    ///
    /// # Errors
    /// Those of the database; a draft that cannot be read is told in its place.
    pub async fn held(&self, recipient: &str) -> Result<Vec<Held>> {
        let rows = sqlx::query(
            "SELECT id, campaign, edition, state, planned_for, sending_at, ended_at, address, compulsory, offer, products, message_id, attempt,
                    reply, bytes
             FROM message LEFT JOIN draft ON draft.message = message.id WHERE recipient = $1 ORDER BY planned_for, id",
        )
        .bind(recipient)
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.explain(error))?;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, mut held) = read(row).map_err(|error| self.explain(error))?;
            let back = sqlx::query("SELECT kind, class, at FROM feedback WHERE message = $1 ORDER BY at, kind")
                .bind(id)
                .fetch_all(&self.pool)
                .await
                .map_err(|error| self.explain(error))?;
            let came_back = |row: &AnyRow| Ok(CameBack { kind: row.try_get(0)?, class: row.try_get(1)?, at: Timestamp(row.try_get(2)?) });
            held.feedback = back.iter().map(came_back).collect::<Result<_, sqlx::Error>>().map_err(|error| self.explain(error))?;
            all.push(held);
        }
        Ok(all)
    }
}

fn read(row: &AnyRow) -> Result<(i64, Held), sqlx::Error> {
    let instant = |name: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(name)?.map(Timestamp));
    let draft: Option<Vec<u8>> = row.try_get("bytes")?;
    let decompressed = draft.map_or_else(|| Err(PRUNED.to_owned()), |draft| decompress(&draft));
    let draft = decompressed.and_then(|draft| serde_json::to_value(draft).map_err(|error| error.to_string()));
    let products: String = row.try_get("products")?;
    let held = Held {
        campaign: row.try_get("campaign")?,
        edition: row.try_get("edition")?,
        state: row.try_get("state")?,
        planned_for: Timestamp(row.try_get("planned_for")?),
        sending_at: instant("sending_at")?,
        ended_at: instant("ended_at")?,
        address: row.try_get("address")?,
        compulsory: row.try_get::<i64, _>("compulsory")? != 0,
        offer: row.try_get("offer")?,
        products: serde_json::from_str(&products).map_err(|error| sqlx::Error::Decode(error.into()))?,
        message_id: row.try_get("message_id")?,
        attempts: row.try_get("attempt")?,
        reply: row.try_get("reply")?,
        draft: draft.unwrap_or_else(serde_json::Value::String),
        feedback: Vec::new(),
    };
    Ok((row.try_get("id")?, held))
}
