//! A plan as sections of a page: what the mails hold, what they cost, what is wrong with them, what changed since the last edition.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use relance::audience::Reason;
use relance::inspect::{Level, french};

use super::page::Sheet;
use crate::cli::chart::{Row, bars, safe, with_code};
use crate::cli::report::Lang;

/// Bars of one slot; what is rarer is added up.
const ROWS_MAX: usize = 12;

/// What the mails hold; nothing of a plan without mails.
pub(super) fn mails(sheet: &Sheet<'_>) -> String {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    if totals.planned == 0 {
        return String::new();
    }
    let mut text = checks(sheet);
    let count = |n| lang.count(n);
    let sorted = |counts: &BTreeMap<String, u64>, name: &dyn Fn(&str) -> String| {
        let mut rows: Vec<Row> = counts.iter().map(|(what, n)| Row::of(&name(what), *n)).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.n));
        if rows.len() > ROWS_MAX {
            let others = rows.drain(ROWS_MAX - 1..).map(|row| row.n).sum();
            rows.push(Row::of(lang.say("others", "autres"), others));
        }
        rows
    };
    let plain = |name: &str| name.to_owned();
    if totals.steps.len() > 1 {
        text += &bars("steps", lang.say("Steps", "Étapes"), sorted(&totals.steps, &plain), totals.planned, count);
    }
    let levels = sorted(&totals.levels, &|word| level(lang, word).to_owned());
    text += &bars("levels", lang.say("Blocks by level", "Blocs par niveau"), levels, totals.levels.values().sum(), count);
    for (slot, fillings) in &totals.slots {
        let title = format!("{} {slot}", lang.say("Slot", "Emplacement"));
        text += &bars("slot", &title, sorted(fillings, &plain), fillings.values().sum(), count);
    }
    text + &coverage(sheet) + &offers(sheet)
}

fn level(lang: Lang, word: &str) -> &str {
    match word {
        "general" => lang.say("general", "général"),
        "many" => lang.say("many", "beaucoup"),
        "few" => lang.say("few", "peu"),
        "individual" => lang.say("individual", "individuel"),
        other => other,
    }
}

/// What was found in the mails that were looked at, each with somebody to see it at.
fn checks(sheet: &Sheet<'_>) -> String {
    let (lang, checked) = (sheet.lang, &sheet.figures.checked);
    let n = checked.report.n_mails;
    if n == 0 {
        return String::new();
    }
    let mut text = format!("<section data-section=\"checks\"><h3>{}</h3>", lang.say("Checks", "Contrôles"));
    let (looked, of) = (lang.count(n), lang.count(checked.of));
    let how = match (n == checked.of, lang) {
        (true, Lang::En) => format!("All {of} mails were looked at."),
        (true, Lang::Fr) => format!("Courriers regardés : {of}, c’est-à-dire tous."),
        (false, Lang::En) => format!("{looked} of {of} mails were looked at: those with most in them, and some drawn by hash."),
        (false, Lang::Fr) => format!("{looked} courriers regardés sur {of} : ceux qui contiennent le plus, et d’autres tirés au sort."),
    };
    _ = write!(text, "<p class=\"note\">{how}</p>");
    let found = checked.to_mend();
    if found.is_empty() {
        return text + lang.say("<p>Nothing to mend.</p>", "<p>Rien à corriger.</p>") + "</section>\n";
    }
    text += "<ul class=\"rails\">";
    for noted in found {
        let said = if lang == Lang::Fr { french(noted.code, &noted.about, &noted.message) } else { None };
        let (words, help) = said.unwrap_or_else(|| (noted.message.clone(), noted.help));
        let (class, severity) = match noted.level {
            Level::Must => ("breached", lang.say("must", "impératif")),
            Level::Should | Level::Note => ("watch", lang.say("should", "à voir")),
        };
        let mails = lang.many(noted.mails, ("mail", "mails"), ("courrier", "courriers"));
        let seen = noted
            .recipients
            .first()
            .map_or_else(|| safe(&mails), |id| format!("<a href=\"{}\">{}</a>", safe(&(sheet.person)(id, "checks")), safe(&mails)));
        _ = write!(
            text,
            "<li class=\"{class}\"><em>{severity}</em><b>{}</b><span>{}</span><br>{seen}</li>",
            with_code(&words),
            with_code(help)
        );
    }
    text + "</ul></section>\n"
}

