//! Offers: a benefit for those who are eligible, at most one a mail and one a day, never twice within its own time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::goods::Goods;
use crate::audience::{Checked, Segments};
use crate::clock::{Span, Timestamp};
use crate::condition::{Conjunction, Schema, Subject as _, Use, compile_all};
use crate::error::Diagnostic;
use crate::money::{Currency, Money};
use crate::profile::Person;
use crate::project::Project;
use crate::project::benefit::Benefit;
use crate::project::content::UnknownMargin;

/// All offers of a project, conditions compiled.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    by_name: BTreeMap<String, Rule>,
    currency: Option<Currency>,
}

#[derive(Debug, Clone)]
struct Rule {
    titles: BTreeMap<String, String>,
    benefit: Option<Benefit>,
    tiers: Vec<Tier>,
    code: Option<String>,
    pool: Option<String>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    once_per: Option<Span>,
    not_again_within: Option<Span>,
    margin_floor: Option<u8>,
    unknown_margin: UnknownMargin,
    needs_cost: bool,
    priority: i32,
    by_score: Option<String>,
    conditions: Conjunction,
    uses: BTreeSet<Use>,
}

#[derive(Debug, Clone)]
struct Tier {
    min_points: Option<i64>,
    conditions: Conjunction,
    benefit: Benefit,
    uses: BTreeSet<Use>,
}

/// The benefit a mail carries.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfferChoice {
    /// Its name.
    pub name: String,
    /// What the reader sees, per language.
    #[serde(skip)]
    pub titles: BTreeMap<String, String>,
    /// What it takes off.
    #[serde(skip)]
    pub benefit: Option<Benefit>,
    /// Percentage off.
    pub percent: Option<u8>,
    /// Code to type at the till, when it is the same for all.
    pub code: Option<String>,
    /// The pool that a code of the person's own is taken from when the mail is planned.
    #[serde(skip)]
    pub pool: Option<String>,
    /// Last day.
    pub until: Option<NaiveDate>,
    /// What it costs at most; `None` when that cannot be counted.
    pub cost: Option<Money>,
    /// The score by which people come first to what is limited.
    #[serde(skip)]
    pub score: Option<f64>,
    /// Kinds of data its conditions look at.
    #[serde(skip)]
    pub uses: BTreeSet<Use>,
}

/// What an offer is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) person: &'a Person<'a>,
    /// Offers the person got, and when.
    pub(super) given: &'a [(&'a str, Timestamp)],
    /// When the mail leaves.
    pub(super) leaves_at: Timestamp,
    /// Whether what the person did may be looked at.
    pub(super) may_profile: bool,
    /// Offers the person does not get because others come first, and why.
    pub(super) refused: Option<&'a BTreeMap<String, String>>,
}

