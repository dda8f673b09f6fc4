//! How a feature of HTML or CSS shows in a mail: what a name of caniemail's data set means.

use std::collections::BTreeSet;

use super::colour::declarations;
use super::document::Document;

/// Everything that a mail uses, as words that [`sign`] gives for features: `property:border-radius`, `element:video`.
pub(super) fn used(document: &Document) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, element) in document.elements.iter().enumerate() {
        used.insert(format!("element:{}", element.tag));
        if matches!(element.tag.as_str(), "input" | "button") {
            used.insert(format!("element:{}-{}", element.tag, element.attribute("type").unwrap_or("text")));
        }
        for (name, value) in &element.attributes {
            used.insert(format!("attribute:{name}"));
            match name.as_str() {
                "href" if value.starts_with('#') && value.len() > 1 => drop(used.insert("link:anchor".to_owned())),
                "href" if value.starts_with("mailto:") => drop(used.insert("link:mailto".to_owned())),
                "src" if value.starts_with("data:") => drop(used.insert("image:base64".to_owned())),
                "src" => {
                    let path = value.split(['?', '#']).next().unwrap_or_default();
                    if let Some((_, kind)) =
                        path.rsplit_once('.').filter(|(_, kind)| kind.len() <= 5 && kind.bytes().all(|byte| byte.is_ascii_alphanumeric()))
                    {
                        used.insert(format!("image:{}", kind.to_ascii_lowercase().replace("jpeg", "jpg")));
                    }
                }
                _ => {}
            }
        }
        if document.is_shown(at) {
            of_declarations(&element.style, &mut used);
        }
    }
    of_sheet(&document.css, &mut used);
    used
}

fn of_declarations(style: &[(String, String)], used: &mut BTreeSet<String>) {
    for (property, value) in style {
        // What begins with a name of a program's own is for that program.
        if property.starts_with("mso-") || property.starts_with('-') {
            continue;
        }
        let value = value.to_ascii_lowercase();
        if property == "display" {
            used.insert(format!("display:{}", value.trim_end_matches("!important").trim()));
        }
        if value.contains("!important") {
            used.insert("important".to_owned());
        }
        for (before, _) in value.match_indices('(') {
            let name: String =
                value[..before].chars().rev().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
            used.insert(format!("function:{}", name.chars().rev().collect::<String>()));
        }
        for word in value.split([' ', ',', '(', ')', ';']) {
            let digits = word.trim_start_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '+'));
            if digits.len() < word.len() && !digits.is_empty() && digits.len() <= 4 {
                used.insert(format!("unit:{digits}"));
            }
        }
        used.insert(format!("property:{property}"));
    }
}

/// Reads rules, at-rules among them; what is for a dark scheme or a small screen is used only where it is understood.
fn of_sheet(css: &str, used: &mut BTreeSet<String>) {
    let mut rest = css;
    while let Some(at) = rest.find('{') {
        let head = rest[..at].rsplit(['}', ';']).next().unwrap_or_default().trim();
        for import in rest[..at].match_indices("@import") {
            used.insert(format!("at:{}", &import.1[1..]));
        }
        rest = &rest[at + 1..];
        if let Some(rule) = head.strip_prefix('@') {
            let name: String = rule.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
            used.insert(format!("at:{name}"));
            if name == "media" {
                for feature in rule.split('(').skip(1).filter_map(|feature| feature.split([':', ')', '<', '>', '=']).next()) {
                    used.insert(format!("media:{}", feature.trim()));
                }
            }
            continue;
        }
        for (mark, kind) in [("::", "pseudo-element"), (":", "pseudo-class")] {
            for part in head.split(mark).skip(1) {
                let name: String = part.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
                if !name.is_empty() {
                    used.insert(format!("{kind}:{name}"));
                }
            }
        }
        let end = rest.find('}').unwrap_or(rest.len());
        of_declarations(&declarations(&rest[..end]), used);
        rest = &rest[end..];
    }
}

