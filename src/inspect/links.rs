//! Links: where they lead, what they carry, what is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::document::Document;
use super::{Facts, Finding, Level, Mail, note};

/// Words that say nothing of where a link leads, in English and in French.
const EMPTY_WORDS: [&str; 7] = ["click here", "here", "read more", "cliquez ici", "ici", "en savoir plus", "lire la suite"];

pub(super) fn check(document: &Document, mail: Mail<'_>, facts: &Facts, found: &mut Vec<Finding>) {
    let targets: BTreeSet<&str> =
        document.elements.iter().flat_map(|element| [element.attribute("id"), element.attribute("name")]).flatten().collect();
    let (mut names, mut has_unsubscribe) = (BTreeMap::<String, BTreeSet<&str>>::new(), false);
    for (at, element) in document.elements.iter().enumerate() {
        check_safety(element, found);
        let Some(target) = element.attribute("href").filter(|_| element.tag == "a" || element.tag == "area") else { continue };
        let words = words_of(document, at);
        has_unsubscribe |= is_unsubscribe(target, &words);
        one(target, &words, &targets, facts, found);
        if !words.is_empty() && document.is_shown(at) {
            names.entry(words.to_lowercase()).or_default().insert(target);
        }
    }
    for words in EMPTY_WORDS {
        if names.get(words).is_some_and(|targets| targets.len() > 1) {
            note(
                found,
                Level::Should,
                "link::same-words",
                words,
                format!("`{words}` leads to several places"),
                "say in each link where it leads",
            );
        }
    }
    if !has_unsubscribe && !facts.is_compulsory {
        let help = "put `{{ links.unsubscribe }}` into the template";
        note(found, Level::Must, "unsubscribe::no-link", "", "nobody can unsubscribe from the body of the mail", help);
    }
    if !mail.text.contains("://") && !facts.is_compulsory {
        note(
            found,
            Level::Should,
            "unsubscribe::not-in-text",
            "",
            "the text part has no link at all",
            "put `{{ links.unsubscribe }}` into `templates/NAME.txt`",
        );
    }
}

/// What no mail may hold: it is not shown, and filters take it for an attack.
fn check_safety(element: &super::document::Element, found: &mut Vec<Finding>) {
    if matches!(element.tag.as_str(), "script" | "iframe" | "object" | "embed" | "form" | "base") {
        note(
            found,
            Level::Must,
            "html::forbidden",
            element.tag.as_str(),
            format!("a `{}` in a mail", element.tag),
            "remove it: mail programs show none",
        );
    }
    if let Some((name, _)) = element.attributes.iter().find(|(name, _)| name.starts_with("on")) {
        note(found, Level::Must, "html::handler", name.as_str(), format!("a script in `{name}`"), "remove it");
    }
}

fn one(target: &str, words: &str, targets: &BTreeSet<&str>, facts: &Facts, found: &mut Vec<Finding>) {
    let place = target.split(['?', '#']).next().unwrap_or_default();
    match target.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        Some("https" | "mailto" | "tel" | "sms") => {}
        Some("http") => note(found, Level::Should, "link::not-https", place, "a link that is not https", "write `https://`"),
        Some("javascript" | "data" | "vbscript" | "file") => {
            note(
                found,
                Level::Must,
                "link::dangerous",
                "",
                "a link that runs or opens something on the reader's machine",
                "write `https://`",
            );
        }
        _ if target.is_empty() || target == "#" => {
            note(found, Level::Should, "link::empty", words, "a link that leads nowhere", "write where it leads, or make it text");
        }
        _ if target.starts_with('#') => {
            if !targets.contains(&target[1..]) {
                note(
                    found,
                    Level::Should,
                    "link::dead-anchor",
                    target,
                    "a link to a place of the mail that is not there",
                    "add an element with this `id`",
                );
            }
        }
        _ => note(
            found,
            Level::Must,
            "link::relative",
            place,
            "a link without a site: nothing can follow it from a mail",
            "write the whole address",
        ),
    }
    if words.is_empty() {
        note(
            found,
            Level::Should,
            "link::no-name",
            "",
            "a link without words: who hears the mail hears an address",
            "write words, or the `alt` of its image",
        );
    }
    let Ok(url) = url::Url::parse(target) else { return };
    let mut counts = BTreeMap::<String, usize>::new();
    for (name, _) in url.query_pairs() {
        *counts.entry(name.into_owned()).or_default() += 1;
    }
    let twice = counts.iter().filter(|(name, n)| **n > 1 && (name.starts_with("utm_") || facts.utm.contains(name)));
    for (name, _) in twice {
        note(
            found,
            Level::Should,
            "link::tag-twice",
            name.as_str(),
            format!("`{name}` stands twice in a link"),
            "remove it from the template: `[links] utm` adds it",
        );
    }
    let is_own = url.host_str().is_some_and(|host| !facts.own_host.is_empty() && host == facts.own_host);
    let is_token = ["unsubscribe", "desabonnement", "preferences"].iter().any(|word| url.path().contains(word));
    if is_own && !is_token {
        for name in facts.utm.iter().filter(|name| !counts.contains_key(*name)) {
            note(
                found,
                Level::Note,
                "link::no-tag",
                name.as_str(),
                format!("a link to the site without `{name}`"),
                "`[links] utm` adds it to links that the template writes as `href`",
            );
        }
    }
}

/// The words of a link: its text, that of what is in it, and the `alt` of its images.
fn words_of(document: &Document, link: usize) -> String {
    let mut words = document.elements[link].attribute("aria-label").unwrap_or_default().to_owned();
    // Elements stand in the order in which they open: those of the link follow it without a gap.
    let is_inside = |at: usize| std::iter::successors(Some(at), |at| document.elements[*at].parent).any(|at| at == link);
    for element in (link..document.elements.len()).take_while(|at| is_inside(*at)).map(|at| &document.elements[at]) {
        for part in [element.text.as_str(), element.attribute("alt").unwrap_or_default()] {
            words.push(' ');
            words.push_str(part.trim());
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_unsubscribe(target: &str, words: &str) -> bool {
    let (target, words) = (target.to_lowercase(), words.to_lowercase());
    ["unsubscribe", "desabonn", "désabonn", "désinscri", "desinscri", "optout", "opt-out"]
        .iter()
        .any(|word| target.contains(word) || words.contains(word))
}
