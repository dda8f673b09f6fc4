//! Turns the texts of a project into templates ready to fill.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use miette::NamedSource;
use mrml::prelude::parser::ParserOptions;
use mrml::prelude::render::RenderOptions;
use tera::{ErrorKind, Tera};

use super::contract;
use super::expand::expand;
use super::filters::{self, Settings};
use super::input::{DesignInput, MailDesign, SlotDesign, SlotKind, TextAt};
use super::mapped::{Mapped, Source};
use super::markup;
use super::plain;
use super::prepared::{Part, Workshop};
use super::rules;
use super::schema::{self, Example, Shape};
use super::tags;
use super::tokens::{Tokenised, tokenise};
use super::words::Words;
use super::{CLIP_WARNING_BYTES, Designs, RenderError, lower};
use crate::error::{Diagnostic, Place, Severity};

/// Where tags landed in a text made from another, in order: byte there, byte in the author's text.
type Landed = Vec<(usize, usize)>;

/// One compiled mail: names of its templates in the engine, and where their bytes came from.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) html: String,
    pub(super) text: String,
    pub(super) mjml: String,
    pub(super) subjects: BTreeMap<String, String>,
    pub(super) preheaders: BTreeMap<String, String>,
    pub(super) languages: Vec<String>,
    /// Bytes to reserve for the HTML and the text part: those of the largest example.
    sizes: (usize, usize),
    /// Per template of the engine: the author's text, and where each of its tags landed (none: byte for byte).
    origins: BTreeMap<String, (Arc<Mapped>, Landed)>,
    /// What its parts become once it is written often.
    pub(super) workshop: Workshop,
}

impl Mail {
    /// Returns `file:line:column` of a byte of one of the engine's templates.
    pub(super) fn place(&self, template: &str, at: usize) -> Option<String> {
        let (text, landed) = self.origins.get(template)?;
        text.line_column(original(landed, at))
    }

    /// Returns the template of a part, and the bytes to reserve for it.
    pub(super) fn part(&self, part: Part) -> (&str, usize) {
        match part {
            Part::Html => (&self.html, self.sizes.0),
            Part::Text => (&self.text, self.sizes.1),
        }
    }
}

fn original(landed: &[(usize, usize)], at: usize) -> usize {
    match landed.partition_point(|(to, _)| *to <= at).checked_sub(1) {
        Some(i) => landed[i].1 + if at - landed[i].0 < 2 { 0 } else { 2 },
        None if landed.is_empty() => at,
        None => 0,
    }
}

/// Compiles every mail of a project.
pub(super) fn compile(input: &DesignInput) -> (Designs, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let words = Words::read(&input.locales, &input.default_locale, &mut diagnostics);
    let settings = Arc::new(Settings {
        zone: input.zone,
        currency: input.currency,
        home_url: input.home_url.clone(),
        asset_url: input.asset_url.clone(),
        default_locale: input.default_locale.clone(),
        words,
    });
    let mut tera = Tera::new();
    tera.autoescape_on(vec![".html", ".mjml"]);
    filters::register(&mut tera, &settings);
    let mut designs = Designs { tera, settings, utm: input.utm.clone(), mails: BTreeMap::new() };
    for (i, design) in input.mails.iter().enumerate() {
        let mut found = Vec::new();
        let mail =
            Compiler { input, design, designs: &mut designs, prefix: format!("{i}"), mail: Mail::default(), diagnostics: &mut found }
                .compile();
        let broken = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        if let (Some(mail), false) = (mail, broken) {
            designs.mails.entry(design.campaign.clone()).or_default().push((design.step.clone(), mail));
            let sizes = try_out(&designs, design, &input.questions, &mut found);
            if let Some((_, mail)) = designs.mails.get_mut(&design.campaign).and_then(|mails| mails.last_mut()) {
                mail.sizes = sizes;
            }
            if found.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
                designs.mails.entry(design.campaign.clone()).or_default().pop();
            }
        }
        diagnostics.extend(found);
    }
    remove_repeated(&mut diagnostics);
    (designs, diagnostics)
}

