//! Why mails did not go out: what servers and rendering said, most frequent first.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::Row as _;

use super::database::Ledger;
use super::outcome::State;
use crate::error::Result;
use crate::id::{CampaignName, ContactId};

/// Different sayings read from the ledger, and kinds of trouble told.
const SAYINGS_MAX: i64 = 10_000;
const TROUBLES_MAX: usize = 20;

/// One kind of trouble.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Campaign.
    pub campaign: CampaignName,
    /// `bounced`, `deferred` or `failed`.
    pub state: State,
    /// The server's or renderer's words; addresses are left out.
    pub why: String,
    /// Mails it happened to.
    pub n: u64,
    /// One of the people, by CRM id.
    pub example: ContactId,
}

impl Ledger {
    /// Lists why mails bounced, wait or failed.
    pub async fn troubles(&self) -> Result<Vec<Trouble>> {
        self.read_troubles().await.map_err(|error| self.explain(error))
    }

    pub(super) async fn read_troubles(&self) -> Result<Vec<Trouble>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT campaign, state, COALESCE(reply, ''), COUNT(*), MIN(recipient) FROM message
             WHERE state IN ('bounced', 'deferred', 'failed') GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT $1",
        )
        .bind(SAYINGS_MAX)
        .fetch_all(&self.pool)
        .await?;
        let mut by_kind: HashMap<(String, String, String), (u64, String)> = HashMap::new();
        for row in &rows {
            let n: i64 = row.try_get(3)?;
            let example: String = row.try_get(4)?;
            let known =
                by_kind.entry((row.try_get(0)?, row.try_get(1)?, without_addresses(row.try_get(2)?))).or_insert((0, example.clone()));
            *known = (known.0 + n.unsigned_abs(), example.min(std::mem::take(&mut known.1)));
        }
        let mut troubles: Vec<Trouble> = by_kind
            .into_iter()
            .filter_map(|((campaign, state, why), (n, example))| {
                Some(Trouble { campaign: CampaignName(campaign), state: State::parse(&state)?, why, n, example: ContactId(example) })
            })
            .collect();
        troubles.sort_by(|a, b| {
            b.n.cmp(&a.n).then_with(|| (&a.campaign, a.state.as_str(), &a.why).cmp(&(&b.campaign, b.state.as_str(), &b.why)))
        });
        troubles.truncate(TROUBLES_MAX);
        Ok(troubles)
    }
}

/// Returns a server's words without the addresses in them: servers repeat what they refuse, and people are named by their id only.
pub fn without_addresses(text: &str) -> String {
    text.split(' ').map(|word| if word.contains('@') { "(address)" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn a_reply_is_told_without_the_address_in_it() {
        assert_eq!(without_addresses("550 5.1.1 <ana@client.example>: user unknown"), "550 5.1.1 (address) user unknown");
        assert_eq!(without_addresses("550 <bob@shop.example>: no, bob@shop.example"), "550 (address) no, (address)");
    }
}
