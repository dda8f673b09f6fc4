//! Letting one mail go, on request, to somebody who is on a list.

use super::mail::open;
use super::store::Kept;
use crate::delivery::{SmtpOptions, hand_over};
use crate::error::{Error, Kind, Result};
use crate::message::{Envelope, Message};
use crate::profile::canonical_address;

/// Where mails may be released to, and to whom.
#[derive(Debug, Clone, Default)]
pub struct Release {
    /// The server that takes them; nothing is released when absent.
    pub relay: Option<SmtpOptions>,
    /// Addresses, and domains written `@shop.example`.
    pub allowed: Vec<String>,
}

impl Release {
    /// Says whether anything can be released.
    pub(super) fn is_possible(&self) -> bool {
        self.relay.is_some() && !self.allowed.is_empty()
    }

    fn allows(&self, address: &str) -> bool {
        let (address, canonical) = (address.to_lowercase(), canonical_address(address));
        self.allowed.iter().any(|allowed| match allowed.strip_prefix('@') {
            Some(domain) => address.rsplit_once('@').is_some_and(|(_, of)| of == domain.to_lowercase()),
            None => canonical_address(allowed) == canonical,
        })
    }

    /// Sends a mail as it came to one address, and returns what the relay said.
    pub(super) async fn release(&self, kept: &Kept, raw: Vec<u8>, to: &str) -> Result<String> {
        let Some(relay) = self.relay.clone() else {
            return Err(Error::new(Kind::Usage, "there is no relay to release mails to")
                .help("start the sandbox with `--release-to smtp://HOST:PORT --release-allow @shop.example`"));
        };
        if !self.allows(to) {
            return Err(Error::new(Kind::Usage, format!("`{to}` is not on the list of those to whom mails may be released"))
                .help(format!("add it: `--release-allow {to}`, or to `test_addresses` of [delivery]")));
        }
        let message_id = open(&raw).headers.into_iter().find(|(name, _)| name.eq_ignore_ascii_case("message-id"));
        let local = to.rsplit_once('@').map_or("", |(local, _)| local);
        let message = Message {
            message_id: message_id.map(|(_, id)| id.trim_matches(['<', '>']).to_owned()).unwrap_or_default(),
            envelope: Envelope { from: kept.envelope_from.clone(), to: to.to_owned() },
            needs_smtputf8: !local.is_ascii(),
            bytes: raw,
        };
        hand_over(relay, &message).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_on_the_list_are_written_to() {
        let release = Release { relay: None, allowed: vec!["Ana@shop.example".to_owned(), "@test.example".to_owned()] };
        for (address, is_allowed) in [
            ("ana@shop.example", true),
            ("x@TEST.example", true),
            ("bob@shop.example", false),
            ("x@sub.test.example", false),
            ("x@test.example.evil.example", false),
            ("@test.example", true),
            ("test.example", false),
        ] {
            assert_eq!(release.allows(address), is_allowed, "{address}");
        }
        assert!(!release.is_possible());
    }
}
