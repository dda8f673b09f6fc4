//! A plan as sections of a page: who gets a mail and who does not, with the charts of the report.

use std::fmt::Write as _;

use relance::audience::Reason;
use relance::plan::Colour;
use relance::project::Project;
use relance::project::checked::Campaign;
use relance::survey::coverage::SegmentCoverage;

use super::examples::Examples;
use super::figures::Figures;
use super::page_faults::faults;
use super::page_mails::{changes, mails};
use crate::cli::chart::{Row, bars, safe, with_code};
use crate::cli::french::french;
use crate::cli::report::{Lang, eligible};

/// What a page of a plan is made of.
pub(crate) struct Sheet<'a> {
    pub(crate) project: &'a Project,
    pub(crate) campaign: &'a Campaign,
    pub(crate) figures: &'a Figures,
    /// Somebody to look at for each count.
    pub(crate) examples: &'a Examples,
    /// Returns the address of somebody's page, at a tab; the picture of the mail when it is empty.
    pub(crate) person: &'a dyn Fn(&str, &str) -> String,
    pub(crate) lang: Lang,
}

/// Details of a reason that are told.
const DETAILS_SHOWN: usize = 3;

/// Writes all sections; headings begin at the second rank.
pub(crate) fn sections(sheet: &Sheet<'_>) -> String {
    let parts = [
        (sheet.lang.say("Who gets it", "Qui le reçoit"), whom(sheet)),
        (sheet.lang.say("What the mails hold", "Ce que les courriers contiennent"), mails(sheet)),
        (sheet.lang.say("What changed", "Ce qui a changé"), changes(sheet)),
    ];
    let whole = |(title, inside): &(&str, String)| format!("<article><h2>{title}</h2>\n{inside}</article>\n");
    parts.iter().filter(|(_, inside)| !inside.is_empty()).map(whole).collect()
}

fn whom(sheet: &Sheet<'_>) -> String {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    let count = |n| lang.count(n);
    let mut steps = vec![
        Row::of(lang.say("looked at", "examinés"), totals.contacts),
        Row::of(lang.say("eligible", "éligibles"), eligible(totals.contacts, &totals.skipped)),
        Row::of(lang.say("planned", "prévus"), totals.planned),
    ];
    if totals.later > 0 {
        steps.push(Row::of(lang.say("of these, later", "dont plus tard"), totals.later));
    }
    [
        bars("funnel", lang.say("From people to mails", "Des personnes aux courriers"), steps, totals.contacts, count),
        bars("reasons", lang.say("Why no mail", "Pourquoi pas de courrier"), reasons(sheet), totals.n_skipped(), count),
        pressure(sheet),
        faults(sheet),
        segments(sheet),
        arms(sheet),
    ]
    .concat()
}

/// The reasons, most frequent first, each with somebody to look at and the rules or values behind it.
fn reasons(sheet: &Sheet<'_>) -> Vec<Row> {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    let mut reasons: Vec<(Reason, u64)> = totals.skipped.iter().map(|(reason, n)| (*reason, *n)).filter(|(_, n)| *n > 0).collect();
    reasons.sort_by_key(|(reason, n)| (std::cmp::Reverse(*n), *reason));
    let row = |(reason, n): (Reason, u64)| {
        let mut details: Vec<(&String, u64)> =
            totals.details.get(&reason).into_iter().flatten().filter(|(detail, _)| !detail.is_empty()).map(|(d, n)| (d, *n)).collect();
        details.sort_by_key(|(detail, n)| (std::cmp::Reverse(*n), (*detail).clone()));
        let words: Vec<String> = details
            .iter()
            .take(DETAILS_SHOWN)
            .map(|(detail, n)| {
                let detail = if lang == Lang::Fr { french(detail) } else { (*detail).clone() };
                if details.len() == 1 { detail } else { format!("{} {detail}", lang.count(*n)) }
            })
            .collect();
        let more = if details.len() > DETAILS_SHOWN { " · …" } else { "" };
        let href = sheet.examples.skipped(reason).map(|id| (sheet.person)(id, ""));
        Row { href, note: words.join(" · ") + more, ..Row::of(lang.reason(reason), n) }
    };
    reasons.into_iter().map(row).collect()
}

