//! Compiled and prepared mails against the reference: template first, MJML after. Used by several tests through `#[path]`.

use relance::render::{Designs, Values};
use serde_json::Value;

const IMAGE_RULES: &str = "<style type=\"text/css\">@media only screen and (max-width:479px) { table.mj-full-width-mobile { width: 100% !important; } \
    td.mj-full-width-mobile { width: auto !important; } }</style>";

/// Asserts that a compiled mail has the HTML of the reference, and returns its HTML.
///
/// Media queries of column widths and of full-width images are left out: a compiled mail has those of every branch. So is white space beside tags:
/// MJML drops it between elements, and keeps it around what is a word while the template is compiled.
pub(crate) fn assert_same(designs: &Designs, campaign: &str, step: Option<&str>, locale: &str, context: &Value) -> String {
    let compiled = designs.render(campaign, step, locale, context).expect("the compiled mail renders");
    // As a mail that has been written often.
    designs.prepare();
    assert_eq!(designs.render(campaign, step, locale, context).as_ref(), Ok(&compiled), "{campaign} {step:?} {locale}: prepared");
    let naive = designs.render_naively(campaign, step, locale, &Values::of(context)).expect("the reference renders");
    let (left, right) = (without_column_rules(&compiled.html), without_column_rules(&naive));
    if left != right {
        let at = left.bytes().zip(right.bytes()).position(|(a, b)| a != b).unwrap_or(left.len().min(right.len()));
        let around =
            |text: &str| text.chars().skip(text[..floor(text, at)].chars().count().saturating_sub(80)).take(200).collect::<String>();
        panic!("{campaign} {step:?} {locale}: differs at {at}\ncompiled: {}\nreference: {}", around(&left), around(&right));
    }
    compiled.html
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Removes the rules `.mj-column-per-50 { ... }` that MJML writes into the head.
fn without_column_rules(html: &str) -> String {
    let mut out = String::new();
    let mut rest = html;
    while let Some(at) = rest.find(".mj-column-p") {
        out.push_str(rest[..at].trim_end().trim_end_matches(".moz-text-html"));
        let rule = &rest[at..];
        let end = rule.find('}').map_or(rule.len(), |end| end + 1);
        rest = &rule[end..];
    }
    out.push_str(rest);
    out.split_whitespace().collect::<Vec<_>>().join(" ").replace("> ", ">").replace(" <", "<").replace(IMAGE_RULES, "")
}
