//! Addresses checked before they reach a header or an envelope.

use super::MessageError;
use crate::profile::{SendableAddress, sendable};

/// Checks an address; `role` names it in the error, which never shows the address.
pub(super) fn check(address: &str, role: &'static str) -> Result<SendableAddress, MessageError> {
    sendable(address).ok_or(MessageError::BadAddress { role })
}
