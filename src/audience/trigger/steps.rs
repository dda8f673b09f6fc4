//! Which mail of a sequence is due: the latest step whose instant has come, of the first cause that was not told of.

use super::{Asked, Cause, Occasion, Triggered};
use crate::clock::{DAY_US, Now, Span, Timestamp};
use crate::id::Edition;
use crate::project::checked::{Step, When};

/// What ended longer ago was not missed: it was over before anybody asked.
const MISSED_SHOWN: Span = Span::days(30);

impl Asked<'_> {
    pub(super) fn now(&self) -> Now {
        let now = self.person.reading.now;
        Now { zone: self.campaign.zone.unwrap_or(now.zone), ..now }
    }

    /// Says whether a mail of this edition was planned or sent.
    pub(super) fn was_told(&self, edition: &Edition) -> bool {
        self.past.iter().any(|past| past.campaign == self.campaign.name && past.edition == *edition)
    }

    /// Finds a due mail among causes, in their order; one already told of gives way to the next.
    pub(super) fn choose(&self, causes: Vec<Cause>, nothing: &'static str) -> Triggered {
        let mut best = Triggered::No(nothing);
        for cause in causes {
            let found = self.latest_step(cause);
            match &found {
                Triggered::Due(occasion) if !self.was_told(&occasion.edition) => return found,
                Triggered::Due(_) => best = found,
                Triggered::TooLate(_) if !matches!(best, Triggered::Due(_)) => best = found,
                Triggered::NotYet(_) if matches!(best, Triggered::No(_)) => best = found,
                _ => {}
            }
        }
        best
    }

    /// As [`Self::choose`], leaving aside what was over long ago.
    pub(super) fn choose_lately(&self, mut causes: Vec<Cause>, nothing: &'static str) -> Triggered {
        let now = self.now().at;
        causes.retain(|cause| {
            let last = self.campaign.steps.iter().map(|step| self.due_at(cause.at, step)).max().unwrap_or(cause.at);
            now <= last.plus(self.campaign.late).plus(MISSED_SHOWN)
        });
        self.choose(causes, nothing)
    }

    fn due_at(&self, origin: Timestamp, step: &Step) -> Timestamp {
        match step.when {
            When::After(span) => origin.plus(span),
            When::Before(span) => before(origin, span, self.now()),
        }
    }

    /// Returns the latest step whose instant has come: an earlier step that was missed is not sent after a later one.
    fn latest_step(&self, cause: Cause) -> Triggered {
        let (campaign, now) = (self.campaign, self.now());
        let due_at = |step: &Step| self.due_at(cause.at, step);
        let reached = campaign.steps.iter().filter(|step| due_at(step) <= now.at).max_by_key(|step| due_at(step));
        let Some(step) = reached else {
            return campaign.steps.iter().map(due_at).min().map_or(Triggered::No("the campaign has no step"), Triggered::NotYet);
        };
        let next_at = campaign.steps.iter().map(due_at).filter(|at| *at > now.at).min();
        let due_at = due_at(step);
        let late_at = due_at.plus(campaign.late);
        // Whoever must be told of something that ends is told as long as it helps: until the next mail about it, or until its last day.
        let expires_at = match cause.owned.as_ref().filter(|_| campaign.spec.compulsory) {
            Some(owned) => {
                let end_of = |day: chrono::NaiveDate| Some(Timestamp::start_of_day(day.succ_opt()?, now.zone));
                next_at.or_else(|| end_of(owned.ends_on)).map_or(late_at, |end| end.max(late_at))
            }
            None => cause.until.map_or(late_at, |until| late_at.min(until)),
        };
        let occasion = Box::new(Occasion {
            edition: Edition(format!("{}/{}", step.name, cause.key)),
            due_at,
            expires_at,
            not_before: None,
            step: Some(step.name.clone()),
            owned: cause.owned,
            products: cause.products,
        });
        if now.at <= occasion.expires_at { Triggered::Due(occasion) } else { Triggered::TooLate(occasion) }
    }
}

/// Goes back whole days on the calendar, so that a change of clocks moves nothing, and the rest as time.
fn before(origin: Timestamp, span: Span, now: Now) -> Timestamp {
    let days = u64::try_from(span.0 / DAY_US).unwrap_or(0);
    let local = origin.local(now.zone).naive_local().checked_sub_days(chrono::Days::new(days));
    local.map_or_else(|| origin.minus(span), |local| Timestamp::from_local(local, now.zone).minus(Span(span.0 % DAY_US)))
}
