//! The database of what relance did: runs, messages, leases, suppressions.
//!
//! SQLite (one file, the default) and PostgreSQL (many senders) by the same statements. A message is one row, unique by
//! `(campaign, edition, recipient)`, and moves only along these arrows:
//!
//! ```text
//! planned -> claimed -> sending -> sent | bounced | failed
//!    ^          |          |\----> uncertain -> sent | failed | planned (settled by a person, by policy, by what comes back)
//!    |          |          \-----> deferred (due again at not_before)
//!    \----------/ given back       also, before sending: cancelled, expired
//! ```
//!
//! This module does not know SMTP, files or templates: it stores frozen drafts and the words of whoever received them.

mod assignment;
mod became;
mod bounces;
mod claim;
mod click;
mod copy;
mod coupon;
mod database;
mod door;
mod enqueue;
mod feedback;
mod fold;
mod forget;
mod history;
mod lease;
mod outcome;
mod packed;
mod person;
mod place;
mod preference;
mod prune;
mod record;
mod resolve;
mod run;
mod shown;
mod slim;
mod spent;
mod status;
mod suppression;
mod trouble;
mod waiting;

pub use assignment::{ASSIGN_ROWS_MAX, Assignment, Drawing, Returns};
pub use became::Became;
pub use bounces::SoftBounces;
pub use claim::{Ceiling, Claimed};
pub use click::{Clicks, Followed};
pub use database::Ledger;
pub use door::{Act, EXPORT, PUBLIC, UNSUBSCRIBED};
pub use enqueue::{ENQUEUE_ROWS_MAX, PlannedMessage};
pub use feedback::{Effect, Returned, TAKE_BACK_MAX};
pub use forget::Purged;
pub use lease::{HEARTBEAT_EVERY, Holder, LEASE_TTL, Lease, Redo, Sharing, system_now};
pub use outcome::{BounceClass, MessageNo, Outcome, REPLY_BYTES_MAX, State, printable};
pub use packed::{Packed, StoredDraft, pack};
pub use person::{CameBack, Held};
pub use place::FLEETING;
pub use preference::{Named, OpenRequest};
pub use prune::{PRUNE_ROWS_MAX, Pruned};
pub use record::Pen;
pub use resolve::{Doubt, Doubts, Resolution};
pub use run::{Dropped, PlanSummary, RunNo};
pub use shown::{ShownMail, ShownPick, ShownSlot};
pub use spent::{Counted, Spent};
pub use status::{CountRow, LeaseRow, RunRow, Status, UncertainRow};
pub use suppression::{NewSuppression, Suppressed, SuppressionReason, SuppressionRow};
pub use trouble::{Trouble, without_addresses};
pub use waiting::Waiting;
