//! MIME messages: headers safe against any data, Message-ID and bytes equal at every attempt.
//!
//! Owns headers, addresses, the Message-ID and the tokens of links. Knows no network, no clock and no chance.

mod address;
mod header;
pub mod token;

use std::borrow::Cow;

use chrono_tz::Tz;
use mail_builder::headers::content_type::ContentType;
use mail_builder::mime::{BodyPart, MimePart};

use crate::plan::draft::Draft;
use crate::render::Rendered;
use token::{Key, Purpose, base32};

/// A rendered mail, ready for the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Message-ID without angle brackets, made from the send key (RFC 5322 section 3.6.4).
    pub message_id: String,
    /// SMTP addresses (RFC 5321 section 2.3.1).
    pub envelope: Envelope,
    /// The recipient's local part is not ASCII: only a server with SMTPUTF8 can take it (RFC 6531).
    pub needs_smtputf8: bool,
    /// The whole message, CRLF line ends, 7-bit.
    pub bytes: Vec<u8>,
}

/// The SMTP addresses of a message: exactly one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// MAIL FROM.
    pub from: String,
    /// RCPT TO.
    pub to: String,
}

/// What every message of a project carries.
#[derive(Debug, Clone)]
pub struct MessageSpec {
    /// Display name of From.
    pub sender_name: String,
    /// Address of From.
    pub sender_address: String,
    /// Address of Reply-To.
    pub reply_to: Option<String>,
    /// Envelope sender; `{token}` is replaced by an opaque token per message (VERP). The sender's address when absent.
    pub return_path: Option<String>,
    /// Domain of List-Id: `shop.example` gives `<newsletter.shop.example>` (RFC 2919).
    pub list_domain: String,
    /// The https page that unsubscribes in one click, with `{token}` (RFC 8058).
    pub unsubscribe_url: String,
    /// Project's name in Feedback-ID: letters, digits and `-`.
    pub feedback_id: String,
    /// Zone of the Date header.
    pub zone: Tz,
    /// Key of Message-IDs and tokens.
    pub key: Key,
}

/// Why one message could not be made; names no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// An address is not one that mail can be sent to.
    #[error("the {role} address is not valid")]
    BadAddress {
        /// Whose address: `recipient`, `sender`, `reply-to` or `return path`.
        role: &'static str,
    },
    /// A link of the headers is not https, or too long for a line.
    #[error("the unsubscribe link is not an https link of at most 900 characters")]
    BadLink,
}

/// Longest unsubscribe link: it stands on one header line.
const LINK_MAX: usize = 900;

/// Returns a URL template with `{token}` replaced by the recipient's token.
pub fn link(key: &Key, template: &str, purpose: Purpose, campaign: &str, recipient: &str) -> String {
    if template.contains("{token}") { template.replace("{token}", &key.seal(purpose, campaign, recipient)) } else { template.to_owned() }
}

