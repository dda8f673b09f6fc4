//! AUTH: `PLAIN` (RFC 4616), `LOGIN`, `XOAUTH2`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::fault::Step;
use super::log::Event;
use super::session::Session;

impl Session {
    pub(super) async fn auth(&mut self, line: &str) -> Option<()> {
        let Some(login) = self.conduct.login.clone() else { return self.wire.say("502 5.5.1 not implemented").await };
        let mut words = line.split_whitespace().skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        if !login.mechanisms.split_whitespace().any(|offered| offered == mechanism) {
            return self.wire.say("504 5.5.4 not this one").await;
        }
        let initial = words.next().map(str::to_owned);
        let given = match mechanism.as_str() {
            "LOGIN" => {
                let user = self.challenge("VXNlcm5hbWU6").await?;
                format!("{user}\0{}", self.challenge("UGFzc3dvcmQ6").await?)
            }
            _ => match initial {
                Some(initial) => decoded(&initial),
                None => self.challenge("").await?,
            },
        };
        self.shared.note(self.connection, self.encrypted, Event::Credentials);
        let (user, secret) = (login.user, login.secret);
        let is_right = match mechanism.as_str() {
            "LOGIN" => given == format!("{user}\0{secret}"),
            "PLAIN" => given == format!("\0{user}\0{secret}"),
            _ => given == format!("user={user}\x01auth=Bearer {secret}\x01\x01"),
        };
        if !is_right && mechanism == "XOAUTH2" {
            // The reason comes as a challenge, which the client answers with an empty line.
            let reason = BASE64.encode("{\"status\":\"401\",\"schemes\":\"bearer\"}");
            self.wire.say(&format!("334 {reason}")).await?;
            self.command().await?;
        }
        let ordinary = if is_right { "235 2.7.0 welcome" } else { "535 5.7.8 bad credentials" };
        self.logged_in = self.answer(Step::Auth, "", ordinary).await? == 235;
        Some(())
    }

    async fn challenge(&mut self, encoded: &str) -> Option<String> {
        self.wire.say(&format!("334 {encoded}")).await?;
        Some(decoded(&self.command().await?))
    }
}

fn decoded(text: &str) -> String {
    BASE64.decode(text).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
