//! Who is sending: a lease per campaign, renewed by a heartbeat, taken over when its holder is gone.
//!
//! The lease's number is a fencing token: rows carry it, and whatever a sender writes counts only while they do.

use std::fmt;
use std::time::Duration;

use chrono_tz::Tz;
use sqlx::{Any, Row as _, Transaction};

use super::claim::GIVE_BACK;
use super::database::{Dialect, Ledger};
use crate::clock::{Span, Timestamp};
use crate::error::{Error, Kind, Result};
use crate::id::CampaignName;

/// How long a lease lasts without a heartbeat.
pub const LEASE_TTL: Span = Span(60_000_000);
/// How often a holder renews it.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(15);

/// A process that sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Machine's name, for people.
    pub host: String,
    /// Boot and process namespace: where `pid` means something.
    pub space: String,
    /// Process id.
    pub pid: u32,
}

impl Holder {
    /// Describes this process.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
        let namespace = std::fs::read_link("/proc/self/ns/pid").map(|link| link.display().to_string()).unwrap_or_default();
        let host = read("/proc/sys/kernel/hostname");
        Self {
            host: if host.is_empty() { "this machine".to_owned() } else { host },
            space: format!("{} {namespace}", read("/proc/sys/kernel/random/boot_id")).trim().to_owned(),
            pid: std::process::id(),
        }
    }

    /// Returns true when the process is certainly gone: same boot and namespace as ours, and no such process.
    fn is_gone(&self) -> bool {
        !self.space.is_empty() && self.space == Self::this().space && !is_running(self.pid)
    }
}

/// Says whether a process of ours runs; one that ended and was never waited for (state Z or X, proc(5)) does not.
fn is_running(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The state follows the name, which stands in parentheses and may hold anything.
    let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
    !matches!(state, Some('Z' | 'X'))
}

/// Whether a campaign may have several senders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// One sender.
    Alone,
    /// Others may hold shared leases too; on PostgreSQL only, SQLite always has one sender.
    Shared,
}

/// What becomes of messages that a vanished sender left `sending`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redo {
    /// Held as uncertain: they may have arrived. Compulsory mails are planned again all the same.
    Hold,
    /// Planned again: the destination is idempotent, or the policy is to resend.
    Again,
}

/// The right to send one campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    token: i64,
    campaign: CampaignName,
}

impl Lease {
    /// Returns the fencing token.
    pub fn token(&self) -> i64 {
        self.token
    }

    /// Returns the campaign it is for.
    pub fn campaign(&self) -> &CampaignName {
        &self.campaign
    }
}

impl fmt::Display for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (lease {})", self.campaign, self.token)
    }
}

/// Returns the system's clock: leases are about processes, not about the instant a command works at.
pub fn system_now() -> Timestamp {
    Timestamp(chrono::Utc::now().timestamp_micros())
}

pub(super) fn lost(lease: &Lease) -> Error {
    Error::new(Kind::Busy, format!("`{}` was taken over by another sender", lease.campaign))
        .help("this one was silent for too long; see `relance status`")
}

