//! Checks of contact pressure: caps, and who is written to less often.

use toml::Spanned;

use super::Notes;
use crate::project::checked::{Cap, Sparing};
use crate::project::config::SlowerSpec;

/// Reads caps; a cap of no mail is said plainly, since elsewhere a zero means no cap.
pub(super) fn caps(notes: &mut Notes<'_>, all: &[Spanned<String>]) -> Vec<Cap> {
    let mut caps = Vec::new();
    for written in all {
        let text = written.get_ref();
        if let Some(cap) = Cap::parse(text) {
            caps.push(cap);
        } else if text.split_once(" per ").is_some_and(|(n, _)| n.trim().parse() == Ok(0_u32)) {
            let message = format!("`{text}` would stop every mail");
            let help = "remove the cap if there is to be none, or write for example `3 per 7d`";
            notes.error("config::zero-cap", written.span(), message, "zero is not `no cap`", help);
        } else {
            let message = format!("`{text}` is not a cap");
            let help = "write for example `3 per 7d` or `1 per calendar day`";
            notes.error("config::not-a-cap", written.span(), message, "a number of mails per length of time", help);
        }
    }
    caps
}

/// Reads how people are spared; each entry must spare somebody something.
pub(super) fn slower(notes: &mut Notes<'_>, all: &[SlowerSpec]) -> Vec<Sparing> {
    let mut read = Vec::new();
    for spec in all {
        let factor = spec.factor.unwrap_or(1.0);
        let is_longer = factor.is_finite() && (1.0..=1_000.0).contains(&factor) && (spec.factor.is_none() || factor > 1.0);
        if !is_longer || (spec.factor.is_none() && spec.caps.is_empty()) {
            let message = format!("nobody of `{}` is written to less often", spec.when.get_ref());
            let help = "write `factor = 2.0`, above 1 and at most 1000, or `caps = [\"1 per 30d\"]`";
            notes.error("config::not-slower", spec.when.span(), message, "neither longer windows nor caps besides", help);
        }
        read.push(Sparing { factor: if is_longer { factor } else { 1.0 }, caps: caps(notes, &spec.caps) });
    }
    read
}