impl Offers {
    /// Compiles the conditions of all offers; reports all mistakes.
    pub fn compile(project: &Project, schema: &Schema, segments: &Segments) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut by_name = BTreeMap::new();
        for (name, offer) in &project.offers {
            let spec = &offer.spec;
            let mut compiled = |all: &[toml::Spanned<String>]| {
                let conditions = compile_all(all, &project.offers_text, schema).unwrap_or_else(|mistakes| {
                    diagnostics.extend(mistakes);
                    Conjunction::default()
                });
                let uses = segments.data_behind(&conditions.conditions);
                (conditions, uses)
            };
            let (conditions, uses) = compiled(&spec.all);
            let tiers = spec.tiers.iter().zip(&offer.tiers).map(|(tier, benefit)| {
                let (conditions, uses) = compiled(&tier.all);
                Tier { min_points: tier.min_points, conditions, benefit: *benefit, uses }
            });
            let rule = Rule {
                titles: spec.title.iter().map(|(language, title)| (language.clone(), title.get_ref().clone())).collect(),
                benefit: offer.benefit,
                tiers: tiers.collect(),
                code: spec.code.clone(),
                pool: spec.codes.as_ref().map(crate::project::content::CodesSpec::pool),
                from: spec.from,
                until: spec.until,
                once_per: offer.once_per,
                not_again_within: offer.not_again_within,
                margin_floor: offer.margin_floor,
                unknown_margin: spec.unknown_margin,
                needs_cost: offer.budget.is_some(),
                priority: spec.priority,
                by_score: spec.by_score.clone(),
                conditions,
                uses,
            };
            by_name.insert(name.clone(), rule);
        }
        (Self { by_name, currency: Some(project.currency) }, diagnostics)
    }

    /// Puts the offers of a step in the order in which they are tried: by priority, of equals as written.
    pub(super) fn in_order<'n>(&self, names: &'n [String]) -> Vec<&'n str> {
        let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
        names.sort_by_key(|name| std::cmp::Reverse(self.by_name.get(*name).map_or(0, |rule| rule.priority)));
        names
    }

    /// Returns the offer when a person may have it, whatever the mail shows; `log` collects every condition for `explain`.
    ///
    /// Without `may_profile` an offer whose conditions look at behaviour is nobody's.
    pub(super) fn grant(&self, name: &str, asked: Asked<'_>, log: Option<&mut Vec<Checked>>) -> Option<OfferChoice> {
        let rule = self.by_name.get(name)?;
        let person = asked.person;
        let tier = rule.tier(asked);
        let mut checks = rule.checks(name, asked, tier.is_some());
        if log.is_some() {
            checks.extend(rule.conditions.explain(person).into_iter().map(|check| Checked {
                what: format!("offer {name}: {}", check.text),
                passed: check.truth.is_true(),
                value: check.value,
            }));
        }
        let uses: BTreeSet<Use> = rule.uses.iter().chain(tier.iter().flat_map(|tier| &tier.uses)).copied().collect();
        let allowed = asked.may_profile || !rule.uses.iter().any(|used| used.is_behaviour());
        let eligible = checks.iter().all(|check| check.passed) && allowed && rule.conditions.eval(person).is_true();
        if let Some(log) = log {
            log.extend(checks);
        }
        let benefit = tier.map(|tier| tier.benefit).or(rule.benefit);
        eligible.then(|| OfferChoice {
            name: name.to_owned(),
            titles: rule.titles.clone(),
            benefit,
            percent: benefit.and_then(Benefit::percent),
            code: rule.code.clone(),
            pool: rule.pool.clone(),
            until: rule.until,
            cost: None,
            score: rule.by_score.as_deref().and_then(|score| person.score(score)),
            uses,
        })
    }

    /// Says what an offer costs on what the mail shows, or why the mail cannot carry it.
    pub(super) fn cost(&self, choice: &OfferChoice, goods: &Goods, person: &Person<'_>) -> Result<Option<Money>, String> {
        let (Some(rule), Some(currency)) = (self.by_name.get(&choice.name), self.currency) else { return Ok(None) };
        let Some(benefit) = choice.benefit else { return Ok(None) };
        if let Some(floor) = rule.margin_floor {
            goods.below(floor, rule.unknown_margin, benefit, person)?;
        }
        match goods.cost(benefit, person, currency) {
            None if rule.needs_cost => Err("the mail shows nothing to count the budget on".to_owned()),
            cost => Ok(cost.map(|minor| Money { minor, currency })),
        }
    }

    /// Returns what an offer would cost if it were given whatever its conditions say: the first benefit that the person's points allow.
    pub(super) fn cost_to_all(&self, name: &str, goods: &Goods, person: &Person<'_>) -> Option<Money> {
        let (rule, currency) = (self.by_name.get(name)?, self.currency?);
        let points = person.profile.contact.loyalty_points;
        let by_points = rule.tiers.iter().find(|tier| tier.conditions.conditions.is_empty() && tier.holds_points(points));
        let benefit = by_points.map(|tier| tier.benefit).or(rule.benefit).or_else(|| rule.tiers.last().map(|tier| tier.benefit))?;
        goods.cost(benefit, person, currency).map(|minor| Money { minor, currency })
    }
}

impl Tier {
    fn holds_points(&self, points: Option<i64>) -> bool {
        self.min_points.is_none_or(|least| points.is_some_and(|points| points >= least))
    }
}

impl Rule {
    /// Finds the first tier that the person is in.
    fn tier(&self, asked: Asked<'_>) -> Option<&Tier> {
        let points = asked.person.profile.contact.loyalty_points;
        let may = |tier: &Tier| asked.may_profile || !tier.uses.iter().any(|used| used.is_behaviour());
        self.tiers.iter().find(|tier| tier.holds_points(points) && may(tier) && tier.conditions.eval(asked.person).is_true())
    }

    /// What is asked besides the conditions.
    fn checks(&self, name: &str, asked: Asked<'_>, in_tier: bool) -> Vec<Checked> {
        let (now, day) = (asked.person.reading.now, asked.leaves_at.date(asked.person.reading.now.zone));
        let mut checks = Vec::new();
        let mut check =
            |what: String, passed: bool, value: String| checks.push(Checked { what: format!("offer {name}: {what}"), passed, value });
        let in_dates = self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until);
        check("dates".to_owned(), in_dates, day.to_string());
        if let Some(span) = self.once_per {
            let given = asked.given.iter().any(|(given, at)| *given == name && *at > now.at.minus(span));
            check(format!("once per {span}"), !given, if given { "given" } else { "not given" }.to_owned());
        }
        if let Some(span) = self.not_again_within {
            let given = asked.given.iter().rev().find(|(_, at)| *at > now.at.minus(span));
            check(
                format!("no other within {span}"),
                given.is_none(),
                given.map_or("none given".to_owned(), |(given, _)| (*given).to_owned()),
            );
        }
        if let Some((today, _)) = asked.given.iter().find(|(_, at)| at.date(now.zone) == day) {
            check("one a day".to_owned(), false, format!("{today} was given"));
        }
        if !self.tiers.is_empty() && self.benefit.is_none() {
            let points = asked.person.profile.contact.loyalty_points;
            check("a tier".to_owned(), in_tier, points.map_or("no points".to_owned(), |points| format!("{points} points")));
        }
        if let Some(why) = asked.refused.and_then(|refused| refused.get(name)) {
            check("limits".to_owned(), false, why.clone());
        }
        checks
    }
}
