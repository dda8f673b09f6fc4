//! Bars on a terminal, one line a minute elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use relance::delivery::Progress;

use super::out::{Out, count};

/// How often progress is told when there is no terminal.
const LINE_EVERY: Duration = Duration::from_mins(1);

/// A phase without a known length.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Starts it; draws nothing when bars may not be drawn.
    pub(crate) fn start(out: &Out, verb: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, target(out));
        let style =
            ProgressStyle::with_template("{prefix:>9.green.bold}  {spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        bar.set_prefix(verb);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// Shows what it is at.
    pub(crate) fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }

    /// Takes it away.
    pub(crate) fn end(self) {
        self.0.finish_and_clear();
    }
}

/// A phase of known length.
pub(crate) struct Bar {
    drawn: ProgressBar,
    out: Out,
    verb: &'static str,
    told: Instant,
}

impl Bar {
    /// Starts it at nothing of `total`.
    pub(crate) fn start(out: &Out, verb: &'static str, total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), target(out));
        let template = "{prefix:>9.green.bold}  {bar:30.green/dim}  {human_pos}/{human_len}  {per_sec}  {eta} left  {msg}";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸━"));
        bar.set_prefix(verb);
        Self { drawn: bar, out: out.clone(), verb, told: Instant::now() }
    }

    /// Moves it.
    pub(crate) fn at(&mut self, done: u64, message: String) {
        self.drawn.set_position(done);
        if !self.out.bars && self.told.elapsed() >= LINE_EVERY {
            self.told = Instant::now();
            self.out.did(self.verb, format!("{} of {}  {message}", count(done), count(self.drawn.length().unwrap_or(done))));
        }
        self.drawn.set_message(message);
    }

    /// Moves it to where a delivery is.
    pub(crate) fn delivered(&mut self, progress: Progress) {
        self.drawn.set_length(progress.total);
        let told =
            [(progress.bounced, "bounced"), (progress.deferred, "deferred"), (progress.failed, "failed"), (progress.uncertain, "in doubt")];
        let words: Vec<String> = told.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", count(*n))).collect();
        self.at(progress.done, words.join("   "));
    }

    /// Takes it away.
    pub(crate) fn end(self) {
        self.drawn.finish_and_clear();
    }
}

fn target(out: &Out) -> ProgressDrawTarget {
    if out.bars { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}
