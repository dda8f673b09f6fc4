//! Mails rendered from MJML compiled once: checks at load, then one pass per recipient.
//!
//! Owns templates, blocks in their slots, locale filters and the text part. Knows no address and reads no file.
//!
//! ```text
//! files -> expand (includes, slots) -> contract -> rules -> tokens -> MJML to HTML -> tags back -> Designs
//!                                                                     per recipient: Designs::render
//! ```

pub mod branches;
mod compile;
mod contract;
mod conventions;
mod expand;
mod expression;
mod filters;
mod formats;
mod fragments;
mod from_project;
mod generations;
mod input;
mod links;
mod mapped;
mod markup;
mod plain;
mod prepared;
mod rules;
mod schema;
mod tags;
mod tokens;
mod values;
mod words;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use serde_json::Value;
use tera::{Context, ErrorKind, Tera};

pub use input::{BlockText, DesignInput, MailDesign, SlotDesign, SlotKind, TextAt};
pub use mapped::Source;
pub use plain::TEXT_COLUMNS;
pub use values::Values;

use crate::error::Diagnostic;
use compile::Mail;
use filters::{LANGUAGE, LOCALE, Settings, UTM};
use prepared::Part;

/// The largest HTML or text part, in bytes; a longer one is an error for its recipient.
///
/// It also ends every loop: the engine has no endless one, `range` makes at most 100,000 numbers, and nested ranges stop here.
pub const RENDER_MAX_BYTES: usize = 5 * 1024 * 1024;

/// Size of the HTML part at which mail programs begin to cut it (Gmail: about 102 KB).
pub const CLIP_WARNING_BYTES: usize = 92 * 1024;

/// A mail's contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Subject: one line, white space collapsed, no control character.
    pub subject: String,
    /// Line shown after the subject in an inbox; may be empty.
    pub preheader: String,
    /// HTML part.
    pub html: String,
    /// Text part: lines of at most 72 columns, but for long URLs.
    pub text: String,
}

/// Why one mail could not be rendered; holds no personal data beyond what the template names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The project has no such mail.
    #[error("there is no mail for campaign `{campaign}`{}", step.as_ref().map(|step| format!(", step `{step}`")).unwrap_or_default())]
    Unknown {
        /// Campaign asked for.
        campaign: String,
        /// Step asked for.
        step: Option<String>,
    },
    /// A tag failed on this recipient's values.
    #[error("{}{message}", place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default())]
    Failed {
        /// What went wrong, lower case.
        message: String,
        /// `file:line:column`, when it is known.
        place: Option<String>,
    },
    /// A part is longer than [`RENDER_MAX_BYTES`].
    #[error("the mail is longer than {RENDER_MAX_BYTES} bytes")]
    TooLong,
}

/// Every mail of a project, compiled; shared by all threads.
pub struct Designs {
    tera: Tera,
    settings: Arc<Settings>,
    utm: BTreeMap<String, String>,
    mails: BTreeMap<String, Vec<(Option<String>, Mail)>>,
}

impl std::fmt::Debug for Designs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Designs").field("mails", &self.mails.keys()).finish_non_exhaustive()
    }
}

impl Designs {
    /// Compiles every mail; an author's mistakes come back together, and a mail with one is left out.
    pub fn compile(input: &DesignInput) -> (Self, Vec<Diagnostic>) {
        compile::compile(input)
    }

    /// Renders one mail: `context` has the shape of ARCHITECTURE.md, `locale` is a language tag such as `fr-FR`.
    pub fn render(&self, campaign: &str, step: Option<&str>, locale: &str, context: &Value) -> Result<Rendered, RenderError> {
        self.render_values(campaign, step, locale, &Values::of(context))
    }

    /// As [`Self::render`], of values that are the engine's own already.
    pub fn render_values(&self, campaign: &str, step: Option<&str>, locale: &str, values: &Values) -> Result<Rendered, RenderError> {
        let mail = self.mail(campaign, step)?;
        let (context, subject, preheader) = self.context(mail, locale, values)?;
        let html = self.part(mail, Part::Html, &context)?;
        let text = plain::lay_out(&self.part(mail, Part::Text, &context)?);
        Ok(Rendered { subject, preheader, html, text })
    }

    /// Prepares every mail for each of its languages now, and not when it has been written often: what a benchmark or a test begins with.
    pub fn prepare(&self) {
        self.mails.values().flatten().for_each(|(_, mail)| mail.workshop.prepare());
    }

    /// Returns the MJML of one mail, filled: what `preview --part mjml` shows.
    pub fn mjml(&self, campaign: &str, step: Option<&str>, locale: &str, values: &Values) -> Result<String, RenderError> {
        let mail = self.mail(campaign, step)?;
        let (context, ..) = self.context(mail, locale, values)?;
        self.fill(mail, &mail.mjml, &context)
    }

    /// Renders the HTML part the slow way, template first and MJML after: the reference that compiled mails are tested against.
    pub fn render_naively(&self, campaign: &str, step: Option<&str>, locale: &str, values: &Values) -> Result<String, RenderError> {
        let mjml = self.mjml(campaign, step, locale, values)?;
        compile::mjml_to_html(&mjml).map_err(|message| RenderError::Failed { message, place: None })
    }

