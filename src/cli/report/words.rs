//! What a report says: its conclusion in plain words, its table.

use std::fmt::Write as _;

use relance::measure::{Comparison, Interval, Verdict};
use relance::project::campaign::Metric;
use relance::project::checked::Campaign;

use super::super::out::{bold, count, dim};
use super::{Lang, Told};

/// Says what may be concluded; the first words are the result, good or bad.
pub(super) fn conclusion(campaign: &Campaign, comparison: Option<&Comparison>, worth: f64, lang: Lang) -> String {
    let say = |en: &str, fr: &str| if lang == Lang::Fr { fr.to_owned() } else { en.to_owned() };
    let Some(comparison) = comparison else {
        return if campaign.held_out().is_none() {
            let why = match (campaign.spec.compulsory, campaign.spec.time_limited) {
                (true, _) => say("compulsory mail", "courrier obligatoire"),
                (_, true) => say("time-limited offer", "offre limitée dans le temps"),
                _ => say("no `holdout`", "pas de `holdout`"),
            };
            say("Cannot be measured: everybody gets the mail", "Non mesurable : tout le monde reçoit le courrier") + &format!(" ({why}).")
        } else {
            say("Nothing to measure yet: nobody was assigned.", "Rien à mesurer encore : personne n'a été affecté.")
        };
    };
    let count = |n| if lang == Lang::Fr { count(n).replace(',', "\u{202f}") } else { count(n) };
    match comparison.verdict {
        Verdict::Unbalanced { .. } => say(
            "No conclusion: the arms have not the sizes that were declared, so something sorts people after the draw.",
            "Pas de conclusion : les groupes n'ont pas les tailles déclarées, quelque chose trie les gens après le tirage.",
        ),
        Verdict::Breached => say(
            "Lost: complaints, unsubscribes or bounces are above their limit, whatever the money says.",
            "Perdu : plaintes, désabonnements ou rejets dépassent leur limite, quoi que dise l'argent.",
        ),
        Verdict::Better => {
            say("Won: people who may get this mail bring more.", "Gagné : ceux qui peuvent recevoir ce courrier rapportent plus.")
        }
        Verdict::Worse => {
            say("Lost: people who may get this mail bring less.", "Perdu : ceux qui peuvent recevoir ce courrier rapportent moins.")
        }
        Verdict::CannotBeMeasured { people, needed } => {
            let people = count(people);
            match (needed, lang) {
                (Some(n), Lang::En) => {
                    format!("Cannot be measured: to see a change of {worth}% takes {} people, and there are {people}.", count(n))
                }
                (Some(n), Lang::Fr) => {
                    format!("Non mesurable : voir un écart de {worth} % demande {} personnes, et il y en a {people}.", count(n))
                }
                (None, Lang::En) => format!("Cannot be measured: the {people} people leave nothing to compare with."),
                (None, Lang::Fr) => format!("Non mesurable : les {people} personnes ne laissent rien à comparer."),
            }
        }
        Verdict::Wait => {
            say("Wait: too few people have had their whole horizon.", "Attendre : trop peu de personnes ont eu tout leur délai de mesure.")
        }
        Verdict::NoDifference => say(
            "No difference was found, and there were enough people to find one worth having.",
            "Aucun écart trouvé, et il y avait assez de monde pour en voir un qui compte.",
        ),
    }
}

/// Returns the word of a metric or of another value of one word.
pub(super) fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Writes a value of a metric: money with two digits, a share as a percentage.
pub(super) fn value(metric: Metric, value: f64, told: &Told, signed: bool) -> String {
    let decimals = relance::money::Currency::parse(&told.currency).map_or(2, relance::money::Currency::decimals);
    let (scaled, digits, unit) = match metric {
        Metric::Conversion => (value * 100.0, 2, "%".to_owned()),
        Metric::Revenue | Metric::Margin => (value / 10_f64.powi(i32::try_from(decimals).unwrap_or(2)), 2, format!(" {}", told.currency)),
    };
    if signed { format!("{scaled:+.digits$}{unit}") } else { format!("{scaled:.digits$}{unit}") }
}

/// Writes an interval: `+0.12 GBP (-0.30 to +0.54)`.
pub(super) fn interval(metric: Metric, it: Interval, told: &Told) -> String {
    let number = |end| value(metric, end, told, true).split(' ').next().unwrap_or_default().to_owned();
    format!("{} ({} to {})", value(metric, it.estimate, told, true), number(it.low), number(it.high))
}

/// Writes the whole report of a campaign; the first line is the conclusion.
pub(super) fn told(told: &Told) -> String {
    let mut text = format!("{}  {}\n", bold(&told.conclusion), dim(format!("{}, {}", told.campaign, word(told.objective))));
    if let Some(it) = &told.comparison {
        _ = writeln!(
            text,
            "\n  people       {} assigned to mails, {} to none ({}%); {} and {} have had {} days",
            count(it.n_treated),
            count(it.n_control),
            told.control_percent,
            count(it.n_treated_ready),
            count(it.n_control_ready),
            told.horizon_days
        );
        _ = writeln!(text, "\n  {:<12} {:>14} {:>14}  difference, safe at any look", "per person", "mails", "none");
        for figure in &it.figures {
            let safe = figure.difference.map_or_else(|| "too few people".to_owned(), |safe| interval(figure.metric, safe, told));
            let of = |mean| value(figure.metric, mean, told, false);
            _ = writeln!(text, "  {:<12} {:>14} {:>14}  {safe}", word(figure.metric), of(figure.treated), of(figure.control));
            if let Some(look) = figure.one_look {
                let cut =
                    figure.cut_at.map_or_else(String::new, |cut| format!("; above: cut at {}", value(figure.metric, cut, told, false)));
                let line = format!("{:44} one look, as it is: {}{cut}", "", interval(figure.metric, look, told));
                _ = writeln!(text, "{}", dim(line));
            }
            if let Some(adjusted) = figure.adjusted.filter(|_| figure.explained > 0.0) {
                let explained = format!("{:.0}% explained by the past", figure.explained * 100.0);
                let line = format!("{:44} one look, adjusted: {}; {explained}", "", interval(figure.metric, adjusted, told));
                _ = writeln!(text, "{}", dim(line));
            }
        }
        for returned in &it.returns {
            let of = |mean| value(Metric::Conversion, mean, told, false);
            let (name, differs) = (format!("back in {}d", returned.days), interval(Metric::Conversion, returned.difference, told));
            _ = writeln!(text, "  {name:<12} {:>14} {:>14}  one look: {differs}", of(returned.treated), of(returned.control));
        }
    }
    _ = writeln!(text, "\n  guardrails");
    for guardrail in &told.guardrails {
        let limit = guardrail.limit * 100.0;
        let (n, sent, standing) = (count(guardrail.n), count(guardrail.sent), word(guardrail.standing));
        _ = writeln!(text, "    {:<12} {n} of {sent} mails, limit {limit}%: {standing}", guardrail.what);
    }
    if told.clicks != relance::ledger::Clicks::default() {
        let (people, programs) = (count(told.clicks.people), count(told.clicks.programs));
        _ = writeln!(text, "\n  links followed of {people} mails, and by programs only of {programs}");
    }
    text
}
