//! The project after every check: texts of durations, schedules and shares are values here and are parsed nowhere else.

use std::collections::BTreeMap;

use chrono::Days;
use chrono_tz::Tz;

use super::Text;
use super::benefit::Benefit;
use super::blur::Blur;
use super::campaign::{CampaignSpec, Factor, Localized, Purpose, SlotSpec, SocialProofSpec, StepSpec};
use super::config::ScoreKind;
use super::content::OfferSpec;
use super::hours::{Hours, OpenHours};
use super::privacy::{Privacy, Retention};
use super::schedule::Schedule;
use super::trigger::Trigger;
use crate::clock::{DAY_US, Span, Timestamp};
use crate::holdout::{Arm, Draw, Everywhere, Share};
use crate::id::{BlockName, CampaignName, SlotName};
use crate::money::Money;

/// A campaign whose every part is valid.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its file name without the extension.
    pub name: CampaignName,
    /// The file; spans of `spec` are offsets in it.
    pub text: Text,
    /// As written.
    pub spec: CampaignSpec,
    /// How late an edition may still go out.
    pub late: Span,
    /// When it goes out, for a campaign that goes to a list; exactly one of this and `trigger` is there.
    pub schedule: Option<Schedule>,
    /// Zone of its schedule and of its days; the project's when absent.
    pub zone: Option<Tz>,
    /// When its mails may leave, the project's quiet hours among it.
    pub hours: OpenHours,
    /// What starts it for one person, for a campaign without a schedule.
    pub trigger: Option<Trigger>,
    /// The mails of a triggered sequence, in order; empty for a campaign with a schedule.
    pub steps: Vec<Step>,
    /// Percentage kept untreated, 0 to 100, as declared; `time_limited` turns it off.
    pub holdout: Option<f64>,
    /// How long after the mail success is counted; absent for some compulsory campaigns.
    pub horizon: Option<Span>,
    /// What fills each slot.
    pub slots: BTreeMap<SlotName, Slot>,
    /// The arms of its experiment, in order; empty without one.
    pub arms: Vec<CampaignArm>,
    /// The smallest effect worth finding, in percent.
    pub minimum_effect: Option<f64>,
    /// What one mail costs, in minor units of the project's currency, often less than one.
    pub cost_per_mail: Option<f64>,
}

/// One arm of an experiment.
#[derive(Debug, Clone)]
pub struct CampaignArm {
    /// Its name.
    pub name: String,
    /// Its share of those not held out, in percent.
    pub percent: f64,
    /// What it differs in.
    pub factors: Vec<Factor>,
    /// The campaign with its differences made; it has no arms.
    pub campaign: Campaign,
}

impl Campaign {
    /// Returns the percentage that is kept untreated, after the exemptions of what must be told and of short offers; `None` when nobody is.
    pub fn held_out(&self) -> Option<f64> {
        self.holdout.filter(|percent| *percent > 0.0 && !self.spec.compulsory && !self.spec.time_limited)
    }

    /// Names the experiment in the ledger: its own name, or that of the holdout by its share.
    pub fn experiment(&self) -> Option<String> {
        let named = self.spec.experiment.as_ref().map(|experiment| experiment.name.get_ref().clone());
        let is_drawn = self.held_out().is_some() || !self.arms.is_empty();
        named.filter(|_| is_drawn).or_else(|| self.held_out().map(|percent| format!("holdout-{percent}%")))
    }

    /// Returns where its people fall.
    pub fn draw(&self) -> Draw {
        let name = &self.name;
        let salt = self.spec.experiment.as_ref().map(|experiment| format!("{name}/{}", experiment.name.get_ref()));
        let ends = crate::holdout::ends(self.arms.iter().map(|arm| arm.percent));
        Draw {
            salt: salt.unwrap_or_else(|| name.to_string()),
            held_out: self.held_out().map_or(Share::NONE, Share::from_percent),
            arms: self.arms.iter().map(|arm| arm.name.clone()).zip(ends).collect(),
        }
    }

    /// Names the arm that the others are compared with: those held out, or else the first.
    pub fn baseline(&self) -> Option<&str> {
        let control = self.held_out().map(|_| Arm::Control.as_str());
        control.or_else(|| self.arms.first().map(|arm| arm.name.as_str()))
    }

