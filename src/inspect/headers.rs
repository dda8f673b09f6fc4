//! The clauses of the RFCs, and what large receivers ask for, on the bytes that will leave.

use std::collections::BTreeMap;

use chrono::DateTime;

use super::{Facts, Finding, Level, Mail, note};

/// Fields that stand once, and those that must be there (RFC 5322 section 3.6).
const ONCE: [&str; 14] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "date",
    "mime-version",
    "content-type",
    "list-unsubscribe",
    "list-id",
];
const NEEDED: [&str; 6] = ["from", "to", "date", "message-id", "subject", "mime-version"];
const HELP: &str = "report it: relance makes the message";

/// A field: its name in lower case, its value unfolded, and its lines.
struct Field {
    name: String,
    value: String,
    longest_line: usize,
}

pub(super) fn check(mail: Mail<'_>, facts: &Facts, found: &mut Vec<Finding>) {
    let bytes = mail.bytes;
    lines(bytes, found);
    let (head, body) = split(bytes);
    let fields = fields(head);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for field in &fields {
        *counts.entry(field.name.as_str()).or_default() += 1;
    }
    for name in ONCE.iter().filter(|name| counts.get(*name).is_some_and(|n| *n > 1)) {
        note(found, Level::Must, "rfc5322::repeated", *name, format!("the field `{name}` stands more than once (RFC 5322, 3.6)"), HELP);
    }
    for name in NEEDED.iter().filter(|name| !counts.contains_key(*name)) {
        note(found, Level::Must, "rfc5322::missing", *name, format!("there is no field `{name}` (RFC 5322, 3.6; RFC 2045, 4)"), HELP);
    }
    if counts.contains_key("bcc") {
        note(found, Level::Must, "rfc5322::bcc", "", "a field `Bcc` shows who else gets the mail (RFC 5322, 3.6.3)", HELP);
    }
    for field in &fields {
        value(field, found);
    }
    list(&fields, facts, found);
    if facts.is_signed {
        signature(&fields, found);
    }
    parts(&fields, body, found);
}

fn lines(bytes: &[u8], found: &mut Vec<Finding>) {
    let crlf = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    let (lf, cr) = bytes.iter().fold((0, 0), |(lf, cr), byte| (lf + usize::from(*byte == b'\n'), cr + usize::from(*byte == b'\r')));
    if lf != crlf || cr != crlf {
        note(
            found,
            Level::Must,
            "rfc5322::bare-line-end",
            "",
            "a CR or LF alone (RFC 5322, 2.3): servers refuse it, or are fooled by it",
            HELP,
        );
    }
    if bytes.split(|byte| *byte == b'\n').any(|line| line.len() > 999) {
        note(found, Level::Must, "rfc5322::long-line", "", "a line of more than 998 bytes (RFC 5322, 2.1.1)", HELP);
    }
    if bytes.contains(&0) {
        note(found, Level::Must, "rfc5322::nul", "", "a NUL byte (RFC 5322, 2.2)", HELP);
    }
}

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    end.map_or((bytes, &[][..]), |end| (&bytes[..end], &bytes[end + 4..]))
}

fn fields(head: &[u8]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for line in String::from_utf8_lossy(head).split("\r\n") {
        match fields.last_mut() {
            Some(field) if line.starts_with([' ', '\t']) => {
                field.value.push_str(line);
                field.longest_line = field.longest_line.max(line.len());
            }
            _ => {
                let (name, value) = line.split_once(':').unwrap_or((line, ""));
                fields.push(Field { name: name.to_ascii_lowercase(), value: value.trim_start().to_owned(), longest_line: line.len() });
            }
        }
    }
    fields
}

fn value(field: &Field, found: &mut Vec<Finding>) {
    let name = field.name.as_str();
    if field.longest_line > 78 && field.value.split_whitespace().all(|word| word.len() < 70) {
        note(
            found,
            Level::Note,
            "rfc5322::wide-header",
            name,
            format!("a line of `{name}` is longer than 78 characters (RFC 5322, 2.1.1)"),
            HELP,
        );
    }
    for word in field.value.split("=?").skip(1).filter_map(|word| word.split("?=").next()) {
        if word.len() + 4 > 75 {
            note(
                found,
                Level::Must,
                "rfc2047::long-word",
                name,
                format!("an encoded word of `{name}` is longer than 75 characters (RFC 2047, 2)"),
                HELP,
            );
        }
    }
    match name {
        "date" if DateTime::parse_from_rfc2822(field.value.trim()).is_err() => {
            note(found, Level::Must, "rfc5322::date", "", "`Date` is no date with a zone in numbers (RFC 5322, 3.3)", HELP);
        }
        "message-id" => {
            let inside = field.value.trim().strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or_default();
            let good = inside.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
                && !inside.contains([' ', '<', '>']);
            if !good {
                note(found, Level::Must, "rfc5322::message-id", "", "`Message-ID` is no `<left@right>` (RFC 5322, 3.6.4)", HELP);
            }
        }
        "auto-submitted" => {
            note(found, Level::Must, "rfc3834::auto-submitted", "", "`Auto-Submitted` says that the mail is an answer (RFC 3834, 5)", HELP);
        }
        "feedback-id" if field.value.split(':').count() > 4 => {
            note(found, Level::Must, "gmail::feedback-id", "", "`Feedback-ID` has more than four parts: Gmail ignores it", HELP);
        }
        _ => {}
    }
}

