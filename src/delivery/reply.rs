//! What an SMTP reply means: for the recipient, for the sender, or for neither (RFC 5321 section 4.2, RFC 3463).

use lettre::transport::smtp::response::{Response, Severity};

use super::smtp::Phase;
use crate::clock::Span;
use crate::feedback::{BounceClass, Status, class_of};
use crate::ledger::printable;

/// The longest stated wait that is believed, in seconds: one day.
const STATED_WAIT_MAX_S: i64 = 86_400;
/// Characters of a reply in which words are looked for.
const PLAIN_CHARACTERS_MAX: usize = 2_000;

/// The meaning of a refusal of one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Try this mail again later.
    Later,
    /// Try this mail again later: the server wants to see that the sender comes back.
    Greylisted,
    /// This mail or recipient is refused for good.
    Never(BounceClass),
    /// The sender is refused, whoever the recipient is: stop, suppress nobody.
    Sender,
}

/// Returns a reply as one printable line, code first, words as the server wrote them.
pub(super) fn words(response: &Response) -> String {
    let lines: Vec<&str> = response.message().collect();
    printable(&format!("{} {}", response.code(), lines.join(" ")))
}

/// Returns the enhanced status code that opens a reply, when there is one (RFC 2034).
pub(super) fn enhanced(response: &Response) -> Option<Status> {
    response.first_word().and_then(Status::parse)
}

/// Words of refusals of the sending host or domain, in replies with no code of their own for it.
const SENDER_WORDS: [&str; 22] = [
    " spf ",
    " dkim ",
    " dmarc ",
    " dnsbl ",
    " rbl ",
    " blocklist",
    " blacklist",
    " spamhaus ",
    " spamcop ",
    " reputation ",
    " unauthenticated ",
    " not authenticated ",
    " authentication required ",
    " must authenticate ",
    " relay access denied ",
    " relaying denied ",
    " not permitted to relay ",
    " sending domain ",
    " sender domain ",
    " sending ip ",
    " sender address rejected ",
    " your ip ",
];
/// Words of refusals of a recipient that does not exist, in replies without an enhanced code.
const NO_SUCH_WORDS: [&str; 11] = [
    " user unknown ",
    " unknown user ",
    " no such user ",
    " no such recipient ",
    " no such mailbox ",
    " user not found ",
    " recipient not found ",
    " mailbox not found ",
    " does not exist ",
    " invalid recipient ",
    " unknown recipient ",
];
/// Words of a full mailbox, in replies without an enhanced code.
const FULL_WORDS: [&str; 3] = [" quota ", " mailbox full ", " mailbox is full "];

/// Says what a refusal at MAIL, RCPT, DATA or of the message means.
pub fn meaning(phase: Phase, response: &Response) -> Meaning {
    let code = u16::from(response.code());
    let status = enhanced(response);
    let words = plain(response);
    let say = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if response.code().severity != Severity::PermanentNegativeCompletion {
        let comes_back =
            say(&[" greylist", " graylist", " grey list"]) || (status == Some(Status(4, 7, 1)) && say(&[" again ", " later "]));
        return if matches!(code, 450 | 451) && comes_back { Meaning::Greylisted } else { Meaning::Later };
    }
    match (code, status) {
        // Too large for the server or the mailbox: about this mail, whatever the phase.
        (_, Some(Status(5, 3, 4) | Status(5, 2, 3))) | (552, None) => Meaning::Never(BounceClass::Soft),
        // Authentication or encryption is wanted of the sender (RFC 4954 section 6).
        (530 | 534 | 535 | 538, _) => Meaning::Sender,
        (_, Some(status)) if status.blames_the_sender() => Meaning::Sender,
        // No recipient was named yet.
        _ if phase == Phase::Mail => Meaning::Sender,
        (_, Some(Status(5, 7, 0 | 1)) | None) if say(&SENDER_WORDS) => Meaning::Sender,
        (550 | 551 | 553, None) if say(&NO_SUCH_WORDS) => Meaning::Never(BounceClass::Hard),
        (_, None) if say(&FULL_WORDS) => Meaning::Never(BounceClass::Soft),
        // A code of another class than the refusal's is confused, and says nothing.
        _ => Meaning::Never(class_of(status.filter(|status| status.0 == 5))),
    }
}

/// Returns the wait that a reply states: `try again in 5 minutes`, `retry after 300 seconds`, `Retry-After: 120`, `in 00:05:00`.
pub(super) fn stated_wait(response: &Response) -> Option<Span> {
    let words = plain(response);
    let words: Vec<&str> = words.split_whitespace().collect();
    let starts = |n: usize| {
        let pair = (words[n], words.get(n + 1).copied().unwrap_or_default());
        match pair {
            ("again" | "retry" | "back", "in" | "after") | ("greylisted" | "graylisted", "for") => Some(n + 2),
            ("wait" | "retryafter", _) => Some(n + 1),
            _ => None,
        }
    };
    let at = (0..words.len()).find_map(starts)?;
    let seconds = seconds_of(words.get(at..)?)?;
    (1..=STATED_WAIT_MAX_S).contains(&seconds).then(|| Span(seconds.saturating_mul(1_000_000)))
}

