//! Whether and how a person can be written to at all: the same for all campaigns, found once for all of them.

use super::history::{Past, SendHistory, Suppressions};
use crate::profile::{Person, canonical_address, sendable};

/// What the gates of all campaigns look at, besides the person.
#[derive(Debug)]
pub struct Reach<'a> {
    /// What is wrong with the address, if anything.
    pub(super) fault: Option<&'static str>,
    /// Why the address is on the list of suppressions, when it is.
    pub(super) listed: Option<&'a str>,
    /// Whether the person, or whoever had the address, asked to be forgotten.
    pub(super) is_forgotten: bool,
    /// Whether what the person did may be looked at.
    pub may_profile: bool,
    /// Mails of the past to this person, oldest first.
    pub past: &'a [Past],
}

impl<'a> Reach<'a> {
    /// Looks a person up; `asks_profiling` says whether the contacts say anything about the consent to profiling.
    pub fn of(person: &Person<'_>, history: &'a SendHistory, suppressions: &'a Suppressions, asks_profiling: bool) -> Self {
        let contact = &person.profile.contact;
        let email = contact.email.trim();
        let fault = match email {
            "" => Some("empty"),
            email => sendable(email).is_none().then_some("malformed"),
        };
        // Where nobody is suppressed there is nothing to look up, and making an address canonical is not cheap.
        let is_listed = !suppressions.by_address.is_empty() || !suppressions.hashes.is_empty();
        let canonical = if is_listed { canonical_address(email) } else { String::new() };
        Self {
            fault,
            listed: suppressions.by_address.get(&canonical).map(String::as_str),
            is_forgotten: suppressions.is_forgotten(contact.id.as_str(), &canonical),
            may_profile: contact.may_be_profiled(asks_profiling, person.reading.consents_expired),
            past: history.of(contact.id.as_str()),
        }
    }
}
