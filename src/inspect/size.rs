//! How heavy a mail is.

use super::{Finding, Level, Mail, note};
use crate::render::CLIP_WARNING_BYTES;

/// Gmail shows no more of an HTML part than this, and hides the rest behind a link.
pub const CLIP_BYTES: usize = 102 * 1024;

pub(super) fn check(mail: Mail<'_>, found: &mut Vec<Finding>) {
    let kb = mail.html.len().div_ceil(1024);
    let help = "show fewer products, or nest fewer sections";
    if mail.html.len() >= CLIP_BYTES {
        note(
            found,
            Level::Must,
            "size::clipped",
            "",
            format!("the HTML takes {kb} KB: Gmail cuts it at 102 KB, with the unsubscription below"),
            help,
        );
    } else if mail.html.len() >= CLIP_WARNING_BYTES {
        note(found, Level::Should, "size::near-clip", "", format!("the HTML takes {kb} KB of the 102 KB that Gmail shows"), help);
    }
    if mail.text.trim().len() < 20 {
        note(
            found,
            Level::Should,
            "size::no-text",
            "",
            "the text part says next to nothing",
            "write `templates/NAME.txt`, or put text into the template",
        );
    }
}
