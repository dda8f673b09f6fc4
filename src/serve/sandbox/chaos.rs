//! Faults to rehearse with: refusals, silences and lost connections, the same for the same seed.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

use crate::clock::Span;
use crate::error::{Error, Kind};
use crate::id::stable_hash;

/// Recipients whose attempts are counted; beyond, counting begins anew.
const ATTEMPTS_MAX: usize = 1_000_000;
/// The longest pause before an answer.
const SLOW_MAX: Duration = Duration::from_mins(10);

/// How often what goes wrong. Shares are of recipients for `greylist` and `5xx`, of attempts for `4xx` and `drop`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Chaos {
    /// Share refused at their first attempt, and only then.
    pub greylist: f64,
    /// Share refused for now.
    pub later: f64,
    /// Share refused for good.
    pub never: f64,
    /// Share whose connection is lost at the final dot: in half of them the mail was kept, and the client cannot know.
    pub drop: f64,
    /// Pause before the answer to each mail.
    pub slow: Duration,
    /// Chooses who is struck.
    pub seed: u64,
}

/// What happens at the final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Struck {
    /// Refused for now.
    Later,
    /// The connection is lost; the mail is kept when `is_kept`.
    Dropped { is_kept: bool },
}

impl Chaos {
    /// Says whether a recipient is refused at this attempt, counted from 1.
    pub(super) fn at_recipient(&self, recipient: &str, attempt: u32) -> Option<&'static str> {
        if self.strikes("5xx", self.never, recipient, 0) {
            return Some("550 5.1.1 nobody of that name (chaos)");
        }
        let is_greylisted = attempt == 1 && self.strikes("greylist", self.greylist, recipient, 0);
        is_greylisted.then_some("450 4.7.1 greylisted, try again in 5 minutes (chaos)")
    }

    /// Says what happens once the mail is there.
    pub(super) fn at_dot(&self, recipient: &str, attempt: u32) -> Option<Struck> {
        if self.strikes("drop", self.drop, recipient, attempt) {
            return Some(Struck::Dropped { is_kept: self.strikes("kept", 0.5, recipient, attempt) });
        }
        self.strikes("4xx", self.later, recipient, attempt).then_some(Struck::Later)
    }

    fn strikes(&self, what: &str, share: f64, recipient: &str, attempt: u32) -> bool {
        let hash = stable_hash(&["chaos", &self.seed.to_string(), what, recipient, &attempt.to_string()]);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are what a share needs")]
        let chance = (hash >> 11) as f64 / (1_u64 << 53) as f64;
        chance < share
    }
}

impl FromStr for Chaos {
    type Err = Error;

    /// Reads `greylist=10%,4xx=5%,5xx=2%,drop=1%,slow=1s,seed=7`; `off` is nothing of it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: &str| {
            Error::new(Kind::Usage, format!("chaos: {what}"))
                .help("write it as greylist=10%,4xx=5%,5xx=2%,drop=1%,slow=1s,seed=7, or `off`")
        };
        let mut chaos = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != "off") {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong(&format!("`{part}` has no value")))?;
            let share = || {
                let percent = value.strip_suffix('%').and_then(|percent| percent.parse::<f64>().ok());
                let share = percent.filter(|percent| (0.0..=100.0).contains(percent)).map(|percent| percent / 100.0);
                share.ok_or_else(|| wrong(&format!("`{value}` is no share from 0% to 100%")))
            };
            match name {
                "greylist" => chaos.greylist = share()?,
                "4xx" => chaos.later = share()?,
                "5xx" => chaos.never = share()?,
                "drop" => chaos.drop = share()?,
                "slow" => {
                    let pause = Span::parse(value).and_then(|span| u64::try_from(span.0).ok()).map(Duration::from_micros);
                    let pause = pause.or_else(|| Some(Duration::from_millis(value.strip_suffix("ms")?.parse().ok()?)));
                    chaos.slow =
                        pause.filter(|pause| *pause <= SLOW_MAX).ok_or_else(|| wrong(&format!("`{value}` is no pause up to 10m")))?;
                }
                "seed" => chaos.seed = value.parse().map_err(|_| wrong(&format!("`{value}` is no seed")))?,
                _ => return Err(wrong(&format!("there is no `{name}`"))),
            }
        }
        Ok(chaos)
    }
}

