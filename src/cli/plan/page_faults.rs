//! A plan as sections of a page: what does not hold together, with somebody in whose mail it is seen.

use std::fmt::Write as _;

use relance::plan::Fault;

use super::page::Sheet;
use crate::cli::chart::{safe, with_code};
use crate::cli::report::Lang;

/// Writes the faults behind the levers; nothing without any.
pub(super) fn faults(sheet: &Sheet<'_>) -> String {
    let lang = sheet.lang;
    let found: Vec<&Fault> = sheet.figures.card.0.iter().flat_map(|lever| &lever.faults).collect();
    if found.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "<section data-section=\"faults\"><h3>{}</h3><ul class=\"faults\">",
        lang.say("What does not hold together", "Ce qui ne tient pas ensemble")
    );
    for fault in found {
        let whom = match sheet.examples.of_fault(fault) {
            Some(id) => {
                let seen = lang.say("See it at", "À voir chez");
                format!("{seen} <a href=\"{}\">{}</a>", safe(&(sheet.person)(id, "")), safe(id))
            }
            None => lang.say("Nobody is concerned now", "Personne n’est concerné aujourd’hui").to_owned(),
        };
        _ = write!(text, "<li>{}<span class=\"under\">{whom}</span></li>", with_code(&words(lang, fault)));
    }
    text + "</ul></section>\n"
}

/// Tells a fault.
fn words(lang: Lang, fault: &Fault) -> String {
    if lang == Lang::En {
        let line = fault.to_string().replace('`', "");
        let mut letters = line.chars();
        return letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    }
    match fault {
        Fault::NoMessage { segment } => format!("Le segment {segment} n’a pas de message à lui"),
        Fault::Unfounded { block, claim } => format!("Le bloc {block} affirme «\u{a0}{claim}\u{a0}» sans regarder cette donnée"),
        Fault::LeadsNowhere { template } => format!("Le modèle {template} ne mène nulle part\u{a0}: ni lien, ni bouton"),
        Fault::NoBudget => "Pas de budget d’intrusion\u{a0}: écrivez budget = 10 dans [intrusion]".to_owned(),
        Fault::OverBudget { mails } => {
            let mails = lang.many(*mails, ("", ""), ("courrier dépasse", "courriers dépassent"));
            format!("{mails} le budget, quel que soit le bloc retiré")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_is_told_in_both_languages() {
        let claim = Fault::Unfounded { block: "b".to_owned(), claim: "city".to_owned() };
        assert_eq!(words(Lang::En, &claim), "Block b says city and looks at no such data");
        assert_eq!(words(Lang::Fr, &claim), "Le bloc b affirme «\u{a0}city\u{a0}» sans regarder cette donnée");
        let over = |mails| words(Lang::Fr, &Fault::OverBudget { mails });
        assert_eq!(over(1), "1 courrier dépasse le budget, quel que soit le bloc retiré");
        assert_eq!(over(1200), "1\u{202f}200 courriers dépassent le budget, quel que soit le bloc retiré");
    }
}
