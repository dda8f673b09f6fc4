//! The page of `--html`: one file, nothing loaded from elsewhere, light and dark, no script.

use std::fmt::Write as _;

use relance::clock::Timestamp;
use relance::measure::guardrail::Standing;
use relance::measure::{Comparison, Verdict};
use relance::project::campaign::Metric;

use super::all::All;
use super::arms::Experiment;
use super::tongue::Lang;
use super::words::{back, cut, interval, people, rail, revenue_within, sides, value};
use super::{Told, parts};
use crate::cli::chart::{band, bar, bars, safe, with_code};

const STYLE: &str = include_str!("../../serve/pages/report.css");

/// Writes the page; lost tests come first, as they are given.
pub(super) fn page(project: &str, now: Timestamp, all: Option<&All>, told: &[Told], lang: Lang) -> String {
    let title = lang.say("What the mails brought", "Ce que les courriers ont rapporté");
    let text = format!(
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>\n<header><h1>{title}</h1><p>{} · {}</p></header>\n",
        lang.say("en", "fr"),
        safe(project),
        safe(&lang.day(now))
    );
    text + &articles(all, told, lang) + "</main></body></html>\n"
}

/// Writes what a page says of all marketing and of the campaigns, an article each.
pub(super) fn articles(all: Option<&All>, told: &[Told], lang: Lang) -> String {
    if told.is_empty() && all.is_none() {
        let none = lang.say("No campaign keeps people untreated.", "Aucune campagne n'a de groupe témoin.");
        return format!("<p>{none}</p>\n");
    }
    all.map(All::section).into_iter().chain(told.iter().map(|told| campaign(told, lang))).collect()
}

fn campaign(told: &Told, lang: Lang) -> String {
    let has_won = told.experiment.as_ref().is_some_and(Experiment::has_won);
    let (tone, mark) = match told.comparison.as_ref().map(|it| it.verdict) {
        _ if told.is_lost() => ("bad", "▼"),
        Some(Verdict::Better) => ("good", "▲"),
        _ if has_won => ("good", "▲"),
        _ => ("open", "●"),
    };
    let mut text = format!(
        "<article><p class=\"kicker\">{} · {}</p><h2>{}</h2>\
         <p class=\"verdict {tone}\" data-section=\"verdict\"><span aria-hidden=\"true\">{mark}</span> {}</p>\n",
        safe(lang.objective(told.objective)),
        safe(&told.campaign),
        safe(&told.title),
        with_code(&told.conclusion)
    );
    if let Some(alarm) = &told.alarm {
        _ = writeln!(text, "<p class=\"note\" data-section=\"alarm\">{}</p>", with_code(&alarm.words(lang)));
    }
    if let Some(it) = &told.comparison {
        text.push_str(&figures(told, it, &sides(told), &people(it, told)));
        text.push_str(&over_time(told, it, lang));
        text.push_str(&returns(told, it, lang));
    }
    if let Some(experiment) = &told.experiment {
        text.push_str(&parts::arms(told, experiment));
        text.extend(told.winners.iter().map(|best| best.section(told)));
    }
    text.extend(told.balance.iter().map(|balance| balance.section(told)));
    if let Some(shown) = &told.shown {
        text.push_str(&shown.section(told));
    }
    text.push_str(&funnel(told, lang));
    let title = lang.say("Guardrails", "Garde-fous");
    _ = write!(text, "<section data-section=\"guardrails\"><h3>{title}</h3><ul class=\"rails\">");
    for it in &told.guardrails {
        let class = match it.standing {
            Standing::Kept => "kept",
            Standing::Watch => "watch",
            Standing::Breached => "breached",
        };
        let (what, standing, words) = (lang.rail(it.what), lang.standing(it.standing), rail(it, lang));
        _ = write!(text, "<li class=\"{class}\"><em>{standing}</em><b>{what}</b><span>{words}</span></li>");
    }
    text.push_str("</ul></section></article>\n");
    text
}

