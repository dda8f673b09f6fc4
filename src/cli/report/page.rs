//! The page of `--html`: one file, nothing loaded from elsewhere, light and dark.

use std::fmt::Write as _;

use relance::measure::guardrail::Standing;
use relance::measure::{Comparison, Verdict};
use relance::project::campaign::Metric;

use super::html::{band, bar, safe};
use super::words::{interval, value, word};
use super::{Lang, Told};

const STYLE: &str = include_str!("page.css");

/// Writes the page.
pub(super) fn page(project: &str, now: &str, told: &[Told], lang: Lang) -> String {
    let (tag, title) = if lang == Lang::Fr { ("fr", "Ce que les courriers ont rapporté") } else { ("en", "What the mails brought") };
    let mut text = format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head><body><main>\n<header><h1>{title}</h1><p>{} · {}</p></header>\n",
        safe(project),
        safe(now)
    );
    for told in told {
        text.push_str(&campaign(told, lang));
    }
    text.push_str("</main></body></html>\n");
    text
}

fn campaign(told: &Told, lang: Lang) -> String {
    let say = |en: &'static str, fr: &'static str| if lang == Lang::Fr { fr } else { en };
    let tone = match told.comparison.as_ref().map(|it| it.verdict) {
        Some(Verdict::Better) => "good",
        Some(Verdict::Worse | Verdict::Breached | Verdict::Unbalanced { .. }) => "bad",
        _ => "open",
    };
    let mut text = format!(
        "<article><p class=\"kicker\">{} · {}</p><h2>{}</h2><p class=\"verdict {tone}\">{}</p>\n",
        safe(&told.campaign),
        safe(&word(told.objective)),
        safe(&told.title),
        safe(&told.conclusion)
    );
    if let Some(it) = &told.comparison {
        text.push_str(&figures(told, it, lang));
    }
    _ = write!(text, "<h3>{}</h3><ul class=\"rails\">", say("Guardrails", "Garde-fous"));
    for rail in &told.guardrails {
        let (class, mark) = match rail.standing {
            Standing::Kept => ("kept", say("kept", "respecté")),
            Standing::Watch => ("watch", say("to watch", "à surveiller")),
            Standing::Breached => ("breached", say("breached", "dépassé")),
        };
        let what = match (rail.what, lang) {
            ("complaints", Lang::Fr) => "plaintes",
            ("unsubscribed", Lang::Fr) => "désabonnements",
            ("bounced", Lang::Fr) => "rejets",
            (what, _) => what,
        };
        _ = write!(text, "<li class=\"{class}\"><b>{} / {}</b><span>{what}</span><em>{mark}</em></li>", rail.n, rail.sent);
    }
    text.push_str("</ul></article>\n");
    text
}

fn figures(told: &Told, it: &Comparison, lang: Lang) -> String {
    let say = |en: &'static str, fr: &'static str| if lang == Lang::Fr { fr } else { en };
    let mut text = format!(
        "<table><caption>{}</caption><tr><th></th><th>{} ({})</th><th>{} ({})</th><th>{}</th></tr>\n",
        say("Per assigned person, whatever was sent", "Par personne affectée, quoi qu'il ait été envoyé"),
        say("mails", "courriers"),
        it.n_treated_ready,
        say("none", "aucun"),
        it.n_control_ready,
        say("difference, safe at any look", "écart, valable à tout moment"),
    );
    for figure in &it.figures {
        let name = match (figure.metric, lang) {
            (Metric::Revenue, Lang::Fr) => "chiffre d'affaires",
            (Metric::Margin, Lang::Fr) => "marge",
            (Metric::Conversion, Lang::Fr) => "part d'acheteurs",
            (Metric::Revenue, Lang::En) => "revenue",
            (Metric::Margin, Lang::En) => "margin",
            (Metric::Conversion, Lang::En) => "conversion",
        };
        let shown = figure.difference.map_or_else(
            || say("too few people", "trop peu de monde").to_owned(),
            |it| {
                let words = interval(figure.metric, it, told);
                format!("{}<span>{}</span>", bar(it, &words), safe(&words))
            },
        );
        let of = |mean| value(figure.metric, mean, told, false);
        _ = writeln!(
            text,
            "<tr><th>{name}</th><td>{}</td><td>{}</td><td class=\"range\">{shown}</td></tr>",
            of(figure.treated),
            of(figure.control)
        );
    }
    text.push_str("</table>");
    if let [first, .., last] = it.over_time.as_slice() {
        let intervals: Vec<_> = it.over_time.iter().map(|point| point.difference).collect();
        let day = |at: relance::clock::Timestamp| at.to_string().split('T').next().unwrap_or_default().to_owned();
        let title = say("The difference as people were added", "L'écart au fil des affectations");
        _ = write!(text, "<h3>{title}</h3>{}", band(&intervals, title, (&day(first.assigned_at), &day(last.assigned_at))));
    }
    text
}
