//! A mail taken apart for people: its parts, its headers, and what strict receivers would say of it.

use mail_parser::{Address, Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use serde::Serialize;

/// Bytes of the words of a mail that a search looks at.
const WORDS_BYTES_MAX: usize = 8 * 1024;
/// Bytes of a line without its end (RFC 5322 section 2.1.1).
const LINE_BYTES_MAX: usize = 998;
/// Characters of the beginning of a text.
const SNIPPET_CHARS: usize = 140;

/// What lists show of a mail, and what a search looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    pub(super) from: String,
    pub(super) to: Vec<String>,
    pub(super) subject: String,
    pub(super) snippet: String,
    pub(super) n_attachments: usize,
    #[serde(skip)]
    pub(super) words: String,
}

/// A mail, opened.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) headers: Vec<(String, String)>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) parts: Vec<Part>,
    /// What a strict receiver would object to.
    pub(super) troubles: Vec<&'static str>,
}

/// An attachment, or a picture within the HTML.
#[derive(Debug)]
pub(super) struct Part {
    /// As the mail calls it; never a path.
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) content_id: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// Reads what lists show.
pub(super) fn summary(mail: &[u8]) -> Summary {
    let Some(message) = MessageParser::new().parse(mail) else { return Summary::default() };
    let text = text_of(&message).or_else(|| message.body_text(0).map(std::borrow::Cow::into_owned)).unwrap_or_default();
    let (from, to) = (people(message.from()).into_iter().next().unwrap_or_default(), people(message.to()));
    let subject = plain(message.subject().unwrap_or_default());
    let mut words = format!("{from}\n{}\n{subject}\n{text}", to.join(" ")).to_lowercase();
    words.truncate(words.floor_char_boundary(WORDS_BYTES_MAX));
    words.shrink_to_fit();
    let snippet: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Summary {
        from,
        to,
        subject,
        snippet: plain(&snippet).chars().take(SNIPPET_CHARS).collect(),
        n_attachments: message.attachments().filter(|part| !is_of_the_html(part)).count(),
        words,
    }
}

/// Takes a mail apart.
pub(super) fn open(mail: &[u8]) -> Opened {
    let mut troubles = troubles(mail);
    let Some(message) = MessageParser::new().parse(mail) else {
        troubles.push("no-headers");
        return Opened { headers: Vec::new(), text: None, html: None, parts: Vec::new(), troubles };
    };
    for (name, trouble) in [("From", "no-from"), ("Date", "no-date"), ("Message-ID", "no-message-id"), ("Subject", "no-subject")] {
        if message.header_raw(name).is_none() {
            troubles.push(trouble);
        }
    }
    let html = message.html_body.iter().find_map(|&at| match &message.parts.get(at as usize)?.body {
        PartType::Html(html) => Some(html.to_string()),
        _ => None,
    });
    Opened {
        headers: message.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
        text: text_of(&message),
        html,
        parts: message.attachments().map(part).collect(),
        troubles,
    }
}

fn text_of(message: &Message<'_>) -> Option<String> {
    message.text_body.iter().find_map(|&at| match &message.parts.get(at as usize)?.body {
        PartType::Text(text) => Some(text.to_string()),
        _ => None,
    })
}

/// Says whether a part is a picture that the HTML shows, and no attachment to people.
fn is_of_the_html(part: &MessagePart<'_>) -> bool {
    part.content_id().is_some() && part.content_type().is_some_and(|kind| kind.ctype().eq_ignore_ascii_case("image"))
}

fn part(part: &MessagePart<'_>) -> Part {
    let kind = part.content_type().map(|kind| match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase(),
        None => kind.ctype().to_ascii_lowercase(),
    });
    let is_plain = |kind: &String| kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+.-_".contains(&byte));
    Part {
        name: safe_name(part.attachment_name().unwrap_or_default()),
        kind: kind.filter(is_plain).unwrap_or_else(|| "application/octet-stream".to_owned()),
        content_id: part.content_id().map(|id| id.trim_matches(['<', '>']).to_owned()),
        bytes: part.contents().to_vec(),
    }
}

