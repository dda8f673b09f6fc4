//! Which bounces suppress an address: a hard one at once, soft ones when they are many.

use sqlx::{Any, Transaction};

use super::database::Ledger;
use super::outcome::{BounceClass, MessageNo};
use crate::clock::{Span, Timestamp};
use crate::error::Result;

/// How many soft bounces, of different editions and within how long, count as a dead address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftBounces {
    /// Bounces, at least 1.
    pub n: u32,
    /// Length of the window.
    pub window: Span,
}

impl SoftBounces {
    /// What holds when a project says nothing: three within thirty days.
    pub const DEFAULT: Self = Self { n: 3, window: Span(30 * crate::clock::DAY_US) };
}

impl Ledger {
    /// Suppresses the address of a message that has just become `bounced`, when it must be; returns whether it was not already.
    pub(super) async fn suppress_for_bounce(
        &self,
        transaction: &mut Transaction<'_, Any>,
        no: MessageNo,
        class: BounceClass,
        source: &str,
        at: Timestamp,
    ) -> Result<bool> {
        let (least, source) = match class {
            BounceClass::Hard => (0, source.to_owned()),
            BounceClass::Soft => (i64::from(self.soft.n), format!("{source}, soft")),
            BounceClass::Policy | BounceClass::Other => return Ok(false),
        };
        // One edition counts once; the editions of one campaign and of another are different.
        let done = sqlx::query(
            "INSERT INTO suppression (key, reason, at, source)
             SELECT canonical, 'hard_bounce', $2, $3 FROM message WHERE id = $1
             AND (SELECT COUNT(DISTINCT s.campaign || ' ' || s.edition) FROM message s
                  WHERE s.canonical = message.canonical AND s.state = 'bounced' AND s.reply_class = 'soft' AND s.ended_at > $4) >= $5
             ON CONFLICT DO NOTHING",
        )
        .bind(no.0)
        .bind(at.0)
        .bind(source)
        .bind(at.minus(self.soft.window).0)
        .bind(least)
        .execute(&mut **transaction)
        .await
        .map_err(|error| self.explain(error))?;
        Ok(done.rows_affected() == 1)
    }
}
