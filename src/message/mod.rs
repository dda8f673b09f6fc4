//! MIME messages: headers safe against any data, Message-ID and bytes equal at every attempt.
//!
//! Owns headers, addresses, the Message-ID and the tokens of links. Knows no network, no clock and no chance.

mod address;
mod body;
pub mod clicks;
pub mod dkim;
mod header;
mod quoted;
pub mod token;

use chrono_tz::Tz;

use crate::plan::draft::Draft;
use crate::render::{Rendered, Values};
use token::{Key, Keyring, Purpose, base32};

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

impl Message {
    /// Returns the headers, their last line end among them.
    pub fn head(&self) -> &[u8] {
        let end = self.bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(self.bytes.len(), |at| at + 2);
        &self.bytes[..end]
    }
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
pub fn build(draft: &Draft<Values>, rendered: &Rendered, spec: &MessageSpec) -> Result<Message, MessageError> {
    let to = address::check(&draft.address, "recipient")?;
    let from = address::check(&spec.sender_address, "sender")?;
    let reply_to = spec.reply_to.as_deref().map(|reply_to| address::check(reply_to, "reply-to")).transpose()?;
    let campaign = draft.campaign.as_str();
    let recipient = draft.recipient.as_str();
    let return_path = match &spec.return_path {
        Some(template) => {
            let token = spec.key.seal_bounce(campaign, draft.edition.as_str(), recipient);
            address::check(&template.replace("{token}", &token), "return path")?.address
        }
        None => from.address.clone(),
    };
    let unsubscribe = link(&spec.key, &spec.unsubscribe_url, Purpose::Unsubscribe, campaign, recipient);
    let link_is_good = unsubscribe.starts_with("https://")
        && unsubscribe.len() <= LINK_MAX
        && unsubscribe.bytes().all(|b| b.is_ascii_graphic() && !b"<>,".contains(&b));
    if !link_is_good {
        return Err(MessageError::BadLink);
    }
    let id = spec.key.message_id(campaign, draft.edition.as_str(), recipient);
    let boundary =
        base32(&spec.key.code(&[b"boundary", campaign.as_bytes(), draft.edition.as_str().as_bytes(), recipient.as_bytes()])[..20]);
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
    body::alternative(&mut bytes, &format!("=_{boundary}"), &rendered.text, &rendered.html);
    debug_assert!(bytes.is_ascii() && bytes.split(|&b| b == b'\n').all(|line| line.len() <= header::LINE_MAX + 1));
    Ok(Message { message_id, envelope: Envelope { from: return_path, to: to.address }, needs_smtputf8: to.needs_smtputf8, bytes })
}

/// Returns the first letters of the Message-ID of the mail whose return path `address` is, as [`build`] made it with one of the keys.
///
/// `template` is the return path with `{token}`. `None` for an address that is no return path of ours, or a forged one.
pub fn bounced_id(template: &str, keys: &Keyring, address: &str) -> Option<String> {
    let (before, after) = template.split_once("{token}")?;
    // Some servers write addresses in lower case; a token is in lower case anyway.
    let (before, after, address) = (before.to_ascii_lowercase(), after.to_ascii_lowercase(), address.trim().to_ascii_lowercase());
    keys.open_bounce(address.strip_prefix(&before)?.strip_suffix(&after)?)
}

/// Writes `campaign:kind:project:sender`, four fields at most (Gmail's Feedback-ID).
fn feedback_id(draft: &Draft<Values>, spec: &MessageSpec) -> String {
    let kind = draft.context.text("campaign", "kind").unwrap_or("mail");
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