/// Makes a name that is a file's in any system: no path, no control or direction characters, not hidden, not long.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd = |letter: char| {
        letter.is_control()
            || "<>:\"|?*%;'`$&".contains(letter)
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let safe: String = last.chars().map(|letter| if is_odd(letter) { '_' } else { letter }).take(120).collect();
    let safe = safe.trim_matches(['.', ' ']);
    if safe.is_empty() { "attachment".to_owned() } else { safe.to_owned() }
}

fn people(address: Option<&Address<'_>>) -> Vec<String> {
    let each = address.into_iter().flat_map(Address::iter);
    each.map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{} <{}>", plain(name), plain(address)),
        (None, Some(address)) => plain(address),
        (name, None) => plain(name.unwrap_or_default()),
    })
    .collect()
}

/// Drops what could turn the words of a line around.
fn plain(text: &str) -> String {
    let is_odd = |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|letter| if is_odd(letter) { ' ' } else { letter }).collect()
}

/// Lists what of the bytes themselves strict receivers refuse (RFC 5321 sections 2.3.8 and 4.5.3.1, RFC 5322 section 2.1.1).
fn troubles(mail: &[u8]) -> Vec<&'static str> {
    let mut found = Vec::new();
    let mut note = |trouble| {
        if !found.contains(&trouble) {
            found.push(trouble);
        }
    };
    for line in mail.split_inclusive(|&byte| byte == b'\n') {
        let body = line.strip_suffix(b"\r\n").unwrap_or_else(|| line.strip_suffix(b"\n").unwrap_or(line));
        if line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
            note("bare-line-feed");
        }
        if body.contains(&b'\r') {
            note("bare-carriage-return");
        }
        if body.contains(&0) {
            note("nul");
        }
        if body.len() > LINE_BYTES_MAX {
            note("long-line");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attachments_are_names_of_files() {
        for (name, safe) in [
            ("invoice.pdf", "invoice.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Windows\\a.exe", "a.exe"),
            ("a\r\nX: y\".html", "a__X_ y_.html"),
            ("été 2.png", "été 2.png"),
            ("gpj.\u{202e}exe", "gpj._exe"),
            ("..", "attachment"),
            ("", "attachment"),
        ] {
            assert_eq!(safe_name(name), safe, "{name:?}");
        }
        assert_eq!(safe_name(&"x".repeat(500)).len(), 120);
    }

    #[test]
    fn what_strict_receivers_refuse_is_told() {
        let long = format!("From: a@b.example\r\n\r\n{}\r\n", "x".repeat(999));
        assert_eq!(open(long.as_bytes()).troubles, ["long-line", "no-date", "no-message-id", "no-subject"]);
        assert_eq!(troubles(b"a\nb\rc\r\n\0\n"), ["bare-line-feed", "bare-carriage-return", "nul"]);
        assert!(troubles(b"a\r\nb\r\n").is_empty());
        assert!(open(b"").troubles.contains(&"no-from") || open(b"").troubles.contains(&"no-headers"));
    }

    #[test]
    fn a_mail_is_taken_apart() {
        let mail = b"From: =?utf-8?q?L=C3=A9a?= <lea@post.example>\r\nTo: a@b.example, B <b@b.example>\r\nSubject: =?utf-8?q?=C3=89t=C3=A9?=\r\n\
            Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\nContent-Type: text/plain\r\n\r\n\
            Hello  you\r\n--y\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n--y--\r\n--x\r\nContent-Type: image/png; name=\"a/b.png\"\r\n\
            Content-ID: <pic>\r\nContent-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--x--\r\n";
        let seen = summary(mail);
        assert_eq!((seen.from.as_str(), seen.subject.as_str(), seen.snippet.as_str()), ("Léa <lea@post.example>", "Été", "Hello you"));
        assert_eq!((seen.to.len(), seen.n_attachments), (2, 0), "a picture of the HTML is no attachment");
        assert!(seen.words.contains("été"));
        let opened = open(mail);
        assert_eq!(opened.html.as_deref().map(str::trim), Some("<p>Hello</p>"));
        let [picture] = opened.parts.as_slice() else { panic!("{:?}", opened.parts) };
        assert_eq!((picture.name.as_str(), picture.kind.as_str(), picture.content_id.as_deref()), ("b.png", "image/png", Some("pic")));
        assert_eq!(picture.bytes, [0, 0, 0]);
    }
}
