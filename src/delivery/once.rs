//! One message to one server, with no ledger: what a person asked for and watches.

use super::smtp::{Attempt, Connector, SmtpOptions, Wire, begin, finish};
use crate::error::{Error, Kind, Result};
use crate::message::Message;

/// Hands a message over and returns what the server answered.
///
/// # Errors
///
/// `Unavailable` when the server cannot be reached, refuses the message, or leaves its fate unknown; the words are the server's.
pub async fn hand_over(options: SmtpOptions, message: &Message) -> Result<String> {
    let connector = Connector::new(options)?;
    let server = format!("{}:{}", connector.options().host, connector.options().port);
    let unavailable = |why: String| Error::new(Kind::Unavailable, format!("`{server}`: {why}"));
    let mut conversation = connector.connect().await.map_err(|broken| unavailable(broken.to_string()))?;
    let attempt = match begin(&mut conversation, message, &Wire::of(&message.bytes), || ()).await {
        Attempt::Accepted(_) => finish(&mut conversation).await,
        failed => failed,
    };
    conversation.quit().await;
    match attempt {
        Attempt::Accepted(words) => Ok(words),
        Attempt::Refused(phase, response) => Err(unavailable(format!("refused at {phase}: `{}`", super::reply::words(&response)))),
        Attempt::Unable(why) => Err(unavailable(why)),
        Attempt::Lost(broken) => Err(unavailable(format!("{broken}; the mail did not leave"))),
        Attempt::Doubt(broken) => Err(unavailable(format!("{broken}; the mail may have left"))),
    }
}
