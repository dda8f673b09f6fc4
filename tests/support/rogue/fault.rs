//! A fault: where, for whom, when, what.

use std::ops::RangeInclusive;
use std::time::Duration;

use relance::id::stable_unit;

/// Where a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Accepted, nothing said.
    Connect,
    /// The greeting.
    Banner,
    Ehlo,
    Helo,
    Starttls,
    /// Between the answer to STARTTLS and TLS.
    Handshake,
    Auth,
    /// Known by the envelope's sender.
    Mail,
    /// From here to `Acked`, known by the recipient.
    Rcpt,
    Data,
    /// The first line of the message was read.
    Body,
    /// The final dot was read; nothing is stored.
    Dot,
    /// The message is stored; nothing was answered.
    Stored,
    /// The final dot was answered.
    Acked,
    Rset,
    Noop,
    Quit,
    /// Waiting for a command.
    Idle,
}

/// What to do instead of the ordinary thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Act {
    /// Answer this; lines are separated by CRLF, the last one is ended.
    Say(String),
    /// Answer this and hang up.
    SayAndClose(String),
    /// Hang up.
    Close,
    /// Hang up with a TCP reset.
    Reset,
    /// Never answer.
    Hang,
    /// Wait, then do the ordinary thing.
    Wait(Duration),
    /// Answer ordinarily, one byte at a time, with this pause between them.
    Drip(Duration),
    /// Answer ordinarily, in two packets.
    Split,
    /// Answer ordinarily, lines ended by a bare line feed.
    BareLf,
    /// Answer ordinarily, with terminal escapes among the words.
    Escapes,
    /// Answer with the ordinary code on one line of this many bytes.
    LongLine(usize),
    /// Answer with the ordinary code on as many lines as make this many bytes.
    Huge(usize),
    /// Answer bytes that mean nothing.
    Garbage,
}

impl Act {
    pub(crate) fn say(line: &str) -> Self {
        Self::Say(line.to_owned())
    }

    pub(crate) fn say_and_close(line: &str) -> Self {
        Self::SayAndClose(line.to_owned())
    }

    /// Says whether what is said is the ordinary answer, if in another shape.
    pub(super) fn is_ordinary(&self) -> bool {
        !matches!(self, Self::Say(_) | Self::SayAndClose(_) | Self::Close | Self::Reset | Self::Hang | Self::Garbage)
    }

    /// Says whether a patient client may be left without the answer.
    pub(super) fn hides_answer(&self) -> bool {
        !matches!(self, Self::Say(_) | Self::SayAndClose(_) | Self::Split | Self::BareLf | Self::Escapes)
    }
}

/// When to do what.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    step: Step,
    recipient: String,
    attempts: RangeInclusive<u32>,
    percent: u32,
    act: Act,
}

impl Rule {
    /// Always, to everybody.
    pub(crate) fn at(step: Step, act: Act) -> Self {
        Self { step, recipient: String::new(), attempts: 1..=u32::MAX, percent: 100, act }
    }

    /// Only to recipients that begin so (at `Step::Mail`: senders).
    #[must_use]
    pub(crate) fn to(self, prefix: &str) -> Self {
        Self { recipient: prefix.to_owned(), ..self }
    }

    /// Only the n-th time that the step is reached for a recipient, from 1; before MAIL, the n-th time at all.
    #[must_use]
    pub(crate) fn attempt(self, n: u32) -> Self {
        self.attempts(n..=n)
    }

    /// Only these times.
    #[must_use]
    pub(crate) fn attempts(self, attempts: RangeInclusive<u32>) -> Self {
        Self { attempts, ..self }
    }

    /// Only in this many of a hundred cases, chosen by the seed.
    #[must_use]
    pub(crate) fn percent(self, percent: u32) -> Self {
        Self { percent, ..self }
    }
}

/// Returns the number and the act of the first rule that applies.
pub(super) fn find(rules: &[Rule], seed: u64, step: Step, recipient: &str, attempt: u32) -> Option<(usize, Act)> {
    rules.iter().enumerate().find_map(|(n, rule)| {
        let is_meant = rule.step == step && rule.attempts.contains(&attempt) && recipient.starts_with(&rule.recipient);
        let chance = || stable_unit(&["rogue", &seed.to_string(), &n.to_string(), recipient, &attempt.to_string()]) * 100.0;
        (is_meant && (rule.percent >= 100 || chance() < f64::from(rule.percent))).then(|| (n, rule.act.clone()))
    })
}
