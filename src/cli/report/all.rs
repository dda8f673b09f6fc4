//! All marketing together: what people bring who are held out of everything, against everybody else.

use std::collections::HashMap;
use std::fmt::Write as _;

use relance::clock::{Span, Timestamp};
use relance::holdout::Everywhere;
use relance::ledger::{Assignment, Clicks};
use relance::measure::verdict::CONFIDENCE;
use relance::measure::{Comparison, Line, Person, Plan, Verdict, compare};
use relance::project::campaign::{Metric, Objective};
use serde::Serialize;

use super::super::app::App;
use super::super::chart::with_code;
use super::super::out::bold;
use super::funnel::Funnel;
use super::tongue::Lang;
use super::{Told, page, words};

/// The holdout of all marketing: each person is counted from their draw to the end of the holdout, or until now.
#[derive(Debug, Serialize)]
pub(super) struct All {
    name: String,
    percent: f64,
    /// The first draw.
    began_at: Option<Timestamp>,
    /// The last day on which people are held out.
    until: Option<chrono::NaiveDate>,
    conclusion: String,
    comparison: Option<Comparison>,
    /// Language and currency, for what campaigns and this have in common.
    #[serde(skip)]
    told: Told,
}

impl All {
    /// Compares those held out with the rest; `worth` is the smallest change worth finding, in percent.
    pub(super) fn of(
        app: &App,
        everywhere: &Everywhere,
        people: &[Assignment],
        lines: &HashMap<&str, Vec<Line>>,
        worth: f64,
        lang: Lang,
    ) -> Self {
        let after = everywhere.until.and_then(|until| until.succ_opt());
        let end = after.map_or(app.now.at, |after| Timestamp::start_of_day(after, app.project.zone).min(app.now.at));
        let counted = |person: &Assignment| {
            let lines = lines.get(person.recipient.as_str()).map_or(&[][..], Vec::as_slice);
            Person::count(everywhere.place(person.recipient.as_str()), person.at, end.since(person.at), lines)
        };
        let drawn: Vec<Person> = people.iter().filter(|person| person.at < end).map(counted).collect();
        let plan = Plan {
            primary: Metric::Revenue,
            // Everybody is counted for as long as they were drawn: nobody's time is still to come.
            horizon: Span(0),
            share: everywhere.share.fraction(),
            worth: worth / 100.0,
            is_breached: false,
            split: super::split_over_time(people),
            confidence: CONFIDENCE,
            decided_at: None,
            now: app.now.at,
        };
        let comparison = compare(&drawn, &plan);
        let has_orders = app.project.config.sources.orders.is_some();
        let conclusion = if has_orders { conclusion(comparison.as_ref(), worth, lang) } else { super::without_orders(lang) };
        let percent = everywhere.share.fraction() * 100.0;
        let told = Told {
            campaign: String::new(),
            title: String::new(),
            objective: Objective::Retain,
            conclusion: String::new(),
            currency: app.project.currency.code().to_owned(),
            horizon_days: 0.0,
            control_percent: percent,
            guardrails: Vec::new(),
            funnel: Funnel::default(),
            clicks: Clicks::default(),
            comparison: None,
            experiment: None,
            winners: Vec::new(),
            shown: None,
            balance: Vec::new(),
            alarm: None,
            is_general: false,
            lang,
        };
        let began_at = people.iter().map(|person| person.at).min();
        Self { name: everywhere.name.clone(), percent, began_at, until: everywhere.until, conclusion, comparison, told }
    }

    /// Writes the section for a terminal.
    pub(super) fn words(&self) -> String {
        let lang = self.told.lang;
        let mut text = format!("{}  {}\n", bold(&self.conclusion), title(lang));
        if let Some(it) = &self.comparison {
            _ = writeln!(text, "\n  {}", self.note(it));
            text.push_str(&words::figures(it, &self.told, &sides(lang)));
        }
        text
    }

    /// Writes the section of the page.
    pub(super) fn section(&self) -> String {
        let lang = self.told.lang;
        let (tone, mark) = match self.comparison.as_ref().map(|it| it.verdict) {
            Some(Verdict::Better) => ("good", "▲"),
            Some(Verdict::Worse | Verdict::Unbalanced { .. }) => ("bad", "▼"),
            _ => ("open", "●"),
        };
        let figures = self.comparison.as_ref().map(|it| page::figures(&self.told, it, &sides(lang), &self.note(it)));
        format!(
            "<article data-section=\"all-marketing\"><h2>{}</h2><p class=\"verdict {tone}\"><span aria-hidden=\"true\">{mark}</span> {}</p>\n\
             {}</article>\n",
            title(lang),
            with_code(&self.conclusion),
            figures.unwrap_or_default()
        )
    }

    /// Says how many are compared, and since when.
    fn note(&self, it: &Comparison) -> String {
        let lang = self.told.lang;
        let (rest, held, percent) = (lang.count(it.n_treated), lang.count(it.n_control), lang.plain(self.percent));
        let began = self.began_at.map(|at| lang.day(at)).unwrap_or_default();
        let until = self.until.map_or_else(String::new, |day| format!(" {} {day}", lang.say("until", "jusqu'au")));
        if lang == Lang::En {
            format!("{held} people held out of everything ({percent}%), {rest} not, each since their draw, from {began} on{until}")
        } else {
            format!(
                "{held} personnes à l'écart de tout ({percent}\u{a0}%), {rest} non, chacune depuis son tirage, à partir du {began}{until}"
            )
        }
    }
}

fn title(lang: Lang) -> &'static str {
    lang.say("all marketing", "toutes les campagnes")
}

fn sides(lang: Lang) -> [String; 2] {
    [lang.say("marketing", "courriers").to_owned(), lang.say("none at all", "aucun").to_owned()]
}

fn conclusion(comparison: Option<&Comparison>, worth: f64, lang: Lang) -> String {
    let Some(comparison) = comparison else {
        let words = lang.say(
            "Nothing to measure yet: nobody was held out of all marketing. The next `relance run` draws.",
            "Rien à mesurer encore : personne n'a été mis à l'écart de tout. Le prochain `relance run` tire au sort.",
        );
        return words.to_owned();
    };
    let words = match comparison.verdict {
        Verdict::Better => lang.say(
            "Won: people who may get marketing bring more than those who get none.",
            "Gagné : ceux qui peuvent recevoir des courriers rapportent plus que ceux qui n'en reçoivent aucun.",
        ),
        Verdict::Worse => lang.say(
            "Lost: people who may get marketing bring less than those who get none.",
            "Perdu : ceux qui peuvent recevoir des courriers rapportent moins que ceux qui n'en reçoivent aucun.",
        ),
        _ => return words::verdict(&comparison.verdict, worth, lang),
    };
    words.to_owned()
}