impl fmt::Display for Chaos {
    /// Writes it as it is read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = String::new();
        for (name, share) in [("greylist", self.greylist), ("4xx", self.later), ("5xx", self.never), ("drop", self.drop)] {
            if share > 0.0 {
                write!(parts, ",{name}={}%", (share * 1e8).round() / 1e6)?;
            }
        }
        if !self.slow.is_zero() {
            write!(parts, ",slow={}ms", self.slow.as_millis())?;
        }
        if self.seed != 0 {
            write!(parts, ",seed={}", self.seed)?;
        }
        f.write_str(if parts.is_empty() { "off" } else { &parts[1..] })
    }
}

/// The faults in force and what they look back on.
#[derive(Debug, Default)]
pub(super) struct Weather {
    pub(super) chaos: Chaos,
    attempts: HashMap<u64, u32>,
}

impl Weather {
    pub(super) fn new(chaos: Chaos) -> Self {
        Self { chaos, attempts: HashMap::new() }
    }

    /// Counts an attempt at a recipient, and says whether it is refused.
    pub(super) fn at_recipient(&mut self, recipient: &str) -> Option<&'static str> {
        if self.chaos == Chaos::default() {
            return None;
        }
        if self.attempts.len() >= ATTEMPTS_MAX {
            self.attempts.clear();
        }
        let attempt = self.attempts.entry(stable_hash(&[recipient])).or_default();
        *attempt += 1;
        self.chaos.at_recipient(recipient, *attempt)
    }

    /// Says what happens once the mail of the attempt that was counted last is there.
    pub(super) fn at_dot(&self, recipient: &str) -> Option<Struck> {
        let attempt = self.attempts.get(&stable_hash(&[recipient])).copied().unwrap_or(0);
        self.chaos.at_dot(recipient, attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for text in ["off", "greylist=10%,4xx=5%,5xx=2.5%,drop=1%,slow=1000ms,seed=7", "slow=250ms", "drop=0.01%", "5xx=100%"] {
            assert_eq!(text.parse::<Chaos>().expect("it parses").to_string(), text);
        }
        assert_eq!("slow=1s".parse::<Chaos>().expect("it parses").slow, Duration::from_secs(1));
        for text in ["greylist", "greylist=10", "4xx=101%", "4xx=-1%", "4xx=NaN%", "slow=x", "slow=1h", "rain=1%", "seed=x"] {
            assert!(text.parse::<Chaos>().is_err(), "{text}");
        }
    }

    #[test]
    fn shares_are_what_they_say_and_a_seed_strikes_the_same() {
        let chaos: Chaos = "greylist=10%,5xx=2%,4xx=5%,drop=1%".parse().expect("it parses");
        let people: Vec<String> = (0..20_000).map(|n| format!("p{n}@post.example")).collect();
        let n = |of: &dyn Fn(&str) -> bool| people.iter().filter(|person| of(person)).count();
        let never = n(&|person| chaos.at_recipient(person, 9).is_some_and(|reply| reply.starts_with("550")));
        assert!((300..500).contains(&never), "{never}");
        let greylisted = n(&|person| chaos.at_recipient(person, 1).is_some_and(|reply| reply.starts_with("450")));
        assert!((1_700..2_300).contains(&greylisted), "{greylisted}");
        let later = n(&|person| chaos.at_dot(person, 1) == Some(Struck::Later));
        assert!((850..1_150).contains(&later), "{later}");
        let dropped = n(&|person| matches!(chaos.at_dot(person, 1), Some(Struck::Dropped { .. })));
        assert!((130..280).contains(&dropped), "{dropped}");
        let again = Chaos { seed: 1, ..chaos };
        assert_ne!(
            people.iter().map(|p| chaos.at_dot(p, 1)).collect::<Vec<_>>(),
            people.iter().map(|p| again.at_dot(p, 1)).collect::<Vec<_>>()
        );
    }
}