/// Builds the message of one draft; equal inputs give equal bytes.
pub fn build(draft: &Draft, rendered: &Rendered, spec: &MessageSpec) -> Result<Message, MessageError> {
    let to = address::check(&draft.address, "recipient")?;
    let from = address::check(&spec.sender_address, "sender")?;
    let reply_to = spec.reply_to.as_deref().map(|reply_to| address::check(reply_to, "reply-to")).transpose()?;
    let campaign = draft.campaign.as_str();
    let recipient = draft.recipient.as_str();
    let unsubscribe = link(&spec.key, &spec.unsubscribe_url, Purpose::Unsubscribe, campaign, recipient);
    let link_is_good = unsubscribe.starts_with("https://")
        && unsubscribe.len() <= LINK_MAX
        && unsubscribe.bytes().all(|b| b.is_ascii_graphic() && !b"<>,".contains(&b));
    if !link_is_good {
        return Err(MessageError::BadLink);
    }
    let send_key = [campaign.as_bytes(), draft.edition.as_str().as_bytes(), recipient.as_bytes()];
    let [campaign_part, edition_part, recipient_part] = send_key;
    let id = base32(&spec.key.code(&[b"message-id", campaign_part, edition_part, recipient_part])[..20]);
    // A local part has room for 64 bytes, and a bounce must name the mail: its token is the code of the Message-ID.
    let return_path = match &spec.return_path {
        Some(template) => {
            let filled = template.replace("{token}", &format!("{}.{id}", spec.key.id()));
            address::check(&filled, "return path")?.address
        }
        None => from.address.clone(),
    };
    let boundary = base32(&spec.key.code(&[b"boundary", campaign_part, edition_part, recipient_part])[..20]);
    let sender_domain = from.address.rsplit('@').next().unwrap_or_default();
    let message_id = format!("{id}@{sender_domain}");

    let mut bytes = Vec::with_capacity(rendered.html.len() * 5 / 4 + rendered.text.len() + 2048);
    header::mailbox(&mut bytes, "From", Some(&spec.sender_name), &from.address);
    if to.needs_smtputf8 {
        // A local part that is not ASCII cannot be written in 7-bit headers (RFC 6532); the envelope alone carries it.
        header::structured(&mut bytes, "To", "undisclosed-recipients:;");
    } else {
        header::mailbox(&mut bytes, "To", draft.name.as_deref(), &to.address);
    }
    if let Some(reply_to) = reply_to {
        header::mailbox(&mut bytes, "Reply-To", None, &reply_to.address);
    }
    header::text(&mut bytes, "Subject", &rendered.subject);
    header::structured(&mut bytes, "Date", &draft.at.local(spec.zone).format("%a, %d %b %Y %H:%M:%S %z").to_string());
    header::structured(&mut bytes, "Message-ID", &format!("<{message_id}>"));
    header::structured(&mut bytes, "List-Id", &format!("<{}.{}>", atom(campaign), atom_domain(&spec.list_domain)));
    header::structured(&mut bytes, "List-Unsubscribe", &format!("<{unsubscribe}>"));
    header::structured(&mut bytes, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
    header::structured(&mut bytes, "Feedback-ID", &feedback_id(draft, spec));
    bytes.extend_from_slice(b"MIME-Version: 1.0\r\n");
    let part = |kind: &'static str, text| MimePart::new(kind, BodyPart::Text(without_controls(text)));
    let parts = vec![part("text/plain", &rendered.text), part("text/html", &rendered.html)];
    MimePart::new(ContentType::new("multipart/alternative").attribute("boundary", format!("=_{boundary}")), parts).write_part(&mut bytes);
    debug_assert!(bytes.is_ascii() && bytes.split(|&b| b == b'\n').all(|line| line.len() <= header::LINE_MAX + 1));
    Ok(Message { message_id, envelope: Envelope { from: return_path, to: to.address }, needs_smtputf8: to.needs_smtputf8, bytes })
}

/// Removes the control characters no body needs; a text without any, hence nearly all, is not copied.
fn without_controls(text: &str) -> Cow<'_, str> {
    let is_unwanted = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    // Folds of bytes without a branch: compilers turn them into vector instructions. In UTF-8 U+0080 to U+009F begin with the byte C2.
    let bytes = text.as_bytes();
    let ascii =
        bytes.iter().fold(0_u8, |any, &b| any | (u8::from(b < b' ') & u8::from(b != b'\n') & u8::from(b != b'\t')) | u8::from(b == 0x7f));
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    let wide = pairs.fold(0_u8, |any, (&a, &b)| any | (u8::from(a == 0xc2) & u8::from(b < 0xa0)));
    if ascii | wide != 0 { text.replace(is_unwanted, "").into() } else { text.into() }
}

/// Returns the Message-ID of the mail whose return path `address` is, as [`build`] makes both: one code, found again in the ledger.
///
/// `template` is the return path with `{token}`, `sender` the address of From. `None` for an address that is no return path of ours.
pub fn message_id_of(template: &str, sender: &str, address: &str) -> Option<String> {
    const CODE_CHARS: usize = 32;
    let (before, after) = template.split_once("{token}")?;
    // Some servers write addresses in lower case; a token is in lower case anyway.
    let (before, after, address) = (before.to_ascii_lowercase(), after.to_ascii_lowercase(), address.trim().to_ascii_lowercase());
    let token = address.strip_prefix(&before)?.strip_suffix(&after)?;
    let (_, code) = token.split_once('.')?;
    let is_code = code.len() == CODE_CHARS && code.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
    let sender = address::check(sender, "sender").ok().filter(|_| is_code)?;
    Some(format!("{code}@{}", sender.address.rsplit('@').next()?))
}

/// Writes `campaign:kind:project:sender`, four fields at most (Gmail's Feedback-ID).
fn feedback_id(draft: &Draft, spec: &MessageSpec) -> String {
    let kind = draft.context.pointer("/campaign/kind").and_then(serde_json::Value::as_str).unwrap_or("mail");
    format!(
        "{}:{}:relance-{}:{}",
        atom(draft.campaign.as_str()),
        atom(kind),
        atom(&spec.feedback_id),
        atom(&spec.list_domain.replace('.', "-"))
    )
}

/// Reduces a name to letters, digits and `-`, at most 40 of them, never empty.
fn atom(name: &str) -> String {
    let kept: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).take(40).collect();
    let kept = kept.trim_matches('-');
    if kept.is_empty() { "mail".to_owned() } else { kept.to_owned() }
}

fn atom_domain(domain: &str) -> String {
    domain.split('.').map(atom).collect::<Vec<_>>().join(".")
}
