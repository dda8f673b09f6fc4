//! Images: what is read in their place, and whether they can be shown.

use super::document::Document;
use super::{Finding, Level, note};

pub(super) fn check(document: &Document, found: &mut Vec<Finding>) {
    let (mut n_images, mut n_words) = (0, 0);
    for (at, element) in document.elements.iter().enumerate() {
        if !document.is_shown(at) {
            continue;
        }
        n_words += element.text.split_whitespace().count();
        if element.tag != "img" {
            continue;
        }
        let source = element.attribute("src").unwrap_or_default();
        let is_spacer = element.attribute("width") == Some("1") || element.attribute("height") == Some("1");
        n_images += usize::from(!is_spacer);
        if element.attribute("alt").is_none() {
            note(
                found,
                Level::Must,
                "image::no-alt",
                "",
                "an image without `alt`: who hears the mail hears an address",
                "write `alt=\"...\"`, empty for decoration",
            );
        }
        if source.is_empty() {
            note(found, Level::Must, "image::no-source", "", "an image without an address", "write its `src`");
        } else if source.starts_with("http://") {
            note(
                found,
                Level::Should,
                "image::not-https",
                "",
                "an image that is not fetched by https: mail programs may refuse it",
                "write `https://`",
            );
        } else if source.starts_with("data:") {
            note(
                found,
                Level::Should,
                "image::inline",
                "",
                "an image written into the mail: Gmail and Outlook show none",
                "put the file among the `assets`, and link it",
            );
        }
        if element.attribute("width").is_none() && element.declared("width").is_none() {
            note(
                found,
                Level::Should,
                "image::no-width",
                "",
                "an image without a width: Outlook shows it at its full size",
                "write `width=\"...\"`",
            );
        }
    }
    if n_images > 0 && n_words < 20 {
        note(
            found,
            Level::Should,
            "image::only-images",
            "",
            "hardly any words beside the images: filters mistrust it, and nothing is left with images off",
            "write what the images say as text",
        );
    }
}