/// Writes the figures of two sides, which have these names; the note says who is compared.
pub(super) fn figures(told: &Told, it: &Comparison, sides: &[String; 2], note: &str) -> String {
    let lang = told.lang;
    let mut text = format!(
        "<section data-section=\"figures\"><h3>{}</h3><p class=\"note\">{}</p><table class=\"figures\"><tr><td></td>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr>\n",
        lang.say("Per assigned person, whatever was sent", "Par personne affectée, quoi qu'il ait été envoyé"),
        with_code(note),
        with_code(&sides[0]),
        with_code(&sides[1]),
        lang.say("difference, safe at any look", "écart, valable à tout moment"),
    );
    for figure in &it.figures {
        let shown = figure.difference.map_or_else(
            || lang.say("too few people", "trop peu de monde").to_owned(),
            |it| {
                let words = interval(figure.metric, it, told);
                format!("{}<span>{}</span>", bar(it, &words), safe(&words))
            },
        );
        let cut = cut(figure, told).map_or_else(String::new, |words| format!("<span class=\"note\">{}</span>", safe(&words)));
        let of = |mean| value(figure.metric, mean, told, false);
        _ = writeln!(
            text,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"range\">{shown}{cut}</td></tr>",
            lang.metric(figure.metric),
            of(figure.treated),
            of(figure.control)
        );
    }
    text.push_str("</table></section>\n");
    text
}