/// Returns the words of which any one means that a feature is used; none of a feature that no mail shows.
pub(super) fn sign(slug: &str) -> Vec<String> {
    let many = |kind: &str, names: &[&str]| names.iter().map(|name| format!("{kind}:{name}")).collect();
    if let Some(name) = slug.strip_prefix("image-") {
        return many("image", &[name]);
    }
    if let Some(name) = slug.strip_prefix("html-") {
        return match name {
            "h1-h6" => many("element", &["h1", "h2", "h3", "h4", "h5", "h6"]),
            "lists" => many("element", &["ul", "ol", "dl"]),
            "semantics" => {
                many("element", &["article", "aside", "details", "figure", "footer", "header", "main", "nav", "section", "summary"])
            }
            "image-maps" => many("element", &["map"]),
            "anchor-links" => many("link", &["anchor"]),
            "mailto-links" => many("link", &["mailto"]),
            "loading-attribute" => many("attribute", &["loading"]),
            "align" | "valign" | "width" | "height" | "background" | "cellpadding" | "cellspacing" | "dir" | "lang" | "role" | "hidden"
            | "srcset" | "target" | "required" | "popover" | "aria-describedby" | "aria-hidden" | "aria-label" | "aria-labelledby"
            | "aria-live" => many("attribute", &[name]),
            "comments" | "doctype" | "meta-color-scheme" => Vec::new(),
            name => many("element", &[name]),
        };
    }
    let Some(name) = slug.strip_prefix("css-") else { return Vec::new() };
    if let Some(feature) = name.strip_prefix("at-media-") {
        return many("media", &[feature]);
    }
    for (start, kind) in [
        ("at-", "at"),
        ("pseudo-class-", "pseudo-class"),
        ("pseudo-element-", "pseudo-element"),
        ("function-", "function"),
        ("display-", "display"),
    ] {
        if let Some(name) = name.strip_prefix(start) {
            return many(kind, &[name]);
        }
    }
    match name {
        "unit-calc" => many("function", &["calc"]),
        "unit-percent" => many("unit", &["%"]),
        "unit-initial" => Vec::new(),
        "variables" => many("function", &["var"]),
        "important" => vec!["important".to_owned()],
        "linear-gradient" | "radial-gradient" | "conic-gradient" | "rgb" | "rgba" => many("function", &[name]),
        "left-right-top-bottom" => many("property", &["left", "right", "top", "bottom"]),
        // Selectors are used by every mail; what has no name of its own cannot be seen.
        name if name.starts_with("selector-") => Vec::new(),
        name => match name.strip_prefix("unit-") {
            Some(unit) => many("unit", &[unit]),
            None => many("property", &[name]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_seen() {
        let html = "<style>@import url(a.css); .a:hover{color:red} @media (prefers-color-scheme:dark) and (max-width:480px){.b::before{width:calc(100% - 2rem)!important}}</style>
            <div style='display: flex; border-radius:4px; background:linear-gradient(#000,#fff); mso-line-height-rule:exactly'><video></video>
            <a href='#x'>a</a><img src='https://a.example/b.WEBP?c=1'></div>";
        let used = used(&Document::parse(html));
        for slug in [
            "css-at-import",
            "css-pseudo-class-hover",
            "css-at-media",
            "css-at-media-prefers-color-scheme",
            "css-pseudo-element-before",
            "css-unit-calc",
            "css-unit-rem",
            "css-important",
            "css-display-flex",
            "css-border-radius",
            "css-linear-gradient",
            "html-video",
            "html-anchor-links",
            "image-webp",
        ] {
            assert!(sign(slug).iter().any(|sign| used.contains(sign)), "{slug}: {:?} in {used:?}", sign(slug));
        }
        for slug in ["css-display-grid", "css-box-shadow", "html-audio", "image-avif", "css-selector-class", "css-unit-vw"] {
            assert!(!sign(slug).iter().any(|sign| used.contains(sign)), "{slug}");
        }
    }

    #[test]
    fn a_sheet_that_is_broken_ends() {
        for css in ["{", "}", "@", "@media", "a{", "a{b", "@media(", "::{", "{{{{"] {
            _ = used(&Document::parse(&format!("<style>{css}</style>")));
        }
    }
}