struct Compiler<'a> {
    input: &'a DesignInput,
    design: &'a MailDesign,
    designs: &'a mut Designs,
    prefix: String,
    mail: Mail,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Compiler<'_> {
    fn compile(mut self) -> Option<Mail> {
        let roots = schema::roots(&self.design.slots, &self.input.questions);
        let (input, design) = (self.input, self.design);
        let subjects = design.subject.iter().map(|(language, text)| (language.clone(), text)).collect();
        self.mail.subjects = self.lines("subject", subjects, &roots);
        let preheaders = design.preheader.iter().map(|(language, text)| (language.clone(), text)).collect();
        self.mail.preheaders = self.lines("preheader", preheaders, &roots);
        self.mail.languages = design.subject.keys().cloned().collect();
        if self.mail.languages.is_empty() {
            self.mail.languages = self.designs.settings.words.languages().map(str::to_owned).collect();
        }
        let wanted = &design.template;
        let Some(source) = input.templates.get(&wanted.text) else {
            let diagnostic = Diagnostic::error("template::unknown", format!("there is no template `{}`", wanted.text))
                .at(&wanted.source, wanted.offset..wanted.offset + wanted.text.len(), "")
                .help(format!("create `templates/{}.mjml`", wanted.text))
                .did_you_mean(&wanted.text, input.templates.keys().map(String::as_str));
            self.diagnostics.push(diagnostic);
            return None;
        };
        let before = self.diagnostics.len();
        let expanded = expand(input, &design.slots, source, self.diagnostics);
        if self.diagnostics.len() > before {
            return None;
        }
        let expanded = Arc::new(expanded);
        let mjml = format!("{}.mjml", self.prefix);
        if !self.add(&mjml, &expanded, &roots) {
            return None;
        }
        self.mail.mjml = mjml;
        let tags = tags::scan(&expanded.text).ok()?;
        let tokenised = tokenise(&expanded, &tags).unwrap_controls().protect_attributes();
        rules::check(&tokenised, &markup::scan(&tokenised.text.text), self.diagnostics);
        if self.diagnostics.len() > before {
            return None;
        }
        let html = self.html(&tokenised, &expanded)?;
        let text = self.text(source, &tokenised, &expanded, &roots)?;
        let default_locale = [self.designs.settings.default_locale.clone()];
        let languages = if self.mail.languages.is_empty() { &default_locale[..] } else { &self.mail.languages };
        self.mail.workshop = Workshop::new(html, text, languages.iter().map(String::as_str));
        self.warn_unused_slots(source);
        Some(self.mail)
    }

    fn lines(&mut self, what: &str, texts: Vec<(String, &TextAt)>, roots: &BTreeMap<String, Shape>) -> BTreeMap<String, String> {
        let mut names = BTreeMap::new();
        for (language, text) in texts {
            let name = format!("{}.{what}.{language}.txt", self.prefix);
            let mapped = Arc::new(Mapped::of(&text.text, &text.source, text.offset));
            if self.add(&name, &mapped, roots) {
                names.insert(language, name);
            }
        }
        names
    }

    /// Registers a text as it is, after checking its contract; says whether it can be used.
    fn add(&mut self, name: &str, text: &Arc<Mapped>, roots: &BTreeMap<String, Shape>) -> bool {
        let before = self.diagnostics.len();
        match tags::scan(&text.text) {
            Ok(tags) => {
                let is_text_part = name == format!("{}.txt", self.prefix);
                let keys = contract::check(text, &tags, roots, is_text_part, self.diagnostics);
                self.designs.settings.words.check(text, &keys, self.diagnostics);
            }
            Err(at) => {
                let diagnostic =
                    Diagnostic::error("template::unclosed-tag", "this tag is never closed").help("close it with `}}`, `%}` or `#}`");
                self.diagnostics.push(text.point(diagnostic, at..at + 2, ""));
            }
        }
        if self.diagnostics.len() > before {
            return false;
        }
        if let Err(error) = self.designs.tera.add_raw_template(name, &text.text) {
            let diagnostic = syntax(&error);
            let range = span(&error).unwrap_or(0..0);
            self.diagnostics.push(text.point(diagnostic, range, ""));
            return false;
        }
        self.mail.origins.insert(name.to_owned(), (Arc::clone(text), Vec::new()));
        true
    }

    /// Registers the HTML part, and returns its template.
    fn html(&mut self, tokenised: &Tokenised, expanded: &Arc<Mapped>) -> Option<String> {
        let made = match run_mrml(&tokenised.text.text) {
            Ok(made) => made,
            Err((message, range)) => {
                let diagnostic = Diagnostic::error("mjml::syntax", message).help("check that every element is closed and known to MJML");
                self.diagnostics.push(tokenised.text.point(diagnostic, range.unwrap_or(0..1), ""));
                return None;
            }
        };
        let (html, landed) = tokenised.restore(&made);
        let name = format!("{}.html", self.prefix);
        if let Err(error) = self.designs.tera.add_raw_template(&name, &html) {
            let at = original(&landed, span(&error).map_or(0, |range| range.start));
            self.diagnostics.push(expanded.point(syntax(&error), at..at + 2, ""));
            return None;
        }
        self.mail.sizes.0 = html.len();
        self.mail.origins.insert(name.clone(), (Arc::clone(expanded), landed));
        self.mail.html = name;
        Some(html)
    }

    /// Registers the text part, and returns its template.
    fn text(&mut self, source: &Source, tokenised: &Tokenised, expanded: &Arc<Mapped>, roots: &BTreeMap<String, Shape>) -> Option<String> {
        let name = format!("{}.txt", self.prefix);
        let text = if let Some(own) = self.input.texts.get(&self.design.template.text) {
            let mapped = Arc::new(Mapped::of(own.inner(), own, 0));
            self.add(&name, &mapped, roots).then(|| mapped.text.clone())?
        } else {
            let derived = plain::derive(tokenised);
            if let Err(error) = self.designs.tera.add_raw_template(&name, &derived) {
                let diagnostic = Diagnostic::error("template::text", format!("no text part can be derived: {}", syntax(&error).message))
                    .at(source, 0..0, "")
                    .help(format!("write `templates/{}.txt`", self.design.template.text));
                self.diagnostics.push(diagnostic);
                return None;
            }
            self.mail.origins.insert(name.clone(), (Arc::clone(expanded), vec![(0, 0)]));
            derived
        };
        self.mail.text = name;
        Some(text)
    }

    fn warn_unused_slots(&mut self, source: &Source) {
        for (name, slot) in &self.design.slots {
            let shown = self.input.partials.values().chain([source]).any(|text| {
                let text = text.inner();
                text.contains("<mj-slot") && (text.contains(&format!("\"{name}\"")) || text.contains(&format!("'{name}'")))
            });
            if slot.kind == SlotKind::Block && !shown {
                let message = format!("the template has no place for slot `{name}`");
                let diagnostic = Diagnostic::warning("template::unused-slot", message).at(source, 0..0, "");
                self.diagnostics.push(diagnostic.help(format!("add `<mj-slot name=\"{name}\" />`, or remove the slot from the campaign")));
            }
        }
    }
}

