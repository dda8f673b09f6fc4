//! The room a company has left while one plan is made: its people share it, the smallest id first.

use std::collections::HashMap;

use super::decision::Decision;
use super::planner::Planner;
use crate::audience::{Reason, Skip};
use crate::profile::Profile;

/// Counts the mails that a plan has for each company, and turns away those above its cap.
///
/// Decisions are asked in order of id, so that a plan is the same on any number of threads.
#[derive(Debug)]
pub struct Room<'p, 'a> {
    planner: &'p Planner<'a>,
    planned: HashMap<String, u32>,
}

impl<'p, 'a> Room<'p, 'a> {
    /// Starts a plan.
    pub fn new(planner: &'p Planner<'a>) -> Self {
        Self { planner, planned: HashMap::new() }
    }

    /// Takes the place of an admitted mail, or skips it when its company has had or will have enough.
    pub fn admit(&mut self, profile: &Profile, decision: Decision) -> Decision {
        let Some(account) = profile.contact.account_id.as_ref().filter(|_| self.planner.has_account_caps()) else { return decision };
        if matches!(decision, Decision::Skipped(_)) {
            return decision;
        }
        let n = self.planned.get(account).copied().unwrap_or(0);
        if let Some(cap) = self.planner.account_cap_reached(account, n) {
            return Decision::Skipped(Skip::new(Reason::AccountCap, format!("{} per {}", cap.n, cap.window)));
        }
        self.planned.insert(account.clone(), n + 1);
        decision
    }
}
