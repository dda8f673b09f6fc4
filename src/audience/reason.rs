//! Why a person gets no mail, in the order of the gates.

use serde::{Deserialize, Serialize};

use super::detail::Detail;

/// Why a person gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The address cannot be written to.
    BadAddress,
    /// Another contact, whose id comes first, has the same address.
    SameAddress,
    /// The address is on the suppression list.
    Suppressed,
    /// The person opposed commercial use of their data.
    Objected,
    /// The consent that the campaign needs was not given.
    NoConsent,
    /// The campaign is not for this person, or nothing started it for them.
    NotInAudience,
    /// What the campaign wanted has happened.
    GoalReached,
    /// This edition is already in the ledger for this person.
    AlreadySent,
    /// The time for this edition has passed.
    TooLate,
    /// The person is kept untreated, to measure against.
    Holdout,
    /// The person had enough mails lately.
    FrequencyCap,
    /// The people of the company had enough mails lately, or have in this plan.
    AccountCap,
    /// A campaign of higher priority writes to the person now.
    LowerPriority,
    /// A field the campaign requires is unknown.
    MissingData,
    /// A slot could not be filled with enough things.
    SlotUnfilled,
}

impl Reason {
    /// All reasons, in the order of the gates.
    pub const ALL: [Self; 15] = [
        Self::BadAddress,
        Self::SameAddress,
        Self::Suppressed,
        Self::Objected,
        Self::NoConsent,
        Self::NotInAudience,
        Self::GoalReached,
        Self::AlreadySent,
        Self::TooLate,
        Self::Holdout,
        Self::FrequencyCap,
        Self::AccountCap,
        Self::LowerPriority,
        Self::MissingData,
        Self::SlotUnfilled,
    ];

    /// Returns the reason in words, as summaries print it.
    pub fn words(self) -> &'static str {
        match self {
            Self::BadAddress => "bad address",
            Self::SameAddress => "same address",
            Self::Suppressed => "suppressed",
            Self::Objected => "objected",
            Self::NoConsent => "no consent",
            Self::NotInAudience => "not in audience",
            Self::GoalReached => "goal reached",
            Self::Holdout => "holdout",
            Self::AlreadySent => "already sent",
            Self::TooLate => "too late",
            Self::FrequencyCap => "frequency cap",
            Self::AccountCap => "account cap",
            Self::LowerPriority => "lower priority",
            Self::MissingData => "missing data",
            Self::SlotUnfilled => "slot unfilled",
        }
    }

    /// Returns the key used in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::BadAddress => "bad_address",
            Self::SameAddress => "same_address",
            Self::Suppressed => "suppressed",
            Self::Objected => "objected",
            Self::NoConsent => "no_consent",
            Self::NotInAudience => "not_in_audience",
            Self::GoalReached => "goal_reached",
            Self::Holdout => "holdout",
            Self::AlreadySent => "already_sent",
            Self::TooLate => "too_late",
            Self::FrequencyCap => "frequency_cap",
            Self::AccountCap => "account_cap",
            Self::LowerPriority => "lower_priority",
            Self::MissingData => "missing_data",
            Self::SlotUnfilled => "slot_unfilled",
        }
    }
}

/// A shut gate: the reason, and the value behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// Why.
    pub reason: Reason,
    /// The rule or value behind it; the same text for all whom the same rule stops, so that it can be counted.
    pub detail: Detail,
}

impl Skip {
    /// Builds a skip.
    pub fn new(reason: Reason, detail: impl Into<Detail>) -> Self {
        Self { reason, detail: detail.into() }
    }
}
