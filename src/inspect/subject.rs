//! The line that inboxes show.

use super::{Finding, Level, Mail, note};

/// Characters that a telephone shows of a subject; and a desk.
const TELEPHONE: usize = 40;
const DESK: usize = 70;
/// Characters of a preheader that are read, with the subject, on a telephone.
const PREHEADER: usize = 110;

pub(super) fn check(mail: Mail<'_>, found: &mut Vec<Finding>) {
    let (subject, preheader) = (mail.subject.trim(), mail.preheader.trim());
    let n = subject.chars().count();
    if n == 0 {
        note(found, Level::Must, "subject::empty", "", "no subject", "write `subject` in the campaign");
    } else if n > DESK {
        note(
            found,
            Level::Should,
            "subject::long",
            "",
            format!("a subject of {n} characters: a desk shows about {DESK}, a telephone {TELEPHONE}"),
            "put what matters first, and shorten it",
        );
    } else if n > TELEPHONE {
        note(
            found,
            Level::Note,
            "subject::cut-on-telephones",
            "",
            format!("a subject of {n} characters: a telephone shows about {TELEPHONE}"),
            "put what matters first",
        );
    }
    if preheader.is_empty() {
        note(
            found,
            Level::Should,
            "preheader::none",
            "",
            "no preheader: inboxes show the first words of the mail, often a menu",
            "write `preheader` in the campaign",
        );
    } else if preheader == subject {
        note(found, Level::Should, "preheader::same", "", "the preheader repeats the subject", "say something else in it");
    } else if preheader.chars().count() > PREHEADER {
        note(found, Level::Note, "preheader::long", "", "a preheader longer than inboxes show", "shorten it");
    }
    for (what, text) in [("subject", subject), ("preheader", preheader)] {
        if text.contains("{{") || text.contains("}}") || text.contains("{%") {
            note(found, Level::Must, "subject::unfilled", what, format!("a tag stands in the {what} as it is"), "correct the tag");
        }
    }
}