    /// Returns what its arms differ in: one thing, unless the author wrote that they are mixed.
    pub fn factors(&self) -> Vec<Factor> {
        let mut factors: Vec<Factor> = self.arms.iter().flat_map(|arm| arm.factors.iter().copied()).collect();
        factors.sort_unstable();
        factors.dedup();
        factors
    }

    /// Returns the campaign as an arm sends it; as written when there is no such arm.
    pub fn as_arm(&self, variant: Option<&str>) -> &Self {
        let found = variant.and_then(|variant| self.arms.iter().find(|arm| arm.name == variant));
        found.map_or(self, |arm| &arm.campaign)
    }

    /// Returns the campaign as written, then as each arm sends it.
    pub fn versions(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.arms.iter().map(|arm| &arm.campaign))
    }

    /// Returns every template that a mail of it may use.
    pub fn templates(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for version in self.versions() {
            found.push(version.template(None));
            found.extend(version.steps.iter().map(|step| version.template(Some(step))));
        }
        found
    }

    /// Returns the step of this name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// Returns the template file of a step, or of the campaign.
    pub fn template<'a>(&'a self, step: Option<&'a Step>) -> &'a str {
        step.and_then(|step| step.spec.template.as_ref()).unwrap_or(&self.spec.template).get_ref()
    }

    /// Returns the subject of a step, or of the campaign, in every language.
    pub fn subject<'a>(&'a self, step: Option<&'a Step>) -> &'a Localized {
        step.map(|step| &step.spec.subject).filter(|subject| !subject.is_empty()).unwrap_or(&self.spec.subject)
    }

    /// Returns the preheader of a step, or of the campaign, in every language; may be empty.
    pub fn preheader<'a>(&'a self, step: Option<&'a Step>) -> &'a Localized {
        step.map(|step| &step.spec.preheader).filter(|preheader| !preheader.is_empty()).unwrap_or(&self.spec.preheader)
    }
}

/// One mail of a sequence.
#[derive(Debug, Clone)]
pub struct Step {
    /// Name, part of the edition.
    pub name: String,
    /// Its time from the trigger.
    pub when: When,
    /// Offers of which it may carry one: names of `offers.toml`.
    pub offers: Vec<String>,
    /// As written.
    pub spec: StepSpec,
}

/// The time of a step from its trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// This long after the trigger's instant.
    After(Span),
    /// This long before the trigger's date.
    Before(Span),
}

/// What fills one place of the template.
#[derive(Debug, Clone)]
pub struct Slot {
    /// As written.
    pub spec: SlotSpec,
    /// Products: what they are for.
    pub purpose: Purpose,
    /// Products: none the person bought within this time.
    pub not_bought_within: Option<Span>,
    /// Products: none shown to the person within this time.
    pub not_shown_within: Option<Span>,
    /// Products: none looked at more lately than this.
    pub min_delay: Option<Span>,
    /// Products: none published longer ago.
    pub max_age: Option<Span>,
    /// Products: none the person looked at within this time.
    pub not_viewed_within: Option<Span>,
    /// Products and cart: the count of orders to show.
    pub social_proof: Option<SocialProof>,
    /// The block that an arm puts first.
    pub first_block: Option<BlockName>,
    /// The block that an arm leaves out.
    pub without_block: Option<BlockName>,
}

/// A true count of orders, hidden under a minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocialProof {
    /// Days back from the instant of the mail.
    pub days: u32,
    /// Orders under which nothing is said, at least 1.
    pub min: u32,
}

impl SocialProof {
    /// Longest window, in days.
    pub const DAYS_MAX: u32 = 90;

    /// Reads what is written; `None` when the window is not whole days within the limit, or the minimum is nobody.
    pub fn read(spec: &SocialProofSpec) -> Option<Self> {
        let window = Span::parse(spec.window.get_ref())?;
        let days = u32::try_from(window.0 / crate::clock::DAY_US).ok()?;
        let is_good = window.0 % crate::clock::DAY_US == 0 && (1..=Self::DAYS_MAX).contains(&days) && spec.min > 0;
        is_good.then_some(Self { days, min: spec.min })
    }

    /// Returns the window as a length of time.
    pub fn window(self) -> Span {
        Span::days(i64::from(self.days))
    }
}