fn over_time(told: &Told, it: &Comparison, lang: Lang) -> String {
    let ([first, .., last], Some(figure)) = (it.over_time.as_slice(), it.figures.first()) else { return String::new() };
    let intervals: Vec<_> = it.over_time.iter().map(|point| point.difference).collect();
    let title = lang.say("The difference as people were added", "L'écart au fil des affectations");
    let mut text = format!(
        "<section data-section=\"over-time\"><h3>{title}</h3>{}<details><summary>{}</summary><table>",
        band(&intervals, title, (&lang.day(first.assigned_at), &lang.day(last.assigned_at))),
        lang.say("The same in numbers", "La même chose en nombres")
    );
    for point in &it.over_time {
        let words = interval(figure.metric, point.difference, told);
        _ = write!(text, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", lang.day(point.assigned_at), safe(&words));
    }
    text.push_str("</table></details></section>\n");
    text
}

fn returns(told: &Told, it: &Comparison, lang: Lang) -> String {
    if it.returns.is_empty() {
        return String::new();
    }
    let title = lang.say("Who came back and what they brought, for one look", "Qui est revenu et ce qui a été acheté, pour un seul regard");
    let mut text = format!("<section data-section=\"returns\"><h3>{title}</h3><table>");
    for it in &it.returns {
        let of = |share| value(Metric::Conversion, share, told, false);
        _ = write!(
            text,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            back(it.days, lang),
            of(it.treated),
            of(it.control),
            safe(&interval(Metric::Conversion, it.difference, told))
        );
        let of = |mean| value(Metric::Revenue, mean, told, false);
        _ = write!(
            text,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>",
            revenue_within(it.days, lang),
            of(it.revenue_treated),
            of(it.revenue_control),
            safe(&interval(Metric::Revenue, it.revenue_difference, told))
        );
    }
    text.push_str("</table></section>\n");
    text
}

fn funnel(told: &Told, lang: Lang) -> String {
    let funnel = &told.funnel;
    if funnel.contacts == 0 {
        return String::new();
    }
    let sum = |rows: &[(String, u64)]| rows.iter().map(|(_, n)| n).sum();
    let (reasons, states, per_person) = (funnel.reasons(lang), funnel.states(lang), funnel.per_person(lang));
    let (n_skipped, n_mails, n_people) = (sum(&reasons), sum(&states), sum(&per_person));
    let count = |n| lang.count(n);
    let n_editions = lang.many(funnel.editions, ("edition", "editions"), ("édition", "éditions"));
    let title = format!("{} ({n_editions})", lang.say("From people to mails", "Des personnes aux courriers"));
    [
        bars("funnel", &title, funnel.steps(lang), funnel.contacts, count),
        bars("reasons", lang.say("Why no mail", "Pourquoi pas de courrier"), reasons, n_skipped, count),
        bars("states", lang.say("What became of the mails", "Ce que sont devenus les courriers"), states, n_mails, count),
        bars("per-person", lang.say("Mails per person", "Courriers par personne"), per_person, n_people, count),
    ]
    .concat()
}

#[cfg(test)]
pub(super) mod tests {
    use relance::audience::Reason;
    use relance::clock::Span;
    use relance::holdout::Arm;
    use relance::measure::{Person, Plan, compare, guardrail};
    use relance::project::campaign::Objective;

    use std::collections::BTreeMap;

    use relance::measure::segments::Cell;

    use super::super::Guardrail;
    use super::super::alarm::Alarm;
    use super::super::arms::{Against, Drawn};
    use super::super::balance::Balance;
    use super::super::funnel::{Funnel, Share};
    use super::super::shown::{Brought, Part, Shown};
    use super::super::winners::{Best, best};
    use super::*;
    use relance::measure::Interval;
    use relance::measure::drift::{Drift, Week};
    use relance::measure::shown::Followed;
    use relance::plan::Bubble;

    /// A campaign with everything that a page can show, and a title that tries to be more than text.
    pub(in super::super) fn told(lang: Lang) -> Told {
        let people: Vec<Person> = (0..1_200_u32)
            .map(|n| Person {
                arm: if n % 2 == 0 { Arm::Treated } else { Arm::Control },
                at: Timestamp(0).plus(Span::days(i64::from(n / 100))),
                revenue: f64::from(n % 7) * 1_000.0,
                margin: f64::from(n % 7) * 300.0,
                revenue_before: f64::from(n % 5) * 800.0,
                margin_before: f64::from(n % 5) * 200.0,
                n_orders: usize::from(n % 7 > 3),
                n_orders_before: usize::from(n % 5 > 2),
                later: [f64::from(n % 7) * 2_000.0, f64::from(n % 7) * 3_000.0],
                returned_after: (n % 3 == 0).then(|| Span::days(20)),
            })
            .collect();
        let now = Timestamp(0).plus(Span::days(400));
        let plan = Plan {
            primary: Metric::Margin,
            horizon: Span::days(14),
            share: 0.5,
            worth: 0.05,
            is_breached: true,
            now,
            split: None,
            confidence: 0.95,
            decided_at: None,
        };
        let rail = |what, n, limit| Guardrail { what, n, sent: 12_000, limit, standing: guardrail::judge(n, 12_000, limit) };
        Told {
            campaign: "relance-panier".to_owned(),
            title: "<script>panier</script>".to_owned(),
            objective: Objective::Reactivate,
            conclusion: "Perdu.".to_owned(),
            currency: "EUR".to_owned(),
            horizon_days: 14.0,
            control_percent: 50.0,
            guardrails: vec![rail("complaints", 90, 0.001), rail("unsubscribed", 61, 0.005), rail("bounced", 3, 0.02)],
            clicks: relance::ledger::Clicks::default(),
            is_general: false,
            funnel: Funnel {
                editions: 3,
                contacts: 40_000,
                eligible: 24_000,
                skipped: Reason::ALL.iter().map(|reason| (*reason, 100)).collect(),
                planned: 12_500,
                became: ["planned", "claimed", "sending", "sent", "deferred", "bounced", "failed", "uncertain", "cancelled", "expired"]
                    .map(|state| (state.to_owned(), 1_000))
                    .into(),
                mails_per_person: vec![Share { mails: 1, people: 7_000 }, Share { mails: 2, people: 2_500 }],
            },
            experiment: Some(experiment(&compare(&people, &plan).expect("people"))),
            winners: vec![winners()],
            balance: compare(&people, &plan).map(|it| Balance::of("b", "control", &it, &BTreeMap::new(), 0.2)).into_iter().collect(),
            shown: Some(shown()),
            alarm: Some(Alarm { edition: "9".to_owned(), fallback: 0.7, low: 0.1, high: 0.3, editions: 5 }),
            comparison: compare(&people, &plan),
            lang,
        }
    }

    fn shown() -> Shown {
        let monday = chrono::NaiveDate::from_ymd_opt(2011, 9, 12).expect("a day");
        let week = |n: u64, overlap| Week { monday: monday + chrono::Days::new(7 * n), pairs: 10, overlap };
        let interval = |estimate| Interval { estimate, low: estimate / 2.0, high: estimate * 1.5 };
        let followed = Followed { picks: 800, people: 100, buyers: 2, share: interval(0.02), revenue: interval(4_000.0) };
        let brought = |part, followed| Brought { part, mails: 100, followed };
        Shown {
            since: Timestamp(0),
            mails: 100,
            pruned: 7,
            waiting: 3,
            bubble: Some(Bubble {
                for_sale: 500,
                picks: 800,
                coverage: 0.02,
                never_shown: 0.98,
                gini: 0.97,
                novelty: 5.0,
                novelty_of_sales: 8.0,
                outside: Some(0.1),
            }),
            drift: Some(Drift { pairs: 30, overlap: 0.6, weeks: vec![week(0, 0.5), week(1, 0.6), week(2, 0.7)], per_week: Some(0.1) }),
            slots: vec![
                brought(Part::Slot { slot: "d".to_owned(), block: Some("b".to_owned()) }, None),
                brought(Part::Slot { slot: "a".to_owned(), block: None }, Some(followed)),
            ],
            strategies: vec![brought(Part::Strategy { strategy: "b".to_owned() }, Some(followed))],
            is_tested: false,
        }
    }

    fn experiment(it: &Comparison) -> Experiment {
        let against = |arm: &str| Against { arm: arm.to_owned(), conclusion: "Perdu.".to_owned(), comparison: it.clone() };
        Experiment {
            name: "x".to_owned(),
            baseline: "control".to_owned(),
            factors: vec!["subject", "template", "block", "strategy", "offer"],
            confidence: 0.975,
            decided_at: 0.95,
            split: Some(0.4),
            people: vec![Drawn { arm: "control".to_owned(), percent: 50.0, people: 600 }],
            elsewhere: 2,
            arms: vec![against("b"), against("c")],
        }
    }

    fn winners() -> Best {
        let row = |n: u64| vec![Cell { n, sum: 700.0 }, Cell { n, sum: 500.0 }];
        let parts = vec![(Some("d".to_owned()), row(200)), (Some("a".to_owned()), row(20)), (None, row(300))];
        best("d", Timestamp(0), Metric::Margin, &["b", "c"], parts)
    }

    /// The words that a reader sees, styles and tags left out.
    fn words(page: &str) -> Vec<String> {
        let (_, body) = page.split_once("</style>").expect("a style");
        let visible: String = body.split('<').filter_map(|part| part.split_once('>')).flat_map(|(_, text)| [text, " "]).collect();
        visible.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    }

    #[test]
    fn no_english_word_leaks_into_the_french_page() {
        let english: Vec<String> = words(&page("Boutique", Timestamp(0), None, &[told(Lang::En)], Lang::En));
        let french = words(&page("Boutique", Timestamp(0), None, &[told(Lang::Fr)], Lang::Fr));
        // Written alike in both languages, or the author's own.
        let shared: Vec<&str> =
            "b c segment segments gain boutique relance panier perdu eur lt gt amp quot script a d edition editions points gini bits ledger prune holm catalogue on"
                .split(' ')
                .collect();
        let leaked: Vec<&String> = french.iter().filter(|word| english.contains(word) && !shared.contains(&word.as_str())).collect();
        assert!(leaked.is_empty(), "{leaked:?}");
        let terminal = super::super::words::told(&told(Lang::Fr));
        let spoken: Vec<&str> = terminal.split(|letter: char| !letter.is_alphabetic()).collect();
        for word in ["people", "mails", "none", "difference", "guardrails", "holdout", "sent", "of", "to", "limit"] {
            assert!(!spoken.contains(&word), "`{word}` in {terminal}");
        }
    }

    #[test]
    fn the_page_has_every_section_and_nothing_of_elsewhere() {
        let text = page("<b>", Timestamp(0), None, &[told(Lang::En)], Lang::En);
        for section in [
            "arms",
            "arm",
            "winners",
            "balance",
            "bubble",
            "shown",
            "alarm",
            "verdict",
            "figures",
            "over-time",
            "returns",
            "funnel",
            "reasons",
            "states",
            "per-person",
            "guardrails",
        ] {
            assert!(text.contains(&format!("data-section=\"{section}\"")), "`{section}` is missing");
        }
        assert!(!text.contains("<script") && !text.contains("http") && !text.contains("url(") && !text.contains("src="));
        assert!(text.contains("&lt;script&gt;panier") && text.contains("&lt;b&gt;"));
    }
}
