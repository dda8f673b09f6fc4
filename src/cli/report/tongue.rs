//! The two languages of a report: how numbers and dates are written, what things are called.

use relance::audience::Reason;
use relance::clock::Timestamp;
use relance::measure::guardrail::Standing;
use relance::project::campaign::{Metric, Objective};

use super::super::out::count;

/// Languages that a report is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Lang {
    /// English.
    En,
    /// French.
    Fr,
}

const MONTHS: [(&str, &str); 12] = [
    ("January", "janvier"),
    ("February", "février"),
    ("March", "mars"),
    ("April", "avril"),
    ("May", "mai"),
    ("June", "juin"),
    ("July", "juillet"),
    ("August", "août"),
    ("September", "septembre"),
    ("October", "octobre"),
    ("November", "novembre"),
    ("December", "décembre"),
];

impl Lang {
    /// Returns the words of this language.
    pub(crate) fn say<'a>(self, en: &'a str, fr: &'a str) -> &'a str {
        if self == Self::Fr { fr } else { en }
    }

    /// Writes a count: `12,345`, or `12 345` with narrow spaces.
    pub(crate) fn count(self, n: u64) -> String {
        if self == Self::Fr { count(n).replace(',', "\u{202f}") } else { count(n) }
    }

    /// Writes a number with so many digits after the point, its thousands apart, its sign always there when asked.
    pub(crate) fn number(self, value: f64, digits: usize, signed: bool) -> String {
        let text = format!("{:.digits$}", value.abs());
        let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
        // What rounds to nothing has no sign.
        let is_nothing = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        let sign = match value < 0.0 && !is_nothing {
            true => "-",
            false if signed => "+",
            false => "",
        };
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), |n| self.count(n));
        let point = if rest.is_empty() { "" } else { self.say(".", ",") };
        format!("{sign}{whole}{point}{rest}")
    }

    /// Writes a share (0 to 1) in percent.
    pub(crate) fn percent(self, share: f64, digits: usize, signed: bool) -> String {
        format!("{}{}", self.number(share * 100.0, digits, signed), self.say("%", "\u{a0}%"))
    }

    /// Writes a number with the digits it has, two at most: `5`, `2.5`.
    pub(crate) fn plain(self, value: f64) -> String {
        let text = self.number(value, 2, false);
        let point = self.say(".", ",");
        if text.contains(point) { text.trim_end_matches('0').trim_end_matches(point).to_owned() } else { text }
    }

    /// Writes the day of an instant, in UTC: `14 November 2011`.
    pub(crate) fn day(self, at: Timestamp) -> String {
        let text = at.to_string();
        let mut parts = text.split(['-', 'T']);
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let month = month.and_then(|month| month.parse::<usize>().ok()).and_then(|month| MONTHS.get(month.checked_sub(1)?));
        let day = day.map(|day| day.trim_start_matches('0'));
        match (year, month, day) {
            (Some(year), Some((en, _)), Some(day)) if self == Self::En => format!("{day} {en} {year}"),
            (Some(year), Some((_, fr)), Some(day)) => format!("{}\u{a0}{fr} {year}", if day == "1" { "1er" } else { day }),
            _ => text.clone(),
        }
    }

    /// Writes a count and the word for one or for several; in French nothing is singular too.
    pub(crate) fn many(self, n: u64, en: (&str, &str), fr: (&str, &str)) -> String {
        let is_one = if self == Self::Fr { n < 2 } else { n == 1 };
        let (one, several) = if self == Self::Fr { fr } else { en };
        format!("{} {}", self.count(n), if is_one { one } else { several })
    }

    /// Returns the name of a metric.
    pub(crate) fn metric(self, metric: Metric) -> &'static str {
        match metric {
            Metric::Revenue => self.say("revenue", "recettes"),
            Metric::Margin => self.say("margin", "marge"),
            Metric::Conversion => self.say("conversion", "acheteurs"),
        }
    }

    /// Returns the name of an objective.
    pub(crate) fn objective(self, objective: Objective) -> &'static str {
        match objective {
            Objective::Acquire => self.say("acquire", "acquérir"),
            Objective::Convert => self.say("convert", "convertir"),
            Objective::Retain => self.say("retain", "fidéliser"),
            Objective::Reactivate => self.say("reactivate", "réactiver"),
            Objective::Service => self.say("service", "servir"),
        }
    }

    /// Returns the name of what arms differ in, by its key.
    pub(crate) fn factor(self, key: &'static str) -> &'static str {
        match key {
            "subject" => self.say(key, "objet"),
            "template" => self.say(key, "modèle"),
            "block" => self.say(key, "bloc"),
            "strategy" => self.say(key, "stratégie"),
            _ => self.say(key, "offre"),
        }
    }

    /// Returns the name of an arm: in words where it is none of the author's.
    pub(crate) fn arm(self, arm: &str) -> &str {
        match arm {
            "control" => self.say("held out", "groupe témoin"),
            "treated" => self.say("the campaign as written", "la campagne telle quelle"),
            name => name,
        }
    }

    /// Returns how a limit stands.
    pub(crate) fn standing(self, standing: Standing) -> &'static str {
        match standing {
            Standing::Kept => self.say("kept", "respecté"),
            Standing::Watch => self.say("watch", "à surveiller"),
            Standing::Breached => self.say("breached", "dépassé"),
        }
    }

    /// Returns the name of what a limit is on.
    pub(crate) fn rail(self, what: &'static str) -> &'static str {
        match what {
            "complaints" => self.say(what, "plaintes"),
            "unsubscribed" => self.say(what, "désabonnés"),
            _ => self.say(what, "rejetés"),
        }
    }

    /// Returns why somebody got no mail.
    pub(crate) fn reason(self, reason: Reason) -> &'static str {
        let fr = match reason {
            Reason::BadAddress => "adresse invalide",
            Reason::SameAddress => "même adresse",
            Reason::Suppressed => "liste d'exclusion",
            Reason::Objected => "opposition",
            Reason::NoConsent => "sans accord",
            Reason::NotInAudience => "hors cible",
            Reason::GoalReached => "but atteint",
            Reason::Holdout => "groupe témoin",
            Reason::AlreadySent => "déjà écrit",
            Reason::TooLate => "trop tard",
            Reason::FrequencyCap => "assez de courriers",
            Reason::AccountCap => "assez pour l'entreprise",
            Reason::LowerPriority => "moins prioritaire",
            Reason::MissingData => "donnée manquante",
            Reason::SlotUnfilled => "rien à montrer",
        };
        self.say(reason.words(), fr)
    }

    /// Returns the name of a state of the ledger.
    pub(crate) fn state(self, state: &str) -> &str {
        let fr = match state {
            "planned" => "prévus",
            "claimed" => "pris en charge",
            "sending" => "en cours d'envoi",
            "sent" => "envoyés",
            "deferred" => "différés",
            "bounced" => "rejetés",
            "failed" => "échoués",
            "uncertain" => "incertains",
            "cancelled" => "annulés",
            "expired" => "expirés",
            other => other,
        };
        self.say(state, fr)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_days_are_written_as_each_language_does() {
        assert_eq!(Lang::En.number(-12_345.678, 2, true), "-12,345.68");
        assert_eq!(Lang::Fr.number(12_345.678, 2, true), "+12\u{202f}345,68");
        assert_eq!((Lang::Fr.percent(0.031, 1, false), Lang::En.percent(0.031, 1, false)), ("3,1\u{a0}%".to_owned(), "3.1%".to_owned()));
        assert_eq!((Lang::En.plain(20.0), Lang::Fr.plain(2.5), Lang::En.plain(0.1)), ("20".to_owned(), "2,5".to_owned(), "0.1".to_owned()));
        assert_eq!(Lang::En.number(-0.001, 2, true), "+0.00", "what rounds to nothing has no sign of its own");
        let day = Timestamp(0);
        assert_eq!((Lang::En.day(day), Lang::Fr.day(day)), ("1 January 1970".to_owned(), "1er\u{a0}janvier 1970".to_owned()));
        assert_eq!(Lang::Fr.many(0, ("person", "people"), ("personne", "personnes")), "0 personne");
    }
}