/// A benefit whose every part is valid.
#[derive(Debug, Clone)]
pub struct Offer {
    /// As written.
    pub spec: OfferSpec,
    /// A person gets it at most once in this time.
    pub once_per: Option<Span>,
    /// Nobody gets it who got any offer within this time.
    pub not_again_within: Option<Span>,
    /// The benefit of whom no tier is for.
    pub benefit: Option<Benefit>,
    /// The benefit of each tier, in the order of the specification.
    pub tiers: Vec<Benefit>,
    /// Margin to keep, in hundredths of the price that is paid.
    pub margin_floor: Option<u8>,
    /// What all mails together may cost.
    pub budget: Option<Money>,
}

impl Offer {
    /// Says whether there is less of it than people may want.
    pub fn is_limited(&self) -> bool {
        self.budget.is_some() || self.spec.max_uses.is_some() || self.spec.codes.is_some()
    }
}

/// The durations and limits of `relance.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Time after which an act weighs half.
    pub half_life: Span,
    /// Time after which an order weighs half in what is popular.
    pub popularity_half_life: Span,
    /// Silence after which a person who bought is dormant.
    pub dormant_after: Span,
    /// Time without a purchase after which a cart is forgotten.
    pub cart_expires_after: Span,
    /// Contact pressure; each must hold.
    pub caps: Vec<Cap>,
    /// Hours at which nobody is written to.
    pub quiet_hours: Option<Hours>,
    /// Least time between two mails to one person.
    pub min_gap: Option<Span>,
    /// Contact pressure on all people of an account; each must hold.
    pub account_caps: Vec<Cap>,
    /// Most personal blocks shown to one person; each must hold.
    pub personal_blocks: Vec<Cap>,
    /// Whom to spare more, in the order of `[[pressure.slower]]`.
    pub slower: Vec<Sparing>,
    /// Soft bounces after which an address counts as dead, when the project says so.
    pub soft_bounces: Option<Cap>,
    /// Age above which a plan is not run any more.
    pub max_plan_age: Span,
    /// People who get no marketing mail at all, to measure all of it against.
    pub holdout: Option<Everywhere>,
    /// Percentage of a plan's people who may drop out before it is refused.
    pub max_drift: f64,
    /// What may be known and shown of a person.
    pub privacy: Privacy,
    /// What models may see of people; `None` where they see them as they are.
    pub blur: Option<Blur>,
    /// What people are likely to do, in order of name.
    pub scores: Vec<Score>,
    /// How long the ledger keeps what it may forget.
    pub retention: Retention,
    /// Age above which a source is stale, by source name (`contacts`, `events`, ...).
    pub max_age: BTreeMap<String, Span>,
    /// How often a query is run again while mails go out, by source name.
    pub recheck_every: BTreeMap<String, Span>,
}

/// What people are likely to do, as conditions name it; its kind has what it needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Its name.
    pub name: String,
    /// What it says.
    pub kind: ScoreKind,
    /// Days within which it happens, of those that are about a time to come.
    pub horizon_days: Option<u32>,
    /// The segment that people resemble.
    pub seed: Option<String>,
    /// The extra column that holds it.
    pub column: Option<String>,
    /// The campaign whose holdout it is learned from.
    pub campaign: Option<String>,
    /// Scores between which a person is undecided, when the project says so.
    pub undecided: Option<[f64; 2]>,
}

/// Most mails in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Mails, at least 1.
    pub n: u32,
    /// Length of the window.
    pub window: Span,
    /// Whether the window is of whole days of the recipient's calendar, today the last, and not of hours back from now.
    pub by_day: bool,
}

impl Cap {
    /// Reads `3 per 7d`, hours back from now, or `3 per 7 calendar days`.
    pub fn parse(text: &str) -> Option<Self> {
        let (n, window) = text.split_once(" per ")?;
        let days = window.trim().strip_suffix("calendar day").or_else(|| window.trim().strip_suffix("calendar days")).map(str::trim);
        let window = match days {
            Some("") => Span::days(1),
            Some(days) => Span::days(days.parse::<u16>().ok()?.into()),
            None => Span::parse(window)?,
        };
        let cap = Self { n: n.trim().parse().ok()?, window, by_day: days.is_some() };
        (cap.n > 0 && cap.window.0 > 0).then_some(cap)
    }

    /// Returns the cap with a window so many times as long; days are rounded up.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "windows are days, not ages of the universe")]
    pub fn stretched(self, factor: f64) -> Self {
        let window = (self.window.0 as f64 * factor) as i64;
        let whole = if self.by_day { window.saturating_add(DAY_US - 1) / DAY_US * DAY_US } else { window };
        Self { window: Span(whole), ..self }
    }

