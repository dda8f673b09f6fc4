//! Whether words can be read on their background, and what a dark scheme does to them.

use super::colour::Colour;
use super::document::Document;
use super::{Finding, Level, note};

/// Least contrast of words (WCAG 2.2 success criterion 1.4.3), and of large ones.
const WORDS: f64 = 4.5;
const LARGE_WORDS: f64 = 3.0;
/// Size in pixels from which words are large; 18.66 when they are bold.
const LARGE_PX: f64 = 24.0;

pub(super) fn check(document: &Document, found: &mut Vec<Finding>) {
    for (at, element) in document.elements.iter().enumerate() {
        if element.text.trim().is_empty() || element.text.trim() == "\u{a0}" || !document.is_shown(at) {
            continue;
        }
        let ink = document.around(at).find_map(|around| Colour::parse(around.declared("color")?));
        let is_on_image = |around: &super::document::Element| {
            around.attribute("background").is_some()
                || ["background", "background-image"].iter().any(|name| around.declared(name).is_some_and(|value| value.contains("url(")))
        };
        let mut on_image = false;
        let paper = document.around(at).find_map(|around| {
            on_image |= is_on_image(around);
            let declared =
                around.declared("background-color").or_else(|| around.declared("background")).or_else(|| around.attribute("bgcolor"));
            Colour::within(declared?)
        });
        let (Some(ink), false) = (ink, on_image) else { continue };
        let paper_known = paper.is_some();
        let paper = paper.unwrap_or(Colour(255, 255, 255));
        let px = document
            .around(at)
            .find_map(|around| around.declared("font-size")?.trim().strip_suffix("px")?.parse::<f64>().ok())
            .unwrap_or(16.0);
        // Nothing is said with letters of no size: they hold lines apart.
        if px < 1.0 {
            continue;
        }
        let ratio = ink.contrast(paper);
        let least = if px >= LARGE_PX { LARGE_WORDS } else { WORDS };
        if ratio < least {
            let about = format!("{} on {}", ink.hex(), paper.hex());
            let level = if ratio < 2.0 { Level::Must } else { Level::Should };
            let message = format!("words of {px} px with a contrast of {ratio:.1}, below {least}");
            note(found, level, "contrast::low", about, message, "darken the one or lighten the other (WCAG 2.2, 1.4.3)");
        }
        if !paper_known && ink.contrast(Colour(30, 30, 30)) < LARGE_WORDS {
            note(
                found,
                Level::Should,
                "dark::no-background",
                ink.hex(),
                "dark words without a background of their own: a dark scheme may show them on black",
                "give the section or the body a `background-color`",
            );
        }
    }
    let has_meta = document.elements.iter().any(|element| {
        element.tag == "meta" && element.attribute("name").is_some_and(|name| matches!(name, "color-scheme" | "supported-color-schemes"))
    });
    let asks = document.css.contains("prefers-color-scheme");
    if asks && !has_meta {
        note(
            found,
            Level::Should,
            "dark::no-meta",
            "",
            "a dark style without `<meta name=\"color-scheme\">`: Apple Mail does not use it",
            "add `<meta name=\"color-scheme\" content=\"light dark\">` in `mj-head` by `mj-raw`",
        );
    }
}