/// Reads `5 minutes`, `300`, `300s`, `00 05 00`.
fn seconds_of(words: &[&str]) -> Option<i64> {
    let split = |word: &str| word.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(word.len());
    let number = |n: usize| words.get(n).and_then(|word| word.parse::<i64>().ok());
    if let (Some(hours), Some(minutes), Some(seconds)) = (number(0), number(1), number(2)) {
        return hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds);
    }
    let (digits, unit) = words.first()?.split_at(split(words.first()?));
    let unit = if unit.is_empty() { words.get(1).copied().unwrap_or_default() } else { unit };
    let scale = match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => 1,
    };
    digits.parse::<i64>().ok()?.checked_mul(scale)
}

/// Returns the words of a reply in lower case, one space around each, without punctuation.
fn plain(response: &Response) -> String {
    let mut plain = String::from(" ");
    for line in response.message() {
        for letter in line.to_lowercase().replace("retry-after", "retryafter").chars().take(PLAIN_CHARACTERS_MAX) {
            plain.push(if letter.is_alphanumeric() { letter } else { ' ' });
        }
        plain.push(' ');
        if plain.len() > PLAIN_CHARACTERS_MAX {
            break;
        }
    }
    plain.split_whitespace().fold(String::from(" "), |all, word| all + word + " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Response {
        format!("{line}\r\n").parse().expect("a reply")
    }

    #[test]
    fn replies_mean_what_the_rfcs_say() {
        for (line, expected) in [
            ("550 5.1.1 no such user", Meaning::Never(BounceClass::Hard)),
            ("550 5.1.10 null MX", Meaning::Never(BounceClass::Hard)),
            ("550 5.2.1 mailbox disabled", Meaning::Never(BounceClass::Hard)),
            ("550 No such user here", Meaning::Never(BounceClass::Hard)),
            ("550-sorry\r\n550 User unknown.", Meaning::Never(BounceClass::Hard)),
            ("552 5.2.2 mailbox full", Meaning::Never(BounceClass::Soft)),
            ("552 mailbox full", Meaning::Never(BounceClass::Soft)),
            ("550 over quota", Meaning::Never(BounceClass::Soft)),
            ("552 5.3.4 too large", Meaning::Never(BounceClass::Soft)),
            ("550 5.7.1 message refused", Meaning::Never(BounceClass::Policy)),
            ("554 5.7.0 spam", Meaning::Never(BounceClass::Policy)),
            ("550 no", Meaning::Never(BounceClass::Other)),
            ("550 5.7.515 access denied, sending domain does not meet the required authentication level", Meaning::Sender),
            ("550 5.7.26 unauthenticated mail is prohibited", Meaning::Sender),
            ("550 5.7.1 rejected: SPF check failed", Meaning::Sender),
            ("554 5.7.1 Service unavailable; client [192.0.2.1] blocked using a DNSBL.", Meaning::Sender),
            ("554 5.7.1 <x@shop.example>: Relay access denied", Meaning::Sender),
            ("530 5.7.0 authentication required", Meaning::Sender),
            ("450 4.2.0 greylisted", Meaning::Greylisted),
            ("451 4.7.1 Please try again later", Meaning::Greylisted),
            ("450 4.7.1 policy", Meaning::Later),
            ("452 4.2.2 greylisted", Meaning::Later),
            ("451 5.1.1 confused", Meaning::Later),
            ("421 4.7.0 too many connections", Meaning::Later),
        ] {
            assert_eq!(meaning(Phase::Rcpt, &read(line)), expected, "{line}");
        }
    }

    #[test]
    fn a_refusal_before_the_recipient_is_named_is_about_the_sender() {
        for (line, expected) in [
            ("550 5.1.1 no such user", Meaning::Sender),
            ("550 no", Meaning::Sender),
            ("552 5.3.4 too large", Meaning::Never(BounceClass::Soft)),
            ("451 4.7.1 too fast", Meaning::Later),
        ] {
            assert_eq!(meaning(Phase::Mail, &read(line)), expected, "{line}");
        }
    }

    #[test]
    fn a_stated_wait_is_read() {
        for (line, seconds) in [
            ("450 4.7.1 greylisted, try again in 5 minutes", Some(300)),
            ("451 retry after 90 seconds", Some(90)),
            ("421 4.7.0 Retry-After: 120", Some(120)),
            ("450 Greylisted for 300 seconds", Some(300)),
            ("450 please come back in 00:05:30", Some(330)),
            ("450 wait 2h", Some(7_200)),
            ("450 retry in 45s please", Some(45)),
            ("450 try again in 99999999999999999999 minutes", None),
            ("450 try again in 9223372036854775807 hours", None),
            ("450 try again in 0 minutes", None),
            ("450 try again in 3 days", None),
            ("450 try again in a while", None),
            ("450 try again in", None),
            ("450 4.7.1 later", None),
        ] {
            assert_eq!(stated_wait(&read(line)), seconds.map(|seconds| Span(seconds * 1_000_000)), "{line}");
        }
    }

    #[test]
    fn words_keep_all_lines_and_nothing_dangerous() {
        let response: Response = "550-5.1.1 no\u{1b}[31m\r\n550 5.1.1 such user\r\n".parse().expect("a reply");
        assert_eq!(words(&response), "550 5.1.1 no\\u{1b}[31m 5.1.1 such user");
    }
}
