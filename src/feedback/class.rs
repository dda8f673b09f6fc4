//! What a status code says about the recipient (RFC 3463, and the registry of enhanced status codes that it opened).

use serde::Serialize;

/// What a refusal says about the recipient (RFC 3463).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BounceClass {
    /// The mailbox or domain does not exist, or is shut: the address is suppressed.
    Hard,
    /// The mailbox exists and cannot take the mail now (full, too large, unreachable): some of them, over time, suppress.
    Soft,
    /// A rule of the receiver; says nothing of the person, who is never suppressed for it.
    Policy,
    /// Refused without a reason that can be read.
    Other,
}

impl BounceClass {
    /// Returns the word stored in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
            Self::Policy => "policy",
            Self::Other => "other",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Hard, Self::Soft, Self::Policy, Self::Other].into_iter().find(|class| class.as_str() == word)
    }
}

/// An enhanced status code: class, subject, detail (RFC 3463 section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(pub u16, pub u16, pub u16);

impl Status {
    /// Reads `5.1.1`, alone.
    pub fn parse(word: &str) -> Option<Self> {
        let mut parts = word.splitn(3, '.').map(|part| {
            let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<u16>().ok()).flatten()
        });
        let status = Self(parts.next()??, parts.next()??, parts.next()??);
        matches!(status.0, 2 | 4 | 5).then_some(status)
    }

    /// Finds the first code in a text that says more than its class: `smtp; 550 5.1.1 <...> no such user`.
    pub fn find(text: &str) -> Option<Self> {
        let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_matches('.'));
        words.filter_map(Self::parse).find(|status| !status.is_vague())
    }

    /// Says whether the code tells nothing but its class, as `5.0.0` does.
    pub fn is_vague(self) -> bool {
        self.1 == 0 || self.2 == 0 && self.1 != 7
    }

    /// Says whether a refusal with this code is about the sender, whoever the recipient is: a bad sender address (RFC 3463 section 3.2),
    /// a login that is wanted (RFC 4954 section 6), SPF, DKIM and DMARC (RFC 7372), Microsoft's of unauthenticated bulk senders (5.7.509,
    /// 5.7.515).
    pub fn blames_the_sender(self) -> bool {
        matches!(self, Self(5, 1, 7 | 8) | Self(5, 7, 8 | 9 | 11 | 20..=27 | 30 | 509 | 515))
    }
}

/// Says what a final refusal means for the recipient. A code of class 4 is one that was tried until it was given up.
pub fn class_of(status: Option<Status>) -> BounceClass {
    match status {
        Some(Status(5, 1, 1 | 2 | 3 | 6 | 10) | Status(5, 2, 1)) => BounceClass::Hard,
        Some(Status(_, 7, _)) => BounceClass::Policy,
        Some(Status(4, _, _) | Status(5, 2..=4, _)) => BounceClass::Soft,
        _ => BounceClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_mean_what_the_rfc_says() {
        for (code, class) in [
            ("5.1.1", BounceClass::Hard),
            ("5.1.2", BounceClass::Hard),
            ("5.1.10", BounceClass::Hard),
            ("5.2.1", BounceClass::Hard),
            ("5.2.2", BounceClass::Soft),
            ("5.3.4", BounceClass::Soft),
            ("5.4.4", BounceClass::Soft),
            ("4.4.7", BounceClass::Soft),
            ("4.2.1", BounceClass::Soft),
            ("5.7.1", BounceClass::Policy),
            ("5.7.515", BounceClass::Policy),
            ("4.7.0", BounceClass::Policy),
            ("5.0.0", BounceClass::Other),
            ("5.6.0", BounceClass::Other),
        ] {
            assert_eq!(class_of(Status::parse(code)), class, "{code}");
        }
        assert_eq!(class_of(None), BounceClass::Other);
    }

    #[test]
    fn a_code_is_found_among_words_and_nothing_else_is_taken_for_one() {
        let find = Status::find;
        assert_eq!(find("smtp; 550-5.1.1 The account does not exist"), Some(Status(5, 1, 1)));
        assert_eq!(find("550 5.0.0 (5.2.2) full."), Some(Status(5, 2, 2)));
        assert_eq!(find("host mx.example[192.0.2.5] said: 550 no"), None);
        assert_eq!(find("5.1.1.1 and 1.2.3 and 5.1 and 5.1.9999"), None);
        for wrong in ["", "5", "5.1", "3.1.1", "5.1.1 ", "5.1.x", "5..1", "+5.1.1", "5.1.65536"] {
            assert_eq!(Status::parse(wrong), None, "{wrong}");
        }
    }
}