impl Ledger {
    /// Takes the lease of a campaign. `at` is the system's time, `zone` the one to tell it in.
    ///
    /// A lease whose holder is gone, or silent for [`LEASE_TTL`], is taken over: what it had claimed is planned again,
    /// and what it was sending follows `redo`.
    ///
    /// # Errors
    /// `Busy` when another sender is at work, naming its process, machine and start.
    pub async fn take_lease(
        &self,
        campaign: &CampaignName,
        holder: &Holder,
        sharing: Sharing,
        redo: Redo,
        at: Timestamp,
        zone: Tz,
    ) -> Result<Lease> {
        let may_share = sharing == Sharing::Shared && self.dialect == Dialect::Postgres;
        let mut transaction = self.begin().await?;
        if self.dialect == Dialect::Postgres {
            // Leases are taken one after the other; the number is an arbitrary constant of relance.
            self.run(&mut transaction, sqlx::query("SELECT pg_advisory_xact_lock(7298412306)")).await?;
        }
        let rows = sqlx::query("SELECT id, host, space, pid, shared, since, expires_at FROM lease WHERE campaign = $1 ORDER BY id")
            .bind(campaign.as_str())
            .fetch_all(&mut *transaction)
            .await
            .map_err(|error| self.explain(error))?;
        for row in rows {
            let read = || -> Result<_, sqlx::Error> {
                let pid: i64 = row.try_get("pid")?;
                let other = Holder { host: row.try_get("host")?, space: row.try_get("space")?, pid: u32::try_from(pid).unwrap_or(0) };
                let shares: i64 = row.try_get("shared")?;
                Ok((
                    row.try_get::<i64, _>("id")?,
                    other,
                    shares == 1,
                    Timestamp(row.try_get("since")?),
                    Timestamp(row.try_get("expires_at")?),
                ))
            };
            let (token, other, shares, since, expires_at) = read().map_err(|error| self.explain(error))?;
            if expires_at < at || other.is_gone() {
                self.end_lease(&mut transaction, token, redo, at).await?;
            } else if !(may_share && shares) {
                let since = since.local(zone).format("%H:%M");
                return Err(Error::new(
                    Kind::Busy,
                    format!("{campaign} is already running (pid {} on {}, since {since})", other.pid, other.host),
                )
                .help("wait for it, or stop that process"));
            }
        }
        let token: i64 = sqlx::query_scalar(
            "INSERT INTO lease (campaign, host, space, pid, shared, since, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        )
        .bind(campaign.as_str())
        .bind(holder.host.as_str())
        .bind(holder.space.as_str())
        .bind(i64::from(holder.pid))
        .bind(i64::from(may_share))
        .bind(at.0)
        .bind(at.plus(LEASE_TTL).0)
        .fetch_one(&mut *transaction)
        .await
        .map_err(|error| self.explain(error))?;
        self.commit(transaction).await?;
        Ok(Lease { token, campaign: campaign.clone() })
    }

    /// Renews a lease; `Busy` when it was lost.
    pub async fn heartbeat(&self, lease: &Lease, at: Timestamp) -> Result<()> {
        let done = sqlx::query("UPDATE lease SET expires_at = $2 WHERE id = $1")
            .bind(lease.token)
            .bind(at.plus(LEASE_TTL).0)
            .execute(&self.pool)
            .await
            .map_err(|error| self.explain(error))?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(lost(lease)) }
    }

    /// Ends a lease; what is still claimed is planned again, what is still sending follows `redo`.
    pub async fn release(&self, lease: Lease, redo: Redo, at: Timestamp) -> Result<()> {
        let mut transaction = self.begin().await?;
        self.end_lease(&mut transaction, lease.token, redo, at).await?;
        self.commit(transaction).await
    }

    pub(super) async fn assert_held(&self, transaction: &mut Transaction<'static, Any>, lease: &Lease) -> Result<()> {
        let held: Option<i64> = sqlx::query_scalar("SELECT id FROM lease WHERE id = $1")
            .bind(lease.token)
            .fetch_optional(&mut **transaction)
            .await
            .map_err(|error| self.explain(error))?;
        held.map(|_| ()).ok_or_else(|| lost(lease))
    }

    async fn end_lease(&self, transaction: &mut Transaction<'static, Any>, token: i64, redo: Redo, at: Timestamp) -> Result<()> {
        self.run(transaction, sqlx::query(GIVE_BACK).bind(token)).await?;
        // A service mail must arrive, whatever the policy of the others: better twice than never.
        let least = match redo {
            Redo::Again => 0_i64,
            Redo::Hold => 1,
        };
        let resend = "UPDATE message SET state = 'planned', lease = NULL WHERE lease = $1 AND state = 'sending' AND compulsory >= $2";
        self.run(transaction, sqlx::query(resend).bind(token).bind(least)).await?;
        let hold = "UPDATE message SET state = 'uncertain', reply = 'the sender stopped before it read the answer', ended_at = $2
                    WHERE lease = $1 AND state = 'sending'";
        self.run(transaction, sqlx::query(hold).bind(token).bind(at.0)).await?;
        self.run(transaction, sqlx::query("DELETE FROM lease WHERE id = $1").bind(token)).await
    }

    async fn run(
        &self,
        transaction: &mut Transaction<'static, Any>,
        query: sqlx::query::Query<'_, Any, sqlx::any::AnyArguments>,
    ) -> Result<()> {
        query.execute(&mut **transaction).await.map(|_| ()).map_err(|error| self.explain(error))
    }
}

#[cfg(test)]
mod tests {
    use super::is_running;

    #[test]
    fn a_process_that_ended_is_not_running_even_before_it_is_waited_for() {
        assert!(is_running(std::process::id()));
        let mut child = std::process::Command::new("true").spawn().expect("a process");
        let ended = (0..10_000_000).any(|_| {
            std::thread::yield_now();
            !is_running(child.id())
        });
        assert!(ended);
        child.wait().expect("an end");
    }
}
