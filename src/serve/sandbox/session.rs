//! What is said on one connection, as a state machine: lines in, answers out (RFC 5321). It knows no socket and no file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Recipients of one mail (RFC 5321 section 4.5.3.1.8 asks for 100 at least).
pub(super) const RECIPIENTS_MAX: usize = 1_000;
/// Bytes of a mail.
pub(super) const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Bytes of an address (RFC 5321 section 4.5.3.1.3, and room for what is longer than it should be).
const ADDRESS_BYTES_MAX: usize = 320;
/// Commands that are none, after which the client is let go.
const ERRORS_MAX: u32 = 20;
/// Words with which a browser begins, which a page elsewhere may have sent here.
const WEB: [&str; 9] = ["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH", "HOST"];

/// What to do after a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Say this and go on.
    Say(String),
    /// Say `250` to this recipient by [`Session::admit`], or refuse it.
    Admit(String),
    /// Say `354` and read a mail.
    Read,
    /// Say this, then encrypt.
    Encrypt(String),
    /// Say this and hang up.
    Leave(String),
}

/// Who a mail is from and for, and how it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// MAIL FROM, empty for a bounce.
    pub from: String,
    /// RCPT TO, in the order they were said.
    pub to: Vec<String>,
    /// What the client called itself.
    pub hello: String,
    /// `SMTP`, `ESMTP`, `ESMTPS`, `ESMTPA`, `ESMTPSA` (RFC 3848).
    pub with: &'static str,
}

/// Where a login stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Login {
    No,
    /// Waits for the one answer of PLAIN or XOAUTH2.
    Once,
    /// Waits for the name, then the password of LOGIN.
    Name,
    Password,
    Done,
}

