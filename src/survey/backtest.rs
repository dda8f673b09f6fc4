//! What a calendar of campaigns would have done on past days: mails a person, who gave way to whom, offers, picks that were bought.
//!
//! It counts decisions that somebody else made, a day after the other; what the days see of the past is that one's affair.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::hits::Hits;
use crate::audience::Reason;
use crate::clock::Timestamp;
use crate::id::{CampaignName, ContactId, Edition};
use crate::plan::{Decision, Used};
use crate::project::Project;
use crate::project::checked::Campaign;

/// Length of the window in which the busiest time of a person is looked for, in days.
const BUSY_DAYS: u32 = 7;

/// One simulated day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The instant at which everything due was decided.
    pub at: Timestamp,
    /// Marketing and compulsory mails.
    pub mails: u64,
    /// People with a mail.
    pub people: u64,
    /// People whom more than one marketing campaign would have written to.
    pub wanted_by_several: u64,
    /// Campaigns that were due, in the order in which they decided.
    pub campaigns: Vec<CampaignDay>,
}

/// One campaign on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CampaignDay {
    /// The campaign.
    pub campaign: CampaignName,
    /// Its edition, or the day where each person has one.
    pub edition: Edition,
    /// Mails.
    pub planned: u64,
    /// Contacts without a mail, by reason.
    pub skipped: BTreeMap<Reason, u64>,
}

/// What a rule or a campaign of higher priority kept from people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The campaign that gave way.
    pub campaign: CampaignName,
    /// Why.
    pub reason: Reason,
    /// The rule, or the campaign that won.
    pub by: String,
    /// Times: a person who was kept waiting three days counts three times.
    pub times: u64,
    /// Different people.
    pub people: u64,
    /// Of these, those who got no mail of the campaign on any simulated day after.
    pub never: u64,
}

/// What was given of one offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Given {
    /// Mails that carry it.
    pub mails: u64,
    /// What they cost at most, in minor units of the project's currency.
    pub cost: i64,
    /// Mails whose cost cannot be counted.
    pub uncounted: u64,
    /// The budget, in minor units.
    pub budget: Option<i64>,
    /// The most mails that may carry it.
    pub max_uses: Option<u64>,
    /// What was used up of it before the first day.
    pub used_before: u64,
    /// Mails that were to carry it and do not.
    pub not_given: u64,
    /// Codes that were needed, for an offer with a pool.
    pub codes_needed: Option<u64>,
    /// Codes that the pool of this offer held before the first day.
    pub codes_held: Option<u64>,
}

/// How many mails people get.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Load {
    /// People, those without a mail included.
    pub people: u64,
    /// Marketing mails to people: mails to number of people; those without any are under 0.
    pub marketing: BTreeMap<u32, u64>,
    /// Compulsory mails in all.
    pub compulsory: u64,
    /// The most marketing mails that anybody gets in seven days.
    pub most_in_a_week: u32,
    /// People who get that many in some seven days.
    pub people_of_most: u64,
}

impl Load {
    /// Returns the number of marketing mails.
    pub fn mails(&self) -> u64 {
        self.marketing.iter().map(|(mails, people)| u64::from(*mails) * people).sum()
    }
}

/// What the simulated days came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Day by day.
    pub days: Vec<Day>,
    /// Mails a person.
    pub load: Load,
    /// What campaigns of higher priority and rules of pressure kept from people, most first.
    pub kept: Vec<Kept>,
    /// Offers.
    pub offers: BTreeMap<String, Given>,
    /// Picks beside popularity, by campaign.
    pub hits: BTreeMap<CampaignName, Hits>,
}

/// Days being counted.
#[derive(Debug, Default)]
pub struct Backtest {
    days: Vec<Day>,
    /// Days of the marketing mails of each person, as positions.
    marketing: HashMap<ContactId, Vec<u32>>,
    compulsory: u64,
    kept: BTreeMap<(CampaignName, Reason, String), Waiting>,
    offers: BTreeMap<String, Given>,
    hits: BTreeMap<CampaignName, Hits>,
    /// Marketing campaigns that would write to each person today.
    wanted: HashMap<ContactId, u32>,
    written: HashSet<ContactId>,
}

/// People whom one thing kept from one campaign.
#[derive(Debug, Default)]
struct Waiting {
    times: u64,
    people: HashSet<ContactId>,
    /// Those who have not got a mail of it since.
    still: HashSet<ContactId>,
}

impl Backtest {
    /// Starts with the offers of a project and what was used up of them.
    pub fn new(project: &Project, used: &Used) -> Self {
        let offers = project.offers.iter().map(|(name, offer)| {
            let pool = offer.spec.codes.as_ref().map(crate::project::content::CodesSpec::pool);
            let given = Given {
                budget: offer.budget.map(|budget| budget.minor),
                max_uses: offer.spec.max_uses,
                used_before: used.offers.get(name).map_or(0, |used| used.mails),
                codes_needed: pool.as_ref().map(|_| 0),
                codes_held: pool.as_ref().map(|pool| used.codes_left.get(pool).copied().unwrap_or(0)),
                ..Given::default()
            };
            (name.clone(), given)
        });
        Self { offers: offers.collect(), ..Self::default() }
    }

