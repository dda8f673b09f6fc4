//! What filters and people take for an unwanted mail.

use super::document::Document;
use super::{Finding, Level, Mail, note};

/// Phrases that filters of content weigh, in English and in French.
const PHRASES: [&str; 20] = [
    "100% free",
    "act now",
    "buy now!!",
    "cash bonus",
    "click below",
    "double your",
    "earn money",
    "no obligation",
    "risk free",
    "winner",
    "100 % gratuit",
    "agissez maintenant",
    "argent facile",
    "cliquez vite",
    "gagnez de l'argent",
    "offre exceptionnelle",
    "sans engagement",
    "vous avez gagné",
    "félicitations !",
    "urgent !",
];
/// Sites that shorten addresses: filters cannot see where they lead.
const SHORTENERS: [&str; 6] = ["//bit.ly/", "//tinyurl.com/", "//t.co/", "//ow.ly/", "//goo.gl/", "//is.gd/"];

pub(super) fn check(document: &Document, mail: Mail<'_>, found: &mut Vec<Finding>) {
    let subject = mail.subject;
    let letters = subject.chars().filter(|letter| letter.is_alphabetic()).count();
    let capitals = subject.chars().filter(|letter| letter.is_uppercase()).count();
    if letters >= 10 && capitals * 10 > letters * 7 {
        note(found, Level::Should, "spam::shouting", "", "a subject in capitals", "write it as a sentence");
    }
    if subject.matches(['!', '?']).count() >= 3 || subject.contains("!!") {
        note(found, Level::Should, "spam::exclamations", "", "a subject with several exclamation marks", "one is enough");
    }
    if ["re:", "fwd:", "fw:", "tr :", "re :"].iter().any(|start| subject.to_lowercase().starts_with(start)) {
        note(
            found,
            Level::Must,
            "spam::false-reply",
            "",
            "a subject that pretends to be an answer",
            "remove it: it misleads (15 USC 7704 (a) (2))",
        );
    }
    let words = document.words().to_lowercase();
    let all = format!("{} {words}", subject.to_lowercase()).replace(['\u{a0}', '\u{202f}'], " ").replace('’', "'");
    for phrase in PHRASES.iter().filter(|phrase| all.contains(**phrase)) {
        note(found, Level::Should, "spam::phrase", *phrase, format!("`{phrase}`, which filters weigh"), "say it otherwise");
    }
    let links = document.elements.iter().filter_map(|element| element.attribute("href"));
    for shortener in SHORTENERS {
        if links.clone().any(|link| link.contains(shortener)) {
            note(
                found,
                Level::Should,
                "spam::shortener",
                shortener.trim_matches('/'),
                "a shortened address: filters cannot see where it leads",
                "link to the place itself",
            );
        }
    }
}
