//! MAIL, RCPT, DATA, and the message.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::fault::{Act, Step};
use super::log::Event;
use super::session::Session;

/// Bytes of a line of a message with its end (RFC 5321 section 4.5.3.1.6).
const TEXT_BYTES_MAX: usize = 1_000;

/// What was said since MAIL.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    sender: Option<String>,
    recipient: Option<String>,
    pub(super) utf8: bool,
    eight_bit: bool,
}

impl Session {
    pub(super) async fn mail(&mut self, line: &str) -> Option<()> {
        let sender = path(line);
        self.transaction = Transaction::default();
        for parameter in line.rsplit('>').next().unwrap_or_default().split_whitespace() {
            let word = parameter.split('=').next().unwrap_or_default().to_ascii_uppercase();
            let extension = if word == "BODY" { "8BITMIME" } else { word.as_str() };
            if !self.extended || !self.conduct.offers_word(extension) {
                self.illegal("a parameter that was not offered");
            }
            self.transaction.utf8 |= word == "SMTPUTF8";
            self.transaction.eight_bit |= word == "BODY" && parameter.ends_with("8BITMIME");
            let size = parameter.to_ascii_uppercase().strip_prefix("SIZE=").and_then(|size| size.parse::<usize>().ok());
            if self.conduct.size.zip(size).is_some_and(|(most, size)| size > most) {
                return self.wire.say("552 5.3.4 too large").await;
            }
        }
        if self.conduct.login.is_some() && !self.logged_in {
            return self.wire.say("530 5.7.0 authentication required").await;
        }
        let refusal = self.shared.usage.lock().expect("usage").refuse_mail(&self.conduct, self.n_mails);
        match refusal {
            Some(refusal) if refusal.starts_with("421") => return self.leave(refusal).await,
            Some(refusal) => return self.wire.say(refusal).await,
            None => {}
        }
        if self.answer(Step::Mail, &sender, "250 2.1.0 ok").await? == 250 {
            self.transaction.sender = Some(sender);
        }
        Some(())
    }

    pub(super) async fn rcpt(&mut self, line: &str) -> Option<()> {
        let recipient = path(line);
        if self.transaction.sender.is_none() {
            return self.wire.say("503 5.5.1 MAIL first").await;
        }
        let refusal = self.shared.usage.lock().expect("usage").refuse_recipient(&self.conduct, &recipient);
        let told = refusal.map(Act::say);
        let code = match told {
            Some(told) => self.answer_as(Some(&told), Step::Rcpt, &recipient, "").await?,
            None => self.answer(Step::Rcpt, &recipient, "250 2.1.5 ok").await?,
        };
        if code == 250 {
            self.transaction.recipient = Some(recipient);
        }
        Some(())
    }

    pub(super) async fn data(&mut self) -> Option<()> {
        let recipient = self.transaction.recipient.clone();
        let key = recipient.clone().unwrap_or_default();
        let ordinary = if recipient.is_some() { "354 go on" } else { "554 5.5.1 no valid recipients" };
        if self.answer(Step::Data, &key, ordinary).await? != 354 {
            return Some(());
        }
        let Some(message) = self.message(&key).await? else { return Some(()) };
        let transaction = std::mem::take(&mut self.transaction);
        let Some(recipient) = recipient else {
            if !message.is_empty() {
                self.illegal("a message although its recipient was refused");
            }
            return self.answer(Step::Dot, "", "554 5.5.1 no valid recipients").await.map(|_| ());
        };
        if !message.is_ascii() {
            if !transaction.eight_bit {
                self.illegal("8-bit message");
            }
            if self.conduct.seven_bit {
                return self.wire.say("554 5.6.1 8-bit characters").await;
            }
        }
        let told = self.told(Step::Dot, &recipient).await;
        if let Some(act) = told.as_ref().filter(|act| !act.is_ordinary()) {
            return self.answer_as(Some(act), Step::Dot, &recipient, "").await.map(|_| ());
        }
        self.store(&recipient, transaction.sender.unwrap_or_default(), message);
        let told = self.told(Step::Stored, &recipient).await.or(told);
        self.answer_as(told.as_ref(), Step::Stored, &recipient, "250 2.0.0 queued").await?;
        self.is_idle = true;
        if let Some(act) = self.told(Step::Acked, &recipient).await {
            self.wire.perform(&act, "421 4.3.2 going down").await?;
        }
        Some(())
    }

    fn store(&mut self, recipient: &str, sender: String, message: Vec<u8>) {
        let head = &message[..message.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(message.len())];
        let message_id = String::from_utf8_lossy(head)
            .lines()
            .find_map(|line| line.strip_prefix("Message-ID:").map(|id| id.trim().trim_matches(['<', '>']).to_owned()))
            .unwrap_or_default();
        let mut digest = DefaultHasher::new();
        message.hash(&mut digest);
        let bytes = if self.conduct.keep_bytes { message } else { Vec::new() };
        let event = Event::Stored { recipient: recipient.to_owned(), sender, message_id, digest: digest.finish(), bytes };
        self.shared.note(self.connection, self.encrypted, event);
        self.shared.usage.lock().expect("usage").n_stored += 1;
        self.n_mails += 1;
    }

    /// Reads a message to its final dot; the inner `None` means that it was refused on the way.
    async fn message(&mut self, recipient: &str) -> Option<Option<Vec<u8>>> {
        let mut message = Vec::new();
        let mut is_first = true;
        loop {
            let line = self.wire.line().await?;
            if line == b".\r\n" {
                return Some(Some(message));
            }
            self.check_line(&line, TEXT_BYTES_MAX);
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            if std::mem::take(&mut is_first)
                && let Some(act) = self.told(Step::Body, recipient).await
            {
                match act {
                    Act::Wait(pause) => tokio::time::sleep(pause).await,
                    act => {
                        self.answer_as(Some(&act), Step::Body, recipient, "").await?;
                    }
                }
            }
        }
    }
}

/// Returns what stands between the angle brackets of MAIL or RCPT.
fn path(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(path, _)| path.to_owned()).unwrap_or_default()
}