    /// Starts a day.
    pub fn start_day(&mut self, at: Timestamp) {
        self.days.push(Day { at, mails: 0, people: 0, wanted_by_several: 0, campaigns: Vec::new() });
        self.wanted.clear();
        self.written.clear();
    }

    /// Starts a campaign of the day.
    pub fn start_campaign(&mut self, campaign: &Campaign, edition: Edition) {
        let started = CampaignDay { campaign: campaign.name.clone(), edition, planned: 0, skipped: BTreeMap::new() };
        self.days.last_mut().into_iter().for_each(|day| day.campaigns.push(started.clone()));
    }

    /// Counts one decision of the campaign that was started last.
    pub fn add(&mut self, campaign: &Campaign, recipient: &ContactId, decision: &Decision) {
        let n_days = u32::try_from(self.days.len()).unwrap_or(u32::MAX);
        let Some((day, counted)) = self.days.last_mut().and_then(|day| day.campaigns.pop().map(|counted| (day, counted))) else { return };
        let mut counted = counted;
        match decision {
            Decision::Skipped(skip) => {
                *counted.skipped.entry(skip.reason).or_default() += 1;
                day.campaigns.push(counted);
                if skip.reason == Reason::LowerPriority {
                    *self.wanted.entry(recipient.clone()).or_default() += 1;
                }
                if matches!(skip.reason, Reason::LowerPriority | Reason::FrequencyCap | Reason::AccountCap) {
                    let waiting = self.kept.entry((campaign.name.clone(), skip.reason, skip.detail.to_string())).or_default();
                    waiting.times += 1;
                    waiting.people.insert(recipient.clone());
                    waiting.still.insert(recipient.clone());
                }
            }
            Decision::Admitted(admission) => {
                counted.planned += 1;
                day.campaigns.push(counted);
                day.mails += 1;
                self.written.insert(recipient.clone());
                if campaign.spec.compulsory {
                    self.compulsory += 1;
                } else {
                    *self.wanted.entry(recipient.clone()).or_default() += 1;
                    self.marketing.entry(recipient.clone()).or_default().push(n_days);
                }
                let of_campaign = self.kept.iter_mut().filter(|((of, ..), _)| *of == campaign.name);
                of_campaign.for_each(|(_, waiting)| _ = waiting.still.remove(recipient));
                if let Some(offer) = &admission.composition.offer {
                    let given = self.offers.entry(offer.name.clone()).or_default();
                    given.mails += 1;
                    given.cost = given.cost.saturating_add(offer.cost.map_or(0, |cost| cost.minor));
                    given.uncounted += u64::from(offer.cost.is_none());
                    if let (Some(needed), true) = (&mut given.codes_needed, offer.pool.is_some()) {
                        *needed += 1;
                    }
                }
                if let Some((name, _)) = &admission.composition.not_given {
                    self.offers.entry(name.clone()).or_default().not_given += 1;
                }
            }
        }
    }

    /// Counts the picks of one mail of a campaign.
    pub fn judge(&mut self, campaign: &CampaignName, hits: Hits) {
        if hits != Hits::default() {
            self.hits.entry(campaign.clone()).or_default().merge(hits);
        }
    }

    /// Ends a day.
    pub fn end_day(&mut self) {
        let Some(day) = self.days.last_mut() else { return };
        day.people = self.written.len() as u64;
        day.wanted_by_several = self.wanted.values().filter(|n| **n > 1).count() as u64;
    }

    /// Ends the counting; `people` is how many there are.
    pub fn settle(self, people: u64) -> Summary {
        let mut load = Load { people, compulsory: self.compulsory, ..Load::default() };
        load.marketing.insert(0, people.saturating_sub(self.marketing.len() as u64));
        for days in self.marketing.values() {
            *load.marketing.entry(u32::try_from(days.len()).unwrap_or(u32::MAX)).or_default() += 1;
            let busiest = busiest(days);
            if busiest > load.most_in_a_week {
                (load.most_in_a_week, load.people_of_most) = (busiest, 0);
            }
            load.people_of_most += u64::from(busiest == load.most_in_a_week);
        }
        let mut kept: Vec<Kept> = self
            .kept
            .into_iter()
            .map(|((campaign, reason, by), waiting)| Kept {
                campaign,
                reason,
                by,
                times: waiting.times,
                people: waiting.people.len() as u64,
                never: waiting.still.len() as u64,
            })
            .collect();
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.times));
        Summary { days: self.days, load, kept, offers: self.offers, hits: self.hits }
    }
}

/// Returns the most mails within seven days; `days` are in order.
fn busiest(days: &[u32]) -> u32 {
    let within = |(at, first): (usize, &u32)| days[at..].iter().take_while(|day| **day < first + BUSY_DAYS).count();
    days.iter().enumerate().map(within).max().map_or(0, |most| u32::try_from(most).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_seven_days_are_found_wherever_they_begin() {
        assert_eq!(busiest(&[]), 0);
        assert_eq!(busiest(&[1, 8]), 1);
        assert_eq!(busiest(&[1, 7]), 2);
        assert_eq!(busiest(&[1, 20, 22, 24, 26, 27]), 4);
    }
}