/// Renders a mail on example values, so that a tag that fails is found at load and not at the last recipient; returns the largest
/// sizes of its parts.
fn try_out(
    designs: &Designs,
    design: &MailDesign,
    questions: &BTreeMap<String, Vec<String>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (usize, usize) {
    // A slot that a mail may do without is tried once more, without it.
    let n_fillings = |slot: &SlotDesign| slot.blocks.len() + usize::from(slot.may_be_left_out);
    let most_blocks = design.slots.values().map(n_fillings).max().unwrap_or(0).max(1);
    let Ok(mail) = designs.mail(&design.campaign, design.step.as_deref()) else { return (0, 0) };
    let languages = if mail.languages.is_empty() { vec![designs.settings.default_locale.clone()] } else { mail.languages.clone() };
    let texts = mail.origins.values().map(|(text, _)| text.text.as_str());
    let attributes = schema::attributes(texts);
    let (mut heaviest, mut longest) = (0, 0);
    for how in [Example::Full, Example::Bare] {
        for nth in 0..most_blocks {
            let context = schema::example(&design.slots, questions, how, nth, &attributes);
            let mut usual = context.clone();
            schema::cut(&mut usual, &design.slots);
            for language in &languages {
                let shown = designs.render(&design.campaign, design.step.as_deref(), language, &usual);
                if let Ok(rendered) = shown {
                    (heaviest, longest) = (heaviest.max(rendered.html.len()), longest.max(rendered.text.len()));
                }
                let Err(error) = designs.render(&design.campaign, design.step.as_deref(), language, &context) else { continue };
                let RenderError::Failed { message, place } = error else {
                    diagnostics
                        .push(Diagnostic::error("template::fails", error.to_string()).help("make the loops of the template shorter"));
                    continue;
                };
                let is_short = design.slots.values().any(|slot| slot.may_be_left_out && nth >= slot.blocks.len());
                let help = match how {
                    _ if is_short => "a block that a mail is too long for is `null`: guard it with `{% if slots.NAME.block %}`",
                    Example::Full => "it fails for every recipient like this one; correct the tag",
                    Example::Bare => "the value can be unknown: guard it with `{% if ... %}` or `| default(value=...)`",
                };
                let place = place.unwrap_or_else(|| design.template.source.name().to_owned());
                let mut diagnostic = Diagnostic::error("template::fails", format!("{place}: {message}")).help(help);
                diagnostic.place = mail.place_of(&place);
                diagnostics.push(diagnostic);
            }
        }
    }
    if heaviest > CLIP_WARNING_BYTES {
        let wanted = &design.template;
        let message = format!("the HTML of `{}` takes {} kB on example values: mail programs cut it", wanted.text, heaviest.div_ceil(1024));
        let diagnostic =
            Diagnostic::warning("template::heavy", message).at(&wanted.source, wanted.offset..wanted.offset + wanted.text.len(), "");
        diagnostics
            .push(diagnostic.help(format!("stay below {} kB: show fewer products, or nest fewer sections", CLIP_WARNING_BYTES / 1024)));
    }
    (heaviest, longest)
}

impl Mail {
    /// Finds the bytes of a `file:line:column` in the author's texts.
    fn place_of(&self, place: &str) -> Option<Place> {
        let mut parts = place.rsplitn(3, ':');
        let column: usize = parts.next()?.parse().ok()?;
        let line: usize = parts.next()?.parse().ok()?;
        let file = parts.next()?;
        let (source, _) = self.origins.values().find_map(|(text, _)| text.source_named(file))?;
        let at: usize = source.inner().split_inclusive('\n').take(line - 1).map(str::len).sum();
        let rest = source.inner().get(at..)?;
        let skipped: usize = rest.chars().take(column - 1).map(char::len_utf8).sum();
        Some(Place { text: Arc::clone(&source), span: (at + skipped..at + skipped + 1).into(), label: String::new() })
    }
}

fn syntax(error: &tera::Error) -> Diagnostic {
    let message = match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => lower(report.message()),
        kind => lower(kind.to_string().lines().next().unwrap_or_default()),
    };
    Diagnostic::error("template::syntax", message).help("tags are `{{ value }}`, `{% if %}...{% endif %}`, `{% for %}...{% endfor %}`")
}

