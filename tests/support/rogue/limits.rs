//! What a server refuses without a rule, because of what came before.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use super::conduct::Conduct;

/// What limits are measured on, over all connections.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) n_open: usize,
    pub(super) n_stored: usize,
    began: VecDeque<Instant>,
    greylisted: HashMap<String, u32>,
}

impl Usage {
    /// Refuses a connection that is one too many; it counts as open already.
    pub(super) fn refuse_connection(&self, conduct: &Conduct) -> Option<&'static str> {
        conduct.connections.filter(|&most| self.n_open > most).map(|_| "421 4.7.0 too many connections, try again later")
    }

    /// Refuses a mail at MAIL; `n_mails` were stored on the connection.
    pub(super) fn refuse_mail(&mut self, conduct: &Conduct, n_mails: u32) -> Option<&'static str> {
        if conduct.mails_per_connection.is_some_and(|most| n_mails >= most) {
            return Some("421 4.7.0 too many mails on this connection");
        }
        let (most, window) = conduct.rate?;
        let now = Instant::now();
        self.began.retain(|began| now.duration_since(*began) < window);
        if self.began.len() >= most as usize {
            return Some("451 4.7.1 too many mails, try again in 2 minutes");
        }
        self.began.push_back(now);
        None
    }

    /// Refuses a recipient for now.
    pub(super) fn refuse_recipient(&mut self, conduct: &Conduct, recipient: &str) -> Option<&'static str> {
        if conduct.quota.is_some_and(|most| self.n_stored >= most) {
            return Some("452 4.3.1 no space left, try again later");
        }
        if conduct.greylist == 0 {
            return None;
        }
        let n_attempts = self.greylisted.entry(recipient.to_owned()).or_default();
        *n_attempts += 1;
        (*n_attempts <= conduct.greylist).then_some("450 4.7.1 greylisted, try again in 5 minutes")
    }
}
