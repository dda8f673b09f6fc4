//! Whose link it is: tokens opened, their mails found, the old ones refused.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Door;
use crate::clock::{Span, Timestamp};
use crate::error::Result;
use crate::ledger::{Ledger, Named};
use crate::message::token::Purpose;
use crate::project::Project;

/// How often a token that opens nothing makes the door look for campaigns that are new.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The campaigns whose tokens are opened: those of the project, and those that it had, as long as the ledger knows them.
pub(super) struct Campaigns(Mutex<(Arc<BTreeSet<String>>, Instant)>);

impl Campaigns {
    pub(super) async fn of(project: &Project, ledger: &Ledger) -> Result<Self> {
        let names = project.campaigns.keys().map(ToString::to_string).chain(ledger.campaigns().await?).collect();
        Ok(Self(Mutex::new((Arc::new(names), Instant::now()))))
    }

    fn known(&self) -> Arc<BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Looks for new campaigns, unless somebody did a moment ago; says whether there are any.
    async fn look(&self, ledger: &Ledger) -> Result<bool> {
        {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if held.1.elapsed() < LOOK_EVERY {
                return Ok(false);
            }
            held.1 = Instant::now();
        }
        let found = ledger.campaigns().await?;
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = held.0.len();
        let all: BTreeSet<String> = held.0.iter().cloned().chain(found).collect();
        held.0 = Arc::new(all);
        Ok(held.0.len() > before)
    }
}

/// Whoever holds a good link to their own pages.
pub(super) struct Holder {
    pub(super) campaign: String,
    pub(super) recipient: String,
    /// The last mail of the campaign to them; none when relance sent none itself.
    pub(super) mail: Option<Named>,
}

impl Door {
    /// Opens the token of a person; `None` for one that is forged, of another purpose, project or key, or too old.
    pub(super) async fn holder(&self, purpose: Purpose, token: &str) -> Result<Option<Holder>> {
        let opened = match self.opened(purpose, token) {
            None if self.campaigns.look(&self.ledger).await? => self.opened(purpose, token),
            opened => opened,
        };
        // A token that opens nothing costs a look at the ledger too: how long an answer takes tells nothing.
        let (campaign, recipient) = opened.clone().unwrap_or_default();
        let mail = self.ledger.last_mail(&campaign, &recipient).await?;
        let is_old = mail.as_ref().is_some_and(|mail| self.is_over(purpose, mail.planned_for));
        Ok(opened.filter(|_| !is_old).map(|(campaign, recipient)| Holder { campaign, recipient, mail }))
    }

    /// As [`Self::holder`], without the mail where nothing depends on it.
    pub(super) async fn holder_only(&self, purpose: Purpose, token: &str) -> Result<Option<Holder>> {
        match self.opened(purpose, token) {
            Some((campaign, recipient)) if self.expiry(purpose).is_none() => Ok(Some(Holder { campaign, recipient, mail: None })),
            _ => self.holder(purpose, token).await,
        }
    }

    fn opened(&self, purpose: Purpose, token: &str) -> Option<(String, String)> {
        let campaigns = self.campaigns.known();
        let opened = self.keys.open_steadily(purpose, campaigns.iter().map(String::as_str), token)?;
        Some((opened.0.to_owned(), opened.1))
    }

    fn expiry(&self, purpose: Purpose) -> Option<Span> {
        let expiry = &self.project.config.public.as_ref()?.expiry;
        let written = match purpose {
            Purpose::Unsubscribe => &expiry.unsubscribe,
            Purpose::Preferences => &expiry.preferences,
            Purpose::Answer => &expiry.answer,
            Purpose::View => &expiry.view,
            Purpose::Click => &expiry.click,
            Purpose::Bounce | Purpose::Cart => return None,
        };
        Span::parse(written.as_ref()?.get_ref())
    }

    /// Says whether the links of a mail work no longer.
    pub(super) fn is_over(&self, purpose: Purpose, sent: Timestamp) -> bool {
        self.expiry(purpose).is_some_and(|expiry| sent.plus(expiry) < self.now())
    }
}
