//! Lines of JSON as providers' webhooks write them, and our own form; told apart by their fields.
//!
//! | provider | told by | bounce | waits | arrived | complaint | unsubscription |
//! |---|---|---|---|---|---|---|
//! | ours | `type` | `bounce` with `class` or `status` | `delayed` | `delivered` | `complaint` | `unsubscribe` |
//! | Amazon SES, also inside SNS | `notificationType`, `eventType` | `Bounce` | `DeliveryDelay` | `Delivery` | `Complaint` | `Subscription` |
//! | Mailgun | `event-data` | `failed`, permanent | `failed`, temporary | `delivered` | `complained` | `unsubscribed` |
//! | Postmark | `RecordType` | `Bounce` by `Type` | `Transient` | `Delivery` | `SpamComplaint` | `SubscriptionChange` |
//! | Brevo | `event` and `email` | `hard_bounce`, `soft_bounce`, ... | `deferred` | `delivered` | `spam` | `unsubscribed` |

use chrono_tz::Tz;
use serde_json::Value;

use super::class::{BounceClass, Status, class_of};
use super::{Event, EventKind, Origin};
use crate::clock::Timestamp;

/// Longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 1 << 20;
/// Events taken from one line: a notification can name many recipients.
const EVENTS_MAX: usize = 1_000;

/// Reads the events of one line; none when it tells of something else, such as an opening. `zone` is that of times without one.
pub fn read_line(line: &str, zone: Tz) -> Result<Vec<Event>, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("not JSON, from column {}", error.column()))?;
    if !value.is_object() {
        return Err("not a JSON object".to_owned());
    }
    let read = Reader { zone };
    // Amazon's SNS wraps a notification as text.
    if let Some(inner) = value.get("Message").and_then(Value::as_str).filter(|_| value.get("TopicArn").is_some()) {
        let inner: Value = serde_json::from_str(inner).map_err(|_| "`Message` is not JSON".to_owned())?;
        return read.ses(&inner);
    }
    let has = |name: &str| value.get(name).is_some();
    let mut events = if has("event-data") {
        read.mailgun(&value["event-data"])
    } else if has("RecordType") {
        read.postmark(&value)
    } else if has("notificationType") || has("eventType") {
        read.ses(&value)
    } else if has("event") && has("email") {
        read.brevo(&value)
    } else if has("type") {
        read.ours(&value)
    } else {
        Err("not an event of a known provider".to_owned())
    }?;
    events.truncate(EVENTS_MAX);
    Ok(events)
}

struct Reader {
    zone: Tz,
}

/// Returns the text at a path of keys.
fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

fn bare(id: &str) -> String {
    id.trim_matches(['<', '>', ' ']).to_owned()
}

impl Reader {
    fn at(&self, value: &Value, path: &str) -> Option<Timestamp> {
        match value.pointer(path)? {
            Value::String(text) => Timestamp::parse(text, self.zone),
            // Seconds, with fractions or not; more than that many are milliseconds.
            Value::Number(seconds) => {
                let seconds = seconds.as_f64().filter(|seconds| (0.0..4e12).contains(seconds))?;
                let seconds = if seconds > 4e10 { seconds / 1000.0 } else { seconds };
                #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
                Some(Timestamp((seconds * 1e6) as i64))
            }
            _ => None,
        }
    }

    fn ours(&self, value: &Value) -> Result<Vec<Event>, String> {
        let kind = match text(value, "/type") {
            Some("bounce") => EventKind::Bounced(match text(value, "/class") {
                Some(word) => BounceClass::parse(word).ok_or_else(|| format!("`{word}` is not hard, soft, policy or other"))?,
                None => class_of(text(value, "/status").and_then(Status::parse)),
            }),
            Some("delayed") => EventKind::Delayed,
            Some("delivered") => EventKind::Delivered,
            Some("complaint") => EventKind::Complained,
            Some("unsubscribe") => EventKind::Unsubscribed,
            _ => return Err("`type` is not bounce, delayed, delivered, complaint or unsubscribe".to_owned()),
        };
        let event = Event {
            kind,
            id_starts: Vec::new(),
            message_ids: text(value, "/message_id").map(bare).into_iter().collect(),
            addresses: text(value, "/email").map(str::to_owned).into_iter().collect(),
            token: text(value, "/token").map(str::to_owned),
            at: self.at(value, "/at"),
            words: text(value, "/text").unwrap_or_default().to_owned(),
            origin: Origin::Log("log"),
        };
        named(vec![event])
    }

