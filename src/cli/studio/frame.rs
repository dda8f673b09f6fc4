//! The document of a mail as a frame shows it: another colour scheme, images off, larger text, the project's own images.

use std::fmt::Write as _;

use super::look::Look;

/// What a mail's document may do: show itself and images, nothing else.
pub(super) fn policy(has_images: bool) -> String {
    let images = if has_images { "img-src 'self' data: https: http:; " } else { "" };
    format!(
        "sandbox; default-src 'none'; {images}style-src 'unsafe-inline'; font-src https: data:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
    )
}

/// Returns the document of a mail, as it is looked at; `assets` is the address prefix of images that the project has itself.
pub(super) fn document(html: &str, look: &Look, assets: Option<&str>) -> String {
    let mut html = schemed(html, look.is_dark());
    if look.zoom() != 100 {
        html = enlarged(&html, look.zoom());
    }
    if let Some(assets) = assets {
        html = html.replace(&format!("{}/", assets.trim_end_matches('/')), "/files/");
    }
    html
}

/// Settles the question that a mail asks its reader's system: a frame cannot be given a scheme of its own.
fn schemed(html: &str, is_dark: bool) -> String {
    let (dark, light) = if is_dark { ("all", "not all") } else { ("not all", "all") };
    let mut html = html.to_owned();
    for space in ["", " "] {
        html = html.replace(&format!("(prefers-color-scheme:{space}dark)"), settled(dark));
        html = html.replace(&format!("(prefers-color-scheme:{space}light)"), settled(light));
    }
    html
}

/// A media feature that always or never holds, which may stand beside others.
fn settled(word: &str) -> &'static str {
    if word == "all" { "(min-width:0)" } else { "(max-width:0)" }
}

/// Multiplies every size of letters and height of lines in pixels, as a reader's setting for larger text does.
fn enlarged(html: &str, percent: u32) -> String {
    let mut text = String::with_capacity(html.len() + html.len() / 8);
    let mut rest = html;
    while let Some((at, name)) = ["font-size:", "line-height:"].iter().filter_map(|name| Some((rest.find(name)?, *name))).min() {
        let (before, after) = rest.split_at(at + name.len());
        text.push_str(before);
        let value = after.trim_start();
        let digits = value.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(value.len());
        rest = after;
        if let (Ok(size), true) = (value[..digits].parse::<f64>(), value[digits..].starts_with("px")) {
            _ = write!(text, "{}", size * f64::from(percent) / 100.0);
            rest = &value[digits..];
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_grow_and_nothing_else() {
        let html = "<p style=\"font-size:16px;line-height: 20px;width:300px\">font-size: 1.5em <b style=\"font-size:0px\">";
        let grown = "<p style=\"font-size:32px;line-height:40px;width:300px\">font-size: 1.5em <b style=\"font-size:0px\">";
        assert_eq!(enlarged(html, 200), grown);
        assert_eq!(enlarged("font-size:é", 200), "font-size:é");
        assert_eq!(enlarged("font-size:", 200), "font-size:");
    }

    #[test]
    fn the_scheme_is_settled() {
        let html = "@media (prefers-color-scheme:dark) and (max-width:480px){} @media (prefers-color-scheme: light){}";
        assert_eq!(schemed(html, true), "@media (min-width:0) and (max-width:480px){} @media (max-width:0){}");
        assert_eq!(schemed(html, false), "@media (max-width:0) and (max-width:480px){} @media (min-width:0){}");
    }
}