/// One connection's state.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is told by one command")]
pub(super) struct Session {
    is_encrypted: bool,
    /// EHLO, rather than HELO, was said.
    is_extended: bool,
    hello: Option<String>,
    login: Login,
    from: Option<String>,
    to: Vec<String>,
    is_utf8: bool,
    n_errors: u32,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            is_encrypted: false,
            is_extended: false,
            hello: None,
            login: Login::No,
            from: None,
            to: Vec::new(),
            is_utf8: false,
            n_errors: 0,
        }
    }

    /// Forgets all that was said in clear (RFC 3207 section 4.2).
    pub(super) fn encrypted() -> Self {
        Self { is_encrypted: true, ..Self::new() }
    }

    /// Hears a line without its end.
    pub(super) fn hear(&mut self, line: &[u8]) -> Act {
        let Ok(line) = std::str::from_utf8(line) else { return self.wrong("500 5.5.2 a command is UTF-8") };
        if !matches!(self.login, Login::No | Login::Done) {
            return self.credentials(line);
        }
        if line.contains(|letter: char| letter.is_control() && letter != '\t') {
            return self.wrong("500 5.5.2 a command has no control characters");
        }
        let (verb, rest) = line.split_once([' ', ':']).unwrap_or((line, ""));
        let verb = verb.to_ascii_uppercase();
        let rest = if line.len() > verb.len() && line.as_bytes()[verb.len()] == b':' { &line[verb.len()..] } else { rest };
        match verb.as_str() {
            "EHLO" | "HELO" => self.hello(&verb, rest.trim()),
            "STARTTLS" if self.is_encrypted => self.wrong("503 5.5.1 it is encrypted already"),
            "STARTTLS" if !rest.trim().is_empty() => self.wrong("501 5.5.4 STARTTLS takes no parameter"),
            "STARTTLS" => Act::Encrypt("220 2.0.0 go ahead".to_owned()),
            "AUTH" => self.auth(rest.trim()),
            "MAIL" => self.mail(rest.trim()),
            "RCPT" => self.rcpt(rest.trim()),
            "DATA" if self.from.is_none() => self.wrong("503 5.5.1 MAIL comes first"),
            "DATA" if self.to.is_empty() => self.wrong("554 5.5.1 no recipient was accepted"),
            "DATA" => Act::Read,
            "RSET" => {
                self.reset();
                say("250 2.0.0 forgotten")
            }
            "NOOP" => say("250 2.0.0 ok"),
            "VRFY" => say("252 2.1.5 send it a mail, everything is taken"),
            "HELP" => say("214 2.0.0 a sandbox: mails end here; see its inbox in a browser"),
            "QUIT" => Act::Leave("221 2.0.0 goodbye".to_owned()),
            "BDAT" | "EXPN" | "ETRN" | "TURN" => self.wrong("502 5.5.1 not implemented"),
            web if WEB.contains(&web) => Act::Leave("421 4.7.0 this is SMTP, not HTTP".to_owned()),
            _ => self.wrong("500 5.5.2 there is no such command"),
        }
    }

    /// Adds a recipient that [`Act::Admit`] named, and says so.
    pub(super) fn admit(&mut self, recipient: String) -> &'static str {
        self.to.push(recipient);
        "250 2.1.5 ok"
    }

    /// Returns the envelope of the mail that was read; the next one begins anew.
    pub(super) fn take(&mut self) -> Envelope {
        let with = match (self.is_extended, self.is_encrypted, self.login == Login::Done) {
            (false, _, _) => "SMTP",
            (true, false, false) => "ESMTP",
            (true, true, false) => "ESMTPS",
            (true, false, true) => "ESMTPA",
            (true, true, true) => "ESMTPSA",
        };
        let envelope = Envelope {
            from: self.from.take().unwrap_or_default(),
            to: std::mem::take(&mut self.to),
            hello: self.hello.clone().unwrap_or_default(),
            with,
        };
        self.reset();
        envelope
    }

    fn reset(&mut self) {
        (self.from, self.is_utf8) = (None, false);
        self.to.clear();
    }

    fn hello(&mut self, verb: &str, name: &str) -> Act {
        if name.is_empty() {
            return self.wrong("501 5.5.4 say who you are");
        }
        self.reset();
        self.is_extended = verb == "EHLO";
        self.hello = Some(name.chars().filter(char::is_ascii_graphic).take(255).collect());
        if !self.is_extended {
            return say("250 relance-sandbox");
        }
        let mut lines = vec!["relance-sandbox", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "AUTH PLAIN LOGIN XOAUTH2"];
        if !self.is_encrypted {
            lines.push("STARTTLS");
        }
        Act::Say(format!("250-{}\r\n250 SIZE {MAIL_BYTES_MAX}", lines.join("\r\n250-")))
    }

    /// Lets in whoever logs in (RFC 4954): credentials are looked at for their form only, and kept nowhere.
    fn auth(&mut self, rest: &str) -> Act {
        if !self.is_extended || self.from.is_some() || self.login == Login::Done {
            return self.wrong("503 5.5.1 AUTH comes once, after EHLO and before MAIL");
        }
        let (mechanism, initial) = rest.split_once(' ').map_or((rest, None), |(mechanism, initial)| (mechanism, Some(initial)));
        let (waits, challenge) = match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" | "XOAUTH2" => (Login::Once, "334 "),
            "LOGIN" => (Login::Name, "334 VXNlcm5hbWU6"),
            _ => return self.wrong("504 5.5.4 PLAIN, LOGIN or XOAUTH2"),
        };
        self.login = waits;
        match initial {
            Some(initial) => self.credentials(initial),
            None => say(challenge),
        }
    }

    fn credentials(&mut self, line: &str) -> Act {
        let before = std::mem::replace(&mut self.login, Login::No);
        if line == "*" {
            return self.wrong("501 5.7.0 as you like");
        }
        if line != "=" && BASE64.decode(line.trim_end()).is_err() {
            return self.wrong("501 5.5.2 that is no base64");
        }
        if before == Login::Name {
            self.login = Login::Password;
            return say("334 UGFzc3dvcmQ6");
        }
        self.login = Login::Done;
        say("235 2.7.0 everybody is let in")
    }

    fn mail(&mut self, rest: &str) -> Act {
        if self.hello.is_none() {
            return self.wrong("503 5.5.1 EHLO comes first");
        }
        if self.from.is_some() {
            return self.wrong("503 5.5.1 a mail was begun; RSET forgets it");
        }
        let Some((address, parameters)) = path(rest, "FROM:") else { return self.wrong("501 5.5.4 MAIL FROM:<address>") };
        let mut is_utf8 = false;
        for parameter in parameters.split_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name.to_ascii_uppercase().as_str() {
                "SIZE" => match value.parse::<u64>() {
                    Ok(size) if size > MAIL_BYTES_MAX as u64 => return say("552 5.3.4 the mail is too large"),
                    Ok(_) => {}
                    Err(_) => return self.wrong("501 5.5.4 SIZE is a number"),
                },
                "BODY" if matches!(value.to_ascii_uppercase().as_str(), "7BIT" | "8BITMIME") => {}
                "SMTPUTF8" if value.is_empty() => is_utf8 = true,
                "AUTH" => {}
                _ => return self.wrong("555 5.5.4 there is no such parameter"),
            }
        }
        if !address.is_empty() && !is_address(&address) {
            return self.wrong("501 5.1.7 that is no address");
        }
        if !address.is_ascii() && !is_utf8 {
            return self.wrong("553 5.6.7 an address outside ASCII needs SMTPUTF8");
        }
        (self.from, self.is_utf8) = (Some(address), is_utf8);
        say("250 2.1.0 ok")
    }

    fn rcpt(&mut self, rest: &str) -> Act {
        if self.from.is_none() {
            return self.wrong("503 5.5.1 MAIL comes first");
        }
        if self.to.len() >= RECIPIENTS_MAX {
            return say("452 4.5.3 too many recipients");
        }
        let Some((address, parameters)) = path(rest, "TO:") else { return self.wrong("501 5.5.4 RCPT TO:<address>") };
        if !parameters.trim().is_empty() {
            return self.wrong("555 5.5.4 there is no such parameter");
        }
        if !is_address(&address) && !address.eq_ignore_ascii_case("postmaster") {
            return self.wrong("501 5.1.3 that is no address");
        }
        if !address.is_ascii() && !self.is_utf8 {
            return self.wrong("553 5.6.7 an address outside ASCII needs SMTPUTF8");
        }
        Act::Admit(address)
    }

    fn wrong(&mut self, answer: &str) -> Act {
        self.n_errors += 1;
        if self.n_errors > ERRORS_MAX { Act::Leave("421 4.7.0 too many errors".to_owned()) } else { say(answer) }
    }
}