    fn ses(&self, value: &Value) -> Result<Vec<Event>, String> {
        let what = text(value, "/notificationType").or_else(|| text(value, "/eventType")).unwrap_or_default();
        let (list, at) = match what {
            "Bounce" => ("/bounce/bouncedRecipients", "/bounce/timestamp"),
            "Complaint" => ("/complaint/complainedRecipients", "/complaint/timestamp"),
            "DeliveryDelay" => ("/deliveryDelay/delayedRecipients", "/deliveryDelay/timestamp"),
            "Delivery" => ("/delivery/recipients", "/delivery/timestamp"),
            "Subscription" => ("/mail/destination", "/subscription/timestamp"),
            "Send" | "Open" | "Click" | "Reject" | "Rendering Failure" => return Ok(Vec::new()),
            _ => return Err("not a notification of SES".to_owned()),
        };
        if what == "Subscription" && value.pointer("/subscription/newTopicPreferences/unsubscribeAll") != Some(&Value::Bool(true)) {
            return Ok(Vec::new());
        }
        let headers = value.pointer("/mail/headers").and_then(Value::as_array).into_iter().flatten();
        let written = headers.filter(|header| text(header, "/name").is_some_and(|name| name.eq_ignore_ascii_case("Message-ID")));
        let ids = written.filter_map(|header| text(header, "/value")).chain(text(value, "/mail/commonHeaders/messageId"));
        let ids: Vec<String> = ids.map(bare).take(2).collect();
        let recipients = value.pointer(list).and_then(Value::as_array).ok_or("it names no recipient")?;
        let bounce = (text(value, "/bounce/bounceType").unwrap_or_default(), text(value, "/bounce/bounceSubType").unwrap_or_default());
        let events = recipients.iter().map(|recipient| {
            let diagnostic = text(recipient, "/diagnosticCode").unwrap_or_default();
            let status = text(recipient, "/status").and_then(Status::parse).filter(|status| !status.is_vague());
            let kind = match what {
                "Bounce" => EventKind::Bounced(ses_class(bounce, status.or_else(|| Status::find(diagnostic)))),
                "Complaint" => EventKind::Complained,
                "DeliveryDelay" => EventKind::Delayed,
                "Delivery" => EventKind::Delivered,
                _ => EventKind::Unsubscribed,
            };
            let words = if diagnostic.is_empty() { format!("{} {}", bounce.0, bounce.1).trim().to_owned() } else { diagnostic.to_owned() };
            Event {
                kind,
                id_starts: Vec::new(),
                message_ids: ids.clone(),
                addresses: recipient.as_str().or_else(|| text(recipient, "/emailAddress")).map(str::to_owned).into_iter().collect(),
                token: None,
                at: self.at(value, at),
                words,
                origin: Origin::Log("ses"),
            }
        });
        named(events.collect())
    }

    fn mailgun(&self, data: &Value) -> Result<Vec<Event>, String> {
        let code = data.pointer("/delivery-status/code").and_then(Value::as_u64).unwrap_or(0);
        let message = text(data, "/delivery-status/message").or_else(|| text(data, "/delivery-status/description")).unwrap_or_default();
        let status = text(data, "/delivery-status/enhanced-code").and_then(Status::parse).or_else(|| Status::find(message));
        let kind = match (text(data, "/event"), text(data, "/severity")) {
            // Mailgun goes on trying; when it gives up it says so by a permanent one.
            (Some("failed"), Some("temporary")) => EventKind::Delayed,
            (Some("failed"), _) => EventKind::Bounced(match (status, text(data, "/reason"), code) {
                (None, Some("suppress-bounce"), _) | (None, Some("bounce"), 550) => BounceClass::Hard,
                (None, Some("suppress-complaint" | "suppress-unsubscribe"), _) => BounceClass::Policy,
                (None, Some("old"), _) => BounceClass::Soft,
                (status, _, _) => class_of(status),
            }),
            (Some("delivered"), _) => EventKind::Delivered,
            (Some("complained"), _) => EventKind::Complained,
            (Some("unsubscribed"), _) => EventKind::Unsubscribed,
            (Some(_), _) => return Ok(Vec::new()),
            (None, _) => return Err("`event-data` has no `event`".to_owned()),
        };
        let words = if code > 0 { format!("{code} {message}") } else { message.to_owned() };
        named(vec![Event {
            kind,
            id_starts: Vec::new(),
            message_ids: text(data, "/message/headers/message-id").map(bare).into_iter().collect(),
            addresses: text(data, "/recipient").map(str::to_owned).into_iter().collect(),
            token: None,
            at: self.at(data, "/timestamp"),
            words,
            origin: Origin::Log("mailgun"),
        }])
    }

