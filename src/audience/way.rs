//! The way of a person through the gates: what each says, and the first that is shut.

use std::borrow::Cow;

use serde::Serialize;

use super::reason::Skip;

/// One line of `explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The gate or the condition.
    pub what: String,
    /// Whether it let the person pass.
    pub passed: bool,
    /// The person's own value.
    pub value: String,
}

/// What a gate says: the value that let the person pass, or the skip.
pub(super) type Outcome = Result<Cow<'static, str>, Skip>;

/// The value of an open gate when nobody asked for it: making words of everybody's values is most of what gates cost.
pub(super) const PASSED: Cow<'static, str> = Cow::Borrowed("");

/// A person on the way through the gates.
pub(super) struct Way<'l> {
    pub(super) log: Option<&'l mut Vec<Checked>>,
    pub(super) shut: Option<Skip>,
}

impl Way<'_> {
    /// Says whether there is anything left to ask.
    pub(super) fn is_open(&self) -> bool {
        self.shut.is_none() || self.log.is_some()
    }

    /// Asks one gate, unless one is shut already and nobody wants to know the rest.
    pub(super) fn ask(&mut self, what: &str, gate: impl FnOnce() -> Outcome) {
        if !self.is_open() {
            return;
        }
        let outcome = gate();
        if let Some(log) = self.log.as_deref_mut() {
            let (passed, value) = match &outcome {
                Ok(value) => (true, value.to_string()),
                Err(skip) => (false, skip.detail.to_string()),
            };
            log.push(Checked { what: what.to_owned(), passed, value });
        }
        if let Err(skip) = outcome {
            self.shut.get_or_insert(skip);
        }
    }
}
