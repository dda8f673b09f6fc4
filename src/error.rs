//! What can go wrong, and for whom: [`Error`] crosses the crate boundary, [`Diagnostic`] points at an author's text.
//!
//! One recipient's trouble is never an `Error`: it is a `Decision` or an `Outcome`, recorded and counted.

use std::fmt;
use std::sync::Arc;

use miette::{LabeledSpan, NamedSource, SourceSpan};

/// Whose trouble it is; decides the exit code of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line asks for something that does not exist or contradicts itself.
    Usage,
    /// The project folder is wrong: configuration, condition, template, block.
    Project,
    /// The input data is unreadable, broken beyond tolerance, or stale.
    Data,
    /// A database or an SMTP server cannot be reached, or refuses everybody.
    Unavailable,
    /// Another run holds the lock.
    Busy,
    /// A local read or write failed.
    Io,
    /// A person or the system asked to stop; the state is consistent.
    Interrupted,
}

/// The one error type of the library: a kind, a message, and what to type next.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    message: String,
    details: Vec<String>,
    help: Option<String>,
    diagnostics: Vec<Diagnostic>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What a fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Builds an error from its kind and a lower-case message without a final full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, message: message.into(), details: Vec::new(), help: None, diagnostics: Vec::new(), source: None }))
    }

    /// Gathers the author's mistakes found in the project, all together.
    pub fn project(diagnostics: Vec<Diagnostic>) -> Self {
        let n_errors = diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        let mut error = Self::new(Kind::Project, format!("{n_errors} {} in the project", plural(n_errors, "error")));
        error.0.diagnostics = diagnostics;
        error
    }

    /// Adds one line of detail, printed below the message.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.0.details.push(line.into());
        self
    }

    /// Sets the line that says what to type or change.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Keeps the error of a library as the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names the thing that failed in front of the message: `campaign newsletter: ...`.
    #[must_use]
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Returns whose trouble it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Returns the lines printed below the message.
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// Returns what to type or change, when it is known.
    pub fn help_text(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Returns the author's mistakes, when the project is at fault.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0.diagnostics
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Says which file an input or output error is about.
pub fn io_error(doing: &str, path: &std::path::Path, source: std::io::Error) -> Error {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let help = match source.kind() {
        StorageFull | QuotaExceeded => Some("make room, then type the same command again"),
        FileTooLarge => Some("raise the limit of file sizes (`ulimit -f`), then type the same command again"),
        _ => None,
    };
    let error = Error::new(Kind::Io, format!("cannot {doing} `{}`: {source}", path.display())).caused_by(source);
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

/// How bad a diagnostic is: errors stop every command, warnings only `check --deny warnings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth a look; nothing stops.
    Warning,
    /// The project cannot be used.
    Error,
}

/// One mistake in a text of the project, with its place and a way out.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, `area::name`, e.g. `segment::unknown-field`.
    pub code: &'static str,
    /// Lower-case sentence without a final full stop.
    pub message: String,
    /// The file it is about, when there is one.
    pub place: Option<Place>,
    /// What to type instead.
    pub help: Option<String>,
}

/// A byte range in a named text.
#[derive(Debug, Clone)]
pub struct Place {
    /// The text, named by its path inside the project.
    pub text: Arc<NamedSource<String>>,
    /// Byte range in that text.
    pub span: SourceSpan,
    /// Short note under the range, may be empty.
    pub label: String,
}

impl Diagnostic {
    /// Builds an error-level diagnostic.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), place: None, help: None }
    }

    /// Builds a warning.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, message) }
    }

    /// Sets the place: a text, a byte range in it and a short note.
    #[must_use]
    pub fn at(mut self, text: &Arc<NamedSource<String>>, span: impl Into<SourceSpan>, label: impl Into<String>) -> Self {
        self.place = Some(Place { text: Arc::clone(text), span: span.into(), label: label.into() });
        self
    }

    /// Sets the help line.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean" when one of `known` is close to `wrong`.
    #[must_use]
    pub fn did_you_mean<'a>(mut self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        if let Some(guess) = closest(wrong, known) {
            self.help = Some(format!("did you mean `{guess}`?"));
        }
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Diagnostic {}

impl miette::Diagnostic for Diagnostic {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }
    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.place.as_ref().map(|place| place.text.as_ref() as _)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let place = self.place.as_ref()?;
        let label = (!place.label.is_empty()).then(|| place.label.clone());
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(label, place.span))))
    }
}

/// Returns the known word nearest to a wrong one, when it is near enough to be a slip.
pub fn closest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const SIMILAR_ENOUGH: f64 = 0.75;
    known
        .into_iter()
        .map(|word| (strsim::jaro_winkler(wrong, word), word))
        .filter(|(likeness, _)| *likeness >= SIMILAR_ENOUGH)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// Returns `word` with an `s` unless there is exactly one.
pub fn plural(n: usize, word: &str) -> String {
    if n == 1 { word.to_owned() } else { format!("{word}s") }
}