    /// Returns the instant after which mails count.
    pub fn since(self, now: Timestamp, zone: Tz) -> Timestamp {
        if !self.by_day {
            return now.minus(self.window);
        }
        let first = now.date(zone).checked_sub_days(Days::new(self.days().saturating_sub(1)));
        first.map_or(Timestamp(i64::MIN), |day| Timestamp(Timestamp::start_of_day(day, zone).0 - 1))
    }

    /// Returns when a mail of an instant counts no more.
    pub fn leaves(self, at: Timestamp, zone: Tz) -> Timestamp {
        if !self.by_day {
            return at.plus(self.window);
        }
        let day = at.date(zone).checked_add_days(Days::new(self.days()));
        day.map_or(Timestamp(i64::MAX), |day| Timestamp::start_of_day(day, zone))
    }

    fn days(self) -> u64 {
        u64::try_from(self.window.0 / DAY_US).unwrap_or(1)
    }
}

impl std::fmt::Display for Cap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.by_day, self.days()) {
            (false, _) => write!(f, "{} per {}", self.n, self.window),
            (true, 1) => write!(f, "{} per calendar day", self.n),
            (true, days) => write!(f, "{} per {days} calendar days", self.n),
        }
    }
}

/// Whom to spare more: how, beside the condition that tells them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sparing {
    /// Times that windows are longer, at least 1.
    pub factor: f64,
    /// Caps besides.
    pub caps: Vec<Cap>,
}

/// Mails per time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Mails, at least 1.
    pub n: u32,
    /// In this time.
    pub per: Span,
}

impl Rate {
    /// Reads `10 per second`, `600 per minute`, `5000 per hour`, `3 per 10s`.
    pub fn parse(text: &str) -> Option<Self> {
        let (n, per) = text.split_once(" per ")?;
        let per = match per.trim() {
            "second" => Span(1_000_000),
            "minute" => Span(60_000_000),
            "hour" => Span::hours(1),
            "day" => Span::days(1),
            other => Span::parse(other)?,
        };
        let rate = Self { n: n.trim().parse().ok()?, per };
        (rate.n > 0 && rate.per.0 > 0).then_some(rate)
    }

    /// Returns the time from one mail to the next.
    pub fn every(self) -> Span {
        Span(self.per.0 / i64::from(self.n.max(1)))
    }
}

/// Reads `5%` or `0.5 %`, from 0 to 100.
pub fn percentage(text: &str) -> Option<f64> {
    let percent: f64 = text.trim().strip_suffix('%')?.trim().parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_a_number_per_window() {
        assert_eq!(Cap::parse("3 per 7d"), Some(Cap { n: 3, window: Span::days(7), by_day: false }));
        assert_eq!(Cap::parse("3 per 7 calendar days"), Some(Cap { n: 3, window: Span::days(7), by_day: true }));
        assert_eq!(Cap::parse("1 per calendar day"), Some(Cap { n: 1, window: Span::days(1), by_day: true }));
        assert_eq!(Cap::parse("1 per 12 hours"), Some(Cap { n: 1, window: Span::hours(12), by_day: false }));
        for wrong in [
            "",
            "3",
            "3 per",
            "0 per 7d",
            "-1 per 7d",
            "3 per 0d",
            "three per 7d",
            "3 per week",
            "3 / 7d",
            "1 per 0 calendar days",
            "1 per x calendar days",
        ] {
            assert_eq!(Cap::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_a_number_per_unit_of_time() {
        for (text, every_ms) in [("10 per second", 100), ("600 per minute", 100), ("3600 per hour", 1_000), ("1 per 10s", 10_000)] {
            assert_eq!(Rate::parse(text).map(|rate| rate.every().0), Some(every_ms * 1_000), "{text}");
        }
        for wrong in ["", "10", "0 per second", "10 per", "10/s", "ten per second", "10 per fortnight", "-1 per second"] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_percentage_has_its_sign() {
        assert_eq!(percentage("5%"), Some(5.0));
        assert_eq!(percentage("0.5 %"), Some(0.5));
        for wrong in ["5", "-1%", "101%", "NaN%", "inf%", "%"] {
            assert_eq!(percentage(wrong), None, "{wrong}");
        }
    }
}
