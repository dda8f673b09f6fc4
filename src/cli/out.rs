//! The only place that prints: data on standard output, talk on standard error.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, OnceLock};

use anstyle::{AnsiColor, Style};
use relance::error::{Error, Kind, Result};
use relance::money::Money;
use serde_json::Value;

use super::args::{Color, Globals, LogFormat};

/// Width of the verb at the start of a line of talk.
const VERB_WIDTH: usize = 9;

/// How to talk.
#[derive(Debug, Clone)]
pub(crate) struct Out {
    /// Data is JSON.
    pub(crate) json: bool,
    /// 0 talks, 1 only says what needs a person, 2 says errors only.
    quiet: u8,
    /// Bars may be drawn.
    pub(crate) bars: bool,
    /// The first trouble of standard output.
    trouble: Arc<OnceLock<std::io::Error>>,
}

impl Out {
    pub(crate) fn new(globals: &Globals) -> Self {
        match globals.color {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
        start_log(globals);
        let bars = globals.quiet == 0
            && globals.verbose == 0
            && std::io::stderr().is_terminal()
            && std::env::var_os("RELANCE_NO_PROGRESS").is_none();
        Self { json: globals.json, quiet: globals.quiet, bars, trouble: Arc::default() }
    }

    /// Prints a line of data.
    pub(crate) fn data(&self, line: impl Display) {
        self.note(writeln!(anstream::stdout(), "{line}"));
    }

    /// Returns the columns of the terminal on standard output, 0 when it does not say; `None` for a file or a pipe.
    #[expect(clippy::unused_self, reason = "all printing goes through an `Out`")]
    pub(crate) fn terminal(&self) -> Option<u16> {
        std::io::stdout().is_terminal().then(|| terminal_size::terminal_size_of(std::io::stdout()).map_or(0, |(width, _)| width.0))
    }

    /// Prints bytes of data as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.note(std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush()));
    }

    /// Remembers that data could not be printed; a reader that closed the pipe has what it wanted.
    fn note(&self, printed: std::io::Result<()>) {
        if let Err(error) = printed
            && error.kind() != std::io::ErrorKind::BrokenPipe
        {
            _ = self.trouble.set(error);
        }
    }

    /// Returns an error when some data could not be printed.
    pub(crate) fn check(&self) -> Result<()> {
        match self.trouble.get() {
            None => Ok(()),
            Some(error) => Err(Error::new(Kind::Io, format!("cannot write to standard output: {error}"))
                .help("what the command does besides printing is done: see `relance status`")),
        }
    }

    /// Prints one JSON value on one line, the form of every `--json` output: `schema` comes first.
    pub(crate) fn value(&self, value: &Value) {
        let mut framed = serde_json::Map::new();
        framed.insert("schema".to_owned(), 1.into());
        if let Value::Object(fields) = value {
            framed.extend(fields.clone());
        }
        self.data(Value::Object(framed));
    }

    /// Says what was done: a right-aligned verb, then the rest.
    pub(crate) fn did(&self, verb: &str, rest: impl Display) {
        if self.quiet == 0 {
            let style = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
            _ = writeln!(anstream::stderr(), "{style}{verb:>VERB_WIDTH$}{style:#}  {rest}");
        }
    }

    /// Says something that a person should act upon, also with one `-q`.
    pub(crate) fn warn(&self, message: impl Display) {
        if self.quiet < 2 {
            let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
            _ = writeln!(anstream::stderr(), "{style}warning{style:#}: {message}");
        }
    }

    /// Says a line as it is.
    pub(crate) fn say(&self, line: impl Display) {
        if self.quiet == 0 {
            _ = writeln!(anstream::stderr(), "{line}");
        }
    }

    /// Asks a question whose answer is yes or no; no terminal, or the end of the input, is no.
    pub(crate) fn confirm(&self, question: impl Display) -> Result<bool> {
        self.error(format!("{question} [y/N] "));
        _ = std::io::stderr().flush();
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map_err(|error| Error::new(Kind::Io, "cannot read the answer").caused_by(error))?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "o" | "oui"))
    }

    /// Says an error, always.
    #[expect(clippy::unused_self, reason = "all printing goes through an `Out`")]
    pub(crate) fn error(&self, text: impl Display) {
        _ = write!(anstream::stderr(), "{text}");
    }
}

/// Turns the microseconds of every field that is an instant (`at`, `since`, `..._at`) into RFC 3339, as JSON shows them.
pub(crate) fn with_instants(mut value: Value) -> Value {
    match &mut value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = with_instants(item.take())),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                let is_instant = name == "at" || name == "since" || name.ends_with("_at");
                *field = match field.as_i64().filter(|_| is_instant) {
                    Some(micros) => relance::clock::Timestamp(micros).to_string().into(),
                    None => with_instants(field.take()),
                };
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    value
}

/// Writes a heading or a word that stands out; colour repeats what the words say.
pub(crate) fn bold(text: impl Display) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Writes something of less weight.
pub(crate) fn dim(text: impl Display) -> String {
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// Writes a good sign.
pub(crate) fn green(text: impl Display) -> String {
    let style = Style::new().fg_color(Some(AnsiColor::Green.into()));
    format!("{style}{text}{style:#}")
}

/// Writes a bad sign.
pub(crate) fn red(text: impl Display) -> String {
    let style = Style::new().fg_color(Some(AnsiColor::Red.into()));
    format!("{style}{text}{style:#}")
}

/// Writes a count with its thousands apart: `48,213`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes money with its thousands apart: `12,345.60 EUR`.
pub(crate) fn money(money: Money) -> String {
    let amount = money.decimal().abs().to_string();
    let (whole, rest) = amount.split_once('.').map_or((amount.as_str(), String::new()), |(whole, rest)| (whole, format!(".{rest}")));
    let sign = if money.minor < 0 { "-" } else { "" };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), count);
    format!("{sign}{whole}{rest} {}", money.currency)
}

fn start_log(globals: &Globals) {
    let default = match globals.verbose {
        0 => "off",
        1 => "relance=info",
        2 => "relance=debug",
        _ => "relance=trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("RELANCE_LOG").unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    _ = match globals.log_format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_its_thousands_apart() {
        let euros = |minor| money(Money { minor, currency: relance::money::Currency::parse("EUR").expect("a currency") });
        assert_eq!([0, -5, 123_456_789].map(euros), ["0.00 EUR", "-0.05 EUR", "1,234,567.89 EUR"]);
    }

    #[test]
    fn thousands_are_apart() {
        assert_eq!([count(0), count(999), count(1000), count(1_234_567)].join(" "), "0 999 1,000 1,234,567");
    }
}
