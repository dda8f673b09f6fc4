//! What a report says: its conclusion in plain words, its table.

use std::fmt::Write as _;

use relance::measure::comparison::Figure;
use relance::measure::{Comparison, Interval, Verdict};
use relance::project::campaign::Metric;
use relance::project::checked::Campaign;

use super::super::out::{bold, dim};
use super::tongue::Lang;
use super::{Guardrail, Told};

/// Says what may be concluded; the first words are the result, good or bad.
pub(super) fn conclusion(campaign: &Campaign, comparison: Option<&Comparison>, worth: f64, lang: Lang) -> String {
    let say = |en: &str, fr: &str| if lang == Lang::Fr { fr.to_owned() } else { en.to_owned() };
    let Some(comparison) = comparison else {
        return if campaign.baseline().is_none() {
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
    self::verdict(&comparison.verdict, worth, lang)
}

/// Says what a verdict means.
pub(super) fn verdict(verdict: &Verdict, worth: f64, lang: Lang) -> String {
    let say = |en: &str, fr: &str| if lang == Lang::Fr { fr.to_owned() } else { en.to_owned() };
    match *verdict {
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
            let (people, worth) = (lang.count(people), lang.plain(worth));
            match (needed.map(|n| lang.count(n)), lang) {
                (Some(n), Lang::En) => {
                    format!("Cannot be measured: to see a change of {worth}% takes {n} people, and there are {people}.")
                }
                (Some(n), Lang::Fr) => {
                    format!("Non mesurable : voir un écart de {worth}\u{a0}% demande {n} personnes, et il y en a {people}.")
                }
                (None, Lang::En) => format!("Cannot be measured: the {people} people leave nothing to compare with."),
                (None, Lang::Fr) => format!("Non mesurable : les {people} personnes ne laissent rien à comparer."),
            }
        }
        Verdict::Flat { people } => {
            let people = lang.count(people);
            if lang == Lang::En {
                format!(
                    "Cannot be measured: the figure is the same for all {people} people whose horizon is over. Look whether `[sources.orders]` has their orders, or choose another `primary`."
                )
            } else {
                format!(
                    "Non mesurable : le chiffre est le même pour les {people} personnes dont le délai est passé. Vérifier que `[sources.orders]` a leurs commandes, ou choisir un autre `primary`."
                )
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

/// Writes a value of a metric: money with two digits, a share as a percentage.
pub(super) fn value(metric: Metric, value: f64, told: &Told, signed: bool) -> String {
    format!("{}{}", number(metric, value, told, signed), unit(metric, told, signed))
}

/// A difference of two shares is one of points: ten percent more than 20 % would be 22 %.
fn unit(metric: Metric, told: &Told, is_difference: bool) -> String {
    match metric {
        Metric::Conversion if is_difference => told.lang.say(" points", "\u{a0}points").to_owned(),
        Metric::Conversion => told.lang.say("%", "\u{a0}%").to_owned(),
        Metric::Revenue | Metric::Margin => format!("{}{}", told.lang.say(" ", "\u{a0}"), told.currency),
    }
}

fn number(metric: Metric, value: f64, told: &Told, signed: bool) -> String {
    let decimals = relance::money::Currency::parse(&told.currency).map_or(2, relance::money::Currency::decimals);
    let scaled = match metric {
        Metric::Conversion => value * 100.0,
        Metric::Revenue | Metric::Margin => value / 10_f64.powi(i32::try_from(decimals).unwrap_or(2)),
    };
    told.lang.number(scaled, 2, signed)
}

/// Writes an interval: `+0.12 GBP (-0.30 to +0.54)`.
pub(super) fn interval(metric: Metric, it: Interval, told: &Told) -> String {
    let number = |end| number(metric, end, told, true);
    format!("{} ({} {} {})", value(metric, it.estimate, told, true), number(it.low), told.lang.say("to", "à"), number(it.high))
}

/// Writes a share of people back within some days against the other arm's.
pub(super) fn back(days: i64, lang: Lang) -> String {
    format!("{} {days}{}", lang.say("back in", "revenus en"), lang.say("d", "\u{a0}j"))
}

/// Writes the money within some days.
pub(super) fn revenue_within(days: i64, lang: Lang) -> String {
    format!("{} {days}{}", lang.say("revenue", "recette"), lang.say("d", "\u{a0}j"))
}

/// Says where values are cut of the interval that decides, when they are.
pub(super) fn cut(figure: &Figure, told: &Told) -> Option<String> {
    let at = value(figure.metric, figure.cut_at?, told, false);
    let words =
        told.lang.say("safe at any look: people above {at} count as {at}", "valable à tout moment\u{a0}: au-delà de {at}, compté {at}");
    Some(words.replace("{at}", &at))
}

/// Writes a guardrail: `3 of 12,000 mails, limit 0.1%`.
pub(super) fn rail(it: &Guardrail, lang: Lang) -> String {
    format!(
        "{} {} {}, {} {}{}",
        lang.count(it.n),
        lang.say("of", "sur"),
        lang.many(it.sent, ("mails", "mails"), ("courrier", "courriers")),
        lang.say("limit", "limite"),
        lang.plain(it.limit * 100.0),
        lang.say("%", "\u{a0}%")
    )
}

/// Says how many were assigned, and how many of them are compared.
pub(super) fn people(it: &Comparison, told: &Told) -> String {
    let lang = told.lang;
    let (treated, control) = (lang.count(it.n_treated), lang.count(it.n_control));
    let (treated_ready, control_ready) = (lang.count(it.n_treated_ready), lang.count(it.n_control_ready));
    let (share, days) = (lang.plain(told.control_percent), lang.plain(told.horizon_days));
    if lang == Lang::En {
        let what = if told.is_general { "the general mail" } else { "none" };
        format!("{treated} assigned to mails, {control} to {what} ({share}%); {treated_ready} and {control_ready} have had {days} days")
    } else {
        let what = if told.is_general { "témoin, au courrier général" } else { "témoin" };
        format!(
            "{treated} dans le groupe des courriers, {control} dans le groupe {what} ({share}\u{a0}%) ; \
             {treated_ready} et {control_ready} ont eu {days}\u{a0}jours"
        )
    }
}

/// Says how many of two arms have had their horizon: they are compared.
pub(super) fn ready(it: &Comparison, told: &Told, sides: &[String; 2]) -> String {
    let lang = told.lang;
    let (treated, control) = (lang.count(it.n_treated_ready), lang.count(it.n_control_ready));
    let days = lang.plain(told.horizon_days);
    let [arm, baseline] = sides;
    if lang == Lang::En {
        format!("{treated} of {arm} and {control} of {baseline} have had {days} days")
    } else {
        format!("{treated} de {arm} et {control} de {baseline} ont eu {days}\u{a0}jours")
    }
}

/// Writes the whole report of a campaign; the first line is the conclusion.
pub(super) fn told(told: &Told) -> String {
    let lang = told.lang;
    let mut text = format!("{}  {}\n", bold(&told.conclusion), dim(format!("{}, {}", told.campaign, lang.objective(told.objective))));
    if let Some(alarm) = &told.alarm {
        _ = writeln!(text, "  {}", alarm.words(lang));
    }
    if let Some(it) = &told.comparison {
        _ = writeln!(text, "\n  {:<12} {}", lang.say("people", "personnes"), people(it, told));
        text.push_str(&figures(it, told, &sides(told)));
    }
    if let Some(experiment) = &told.experiment {
        text.push_str(&experiment.told(told));
        text.extend(told.winners.iter().map(|best| best.told(told)));
    }
    text.extend(told.balance.iter().map(|balance| balance.told(told)));
    if let Some(shown) = &told.shown {
        text.push_str(&shown.told(told));
    }
    text.push_str(&told.funnel.told(lang));
    _ = writeln!(text, "\n  {}", lang.say("guardrails", "garde-fous"));
    for it in &told.guardrails {
        let colon = lang.say(":", "\u{a0}:");
        _ = writeln!(text, "    {:<12} {}{colon} {}", lang.rail(it.what), rail(it, lang), lang.standing(it.standing));
    }
    text
}

/// Names the two sides of a comparison with those held out.
pub(super) fn sides(told: &Told) -> [String; 2] {
    let control = if told.is_general { told.lang.say("general", "général") } else { told.lang.say("none", "témoin") };
    [told.lang.say("mails", "courriers").to_owned(), control.to_owned()]
}

/// Writes the figures of two sides, which have these names.
pub(super) fn figures(it: &Comparison, told: &Told, sides: &[String; 2]) -> String {
    let lang = told.lang;
    let wide = if lang == Lang::Fr { 18 } else { 12 };
    let one_look = lang.say("one look", "un seul regard");
    let mut text = String::new();
    _ = writeln!(
        text,
        "\n  {:<wide$} {:>14} {:>14}  {}",
        lang.say("per person", "par personne"),
        sides[0],
        sides[1],
        lang.say("difference, safe at any look", "écart, valable à tout moment")
    );
    for figure in &it.figures {
        let too_few = lang.say("too few people", "trop peu de monde").to_owned();
        let safe = figure.difference.map_or(too_few, |safe| interval(figure.metric, safe, told));
        let of = |mean| value(figure.metric, mean, told, false);
        _ = writeln!(text, "  {:<wide$} {:>14} {:>14}  {safe}", lang.metric(figure.metric), of(figure.treated), of(figure.control));
        let indent = wide + 32;
        if let Some(look) = figure.one_look {
            let cut = cut(figure, told).map_or_else(String::new, |words| format!("{} {words}", lang.say(";", "\u{a0};")));
            let as_it_is = lang.say(", as it is: ", ", tel quel : ");
            _ = writeln!(text, "{}", dim(format!("{:indent$}{one_look}{as_it_is}{}{cut}", "", interval(figure.metric, look, told))));
        }
        if let Some(adjusted) = figure.adjusted.filter(|_| figure.explained > 0.0) {
            let explained = lang.percent(figure.explained, 0, false);
            let (is, by) = (lang.say(", adjusted: ", ", corrigé : "), lang.say("explained by the past", "expliqués par le passé"));
            let semicolon = lang.say(";", "\u{a0};");
            let line = format!("{:indent$}{one_look}{is}{}{semicolon} {explained} {by}", "", interval(figure.metric, adjusted, told));
            _ = writeln!(text, "{}", dim(line));
        }
    }
    for it in &it.returns {
        let of = |mean| value(Metric::Conversion, mean, told, false);
        let (name, differs) = (back(it.days, lang), interval(Metric::Conversion, it.difference, told));
        let colon = lang.say(":", "\u{a0}:");
        _ = writeln!(text, "  {name:<wide$} {:>14} {:>14}  {one_look}{colon} {differs}", of(it.treated), of(it.control));
        let of = |mean| value(Metric::Revenue, mean, told, false);
        let (name, differs) = (revenue_within(it.days, lang), interval(Metric::Revenue, it.revenue_difference, told));
        let (treated, control) = (of(it.revenue_treated), of(it.revenue_control));
        _ = writeln!(text, "  {name:<wide$} {treated:>14} {control:>14}  {one_look}{colon} {differs}");
    }
    if told.clicks != relance::ledger::Clicks::default() {
        let (people, programs) = (lang.count(told.clicks.people), lang.count(told.clicks.programs));
        let line = lang.say(
            "links followed, in mails: by people {p}, by programs only {r}",
            "liens suivis, en courriers\u{a0}: par des personnes {p}, par des programmes seuls {r}",
        );
        _ = writeln!(text, "\n  {}", line.replace("{p}", &people).replace("{r}", &programs));
    }
    text
}
