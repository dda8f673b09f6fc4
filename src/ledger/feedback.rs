//! Taking back what comes back: finding the mail it is about, settling it, suppressing the address, once each.

use sqlx::{Any, Row as _, Transaction};

use super::database::Ledger;
use super::outcome::{MessageNo, printable};
use super::suppression::SuppressionReason;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::feedback::{BounceClass, Event, EventKind, Origin};
use crate::id::{CampaignName, ContactId};
use crate::profile::canonical_address;

/// Events taken back in one transaction.
pub const TAKE_BACK_MAX: usize = 200;

/// One event, ready to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The same for the same event, wherever it was read.
    pub fingerprint: String,
    /// What happened.
    pub event: Event,
    /// Whose token it carried, when it carried a good one.
    pub recipient: Option<(CampaignName, ContactId)>,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It was taken back before; nothing changed.
    Known,
    /// It is about no mail of the ledger; nothing changed.
    Unmatched,
    /// It counts.
    Taken {
        /// An address is suppressed that was not, for that reason.
        suppressed: bool,
        /// A mail in doubt is settled by it.
        settled: bool,
    },
}

/// The mail that an event is about.
struct Found {
    no: MessageNo,
    canonical: String,
    is_uncertain: bool,
    was_sent: bool,
}

impl Found {
    /// Says whether the mail really went to an address that an event tells of.
    fn went_to(&self, returned: &Returned) -> bool {
        self.was_sent && returned.event.addresses.iter().any(|address| canonical_address(address) == self.canonical)
    }
}

impl Ledger {
    /// Takes back events in their order, in durable groups of [`TAKE_BACK_MAX`]; `now` bounds the instants that strangers claim.
    ///
    /// A bounce makes a mail that is `sent` or `uncertain` `bounced`; anything else that comes back shows that an uncertain mail was sent.
    pub async fn take_back(&self, events: &[Returned], now: Timestamp) -> Result<Vec<Effect>> {
        let mut effects = Vec::with_capacity(events.len());
        for group in events.chunks(TAKE_BACK_MAX) {
            let mut transaction = self.begin().await?;
            for returned in group {
                effects.push(self.take_one_back(&mut transaction, returned, now).await?);
            }
            self.commit(transaction).await?;
        }
        Ok(effects)
    }

