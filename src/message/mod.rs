//! MIME messages: headers safe against any data, Message-ID and bytes equal at every attempt.

/// A rendered mail, ready for the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Message-ID without angle brackets, made from the send key (RFC 5322 section 3.6.4).
    pub message_id: String,
    /// SMTP addresses (RFC 5321 section 2.3.1).
    pub envelope: Envelope,
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