/// What fires for nobody, and how many mails say the same to all.
fn coverage(sheet: &Sheet<'_>) -> String {
    let (lang, coverage) = (sheet.lang, &sheet.figures.coverage);
    let mut items = Vec::new();
    let share = relance::measure::real(coverage.fallback) / relance::measure::real(coverage.mails.max(1));
    items.push(format!(
        "{} ({}) {}",
        lang.many(coverage.fallback, ("mail", "mails"), ("courrier", "courriers")),
        lang.percent(share, 0, false),
        lang.say("with nothing that rests on who reads", "où rien ne tient à qui lit")
    ));
    for (slot, blocks) in &coverage.blocks {
        let never: Vec<&str> = blocks.iter().filter(|(_, n)| **n == 0).map(|(block, _)| block.as_str()).collect();
        if !never.is_empty() {
            let words = lang.say("never shown in", "jamais montrés dans");
            items.push(format!("{words} {slot}{} {}", lang.say(":", "\u{a0}:"), never.join(", ")));
        }
    }
    let nobody: Vec<&str> = coverage.segments.iter().filter(|it| it.people == 0).map(|it| it.segment.as_str()).collect();
    if !nobody.is_empty() {
        items.push(format!("{} {}", lang.say("segments without anybody:", "segments vides\u{a0}:"), nobody.join(", ")));
    }
    let without: Vec<String> = sheet.project.without_message(sheet.campaign).into_iter().map(|segment| segment.get_ref().clone()).collect();
    if !without.is_empty() {
        let words = lang.say("segments without a message of their own:", "segments sans message à eux\u{a0}:");
        items.push(format!("{words} {}", without.join(", ")));
    }
    let items = items.iter().map(|item| format!("<li>{}</li>", with_code(item))).collect::<Vec<_>>().concat();
    format!("<section data-section=\"coverage\"><h3>{}</h3><ul>{items}</ul></section>\n", lang.say("Coverage", "Couverture"))
}

/// What each offer costs at most, and what giving it to some only saves.
fn offers(sheet: &Sheet<'_>) -> String {
    let (lang, totals) = (sheet.lang, &sheet.figures.totals);
    let Some(currency) = totals.currency.filter(|_| !totals.money.is_empty()) else { return String::new() };
    let amount = |minor: i64| {
        let decimals = currency.decimals();
        let value = relance::measure::real(minor.unsigned_abs()) / 10_f64.powi(i32::try_from(decimals).unwrap_or(2));
        let digits = usize::try_from(decimals).unwrap_or(2);
        format!("<td class=\"n\">{}</td>", lang.number(value, digits, false))
    };
    let heads = [
        lang.say("mails", "courriers"),
        lang.say("cost at most", "coût au plus"),
        lang.say("saved", "économisé"),
        lang.say("to all", "à tous"),
    ];
    let heads = heads.map(|head| format!("<th scope=\"col\" class=\"n\">{head}</th>")).concat();
    let mut text = format!(
        "<section data-section=\"offers\"><h3>{}</h3><table><thead><tr><th scope=\"col\">{}</th>{heads}</tr></thead><tbody>",
        safe(&format!("{} {}", lang.say("Offers, amounts in", "Offres, montants en"), currency.code())),
        lang.say("offer", "offre"),
    );
    for (offer, money) in &totals.money {
        let mails = lang.count(totals.offers.get(offer).copied().unwrap_or(0));
        let all = money.exposed.saturating_add(money.saved);
        let amounts = [money.exposed, money.saved, all].map(amount).concat();
        _ = write!(text, "<tr><th scope=\"row\">{}</th><td class=\"n\">{mails}</td>{amounts}</tr>", safe(offer));
    }
    text + "</tbody></table></section>\n"
}

/// What differs from the edition before; nothing without one.
pub(super) fn changes(sheet: &Sheet<'_>) -> String {
    let lang = sheet.lang;
    let Some((edition, changes)) = sheet.figures.changes() else { return String::new() };
    let since = format!("{} {edition}", lang.say("Since", "Depuis"));
    if changes.is_empty() {
        return format!("<p class=\"note\">{}{} {}</p>\n", safe(&since), lang.say(":", "\u{a0}:"), lang.say("nothing.", "rien."));
    }
    let heads = [lang.say("before", "avant"), lang.say("now", "maintenant"), lang.say("change", "écart")];
    let heads = heads.map(|head| format!("<th scope=\"col\" class=\"n\">{head}</th>")).concat();
    let mut text = format!(
        "<section data-section=\"changes\"><h3>{}</h3><table><thead><tr><th scope=\"col\">{}</th>{heads}</tr></thead><tbody>",
        safe(&since),
        lang.say("what", "quoi")
    );
    for change in changes {
        let growth = match (change.before, change.after) {
            (0, _) => lang.say("new", "nouveau").to_owned(),
            (_, 0) => lang.say("gone", "disparu").to_owned(),
            (before, after) => lang.percent(relance::measure::real(after) / relance::measure::real(before) - 1.0, 1, true),
        };
        let numbers = [lang.count(change.before), lang.count(change.after), growth];
        let numbers = numbers.map(|cell| format!("<td class=\"n\">{cell}</td>")).concat();
        _ = write!(text, "<tr><th scope=\"row\">{}</th>{numbers}</tr>", safe(&figure(lang, &change.what)));
    }
    text + "</tbody></table></section>\n"
}

/// The name of a figure that changed.
fn figure(lang: Lang, what: &str) -> String {
    if lang == Lang::En {
        return what.to_owned();
    }
    if what == "to send" {
        return "à envoyer".to_owned();
    }
    if let Some(reason) = Reason::ALL.into_iter().find(|reason| reason.words() == what) {
        return lang.reason(reason).to_owned();
    }
    let Some((kind, name)) = what.split_once(": ") else { return what.to_owned() };
    let kind = match kind {
        "arm" => "bras",
        "step" => "étape",
        "offer" => "offre",
        slot => slot,
    };
    format!("{kind}\u{a0}: {}", if name == "products shown" { "produits montrés" } else { name })
}
