//! Offers: a benefit for those who are eligible, at most one a mail, never twice within its own time.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use crate::audience::history::Past;
use crate::audience::{Checked, Segments};
use crate::clock::Span;
use crate::condition::{Conjunction, Schema, Use, compile_all};
use crate::error::Diagnostic;
use crate::profile::Person;
use crate::project::Project;

/// All offers of a project, conditions compiled.
#[derive(Debug, Clone, Default)]
pub struct Offers {
    by_name: BTreeMap<String, Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    titles: BTreeMap<String, String>,
    percent: Option<u8>,
    code: Option<String>,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    once_per: Option<Span>,
    conditions: Conjunction,
    uses: BTreeSet<Use>,
}

/// The benefit a mail carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferChoice {
    /// Its name.
    pub name: String,
    /// What the reader sees, per language.
    #[serde(skip)]
    pub titles: BTreeMap<String, String>,
    /// Percentage off.
    pub percent: Option<u8>,
    /// Code to type at the till.
    pub code: Option<String>,
    /// Last day.
    pub until: Option<NaiveDate>,
    /// Kinds of data its conditions look at.
    #[serde(skip)]
    pub uses: BTreeSet<Use>,
}

impl Offers {
    /// Compiles the conditions of all offers; reports all mistakes.
    pub fn compile(project: &Project, schema: &Schema, segments: &Segments) -> (Self, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut by_name = BTreeMap::new();
        for (name, offer) in &project.offers {
            let spec = &offer.spec;
            let conditions = compile_all(&spec.all, &project.offers_text, schema).unwrap_or_else(|mistakes| {
                diagnostics.extend(mistakes);
                Conjunction::default()
            });
            let titles = spec.title.iter().map(|(language, title)| (language.clone(), title.get_ref().clone())).collect();
            let uses = segments.data_behind(&conditions.conditions);
            let (percent, code, once_per) = (spec.percent, spec.code.clone(), offer.once_per);
            let rule = Rule { titles, percent, code, from: spec.from, until: spec.until, once_per, conditions, uses };
            by_name.insert(name.clone(), rule);
        }
        (Self { by_name }, diagnostics)
    }

    /// Returns the offer when a person may have it; `log` collects every condition for `explain`.
    ///
    /// Without `may_profile` an offer whose conditions look at behaviour is nobody's.
    pub fn grant(
        &self,
        name: &str,
        person: &Person<'_>,
        past: &[Past],
        may_profile: bool,
        log: Option<&mut Vec<Checked>>,
    ) -> Option<OfferChoice> {
        let rule = self.by_name.get(name)?;
        let (now, today) = (person.reading.now, person.reading.now.today());
        let in_dates = rule.from.is_none_or(|from| from <= today) && rule.until.is_none_or(|until| today <= until);
        let given =
            rule.once_per.is_some_and(|span| past.iter().any(|past| past.offer.as_deref() == Some(name) && past.at > now.at.minus(span)));
        if let Some(log) = log {
            log.push(Checked { what: format!("offer {name}: dates"), passed: in_dates, value: today.to_string() });
            if let Some(span) = rule.once_per {
                log.push(Checked {
                    what: format!("offer {name}: once per {span}"),
                    passed: !given,
                    value: if given { "given" } else { "not given" }.to_owned(),
                });
            }
            let checks = rule.conditions.explain(person).into_iter();
            log.extend(checks.map(|check| Checked {
                what: format!("offer {name}: {}", check.text),
                passed: check.truth.is_true(),
                value: check.value,
            }));
        }
        let allowed = may_profile || !rule.uses.iter().any(|used| used.is_behaviour());
        let eligible = in_dates && !given && allowed && rule.conditions.eval(person).is_true();
        eligible.then(|| OfferChoice {
            name: name.to_owned(),
            titles: rule.titles.clone(),
            percent: rule.percent,
            code: rule.code.clone(),
            until: rule.until,
            uses: rule.uses.clone(),
        })
    }
}
