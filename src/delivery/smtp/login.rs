//! AUTH: `PLAIN` (RFC 4616), `LOGIN`, `XOAUTH2`; what was sent is taken out of whatever the server answers.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lettre::transport::smtp::authentication::{Credentials as Pair, Mechanism};
use lettre::transport::smtp::commands::Auth;
use secrecy::{ExposeSecret as _, SecretString};

use super::conversation::{Broken, Conversation};
use super::options::Phase;
use crate::delivery::reply::words;
use crate::project::config::AuthMechanism;

/// Challenges answered in one AUTH.
const CHALLENGES_MAX: usize = 4;

/// Who logs in, and with what.
#[derive(Clone)]
pub struct Credentials {
    /// User name.
    pub user: String,
    /// Password, or token of `XOAUTH2`.
    pub secret: SecretString,
    /// The only way to use; `PLAIN`, else `LOGIN`, when absent.
    pub mechanism: Option<AuthMechanism>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).field("mechanism", &self.mechanism).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Returns the way to log in that both sides know.
    fn choose(&self, offered: &[Mechanism]) -> Option<Mechanism> {
        let wanted: &[Mechanism] = match self.mechanism {
            None => &[Mechanism::Plain, Mechanism::Login],
            Some(AuthMechanism::Plain) => &[Mechanism::Plain],
            Some(AuthMechanism::Login) => &[Mechanism::Login],
            Some(AuthMechanism::Xoauth2) => &[Mechanism::Xoauth2],
        };
        wanted.iter().copied().find(|mechanism| offered.contains(mechanism))
    }

    /// Returns a server's words without what was sent to it.
    fn without_secret(&self, words: &str) -> String {
        let (user, secret) = (&self.user, self.secret.expose_secret());
        // The longest first: the others may be parts of it.
        let sent = [
            BASE64.encode(format!("user={user}\x01auth=Bearer {secret}\x01\x01")),
            BASE64.encode(format!("\0{user}\0{secret}")),
            BASE64.encode(secret),
            secret.to_owned(),
        ];
        sent.iter().filter(|sent| !sent.is_empty()).fold(words.to_owned(), |words, sent| words.replace(sent.as_str(), "***"))
    }
}

/// Logs in.
pub(super) async fn log_in(conversation: &mut Conversation, credentials: &Credentials) -> Result<(), Broken> {
    let broken = |why: String| Broken { phase: Phase::Auth, why };
    let mechanism = credentials.choose(&conversation.offers.mechanisms).ok_or_else(|| {
        let wanted = credentials.mechanism.map_or("neither PLAIN nor LOGIN".to_owned(), |wanted| format!("no {wanted}"));
        broken(format!("the server offers {wanted}"))
    })?;
    let pair = Pair::new(credentials.user.clone(), credentials.secret.expose_secret().to_owned());
    let first = Auth::new(mechanism, pair.clone(), None).map_err(|_| broken("the first step cannot be made".to_owned()))?;
    let mut response = conversation.command(Phase::Auth, first).await?;
    for _ in 0..CHALLENGES_MAX {
        if !response.has_code(334) {
            break;
        }
        response = if mechanism == Mechanism::Xoauth2 {
            // The challenge holds the error; an empty answer asks for the refusal itself.
            conversation.command(Phase::Auth, "\r\n").await?
        } else {
            let answer = Auth::new_from_response(mechanism, pair.clone(), &response)
                .map_err(|_| broken("the server's challenge cannot be read".to_owned()))?;
            conversation.command(Phase::Auth, answer).await?
        };
    }
    if response.has_code(235) {
        return Ok(());
    }
    Err(broken(format!("the server answered `{}`", credentials.without_secret(&words(&response)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_of_what_a_server_says() {
        let credentials = Credentials { user: "u".to_owned(), secret: SecretString::from("hunter2"), mechanism: None };
        let plain = BASE64.encode("\0u\0hunter2");
        assert_eq!(credentials.without_secret(&format!("535 u hunter2 {plain} aHVudGVyMg==")), "535 u *** *** ***");
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }

    #[test]
    fn only_the_wanted_way_is_used() {
        let mut credentials = Credentials { user: "u".to_owned(), secret: SecretString::from("s"), mechanism: None };
        assert_eq!(credentials.choose(&[Mechanism::Login, Mechanism::Plain]), Some(Mechanism::Plain));
        assert_eq!(credentials.choose(&[Mechanism::Xoauth2]), None);
        credentials.mechanism = Some(AuthMechanism::Xoauth2);
        assert_eq!(credentials.choose(&[Mechanism::Login, Mechanism::Xoauth2]), Some(Mechanism::Xoauth2));
        assert_eq!(credentials.choose(&[Mechanism::Login]), None);
    }
}
