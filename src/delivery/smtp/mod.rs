//! SMTP, one command at a time, so that every failure knows its phase (RFC 5321, RFC 1047).
//!
//! The words and their grammar (commands, replies, extensions, mechanisms, addresses) are lettre's; the conversation is ours,
//! because lettre's connection writes the body and the final dot in one step and forgets where it broke.

mod connect;
mod conversation;
mod login;
mod offers;
mod options;
mod stream;
mod transaction;
mod wire;

pub(super) use connect::Connector;
pub(super) use conversation::{Broken, Conversation};
pub use login::Credentials;
pub use options::{Phase, Reconnect, SmtpOptions, Timeouts};
pub(super) use transaction::{Attempt, begin, finish};
pub(super) use wire::Wire;
