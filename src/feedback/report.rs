//! Mails that report on mails: status notifications (RFC 3464), complaints (RFC 5965), old-fashioned bounces, unsubscriptions.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _};

use super::class::{BounceClass, Status, class_of};
use super::fields::{Group, addresses, groups};
use super::{Event, EventKind, Origin};
use crate::clock::Timestamp;
use crate::message::bounced_id;
use crate::message::token::Keyring;

/// Addresses and Message-IDs taken from one mail.
const CLUES_MAX: usize = 50;
/// Recipients taken from one status notification: a mail of ours has one, which may stand for a few others.
const GROUPS_MAX: usize = 50;
/// Text in which an old-fashioned bounce is looked for a code.
const TEXT_BYTES_MAX: usize = 20_000;

/// Headers that say to whom a mail was really sent.
const DELIVERED_TO: [&str; 6] = ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To"];

/// What is known of the mails that the reports are about.
#[derive(Debug, Clone, Copy)]
pub struct MailRules<'a> {
    /// The envelope sender of mails, with `{token}`, when there is one.
    pub return_path: Option<&'a str>,
    /// The keys that made the tokens of return paths.
    pub keys: &'a Keyring,
    /// The mails come from a mailbox to which people write to unsubscribe: one that reports nothing is such a wish.
    pub unsubscribes: bool,
}

impl MailRules<'_> {
    /// Returns how the Message-ID begins of the mail whose return path this is.
    fn bounced_id(&self, address: &str) -> Option<String> {
        self.return_path.and_then(|template| bounced_id(template, self.keys, address))
    }
}

/// Reads what a mail reports, an event for each recipient a status notification tells of; none when it reports nothing, `Err` when it
/// cannot be read at all.
pub fn read_mail(bytes: &[u8], rules: &MailRules<'_>) -> Result<Vec<Event>, &'static str> {
    // The parser meets whatever strangers send: its panic would be about this mail alone.
    let read = || MessageParser::default().parse(bytes).map(|mail| read_parsed(&mail, rules));
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Some(events)) => Ok(events),
        Ok(None) => Err("not a mail"),
        Err(_) => Err("a mail that cannot be parsed"),
    }
}

fn read_parsed(mail: &Message<'_>, rules: &MailRules<'_>) -> Vec<Event> {
    let part = |kind: &str, subtype: &str| mail.parts.iter().find(|part| part.is_content_type(kind, subtype));
    let status = part("message", "delivery-status").or_else(|| part("message", "global-delivery-status"));
    let events: Vec<Event> = if let Some(complaint) = part("message", "feedback-report") {
        complained(&text_of(complaint)).into_iter().collect()
    } else if let Some(status) = status {
        groups(&text_of(status)).iter().filter_map(reported).take(GROUPS_MAX).collect()
    } else {
        old_bounce(mail, rules).or_else(|| unsubscription(mail, rules)).into_iter().collect()
    };
    events.into_iter().map(|event| with_clues(event, mail, rules)).collect()
}

/// Adds what finds the mail again: first the return path, which only we could write, then the Message-ID of what was returned.
fn with_clues(mut event: Event, mail: &Message<'_>, rules: &MailRules<'_>) -> Event {
    let to = delivered_to(mail);
    let starts = to.iter().chain(&event.addresses).filter_map(|address| rules.bounced_id(address));
    event.id_starts = distinct(starts);
    event.addresses.retain(|address| rules.bounced_id(address).is_none());
    event.message_ids = distinct(mail.parts.iter().filter_map(returned_id).filter(|id| id.len() <= 998));
    event.addresses.truncate(CLUES_MAX);
    event.at = event.at.or_else(|| written_at(mail));
    event
}

/// Keeps the first of equal ones, and not endlessly many.
fn distinct(ids: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    ids.filter(|id| seen.insert(id.clone())).take(CLUES_MAX).collect()
}

fn delivered_to(mail: &Message<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for wanted in DELIVERED_TO {
        let values = mail.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.extend(values.flat_map(|(_, value)| addresses(value)).take(CLUES_MAX).map(str::to_owned));
    }
    found
}

/// Returns the Message-ID of a mail that is attached, whole or by its headers only.
fn returned_id(part: &MessagePart<'_>) -> Option<String> {
    let id = |mail: &Message<'_>| mail.message_id().map(|id| id.trim_matches(['<', '>', ' ']).to_owned());
    if let Some(mail) = part.message() {
        return id(mail);
    }
    let headers_only = ["rfc822-headers", "global-headers", "rfc822"];
    let kinds = ["text", "message"];
    if kinds.iter().any(|kind| headers_only.iter().any(|subtype| part.is_content_type(kind, subtype))) {
        return MessageParser::default().parse_headers(part.contents()).as_ref().and_then(id);
    }
    None
}

fn text_of<'p>(part: &'p MessagePart<'_>) -> std::borrow::Cow<'p, str> {
    part.message().map_or_else(|| String::from_utf8_lossy(part.contents()), |mail| String::from_utf8_lossy(mail.raw_message()))
}