fn say(answer: &str) -> Act {
    Act::Say(answer.to_owned())
}

/// Reads `FROM:<path> parameters`; a space after the colon is tolerated, a source route is dropped (RFC 5321 appendix C).
fn path<'a>(rest: &'a str, word: &str) -> Option<(String, &'a str)> {
    let (said, rest) = rest.split_at_checked(word.len())?;
    if !said.eq_ignore_ascii_case(word) {
        return None;
    }
    let rest = rest.trim_start().strip_prefix('<')?;
    let (mut is_quoted, mut is_escaped) = (false, false);
    let end = rest.char_indices().find_map(|(at, letter)| {
        let was_escaped = is_escaped;
        is_escaped = is_quoted && !was_escaped && letter == '\\';
        if letter == '"' && !was_escaped {
            is_quoted = !is_quoted;
        }
        (letter == '>' && !is_quoted).then_some(at)
    })?;
    let (address, parameters) = (&rest[..end], &rest[end + 1..]);
    if !parameters.is_empty() && !parameters.starts_with(' ') {
        return None;
    }
    let address = if address.starts_with('@') { address.split_once(':').map_or("", |(_, address)| address) } else { address };
    Some((address.to_owned(), parameters))
}

fn is_address(address: &str) -> bool {
    let parts = address.rsplit_once('@');
    let is_quoted = address.starts_with('"');
    address.len() <= ADDRESS_BYTES_MAX
        && !address.contains(['<', '>'])
        && (is_quoted || !address.contains(char::is_whitespace))
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(session: &mut Session, line: &str) -> String {
        match session.hear(line.as_bytes()) {
            Act::Say(text) | Act::Encrypt(text) | Act::Leave(text) => text[..3].to_owned(),
            Act::Admit(recipient) => session.admit(recipient)[..3].to_owned(),
            Act::Read => "354".to_owned(),
        }
    }

    #[test]
    fn a_mail_is_said_in_order() {
        let mut session = Session::new();
        for (line, expected) in [
            ("MAIL FROM:<a@b.example>", "503"),
            ("EHLO", "501"),
            ("EHLO me.example", "250"),
            ("RCPT TO:<c@d.example>", "503"),
            ("DATA", "503"),
            ("mail from:<a@b.example> SIZE=10 BODY=8BITMIME", "250"),
            ("MAIL FROM:<a@b.example>", "503"),
            ("DATA", "554"),
            ("RCPT TO:<c@d.example>", "250"),
            ("RCPT TO: <\"a>b\"@d.example>", "501"),
            ("RCPT TO:<@x.example,@y.example:e@d.example>", "250"),
            ("RCPT TO:<nobody>", "501"),
            ("RCPT TO:<é@d.example>", "553"),
            ("RCPT TO:<Postmaster>", "250"),
            ("DATA", "354"),
        ] {
            assert_eq!(code(&mut session, line), expected, "{line}");
        }
        let envelope = session.take();
        assert_eq!((envelope.from.as_str(), envelope.with), ("a@b.example", "ESMTP"));
        assert_eq!(envelope.to, ["c@d.example", "e@d.example", "Postmaster"]);
        assert_eq!(code(&mut session, "DATA"), "503", "the next mail begins anew");
    }

    #[test]
    fn what_is_no_command_is_refused_and_then_let_go() {
        let mut session = Session::new();
        for (line, expected) in [
            ("", "500"),
            ("EHLO a\u{7}b", "500"),
            ("BDAT 10 LAST", "502"),
            ("STARTTLS now", "501"),
            ("AUTH PLAIN", "503"),
            ("GET / HTTP/1.1", "421"),
            ("Host: 127.0.0.1:1025", "421"),
            ("STARTTLS", "220"),
            ("EHLO x", "250"),
            ("MAIL FROM:<a@b.example> SIZE=99999999999", "552"),
            ("MAIL FROM:<a@b.example> SIZE=x", "501"),
            ("MAIL FROM:<a@b.example>SIZE=1", "501"),
            ("MAIL FROM:<a@b.example> RET=FULL", "555"),
            ("MAIL FROM:a@b.example", "501"),
            ("MAIL FROM:<>", "250"),
        ] {
            assert_eq!(code(&mut session, line), expected, "{line}");
        }
        assert!(matches!(Session::new().hear(b"\xff"), Act::Say(text) if text.starts_with("500")));
        let codes: Vec<String> = (0..30).map(|_| code(&mut session, "NONSENSE")).collect();
        assert_eq!((codes[0].as_str(), codes[29].as_str()), ("500", "421"));
    }

    #[test]
    fn everybody_is_let_in_whose_credentials_have_a_form() {
        for (lines, expected) in [
            (&["AUTH PLAIN AGEAYg=="][..], &["235"][..]),
            (&["AUTH PLAIN", "AGEAYg=="], &["334", "235"]),
            (&["AUTH LOGIN", "YQ==", "Yg=="], &["334", "334", "235"]),
            (&["AUTH LOGIN YQ==", "Yg==", "AUTH PLAIN AA=="], &["334", "235", "503"]),
            (&["AUTH PLAIN", "*", "NOOP"], &["334", "501", "250"]),
            (&["AUTH PLAIN ?"], &["501"]),
            (&["AUTH CRAM-MD5"], &["504"]),
        ] {
            let mut session = Session::encrypted();
            assert_eq!(code(&mut session, "EHLO x"), "250");
            let codes: Vec<String> = lines.iter().map(|line| code(&mut session, line)).collect();
            assert_eq!(codes, expected, "{lines:?}");
        }
    }
}
