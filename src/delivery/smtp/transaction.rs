//! One mail on an open connection, in two halves: up to the message's last byte, and the final dot.
//!
//! Between the halves the ledger makes `sending` durable. Before the dot every failure is safe to retry;
//! after it, only an answer tells what happened.

use lettre::Address;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use super::conversation::{Broken, Conversation, refused};
use super::offers::{Offers, Size};
use super::options::Phase;
use super::wire::Wire;
use crate::delivery::reply::words;
use crate::message::Message;

/// How a half of an attempt went.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Go on: the next half may begin, or the mail was accepted with this reply.
    Accepted(String),
    /// The server refused this mail at this phase.
    Refused(Phase, Response),
    /// The mail cannot be written on this connection at all.
    Unable(String),
    /// The connection is lost; the mail was surely not accepted.
    Lost(Broken),
    /// The connection is lost and the mail may have been accepted.
    Doubt(Broken),
}

/// Sends MAIL, RCPT, DATA and the message without its final dot. `recipient_accepted` is called when RCPT is through.
pub(crate) async fn begin(conversation: &mut Conversation, message: &Message, wire: &Wire, recipient_accepted: impl FnOnce()) -> Attempt {
    conversation.n_mails += 1;
    let (mail, rcpt) = match envelope(&conversation.offers, message, wire) {
        Ok(commands) => commands,
        Err(why) => return Attempt::Unable(why),
    };
    let asked = if conversation.offers.pipelining {
        ask_together(conversation, &mail, &rcpt, recipient_accepted).await
    } else {
        ask_in_turn(conversation, &mail, &rcpt, recipient_accepted).await
    };
    match asked {
        Ok(None) => {}
        Ok(Some((phase, response))) => return Attempt::Refused(phase, response),
        Err(broken) => return Attempt::Lost(broken),
    }
    match conversation.write(Phase::Body, &wire.stuffed(&message.bytes)).await {
        Ok(()) => Attempt::Accepted(String::new()),
        Err(broken) => Attempt::Lost(broken),
    }
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
        Ok(response) => {
            conversation.is_usable &= !response.has_code(421);
            Attempt::Refused(Phase::Dot, response)
        }
        Err(broken) => Attempt::Doubt(broken),
    }
}

/// Writes MAIL and RCPT, with no parameter that was not offered.
fn envelope(offers: &Offers, message: &Message, wire: &Wire) -> Result<(Mail, Rcpt), String> {
    let (Ok(from), Ok(to)) = (sender(&message.envelope.from), message.envelope.to.parse::<Address>()) else {
        return Err("the envelope address is not one that SMTP can carry".to_owned());
    };
    let mut parameters = Vec::new();
    if !message.envelope.from.is_ascii() || !message.envelope.to.is_ascii() {
        if !offers.utf8 {
            return Err("the server cannot carry an address outside ASCII".to_owned());
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !wire.is_seven_bit {
        if !offers.eight_bit {
            return Err("the server cannot carry a message of 8-bit characters".to_owned());
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let n_bytes = message.bytes.len();
    match offers.size {
        Size::AtMost(most) if n_bytes > most => {
            return Err(format!("the server takes messages of at most {most} bytes, and this one has {n_bytes}"));
        }
        Size::AtMost(_) | Size::Any => parameters.push(MailParameter::Size(n_bytes)),
        Size::Unsaid => {}
    }
    Ok((Mail::new(from, parameters), Rcpt::new(to, Vec::new())))
}

type Refusal = Option<(Phase, Response)>;

/// One command at a time.
async fn ask_in_turn(
    conversation: &mut Conversation,
    mail: &Mail,
    rcpt: &Rcpt,
    recipient_accepted: impl FnOnce(),
) -> Result<Refusal, Broken> {
    let response = conversation.command(Phase::Mail, mail).await?;
    if !response.is_positive() {
        return give_up(conversation, Phase::Mail, response).await;
    }
    let response = conversation.command(Phase::Rcpt, rcpt).await?;
    if !response.is_positive() {
        return give_up(conversation, Phase::Rcpt, response).await;
    }
    recipient_accepted();
    conversation.write(Phase::Data, Data.to_string().as_bytes()).await?;
    let response = conversation.reply(Phase::Data, conversation.timeouts.data).await?;
    if response.has_code(354) { Ok(None) } else { give_up(conversation, Phase::Data, response).await }
}

/// MAIL, RCPT and DATA in one write, and their replies in order (RFC 2920 section 3.1).
async fn ask_together(
    conversation: &mut Conversation,
    mail: &Mail,
    rcpt: &Rcpt,
    recipient_accepted: impl FnOnce(),
) -> Result<Refusal, Broken> {
    conversation.write(Phase::Mail, format!("{mail}{rcpt}{Data}").as_bytes()).await?;
    let patience = conversation.timeouts.command;
    let mut refusal = None;
    for phase in [Phase::Mail, Phase::Rcpt] {
        let response = conversation.reply(phase, patience).await?;
        if is_farewell(&response) {
            return Err(refused(phase, &response));
        }
        if !response.is_positive() && refusal.is_none() {
            refusal = Some((phase, response));
        }
    }
    if refusal.is_none() {
        recipient_accepted();
    }
    let response = conversation.reply(Phase::Data, conversation.timeouts.data).await;
    match (refusal, response) {
        (None, Ok(response)) if response.has_code(354) => Ok(None),
        (None, Ok(response)) => give_up(conversation, Phase::Data, response).await,
        (None, Err(broken)) => Err(broken),
        // The server wants a message that has no recipient: an empty one ends it, whatever it answers then.
        (Some((phase, refusal)), Ok(response)) if response.has_code(354) => {
            let ended = conversation.write(Phase::Data, b".\r\n").await;
            let answered = conversation.reply(Phase::Data, patience).await;
            conversation.is_usable &= ended.is_ok() && answered.is_ok_and(|response| !is_farewell(&response));
            give_up(conversation, phase, refusal).await
        }
        (Some((phase, refusal)), Ok(response)) => {
            conversation.is_usable &= !is_farewell(&response);
            give_up(conversation, phase, refusal).await
        }
        // What was answered stays true, although the connection is lost.
        (Some(refusal), Err(_)) => {
            conversation.is_usable = false;
            Ok(Some(refusal))
        }
    }
}

/// After a refusal, makes the connection ready for the next mail.
async fn give_up(conversation: &mut Conversation, phase: Phase, response: Response) -> Result<Refusal, Broken> {
    if is_farewell(&response) {
        return Err(refused(phase, &response));
    }
    if conversation.is_usable {
        let reset = conversation.command(Phase::Rset, Rset).await;
        conversation.is_usable = reset.is_ok_and(|reset| reset.is_positive());
    }
    Ok(Some((phase, response)))
}

/// 421 says that the server is leaving, and nothing of the mail (RFC 5321 section 3.8).
fn is_farewell(response: &Response) -> bool {
    response.has_code(421)
}

fn sender(from: &str) -> Result<Option<Address>, ()> {
    if from.is_empty() { Ok(None) } else { from.parse().map(Some).map_err(|_| ()) }
}
