//! What is looked at on each mail before it goes: clauses of the RFCs, size, images, contrast, dark schemes, links, subject, words that
//! filters dislike, and what mail programs do not support.
//!
//! A mail is looked at as it will leave: the bytes, and the document that mail programs show. `docs/checks.md` lists every finding.

mod clients;
mod colour;
mod contrast;
mod document;
mod french;
mod headers;
mod images;
mod links;
mod report;
mod signs;
mod size;
mod spam;
mod subject;

pub use clients::{Clients, Known};
pub use french::french;
pub use report::{Noted, Report};
pub use size::CLIP_BYTES;

use document::Document;

/// Returns the headings of an HTML part, in order: the text of `h1`, `h2` and `h3`.
pub fn headings(html: &str) -> Vec<String> {
    Document::parse(html).headings()
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A mail must not leave like this: an RFC, the law or a large receiver says so.
    Must,
    /// Readers or filters will mind.
    Should,
    /// Some mail programs show it otherwise.
    Note,
}

/// Something found in one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its name in `docs/checks.md`.
    pub code: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What it is about, the same for all mails with the same fault: an address of an image, a feature; may be empty.
    pub about: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

impl Finding {
    /// Returns what is found of a mail that cannot be made.
    pub fn not_made(why: &str) -> Self {
        let message = format!("the mail cannot be made: {why}");
        Self { code: "mail::not-made", level: Level::Must, about: String::new(), message, help: "see `relance check`" }
    }
}

/// A mail as it will leave.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// The message, line ends of the wire.
    pub bytes: &'a [u8],
    /// Its HTML part.
    pub html: &'a str,
    /// Its text part.
    pub text: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// What inboxes show after the subject.
    pub preheader: &'a str,
}

/// What is known of a project's mails.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Names of the tags that every link to the project's own site carries.
    pub utm: Vec<String>,
    /// Host of the project's site.
    pub own_host: String,
    /// The mail is one that must be sent: it needs no unsubscription.
    pub is_compulsory: bool,
    /// Whether mails are signed.
    pub is_signed: bool,
}

/// Looks at one mail; the findings come in order of level, then of code.
pub fn inspect(mail: Mail<'_>, facts: &Facts, clients: &Clients) -> Vec<Finding> {
    let document = Document::parse(mail.html);
    let mut found = Vec::new();
    headers::check(mail, facts, &mut found);
    size::check(mail, &mut found);
    images::check(&document, &mut found);
    contrast::check(&document, &mut found);
    links::check(&document, mail, facts, &mut found);
    subject::check(mail, &mut found);
    spam::check(&document, mail, &mut found);
    clients.check(&document, &mut found);
    found.sort_by(|a, b| (a.level, a.code, &a.about).cmp(&(b.level, b.code, &b.about)));
    found.dedup_by(|a, b| (a.code, &a.about) == (b.code, &b.about));
    found
}

/// Notes what is wrong.
fn note(
    found: &mut Vec<Finding>,
    level: Level,
    code: &'static str,
    about: impl Into<String>,
    message: impl Into<String>,
    help: &'static str,
) {
    found.push(Finding { code, level, about: about.into(), message: message.into(), help });
}
