//! One mail on an open connection, in two halves: up to the message's last byte, and the final dot.
//!
//! Between the halves the ledger makes `sending` durable. Before the dot every failure is safe to retry;
//! after it, only an answer tells what happened.

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use super::conversation::{Broken, Conversation};
use super::options::Phase;
use crate::delivery::reply::words;
use crate::message::Message;

/// How a half of an attempt went.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Go on: the next half may begin, or the mail was accepted with this reply.
    Accepted(String),
    /// The server refused this mail; the connection can go on.
    Refused(Response),
    /// The mail cannot be written on this connection at all.
    Unable(String),
    /// The connection is lost; the mail was surely not accepted.
    Lost(Broken),
    /// The connection is lost and the mail may have been accepted.
    Doubt(Broken),
}

/// Sends MAIL, RCPT, DATA and the message without its final dot. `recipient_accepted` is called when RCPT is through.
pub(crate) async fn begin(conversation: &mut Conversation, message: &Message, recipient_accepted: impl FnOnce()) -> Attempt {
    conversation.n_mails += 1;
    match transfer(conversation, message, recipient_accepted).await {
        Ok(attempt) => attempt,
        Err(broken) => Attempt::Lost(broken),
    }
}

async fn transfer(conversation: &mut Conversation, message: &Message, recipient_accepted: impl FnOnce()) -> Result<Attempt, Broken> {
    let (Ok(from), Ok(to)) = (sender(&message.envelope.from), message.envelope.to.parse::<Address>()) else {
        return Ok(Attempt::Unable("the envelope address is not one that SMTP can carry".to_owned()));
    };
    let mut parameters = Vec::new();
    if !message.envelope.from.is_ascii() || !message.envelope.to.is_ascii() {
        if !conversation.server.supports_feature(Extension::SmtpUtfEight) {
            return Ok(Attempt::Unable("the server cannot carry an address outside ASCII".to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !message.bytes.is_ascii() {
        if !conversation.server.supports_feature(Extension::EightBitMime) {
            return Ok(Attempt::Unable("the server cannot carry a message of 8-bit characters".to_owned()));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let response = conversation.command(Phase::Mail, Mail::new(from, parameters)).await?;
    if !response.is_positive() {
        return give_up(conversation, response, Phase::Mail).await;
    }
    let response = conversation.command(Phase::Rcpt, Rcpt::new(to, Vec::new())).await?;
    if !response.is_positive() {
        return give_up(conversation, response, Phase::Rcpt).await;
    }
    recipient_accepted();
    let response = conversation.command(Phase::Data, Data).await?;
    if !response.has_code(354) {
        return give_up(conversation, response, Phase::Data).await;
    }
    conversation.write(Phase::Body, &stuffed(&message.bytes)).await?;
    Ok(Attempt::Accepted(String::new()))
}

/// Sends the final dot and reads the verdict.
pub(crate) async fn finish(conversation: &mut Conversation) -> Attempt {
    if conversation.is_interrupted().await {
        return Attempt::Lost(Broken { phase: Phase::Body, why: "the server ended the connection".to_owned() });
    }
    if let Err(broken) = conversation.write(Phase::Dot, b".\r\n").await {
        return Attempt::Doubt(broken);
    }
    match conversation.reply(Phase::Dot, conversation.timeouts.dot).await {
        Ok(response) if response.is_positive() => Attempt::Accepted(words(&response)),
        Ok(response) => Attempt::Refused(response),
        Err(broken) => Attempt::Doubt(broken),
    }
}

/// After a refusal, makes the connection ready for the next mail; 421 means that the server is leaving (RFC 5321 section 3.8).
async fn give_up(conversation: &mut Conversation, response: Response, phase: Phase) -> Result<Attempt, Broken> {
    if response.has_code(421) {
        return Err(Broken { phase, why: format!("the server answered `{}`", words(&response)) });
    }
    let reset = conversation.command(Phase::Rset, Rset).await;
    if !reset.is_ok_and(|reset| reset.is_positive()) {
        conversation.n_mails = u32::MAX;
    }
    Ok(Attempt::Refused(response))
}

fn sender(from: &str) -> Result<Option<Address>, ()> {
    if from.is_empty() { Ok(None) } else { from.parse().map(Some).map_err(|_| ()) }
}

/// Doubles dots that begin a line (RFC 5321 section 4.5.2) and ends the last line.
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(bytes.len() + 256);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if line.first() == Some(&b'.') {
            wire.push(b'.');
        }
        wire.extend_from_slice(line);
    }
    if !wire.ends_with(b"\r\n") {
        wire.extend_from_slice(b"\r\n");
    }
    wire
}

#[cfg(test)]
mod tests {
    use super::stuffed;

    #[test]
    fn lines_that_begin_with_a_dot_are_stuffed() {
        for (message, wire) in
            [("a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n"), (".a\r\n..b", "..a\r\n...b\r\n"), ("a.b\r\n", "a.b\r\n"), ("", "\r\n")]
        {
            assert_eq!(stuffed(message.as_bytes()), wire.as_bytes());
        }
    }
}