fn written_at(mail: &Message<'_>) -> Option<Timestamp> {
    let (_, date) = mail.headers_raw().find(|(name, _)| name.eq_ignore_ascii_case("Date"))?;
    instant(date)
}

fn instant(text: &str) -> Option<Timestamp> {
    chrono::DateTime::parse_from_rfc2822(text.trim()).ok().map(|at| Timestamp(at.timestamp_micros()))
}

fn event(kind: EventKind, words: String) -> Event {
    Event {
        kind,
        id_starts: Vec::new(),
        message_ids: Vec::new(),
        addresses: Vec::new(),
        token: None,
        at: None,
        words,
        origin: Origin::Mail,
    }
}

/// Reads what a status notification says of one recipient (RFC 3464 section 2.3); the group about the whole mail has no action.
fn reported(group: &Group) -> Option<Event> {
    let action = first_word(group.get("action")?);
    let diagnostic = group.typed("diagnostic-code").unwrap_or_default();
    let status = group.get("status").and_then(|status| Status::parse(first_word_as_written(status)));
    let kind = match action.as_str() {
        "failed" => {
            let told = status.filter(|status| !status.is_vague()).or_else(|| Status::find(diagnostic)).or(status);
            EventKind::Bounced(class_of(told))
        }
        "delayed" => EventKind::Delayed,
        "delivered" | "relayed" | "expanded" => EventKind::Delivered,
        _ => return None,
    };
    let words = if diagnostic.is_empty() { group.get("status").unwrap_or_default() } else { diagnostic };
    let mut event = event(kind, words.to_owned());
    let named = ["original-recipient", "final-recipient"].into_iter().filter_map(|name| group.typed(name));
    event.addresses = named.flat_map(addresses).map(str::to_owned).collect();
    event.addresses.dedup();
    Some(event)
}

fn first_word(text: &str) -> String {
    first_word_as_written(text).to_ascii_lowercase()
}

fn first_word_as_written(text: &str) -> &str {
    text.split([' ', '\t', '(', ';']).next().unwrap_or_default()
}

/// Reads a complaint; that a mail is no spam, or failed authentication, is none.
fn complained(text: &str) -> Option<Event> {
    let groups = groups(text);
    let get = |name: &str| groups.iter().find_map(|group: &Group| group.get(name));
    let kind = match first_word(get("feedback-type")?).as_str() {
        "not-spam" | "auth-failure" | "dmarc" => return None,
        "opt-out" | "opt-out-list" => EventKind::Unsubscribed,
        _ => EventKind::Complained,
    };
    let mut event = event(kind, format!("feedback-type: {}", get("feedback-type").unwrap_or_default()));
    let named = ["original-rcpt-to", "original-mail-from"].into_iter().filter_map(get);
    event.addresses = named.flat_map(addresses).map(str::to_owned).collect();
    event.at = get("arrival-date").or_else(|| get("received-date")).and_then(instant);
    Some(event)
}

/// Reads a bounce of a server that writes no status notification: a robot's words, sent to a return path of ours.
fn old_bounce(mail: &Message<'_>, rules: &MailRules<'_>) -> Option<Event> {
    let from = mail.from().and_then(|from| from.first()).and_then(|from| from.address())?.to_ascii_lowercase();
    let is_robot = ["mailer-daemon@", "postmaster@"].iter().any(|name| from.starts_with(name));
    if !is_robot || !delivered_to(mail).iter().any(|address| rules.bounced_id(address).is_some()) {
        return None;
    }
    let text = mail.body_text(0)?;
    let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    let status = Status::find(text)?;
    let line = text.lines().find(|line| Status::find(line).is_some()).unwrap_or_default();
    let kind = if status.0 == 5 { EventKind::Bounced(class_of(Some(status))) } else { EventKind::Delayed };
    Some(event(kind, line.trim().to_owned()))
}

/// Takes a mail for the wish of its sender to unsubscribe; an automatic answer is no wish (RFC 3834).
fn unsubscription(mail: &Message<'_>, rules: &MailRules<'_>) -> Option<Event> {
    let automatic = |name: &str, value: &str| name.eq_ignore_ascii_case("Auto-Submitted") && !value.trim().eq_ignore_ascii_case("no");
    if !rules.unsubscribes || mail.headers_raw().any(|(name, value)| automatic(name, value)) {
        return None;
    }
    let from = mail.from().and_then(|from| from.first()).and_then(|from| from.address())?;
    let mut event = event(EventKind::Unsubscribed, "asked for by mail".to_owned());
    event.addresses = vec![from.to_owned()];
    Some(event)
}

/// The class of a bounce, for tests and callers that count.
impl Event {
    /// Returns the class, when it is a bounce.
    pub fn class(&self) -> Option<BounceClass> {
        match self.kind {
            EventKind::Bounced(class) => Some(class),
            _ => None,
        }
    }
}
