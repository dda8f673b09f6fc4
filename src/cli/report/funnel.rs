//! From people looked at to mails handed over: what the plans decided and what became of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use relance::audience::Reason;
use relance::ledger::{Became, PlanSummary};
use relance::plan::Totals;
use serde::Serialize;

use super::tongue::Lang;

/// Every decision of a campaign's editions, counted; a person of two editions counts twice but in `mails_per_person`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Funnel {
    /// Editions planned.
    pub(super) editions: u64,
    /// Contacts looked at.
    pub(super) contacts: u64,
    /// Of whom the campaign was for, and who may be written to: those who came as far as the draw of the arms.
    pub(super) eligible: u64,
    /// Without a mail, by the first reason.
    pub(super) skipped: BTreeMap<Reason, u64>,
    /// Mails planned.
    pub(super) planned: u64,
    /// Mails in the ledger, by state.
    pub(super) became: BTreeMap<String, u64>,
    /// People by the number of mails handed over to them.
    pub(super) mails_per_person: Vec<Share>,
}

/// Counts those who came as far as the draw of the arms: the others were refused before.
pub(crate) fn eligible(contacts: u64, skipped: &BTreeMap<Reason, u64>) -> u64 {
    let before_the_draw = Reason::ALL.iter().take_while(|reason| **reason != Reason::Holdout);
    contacts.saturating_sub(before_the_draw.filter_map(|reason| skipped.get(reason)).sum())
}

/// So many people had so many mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Share {
    pub(super) mails: u64,
    pub(super) people: u64,
}

impl Funnel {
    /// Adds up the plans of all editions; totals of another version of the program that cannot be read are left out.
    pub(super) fn new(summaries: &[PlanSummary], became: Became) -> Self {
        let mails_per_person = became.people_by_mails.into_iter().map(|(mails, people)| Share { mails, people }).collect();
        let mut funnel = Self { became: became.states, mails_per_person, ..Self::default() };
        for totals in summaries.iter().filter_map(|summary| serde_json::from_value::<Totals>(summary.totals.clone()).ok()) {
            funnel.editions += 1;
            funnel.contacts += totals.contacts;
            funnel.planned += totals.planned;
            for (reason, n) in totals.skipped {
                *funnel.skipped.entry(reason).or_default() += n;
            }
        }
        funnel.eligible = eligible(funnel.contacts, &funnel.skipped);
        funnel
    }

    /// Returns the steps from the widest to the narrowest, in words.
    pub(super) fn steps(&self, lang: Lang) -> Vec<(String, u64)> {
        let mut steps = vec![
            (lang.say("looked at", "examinés").to_owned(), self.contacts),
            (lang.say("eligible", "éligibles").to_owned(), self.eligible),
            (lang.say("planned", "prévus").to_owned(), self.planned),
        ];
        // Handed over: what came back later was sent all the same.
        let handed = ["sent", "bounced"].iter().filter_map(|state| self.became.get(*state)).sum();
        steps.push((lang.say("handed over", "remis").to_owned(), handed));
        steps
    }

    /// Returns why people got no mail, the most frequent first.
    pub(super) fn reasons(&self, lang: Lang) -> Vec<(String, u64)> {
        let mut reasons: Vec<(Reason, u64)> = self.skipped.iter().map(|(reason, n)| (*reason, *n)).filter(|(_, n)| *n > 0).collect();
        reasons.sort_by_key(|(reason, n)| (std::cmp::Reverse(*n), *reason));
        reasons.into_iter().map(|(reason, n)| (lang.reason(reason).to_owned(), n)).collect()
    }

    /// Returns what became of the mails, by state.
    pub(super) fn states(&self, lang: Lang) -> Vec<(String, u64)> {
        self.became.iter().map(|(state, n)| (lang.state(state).to_owned(), *n)).collect()
    }

    /// Returns how many people had one mail, two, and so on.
    pub(super) fn per_person(&self, lang: Lang) -> Vec<(String, u64)> {
        let name = |mails| lang.many(mails, ("mail", "mails"), ("courrier", "courriers"));
        self.mails_per_person.iter().map(|share| (name(share.mails), share.people)).collect()
    }

    /// Writes the funnel for a terminal; nothing before the first plan.
    pub(super) fn told(&self, lang: Lang) -> String {
        let mut text = String::new();
        if self.contacts == 0 {
            return text;
        }
        let parts = [
            (lang.say("decisions", "décisions"), self.steps(lang)),
            (lang.say("without a mail", "sans courrier"), self.reasons(lang)),
            (lang.say("what became of the mails", "ce que sont devenus les courriers"), self.states(lang)),
            (lang.say("people by mails handed over", "personnes par courriers remis"), self.per_person(lang)),
        ];
        for (title, rows) in parts.iter().filter(|(_, rows)| !rows.is_empty()) {
            _ = writeln!(text, "\n  {title}");
            for (name, n) in rows {
                _ = writeln!(text, "    {name:<24} {:>10}", lang.count(*n));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use relance::clock::Timestamp;
    use relance::id::Edition;

    use super::*;

    #[test]
    fn editions_add_up_and_who_was_refused_before_the_draw_is_not_eligible() {
        let totals = |n: u64| Totals {
            contacts: 100,
            planned: 60 - n,
            skipped: [(Reason::NoConsent, 30), (Reason::Holdout, 10 + n)].into(),
            ..Totals::default()
        };
        let summary = |n| PlanSummary {
            edition: Edition(format!("2026-W{n}")),
            at: Timestamp(0),
            totals: serde_json::to_value(totals(n)).expect("totals"),
        };
        let became = Became { states: [("sent".into(), 100), ("bounced".into(), 3)].into(), people_by_mails: [(1, 5), (2, 49)].into() };
        let funnel = Funnel::new(&[summary(1), summary(2)], became);
        assert_eq!((funnel.editions, funnel.contacts, funnel.eligible, funnel.planned), (2, 200, 140, 117));
        assert_eq!(funnel.reasons(Lang::Fr), [("sans accord".to_owned(), 60), ("groupe témoin".to_owned(), 23)]);
        assert_eq!(funnel.steps(Lang::En).last(), Some(&("handed over".to_owned(), 103)));
        assert_eq!(funnel.per_person(Lang::En), [("1 mail".to_owned(), 5), ("2 mails".to_owned(), 49)]);
    }
}