    fn postmark(&self, value: &Value) -> Result<Vec<Event>, String> {
        let details = text(value, "/Details").or_else(|| text(value, "/Description")).unwrap_or_default();
        let (kind, address, at) = match (text(value, "/RecordType"), text(value, "/Type")) {
            (Some("Bounce"), Some(word)) => match postmark_kind(word, details) {
                Some(kind) => (kind, "/Email", "/BouncedAt"),
                None => return Ok(Vec::new()),
            },
            (Some("SpamComplaint"), _) => (EventKind::Complained, "/Email", "/BouncedAt"),
            (Some("Delivery"), _) => (EventKind::Delivered, "/Recipient", "/DeliveredAt"),
            (Some("SubscriptionChange"), _) if value.get("SuppressSending") == Some(&Value::Bool(true)) => {
                let kind = match text(value, "/SuppressionReason") {
                    Some("HardBounce") => EventKind::Bounced(BounceClass::Hard),
                    Some("SpamComplaint") => EventKind::Complained,
                    _ => EventKind::Unsubscribed,
                };
                (kind, "/Recipient", "/ChangedAt")
            }
            (Some(_), _) => return Ok(Vec::new()),
            (None, _) => return Err("`RecordType` is not a text".to_owned()),
        };
        // Postmark's own MessageID is not that of the mail, which can travel as metadata.
        let ids = text(value, "/Metadata/message_id").map(bare);
        named(vec![Event {
            kind,
            id_starts: Vec::new(),
            message_ids: ids.into_iter().collect(),
            addresses: text(value, address).map(str::to_owned).into_iter().collect(),
            token: None,
            at: self.at(value, at),
            words: details.to_owned(),
            origin: Origin::Log("postmark"),
        }])
    }

    fn brevo(&self, value: &Value) -> Result<Vec<Event>, String> {
        let reason = text(value, "/reason").unwrap_or_default();
        let told = Status::find(reason).map(|status| class_of(Some(status)));
        let kind = match text(value, "/event") {
            Some("hard_bounce" | "hardBounce" | "invalid_email" | "invalid") => EventKind::Bounced(BounceClass::Hard),
            Some("soft_bounce" | "softBounce") => {
                EventKind::Bounced(told.filter(|class| *class == BounceClass::Policy).unwrap_or(BounceClass::Soft))
            }
            Some("blocked") => EventKind::Bounced(BounceClass::Policy),
            Some("error") => EventKind::Bounced(BounceClass::Other),
            Some("deferred") => EventKind::Delayed,
            Some("delivered") => EventKind::Delivered,
            Some("spam" | "complaint") => EventKind::Complained,
            Some("unsubscribed" | "unsubscribe") => EventKind::Unsubscribed,
            Some(_) => return Ok(Vec::new()),
            None => return Err("`event` is not a text".to_owned()),
        };
        let at = ["/ts_epoch", "/ts_event", "/ts", "/date"].into_iter().find_map(|path| self.at(value, path));
        named(vec![Event {
            kind,
            id_starts: Vec::new(),
            message_ids: text(value, "/message-id").map(bare).into_iter().collect(),
            addresses: text(value, "/email").map(str::to_owned).into_iter().collect(),
            token: None,
            at,
            words: reason.to_owned(),
            origin: Origin::Log("brevo"),
        }])
    }
}

/// Refuses an event about nobody.
fn named(events: Vec<Event>) -> Result<Vec<Event>, String> {
    let nobody = |event: &Event| event.addresses.is_empty() && event.message_ids.is_empty() && event.token.is_none();
    if events.iter().any(nobody) { Err("it names neither a recipient nor a mail".to_owned()) } else { Ok(events) }
}

/// SES gives up a permanent bounce at once and a transient one after its own retries.
fn ses_class((kind, subkind): (&str, &str), status: Option<Status>) -> BounceClass {
    match (kind, subkind, status) {
        (_, "MailboxFull" | "MessageTooLarge", _) => BounceClass::Soft,
        (_, "ContentRejected" | "AttachmentRejected", _) => BounceClass::Policy,
        (_, _, Some(status)) => class_of(Some(status)),
        ("Permanent", _, None) => BounceClass::Hard,
        ("Transient", _, None) => BounceClass::Soft,
        _ => BounceClass::Other,
    }
}

/// The types of a bounce that Postmark tells apart; `None` for those that are no bounce.
fn postmark_kind(word: &str, details: &str) -> Option<EventKind> {
    let told = Status::find(details).map(|status| class_of(Some(status)));
    Some(match word {
        "HardBounce" | "BadEmailAddress" | "ManuallyDeactivated" => EventKind::Bounced(BounceClass::Hard),
        "SoftBounce" | "DnsError" => EventKind::Bounced(told.filter(|class| *class == BounceClass::Policy).unwrap_or(BounceClass::Soft)),
        "Transient" => EventKind::Delayed,
        "Blocked" | "SpamNotification" | "DMARCPolicy" | "VirusNotification" => EventKind::Bounced(BounceClass::Policy),
        "SpamComplaint" => EventKind::Complained,
        "Unsubscribe" => EventKind::Unsubscribed,
        "Unknown" | "SMTPApiError" | "TemplateRenderingFailed" | "InboundError" => EventKind::Bounced(BounceClass::Other),
        _ => return None,
    })
}