/// How much people are written to, and how much the mails let them see: the three levers and what the limits hold back.
fn pressure(sheet: &Sheet<'_>) -> String {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    let held: Vec<Row> = [Reason::FrequencyCap, Reason::AccountCap, Reason::LowerPriority]
        .into_iter()
        .filter_map(|reason| Some(Row::of(lang.reason(reason), *totals.skipped.get(&reason)?)))
        .collect();
    let title = lang.say("Held back by contact pressure, of those who are eligible", "Retenus par la pression, parmi les éligibles");
    let mut text = bars("pressure", title, held, eligible(totals.contacts, &totals.skipped), |n| lang.count(n));
    _ = write!(text, "<section data-section=\"levers\"><h3>{}</h3><ul class=\"rails\">", lang.say("Score", "Note"));
    for lever in &sheet.figures.card.0 {
        let (class, colour) = match lever.colour {
            Colour::Green => ("kept", lang.say("green", "vert")),
            Colour::Amber => ("watch", lang.say("amber", "orange")),
            Colour::Red => ("breached", lang.say("red", "rouge")),
        };
        let name = match lever.name {
            "relevance" => lang.say("relevance", "pertinence"),
            "coherence" => lang.say("coherence", "cohérence"),
            _ => lang.say("intrusion", "intrusion"),
        };
        _ = write!(text, "<li class=\"{class}\"><em>{colour}</em><b>{name}</b><span>{}</span></li>", safe(&lever_words(sheet, lever.name)));
    }
    text + "</ul></section>\n"
}

/// The figures behind a lever.
fn lever_words(sheet: &Sheet<'_>, lever: &str) -> String {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    let exposure = &totals.exposure;
    let share = |part: u64, whole: u64| lang.percent(relance::measure::real(part) / relance::measure::real(whole.max(1)), 0, false);
    match lever {
        "relevance" => {
            let words = lang.say("of the mails follow their reader", "des courriers suivent leur lecteur");
            format!("{} {words}", share(exposure.personal, totals.planned))
        }
        "coherence" => {
            let n = sheet.figures.card.0.iter().find(|it| it.name == lever).map_or(0, |it| it.faults.len() as u64);
            lang.many(n, ("fault", "faults"), ("défaut", "défauts"))
        }
        _ => {
            let most = lang.many(u64::from(exposure.most), ("point", "points"), ("point", "points"));
            let over = lang.many(exposure.over, ("mail", "mails"), ("courrier", "courriers"));
            format!("{most} {}, {over} {}", lang.say("at most", "au plus"), lang.say("over the budget", "au-delà du budget"))
        }
    }
}

fn segments(sheet: &Sheet<'_>) -> String {
    let (lang, segments) = (sheet.lang, &sheet.figures.coverage.segments);
    if segments.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "<section data-section=\"segments\"><h3>{}</h3><table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\" class=\"n\">{}</th>\
         <th scope=\"col\" class=\"n\">{}</th><th scope=\"col\" class=\"n\">{}</th></tr></thead><tbody>",
        lang.say("Segments", "Segments"),
        lang.say("segment", "segment"),
        lang.say("people", "personnes"),
        lang.say("mails", "courriers"),
        lang.say("with something for the segment", "avec quelque chose pour le segment"),
    );
    let mut sorted: Vec<&SegmentCoverage> = segments.iter().collect();
    sorted.sort_by_key(|it| (std::cmp::Reverse(it.people), it.segment.clone()));
    for it in sorted {
        let name = match sheet.examples.member(&it.segment) {
            Some(id) => format!("<a href=\"{}\">{}</a>", safe(&(sheet.person)(id, "")), safe(&it.segment)),
            None => safe(&it.segment),
        };
        let numbers = [it.people, it.mails, it.own].map(|n| format!("<td class=\"n\">{}</td>", lang.count(n))).concat();
        _ = write!(text, "<tr><th scope=\"row\">{name}</th>{numbers}</tr>");
    }
    text + "</tbody></table></section>\n"
}

fn arms(sheet: &Sheet<'_>) -> String {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    if sheet.campaign.experiment().is_none() {
        return String::new();
    }
    let rows: Vec<Row> = totals.arms.iter().map(|(arm, n)| Row::of(lang.arm(arm), *n)).collect();
    let mut text = bars("arms", lang.say("Arms", "Bras"), rows, totals.arms.values().sum(), |n| lang.count(n));
    if let Some(measurable) = &sheet.figures.measurable {
        text.extend(measurable.sentences(lang).iter().map(|sentence| format!("<p class=\"note\">{}</p>\n", with_code(sentence))));
    }
    text
}
