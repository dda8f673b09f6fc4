//! What was decided for one person, as values.

use serde::Serialize;

use crate::audience::{Checked, Occasion, Skip};
use crate::clock::Timestamp;
use crate::id::ContactId;
use crate::selection::Composition;

/// What was decided for one person and one edition.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// A mail is to be sent.
    Admitted(Box<Admission>),
    /// No mail, and why.
    Skipped(Skip),
}

/// A mail to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Admission {
    /// Its edition and times.
    pub occasion: Occasion,
    /// Arm of an experiment; `control` of a person held out who gets the general mail.
    pub variant: Option<String>,
    /// What fills it.
    pub composition: Composition,
}

impl Admission {
    /// Returns when the mail may leave; `now` is the instant of the plan.
    pub fn leaves_at(&self, now: Timestamp) -> Timestamp {
        self.occasion.not_before.unwrap_or(now)
    }

    /// Returns the instant after which the mail must not be sent: it is too late, or something it shows is over.
    pub fn expires_at(&self) -> Timestamp {
        self.composition.ends_at.map_or(self.occasion.expires_at, |ends_at| ends_at.min(self.occasion.expires_at))
    }
}

/// One decision with everything that led to it.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The person.
    pub recipient: ContactId,
    /// Every gate and condition, with the person's own values.
    pub checks: Vec<Checked>,
    /// The segments the person is in.
    pub segments: Vec<String>,
    /// The reason there is no mail, if there is none.
    pub skipped: Option<Skip>,
    /// The arm of a person who is drawn.
    pub arm: Option<String>,
    /// The edition, if one is due.
    pub edition: Option<String>,
    /// What fills the mail, or would if it were sent.
    pub composition: Option<Composition>,
}