/// What a mail to many needs (RFC 2369, 2919, 8058; Gmail and Yahoo since February 2024).
fn list(fields: &[Field], facts: &Facts, found: &mut Vec<Finding>) {
    if facts.is_compulsory {
        return;
    }
    let field = |name: &str| fields.iter().find(|field| field.name == name).map(|field| field.value.trim());
    match field("list-unsubscribe") {
        None => note(found, Level::Must, "rfc8058::no-list-unsubscribe", "", "no `List-Unsubscribe`: Gmail and Yahoo ask for it", HELP),
        Some(value) => {
            if !value.contains("<https://") {
                note(
                    found,
                    Level::Must,
                    "rfc8058::not-https",
                    "",
                    "`List-Unsubscribe` has no https address (RFC 8058, 3.1)",
                    "write `[links] unsubscribe` with https",
                );
            }
            if value.contains('@') && !value.contains("<mailto:") || value.to_ascii_lowercase().contains("%40") {
                note(
                    found,
                    Level::Must,
                    "rfc8058::address",
                    "",
                    "`List-Unsubscribe` holds an e-mail address (RFC 8058, 6)",
                    "use `{token}` in `[links] unsubscribe`",
                );
            }
        }
    }
    if field("list-unsubscribe-post") != Some("List-Unsubscribe=One-Click") {
        note(
            found,
            Level::Must,
            "rfc8058::no-one-click",
            "",
            "no `List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058, 3.1)",
            HELP,
        );
    }
    if field("list-id").is_none() {
        note(found, Level::Should, "rfc2919::no-list-id", "", "no `List-Id` (RFC 2919)", HELP);
    }
}

/// What a signature must cover (RFC 6376, 8058 section 4).
fn signature(fields: &[Field], found: &mut Vec<Finding>) {
    let signatures: Vec<&Field> = fields.iter().filter(|field| field.name == "dkim-signature").collect();
    if signatures.is_empty() {
        note(found, Level::Must, "rfc6376::unsigned", "", "the mail is not signed", "see `relance audit delivery`");
    }
    for signature in signatures {
        let tags: BTreeMap<&str, String> = signature
            .value
            .split(';')
            .filter_map(|tag| tag.split_once('='))
            .map(|(name, value)| (name.trim(), value.split_whitespace().collect::<String>().to_ascii_lowercase()))
            .collect();
        let covered: Vec<&str> = tags.get("h").map(|names| names.split(':').collect()).unwrap_or_default();
        if covered.iter().filter(|name| **name == "from").count() < 2 {
            note(found, Level::Should, "rfc6376::from-once", "", "`From` is signed once: another could be added (RFC 6376, 8.15)", HELP);
        }
        for name in ["list-unsubscribe", "list-unsubscribe-post"] {
            if fields.iter().any(|field| field.name == name) && !covered.contains(&name) {
                note(found, Level::Must, "rfc8058::not-signed", name, format!("`{name}` is not signed (RFC 8058, 4)"), HELP);
            }
        }
        if tags.contains_key("l") {
            note(
                found,
                Level::Must,
                "rfc6376::length",
                "",
                "a signature of a part of the body only: anybody can add to it (RFC 6376, 8.2)",
                HELP,
            );
        }
    }
}

fn parts(fields: &[Field], body: &[u8], found: &mut Vec<Finding>) {
    let content = fields.iter().find(|field| field.name == "content-type").map(|field| field.value.as_str()).unwrap_or_default();
    let Some(boundary) =
        content.split("boundary=").nth(1).map(|rest| rest.trim_start_matches('"').split(['"', ';']).next().unwrap_or_default())
    else {
        return note(
            found,
            Level::Should,
            "rfc2046::one-part",
            "",
            "the mail has one part only: some readers want text",
            "write both parts",
        );
    };
    if boundary.len() > 70 {
        note(found, Level::Must, "rfc2046::boundary", "", "a boundary of more than 70 characters (RFC 2046, 5.1.1)", HELP);
    }
    let body = String::from_utf8_lossy(body);
    let kinds: Vec<String> = body
        .split(&format!("--{boundary}\r\n"))
        .skip(1)
        .filter_map(|part| part.split("\r\n\r\n").next())
        .filter_map(|head| {
            head.to_ascii_lowercase()
                .split("content-type:")
                .nth(1)
                .map(|kind| kind.trim().split(';').next().unwrap_or_default().trim().to_owned())
        })
        .collect();
    if content.to_ascii_lowercase().starts_with("multipart/alternative") && kinds != ["text/plain", "text/html"] {
        note(found, Level::Must, "rfc2046::order", "", "the parts are not text first, then HTML (RFC 2046, 5.1.4)", HELP);
    }
    if body.to_ascii_lowercase().contains("quoted-printable") && body.split("\r\n").any(|line| line.len() > 76 && !line.starts_with("--")) {
        note(found, Level::Must, "rfc2045::long-line", "", "a line of more than 76 characters in an encoded part (RFC 2045, 6.7)", HELP);
    }
}
