//! What an SMTP reply means: for the recipient, for the sender, or for neither (RFC 5321 section 4.2, RFC 3463).

use lettre::transport::smtp::response::{Response, Severity};

use crate::feedback::{BounceClass, Status, class_of};
use crate::ledger::printable;

/// The meaning of a refusal of one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Try this mail again later.
    Later,
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

/// Says what a refusal of MAIL, RCPT, DATA or of the message means.
pub fn meaning(response: &Response) -> Meaning {
    let code = u16::from(response.code());
    let status = enhanced(response);
    if response.code().severity != Severity::PermanentNegativeCompletion {
        return Meaning::Later;
    }
    match (code, status) {
        // Authentication or encryption wanted of the sender (RFC 4954 section 6), a bad sender address (RFC 3463 section 3.2),
        // refusals of the sending domain or host: SPF and DMARC (RFC 7372), Microsoft's of unauthenticated bulk senders (5.7.515).
        (530 | 534 | 535 | 538, _) | (_, Some(Status(5, 1, 7 | 8) | Status(5, 7, 8 | 9 | 11 | 23..=27 | 30 | 515))) => Meaning::Sender,
        (552, None) => Meaning::Never(BounceClass::Soft),
        // A code of another class than the refusal's is confused, and says nothing.
        _ => Meaning::Never(class_of(status.filter(|status| status.0 == 5))),
    }
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
            ("552 5.2.2 mailbox full", Meaning::Never(BounceClass::Soft)),
            ("552 mailbox full", Meaning::Never(BounceClass::Soft)),
            ("550 5.7.1 message refused", Meaning::Never(BounceClass::Policy)),
            ("554 5.7.0 spam", Meaning::Never(BounceClass::Policy)),
            ("550 no", Meaning::Never(BounceClass::Other)),
            ("550 5.7.515 access denied, sending domain does not meet the required authentication level", Meaning::Sender),
            ("550 5.7.26 unauthenticated mail is prohibited", Meaning::Sender),
            ("530 5.7.0 authentication required", Meaning::Sender),
            ("450 4.2.0 greylisted", Meaning::Later),
            ("451 5.1.1 confused", Meaning::Later),
            ("421 4.7.0 too many connections", Meaning::Later),
        ] {
            assert_eq!(meaning(&read(line)), expected, "{line}");
        }
    }

    #[test]
    fn words_keep_all_lines_and_nothing_dangerous() {
        let response: Response = "550-5.1.1 no\u{1b}[31m\r\n550 5.1.1 such user\r\n".parse().expect("a reply");
        assert_eq!(words(&response), "550 5.1.1 no\\u{1b}[31m 5.1.1 such user");
    }
}