fn span(error: &tera::Error) -> Option<Range<usize>> {
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => Some(report.span().range.clone()),
        _ => None,
    }
}

/// Renders filled MJML as compiled mails are: attributes made safe, no web font unless the template names one.
pub(super) fn mjml_to_html(mjml: &str) -> Result<String, String> {
    let source: Source = Arc::new(NamedSource::new("filled.mjml", String::new()));
    let tokenised = tokenise(&Mapped::of(mjml, &source, 0), &[]).protect_attributes();
    let made = run_mrml(&tokenised.text.text).map_err(|(message, _)| message)?;
    Ok(tokenised.restore(&made).0)
}

fn run_mrml(text: &str) -> Result<String, (String, Option<Range<usize>>)> {
    use mrml::prelude::parser::Error;
    let parsed = mrml::parse_with_options(text, &ParserOptions::default()).map_err(|error| {
        let (message, range) = match &error {
            Error::UnexpectedElement { position, .. } => ("this element cannot stand here".to_owned(), Some(position)),
            Error::UnexpectedToken { position, .. } => ("this cannot stand here".to_owned(), Some(position)),
            Error::MissingAttribute { name, position, .. } => (format!("attribute `{name}` is missing"), Some(position)),
            Error::InvalidAttribute { position, .. } => ("this attribute is not valid".to_owned(), Some(position)),
            Error::InvalidFormat { position, .. } => ("this is not valid MJML".to_owned(), Some(position)),
            Error::EndOfStream { .. } => ("the template ends too early: an element is not closed".to_owned(), None),
            Error::NoRootNode => ("the template has no `<mjml>`".to_owned(), None),
            other => (other.to_string(), None),
        };
        (message, range.map(|span| span.start..span.end))
    })?;
    let options = RenderOptions { fonts: std::collections::HashMap::new(), ..RenderOptions::default() };
    parsed.element.render(&options).map_err(|error| (error.to_string(), None))
}

/// Keeps the first of diagnostics that say the same of the same place: a partial is compiled once per campaign.
fn remove_repeated(diagnostics: &mut Vec<Diagnostic>) {
    let mut seen = std::collections::BTreeSet::new();
    diagnostics.retain(|d| {
        let place = d.place.as_ref().map(|place| (place.text.name().to_owned(), place.span.offset()));
        seen.insert((d.code, d.message.clone(), place))
    });
}