    /// Returns every compiled mail: campaign and step.
    pub fn mails(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.mails.iter().flat_map(|(campaign, steps)| steps.iter().map(|(step, _)| (campaign.as_str(), step.as_deref())))
    }

    /// Returns the name under which the mails of an arm are: the campaign's own where the arm reads as the campaign does.
    pub fn named<'n>(&self, campaign: &'n str, variant: Option<&str>) -> std::borrow::Cow<'n, str> {
        let of_arm = variant.map(|variant| design_name(campaign, Some(variant))).filter(|name| self.mails.contains_key(name));
        of_arm.map_or(std::borrow::Cow::Borrowed(campaign), std::borrow::Cow::Owned)
    }

    fn mail(&self, campaign: &str, step: Option<&str>) -> Result<&Mail, RenderError> {
        let found = self.mails.get(campaign).and_then(|steps| steps.iter().find(|(name, _)| name.as_deref() == step));
        found.map(|(_, mail)| mail).ok_or_else(|| RenderError::Unknown { campaign: campaign.to_owned(), step: step.map(str::to_owned) })
    }

    /// Makes the engine's context, with the language, the tags of links, the subject and the preheader in it.
    fn context(&self, mail: &Mail, locale: &str, values: &Values) -> Result<(Context, String, String), RenderError> {
        let mut context = values.context().clone();
        let available = mail.languages.iter().map(String::as_str);
        let language = words::negotiate(locale, &available, &self.settings.default_locale).unwrap_or(&self.settings.default_locale);
        let same = locale.split(['-', '_']).next() == language.split('-').next();
        context.insert(LOCALE, if same { locale } else { language });
        context.insert(LANGUAGE, language);
        context.insert(UTM, &self.utm_of(values));
        let subject = self.line(mail, mail.subjects.get(language), &context)?;
        let preheader = self.line(mail, mail.preheaders.get(language), &context)?;
        context.insert("subject", &subject);
        context.insert("preheader", &preheader);
        Ok((context, subject, preheader))
    }

    fn line(&self, mail: &Mail, template: Option<&String>, context: &Context) -> Result<String, RenderError> {
        template.map_or(Ok(String::new()), |name| Ok(one_line(&self.fill(mail, name, context)?)))
    }

    /// Fills the tags of links. They are read by an analytics company: the edition of a triggered mail, which names a card or
    /// the second a cart was filled, is its step there.
    fn utm_of(&self, values: &Values) -> String {
        let of = |name: &str| values.text("campaign", name).unwrap_or_default();
        let (campaign, step) = (of("name"), of("step"));
        let edition = if step.is_empty() { of("edition") } else { step };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (tag, value) in &self.utm {
            query.append_pair(tag, &value.replace("{campaign}", campaign).replace("{edition}", edition).replace("{step}", step));
        }
        query.finish()
    }

    /// Writes a part as it is prepared, or from its template.
    fn part(&self, mail: &Mail, part: Part, context: &Context) -> Result<String, RenderError> {
        let (template, n_bytes) = mail.part(part);
        let language = context.get(LANGUAGE).and_then(tera::Value::as_str).unwrap_or_default();
        if part == Part::Html {
            mail.workshop.count(language);
        }
        let mut out = Bounded(Vec::with_capacity(n_bytes));
        if mail.workshop.write(part, language, context, &self.settings, &mut out) {
            return String::from_utf8(out.0).map_err(|error| RenderError::Failed { message: error.to_string(), place: None });
        }
        out.0.clear();
        self.fill_into(mail, template, context, out)
    }

    fn fill(&self, mail: &Mail, template: &str, context: &Context) -> Result<String, RenderError> {
        self.fill_into(mail, template, context, Bounded(Vec::new()))
    }

    fn fill_into(&self, mail: &Mail, template: &str, context: &Context, mut out: Bounded) -> Result<String, RenderError> {
        match self.tera.render_to(template, context, &mut out) {
            Ok(()) => String::from_utf8(out.0).map_err(|error| RenderError::Failed { message: error.to_string(), place: None }),
            Err(error) => Err(match error.kind() {
                ErrorKind::Io(_) => RenderError::TooLong,
                ErrorKind::RenderingError(report) => RenderError::Failed {
                    message: lower(report.message()),
                    place: mail.place(report.filename(), report.span().range.start),
                },
                _ => RenderError::Failed { message: lower(&error.to_string()), place: None },
            }),
        }
    }
}

/// A buffer that refuses to grow past [`RENDER_MAX_BYTES`].
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > RENDER_MAX_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Names the mails of a campaign, or of an arm of it; no campaign has a `+` in its name.
pub(crate) fn design_name(campaign: &str, variant: Option<&str>) -> String {
    variant.map_or_else(|| campaign.to_owned(), |variant| format!("{campaign}+{variant}"))
}

/// Puts a text on one line: control characters removed, white space collapsed.
fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c }).collect();
    visible.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// Gives a library's message the case of ours.
fn lower(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect::<String>()).unwrap_or_default().trim_end_matches('.').to_owned()
}
