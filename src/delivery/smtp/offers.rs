//! What a server says it can do, in its answer to EHLO (RFC 5321 section 4.1.1.1).

use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::response::Response;

/// The extensions that matter here; nothing that was not offered is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each extension")]
pub(crate) struct Offers {
    /// Encryption (RFC 3207).
    pub(super) starttls: bool,
    /// Several commands in one write (RFC 2920).
    pub(super) pipelining: bool,
    /// Bytes above 127 in a message (RFC 6152).
    pub(super) eight_bit: bool,
    /// Addresses outside ASCII (RFC 6531).
    pub(super) utf8: bool,
    /// Sizes of messages (RFC 1870).
    pub(super) size: Size,
    /// Ways to log in (RFC 4954).
    pub(super) mechanisms: Vec<Mechanism>,
}

/// What a server says of the size of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Size {
    /// Nothing: it does not want to be told either.
    #[default]
    Unsaid,
    /// It wants to be told, and has no fixed limit.
    Any,
    /// It wants to be told, and takes at most so many bytes.
    AtMost(usize),
}

impl Offers {
    /// Reads the answer to EHLO; the first line is the server's name.
    pub(super) fn read(response: &Response) -> Self {
        let mut offers = Self::default();
        for line in response.message().skip(1) {
            // Some old servers write `AUTH=LOGIN`.
            let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase);
            match words.next().as_deref() {
                Some("STARTTLS") => offers.starttls = true,
                Some("PIPELINING") => offers.pipelining = true,
                Some("8BITMIME") => offers.eight_bit = true,
                Some("SMTPUTF8") => offers.utf8 = true,
                // Zero means that there is no fixed limit (RFC 1870 section 3).
                Some("SIZE") => {
                    offers.size = words.next().and_then(|most| most.parse().ok()).filter(|most| *most > 0).map_or(Size::Any, Size::AtMost);
                }
                Some("AUTH") => offers.mechanisms.extend(words.filter_map(|word| match word.as_str() {
                    "PLAIN" => Some(Mechanism::Plain),
                    "LOGIN" => Some(Mechanism::Login),
                    "XOAUTH2" => Some(Mechanism::Xoauth2),
                    _ => None,
                })),
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> Offers {
        let text = format!("250-{}\r\n250 HELP\r\n", lines.join("\r\n250-"));
        Offers::read(&text.parse().expect("a reply"))
    }

    #[test]
    fn offers_are_read_in_any_case_and_the_name_is_none() {
        let all = read(&["PIPELINING", "pipelining", "8bitMIME", "SMTPUTF8", "STARTTLS", "SIZE 1000", "AUTH plain CRAM-MD5 XOAUTH2"]);
        let mechanisms = vec![Mechanism::Plain, Mechanism::Xoauth2];
        let expected = Offers { starttls: true, pipelining: true, eight_bit: true, utf8: true, size: Size::AtMost(1_000), mechanisms };
        assert_eq!(all, expected);
        assert_eq!(read(&["STARTTLS"]), Offers::default());
        assert_eq!(read(&["mail", "SIZE"]).size, Size::Any);
        assert_eq!(read(&["mail", "SIZE 0"]).size, Size::Any);
        assert_eq!(read(&["mail", "AUTH=LOGIN"]).mechanisms, [Mechanism::Login]);
    }
}