    async fn take_one_back(&self, transaction: &mut Transaction<'static, Any>, returned: &Returned, now: Timestamp) -> Result<Effect> {
        let event = &returned.event;
        let found = self.find(transaction, returned).await?;
        // A line of a log is as good as the file; a mail can be written by anybody.
        let address = match (&found, event.origin) {
            (Some(found), _) => Some(found.canonical.clone()),
            (None, Origin::Log(_)) => event.addresses.first().map(|address| canonical_address(address)),
            (None, Origin::Mail) => None,
        };
        let Some(address) = address else { return Ok(Effect::Unmatched) };
        // Nothing is written of a person who was forgotten, whoever still tells of them.
        if found.is_none() && self.is_forgotten(transaction, &address).await? {
            return Ok(Effect::Known);
        }
        let at = event.at.map_or(now, |at| at.min(now));
        let done =
            sqlx::query("INSERT INTO feedback (fingerprint, kind, class, message, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
                .bind(returned.fingerprint.as_str())
                .bind(event.kind.as_str())
                .bind(event.class().map(BounceClass::as_str))
                .bind(found.as_ref().map(|found| found.no.0))
                .bind(at.0)
                .execute(&mut **transaction)
                .await
                .map_err(|error| self.explain(error))?;
        if done.rows_affected() == 0 {
            return Ok(Effect::Known);
        }
        let settled = found.as_ref().is_some_and(|found| found.is_uncertain);
        let source = event.origin.as_str();
        let suppressed = match (event.kind, &found) {
            (EventKind::Bounced(class), Some(found)) => {
                self.settle(transaction, found.no, "bounced", Some(class), &event.words, at).await?;
                self.suppress_for_bounce(transaction, found.no, class, source, at).await?
            }
            (EventKind::Bounced(BounceClass::Hard), None) => {
                self.suppress_key(transaction, &address, SuppressionReason::HardBounce, source, at).await?
            }
            (EventKind::Bounced(_) | EventKind::Delayed | EventKind::Delivered, None) => false,
            (kind, found) => {
                if let Some(found) = found.as_ref().filter(|found| found.is_uncertain) {
                    self.settle(transaction, found.no, "sent", None, &event.words, at).await?;
                }
                match kind {
                    EventKind::Complained => self.suppress_key(transaction, &address, SuppressionReason::Complaint, source, at).await?,
                    EventKind::Unsubscribed => {
                        self.suppress_key(transaction, &address, SuppressionReason::Unsubscribed, source, at).await?
                    }
                    _ => false,
                }
            }
        };
        Ok(Effect::Taken { suppressed, settled })
    }

    /// Finds the mail: by its return path, by Message-ID, by the owner of a token, or the last one that was sent to an address.
    ///
    /// Anybody can write a status notification. A return path of ours proves itself; a Message-ID is believed for a mail that really went
    /// to the address it tells of; an address alone is not believed.
    async fn find(&self, transaction: &mut Transaction<'static, Any>, returned: &Returned) -> Result<Option<Found>> {
        for start in &returned.event.id_starts {
            // The condition is that of the index.
            let query = sqlx::query(
                "SELECT id, canonical, state FROM message WHERE substr(message_id, 1, 20) = $1 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1",
            )
            .bind(start.as_str());
            if let Some(found) = self.first(transaction, query).await? {
                return Ok(Some(found));
            }
        }
        let is_notification = returned.event.is_notification();
        // The index is of the first letters.
        let of_id = "SELECT id, canonical, state FROM message
                     WHERE substr(message_id, 1, 20) = substr($1, 1, 20) AND message_id = $1 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1";
        for id in &returned.event.message_ids {
            let query = sqlx::query(of_id).bind(id.as_str());
            if let Some(found) = self.first(transaction, query).await?.filter(|found| !is_notification || found.went_to(returned)) {
                return Ok(Some(found));
            }
        }
        if let Some((campaign, recipient)) = &returned.recipient {
            let query = sqlx::query(
                "SELECT id, canonical, state FROM message WHERE campaign = $1 AND recipient = $2 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1",
            )
            .bind(campaign.as_str())
            .bind(recipient.as_str());
            if let Some(found) = self.first(transaction, query).await? {
                return Ok(Some(found));
            }
        }
        for address in returned.event.addresses.iter().filter(|_| !is_notification) {
            let query = sqlx::query(
                "SELECT id, canonical, state FROM message WHERE canonical = $1 AND message_id IS NOT NULL ORDER BY id DESC LIMIT 1",
            )
            .bind(canonical_address(address));
            if let Some(found) = self.first(transaction, query).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    async fn first(
        &self,
        transaction: &mut Transaction<'static, Any>,
        query: sqlx::query::Query<'_, Any, sqlx::any::AnyArguments>,
    ) -> Result<Option<Found>> {
        let read = |row: sqlx::any::AnyRow| -> Result<Found, sqlx::Error> {
            let state: String = row.try_get("state")?;
            let was_sent = matches!(state.as_str(), "sending" | "sent" | "uncertain" | "bounced");
            let is_uncertain = state == "uncertain";
            Ok(Found { no: MessageNo(row.try_get("id")?), canonical: row.try_get("canonical")?, is_uncertain, was_sent })
        };
        let row = query.fetch_optional(&mut **transaction).await.map_err(|error| self.explain(error))?;
        row.map(read).transpose().map_err(|error| self.explain(error))
    }

    async fn settle(
        &self,
        transaction: &mut Transaction<'static, Any>,
        no: MessageNo,
        state: &str,
        class: Option<BounceClass>,
        words: &str,
        at: Timestamp,
    ) -> Result<()> {
        sqlx::query(
            "UPDATE message SET state = $2, reply_class = $3, reply = $4, ended_at = $5, lease = NULL
             WHERE id = $1 AND state IN ('sent', 'uncertain')",
        )
        .bind(no.0)
        .bind(state)
        .bind(class.map(BounceClass::as_str))
        .bind(printable(words))
        .bind(at.0)
        .execute(&mut **transaction)
        .await
        .map(|_| ())
        .map_err(|error| self.explain(error))
    }

    async fn suppress_key(
        &self,
        transaction: &mut Transaction<'static, Any>,
        canonical: &str,
        reason: SuppressionReason,
        source: &str,
        at: Timestamp,
    ) -> Result<bool> {
        Ok(self.suppress_in(transaction, canonical, reason, source, at).await? == 1)
    }
}
