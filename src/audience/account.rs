//! Contact pressure on a company: the mails its people had, added up.

use std::collections::HashMap;

use super::history::{Past, SendHistory};
use crate::clock::Now;
use crate::id::{CampaignName, ContactId};
use crate::profile::Members;
use crate::project::checked::Cap;

/// How many mails each company has had within the window of each cap.
#[derive(Debug, Default)]
pub struct AccountPressure<'a> {
    caps: &'a [Cap],
    /// One number a cap.
    had: HashMap<&'a str, Vec<u32>>,
}

impl<'a> AccountPressure<'a> {
    /// Adds up the mails of the past, and those that other campaigns plan for today (`taken`), by company.
    pub fn new(
        caps: &'a [Cap],
        members: &'a Members,
        history: &'a SendHistory,
        taken: &'a HashMap<ContactId, CampaignName>,
        now: Now,
    ) -> Self {
        let mut pressure = Self { caps, had: HashMap::new() };
        if caps.is_empty() {
            return pressure;
        }
        for (contact, past) in &history.by_recipient {
            let counted = past.iter().filter(|past| !past.compulsory);
            counted.for_each(|past| pressure.count(members, contact, |cap| past.at > now.at.minus(cap.window)));
        }
        // What was planned a moment ago, by another campaign of the same run, is not in the history yet.
        let is_known = |past: &Past, by: &CampaignName| past.campaign == *by && past.at.date(now.zone) == now.today();
        for (contact, by) in taken {
            if !history.of(contact.as_str()).iter().any(|past| is_known(past, by)) {
                pressure.count(members, contact, |_| true);
            }
        }
        pressure
    }

    fn count(&mut self, members: &'a Members, contact: &ContactId, counts: impl Fn(&Cap) -> bool) {
        let Some(account) = members.account_of(contact.as_str()) else { return };
        let had = self.had.entry(account).or_insert_with(|| vec![0; self.caps.len()]);
        had.iter_mut().zip(self.caps).for_each(|(n, cap)| *n += u32::from(counts(cap)));
    }

    /// Says whether there is any cap.
    pub fn has_caps(&self) -> bool {
        !self.caps.is_empty()
    }

    /// Returns each cap with the number of mails that a company has had within its window.
    pub fn on(&self, account: &str) -> impl Iterator<Item = (Cap, u32)> + '_ {
        let had = self.had.get(account).map_or(&[][..], Vec::as_slice);
        self.caps.iter().enumerate().map(move |(at, cap)| (*cap, had.get(at).copied().unwrap_or(0)))
    }

    /// Returns the cap that a company reaches once `more` mails are planned for it; `None` while there is room.
    pub fn reached(&self, account: &str, more: u32) -> Option<Cap> {
        self.on(account).find(|(cap, had)| had.saturating_add(more) >= cap.n).map(|(cap, _)| cap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Span, Timestamp};
    use crate::id::Edition;

    const NOW: Now = Now { at: Timestamp(1_800_000_000_000_000), zone: chrono_tz::UTC };

    fn past(campaign: &str, days_ago: i64, compulsory: bool) -> Past {
        let at = NOW.at.minus(Span::days(days_ago));
        Past {
            campaign: CampaignName(campaign.to_owned()),
            edition: Edition("e".to_owned()),
            at,
            compulsory,
            products: Vec::new(),
            offer: None,
        }
    }

    #[test]
    fn the_mails_of_colleagues_are_added_up_and_service_mails_are_not() {
        let caps = [Cap { n: 3, window: Span::days(7) }, Cap { n: 9, window: Span::days(30) }];
        let belonging = [("c1", "a"), ("c2", "a"), ("c3", "b")].map(|(contact, account)| (contact.into(), account.to_owned()));
        let members = Members::of(belonging);
        let by_recipient = HashMap::from([
            ("c1".into(), vec![past("letter", 20, false), past("letter", 2, false), past("card", 1, true)]),
            ("c2".into(), vec![past("letter", 0, false)]),
            ("c3".into(), vec![past("letter", 1, false)]),
            ("nobody".into(), vec![past("letter", 1, false)]),
        ]);
        let history = SendHistory { by_recipient, ..SendHistory::default() };
        let letter = CampaignName("letter".to_owned());
        let other = CampaignName("other".to_owned());
        // `c2` has had its letter of today already; `c1` is about to get a mail of another campaign.
        let taken = HashMap::from([("c2".into(), letter), ("c1".into(), other)]);
        let pressure = AccountPressure::new(&caps, &members, &history, &taken, NOW);
        assert_eq!(pressure.on("a").map(|(_, had)| had).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(pressure.on("b").map(|(_, had)| had).collect::<Vec<_>>(), [1, 1]);
        assert_eq!(pressure.reached("a", 0), Some(caps[0]));
        assert_eq!((pressure.reached("b", 1), pressure.reached("b", 2)), (None, Some(caps[0])));
        assert_eq!(pressure.reached("unheard of", 2), None);
    }
}
